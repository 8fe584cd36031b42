#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/series.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "metadata/json.h"
#include "view/item_values.h"

namespace metadata::entity {
namespace {

// A log is a series of pieces: their ids are the run and where the piece ends in it, so they are in order. Which runs
// there are stands in one side record of the entity.
constexpr std::string_view kLogs = "logs";
constexpr std::string_view kRuns = "runLogs";
constexpr std::size_t kMostRuns = 20;
constexpr std::int64_t kMostBytes = std::int64_t{8} << 20;
constexpr std::size_t kMostPieces = 10'000;  // of a run
constexpr std::size_t kMaxRunId = 100;

std::string from_of(std::string_view run) { return std::string(run) + store::kKeySeparator; }
std::string to_of(std::string_view run) { return std::string(run) + store::kKeyEnd; }

Error check_run(std::string_view run) {
  const bool word = std::ranges::all_of(run, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!run.empty() && run.size() <= kMaxRunId && word) return {};
  return invalid_argument("the id of a run is 1 to 100 letters, digits, - and _", "runId");
}

/// Notes the run as the newest, and takes the oldest out with its pieces when there are too many.
Error note_run(store::Reader& reader, const store::StoredEntity& stored, std::string_view run, store::WriteSet& set) {
  store::SideRow row{std::string(kRuns), stored.row.id.text(), stored.row.id, 0, "[]"};
  MD_LET(known, reader.side(row.kind, row.key));
  json::Document runs;
  MD_OK(json::parse_trusted(known ? known->body : row.body, runs));
  runs.PushBack(json::make_string(run, runs.GetAllocator()), runs.GetAllocator());
  while (runs.Size() > kMostRuns) {
    const std::string oldest(json::view(runs[0]));
    MD_LET(pieces, reader.series_down(stored.row.rid, kLogs, from_of(oldest), to_of(oldest), kMostPieces));
    for (auto& piece : pieces)
      set.operations.push_back(store::DeleteSeries{stored.row.id, std::string(kLogs), std::move(piece.id)});
    runs.Erase(runs.Begin());
  }
  row.body = json::write(runs);
  set.operations.push_back(store::PutSide{std::move(row)});
  return {};
}

std::string piece_text(std::string_view run, std::int64_t end, std::string_view text) {
  JsonWriter out;
  out.begin_object().key("run").string(run).key("end").integer(end).key("text").string(text);
  return std::move(out.end_object()).text();
}

}  // namespace

Result<std::int64_t> append_log(const Context& context, const EntityRef& target, std::string_view run,
                                std::string_view text, const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_kept(*layout, kLogs));
  MD_OK(check_run(run));
  const std::vector<std::string> edits = edits_of(*series);
  MD_OK(access::check_outright(options.as, edits, layout->type->name));
  // Where the log ends is read and written in one turn.
  MD_LET(turn, context.store.exclusive(options.interrupt));
  MD_LET(stored, find(*turn, *layout, target, Include::Live));
  MD_OK(check_stored(*turn, *layout, options.as, edits, stored.row, target));
  MD_LET(last, turn->series_down(stored.row.rid, kLogs, from_of(run), to_of(run), 1));
  std::int64_t end = 0;
  if (!last.empty()) {
    json::Document piece;
    MD_OK(json::parse_trusted(last.front().body, piece));
    end = json::int_member(piece, "end").value_or(0);
  }
  if (text.empty()) return end;
  store::WriteSet set;
  if (last.empty()) MD_OK(note_run(*turn, stored, run, set));
  end += static_cast<std::int64_t>(text.size());
  MD_LET(pieces, turn->series_count(stored.row.rid, kLogs, from_of(run), to_of(run)));
  if (end > kMostBytes || pieces >= static_cast<std::int64_t>(kMostPieces)) {
    return Error(Code::TooLarge, "the log of a run is kept up to " + std::to_string(kMostBytes) + " bytes in " +
                                     std::to_string(kMostPieces) + " pieces, and this one has as much");
  }
  store::SeriesRow row{from_of(run) + view::moment(end), context.clock.now_ms(), piece_text(run, end, text)};
  set.operations.push_back(store::PutSeries{stored.row.id, std::string(kLogs), std::move(row)});
  if (const auto applied = turn->apply(set); !applied.ok()) return applied.error();
  MD_OK(turn->commit());
  return end;
}

Result<std::string> read_log(const Context& context, const EntityRef& target, std::string_view run,
                             const ReadOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_kept(*layout, kLogs));
  MD_OK(check_run(run));
  const std::vector<std::string> views = views_of(*series, "ViewAll");
  MD_OK(access::check_outright(options.as, views, layout->type->name));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(stored, find(*reader, *layout, target, Include::Live));
  MD_OK(check_stored(*reader, *layout, options.as, views, stored.row, target));
  MD_LET(pieces, reader->series_down(stored.row.rid, kLogs, from_of(run), to_of(run), kMostPieces));
  if (pieces.empty()) return no_instance("log", run);
  std::string text;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    json::Document one;
    MD_OK(json::parse_trusted(piece->body, one));
    text += json::string_or(one, "text");
  }
  return text;
}

}  // namespace metadata::entity
