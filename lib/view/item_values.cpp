#include "view/item_values.h"

#include <unordered_map>
#include <utility>
#include <vector>

#include "json/parse.h"
#include "model/fqn.h"

namespace metadata::view {

std::string moment(std::int64_t at) {
  constexpr std::size_t kDigits = 20;
  const std::string digits = std::to_string(at);
  return std::string(kDigits - digits.size(), '0') + digits;
}

Error item_paths(const store::StoredEntity& stored, std::set<std::string>& paths) {
  json::Document document;
  MD_OK(json::parse_trusted(stored.body.document, document));
  for (const std::string_view fqn : model::nested_fqns(document)) {
    const auto key = model::key_of_any_fqn(fqn);
    if (!key.ok() || !key->starts_with(stored.row.fqn_key + model::kKeySeparator)) continue;
    paths.insert(folded(key->substr(stored.row.fqn_key.size() + 1)));
  }
  return {};
}

std::string item_path(std::string_view name, const std::set<std::string>& known) {
  std::string path = folded(name);
  if (known.contains(path)) return path;
  const auto key = model::key_of_any_fqn(name);
  path = key.ok() ? folded(*key) : std::string();
  return known.contains(path) ? path : std::string();
}

Error newest_of_items(const Task& task) {
  for (const model::Series& series : task.layout.type->series) {
    if (series.shown_in.empty() || series.shown_in != task.field.name) continue;
    const std::vector<store::Rid> rids = task.rids();
    // Only of entities that have such values at all is the document read.
    MD_LET(some, task.reader.latest_series(rids, series.name));
    std::set<store::Rid> with;
    for (const auto& [rid, row] : some) with.insert(rid);
    std::vector<std::pair<store::Rid, std::string>> items;
    for (const auto& entity : task.entities) {
      if (!with.contains(entity.row.rid)) continue;
      std::set<std::string> paths;
      MD_OK(item_paths(entity, paths));
      for (const std::string& path : paths) items.emplace_back(entity.row.rid, path);
    }
    if (items.empty()) continue;
    MD_LET(rows, task.reader.last_series(items, series.name));
    for (auto& [rid, row] : rows) {
      const auto end = row.id.rfind(model::kKeySeparator);
      if (end == std::string::npos) continue;
      const std::string path = series.of + model::kKeySeparator + row.id.substr(0, end);
      task.around.item_values[rid][path] = std::move(row.body);
    }
    task.around.item_member = series.shown_in;
  }
  return {};
}

}  // namespace metadata::view
