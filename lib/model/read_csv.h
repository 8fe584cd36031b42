#ifndef METADATA_LIB_MODEL_READ_CSV_H
#define METADATA_LIB_MODEL_READ_CSV_H

#include <functional>
#include <string_view>

#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"

namespace metadata::model {

/// The description of a column by its header; null when there is none.
using CsvColumns = std::function<const json::Value*(std::string_view header)>;

/// Reads the "csv" member of a type's description; all fields of the type are known already.
Error read_csv(const json::Value& description, const CsvColumns& columns, EntityType& type);

/// Do the descriptions of all types know what this one's files name? `known` are the types' names.
Error check_csv(const EntityType& type, const std::vector<std::string>& known);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_READ_CSV_H
