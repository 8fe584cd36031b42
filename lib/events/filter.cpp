#include "events/filter.h"

#include <algorithm>

#include "access/rules.h"
#include "events/event.h"
#include "metadata/events.h"
#include "model/fqn.h"

namespace metadata::events {
namespace {

constexpr std::size_t kMaxFilters = 100;
constexpr std::size_t kMaxEntries = 100;  // of one list of a filter
constexpr std::size_t kMaxPatternBytes = 3072;

bool is_any(std::string_view word) { return word == "*"; }
bool is_any_entity(std::string_view word) { return word == "*" || word == "all"; }

template <class T>
bool has(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool share(const std::vector<EntityId>& a, const std::vector<EntityId>& b) {
  return std::any_of(a.begin(), a.end(), [&](const EntityId& id) { return has(b, id); });
}

Error check_one(const model::Registry& registry, const EventFilter& filter) {
  for (const std::string& type : filter.event_types) {
    if (!is_any(type) && !is_event_type(type)) {
      return invalid_argument("eventType: unknown event type '" + type.substr(0, 100) + "'; known are " + type_names(),
                              "eventType");
    }
  }
  for (const std::string& type : filter.entity_types) {
    if (!is_any_entity(type) && registry.type_any_case(type) == nullptr)
      return invalid_argument("entityType: unknown entity type '" + type.substr(0, 100) + "'", "entityType");
  }
  const std::size_t longest = std::max({filter.event_types.size(), filter.entity_types.size(), filter.ids.size(),
                                        filter.owners.size(), filter.tags.size(), filter.domains.size()});
  if (longest > kMaxEntries)
    return invalid_argument("an event filter takes at most " + std::to_string(kMaxEntries) + " entries a list");
  if (filter.fqn.size() > kMaxPatternBytes)
    return invalid_argument("fqn: a pattern has at most " + std::to_string(kMaxPatternBytes) + " bytes", "fqn");
  return {};
}

}  // namespace

bool matches_pattern(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0;
  std::size_t star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Error Matcher::check(const model::Registry& registry, const std::vector<EventFilter>& filters) {
  if (filters.size() > kMaxFilters)
    return invalid_argument("at most " + std::to_string(kMaxFilters) + " event filters are taken");
  for (const EventFilter& filter : filters) MD_OK(check_one(registry, filter));
  return {};
}

// The entities that the texts name, by id or FQN, whatever their type; one statement.
Result<Matcher::Named> Matcher::look_up(store::Reader& reader, const model::Registry& registry,
                                        const std::vector<std::string>& names) {
  Named named;
  named.any = names.empty();
  std::vector<store::TypedKey> keys;
  for (const std::string& name : names) {
    if (const auto id = EntityId::parse(name)) {
      named.ids.push_back(*id);
      continue;
    }
    for (const auto& type : registry.types()) {
      auto key = model::key_of_fqn(*type, name);
      if (key.ok()) keys.push_back({type->name, *std::move(key)});
    }
  }
  if (keys.empty()) return named;
  MD_LET(found, reader.refs_by_key(keys));
  for (const store::RefRow& ref : found) named.ids.push_back(ref.id);
  return named;
}

bool Matcher::Named::meets(const std::vector<EntityId>& of_event) const { return any || share(ids, of_event); }

Result<Matcher::Compiled> Matcher::compile(store::Reader& reader, const model::Registry& registry,
                                           const EventFilter& filter) {
  Compiled compiled;
  if (!std::any_of(filter.event_types.begin(), filter.event_types.end(), is_any)) {
    compiled.event_types = filter.event_types;
    const std::string gone(type_name(ChangeEvent::Kind::Deleted));
    if (has(compiled.event_types, gone)) compiled.event_types.emplace_back(type_name(ChangeEvent::Kind::SoftDeleted));
  }
  if (!std::any_of(filter.entity_types.begin(), filter.entity_types.end(), is_any_entity)) {
    for (const std::string& type : filter.entity_types)
      compiled.entity_types.push_back(registry.type_any_case(type)->name);
  }
  compiled.ids = filter.ids;
  compiled.fqn = filter.fqn;
  MD_LET(owners, look_up(reader, registry, filter.owners));
  MD_LET(tags, look_up(reader, registry, filter.tags));
  MD_LET(domains, look_up(reader, registry, filter.domains));
  compiled.owners = std::move(owners);
  compiled.tags = std::move(tags);
  compiled.domains = std::move(domains);
  return compiled;
}

Result<Matcher> Matcher::make(store::Reader& reader, const model::Registry& registry, const EventQuery& query) {
  MD_OK(check(registry, query.any));
  Matcher matcher;
  matcher.as_ = query.as;
  matcher.all_ = query.any.empty();
  for (const EventFilter& filter : query.any) {
    MD_LET(compiled, compile(reader, registry, filter));
    matcher.any_.push_back(std::move(compiled));
  }
  return matcher;
}

bool Matcher::Compiled::matches(const ChangeEvent& event) const {
  const auto wants = [](const auto& list, std::string_view word) {
    return list.empty() || std::find(list.begin(), list.end(), word) != list.end();
  };
  if (!wants(event_types, type_name(event.kind)) || !wants(entity_types, event.entity_type)) return false;
  if (!ids.empty() && !has(ids, event.entity_id)) return false;
  if (!fqn.empty() && !matches_pattern(event.entity_fqn, fqn)) return false;
  return owners.meets(event.owners) && tags.meets(event.tags) && domains.meets(event.domains);
}

bool Matcher::matches(const ChangeEvent& event) const {
  if (access::verdict(as_, access::kSee, event.entity_type) == access::Truth::No) return false;
  if (all_) return true;
  return std::any_of(any_.begin(), any_.end(), [&](const Compiled& filter) { return filter.matches(event); });
}

}  // namespace metadata::events
