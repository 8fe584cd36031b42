#ifndef METADATA_LIB_VIEW_LAYOUT_H
#define METADATA_LIB_VIEW_LAYOUT_H

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"
#include "model/shape.h"

namespace metadata::view {

/// A field that shows a container or one further up, and where to look for it.
struct ContainerField {
  struct Candidate {
    std::string type;
    std::size_t depth = 0;  ///< number of key parts of such a container; 0: any
  };
  const model::Field* field = nullptr;
  std::vector<Candidate> candidates;
};

/// A list whose items carry labels, and where it lies in the document: "columns", or "schemaFields" in "messageSchema".
struct TaggedList {
  std::vector<std::string> segments;  ///< members that lead to it, its own name last
  std::string path;                   ///< the segments with dots between: what label paths of its items begin with
  const model::Field* field = nullptr;
};

/// The list in an entity's document; null when a member on the way is not there.
json::Value* find_list(const TaggedList& list, json::Value& entity);
const json::Value* find_list(const TaggedList& list, const json::Value& entity);

/// What reading needs to know of an entity type, worked out once from its description. Immutable.
struct TypeLayout {
  const model::EntityType* type = nullptr;
  std::vector<ContainerField> containers;
  std::vector<const model::Field*> relations;
  std::vector<const model::Field*> children;
  std::vector<const model::Field*> computed;
  std::vector<const model::Field*> tag_fields;  ///< Place::Tags of the entity itself (one at most)
  std::vector<TaggedList> nested_tagged;        ///< lists whose items carry labels
  std::vector<const model::Field*>
      requested_document;                    ///< document members that are shown on request only ("extension")
  std::vector<const model::Field*> secrets;  ///< document members that hold secrets
  model::AccessShape shape;                  ///< what rules of access can ask of it
};

/// The layouts of all types of a registry. Immutable. Safe for use from many threads.
class Layouts {
 public:
  explicit Layouts(std::shared_ptr<const model::Registry> registry);
  const model::Registry& registry() const { return *registry_; }
  const TypeLayout& of(const model::EntityType& type) const { return layouts_.at(type.name); }
  /// What rules can ask of entities of the type of that name; null when there is none.
  const model::AccessShape* shape(std::string_view type) const;

 private:
  std::shared_ptr<const model::Registry> registry_;
  std::unordered_map<std::string, TypeLayout> layouts_;
};

/// The members of a nested item's type that hold labels and further items of the same kind: "tags" and "children" of a
/// column.
struct NestedTags {
  std::string tags;      ///< member with the labels; empty: items have none
  std::string children;  ///< member with further items; empty: none
};
NestedTags nested_tags(const model::Field& list_field);

class Asked;
/// Do labels belong to the answer? Those of items go by the entity's own, and are always shown when it can have none.
bool shows_labels(const TypeLayout& layout, const Asked& asked);

/// Which fields on request a reader asked for.
class Asked {
 public:
  /// Reads `fields`: names apart by commas, blanks ignored, "*" for all. A name the type does not have is
  /// InvalidArgument "Invalid field name x".
  static Result<Asked> parse(const model::EntityType& type, std::string_view fields);
  /// What the entity itself holds: document, labels, edges that bodies may set. No children, no counts. The answer to
  /// writes.
  static Asked own(const model::EntityType& type);

  bool has(std::string_view field) const;
  bool has(const model::Field& field) const {
    return !field.hidden && (!field.on_request || has(std::string_view(field.name)));
  }

 private:
  bool all_ = false;
  std::vector<std::string> names_;
};

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_LAYOUT_H
