#ifndef METADATA_LIB_SEARCH_FACET_RECORD_H
#define METADATA_LIB_SEARCH_FACET_RECORD_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/ids.h"

namespace metadata::search {

/// What facets are counted from, in one value slot, because reading a slot of a match costs more than unpacking it.
struct FacetRecord {
  std::string type;               ///< entity type
  EntityId parent;                ///< its container, through which it inherits; empty at the root
  EntityId root;                  ///< the outermost container (the service), or itself
  std::vector<EntityId> owners;   ///< own ones
  std::vector<EntityId> domains;  ///< own ones
  std::vector<EntityId> tags;     ///< of the entity and of its nested items, each once (the tier among them)
  /// Whole values of enumerations and of fields that the description names as facets: field → value.
  std::vector<std::pair<std::string, std::string>> values;
};

std::string pack(const FacetRecord& record);
/// False when the bytes are not such a record. The values are left out, and empty, unless they are wanted.
bool unpack(std::string_view bytes, FacetRecord& record, bool with_values = true);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_FACET_RECORD_H
