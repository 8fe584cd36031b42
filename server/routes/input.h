#ifndef METADATA_SERVER_ROUTES_INPUT_H
#define METADATA_SERVER_ROUTES_INPUT_H

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call.h"
#include "metadata/entity.h"
#include "metadata/options.h"

namespace metadata::server {

// What handlers read from a request, each with its error.

/// The entity of a route by its first parameter.
Result<EntityRef> by_id(const Call& call);
Result<EntityRef> by_name(const Call& call);

/// Where a path of the API ("/api/v1/…") is reached, as the client reaches it.
std::string address_of(const Call& call, const std::string& path);
/// May the caller know of a job of this owner? Jobs are their owners' and the admins'; for all others they are not
/// there.
bool is_own_job(const Call& call, const std::string& owner);

/// 200 with the entity as it is now, with a field that the caller may see; without it when the caller may not.
Result<Response> answer_with(const Call& call, const EntityRef& target, const std::string& field);

/// `include`: non-deleted (the default), deleted or all.
Result<Include> include_of(const Call& call);

/// `fields` in canonical words, and whether the guide's `owner` is to be shown.
struct Fields {
  std::string names;
  bool owner = false;
};
Fields fields_of(const Call& call);

/// A query parameter that lists words apart by commas; without the empty ones.
std::vector<std::string> list_of(const Call& call, std::string_view name);

/// A moment after all others, in ms since the epoch.
inline constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

/// The two moments between which values are asked for; all of them, when they are not said.
struct Moments {
  std::int64_t from = 0;
  std::int64_t to = kEver;
};
Result<Moments> moments_of(const Call& call, std::string_view from = "startTs", std::string_view to = "endTs");

/// The revision that If-Match asks for; nothing when the header is absent or `*`.
/// PreconditionFailed: a tag that is not one of ours, or another entity's.
Result<std::optional<Revision>> if_match(const Call& call, const EntityRef& target);
/// The same for a PUT, which names its entity only by its content: the tag's entity must be there and have that name.
Result<std::optional<Revision>> if_match_put(const Call& call);

Result<WriteOptions> write_options(const Call& call);

/// `replace` and `overwrite` of a PUT.
Error read_put_manner(const Call& call, WriteOptions& options);

/// A refusal when the body is of another kind than JSON (or JSON Patch). A missing Content-Type is taken for JSON.
std::optional<Response> refuse_media_type(const Call& call, bool patch);

/// A refusal when the body is of another kind than a plain text or CSV, or in another charset than UTF-8.
std::optional<Response> refuse_other_than_text(const Call& call);

/// The UUID in a parameter or member of that name.
Result<EntityId> id_of(const std::string& text, const char* name);

/// The body as a JSON object; InvalidArgument otherwise.
Result<Json> body_object(const Call& call);
/// A member of it that must be a text that is not empty.
Result<std::string> required_text(const Json& body, std::string_view name);

}  // namespace metadata::server

#endif  // METADATA_SERVER_ROUTES_INPUT_H
