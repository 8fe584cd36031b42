#include "view/surroundings.h"

#include <algorithm>
#include <set>

#include "json/skip.h"
#include "model/fqn.h"
#include "view/computed.h"

namespace metadata::view {
namespace {

using store::Direction;
using store::Rid;
using store::TypedKey;

const std::vector<store::RefRow> kNone;
constexpr std::string_view kTermSource = "Glossary";

/// The keys an entity's container field may show, nearest first.
template <class Visit>
void for_each_candidate(const store::EntityRow& row, const ContainerField& field, Visit&& visit) {
  const auto parts = model::key_parts(row.fqn_key);
  for (std::size_t depth = parts.size(); depth-- > 1;) {
    const auto length =
        static_cast<std::size_t>(parts[depth - 1].data() + parts[depth - 1].size() - row.fqn_key.data());
    const std::string_view prefix = std::string_view(row.fqn_key).substr(0, length);
    for (const auto& candidate : field.candidates) {
      if (candidate.depth != 0 && candidate.depth != depth) continue;
      if (depth == 1 && candidate.type != row.tree) continue;
      if (visit(candidate.type, prefix)) return;
    }
  }
}

std::vector<TypedKey> container_keys(const TypeLayout& layout, std::span<const store::StoredEntity> entities) {
  std::set<std::pair<std::string, std::string>> keys;
  for (const auto& entity : entities) {
    for (const auto& field : layout.containers) {
      for_each_candidate(entity.row, field, [&](std::string_view type, std::string_view key) {
        keys.emplace(type, key);
        return false;
      });
    }
  }
  std::vector<TypedKey> list;
  list.reserve(keys.size());
  for (const auto& [type, key] : keys) list.push_back({type, key});
  return list;
}

/// The edge kinds of the asked relation fields that run in one direction.
std::vector<std::string> kinds_of(const TypeLayout& layout, const Asked& asked, bool outgoing) {
  std::set<std::string> kinds;
  for (const model::Field* field : layout.relations) {
    if (asked.has(*field) && field->relation.outgoing == outgoing) kinds.insert(field->relation.kind);
  }
  return {kinds.begin(), kinds.end()};
}

/// Does the edge belong to the field? Two fields may share a kind and differ in the type of the other end (roles,
/// teams).
bool belongs(const store::RelationRow& row, const model::Field& field, bool outgoing) {
  const auto& types = field.relation.types;
  return field.relation.outgoing == outgoing && field.relation.kind == row.kind &&
         (types.empty() || std::find(types.begin(), types.end(), row.other.type) != types.end());
}

Error fetch_edges(store::Reader& reader, std::span<const Rid> rids, bool outgoing, const TypeLayout& layout,
                  const Asked& asked, Surroundings& around) {
  const std::vector<std::string> kinds = kinds_of(layout, asked, outgoing);
  if (kinds.empty() || rids.empty()) return {};
  MD_LET(rows, reader.relations(rids, outgoing ? Direction::From : Direction::To, kinds));
  for (const auto& row : rows) {
    for (const model::Field* field : layout.relations) {
      if (belongs(row, *field, outgoing)) around.edge_lists[{row.self, field->name}].push_back(row.other);
    }
  }
  return {};
}

}  // namespace

std::string container_name(std::string_view type, std::string_view key) {
  std::string name;
  name.reserve(type.size() + key.size() + 1);
  return name.append(type).append(1, '\n').append(key);
}

Result<Surroundings> Surroundings::fetch(store::Reader& reader, const Layouts& layouts, const TypeLayout& layout,
                                         std::span<const store::StoredEntity> entities, const Asked& asked,
                                         const Limits& limits, std::int64_t now_ms, const Seen& seen) {
  Surroundings around;
  if (entities.empty()) return around;

  if (!layout.containers.empty()) {
    MD_LET(refs, reader.refs_by_key(container_keys(layout, entities)));
    for (auto& ref : refs) {
      std::string name = container_name(ref.type, ref.fqn_key);
      around.containers.emplace(std::move(name), std::move(ref));
    }
  }

  std::vector<Rid> rids;
  rids.reserve(entities.size());
  for (const auto& entity : entities) rids.push_back(entity.row.rid);
  std::vector<Rid> with_containers = rids;
  const bool inherits = std::any_of(layout.relations.begin(), layout.relations.end(), [&](const model::Field* field) {
    return field->relation.inherited && asked.has(*field);
  });
  if (inherits) {
    for (const auto& [name, ref] : around.containers) with_containers.push_back(ref.rid);
  }
  MD_OK(fetch_edges(reader, with_containers, false, layout, asked, around));
  MD_OK(fetch_edges(reader, with_containers, true, layout, asked, around));

  if (shows_labels(layout, asked)) {
    MD_LET(labels, reader.tags(rids));
    for (auto& label : labels) around.tags[label.rid].push_back(std::move(label));
    MD_OK(around.derive_labels(reader));
  }

  for (const model::Field* field : layout.children) {
    if (!asked.has(*field)) continue;
    // Entities of one type may stand in several trees (ingestion pipelines); each tree is asked once.
    std::map<std::string, std::vector<std::string>> keys_by_tree;
    for (const auto& entity : entities) keys_by_tree[entity.row.tree].push_back(entity.row.fqn_key);
    for (const auto& [tree, keys] : keys_by_tree) {
      for (const std::string& type : field->types) {
        MD_LET(refs, reader.children(type, tree, keys, store::Rows::Live, limits.max_children_list));
        for (auto& ref : refs) {
          std::string parent(model::parent_key(ref.fqn_key));
          around.children[{std::move(parent), field->name}].push_back(std::move(ref));
        }
      }
    }
  }
  if (seen) MD_OK(around.leave(seen));
  MD_OK(around.describe(reader, layout));
  MD_OK(compute_fields(reader, layouts, layout, entities, asked, now_ms, seen, around));
  return around;
}

Error Surroundings::derive_labels(store::Reader& reader) {
  derived.clear();
  std::set<Rid> terms;
  for (const auto& [rid, labels] : tags) {
    for (const auto& label : labels) {
      if (label.usage.source == kTermSource) terms.insert(label.tag.rid);
    }
  }
  if (terms.empty()) return {};
  const std::vector<Rid> asked(terms.begin(), terms.end());
  MD_LET(rows, reader.tags(asked));
  std::unordered_map<Rid, std::vector<const store::TagRow*>> of_term;
  for (const auto& row : rows) {
    if (row.usage.path.empty() && row.usage.source != kTermSource && !row.tag.deleted) of_term[row.rid].push_back(&row);
  }
  for (const auto& [rid, labels] : tags) {
    std::set<std::pair<std::string_view, Rid>> there;  // each tag once on an item
    for (const auto& label : labels) there.emplace(label.usage.path, label.tag.rid);
    for (const auto& label : labels) {
      const auto brought = of_term.find(label.tag.rid);
      if (label.usage.source != kTermSource || brought == of_term.end()) continue;
      for (const store::TagRow* row : brought->second) {
        if (!there.emplace(label.usage.path, row->tag.rid).second) continue;
        store::TagRow made = *row;
        made.rid = rid;
        made.usage.path = label.usage.path;
        made.usage.label_type = "Derived";
        made.usage.reason.clear();
        derived[rid].push_back(std::move(made));
      }
    }
  }
  return {};
}

Error Surroundings::leave(const Seen& seen) {
  std::vector<store::RefRow> rows;
  const auto collect = [&](const auto& lists) {
    for (const auto& [place, refs] : lists) rows.insert(rows.end(), refs.begin(), refs.end());
  };
  collect(edge_lists);
  collect(children);
  for (const auto* lists : {&tags, &derived}) {
    for (const auto& [rid, labels] : *lists) {
      for (const auto& label : labels) rows.push_back(label.tag);
    }
  }
  MD_LET(visible, seen(rows));
  const auto is_hidden = [&](const store::RefRow& ref) { return !visible.contains(ref.rid); };
  for (auto& [place, refs] : edge_lists) {
    if (std::erase_if(refs, is_hidden) > 0) hidden.insert(place);
  }
  for (auto& [place, refs] : children) std::erase_if(refs, is_hidden);
  for (auto* lists : {&tags, &derived}) {
    for (auto& [rid, labels] : *lists) std::erase_if(labels, [&](const auto& label) { return is_hidden(label.tag); });
  }
  return {};
}

Error Surroundings::describe(store::Reader& reader, const TypeLayout& layout) {
  std::set<Rid> wanted;
  for (const model::Field* field : layout.relations) {
    if (!field->relation.described) continue;
    for (const auto& [place, refs] : edge_lists) {
      if (place.second != field->name) continue;
      for (const auto& ref : refs) {
        if (!descriptions.contains(ref.rid)) wanted.insert(ref.rid);
      }
    }
  }
  if (wanted.empty()) return {};
  const std::vector<Rid> rids(wanted.begin(), wanted.end());
  MD_LET(found, reader.find_rows(rids));
  for (const auto& one : found)
    descriptions[one.row.rid] = json::member_text(one.body.document, "description").value_or("");
  return {};
}

const store::RefRow* Surroundings::container(const store::EntityRow& row, const ContainerField& field) const {
  const store::RefRow* found = nullptr;
  for_each_candidate(row, field, [&](std::string_view type, std::string_view key) {
    const auto place = containers.find(container_name(type, key));
    if (place == containers.end()) return false;
    found = &place->second;
    return true;
  });
  return found;
}

const std::vector<store::RefRow>& Surroundings::edges(Rid rid, const model::Field& field) const {
  const auto place = edge_lists.find({rid, field.name});
  if (place == edge_lists.end()) return kNone;
  return place->second;
}

const std::vector<store::RefRow>& Surroundings::inherited_edges(const store::EntityRow& row, const TypeLayout& layout,
                                                                const model::Field& field) const {
  if (!field.relation.inherited || hidden.contains({row.rid, field.name})) return kNone;
  const std::vector<store::RefRow>* nearest = &kNone;
  std::size_t length = 0;
  for (const auto& container_field : layout.containers) {
    const store::RefRow* holder = container(row, container_field);
    if (holder == nullptr || holder->fqn_key.size() < length) continue;
    const auto& own = edges(holder->rid, field);
    if (own.empty() && !hidden.contains({holder->rid, field.name})) continue;
    nearest = &own;
    length = holder->fqn_key.size();
  }
  return *nearest;
}

store::Footprint Surroundings::places(const store::EntityRow& row) const {
  store::Footprint places;
  places.entity(row.id);
  places.above(row.fqn_key);  // with it: containers that are not there
  for (const auto& [name, ref] : containers) places.reference(ref);
  for (const auto& [place, refs] : edge_lists) {
    for (const auto& ref : refs) places.reference(ref);
  }
  for (const auto* lists : {&tags, &derived}) {
    for (const auto& [rid, labels] : *lists) {
      for (const auto& label : labels) places.reference(label.tag);
    }
  }
  for (const std::string& key : looked_for) places.key(key);
  for (const auto& ref : shown) places.reference(ref);
  return places;
}

void Surroundings::set_edges(Rid rid, const model::Field& field, std::vector<store::RefRow> refs) {
  std::sort(refs.begin(), refs.end(), [](const auto& a, const auto& b) { return a.fqn_key < b.fqn_key; });
  edge_lists[{rid, field.name}] = std::move(refs);
}

}  // namespace metadata::view
