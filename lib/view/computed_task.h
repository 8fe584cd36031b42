#ifndef METADATA_LIB_VIEW_COMPUTED_TASK_H
#define METADATA_LIB_VIEW_COMPUTED_TASK_H

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/reader.h"
#include "view/layout.h"
#include "view/surroundings.h"

namespace metadata::view {

/// What a rule for a computed field works on: entities of one type, and where the values go.
struct Task {
  store::Reader& reader;
  const Layouts& layouts;
  const TypeLayout& layout;
  std::span<const store::StoredEntity> entities;
  const model::Field& field;
  std::int64_t now_ms;
  const Seen& seen;  ///< null: everything
  Surroundings& around;

  /// Takes out the rows that may not be seen; `ref_of` gives a row's reference.
  template <class Row, class RefOf>
  Error leave_seen(std::vector<Row>& rows, RefOf ref_of) const {
    if (!seen || rows.empty()) return {};
    std::vector<store::RefRow> refs;
    for (const Row& row : rows) refs.push_back(ref_of(row));
    MD_LET(visible, seen(refs));
    std::erase_if(rows, [&](const Row& row) { return !visible.contains(ref_of(row).rid); });
    return {};
  }
  Error leave_seen(std::vector<store::RelationRow>& rows) const {
    return leave_seen(rows, [](const store::RelationRow& row) -> const store::RefRow& { return row.other; });
  }
  Error leave_seen(std::vector<store::RefRow>& rows) const {
    return leave_seen(rows, [](const store::RefRow& row) -> const store::RefRow& { return row; });
  }

  std::vector<store::Rid> rids() const {
    std::vector<store::Rid> rids;
    for (const auto& entity : entities) rids.push_back(entity.row.rid);
    return rids;
  }
  void put(const store::EntityRow& row, std::string json) const {
    around.computed[{row.rid, field.name}] = std::move(json);
  }
  std::map<std::string, std::vector<std::string>> keys_by_tree() const {
    std::map<std::string, std::vector<std::string>> keys;
    for (const auto& entity : entities) keys[entity.row.tree].push_back(entity.row.fqn_key);
    return keys;
  }
  void put_by_key(const std::string& tree, const std::vector<std::string>& keys,
                  const std::vector<std::int64_t>& counts) const {
    std::map<std::string_view, std::int64_t> by_key;
    for (std::size_t i = 0; i < keys.size() && i < counts.size(); ++i) by_key[keys[i]] = counts[i];
    for (const auto& entity : entities) {
      if (entity.row.tree == tree) put(entity.row, std::to_string(by_key[entity.row.fqn_key]));
    }
  }
};

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_COMPUTED_TASK_H
