#ifndef METADATA_LIB_FEED_FINDING_H
#define METADATA_LIB_FEED_FINDING_H

#include <span>
#include <string_view>
#include <vector>

#include "feed/about.h"
#include "feed/records.h"
#include "metadata/json.h"

namespace metadata::feed {

/// "suggestion instance for x not found"
Error no_suggestion(const EntityId& id);

/// A suggestion and the entity it is about.
struct Found {
  Suggestion suggestion;
  About about;
};
/// NotFound when there is none, its entity is soft-deleted, or the principal does not see that.
Result<Found> find_suggestion(const entity::Context& context, store::Reader& reader, const Principal& as,
                              const EntityId& id);
/// Conflict unless it is open.
Error check_open(const Suggestion& suggestion);

/// The live entities of that FQN, of any type, that the principal sees. NotFound when there is none.
Result<std::vector<store::RefRow>> entities_of(const entity::Context& context, store::Reader& reader,
                                               const Principal& as, std::string_view fqn);

/// As the principal gets them: without what names whom or what it does not see.
Result<std::vector<Json>> shown(const entity::Context& context, store::Reader& reader, const Principal& as,
                                std::span<const Suggestion> suggestions);

/// Adds what a change of a suggestion leaves in the log, as an event of the entity, which has this row.
void tell(const entity::Context& context, const About& about, const store::EntityRow& row, store::LogKind kind,
          std::string told, const WriteOptions& options, store::WriteSet& set);

/// Applies the set in the turn and commits it.
Error finish(store::Transaction& turn, const store::WriteSet& set);

/// Adds that a suggestion is another now, and what of it is told.
void put_state(const entity::Context& context, const About& about, const Suggestion& before, const Suggestion& after,
               store::LogKind kind, const WriteOptions& options, store::WriteSet& set);
/// Commits the same in the turn, and answers it as the writer gets it.
Result<Json> commit_state(const entity::Context& context, store::Transaction& turn, const Found& found,
                          const Suggestion& after, store::LogKind kind, const WriteOptions& options);

/// The suggestion with another state, as of now, by the writer.
Suggestion decided(const entity::Context& context, const Suggestion& suggestion, Status status,
                   const WriteOptions& options);

}  // namespace metadata::feed

#endif  // METADATA_LIB_FEED_FINDING_H
