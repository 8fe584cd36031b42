#ifndef METADATA_LIB_LINEAGE_COLUMNS_H
#define METADATA_LIB_LINEAGE_COLUMNS_H

#include <string>
#include <string_view>
#include <vector>

#include "lineage/context.h"

namespace metadata::lineage {

/// The columns (or fields, or charts) of one entity: what column mappings may name. Immutable.
class Columns {
 public:
  /// Reads them from the entity's document, and from what it refers to as parts of it.
  static Result<Columns> of(const Context& context, store::Reader& reader, const store::StoredEntity& stored);

  /// A column as it is stored (LineageColumn): by its FQN, or by a shorter name whose last parts are a column's.
  /// InvalidArgument "Invalid column name x" for anything else.
  Result<std::string> resolve(std::string_view said) const;

 private:
  std::string entity_fqn_;
  std::vector<std::string> stored_;   // ".address.city"; a whole FQN of what is an entity of its own
  std::vector<std::string> lowered_;  // FQNs in lower case, in the same order
};

/// A stored column as readers see it: its FQN.
std::string column_fqn(std::string_view stored, std::string_view entity_fqn);

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_COLUMNS_H
