#ifndef METADATA_LIB_BULK_CELLS_H
#define METADATA_LIB_BULK_CELLS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "entity/context.h"
#include "json/value.h"
#include "metadata/error.h"
#include "model/csv_rule.h"
#include "model/field.h"
#include "store/reader.h"

namespace metadata::bulk {

/// A column as it is for one kind of row: which value of the entity (or of the item of a list) its cells are.
struct BoundColumn {
  enum class Kind {
    None,  ///< rows of this kind have no such value; their cells are empty
    Name,
    Parent,
    Type,
    Fqn,
    Text,
    Boolean,
    Integer,
    Texts,          ///< a list of texts
    Flat,           ///< a list of objects, each as so many entries as the column has members
    References,     ///< one reference, or a list
    Labels,         ///< those labels that the column is for
    Certification,  ///< the label within
    Extension,      ///< custom properties: `name:value`
  };
  const model::CsvColumn* column = nullptr;
  Kind kind = Kind::None;
  const model::Field* field = nullptr;  ///< the outermost one on the way
  const model::Field* leaf = nullptr;   ///< the one whose value it is
  std::vector<std::string> path;        ///< from the one to the other

  /// Has a cell entries apart by `;`, rather than one text?
  bool is_list() const;
  /// Does a create body not take the field, so that it can only be set once the entity is there?
  bool is_set_later() const { return field != nullptr && !field->in_create; }
};

BoundColumn bind(const model::CsvColumn& column, const std::vector<model::Field>& fields);

/// What a cell holds: entries, or at most one text.
using Entries = std::vector<std::string>;
std::string cell_of(const BoundColumn& column, const Entries& entries);

/// What the tree of an entity has for the column. References that a container lends and labels that follow from others
/// are not the entity's own, and left out.
Entries entries_of(const BoundColumn& column, const model::Registry& registry, const json::Value& tree);

/// What a cell says; InvalidArgument when it is no value of the field.
Result<Entries> read_cell(const BoundColumn& column, std::string_view cell);

/// A change of one value, worked out before anything is touched.
struct Change {
  const BoundColumn* column = nullptr;
  Entries from, to;
  std::vector<std::pair<std::string, json::Document>> properties;  ///< of Kind::Extension: the new values
};
/// Works out the change. NotFound names the first entity that is newly named and is not there for the caller; of
/// custom properties InvalidArgument, when there is no such property or the text is no value of its type.
Result<Change> plan(const entity::Context& context, store::Reader& reader, const Principal& as,
                    const model::EntityType& type, const BoundColumn& column, Entries from, Entries to);

/// Makes the change in a tree of the entity: what was not among Change::from stays.
void apply(const Change& change, const model::Registry& registry, std::int64_t now_ms, json::Value& tree,
           json::Allocator& allocator);

}  // namespace metadata::bulk

#endif  // METADATA_LIB_BULK_CELLS_H
