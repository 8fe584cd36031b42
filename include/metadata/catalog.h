#ifndef METADATA_CATALOG_H
#define METADATA_CATALOG_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/access.h"
#include "metadata/backup.h"
#include "metadata/batch.h"
#include "metadata/bulk.h"
#include "metadata/change.h"
#include "metadata/csv.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/events.h"
#include "metadata/export.h"
#include "metadata/lineage.h"
#include "metadata/options.h"
#include "metadata/patch.h"
#include "metadata/quality.h"
#include "metadata/registry.h"
#include "metadata/search.h"
#include "metadata/suggestions.h"
#include "metadata/usage.h"

namespace metadata {

/// One finding of Catalog::check().
struct CheckFinding {
  std::string rule;  ///< stable name of the broken rule: "body-missing"
  std::string text;  ///< what is wrong, and where
};

/// What Catalog::repair() did.
struct RepairReport {
  std::vector<CheckFinding> mended;  ///< of each broken rule of the store the first hundred
  std::vector<CheckFinding> left;    ///< what check() finds afterwards: what nothing else in the catalog says
  std::string copy;                  ///< the database as it was; empty when nothing was broken
};

/// A metadata catalog: entities, their history and relations.
///
/// Safe for use from many threads. Reads see one snapshot and never wait for writers; a write is durable when it
/// returns (Options::sync). Owns its files: one process at a time opens a path. Opens no socket, prints nothing,
/// installs no handler; the search index is kept by threads of its own, unless Options::background is false. Several
/// catalogs may be open in one process, each on its own directory. A child of fork() must leave its parent's catalogs
/// alone, their destructors included (so: exec or _exit), and may open its own.
///
/// Errors all calls share: InvalidArgument (a bad argument or body; field() says where), NotFound, PermissionDenied,
/// TooLarge (a limit of Options::limits), Unavailable (disk full or failing, closed), Corrupt (damaged files),
/// Interrupted (the call's Interrupt tripped).
class METADATA_API Catalog {
 public:
  /// Opens the catalog in options.path, making it when missing. Unavailable: another process has it open, or the disk
  /// fails. PermissionDenied: it may not be written (or read). Corrupt: not a catalog, damaged, or written by a newer
  /// version. NotFound: options.read_only, and there is none.
  static Result<std::unique_ptr<Catalog>> open(const Options& options);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// One entity. NotFound when there is none that options.include admits.
  Result<Entity> get(const EntityRef& target, const ReadOptions& options = {}) const;
  /// A page of entities in FQN order. The number of store statements does not depend on the page's size.
  Result<Page> list(std::string_view type, const ListOptions& options = {}) const;

  /// A new entity from a create body (or an entity as it was read). AlreadyExists when its FQN is taken, also by a
  /// deleted one.
  Result<Written> create(std::string_view type, std::string_view json, const WriteOptions& options = {});
  /// Creates, or merges into the entity with that FQN (docs/architecture.md, "PUT"); revives a soft-deleted one.
  Result<Written> put(std::string_view type, std::string_view json, const WriteOptions& options = {});
  /// Applies a JSON Patch to the whole entity, all fields included. A patch without effect makes no version.
  /// PreconditionFailed when options.if_revision is not the present revision.
  Result<Written> patch(const EntityRef& target, const Patch& patch, const WriteOptions& options = {});
  /// Soft by default (it can be restored); hard removes the entity, its history and everything below it for good.
  Result<Written> remove(const EntityRef& target, const RemoveOptions& options = {});
  /// Makes a soft-deleted entity, and what was deleted below it, live again.
  Result<Written> restore(const EntityRef& target, const WriteOptions& options = {});
  /// All items, or none: the error says which item failed ("item 3: …").
  Result<std::vector<Written>> write(const Batch& batch, const WriteOptions& options = {});
  /// put() of each element of a JSON array, each with a result of its own: that one fails touches no other. Later
  /// elements see earlier ones. They are committed in groups, so that a thousand of them cost a few file syncs, and
  /// other writers get their turns in between. TooLarge: more elements than Limits::max_bulk, or a text beyond
  /// Limits::bulk. options.if_revision is not looked at. Interrupted only before anything was written; later on the
  /// items that were not reached say so.
  Result<std::vector<BulkItem>> put_all(std::string_view type, std::string_view json_array,
                                        const WriteOptions& options = {}, BulkMode mode = BulkMode::Write);

  /// The versions of an entity, newest (the present one) first.
  Result<History> versions(const EntityRef& target, const HistoryOptions& options = {}) const;
  /// The entity as it was in one version.
  Result<Entity> version(const EntityRef& target, Version version, const ReadOptions& options = {}) const;

  /// Adds or replaces one value of a time series the type's description declares ("pipelineStatus"); makes no version.
  Result<Json> put_value(const EntityRef& target, std::string_view series, std::string_view json,
                         const WriteOptions& options = {});
  /// Removes one value by its key. NotFound when the entity or the value is not there.
  Error remove_value(const EntityRef& target, std::string_view series, std::string_view key,
                     const WriteOptions& options = {});
  /// One value by its key. NotFound when the entity or the value is not there.
  Result<Json> value(const EntityRef& target, std::string_view series, std::string_view key,
                     const Interrupt& interrupt = {}) const;
  /// The values with from_ms <= timestamp <= to_ms, newest first, at most `limit`.
  Result<std::vector<Json>> values(const EntityRef& target, std::string_view series, std::int64_t from_ms,
                                   std::int64_t to_ms, std::size_t limit = 1000, const Interrupt& interrupt = {}) const;

  /// Adds values of several series that the type's description names as one set ("tableProfile"), all or none:
  /// `{"tableProfile": {…}, "columnProfile": [{…}]}`. One of the same moment is replaced. Makes no version.
  /// InvalidArgument: a value of an item (a column) that the entity does not have.
  Error put_values(const EntityRef& target, std::string_view set, std::string_view json,
                   const WriteOptions& options = {});
  /// A page of an ordered series. The target's FQN may be that of an item (a column), and must be for series of items.
  /// NotFound: no such entity, item or series; InvalidArgument: a cursor that is none.
  Result<ValuePage> values_by_time(const EntityRef& target, std::string_view series,
                                   const TimeOptions& options = {}) const;
  /// Removes what an ordered series has of one moment. NotFound when there is nothing.
  Error remove_values(const EntityRef& target, std::string_view series, std::int64_t at_ms,
                      const WriteOptions& options = {});
  /// The newest values of ordered series of all entities of a type that the caller may see, at most `options.limit`,
  /// and how many there are; `options.after` is not looked at.
  Result<std::pair<std::vector<OwnedValue>, std::int64_t>> values_of_type(std::string_view type,
                                                                          const std::vector<std::string>& series,
                                                                          const TimeOptions& options = {}) const;

  /// Sets a field that the type's description gives a route of its own (FieldInfo::route); of a list, puts the one item
  /// in place of that of the same name. Allowed, checked and versioned as the patch that does the same.
  Result<Written> put_field(const EntityRef& target, std::string_view field, std::string_view json,
                            const WriteOptions& options = {});
  /// Removes such a field; of a list the item of that name, `within` an item of the entity (a column) or in itself.
  /// NotFound when a list has no such item.
  Result<Written> remove_field(const EntityRef& target, std::string_view field, std::string_view item = {},
                               std::string_view within = {}, const WriteOptions& options = {});

  /// Some of the outermost items of a list of an entity ("columns"). NotFound: no such entity or list.
  Result<ItemPage> items(const EntityRef& target, std::string_view list, const ItemOptions& options = {}) const;
  /// Changes members of the item (a column) of an entity of the type that has this FQN: those that `json` has. A null
  /// changes nothing, an empty text or list removes the member. The item as it is then.
  Result<Json> patch_item(std::string_view type, std::string_view list, std::string_view fqn, std::string_view json,
                          const WriteOptions& options = {});

  /// Tells how often a table was joined with others on the days from `startDate` on, 30 days ago at most; what was told
  /// of a day and a pair before is replaced. The other tables know it too. Makes no version. NotFound: no such entity,
  /// or the type has no `joins`.
  Error put_joins(const EntityRef& target, std::string_view json, const WriteOptions& options = {});

  /// Adds text to the log of one run of an entity of a type that keeps such (an ingestion pipeline). Of an entity the
  /// newest 20 runs are kept, of a run 8 MiB. How many bytes of the run there are then. TooLarge: the run has as much
  /// as is kept. NotFound: no such entity, or its type keeps none.
  Result<std::int64_t> append_log(const EntityRef& target, std::string_view run, std::string_view text,
                                  const WriteOptions& options = {});
  /// All that there is of the log of one run. NotFound also when there is none, or the caller may not see everything of
  /// the entity.
  Result<std::string> read_log(const EntityRef& target, std::string_view run, const ReadOptions& options = {}) const;

  /// A user begins to follow an entity of a type with `followers`; it makes no version. The event that the log has of
  /// it, or one of its own when the user did so already. Whoever sees the entity may follow it; to let another user
  /// follow it takes EditAll. NotFound: the entity, the user or the field is not there, or the caller may not see it.
  /// InvalidArgument: the user was deleted.
  Result<ChangeEvent> follow(const EntityRef& target, const EntityId& user, const WriteOptions& options = {});
  /// The user follows it no more; as follow(), and a deleted user may stop.
  Result<ChangeEvent> unfollow(const EntityRef& target, const EntityId& user, const WriteOptions& options = {});
  /// The caller's one vote on an entity of a type with `votes`: "votedUp", "votedDown" or "unVoted". As follow();
  /// InvalidArgument when the caller is no user of the catalog.
  Result<ChangeEvent> vote(const EntityRef& target, std::string_view vote, const WriteOptions& options = {});

  /// May the principal do all of these operations ("EditTags" …) on this entity? NotFound when it is not there or the
  /// principal may not see it; PermissionDenied names the rule that denies one, or those that no rule allows.
  Error check_allowed(const Principal& principal, const std::vector<std::string>& operations, const EntityRef& target,
                      const Interrupt& interrupt = {}) const;
  /// What the principal's rules say of each operation that rules can name, on entities of the type.
  Result<std::vector<Permission>> permissions(const Principal& principal, std::string_view type) const;
  /// The same for one entity, of which no condition is left open. NotFound as check_allowed().
  Result<std::vector<Permission>> permissions(const Principal& principal, const EntityRef& target,
                                              const Interrupt& interrupt = {}) const;

  /// The names of the settings that are kept beside entities ("profilerConfiguration"), sorted.
  std::vector<std::string> settings() const;
  /// A setting as it is now, its default while nobody has put one. NotFound when there is none of that name.
  Result<Json> setting(std::string_view name, const Interrupt& interrupt = {}) const;
  /// Keeps another value of a setting. InvalidArgument when it is not of its type; only admins and the host may.
  Error put_setting(std::string_view name, std::string_view json, const WriteOptions& options = {});

  /// Changes after a position in the log, oldest first.
  Result<std::vector<ChangeEvent>> changes(Seq after, std::size_t limit = 100, const Interrupt& interrupt = {}) const;

  /// What changed, with filters, as it comes, and to whom it is delivered.
  Events& events() noexcept;
  Access& access() noexcept;
  /// Full-text search. Built without it, each of its calls is Unimplemented.
  Search& search() noexcept;
  Lineage& lineage() noexcept;
  Quality& quality() noexcept;
  Usage& usage() noexcept;
  Suggestions& suggestions() noexcept;
  Csv& csv() noexcept;
  const Registry& registry() const noexcept;
  /// True when this open() made the catalog.
  bool fresh() const noexcept;

  /// Whether writes are taken; when not, each of them is Unavailable.
  Writes writes() const noexcept;

  /// Proves the invariants of what is stored; an empty list means none is broken. Reads everything: minutes on large
  /// catalogs.
  Result<std::vector<CheckFinding>> check() const;
  /// Mends a damaged catalog that nobody has open, as far as what is lost follows from what is there: counters, what
  /// rows repeat of documents, indexes, and edges, labels, histories, values and records of entities that are not
  /// there. Nothing else is touched, and no version is made. First the database is copied to `catalog.db.before-repair`
  /// in the directory. Each rule is mended in a transaction of its own, so that after a failure or a crash it can be
  /// done again.
  ///
  /// AlreadyExists: a copy of an earlier repair is there; move it away first. Unavailable: the catalog is open
  /// somewhere, or the disk fails. InvalidArgument: in RAM, or for reading only. All errors of open() besides.
  static Result<RepairReport> repair(const Options& options);
  /// back_up() of this catalog's directory while it is in use; a write that has returned is in it. InvalidArgument for
  /// a catalog in RAM.
  Result<BackupInfo> backup(const std::string& file, const BackupOptions& options = {}) const;
  /// Store statements run so far, for tests and figures.
  std::uint64_t statements() const noexcept;

 private:
  struct Parts;
  explicit Catalog(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_CATALOG_H
