#include "metadata/suggestions.h"

#include <algorithm>
#include <array>
#include <span>

#include "entity/allowed.h"
#include "entity/resolve.h"
#include "entity/series.h"
#include "feed/finding.h"
#include "feed/parts.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/entity_link.h"
#include "model/formats.h"
#include "model/validate.h"

namespace metadata {
namespace feed {
namespace {

constexpr std::array<std::string_view, 4> kCreated = {"type", "entityLink", "description", "tagLabels"};
constexpr std::array<std::string_view, 7> kManaged = {"id",        "href",      "createdAt", "createdBy",
                                                      "updatedAt", "updatedBy", "status"};

/// The body without nulls; InvalidArgument for members that suggestions do not have.
Result<json::Document> read_body(const entity::Context& context, std::string_view text) {
  json::Document body;
  MD_OK(json::parse(text, body, context.limits.body));
  if (!body.IsObject()) return invalid_argument("the body must be a JSON object");
  for (json::SizeType i = body.MemberCount(); i-- > 0;) {
    const auto member = body.MemberBegin() + i;
    const std::string name(json::view(member->name));
    if (std::ranges::find(kCreated, name) == kCreated.end() && std::ranges::find(kManaged, name) == kManaged.end())
      return invalid_argument("Unrecognized field \"" + name.substr(0, 100) + "\" (suggestion)", name.substr(0, 100));
    if (member->value.IsNull()) body.EraseMember(member);
  }
  return body;
}

Result<std::string> read_text(const json::Value& body, const char* name) {
  const json::Value* value = json::find(body, name);
  if (value == nullptr) return std::string();
  if (!value->IsString()) return invalid_argument(std::string(name) + " must be a text", name);
  return std::string(json::view(*value));
}

/// Takes from the body what is suggested, when it can be said there.
Error read_change(const entity::Context& context, store::Reader& reader, const Principal& as, const About& about,
                  json::Document& body, Suggestion& suggestion) {
  const What what = suggestion.place.what;
  MD_LET(spot, find_spot(about, suggestion));
  MD_LET(description, read_text(body, "description"));
  const Limits& limits = context.limits;
  if (description.size() > limits.max_suggested_bytes)
    return too_large(
        "the description of a suggestion has at most " + std::to_string(limits.max_suggested_bytes) + " bytes",
        "description");
  json::Value* labels = json::find(static_cast<json::Value&>(body), "tagLabels");
  const bool has_labels = labels != nullptr && !(labels->IsArray() && labels->Empty());
  if (what == What::Description) {
    if (description.empty()) return invalid_argument("Suggestion's description cannot be empty.", "description");
    if (has_labels)
      return invalid_argument("a SuggestDescription has no tagLabels: suggest them by themselves", "tagLabels");
    MD_OK(model::validate_value(spot.field->type, "description",
                                *json::find(static_cast<json::Value&>(body), "description"), body.GetAllocator(),
                                context.limits));
  } else {
    if (!has_labels) return invalid_argument("Suggestion's tag labels cannot be empty.", "tagLabels");
    if (labels->IsArray() && labels->Size() > limits.max_suggested_labels)
      return too_large("a suggestion has at most " + std::to_string(limits.max_suggested_labels) + " tagLabels",
                       "tagLabels");
    MD_OK(model::validate_value(spot.field->type, "tagLabels", *labels, body.GetAllocator(), context.limits));
    MD_OK(entity::check_labels(context, reader, as, *labels).with_field("tagLabels"));
    suggestion.labels = json::write(*labels);
  }
  suggestion.description = std::move(description);
  return {};
}

/// Lets the oldest that was decided on make room when there is none.
Error make_room(store::Reader& reader, const EntityId& about, std::size_t most, store::WriteSet& set) {
  MD_LET(places, places_of(reader, about));
  if (places.size() < most) return {};
  for (auto at = places.rbegin(); at != places.rend(); ++at) {
    if (at->status == Status::Open) continue;
    erase(*at, set);
    return {};
  }
  return too_large("the entity has " + std::to_string(places.size()) +
                   " open suggestions: accept, reject or delete some before there can be others");
}

/// Only the author and admins may change what is suggested.
Error check_own(const Suggestion& suggestion, const Principal& as, const char* operation) {
  const bool all = as.kind == Principal::Kind::Admin || as.kind == Principal::Kind::Embedded;
  if (all || as.id == suggestion.place.author) return {};
  return permission_denied("Principal: CatalogPrincipal{name='" + as.name + "'} operations [" + operation +
                           "] not allowed: only the author of a suggestion and admins may");
}

/// What it is about stays.
Error check_same(const json::Value& body, const Found& found) {
  const Suggestion& suggestion = found.suggestion;
  struct Fixed {
    const char* name;
    std::string value;
  };
  const std::array<Fixed, 4> fixed = {{{"id", suggestion.place.id.text()},
                                       {"type", std::string(name_of(suggestion.place.what))},
                                       {"entityLink", link_of(suggestion, found.about.ref())},
                                       {"status", std::string(name_of(suggestion.place.status))}}};
  for (const Fixed& one : fixed) {
    const json::Value* said = json::find(body, one.name);
    if (said == nullptr || (said->IsString() && json::view(*said) == one.value)) continue;
    return invalid_argument(std::string(one.name) + " of a suggestion cannot be changed by an update: it is " +
                                model::shown(std::string_view(one.value)),
                            one.name);
  }
  return {};
}

}  // namespace
}  // namespace feed

Suggestions::Suggestions(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Suggestions::~Suggestions() = default;

Result<Json> Suggestions::create(std::string_view text, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(body, feed::read_body(context, text));
  MD_LET(type, feed::read_text(body, "type"));
  MD_LET(what, feed::read_what(type));
  MD_LET(link_text, feed::read_text(body, "entityLink"));
  MD_LET(link, model::parse_entity_link(link_text));
  const model::EntityType* known = context.registry().type_any_case(link.type);
  const EntityRef target = EntityRef::by_fqn(known == nullptr ? link.type : known->name, link.fqn);

  feed::Suggestion made;
  made.created_at = made.updated_at = context.clock.now_ms();
  made.author_name = made.updated_by = options.as.name;
  made.list = link.field;
  made.item = link.item;
  made.member = link.value;
  store::WriteSet set;
  std::vector<Json> answer;
  const view::TypeLayout* layout = nullptr;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(about, feed::find_about(context, *reader, options.as, target));
    const EntityId id = context.ids.next();
    const EntityId& entity = about.entity.stored.row.id;
    made.place = {id, options.as.id, entity, feed::Status::Open, what, feed::order_of(made.created_at, id)};
    MD_OK(feed::read_change(context, *reader, options.as, about, body, made));
    MD_OK(feed::make_room(*reader, entity, context.limits.max_suggestions, set));
    set.preconditions.push_back(store::RowAlive{entity});
    feed::insert(made, set);
    feed::tell(context, about, about.entity.stored.row, store::LogKind::SuggestionCreated,
               feed::told_of(made, about.ref()), options, set);
    MD_LET(texts, feed::shown(context, *reader, options.as, std::span(&made, 1)));
    answer = std::move(texts);
    layout = about.layout;
  }
  MD_OK(entity::commit_told(context, set, *layout, target, options.interrupt));
  return std::move(answer.front());
}

Result<Json> Suggestions::get(const EntityId& id, const ReadOptions& options) const {
  const entity::Context& context = parts_->entities;
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(found, feed::find_suggestion(context, *reader, options.as, id));
  MD_LET(texts, feed::shown(context, *reader, options.as, std::span(&found.suggestion, 1)));
  return std::move(texts.front());
}

Result<Json> Suggestions::update(const EntityId& id, std::string_view text, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(body, feed::read_body(context, text));
  MD_LET(turn, context.store.exclusive(options.interrupt));
  MD_LET(found, feed::find_suggestion(context, *turn, options.as, id));
  MD_OK(feed::check_own(found.suggestion, options.as, "Update"));
  MD_OK(feed::check_open(found.suggestion));
  MD_OK(feed::check_same(body, found));
  feed::Suggestion after = feed::decided(context, found.suggestion, feed::Status::Open, options);
  MD_OK(feed::read_change(context, *turn, options.as, found.about, body, after));
  return feed::commit_state(context, *turn, found, after, store::LogKind::SuggestionUpdated, options);
}

Result<Json> Suggestions::remove(const EntityId& id, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(turn, context.store.exclusive(options.interrupt));
  MD_LET(found, feed::find_suggestion(context, *turn, options.as, id));
  MD_OK(feed::check_own(found.suggestion, options.as, "Delete"));
  MD_LET(texts, feed::shown(context, *turn, options.as, std::span(&found.suggestion, 1)));
  store::WriteSet set;
  feed::erase(found.suggestion.place, set);
  feed::tell(context, found.about, found.about.entity.stored.row, store::LogKind::SuggestionDeleted,
             feed::told_of(found.suggestion, found.about.ref()), options, set);
  MD_OK(feed::finish(*turn, set));
  return std::move(texts.front());
}

Result<std::int64_t> Suggestions::remove_all(const EntityRef& target, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(turn, context.store.exclusive(options.interrupt));
  MD_LET(about, feed::find_about(context, *turn, options.as, target));
  const store::EntityRow& row = about.entity.stored.row;
  MD_OK(entity::check_stored(*turn, *about.layout, options.as, {"Delete"}, row, target));
  MD_LET(places, feed::places_of(*turn, row.id));
  if (places.empty()) return std::int64_t{0};
  store::WriteSet set;
  for (const feed::Place& place : places) feed::erase(place, set);
  const auto count = static_cast<std::int64_t>(places.size());
  feed::tell(context, about, row, store::LogKind::SuggestionDeleted, "{\"count\":" + std::to_string(count) + "}",
             options, set);
  MD_OK(feed::finish(*turn, set));
  return count;
}

}  // namespace metadata
