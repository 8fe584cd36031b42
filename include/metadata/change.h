#ifndef METADATA_CHANGE_H
#define METADATA_CHANGE_H

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/export.h"
#include "metadata/ids.h"

namespace metadata {

/// One entry of the change log: what happened to which entity. Written in the transaction of the change itself.
struct ChangeEvent {
  /// Gap: no change; events that the reader asked for are not kept any more (Options::event_retention). `seq` is the
  /// last of them, `change` says {"fromSeq", "toSeq"}, and there is no entity.
  enum class Kind {
    Created,
    Updated,
    SoftDeleted,
    Restored,
    Deleted,
    Renamed,
    Series,
    LineagePut,
    LineageRemoved,
    Gap,
    SuggestionCreated,
    SuggestionUpdated,
    SuggestionAccepted,
    SuggestionRejected,
    SuggestionDeleted
  };

  Seq seq = 0;           ///< commit order; whoever reads seq n has seen every seq < n
  std::string event_id;  ///< a UUID, the same whenever this event is read
  Kind kind = Kind::Updated;
  std::int64_t at = 0;  ///< ms since the epoch
  std::string entity_type;
  EntityId entity_id;
  std::string entity_fqn;
  bool subtree = false;  ///< everything below it changed with it
  Version version;
  std::string actor;  ///< user name
  /// changeDescription as JSON text, or empty. Of lineage: `{"fromEntity", "toEntity", "source"}`, the entity being one
  /// of both. Of a suggestion: `{"id", "suggestionType", "status", "entityLink"}`, the entity being what it is about.
  std::string change;
  std::string series;  ///< of Series: which one
  /// Of the entity at that moment: its own owners, its labels (the columns' too) and its own domains.
  std::vector<EntityId> owners, tags, domains;
  bool has_facts = false;  ///< false: the log does not know them (what went with its container)
};

}  // namespace metadata

#endif  // METADATA_CHANGE_H
