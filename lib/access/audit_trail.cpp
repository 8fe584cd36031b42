#include "access/audit_trail.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

#include "base/random.h"
#include "json/parse.h"
#include "metadata/json.h"
#include "model/fqn.h"

namespace metadata::access {
namespace {

constexpr std::string_view kKind = "audit";
constexpr std::chrono::milliseconds kGather{50};
constexpr std::size_t kMaxText = 512;
constexpr std::size_t kChunk = 256;
constexpr std::size_t kMaxScan = 20'000;  // records looked at for one page; the cursor goes on from there
constexpr std::size_t kMaxPage = 1000;
constexpr Seq kNoSeq = std::numeric_limits<Seq>::max();

/// A time as digits that sort.
std::string digits(std::int64_t number, int width) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%0*lld", width, static_cast<long long>(number));
  return std::string(text, static_cast<std::size_t>(size));
}

/// Bounded, and cut between characters.
std::string_view bounded(std::string_view text) {
  if (text.size() <= kMaxText) return text;
  std::size_t end = kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

Result<AuditRecord> read_record(const store::SideRow& row) {
  json::Document body;
  MD_OK(json::parse_trusted(row.body, body));
  AuditRecord record;
  record.id = row.key;
  record.at = json::int_member(body, "at").value_or(0);
  record.actor = json::string_or(body, "actor");
  record.action = json::string_or(body, "action");
  record.target = json::string_or(body, "target");
  record.outcome = json::string_or(body, "outcome");
  record.from = json::string_or(body, "from");
  record.request = json::string_or(body, "request");
  return record;
}

std::string_view word_of(store::LogKind kind) {
  switch (kind) {
    case store::LogKind::Created:
      return "created";
    case store::LogKind::Updated:
      return "updated";
    case store::LogKind::SoftDeleted:
      return "softDeleted";
    case store::LogKind::Restored:
      return "restored";
    case store::LogKind::Deleted:
      return "deleted";
    case store::LogKind::Renamed:
      return "renamed";
    case store::LogKind::Series:
      return "valuePut";
    case store::LogKind::LineagePut:
      return "lineagePut";
    case store::LogKind::LineageRemoved:
      return "lineageRemoved";
    case store::LogKind::SuggestionCreated:
      return "suggestionCreated";
    case store::LogKind::SuggestionUpdated:
      return "suggestionUpdated";
    case store::LogKind::SuggestionAccepted:
      return "suggestionAccepted";
    case store::LogKind::SuggestionRejected:
      return "suggestionRejected";
    case store::LogKind::SuggestionDeleted:
      return "suggestionDeleted";
  }
  return "changed";
}

AuditRecord record_of(const store::LogRecord& change) {
  AuditRecord record;
  record.id = change.event_id;
  record.at = change.at;
  record.actor = change.actor;
  record.action = change.type + "." + std::string(word_of(change.kind));
  record.target = model::fqn_of_key(change.fqn_key);
  record.outcome = "allowed";
  record.seq = change.seq;
  return record;
}

bool fits(std::string_view wanted, std::string_view value) {
  if (wanted.empty()) return true;
  if (wanted.ends_with('*')) return value.starts_with(wanted.substr(0, wanted.size() - 1));
  return wanted == value;
}

bool matches(const AuditQuery& query, const AuditRecord& record) {
  return record.at >= query.from_ms && (query.to_ms == 0 || record.at <= query.to_ms) &&
         (query.actor.empty() || query.actor == record.actor) && fits(query.action, record.action) &&
         (query.outcome.empty() || query.outcome == record.outcome) && fits(query.target, record.target);
}

/// Where a page ended: below these both kinds of records are still to be seen.
struct Position {
  std::string key;
  Seq seq = kNoSeq;
};

std::string cursor_of(const Position& position) { return position.key + "~" + std::to_string(position.seq); }

Result<Position> read_cursor(const std::string& text) {
  const auto mark = text.find('~');
  Position position;
  const char* end = text.data() + text.size();
  const bool marked = mark != std::string::npos;
  const auto read = marked ? std::from_chars(text.data() + mark + 1, end, position.seq) : std::from_chars_result{};
  if (!marked || read.ec != std::errc() || read.ptr != end || position.seq < 0 || mark > 100)
    return invalid_argument("the cursor is not one of this listing", "after");
  position.key = text.substr(0, mark);
  return position;
}

/// The records of both sources in one order, newest first.
class Merge {
 public:
  Merge(store::Reader& reader, Position from, std::int64_t from_ms)
      : reader_(reader), position_(std::move(from)), lowest_(digits(std::max<std::int64_t>(0, from_ms), 16)) {}

  /// The next one, or nothing at the end.
  Result<std::optional<AuditRecord>> next() {
    MD_OK(fill());
    const bool has_side = side_at_ < sides_.size();
    const bool has_log = log_at_ < log_.size();
    if (!has_side && !has_log) return std::optional<AuditRecord>();
    if (has_side) {
      MD_LET(record, read_record(sides_[side_at_]));
      if (!has_log || record.at >= log_[log_at_].at) {
        position_.key = sides_[side_at_++].key;
        return std::optional<AuditRecord>(std::move(record));
      }
    }
    const store::LogRecord& change = log_[log_at_++];
    position_.seq = change.seq;
    return std::optional<AuditRecord>(record_of(change));
  }

  const Position& position() const { return position_; }

 private:
  Error fill() {
    if (side_at_ == sides_.size() && !sides_end_) {
      MD_LET(rows, reader_.sides_down(kKind, lowest_, position_.key, kChunk));
      sides_end_ = rows.size() < kChunk;
      sides_ = std::move(rows);
      side_at_ = 0;
    }
    if (log_at_ == log_.size() && !log_end_) {
      MD_LET(rows, reader_.log_down(position_.seq, kChunk));
      log_end_ = rows.size() < kChunk;
      log_ = std::move(rows);
      log_at_ = 0;
    }
    return {};
  }

  store::Reader& reader_;
  Position position_;
  const std::string lowest_;
  std::vector<store::SideRow> sides_;
  std::vector<store::LogRecord> log_;
  std::size_t side_at_ = 0, log_at_ = 0;
  bool sides_end_ = false, log_end_ = false;
};

}  // namespace

AuditTrail::AuditTrail(store::Store& store, Clock& clock)
    : store_(store), clock_(clock), process_(base::random_token(6)) {}

AuditTrail::~AuditTrail() {
  std::unique_ptr<base::Worker> worker;
  {
    const std::lock_guard lock(mutex_);
    worker = std::move(worker_);
  }
  worker.reset();
  const Error unsaid = flush();  // there is nobody left to tell
  static_cast<void>(unsaid);
}

void AuditTrail::note(AuditRecord record) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMaxWaiting) {
    ++dropped_;
    return;
  }
  if (record.at == 0) record.at = clock_.now_ms();
  waiting_.push_back(std::move(record));
  if (!worker_) {
    auto started = base::Worker::start("audit", [this](base::Worker& self) {
      while (self.wait()) {
        // What comes meanwhile goes into the same commit.
        if (!self.wait_for(kGather)) break;
        // What could not be stored is counted, and said as soon as storing works again.
        const Error failed = flush();
        static_cast<void>(failed);
      }
    });
    // Without a thread they are stored by the next find(), or at the end.
    if (started.ok()) worker_ = *std::move(started);
  }
  if (worker_) worker_->wake();
}

store::Operation AuditTrail::keep(const AuditRecord& record) {
  // Ids go up even when the date was set back.
  last_at_ = std::max(last_at_, record.at);
  JsonWriter body;
  body.begin_object();
  body.key("at").integer(record.at);
  body.key("actor").string(bounded(record.actor));
  body.key("action").string(bounded(record.action));
  body.key("target").string(bounded(record.target));
  body.key("outcome").string(bounded(record.outcome));
  body.key("from").string(bounded(record.from));
  body.key("request").string(bounded(record.request));
  body.end_object();
  const std::string id = digits(last_at_, 16) + "-" + digits(static_cast<std::int64_t>(++count_), 12) + "-" + process_;
  const std::int64_t keep_ms = keep_ms_;
  const std::int64_t expires_at = keep_ms == 0 ? 0 : record.at + keep_ms;
  return store::PutSide{{std::string(kKind), id, EntityId(), expires_at, std::move(body).text()}};
}

Error AuditTrail::flush() {
  const std::lock_guard alone(flushing_);
  std::deque<AuditRecord> records;
  {
    const std::lock_guard lock(mutex_);
    records.swap(waiting_);
    if (dropped_ != 0) {
      AuditRecord lost;
      lost.at = clock_.now_ms();
      lost.action = "audit.dropped";
      lost.target = std::to_string(dropped_) + " records";
      lost.outcome = "failed";
      records.push_back(std::move(lost));
      dropped_ = 0;
    }
  }
  if (records.empty() || store_.writes() != Writes::Open) return {};
  store::WriteSet set;
  for (const AuditRecord& record : records) set.operations.push_back(keep(record));
  Error failed = store_.commit(set).error();
  if (!failed.ok()) {
    const std::lock_guard lock(mutex_);
    dropped_ += records.size();
  }
  return failed;
}

Result<AuditPage> AuditTrail::find(const AuditQuery& query) {
  if (query.limit == 0 || query.limit > kMaxPage)
    return invalid_argument("limit is from 1 to " + std::to_string(kMaxPage), "limit");
  MD_OK(flush());
  Position position;
  position.key = query.to_ms == 0 ? ":" : digits(query.to_ms, 16) + ":";  // ':' comes after every digit and '-'
  if (!query.after.empty()) {
    MD_LET(read, read_cursor(query.after));
    position = std::move(read);
  }
  MD_LET(reader, store_.snapshot());
  Merge merge(*reader, std::move(position), query.from_ms);
  AuditPage page;
  for (std::size_t scanned = 0; scanned < kMaxScan && page.records.size() < query.limit; ++scanned) {
    MD_LET(record, merge.next());
    if (!record || record->at < query.from_ms) return page;
    if (matches(query, *record)) page.records.push_back(*std::move(record));
  }
  page.after = cursor_of(merge.position());
  return page;
}

}  // namespace metadata::access
