#ifndef METADATA_LIB_FEED_RECORDS_H
#define METADATA_LIB_FEED_RECORDS_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "entity/context.h"
#include "metadata/json.h"
#include "metadata/suggestions.h"
#include "store/write_set.h"

namespace metadata::feed {

// A suggestion is three side records that belong to the entity it is about:
//
//   suggestion    id                                     what it says, and of what
//   suggestionAt  status type time id                    by which lists over all of them page
//   suggestionBy  author status type time id             the same for one author; and, by their owner, for one entity
//
// Side records follow their owner by identity, whatever it is called, vanish with it, and cost its document, versions
// and caches nothing. An entity type of its own would have brought names, versions, search documents and routes, none
// of which a suggestion has; a series is found through its owner alone. Order is by creation, which never changes, so
// that pages stay as they are when something is decided.

inline constexpr char kById[] = "suggestion";
inline constexpr char kByTime[] = "suggestionAt";
inline constexpr char kByAuthor[] = "suggestionBy";

enum class Status { Open, Accepted, Rejected };
enum class What { Description, Labels };

std::string_view name_of(Status status) noexcept;
std::string_view name_of(What what) noexcept;
/// "Open" and so on; InvalidArgument for any other word.
Result<Status> read_status(std::string_view text);
/// "SuggestDescription" or "SuggestTagLabel".
Result<What> read_what(std::string_view text);

/// As much of a suggestion as its keys tell.
struct Place {
  EntityId id;
  EntityId author;  ///< of a key by author
  EntityId about;   ///< the owner of the record
  Status status = Status::Open;
  What what = What::Description;
  std::string order;  ///< its time and its id, as they stand in keys: later ones are greater
};

struct Suggestion {
  Place place;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::string author_name;
  std::string updated_by;
  std::string list, item, member;  ///< as the link had them: "columns", "address.city", "description"; or empty
  std::string description;         ///< or empty
  std::string labels;              ///< a JSON array, or empty
  std::string body;                ///< of its record, as it was read; empty for a new one
};

/// What stands before the order in the keys of such records; without an author, of all authors.
std::string prefix_of(const EntityId& author, Status status, What what);
/// `Place::order` of a time and an id.
std::string order_of(std::int64_t at, const EntityId& id);
/// Is the text one?
bool is_order(std::string_view text) noexcept;

/// Corrupt when it is none.
Result<Place> read_place(const store::SideRow& row);
Result<Suggestion> read_suggestion(const store::SideRow& row);
/// The suggestions of these ids that there are, in the order of the list.
Result<std::vector<Suggestion>> read_all(store::Reader& reader, std::span<const Place> places);
/// All of an entity, the newest first.
Result<std::vector<Place>> places_of(store::Reader& reader, const EntityId& about);

/// The records of a new suggestion.
void insert(const Suggestion& suggestion, store::WriteSet& set);
/// Its records become these; refused (Conflict) when it is not as it was read.
void replace(const Suggestion& before, const Suggestion& after, store::WriteSet& set);
void erase(const Place& place, store::WriteSet& set);

/// The entity link of what it is about, as that is called now.
std::string link_of(const Suggestion& suggestion, const store::RefRow& about);
/// What it names beside its entity: createdBy and tagLabels, as an object. `author`: null when the user is not there
/// any more, or was none.
std::string names_of(const Suggestion& suggestion, const store::RefRow* author);
/// The suggestion as readers get it, with as much of these names as the reader may see.
std::string text_of(const Suggestion& suggestion, const store::RefRow& about, const Json& names);
/// What the log says of it. It has no `type`, by which it would count as a reference to an entity.
std::string told_of(const Suggestion& suggestion, const store::RefRow& about);

}  // namespace metadata::feed

#endif  // METADATA_LIB_FEED_RECORDS_H
