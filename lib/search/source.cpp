#include "search/source.h"

#include <algorithm>
#include <map>
#include <set>

#include "access/sight.h"
#include "json/parse.h"
#include "model/fqn.h"
#include "search/fields.h"
#include "view/compose.h"
#include "view/items.h"
#include "view/surroundings.h"

namespace metadata::search {
namespace {

using json::Allocator;
using json::Document;
using json::Value;

// Members of a search document that an entity does not have, and what they are made from.
constexpr std::pair<std::string_view, std::string_view> kMadeFrom[] = {
    {"tier", "tags"},        {"classificationTags", "tags"}, {"glossaryTags", "tags"},
    {"ownerName", "owners"}, {"ownerDisplayName", "owners"},
};

bool begins_path(std::string_view path, std::string_view wanted) {
  if (has_wildcard(wanted)) return matches_pattern(path, wanted);
  return path == wanted || (path.starts_with(wanted) && path[wanted.size()] == '.');
}

/// The fields on request that the wanted members need.
view::Asked asked_for(const model::EntityType& type, const SourceFilter& filter) {
  std::string names;
  for (const model::Field& field : type.fields) {
    const bool shown =
        field.place == model::Place::Document || field.place == model::Place::Tags ||
        (field.place == model::Place::Relation && (field.name == "followers" || (!field.managed && field.in_create)));
    if (!field.on_request || !shown) continue;
    bool wanted = filter.wants(field.name);
    for (const auto& [member, from] : kMadeFrom) wanted = wanted || (from == field.name && filter.wants(member));
    if (wanted) names += (names.empty() ? "" : ",") + field.name;
  }
  auto asked = view::Asked::parse(type, names);
  return asked.ok() ? *std::move(asked) : view::Asked::own(type);
}

Value text(std::string_view value, Allocator& allocator) { return json::make_string(value, allocator); }

Value list_of(const std::vector<std::string>& texts, Allocator& allocator) {
  Value list(json::rapid::kArrayType);
  for (const auto& one : texts) list.PushBack(text(one, allocator), allocator);
  return list;
}

/// "svc", "svc.db", "svc.db.orders" and the single names.
std::vector<std::string> fqn_parts(std::string_view key) {
  std::vector<std::string> parts;
  const auto add = [&](std::string part) {
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
  };
  for (const std::string_view name : model::key_parts(key)) {
    const auto length = static_cast<std::size_t>(name.data() + name.size() - key.data());
    add(model::fqn_of_key(key.substr(0, length)));
  }
  for (const std::string_view name : model::key_parts(key)) add(std::string(name));
  return parts;
}

bool is_tier(const Value& label) {
  return json::string_or(label, "tagFQN").starts_with(std::string(kTier) + ".") &&
         json::string_or(label, "source") == "Classification";
}

/// The labels of the entity and of what it lists, each once; the tier apart.
void gather_labels(const view::TypeLayout& layout, Document& document) {
  if (layout.tag_fields.empty()) return;
  const std::string& member = layout.tag_fields.front()->name;
  Value* own = json::find(document, member);
  if (own == nullptr || !own->IsArray()) return;
  Allocator& allocator = document.GetAllocator();
  Value all(json::rapid::kArrayType);
  std::set<std::string> seen;
  std::vector<std::string> classification, glossary;
  Value tier;
  const auto take = [&](const Value& label) {
    const std::string fqn(json::string_or(label, "tagFQN"));
    if (!seen.insert(fqn).second) return;
    (json::string_or(label, "source") == "Glossary" ? glossary : classification).push_back(fqn);
    all.PushBack(json::copy(label, allocator), allocator);
  };
  for (const Value& label : own->GetArray()) {
    if (tier.IsNull() && is_tier(label)) {
      tier = json::copy(label, allocator);
    } else {
      take(label);
    }
  }
  view::for_each_tagged_item(layout, document, [&](const view::ItemPath&, const Value& item, const std::string& tags) {
    const Value* labels = json::find(item, tags);
    if (labels == nullptr || !labels->IsArray()) return;
    for (const Value& label : labels->GetArray()) take(label);
  });
  json::set(document, member, std::move(all), allocator);
  json::set(document, "classificationTags", list_of(classification, allocator), allocator);
  json::set(document, "glossaryTags", list_of(glossary, allocator), allocator);
  if (!tier.IsNull()) json::set(document, "tier", std::move(tier), allocator);
}

/// "columns" → "columnNames".
std::string names_member(std::string_view list) {
  std::string name(list);
  if (name.size() > 1 && name.back() == 's') name.pop_back();
  return name + "Names";
}

/// The names of nested items, the outer ones in front: "address.city".
void add_item_names(const model::SearchText& rule, Document& document) {
  const std::string& list = rule.path.members.front();
  const Value* items = json::find(document, list);
  if (items == nullptr || !items->IsArray()) return;
  const std::string& children = rule.path.children.empty() ? std::string() : rule.path.children.front();
  std::vector<std::string> names;
  struct Place {
    const Value* items;
    std::string prefix;
  };
  std::vector<Place> open = {{items, ""}};
  for (std::size_t next = 0; next < open.size(); ++next) {
    const Place place = open[next];
    for (const Value& item : place.items->GetArray()) {
      const std::string_view name = json::string_or(item, rule.path.members.back());
      if (name.empty()) continue;
      names.push_back(place.prefix + std::string(name));
      const Value* inner = children.empty() ? nullptr : json::find(item, children);
      if (inner != nullptr && inner->IsArray()) open.push_back({inner, names.back() + "."});
    }
  }
  Allocator& allocator = document.GetAllocator();
  json::set(document, names_member(list), list_of(names, allocator), allocator);
}

/// Names of the owners, side by side with the references.
void add_owner_names(Document& document) {
  const Value* owners = json::find(document, "owners");
  if (owners == nullptr || !owners->IsArray()) return;
  std::vector<std::string> names, display_names;
  for (const Value& owner : owners->GetArray()) {
    names.emplace_back(json::string_or(owner, "name"));
    display_names.emplace_back(json::string_or(owner, "displayName", names.back()));
  }
  Allocator& allocator = document.GetAllocator();
  json::set(document, "ownerName", list_of(names, allocator), allocator);
  json::set(document, "ownerDisplayName", list_of(display_names, allocator), allocator);
}

/// Followers are ids here, not references.
void flatten_followers(Document& document) {
  Value* followers = json::find(document, "followers");
  if (followers == nullptr || !followers->IsArray()) return;
  std::vector<std::string> ids;
  for (const Value& follower : followers->GetArray()) ids.emplace_back(json::string_or(follower, "id"));
  json::set(document, "followers", list_of(ids, document.GetAllocator()), document.GetAllocator());
}

Error add_members(const view::TypeLayout& layout, const store::EntityRow& row, Document& document) {
  Allocator& allocator = document.GetAllocator();
  json::set_string(document, "entityType", layout.type->name, allocator);
  if (json::string_or(document, "displayName").empty()) json::set_string(document, "displayName", row.name, allocator);
  json::set(document, "deleted", Value(row.deleted), allocator);
  json::set(document, "fqnParts", list_of(fqn_parts(row.fqn_key), allocator), allocator);
  const bool described = !json::string_or(document, "description").empty();
  json::set_string(document, "descriptionStatus", described ? "COMPLETE" : "INCOMPLETE", allocator);
  gather_labels(layout, document);
  for (const auto& rule : layout.type->search.texts) {
    const bool names = rule.kind == model::SearchClass::Item && rule.path.members.back() == "name";
    if (names && rule.path.members.size() == 2) add_item_names(rule, document);
  }
  add_owner_names(document);
  flatten_followers(document);
  return {};
}

Result<Document> compose(const view::TypeLayout& layout, const store::StoredEntity& stored,
                         const view::Surroundings& around, const view::Asked& asked, const SourceFilter& filter) {
  MD_LET(entity, view::compose(layout, stored, around, asked, view::Sight{}));
  Document document;
  MD_OK(json::parse_trusted(entity.text(), document));
  MD_OK(add_members(layout, stored.row, document));
  if (!filter.keeps_all()) filter.apply(document);
  return document;
}

}  // namespace

bool SourceFilter::wants(std::string_view member) const {
  if (std::find(exclude_.begin(), exclude_.end(), member) != exclude_.end()) return false;
  if (include_.empty()) return true;
  return std::any_of(include_.begin(), include_.end(), [&](const std::string& wanted) {
    return begins_path(member, wanted) || begins_path(wanted, member) || wanted.starts_with('*');
  });
}

void SourceFilter::apply(Document& document) const { apply(document, "", include_.empty()); }

// Depth is bounded as that of every tree.
bool SourceFilter::apply(Value& value, const std::string& path, bool included) const {
  if (included && exclude_.empty()) return true;
  if (value.IsArray()) {
    bool kept = included;
    for (Value& item : value.GetArray()) kept = apply(item, path, included) || kept;
    return kept;
  }
  if (!value.IsObject()) return included;
  for (json::SizeType at = 0; at < value.MemberCount();) {
    const auto member = value.MemberBegin() + at;
    const std::string_view name = json::view(member->name);
    const std::string here = path.empty() ? std::string(name) : path + "." + std::string(name);
    const auto covers = [&](const std::string& wanted) { return begins_path(here, wanted); };
    const bool excluded = std::any_of(exclude_.begin(), exclude_.end(), covers);
    const bool inner = included || std::any_of(include_.begin(), include_.end(), covers);
    if (!excluded && apply(member->value, here, inner)) {
      ++at;
    } else {
      value.EraseMember(member);
    }
  }
  return included || value.MemberCount() > 0;
}

namespace {

/// Takes out what the principal may not see, by the store, which the index may lag behind.
Error leave_seen(store::Reader& reader, const Principal& as, const view::TypeLayout& layout,
                 std::vector<store::StoredEntity>& entities) {
  if (access::sees_everything(as)) return {};
  std::vector<store::Rid> rids;
  for (const auto& entity : entities) rids.push_back(entity.row.rid);
  MD_LET(seen, access::seen(reader, as, layout.shape, rids));
  std::erase_if(entities,
                [&](const auto& entity) { return std::find(seen.begin(), seen.end(), entity.row.rid) == seen.end(); });
  return {};
}

}  // namespace

access::Seeing seeing_of(store::Reader& reader, const view::Layouts& layouts, const Principal& as) {
  return access::Seeing(reader, as, [&layouts](std::string_view type) { return layouts.shape(type); });
}

Result<std::vector<Source>> compose_sources(store::Reader& reader, const view::Layouts& layouts, const Principal& as,
                                            std::span<const EntityId> ids, const SourceFilter& filter, bool documents) {
  const access::Seeing seeing = seeing_of(reader, layouts, as);
  view::Seen seen;
  if (!seeing.everything()) seen = [&](std::span<const store::RefRow> rows) { return seeing.of(rows); };
  std::map<EntityId, std::size_t> order;
  for (std::size_t i = 0; i < ids.size(); ++i) order.emplace(ids[i], i);
  MD_LET(found, reader.find_all(ids));
  std::map<std::string, std::vector<store::StoredEntity>> by_type;
  for (auto& entity : found) by_type[entity.row.type].push_back(std::move(entity));
  std::map<std::size_t, Source> placed;
  for (auto& [name, entities] : by_type) {
    const model::EntityType* type = layouts.registry().type(name);
    if (type == nullptr) continue;  // a host's own type that this program was started without
    const view::TypeLayout& layout = layouts.of(*type);
    MD_OK(leave_seen(reader, as, layout, entities));
    if (entities.empty()) continue;
    const view::Asked asked = asked_for(*type, filter);
    view::Surroundings around;
    if (documents) {
      MD_LET(fetched, view::Surroundings::fetch(reader, layouts, layout, entities, asked, Limits{}, 0, seen));
      MD_OK(seeing.redact(entities));
      around = std::move(fetched);
    }
    for (auto& entity : entities) {
      Source source{type, entity.row, {}};
      if (documents) {
        MD_LET(document, compose(layout, entity, around, asked, filter));
        source.document = std::move(document);
      }
      placed.emplace(order.at(entity.row.id), std::move(source));
    }
  }
  std::vector<Source> sources;
  for (auto& [at, source] : placed) sources.push_back(std::move(source));
  return sources;
}

}  // namespace metadata::search
