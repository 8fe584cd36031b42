#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/save.h"
#include "entity/verbs.h"
#include "model/formats.h"
#include "view/votes.h"

namespace metadata::entity {
namespace {

constexpr int kRaces = 3;

/// The field of that name, or NotFound.
Result<const model::Field*> field_of(const view::TypeLayout& layout, std::string_view name) {
  const model::Field* field = layout.type->find(name);
  if (field != nullptr) return field;
  return not_found("entity type " + layout.type->name + " has no " + std::string(name));
}

/// A change description of one field, which made no version.
std::string description_of(std::string_view list, std::string_view field, const std::string& values, Version version) {
  std::string text = "{";
  for (const std::string_view each : {"fieldsAdded", "fieldsUpdated", "fieldsDeleted"}) {
    text.append("\"").append(each).append("\":[");
    if (each == list) text.append("{\"name\":\"").append(field).append("\",").append(values).append("}");
    text.append("],");
  }
  return text.append("\"previousVersion\":").append(version.text()).append("}");
}

/// What the change leaves in the log: the index shows followers, so it follows this as it does any other change.
Result<store::LogRecord> record_of(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                                   const store::StoredEntity& stored, const WriteOptions& options, std::string change) {
  MD_LET(around, view::Surroundings::fetch(reader, context.layouts, layout, std::span(&stored, 1),
                                           view::Asked::own(*layout.type), context.limits, 0));
  return log_record(stored.row, store::LogKind::Updated, {options.as, options.change_source, context.clock.now_ms()},
                    std::move(change), facts_of(layout, around, stored.row.rid));
}

/// The user with this id, as the caller sees users; NotFound else.
Result<store::RefRow> user_of(const Context& context, store::Reader& reader, const Principal& as,
                              const std::vector<std::string>& types, const EntityId& id) {
  MD_LET(rows, reader.refs_by_id(std::span(&id, 1)));
  MD_LET(seen, seeing_of(context.layouts, reader, as).of(rows));
  for (const store::RefRow& row : rows) {
    const bool fits = types.empty() || std::find(types.begin(), types.end(), row.type) != types.end();
    if (fits && seen.contains(row.rid)) return row;
  }
  return no_instance(types.empty() ? "user" : types.front(), id.text());
}

/// The edge between the user and the entity, or null.
Result<std::optional<store::RelationRow>> edge_between(store::Reader& reader, store::Rid entity,
                                                       const std::string& kind, const EntityId& user) {
  MD_LET(rows, reader.relations(std::span(&entity, 1), store::Direction::To, std::vector<std::string>{kind}));
  const auto at = std::ranges::find_if(rows, [&](const store::RelationRow& row) { return row.other.id == user; });
  return at == rows.end() ? std::optional<store::RelationRow>() : std::optional(std::move(*at));
}

/// Prepares and commits one edge between a user and an entity; again when one of them was deleted meanwhile, so that
/// it is said in the words for that.
template <class Prepare>
Result<store::LogRecord> commit_edge(const Context& context, const Interrupt& interrupt, const Prepare& prepare) {
  for (int race = 1;; ++race) {
    store::WriteSet set;
    auto record = [&]() -> Result<store::LogRecord> {
      MD_LET(reader, context.store.snapshot(interrupt));
      return prepare(*reader, set);
    }();
    if (!record.ok() || set.empty()) return record;
    set.operations.push_back(store::AppendLog{*record});
    const auto applied = context.store.commit(set, interrupt);
    if (applied.ok()) {
      record->seq = applied->seq;
      return record;
    }
    if (applied.error().code() != Code::Conflict || race == kRaces) return applied.error();
  }
}

}  // namespace

Result<store::LogRecord> follow(const Context& context, const EntityRef& target, const EntityId& user, Follow how,
                                const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(field, field_of(*layout, "followers"));
  // People follow what they see. To let somebody else follow it is to edit it.
  const bool self = !options.as.id.empty() && user == options.as.id;
  const std::vector<std::string> operations = {self ? "ViewBasic" : "EditAll"};
  MD_OK(access::check_outright(options.as, operations, layout->type->name));
  return commit_edge(context, options.interrupt,
                     [&](store::Reader& reader, store::WriteSet& set) -> Result<store::LogRecord> {
                       MD_LET(stored, find(reader, *layout, target, Include::Live));
                       MD_OK(check_stored(reader, *layout, options.as, operations, stored.row, target));
                       MD_LET(who, user_of(context, reader, options.as, field->relation.types, user));
                       if (how == Follow::Start && who.deleted)
                         return invalid_argument("User " + user.text() + " is deleted");
                       const std::string list = how == Follow::Start ? "fieldsAdded" : "fieldsDeleted";
                       const std::string value = std::string(how == Follow::Start ? "\"newValue\"" : "\"oldValue\"") +
                                                 ":[" + view::reference_text(who) + "]";
                       MD_LET(record, record_of(context, reader, *layout, stored, options,
                                                description_of(list, field->name, value, stored.row.version)));
                       MD_LET(edge, edge_between(reader, stored.row.rid, field->relation.kind, user));
                       if (edge.has_value() == (how == Follow::Start)) return record;  // as it is already
                       set.preconditions.push_back(store::RowAlive{stored.row.id});
                       if (how == Follow::Start) {
                         set.preconditions.push_back(store::RowAlive{user});
                         set.operations.push_back(store::PutRelation{user, field->relation.kind, stored.row.id, 0, {}});
                       } else {
                         set.operations.push_back(store::DeleteRelation{user, field->relation.kind, stored.row.id});
                       }
                       return record;
                     });
}

Result<store::LogRecord> vote(const Context& context, const EntityRef& target, std::string_view word,
                              const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(field, field_of(*layout, "votes"));
  constexpr std::string_view kNone = "unVoted";
  const std::array words = {view::kVotedUp, view::kVotedDown, kNone};
  if (std::find(words.begin(), words.end(), word) == words.end()) {
    return invalid_argument("a vote is votedUp, votedDown or unVoted, not " + model::shown(word), "updatedVoteType");
  }
  const EntityId& voter = options.as.id;
  if (voter.empty()) return invalid_argument("only a user of the catalog can vote");
  const std::vector<std::string> operations = {"ViewBasic"};
  MD_OK(access::check_outright(options.as, operations, layout->type->name));
  return commit_edge(
      context, options.interrupt, [&](store::Reader& reader, store::WriteSet& set) -> Result<store::LogRecord> {
        MD_LET(stored, find(reader, *layout, target, Include::Live));
        MD_OK(check_stored(reader, *layout, options.as, operations, stored.row, target));
        MD_LET(edge, edge_between(reader, stored.row.rid, view::kVoted, voter));
        const std::string before = edge ? edge->body : "\"" + std::string(kNone) + "\"";
        const std::string after = "\"" + std::string(word) + "\"";
        const std::string values = "\"oldValue\":" + before + ",\"newValue\":" + after;
        MD_LET(record, record_of(context, reader, *layout, stored, options,
                                 description_of("fieldsUpdated", field->name, values, stored.row.version)));
        if (before == after) return record;
        set.preconditions.push_back(store::RowAlive{stored.row.id});
        set.preconditions.push_back(store::RowAlive{voter});
        if (word == kNone) {
          set.operations.push_back(store::DeleteRelation{voter, view::kVoted, stored.row.id});
        } else {
          set.operations.push_back(store::PutRelation{voter, view::kVoted, stored.row.id, 0, after});
        }
        return record;
      });
}

}  // namespace metadata::entity
