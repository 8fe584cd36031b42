#ifndef METADATA_LIB_VIEW_WORKING_H
#define METADATA_LIB_VIEW_WORKING_H

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"
#include "store/rows.h"
#include "view/layout.h"
#include "view/surroundings.h"

namespace metadata::view {

// Two trees of one entity, beside the text that readers see:
//
// The working form is what verbs compare, patch and merge: the name, the document (secrets sealed), own relations as
// references {id,type,name,fullyQualifiedName}, labels {tagFQN,source,labelType,state}. Empty lists are left out.
//
// The versioned form is what history keeps: the working form's versioned fields, with references as {id,type} and
// labels naming their tag by id, so that renaming a neighbour changes no history.

/// The tags that an entity's labels name, by label_name(source, tagFQN).
using LabelIndex = std::map<std::string, store::RefRow>;
std::string label_name(std::string_view source, std::string_view tag_fqn);
LabelIndex label_index(const std::vector<store::TagRow>& labels);

/// `around` must have been fetched with Asked::own().
Result<json::Document> working_form(const TypeLayout& layout, const store::StoredEntity& stored,
                                    const Surroundings& around);

/// Adds the relation fields of the working form to a tree, from the edges around an entity.
void add_references(const TypeLayout& layout, const Surroundings& around, store::Rid rid, json::Document& form);

/// The text that the store keeps as the entity's document. Takes the working form, which need not be copied for that.
std::string document_of(const TypeLayout& layout, json::Document working);

/// The rows of all labels of a working form. Every label must be in the index.
std::vector<store::TagUsage> labels_of(const TypeLayout& layout, const json::Value& working, const LabelIndex& tags);

json::Document versioned_form(const TypeLayout& layout, const json::Value& working, const LabelIndex& tags);

/// Has the versioned form this member of the working form?
bool is_in_versions(const model::EntityType& type, std::string_view member);

/// What the versioned form has of the entity's own references and labels.
json::Document versioned_lists(const TypeLayout& layout, const json::Value& working, const LabelIndex& tags);

/// A versioned form taken apart again.
struct PastState {
  std::string document;
  std::string name;                                         ///< empty: the type keeps no names in history
  std::map<std::string, std::vector<EntityId>> references;  ///< by field
  std::vector<store::TagUsage> labels;
};
PastState take_apart(const TypeLayout& layout, json::Document versioned);

/// Is the field's relation part of the working form?
bool is_own_relation(const model::Field& field);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_WORKING_H
