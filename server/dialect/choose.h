#ifndef METADATA_SERVER_DIALECT_CHOOSE_H
#define METADATA_SERVER_DIALECT_CHOOSE_H

#include <string_view>

#include "http/request.h"
#include "metadata/error.h"

namespace metadata::server {

/// Whose spellings a request and its answer use: the REST guide's, or those of the OpenMetadata client, whose models
/// are closed and refuse every key they do not know.
enum class Dialect { Guide, OpenMetadata };

/// How the server is told to choose; Auto looks at each request.
enum class DialectRule { Auto, Guide, OpenMetadata };

/// InvalidArgument for a word that is neither "auto", "guide" nor "openmetadata".
Result<DialectRule> dialect_rule(std::string_view word);

/// The dialect of one request: the header X-Metadata-Dialect, else the server's rule, else a guess that nothing hangs
/// on. InvalidArgument when the header says something else than "guide" or "openmetadata".
Result<Dialect> choose_dialect(const Request& request, DialectRule rule);

// What differs, beyond the spellings in aliases.h. In one place, so that it can be read at once.
constexpr long long max_page(Dialect dialect) { return dialect == Dialect::Guide ? 100 : 1000; }
constexpr bool delete_answers_entity(Dialect dialect) { return dialect == Dialect::OpenMetadata; }
constexpr bool shows_owner(Dialect dialect) { return dialect == Dialect::Guide; }

}  // namespace metadata::server

#endif  // METADATA_SERVER_DIALECT_CHOOSE_H
