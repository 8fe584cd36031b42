#ifndef METADATA_LIB_BULK_FILE_H
#define METADATA_LIB_BULK_FILE_H

#include <string>
#include <string_view>
#include <vector>

#include "bulk/cells.h"
#include "entity/context.h"
#include "metadata/csv.h"

namespace metadata {

/// What the room works with. Owned by Csv; the referred must outlive it.
struct Csv::Parts {
  const entity::Context& entities;
};

namespace bulk {

/// Rows of one kind: entities of a type, or the items of a list in them.
struct RowKind {
  const view::TypeLayout* layout = nullptr;
  const model::Field* list = nullptr;  ///< whose items the rows are; null: the entities themselves
  std::string word;                    ///< what a column of As::Type says
  std::vector<BoundColumn> columns;    ///< in the order of the file's
  std::string fields;                  ///< what reading an entity asks for

  const model::EntityType& type() const { return *layout->type; }
};

/// The file of one entity.
struct File {
  enum class Of {
    Below,  ///< what lies below it
    Group,  ///< what names it, or a group below it
    Alone,  ///< itself
    Items,  ///< its items
  } of = Of::Below;
  const model::CsvRule* rule = nullptr;
  const model::CsvFile* csv = nullptr;
  std::vector<RowKind> kinds;
  const view::TypeLayout* scope = nullptr;
  std::string scope_fqn, scope_key;

  bool recursive() const { return rule->recursive && csv == &*rule->recursive; }
  /// The kind of that word; null when there is none. An empty word names the only one.
  const RowKind* kind(std::string_view word) const;
  std::vector<std::string> headers() const;
};

/// Finds out what the file of an entity is. NotFound: it is not there for the caller, or has no file.
Result<File> open_file(const entity::Context& context, std::string_view type, const EntityRef& scope,
                       const ReadOptions& options, bool recursive);

/// What the row of a tree has in each column. `tree` is the item for a kind with a list, else the entity.
std::vector<Entries> row_of(const entity::Context& context, const RowKind& kind, std::string_view entity_fqn,
                            const json::Value& tree);

/// The items of a list in an entity, each before those within it.
std::vector<const json::Value*> items_of(const RowKind& kind, const json::Value& entity);

}  // namespace bulk
}  // namespace metadata

#endif  // METADATA_LIB_BULK_FILE_H
