#ifndef METADATA_LIB_VIEW_SURROUNDINGS_H
#define METADATA_LIB_VIEW_SURROUNDINGS_H

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "metadata/error.h"
#include "metadata/options.h"
#include "store/generations.h"
#include "store/reader.h"
#include "view/layout.h"

namespace metadata::view {

/// Those of the rows that somebody may see. Whoever sees everything has none.
using Seen = std::function<Result<std::unordered_set<store::Rid>>(std::span<const store::RefRow> rows)>;

/// What is around some entities of one type: containers, edges, labels, children, counts.
/// A plain value; verbs that write build one themselves for what they are about to store.
struct Surroundings {
  /// Reads what composing these entities needs, with a number of statements that does not depend on how many there are.
  /// With `seen` only what may be seen is there and counted: references of all kinds, labels, what fields are computed
  /// from. Containers are shown with what they contain, since its own name tells theirs.
  static Result<Surroundings> fetch(store::Reader& reader, const Layouts& layouts, const TypeLayout& layout,
                                    std::span<const store::StoredEntity> entities, const Asked& asked,
                                    const Limits& limits, std::int64_t now_ms, const Seen& seen = nullptr);
  /// Fills `derived` from `tags`: one statement when terms are among them, else none.
  Error derive_labels(store::Reader& reader);
  /// Takes out the references and labels that may not be seen.
  Error leave(const Seen& seen);
  /// Fills `descriptions` for the edges of fields that ask for it, as far as they are not there: one statement or none.
  Error describe(store::Reader& reader, const TypeLayout& layout);

  /// The container the field shows for an entity with this key, or null.
  const store::RefRow* container(const store::EntityRow& row, const ContainerField& field) const;
  /// The other ends of the field's own edges, in order; inherited ones are not among them.
  const std::vector<store::RefRow>& edges(store::Rid rid, const model::Field& field) const;
  /// The nearest container's edges that an entity without its own shows, or an empty list.
  const std::vector<store::RefRow>& inherited_edges(const store::EntityRow& row, const TypeLayout& layout,
                                                    const model::Field& field) const;

  /// All of the store that composing this entity from here depends on, provided that view::is_steady() for what was
  /// asked.
  store::Footprint places(const store::EntityRow& row) const;

  void set_edges(store::Rid rid, const model::Field& field, std::vector<store::RefRow> refs);

  std::unordered_map<std::string, store::RefRow> containers;  ///< by container_name(type, key)
  std::map<std::pair<store::Rid, std::string>, std::vector<store::RefRow>> edge_lists;  ///< by (entity, field)
  /// By the other end of an edge: its description as JSON text, empty when it has none.
  std::unordered_map<store::Rid, std::string> descriptions;
  std::unordered_map<store::Rid, std::vector<store::TagRow>> tags;
  /// What the glossary terms among the labels bring along: their own classification labels, as Derived ones. They are
  /// shown, and kept nowhere.
  std::unordered_map<store::Rid, std::vector<store::TagRow>> derived;
  std::map<std::pair<std::string, std::string>, std::vector<store::RefRow>> children;  ///< by (entity's key, field)
  std::map<std::pair<store::Rid, std::string>, std::string> computed;  ///< by (entity, field): JSON text
  /// By entity and label path of an item: the newest value of a series, as JSON text, which its member shows.
  std::unordered_map<store::Rid, std::map<std::string, std::string>> item_values;
  std::string item_member;
  std::vector<std::string> looked_for;  ///< keys that computed fields looked at, also in vain
  std::vector<store::RefRow> shown;     ///< what they found there
  /// Of edge_lists: where some edge may not be seen. An entity without visible owners of its own does not show lent
  /// ones.
  std::set<std::pair<store::Rid, std::string>> hidden;
};

std::string container_name(std::string_view type, std::string_view key);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_SURROUNDINGS_H
