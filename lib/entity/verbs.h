#ifndef METADATA_LIB_ENTITY_VERBS_H
#define METADATA_LIB_ENTITY_VERBS_H

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "entity/context.h"
#include "entity/step.h"
#include "metadata/batch.h"
#include "metadata/bulk.h"
#include "metadata/entity.h"
#include "metadata/options.h"
#include "metadata/patch.h"

namespace metadata::entity {

// The life of an entity, one file a verb. Functions that write prepare a Step from a view of the store; run() commits
// it, and a batch commits several. Functions that read take one snapshot.

Result<Step> create(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    std::string_view json, const WriteOptions& options);
Result<Step> put(const Context& context, store::Reader& reader, const view::TypeLayout& layout, std::string_view json,
                 const WriteOptions& options);
Result<Step> patch(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                   const EntityRef& target, const Patch& patch, const WriteOptions& options);
/// Changes the tree of an entity, as its author sees it: all of it, with masked secrets and own references and labels.
using Edit = std::function<Error(json::Document& tree)>;
/// As patch(), by whatever changes the tree.
Result<Step> edit(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                  const EntityRef& target, const Edit& change, const WriteOptions& options);
Result<Step> remove(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    const EntityRef& target, const RemoveOptions& options);
Result<Step> restore(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     const EntityRef& target, const WriteOptions& options);

/// Prepares and applies the items one after the other in one transaction.
Result<std::vector<Written>> write(const Context& context, const Batch& batch, const WriteOptions& options);

/// As Catalog::put_all().
Result<std::vector<BulkItem>> put_all(const Context& context, const view::TypeLayout& layout, std::string_view json,
                                      const WriteOptions& options, BulkMode mode);

Result<Entity> get(const Context& context, const EntityRef& target, const ReadOptions& options);
/// The same of what one reader has: for verbs that read before they write.
Result<Entity> get_from(const Context& context, store::Reader& reader, const EntityRef& target,
                        const ReadOptions& options);
Result<Page> list(const Context& context, std::string_view type, const ListOptions& options);
Result<History> versions(const Context& context, const EntityRef& target, const HistoryOptions& options);
Result<Entity> version(const Context& context, const EntityRef& target, Version version, const ReadOptions& options);

/// What a room above adds to a value of a series before it is written: members of it, and further operations.
using WithValue = std::function<Error(store::Reader& reader, const store::StoredEntity& owner, json::Document& value,
                                      store::WriteSet& set)>;
/// Puts one value of a series that the type's description declares; `key` of the value comes from its declared member.
Result<std::string> put_value(const Context& context, const EntityRef& target, std::string_view series,
                              std::string_view json, const WriteOptions& options, const WithValue& with = {});
/// Removes one value by its key; NotFound when it is not there.
Error remove_value(const Context& context, const EntityRef& target, std::string_view series, std::string_view key,
                   const WriteOptions& options);
Result<std::string> value(const Context& context, const EntityRef& target, std::string_view series,
                          std::string_view key, const Interrupt& interrupt);
Result<std::vector<std::string>> values(const Context& context, const EntityRef& target, std::string_view series,
                                        std::int64_t from, std::int64_t to, std::size_t limit,
                                        const Interrupt& interrupt);

/// A setting as it is now. NotFound when the registry has none of that name.
Result<std::string> setting(const Context& context, std::string_view name, const Interrupt& interrupt);
/// Keeps another value. Admins and the host only.
Error put_setting(const Context& context, std::string_view name, std::string_view json, const WriteOptions& options);

/// Adds values of the series of one set; as Catalog::put_values().
Error put_values(const Context& context, const EntityRef& target, std::string_view set, std::string_view json,
                 const WriteOptions& options);
/// As Catalog::values_by_time(), remove_values() and values_of_type().
Result<ValuePage> values_by_time(const Context& context, const EntityRef& target, std::string_view series,
                                 const TimeOptions& options);
Error remove_values(const Context& context, const EntityRef& target, std::string_view series, std::int64_t at,
                    const WriteOptions& options);
Result<std::pair<std::vector<OwnedValue>, std::int64_t>> values_of_type(const Context& context, std::string_view type,
                                                                        const std::vector<std::string>& series,
                                                                        const TimeOptions& options);

/// Fields with routes of their own, as Catalog::put_field() and remove_field().
Result<Step> put_field(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                       const EntityRef& target, std::string_view field, std::string_view json,
                       const WriteOptions& options);
Result<Step> remove_field(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                          const EntityRef& target, std::string_view field, std::string_view item,
                          std::string_view within, const WriteOptions& options);

/// Items of lists, as Catalog::items() and patch_item().
Result<ItemPage> items(const Context& context, const EntityRef& target, std::string_view list,
                       const ItemOptions& options);
Result<Json> patch_item(const Context& context, std::string_view type, std::string_view list, std::string_view fqn,
                        std::string_view json, const WriteOptions& options);

/// As Catalog::put_joins().
Error put_joins(const Context& context, const EntityRef& target, std::string_view json, const WriteOptions& options);

/// Logs of runs, as Catalog::append_log() and read_log().
Result<std::int64_t> append_log(const Context& context, const EntityRef& target, std::string_view run,
                                std::string_view text, const WriteOptions& options);
Result<std::string> read_log(const Context& context, const EntityRef& target, std::string_view run,
                             const ReadOptions& options);

enum class Follow { Start, Stop };
/// A user begins to follow an entity, or stops. What was written to the log; its seq is 0 when nothing changed.
/// NotFound: the entity or the user is not there for the caller. InvalidArgument: a deleted user begins.
Result<store::LogRecord> follow(const Context& context, const EntityRef& target, const EntityId& user, Follow how,
                                const WriteOptions& options);
/// The caller's vote on an entity becomes votedUp, votedDown or unVoted; as follow().
Result<store::LogRecord> vote(const Context& context, const EntityRef& target, std::string_view word,
                              const WriteOptions& options);

/// The rules that need to know entity types: containers, histories, references, labels, and what rows repeat of
/// documents. Appends what it finds.
Error check(const Context& context, std::vector<store::Problem>& problems);
/// Mends what follows from documents, in one transaction: what rows repeat of them, and labels on items that they do
/// not have. Appends what it mended.
Error repair(const Context& context, std::vector<store::Problem>& mended);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_VERBS_H
