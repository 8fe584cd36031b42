#ifndef METADATA_LIB_SEARCH_FIELDS_H
#define METADATA_LIB_SEARCH_FIELDS_H

#include <string>
#include <string_view>

namespace metadata::search {

/// A field as documents show it: without the suffix of a way to index it ("name.keyword", "name.ngram") and with the
/// present name of a former one ("owner.name" is "owners.name").
std::string canonical_field(std::string_view written);

/// The part of a field before its first dot, and what comes behind that; views into it.
std::string_view head_of(std::string_view field);
std::string_view rest_of(std::string_view field);

/// Does the whole text match the pattern? `*` is any run, `?` one character (of UTF-8), `\` makes the next one plain.
/// Both are compared as they are: fold them before. Linear in the text for each `*`.
bool matches_pattern(std::string_view text, std::string_view pattern);

/// Has the pattern a `*` or `?` that is not made plain?
bool has_wildcard(std::string_view pattern);

/// The text before the first wildcard, made plain.
std::string literal_prefix(std::string_view pattern);

/// A pattern that only this text matches.
std::string escape_pattern(std::string_view text);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_FIELDS_H
