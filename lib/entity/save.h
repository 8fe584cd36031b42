#ifndef METADATA_LIB_ENTITY_SAVE_H
#define METADATA_LIB_ENTITY_SAVE_H

#include "entity/step.h"

namespace metadata::entity {

/// Who writes, as rows and log records name it.
struct Author {
  const Principal& as;
  std::string_view source;
  std::int64_t at = 0;
};

/// An entity as it shall be stored.
struct Draft {
  json::Document working;  ///< secrets sealed
  store::EntityRow row;
  view::Surroundings around;
  view::LabelIndex tags;
};

/// The step that stores a new entity.
Step insert_step(const view::TypeLayout& layout, Draft draft, const Author& author);

/// The step that turns `before` into `after.working`; without a difference it is empty. after.row need only differ in
/// name and key. PermissionDenied when the author may not make the change.
Result<Step> update_step(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                         const Loaded& before, Draft after, const Author& author);

/// Lets the set be refused when it takes from the last of its type what one must have (EntityType::keep_one). `after`:
/// null for an entity that goes.
void keep_one(const view::TypeLayout& layout, const Loaded& before, const json::Value* after, store::WriteSet& set);

/// The write set's share of one entity's soft delete or restore: its own row and history, not what lies below.
void mark_self(const view::TypeLayout& layout, const store::StoredEntity& stored, bool deleted, const Author& author,
               store::WriteSet& set, store::StoredEntity& after);

/// A log record about the row.
store::LogRecord log_record(const store::EntityRow& row, store::LogKind kind, const Author& author, std::string change,
                            std::string facts = "{}");

/// The ids of owners, domains and tags at this moment, as JSON: what followers of the log filter by.
std::string facts_of(const view::TypeLayout& layout, const view::Surroundings& around, store::Rid rid);

/// The values of the fields that lists filter by.
std::vector<store::Attribute> attributes_of(const view::TypeLayout& layout, const json::Value& working);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_SAVE_H
