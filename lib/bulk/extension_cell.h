#ifndef METADATA_LIB_BULK_EXTENSION_CELL_H
#define METADATA_LIB_BULK_EXTENSION_CELL_H

#include <string>
#include <utility>
#include <vector>

#include "entity/context.h"
#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"
#include "store/reader.h"

namespace metadata::bulk {

struct Change;

// Custom properties in one cell: entries `name:value`, apart by `;`. Several values of one property are apart by `|`.

/// The entries of an `extension`.
std::vector<std::string> property_entries(const json::Value& extension);

/// The values that entries stand for, each by the type of its property. InvalidArgument: there is no such property, or
/// the text is no value of its type. NotFound: a reference names nothing that the caller sees.
Result<std::vector<std::pair<std::string, json::Document>>> read_properties(const entity::Context& context,
                                                                            store::Reader& reader, const Principal& as,
                                                                            const model::EntityType& type,
                                                                            const std::vector<std::string>& entries);

/// Makes the change in the `extension` of an entity's tree.
void apply_properties(const Change& change, json::Value& tree, json::Allocator& allocator);

}  // namespace metadata::bulk

#endif  // METADATA_LIB_BULK_EXTENSION_CELL_H
