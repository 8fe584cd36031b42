#ifndef METADATA_LIB_BULK_REFERENCES_H
#define METADATA_LIB_BULK_REFERENCES_H

#include <string>
#include <string_view>
#include <vector>

#include "entity/context.h"
#include "json/value.h"
#include "metadata/error.h"
#include "model/field.h"
#include "store/reader.h"

namespace metadata::bulk {

// Entities that a cell names: `user:john` where a field takes several types, else the FQN alone, or the bare name of
// what lies in no container.

/// An empty object and an empty list, to be filled.
json::Value empty_object();
json::Value empty_list();

/// The entry that stands for a reference of an entity's tree.
std::string reference_entry(const model::Field& field, const model::Registry& registry, const json::Value& reference);
/// The entries of one reference, or of a list; without those that a container lends.
std::vector<std::string> reference_entries(const model::Field& field, const model::Registry& registry,
                                           const json::Value& value);
/// The reference that an entry stands for, as a body has it.
json::Value reference_value(const model::Field& field, const std::string& entry, json::Allocator& allocator);

/// NotFound names the first entry that names nothing that is there for the caller.
Error check_references(const entity::Context& context, store::Reader& reader, const Principal& as,
                       const model::Field& field, const std::vector<std::string>& entries);
/// The same for labels of a source.
Error check_labels(const entity::Context& context, store::Reader& reader, const Principal& as, std::string_view source,
                   const std::vector<std::string>& entries);

/// The one entity that the caller sees under the name; NotFound when there is none.
Result<store::RefRow> find_named(const entity::Context& context, store::Reader& reader, const Principal& as,
                                 const std::vector<std::string>& types, std::string_view name);

}  // namespace metadata::bulk

#endif  // METADATA_LIB_BULK_REFERENCES_H
