#include "entity/past.h"

#include <map>
#include <vector>

namespace metadata::entity {

Error go_back(store::Reader& reader, const view::TypeLayout& layout, const json::Document& form,
              store::StoredEntity& stored, view::Surroundings& around) {
  view::PastState state = view::take_apart(layout, json::copy(form));
  stored.body.document = state.document;
  if (!state.name.empty()) stored.row.name = state.name;
  std::vector<EntityId> ids;
  for (const auto& [field, list] : state.references) ids.insert(ids.end(), list.begin(), list.end());
  for (const auto& label : state.labels) ids.push_back(label.tag_id);
  std::map<EntityId, store::RefRow> refs;
  if (!ids.empty()) {
    MD_LET(found, reader.refs_by_id(ids));
    for (auto& ref : found) refs.emplace(ref.id, ref);
  }
  for (const model::Field* field : layout.relations) {
    if (!view::is_own_relation(*field)) continue;
    std::vector<store::RefRow> list;
    for (const EntityId& id : state.references[field->name]) {
      if (const auto ref = refs.find(id); ref != refs.end()) list.push_back(ref->second);
    }
    around.set_edges(stored.row.rid, *field, std::move(list));
  }
  auto& labels = around.tags[stored.row.rid];
  labels.clear();
  for (auto& label : state.labels) {
    const auto tag = refs.find(label.tag_id);
    if (tag != refs.end()) labels.push_back({stored.row.rid, label, tag->second, {}});
  }
  return {};
}

}  // namespace metadata::entity
