#include "view/joins.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/day.h"
#include "json/parse.h"
#include "json/write.h"
#include "metadata/json.h"
#include "model/fqn.h"

namespace metadata::view {
namespace {

using Counts = std::map<std::string, std::int64_t>;  // by FQN of the other end

/// What an entity's days say in all.
struct Sums {
  std::map<std::string, Counts> columns;
  Counts tables;
};

void add(const json::Value* counts, Counts& sums) {
  if (counts == nullptr || !counts->IsObject()) return;
  for (const auto& entry : counts->GetObject()) {
    if (entry.value.IsInt64()) sums[std::string(json::view(entry.name))] += entry.value.GetInt64();
  }
}

Error add_day(std::string_view text, Sums& sums) {
  json::Document day;
  MD_OK(json::parse_trusted(text, day));
  if (const json::Value* columns = json::find(day, "columns"); columns != nullptr && columns->IsObject()) {
    for (const auto& entry : columns->GetObject()) add(&entry.value, sums.columns[std::string(json::view(entry.name))]);
  }
  add(json::find(day, "tables"), sums.tables);
  return {};
}

/// The keys that an FQN may be of, or lie below.
void add_keys(const std::string& fqn, const std::string& type, std::vector<store::TypedKey>& keys) {
  const auto key = model::key_of_any_fqn(fqn);
  if (!key.ok()) return;
  for (std::string_view above = *key; !above.empty(); above = model::parent_key(above))
    keys.push_back({type, std::string(above)});
}

/// Takes out the ends that are of entities which are not there, or may not be seen.
Error leave_seen(const Task& task, std::vector<Sums*> all) {
  std::vector<store::TypedKey> keys;
  const auto each = [&](const auto& visit) {
    for (Sums* sums : all) {
      visit(sums->tables);
      for (auto& [column, counts] : sums->columns) visit(counts);
    }
  };
  each([&](Counts& counts) {
    for (const auto& [fqn, count] : counts) add_keys(fqn, task.layout.type->name, keys);
  });
  MD_LET(refs, task.reader.refs_by_key(keys));
  MD_OK(task.leave_seen(refs));
  std::set<std::string> seen;
  for (const auto& ref : refs) {
    if (!ref.deleted) seen.insert(ref.fqn_key);
  }
  each([&](Counts& counts) {
    std::erase_if(counts, [&](const auto& entry) {
      const auto key = model::key_of_any_fqn(entry.first);
      if (!key.ok()) return true;
      for (std::string_view above = *key; !above.empty(); above = model::parent_key(above)) {
        if (seen.contains(std::string(above))) return false;
      }
      return true;
    });
  });
  return {};
}

/// The most frequent first.
void write_counts(const Counts& counts, JsonWriter& out) {
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, std::ranges::greater(), &std::pair<std::string, std::int64_t>::second);
  out.begin_array();
  for (const auto& [fqn, count] : sorted)
    out.begin_object().key("fullyQualifiedName").string(fqn).key("joinCount").integer(count).end_object();
  out.end_array();
}

std::string text_of(const Sums& sums, std::int64_t first_day) {
  JsonWriter out;
  out.begin_object().key("startDate").string(base::day_text(first_day)).key("dayCount").integer(kJoinDays);
  out.key("columnJoins").begin_array();
  for (const auto& [column, counts] : sums.columns) {
    if (counts.empty()) continue;
    out.begin_object().key("columnName").string(model::fqn_of_key(column)).key("joinedWith");
    write_counts(counts, out);
    out.end_object();
  }
  out.end_array().key("directTableJoins");
  write_counts(sums.tables, out);
  return std::move(out.end_object()).text();
}

}  // namespace

Error joins(const Task& task) {
  const std::int64_t first = base::day_of(task.now_ms) - kJoinDays * base::kDayMs;
  const std::vector<store::Rid> rids = task.rids();
  MD_LET(newest, task.reader.latest_series(rids, kJoins));
  std::map<store::Rid, Sums> sums;
  for (const auto& [rid, row] : newest) {  // only those that are joined with something
    if (row.ts < first) continue;
    MD_LET(days, task.reader.series(rid, kJoins, first, INT64_MAX, kJoinDays + 1));
    for (const auto& day : days) MD_OK(add_day(day.body, sums[rid]));
  }
  std::vector<Sums*> all;
  for (auto& [rid, one] : sums) all.push_back(&one);
  MD_OK(leave_seen(task, all));
  for (const auto& entity : task.entities) {
    const auto at = sums.find(entity.row.rid);
    if (at != sums.end()) task.put(entity.row, text_of(at->second, first));
  }
  return {};
}

}  // namespace metadata::view
