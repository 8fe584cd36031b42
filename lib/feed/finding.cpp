#include "feed/finding.h"

#include <algorithm>
#include <map>
#include <set>

#include "entity/allowed.h"
#include "entity/save.h"
#include "model/fqn.h"

namespace metadata::feed {

Error no_suggestion(const EntityId& id) { return entity::no_instance("suggestion", id.text()); }

Result<Found> find_suggestion(const entity::Context& context, store::Reader& reader, const Principal& as,
                              const EntityId& id) {
  MD_LET(row, reader.side(kById, id.text()));
  if (!row) return no_suggestion(id);
  MD_LET(suggestion, read_suggestion(*row));
  MD_LET(refs, reader.refs_by_id(std::span(&row->owner, 1)));
  if (refs.empty()) return no_suggestion(id);
  auto about = find_about(context, reader, as, EntityRef::by_id(refs.front().type, refs.front().id));
  if (about.ok()) return Found{std::move(suggestion), *std::move(about)};
  const Code code = about.error().code();
  return code == Code::NotFound || code == Code::PermissionDenied ? no_suggestion(id) : about.error();
}

Error check_open(const Suggestion& suggestion) {
  if (suggestion.place.status == Status::Open) return {};
  return Error(Code::Conflict, "suggestion " + suggestion.place.id.text() + " is " +
                                   std::string(name_of(suggestion.place.status)) + " already, and stays so");
}

Result<std::vector<store::RefRow>> entities_of(const entity::Context& context, store::Reader& reader,
                                               const Principal& as, std::string_view fqn) {
  std::vector<store::TypedKey> keys;
  for (const auto& type : context.registry().types()) {
    // A name that breaks the type's grammar names none of it.
    if (auto key = model::key_of_fqn(*type, fqn); key.ok()) keys.push_back({type->name, *std::move(key)});
  }
  MD_LET(refs, reader.refs_by_key(keys));
  std::erase_if(refs, [](const store::RefRow& ref) { return ref.deleted; });
  MD_LET(seen, entity::seeing_of(context.layouts, reader, as).of(refs));
  std::erase_if(refs, [&](const store::RefRow& ref) { return !seen.contains(ref.rid); });
  if (refs.empty()) return entity::no_instance("entity", fqn);
  return refs;
}

Result<std::vector<Json>> shown(const entity::Context& context, store::Reader& reader, const Principal& as,
                                std::span<const Suggestion> suggestions) {
  std::set<EntityId> ids;
  for (const Suggestion& one : suggestions) ids.insert({one.place.about, one.place.author});
  MD_LET(refs, reader.refs_by_id(std::vector<EntityId>(ids.begin(), ids.end())));
  std::map<EntityId, const store::RefRow*> by_id;
  for (const store::RefRow& ref : refs) by_id.emplace(ref.id, &ref);
  const auto ref_of = [&](const EntityId& id) {
    const auto at = by_id.find(id);
    return at == by_id.end() ? nullptr : at->second;
  };
  std::vector<std::string> names;
  for (const Suggestion& one : suggestions) names.push_back(names_of(one, ref_of(one.place.author)));
  MD_OK(entity::seeing_of(context.layouts, reader, as).redact(names));
  std::vector<Json> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const store::RefRow* about = ref_of(suggestions[i].place.about);
    if (about == nullptr) continue;
    MD_LET(seen, Json::parse(names[i], context.limits.body));
    MD_LET(text, Json::parse(text_of(suggestions[i], *about, seen), context.limits.body));
    all.push_back(std::move(text));
  }
  return all;
}

void tell(const entity::Context& context, const About& about, const store::EntityRow& row, store::LogKind kind,
          std::string told, const WriteOptions& options, store::WriteSet& set) {
  const entity::Author author{options.as, options.change_source, context.clock.now_ms()};
  set.operations.push_back(store::AppendLog{entity::log_record(
      row, kind, author, std::move(told), entity::facts_of(*about.layout, about.entity.around, row.rid))});
}

Error finish(store::Transaction& turn, const store::WriteSet& set) {
  MD_OK(turn.apply(set).error());
  return turn.commit();
}

void put_state(const entity::Context& context, const About& about, const Suggestion& before, const Suggestion& after,
               store::LogKind kind, const WriteOptions& options, store::WriteSet& set) {
  replace(before, after, set);
  tell(context, about, about.entity.stored.row, kind, told_of(after, about.ref()), options, set);
}

Result<Json> commit_state(const entity::Context& context, store::Transaction& turn, const Found& found,
                          const Suggestion& after, store::LogKind kind, const WriteOptions& options) {
  store::WriteSet set;
  put_state(context, found.about, found.suggestion, after, kind, options, set);
  MD_LET(texts, shown(context, turn, options.as, std::span(&after, 1)));
  MD_OK(finish(turn, set));
  return std::move(texts.front());
}

Suggestion decided(const entity::Context& context, const Suggestion& suggestion, Status status,
                   const WriteOptions& options) {
  Suggestion after = suggestion;
  after.place.status = status;
  after.updated_by = options.as.name;
  after.updated_at = std::max(context.clock.now_ms(), suggestion.updated_at);
  return after;
}

}  // namespace metadata::feed
