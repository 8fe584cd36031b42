#ifndef METADATA_SUGGESTIONS_H
#define METADATA_SUGGESTIONS_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/ids.h"
#include "metadata/json.h"
#include "metadata/options.h"

namespace metadata {

/// Which suggestions a list has; what is empty restricts nothing.
struct SuggestionQuery {
  Principal as = {};
  std::string entity_fqn = {};  ///< of the entity they are about: all of them, those about its columns too
  EntityId author = {};
  std::string type = {};                ///< SuggestDescription or SuggestTagLabel
  std::string status = {};              ///< Open, Accepted or Rejected
  std::int64_t limit = 10;              ///< 0: an empty page with the total; negative is InvalidArgument
  std::string before = {}, after = {};  ///< cursors of an earlier page; one of them at most
  Interrupt interrupt = {};
};

/// A page of suggestions, the newest first.
struct SuggestionPage {
  std::vector<Json> suggestions;
  /// How many there are in all. Without `entity_fqn` the newest 10,000 are looked at to count them.
  std::int64_t total = 0;
  std::string before, after;  ///< cursors, or empty
};

/// All that one author suggests about one entity, of one type.
struct SuggestionChoice {
  std::string entity_fqn;
  EntityId author;
  std::string type;  ///< SuggestDescription or SuggestTagLabel
};

/// What people and bots suggest to say of an entity, or of an item of one of its lists (a column): a description, or
/// labels. Nothing of it is part of the entity before somebody accepts it.
///
/// A suggestion belongs to its entity by the entity's identity: it follows it when it is renamed or moved, is not there
/// while it is soft-deleted, and goes with it. It is there for whoever sees the entity. An entity has
/// Limits::max_suggestions at most; the oldest of those that were decided on make room. Each change of one leaves an
/// event of the entity.
///
/// All calls answer suggestions as `{"id", "type", "entityLink", "createdAt", "createdBy", "updatedAt", "updatedBy",
/// "status", "description", "tagLabels"}`. NotFound: there is no such suggestion, or the caller does not see its
/// entity. Conflict: it is not open any more. Safe for use from many threads. Owned by the Catalog, whose errors its
/// calls share.
class METADATA_API Suggestions {
 public:
  /// Suggests a change: {type, entityLink, description | tagLabels}. Whoever sees the entity may. The same may be
  /// suggested again. NotFound: the entity, the item or a label is not there; TooLarge: more text or
  /// labels than Limits has for a suggestion, or all that the entity may have are open.
  Result<Json> create(std::string_view json, const WriteOptions& options = {});
  Result<Json> get(const EntityId& id, const ReadOptions& options = {}) const;
  Result<SuggestionPage> list(const SuggestionQuery& query) const;

  /// Takes the description and the labels of this suggestion instead; what it is about, and of which type it is, stays
  /// (InvalidArgument when the body says otherwise). Only its author and admins may.
  Result<Json> update(const EntityId& id, std::string_view json, const WriteOptions& options = {});
  /// Takes it away. Only its author and admins may.
  Result<Json> remove(const EntityId& id, const WriteOptions& options = {});
  /// Takes all of an entity away, decided on or not: how many. Needs Delete on the entity.
  Result<std::int64_t> remove_all(const EntityRef& about, const WriteOptions& options = {});

  /// Makes the change as a patch by the caller would, with the source Suggested, and marks the suggestion Accepted, in
  /// one transaction. A label takes the place of those that exclude it. Needs the right to make the change; of an
  /// entity that has owners, its owners, members of teams that own it, admins and bots may only.
  Result<Json> accept(const EntityId& id, const WriteOptions& options = {});
  /// Marks it Rejected; who may accept it may.
  Result<Json> reject(const EntityId& id, const WriteOptions& options = {});
  /// Accepts all that are open and were made before the call, the oldest first: a thousand, or a MiB of text, are one
  /// transaction and one version of the entity. When some cannot be applied, none of their thousand is, and the error
  /// names one; earlier thousands stay accepted. Answers those that it accepted.
  Result<std::vector<Json>> accept_all(const SuggestionChoice& choice, const WriteOptions& options = {});
  /// Rejects them, a thousand in a transaction.
  Result<std::vector<Json>> reject_all(const SuggestionChoice& choice, const WriteOptions& options = {});

  struct Parts;  // for the library itself
  explicit Suggestions(std::unique_ptr<Parts> parts);
  ~Suggestions();
  Suggestions(const Suggestions&) = delete;
  Suggestions& operator=(const Suggestions&) = delete;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_SUGGESTIONS_H
