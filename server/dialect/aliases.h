#ifndef METADATA_SERVER_DIALECT_ALIASES_H
#define METADATA_SERVER_DIALECT_ALIASES_H

#include <string>
#include <string_view>
#include <vector>

#include "http/url.h"
#include "metadata/error.h"
#include "metadata/options.h"

namespace metadata::server {

/// A `fields` parameter in canonical words.
struct FieldsAsked {
  std::string fields;  ///< "columns,owners"
  bool owner = false;  ///< it said `owner`, by that name
};

/// Reads the guide's words in `fields`: `owner` means `owners`. Blanks are dropped.
FieldsAsked canonical_fields(std::string_view fields);

/// The FQN that a name in a path means. Some types have names that hold a dot, and clients ask for them by the bare
/// name.
std::string canonical_fqn(std::string_view entity_type, const std::string& said);

/// The filters of a list of this type as the library names them: those of `known` that the query gives, and the words
/// that clients have for some of them (testSuiteType, testPlatform, includeAllTests …).
std::vector<Filter> canonical_filters(std::string_view entity_type, const std::vector<std::string>& known,
                                      const Query& query);

/// A JSON Patch in canonical words: an operation on exactly `/owner` becomes one on `/owners` with one element.
/// Text that is not a patch comes back as it is, for the patch engine to refuse.
std::string canonical_patch(const std::string& body);

}  // namespace metadata::server

#endif  // METADATA_SERVER_DIALECT_ALIASES_H
