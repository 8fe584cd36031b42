#ifndef METADATA_SERVER_RENDER_ENTITY_H
#define METADATA_SERVER_RENDER_ENTITY_H

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/response.h"
#include "metadata/entity.h"
#include "metadata/registry.h"

namespace metadata::server {
struct Call;
}

namespace metadata::server::render {

/// Which members of which entity type hold references. Made once at start; immutable.
class References {
 public:
  explicit References(const Registry& registry);
  bool has(const TypeInfo& type, std::string_view member) const;
  /// The type of exactly this name, or null.
  const TypeInfo* type(std::string_view name) const;
  const Registry& registry() const { return registry_; }

 private:
  const Registry& registry_;  // not owned; must outlive this
  std::unordered_map<const TypeInfo*, std::vector<std::string>> fields_;
  std::unordered_map<std::string_view, const TypeInfo*> types_;
};

/// How the text of an entity is completed for a client.
struct View {
  std::string_view base;  ///< "http://host:8585/api", or empty: then there is no href
  bool owner = false;     ///< the guide's `owner` beside `owners`
};

/// Address of an entity: base + "/v1/tables/<id>"; empty without a base.
std::string href(std::string_view base, const TypeInfo& type, std::string_view id);

/// The library's JSON text of an entity with href in it and in its references, which the entity says the places of.
std::string entity_text(const Entity& entity, const TypeInfo& type, const References& references, const View& view);

/// The same for text that comes without these places, such as a past version; looks through all of it.
std::string entity_text(std::string_view text, const TypeInfo& type, const References& references, const View& view);

/// A reference's text, as the library writes it, with its href.
std::string reference_text(std::string_view text, const References& references, std::string_view base);

/// `"<id>-<revision>"`, the strong tag that If-Match takes back.
std::string etag(const Entity& entity);

/// What a write did, as X-OpenMetadata-Change says it: "entityCreated".
std::string_view change_word(Written::Change change);

/// Paths of fields whose values were kept, apart by commas, in printable ASCII: fit for a header.
std::string kept_words(const std::vector<std::string>& paths);

/// 200 with the entity.
Response entity(const Call& call, const Entity& entity, bool with_owner = false);
/// The answer to a write: 201 when it made the entity, else 200; says what happened in X-OpenMetadata-Change,
/// and in X-Metadata-Kept-Fields which values that were sent it did not take because a person wrote them last.
Response written(const Call& call, const Written& written);
/// The answer to a delete, in the client's dialect.
Response removed(const Call& call, const Written& written);

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_ENTITY_H
