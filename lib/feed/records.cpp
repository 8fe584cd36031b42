#include "feed/records.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "json/parse.h"
#include "json/value.h"
#include "json/write.h"
#include "model/formats.h"
#include "model/fqn.h"
#include "view/compose.h"

namespace metadata::feed {
namespace {

constexpr std::array<std::string_view, 3> kStatuses = {"Open", "Accepted", "Rejected"};
constexpr std::string_view kStatusLetters = "oar";
constexpr std::array<std::string_view, 2> kTypes = {"SuggestDescription", "SuggestTagLabel"};
constexpr std::string_view kTypeLetters = "dt";
constexpr std::size_t kTimeDigits = 16, kIdLength = 36;
constexpr std::size_t kOrderLength = kTimeDigits + kIdLength;
constexpr std::string_view kDigits = "0123456789abcdef";

template <class Names>
std::string known(const Names& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i)
    list.append(i == 0 ? "" : i + 1 == names.size() ? " or " : ", ").append(names[i]);
  return list;
}

std::string time_key(const Place& place) { return prefix_of({}, place.status, place.what) + place.order; }
/// The program itself is the author with the empty id.
std::string author_key(const Place& place) { return place.author.text() + time_key(place); }

void put(const std::string& kind, std::string key, const EntityId& owner, std::string body, store::WriteSet& set) {
  set.operations.push_back(store::PutSide{{kind, std::move(key), owner, 0, std::move(body)}});
}

std::string body_of(const Suggestion& suggestion) {
  const Place& place = suggestion.place;
  JsonWriter out;
  out.begin_object().key("type").string(name_of(place.what)).key("status").string(name_of(place.status));
  out.key("createdAt").integer(suggestion.created_at).key("updatedAt").integer(suggestion.updated_at);
  out.key("author").string(place.author.text()).key("authorName").string(suggestion.author_name);
  out.key("updatedBy").string(suggestion.updated_by);
  out.key("list").string(suggestion.list).key("item").string(suggestion.item).key("member").string(suggestion.member);
  if (!suggestion.description.empty()) out.key("description").string(suggestion.description);
  if (!suggestion.labels.empty()) out.key("tagLabels").raw(suggestion.labels);
  return std::move(out.end_object()).text();
}

}  // namespace

std::string_view name_of(Status status) noexcept { return kStatuses[static_cast<std::size_t>(status)]; }
std::string_view name_of(What what) noexcept { return kTypes[static_cast<std::size_t>(what)]; }

Result<Status> read_status(std::string_view text) {
  const auto at = std::ranges::find(kStatuses, text);
  if (at != kStatuses.end()) return static_cast<Status>(at - kStatuses.begin());
  return invalid_argument("status must be " + known(kStatuses) + ", not " + model::shown(text), "status");
}

Result<What> read_what(std::string_view text) {
  const auto at = std::ranges::find(kTypes, text);
  if (at != kTypes.end()) return static_cast<What>(at - kTypes.begin());
  return invalid_argument("the type of a suggestion must be " + known(kTypes) + ", not " + model::shown(text), "type");
}

std::string prefix_of(const EntityId& author, Status status, What what) {
  std::string prefix = author.empty() ? std::string() : author.text();
  prefix += kStatusLetters[static_cast<std::size_t>(status)];
  prefix += kTypeLetters[static_cast<std::size_t>(what)];
  return prefix;
}

std::string order_of(std::int64_t at, const EntityId& id) {
  std::string order(kTimeDigits, '0');
  auto rest = static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0));
  for (std::size_t i = kTimeDigits; i-- > 0; rest >>= 4) order[i] = kDigits[rest & 15];
  return order += id.text();
}

bool is_order(std::string_view text) noexcept {
  return text.size() == kOrderLength && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

Result<Place> read_place(const store::SideRow& row) {
  std::string_view key = row.key;
  Place place;
  place.about = row.owner;
  if (row.kind == kByAuthor && key.size() > kIdLength) {
    place.author = EntityId::parse(key.substr(0, kIdLength)).value_or(EntityId());
    key.remove_prefix(kIdLength);
  }
  if (key.size() == kOrderLength + 2) {
    const auto status = kStatusLetters.find(key[0]), what = kTypeLetters.find(key[1]);
    const auto id = EntityId::parse(key.substr(2 + kTimeDigits));
    if (status != std::string_view::npos && what != std::string_view::npos && id) {
      place.status = static_cast<Status>(status);
      place.what = static_cast<What>(what);
      place.id = *id;
      place.order = key.substr(2);
      return place;
    }
  }
  return corrupt("a record of kind " + row.kind + " has the key " + model::shown(row.key));
}

Result<Suggestion> read_suggestion(const store::SideRow& row) {
  json::Document tree;
  MD_OK(json::parse_trusted(row.body, tree));
  Suggestion found;
  Place& place = found.place;
  MD_LET(status, read_status(json::string_or(tree, "status")));
  MD_LET(what, read_what(json::string_or(tree, "type")));
  const auto id = EntityId::parse(row.key);
  const auto author = EntityId::parse(json::string_or(tree, "author"));
  if (!id || !author) return corrupt("suggestion " + model::shown(row.key) + " has no author");
  found.created_at = json::int_member(tree, "createdAt").value_or(0);
  found.updated_at = json::int_member(tree, "updatedAt").value_or(0);
  place = {*id, *author, row.owner, status, what, order_of(found.created_at, *id)};
  found.author_name = json::string_or(tree, "authorName");
  found.updated_by = json::string_or(tree, "updatedBy");
  found.list = json::string_or(tree, "list");
  found.item = json::string_or(tree, "item");
  found.member = json::string_or(tree, "member");
  found.description = json::string_or(tree, "description");
  if (const json::Value* labels = json::find(tree, "tagLabels"); labels != nullptr) found.labels = json::write(*labels);
  found.body = row.body;
  return found;
}

Result<std::vector<Suggestion>> read_all(store::Reader& reader, std::span<const Place> places) {
  std::vector<std::string> keys;
  for (const Place& place : places) keys.push_back(place.id.text());
  MD_LET(rows, reader.sides(kById, keys));
  std::unordered_map<std::string_view, const store::SideRow*> by_key;
  for (const auto& row : rows) by_key.emplace(row.key, &row);
  std::vector<Suggestion> found;
  for (const std::string& key : keys) {
    const auto row = by_key.find(key);
    if (row == by_key.end()) continue;
    MD_LET(suggestion, read_suggestion(*row->second));
    found.push_back(std::move(suggestion));
  }
  return found;
}

Result<std::vector<Place>> places_of(store::Reader& reader, const EntityId& about) {
  // Creation bounds them (Limits::max_suggestions), so this cuts nothing off.
  constexpr std::size_t kAll = 1'000'000;
  MD_LET(rows, reader.sides_of(kByAuthor, about, kAll));
  std::vector<Place> places;
  for (const auto& row : rows) {
    MD_LET(place, read_place(row));
    places.push_back(std::move(place));
  }
  std::ranges::sort(places, std::ranges::greater{}, &Place::order);
  return places;
}

void insert(const Suggestion& suggestion, store::WriteSet& set) {
  const Place& place = suggestion.place;
  put(kById, place.id.text(), place.about, body_of(suggestion), set);
  put(kByTime, time_key(place), place.about, "{}", set);
  put(kByAuthor, author_key(place), place.about, "{}", set);
}

void replace(const Suggestion& before, const Suggestion& after, store::WriteSet& set) {
  set.preconditions.push_back(store::SideIs{kById, before.place.id.text(), before.body});
  erase(before.place, set);
  insert(after, set);
}

void erase(const Place& place, store::WriteSet& set) {
  set.operations.push_back(store::DeleteSide{kById, place.id.text()});
  set.operations.push_back(store::DeleteSide{kByTime, time_key(place)});
  set.operations.push_back(store::DeleteSide{kByAuthor, author_key(place)});
}

std::string link_of(const Suggestion& suggestion, const store::RefRow& about) {
  std::string link = "<#E::" + about.type + "::" + model::fqn_of_key(about.fqn_key);
  for (const std::string* part : {&suggestion.list, &suggestion.item, &suggestion.member}) {
    if (!part->empty()) link.append("::").append(*part);
  }
  return link += '>';
}

std::string names_of(const Suggestion& suggestion, const store::RefRow* author) {
  const Place& place = suggestion.place;
  JsonWriter out;
  out.begin_object();
  if (author != nullptr) {
    out.key("createdBy").raw(view::reference_text(*author));
  } else if (!place.author.empty()) {
    out.key("createdBy").begin_object().key("id").string(place.author.text()).key("type").string("user");
    out.key("name").string(suggestion.author_name).key("deleted").boolean(true).end_object();
  }
  if (!suggestion.labels.empty()) out.key("tagLabels").raw(suggestion.labels);
  return std::move(out.end_object()).text();
}

std::string text_of(const Suggestion& suggestion, const store::RefRow& about, const Json& names) {
  const Place& place = suggestion.place;
  JsonWriter out;
  out.begin_object().key("id").string(place.id.text()).key("type").string(name_of(place.what));
  out.key("entityLink").string(link_of(suggestion, about));
  out.key("createdAt").integer(suggestion.created_at);
  if (names.contains("createdBy")) out.key("createdBy").raw(names["createdBy"].text());
  out.key("updatedAt").integer(suggestion.updated_at).key("updatedBy").string(suggestion.updated_by);
  out.key("status").string(name_of(place.status));
  if (!suggestion.description.empty()) out.key("description").string(suggestion.description);
  if (names.contains("tagLabels")) out.key("tagLabels").raw(names["tagLabels"].text());
  return std::move(out.end_object()).text();
}

std::string told_of(const Suggestion& suggestion, const store::RefRow& about) {
  JsonWriter out;
  out.begin_object().key("id").string(suggestion.place.id.text());
  out.key("suggestionType").string(name_of(suggestion.place.what));
  out.key("status").string(name_of(suggestion.place.status)).key("entityLink").string(link_of(suggestion, about));
  return std::move(out.end_object()).text();
}

}  // namespace metadata::feed
