#include <algorithm>
#include <set>
#include <utility>

#include "base/interrupt.h"
#include "base/utf8.h"
#include "bulk/csv_text.h"
#include "bulk/work.h"
#include "entity/allowed.h"
#include "entity/group.h"

namespace metadata::bulk {
namespace {

// Works of one transaction: few file syncs for a thousand rows, and another writer waits for so many at most.
constexpr std::size_t kGroup = 100;
// Rows of one entity's items that stay together beyond that, since each transaction makes a version of it.
constexpr std::size_t kMaxRows = 1000;

Error check_utf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const std::size_t length = base::utf8_length(at, end);
    if (length == 0)
      return invalid_argument("the file must be UTF-8, which byte " + std::to_string(at - text.data()) + " is not");
    at += length;
  }
  return {};
}

/// What a group of rows is about.
struct Group {
  std::vector<Row> rows;
  std::vector<Work> works;
};

/// Imports one file: looks at all of it, then takes it group by group.
class Importer {
 public:
  Importer(const entity::Context& context, const File& file, std::string_view text, const WriteOptions& options,
           BulkMode mode, const CsvOptions& csv)
      : context_(context), file_(file), text_(text), options_(options), mode_(mode), csv_(csv) {
    options_.if_revision.reset();
    limits_.max_rows = context.limits.max_csv_rows;
  }

  Result<CsvResult> run() {
    MD_OK(check_utf8(text_));
    MD_OK(survey());
    if (result_.status == CsvResult::Status::Aborted) return std::move(result_);
    MD_LET(heading, Heading::read(file_, header_));
    const RowWriter writer(context_, file_, heading, options_);
    writer_ = &writer;
    if (mode_ == BulkMode::Write) {
      MD_OK(each_group([this](Group& group) { return write(group); }));
    } else {
      MD_OK(try_all());
    }
    finish();
    return std::move(result_);
  }

 private:
  /// Is it a CSV file with the right header and not too many rows? Before anything is written.
  Error survey() {
    CsvReader reader(text_, limits_);
    std::vector<std::string> row;
    while (true) {
      const auto more = reader.next(row);
      if (!more.ok() && more.error().code() == Code::TooLarge) return more.error();
      if (!more.ok())
        return abort("#PARSER_FAILURE: Failed to parse the CSV file - reason " + std::string(more.error().message()));
      if (!*more) break;
      if (reader.rows() == 1) header_ = row;
      MD_OK(base::check(options_.interrupt));
    }
    if (reader.rows() == 0) return abort("#PARSER_FAILURE: Failed to parse the CSV file - reason it is empty");
    const auto heading = Heading::read(file_, header_);
    if (!heading.ok()) return abort(std::string(heading.error().message()));
    const std::size_t most = context_.limits.max_csv_trial_rows;
    if (mode_ == BulkMode::Trial && reader.rows() > most)
      return too_large("a dry run takes at most " + std::to_string(most) + " rows, its header among them");
    return {};
  }

  Error abort(std::string reason) {
    result_.status = CsvResult::Status::Aborted;
    result_.abort_reason = std::move(reason);
    result_.processed = result_.failed = 1;
    return {};
  }

  /// Takes the rows in groups; begins anew each time.
  template <class Take>
  Error each_group(const Take& take) {
    result_ = {};
    std::vector<std::string> titles{"status", "details"};
    titles.insert(titles.end(), header_.begin(), header_.end());
    append_row(result_.rows, titles);
    result_.processed = result_.passed = 1;
    CsvReader reader(text_, limits_);
    std::vector<std::string> row;
    MD_LET(begun, reader.next(row));
    Group group;
    Error stopped;
    for (bool more = begun; more;) {
      MD_LET(next, reader.next(row));
      more = next;
      if (more) add(group, std::move(row));
      if (group.rows.empty() || (more && !is_full(group))) continue;
      if (stopped.ok()) stopped = end_group(take, group);
      if (!stopped.ok() && result_.processed == 1) return stopped;
      tell(group, stopped);
      group = {};
    }
    return {};
  }

  template <class Take>
  Error end_group(const Take& take, Group& group) {
    MD_OK(base::check(options_.interrupt));
    return take(group);
  }

  static bool is_full(const Group& group) {
    if (group.rows.size() >= kMaxRows) return true;
    const bool in_items = !group.works.empty() && group.works.back().kind->list != nullptr;
    return in_items ? group.works.size() > kGroup : group.rows.size() >= kGroup;
  }

  void add(Group& group, std::vector<std::string> cells) {
    Row& row = group.rows.emplace_back();
    row.cells = std::move(cells);
    std::optional<Work> work = writer_->locate(row);
    if (!work) return;
    work->first = group.rows.size() - 1;
    const bool follows = work->kind->list != nullptr && !group.works.empty() && group.works.back().kind == work->kind &&
                         group.works.back().key == work->key &&
                         group.works.back().first + group.works.back().count == work->first;
    if (follows) {
      ++group.works.back().count;
    } else {
      group.works.push_back(*std::move(work));
    }
  }

  Error write(Group& group) {
    if (group.works.empty()) return {};
    MD_OK(write_works(group, group.works));
    // What a create body does not take is set in a second step.
    std::vector<Work> waiting;
    for (const Work& work : group.works) {
      if (work.creates && work.waits && group.rows[work.first].failure.empty()) waiting.push_back(work);
    }
    if (waiting.empty()) return {};
    MD_OK(write_works(group, waiting));
    for (const Work& work : waiting) finish_created(group.rows[work.first]);
    return {};
  }

  Error write_works(Group& group, std::vector<Work>& works) {
    const entity::PrepareItem prepare = [&](store::Reader& reader, std::size_t i) {
      return writer_->prepare(reader, works[i], group.rows);
    };
    MD_LET(done, entity::write_group(context_, works.size(), prepare, options_.interrupt, BulkMode::Write));
    for (std::size_t i = 0; i < works.size(); ++i) note(group, works[i], done[i]);
    return {};
  }

  void note(Group& group, const Work& work, const BulkItem& done) {
    result_.seq = std::max(result_.seq, done.seq);
    if (done.error.ok()) return;
    for (std::size_t i = work.first; i < work.first + work.count; ++i) {
      if (group.rows[i].failure.empty()) group.rows[i].failure = done.error.message();
    }
  }

  static void finish_created(Row& row) {
    if (!row.failure.empty()) row.failure = "Entity created, but not all was set: " + row.failure;
    row.done = Row::Done::Created;
  }

  /// A trial: on snapshots, which keeps nobody waiting, unless rows build upon what earlier ones would write.
  Error try_all() {
    bool builds = false, writes = false;
    std::set<std::string> touched;
    const auto take = [&](Group& group) -> Error {
      MD_LET(reader, context_.store.snapshot(options_.interrupt));
      for (Work& work : group.works) {
        MD_OK(base::check(options_.interrupt));
        const auto step = writer_->prepare(*reader, work, group.rows);
        if (!step.ok()) note(group, work, failed(step.error()));
        const bool changes = step.ok() && !step->set.empty();
        builds = builds || (work.may_pass_later && writes) || touched.contains(work.key) || work.waits;
        writes = writes || changes;
        if (changes) touched.insert(work.key);
      }
      return {};
    };
    MD_OK(each_group(take));
    return builds ? try_in_turn() : Error();
  }

  /// In one transaction that is given up, so that later rows see earlier ones.
  Error try_in_turn() {
    MD_LET(turn, context_.store.exclusive(options_.interrupt));
    return each_group([&](Group& group) -> Error {
      for (Work& work : group.works) {
        MD_OK(base::check(options_.interrupt));
        try_work(*turn, group, work);
        Row& row = group.rows[work.first];
        if (!work.creates || !work.waits || !row.failure.empty()) continue;
        try_work(*turn, group, work);
        finish_created(row);
      }
      return {};
    });
  }

  void try_work(store::Transaction& turn, Group& group, Work& work) {
    const auto step = writer_->prepare(turn, work, group.rows);
    note(group, work, step.ok() ? entity::apply_item(turn, *step) : failed(step.error()));
  }

  static BulkItem failed(const Error& error) {
    BulkItem item;
    item.error = error;
    return item;
  }

  /// Adds the rows of a group to the result. `stopped`: why it was not taken at all.
  void tell(const Group& group, const Error& stopped) {
    for (const Row& row : group.rows) {
      const std::string failure =
          stopped.ok() || !row.failure.empty() ? row.failure : "not imported: " + std::string(stopped.message());
      ++result_.processed;
      ++(failure.empty() ? result_.passed : result_.failed);
      std::vector<std::string> cells{failure.empty() ? "success" : "failure", failure.empty() ? done(row) : failure};
      cells.insert(cells.end(), row.cells.begin(), row.cells.end());
      append_row(result_.rows, cells);
    }
    if (csv_.progress) csv_.progress(result_.processed - 1);
  }

  static std::string done(const Row& row) {
    if (row.done == Row::Done::Created) return "Entity created";
    return row.done == Row::Done::Updated ? "Entity updated" : "Entity unchanged";
  }

  void finish() {
    using Status = CsvResult::Status;
    if (mode_ == BulkMode::Trial) result_.seq = 0;
    result_.status = result_.failed == 0 ? Status::Success : result_.passed == 1 ? Status::Failure : Status::Partial;
  }

  const entity::Context& context_;
  const File& file_;
  const std::string_view text_;
  WriteOptions options_;
  const BulkMode mode_;
  const CsvOptions& csv_;
  CsvLimits limits_;
  const RowWriter* writer_ = nullptr;
  std::vector<std::string> header_;
  CsvResult result_;
};

}  // namespace
}  // namespace metadata::bulk

namespace metadata {

Csv::Csv(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Csv::~Csv() = default;

Result<CsvResult> Csv::read(std::string_view type, const EntityRef& scope, std::string_view text,
                            const WriteOptions& options, BulkMode mode, const CsvOptions& csv) {
  const entity::Context& context = parts_->entities;
  const ReadOptions reading{options.as, {}, Include::Live, options.interrupt};
  MD_LET(file, bulk::open_file(context, type, scope, reading, csv.recursive));
  MD_OK(entity::check_allowed(context, options.as, {"EditAll"}, scope, options.interrupt));
  return bulk::Importer(context, file, text, options, mode, csv).run();
}

}  // namespace metadata
