#ifndef METADATA_LIB_SEARCH_VALUES_H
#define METADATA_LIB_SEARCH_VALUES_H

#include <functional>
#include <string>
#include <string_view>

#include "json/value.h"
#include "model/search_rule.h"

namespace metadata::search {

/// Calls `visit` with each text, number or boolean that the path leads to in the document, as text; `item` is the name
/// path of the nested item that it stands in ("address.city"), empty outside of items. At most `most` values; those
/// further down come after those before them. Not recursive.
void for_each_value(const json::Value& document, const model::SearchPath& path, std::size_t most,
                    const std::function<void(const std::string& item, std::string_view value)>& visit);

/// Whether the member is there and neither null nor empty.
bool exists(const json::Value& document, std::string_view member);

/// A scalar as text; false for anything else.
bool scalar_text(const json::Value& value, std::string& text);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_VALUES_H
