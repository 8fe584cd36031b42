#include "events/event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/hash.h"
#include "json/parse.h"
#include "json/value.h"
#include "metadata/events.h"
#include "metadata/json.h"
#include "model/fqn.h"

namespace metadata::events {
namespace {

ChangeEvent::Kind kind_of(store::LogKind kind) {
  switch (kind) {
    case store::LogKind::Created:
      return ChangeEvent::Kind::Created;
    case store::LogKind::Updated:
      return ChangeEvent::Kind::Updated;
    case store::LogKind::SoftDeleted:
      return ChangeEvent::Kind::SoftDeleted;
    case store::LogKind::Restored:
      return ChangeEvent::Kind::Restored;
    case store::LogKind::Deleted:
      return ChangeEvent::Kind::Deleted;
    case store::LogKind::Renamed:
      return ChangeEvent::Kind::Renamed;
    case store::LogKind::Series:
      return ChangeEvent::Kind::Series;
    case store::LogKind::LineagePut:
      return ChangeEvent::Kind::LineagePut;
    case store::LogKind::LineageRemoved:
      return ChangeEvent::Kind::LineageRemoved;
    case store::LogKind::SuggestionCreated:
      return ChangeEvent::Kind::SuggestionCreated;
    case store::LogKind::SuggestionUpdated:
      return ChangeEvent::Kind::SuggestionUpdated;
    case store::LogKind::SuggestionAccepted:
      return ChangeEvent::Kind::SuggestionAccepted;
    case store::LogKind::SuggestionRejected:
      return ChangeEvent::Kind::SuggestionRejected;
    case store::LogKind::SuggestionDeleted:
      return ChangeEvent::Kind::SuggestionDeleted;
  }
  return ChangeEvent::Kind::Updated;
}

constexpr std::string_view kCreated = "entityCreated";
constexpr std::string_view kUpdated = "entityUpdated";
constexpr std::string_view kFieldsChanged = "entityFieldsChanged";
constexpr std::string_view kSoftDeleted = "entitySoftDeleted";
constexpr std::string_view kRestored = "entityRestored";
constexpr std::string_view kDeleted = "entityDeleted";
constexpr std::string_view kSuggestionCreated = "suggestionCreated";
constexpr std::string_view kSuggestionUpdated = "suggestionUpdated";
constexpr std::string_view kSuggestionAccepted = "suggestionAccepted";
constexpr std::string_view kSuggestionRejected = "suggestionRejected";
constexpr std::string_view kSuggestionDeleted = "suggestionDeleted";
constexpr std::array kTypes = {
    kCreated,           kUpdated,           kFieldsChanged,      kSoftDeleted,        kRestored,         kDeleted,
    kSuggestionCreated, kSuggestionUpdated, kSuggestionAccepted, kSuggestionRejected, kSuggestionDeleted};
constexpr std::string_view kDropped = "eventsDropped";
constexpr char kGapType[] = "event";  // where others name the type of an entity

// A change that made no version, as a description of one field.
std::string of_one_field(std::string_view list, std::string_view name, std::string_view value_key,
                         std::string_view value, Version previous) {
  JsonWriter out;
  out.begin_object();
  for (const std::string_view each : {"fieldsAdded", "fieldsUpdated", "fieldsDeleted"}) {
    out.key(each).begin_array();
    if (each == list) {
      out.begin_object().key("name").string(name);
      if (!value.empty()) out.key(value_key).string(value);
      out.end_object();
    }
    out.end_array();
  }
  out.key("previousVersion").raw(previous.text());
  return std::move(out.end_object()).text();
}

// The version before: as the description says, or the present one when nothing was made.
std::string previous_version(const ChangeEvent& event) {
  constexpr std::string_view kKey = "\"previousVersion\":";
  const auto at = event.change.rfind(kKey);
  if (at == std::string::npos) return event.version.text();
  const auto begin = at + kKey.size();
  const auto end = event.change.find_first_of(",}", begin);
  const auto version = Version::parse(std::string_view(event.change).substr(begin, end - begin));
  return version ? version->text() : event.version.text();
}

void read_ids(const json::Value& facts, std::string_view member, std::vector<EntityId>& into) {
  const json::Value* list = json::find(facts, member);
  if (list == nullptr || !list->IsArray()) return;
  for (const json::Value& item : list->GetArray()) {
    if (!item.IsString()) continue;
    if (const auto id = EntityId::parse(json::view(item))) into.push_back(*id);
  }
}

void read_facts(const store::LogRecord& record, ChangeEvent& event) {
  if (record.facts.empty()) return;
  json::Document facts;
  // Facts are for filters: an event whose facts are damaged is still told.
  if (!json::parse_trusted(record.facts, facts).ok() || !facts.IsObject()) return;
  event.has_facts = true;
  read_ids(facts, "owners", event.owners);
  read_ids(facts, "tags", event.tags);
  read_ids(facts, "domains", event.domains);
  event.series = json::string_or(facts, "series");
}

/// The six bits by which a UUID says that its other bits mean what we want (version 8, RFC 9562).
void mark_as_own(EntityId& id) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

}  // namespace

std::string event_uuid(const store::LogRecord& record) {
  // The store's record id is "<16 hexadecimal digits>-<seq>". Both fit into a UUID but for six bits.
  const std::string& from = record.event_id;
  std::uint64_t store = 0;
  std::from_chars(from.data(), from.data() + std::min<std::size_t>(from.size(), 16), store, 16);
  EntityId id;
  for (int i = 0; i < 8; ++i) {
    id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(store >> (56 - 8 * i));
    id.bytes[static_cast<std::size_t>(8 + i)] =
        static_cast<std::uint8_t>(static_cast<std::uint64_t>(record.seq) >> (56 - 8 * i));
  }
  mark_as_own(id);
  return id.text();
}

ChangeEvent event_of(const store::LogRecord& record) {
  ChangeEvent event;
  event.seq = record.seq;
  event.event_id = event_uuid(record);
  event.kind = kind_of(record.kind);
  event.at = record.at;
  event.entity_type = record.type;
  event.entity_id = record.id;
  event.entity_fqn = model::fqn_of_key(record.fqn_key);
  event.subtree = record.subtree;
  event.version = record.version;
  event.actor = record.actor;
  event.change = record.change;
  read_facts(record, event);
  return event;
}

ChangeEvent gap_of(std::string_view store, Seq from, Seq to, std::int64_t at) {
  ChangeEvent event;
  event.seq = to;
  event.kind = ChangeEvent::Kind::Gap;
  event.at = at;
  event.entity_type = kGapType;
  event.actor = "system";
  event.version = Version{1};
  const std::string range = std::to_string(from) + "-" + std::to_string(to);
  event.entity_fqn = range;
  event.change = "{\"fromSeq\":" + std::to_string(from) + ",\"toSeq\":" + std::to_string(to) + "}";
  const base::Sha256 digest = base::sha256("events that were dropped: " + std::string(store) + " " + range);
  std::copy_n(digest.begin(), event.entity_id.bytes.size(), event.entity_id.bytes.begin());
  mark_as_own(event.entity_id);
  event.event_id = event.entity_id.text();
  return event;
}

std::string_view type_name(ChangeEvent::Kind kind) noexcept {
  switch (kind) {
    case ChangeEvent::Kind::Created:
      return kCreated;
    case ChangeEvent::Kind::Updated:
    case ChangeEvent::Kind::Renamed:
      return kUpdated;
    case ChangeEvent::Kind::SoftDeleted:
      return kSoftDeleted;
    case ChangeEvent::Kind::Restored:
      return kRestored;
    case ChangeEvent::Kind::Deleted:
      return kDeleted;
    case ChangeEvent::Kind::Series:
    case ChangeEvent::Kind::LineagePut:
    case ChangeEvent::Kind::LineageRemoved:
      return kFieldsChanged;
    case ChangeEvent::Kind::SuggestionCreated:
      return kSuggestionCreated;
    case ChangeEvent::Kind::SuggestionUpdated:
      return kSuggestionUpdated;
    case ChangeEvent::Kind::SuggestionAccepted:
      return kSuggestionAccepted;
    case ChangeEvent::Kind::SuggestionRejected:
      return kSuggestionRejected;
    case ChangeEvent::Kind::SuggestionDeleted:
      return kSuggestionDeleted;
    case ChangeEvent::Kind::Gap:
      return kDropped;
  }
  return kUpdated;
}

std::string type_names() {
  std::string names;
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    names.append(i == 0 ? "" : i + 1 == kTypes.size() ? " and " : ", ").append(kTypes[i]);
  return names;
}

}  // namespace metadata::events

namespace metadata {

using namespace events;

std::string_view event_type(const ChangeEvent& event) noexcept { return type_name(event.kind); }

bool is_event_type(std::string_view name) noexcept {
  return std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end();
}

std::string change_description(const ChangeEvent& event) {
  switch (event.kind) {
    case ChangeEvent::Kind::LineagePut:
      return of_one_field("fieldsAdded", "lineage", "newValue", event.change, event.version);
    case ChangeEvent::Kind::LineageRemoved:
      return of_one_field("fieldsDeleted", "lineage", "oldValue", event.change, event.version);
    case ChangeEvent::Kind::Series:
      return of_one_field("fieldsUpdated", event.series, "newValue", "", event.version);
    case ChangeEvent::Kind::SuggestionCreated:
      return of_one_field("fieldsAdded", "suggestion", "newValue", event.change, event.version);
    case ChangeEvent::Kind::SuggestionUpdated:
    case ChangeEvent::Kind::SuggestionAccepted:
    case ChangeEvent::Kind::SuggestionRejected:
      return of_one_field("fieldsUpdated", "suggestion", "newValue", event.change, event.version);
    case ChangeEvent::Kind::SuggestionDeleted:
      return of_one_field("fieldsDeleted", "suggestion", "oldValue", event.change, event.version);
    case ChangeEvent::Kind::Gap:
      return of_one_field("fieldsDeleted", "events", "oldValue", event.change, event.version);
    default:
      return event.change.empty() ? "{}" : event.change;
  }
}

std::string event_payload(const ChangeEvent& event) {
  JsonWriter out;
  out.begin_object();
  out.key("eventId").string(event.event_id);
  out.key("eventType").string(event_type(event));
  out.key("entityType").string(event.entity_type);
  out.key("entityId").string(event.entity_id.text());
  out.key("entityFQN").string(event.entity_fqn);
  out.key("changeDescription").raw(change_description(event));
  out.key("timestamp").integer(event.at);
  out.key("userName").string(event.actor);
  return std::move(out.end_object()).text();
}

std::string change_event(const ChangeEvent& event) {
  JsonWriter out;
  out.begin_object();
  out.key("id").string(event.event_id);
  out.key("eventType").string(event_type(event));
  out.key("entityType").string(event.entity_type);
  out.key("entityId").string(event.entity_id.text());
  out.key("entityFullyQualifiedName").string(event.entity_fqn);
  if (!event.domains.empty()) {
    out.key("domains").begin_array();
    for (const EntityId& domain : event.domains) out.string(domain.text());
    out.end_array();
  }
  out.key("previousVersion").raw(previous_version(event));
  out.key("currentVersion").raw(event.version.text());
  out.key("userName").string(event.actor);
  out.key("timestamp").integer(event.at);
  const std::string change = change_description(event);
  if (change != "{}") out.key("changeDescription").raw(change).key("incrementalChangeDescription").raw(change);
  return std::move(out.end_object()).text();
}

}  // namespace metadata
