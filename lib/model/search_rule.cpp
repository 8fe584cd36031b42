#include "model/search_rule.h"

#include <algorithm>
#include <utility>

#include "json/value.h"
#include "model/members.h"
#include "model/read_search.h"
#include "model/registry.h"

namespace metadata::model {
namespace {

constexpr double kNameWeight = 10;
constexpr double kItemWeight = 5;
constexpr double kMaxWeight = 100;

bool is_list_of_items(const ValueType& type) {
  return type.shape == Shape::Array && type.element->shape == Shape::Struct && type.element->fields != nullptr &&
         type.element->format == Format::None;
}

// The member of an item that holds further items of the same kind.
std::string children_of(const ValueType& list) {
  for (const Field& member : list.element->fields->fields) {
    if (is_list_of_items(member.type) && member.type.element->fields == list.element->fields) return member.name;
  }
  return {};
}

std::string_view first_part(std::string_view path) { return path.substr(0, path.find('.')); }

// Finds what a path leads to, through objects and lists of objects of the entity's own document.
Result<const Field*> follow(const EntityType& type, std::string_view name, SearchPath& path) {
  path.name = name;
  const std::vector<Field>* fields = &type.fields;
  const Field* field = nullptr;
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view part = first_part(rest);
    rest = part.size() == rest.size() ? std::string_view() : rest.substr(part.size() + 1);
    if (fields == nullptr) return invalid_argument("\"" + path.name + "\": " + field->name + " has no members");
    const auto at = std::ranges::find(*fields, part, &Field::name);
    if (at == fields->end())
      return invalid_argument("\"" + path.name + "\": there is no \"" + std::string(part) + "\"");
    field = &*at;
    if (field->place != Place::Document && name != "name")
      return invalid_argument("\"" + path.name + "\": " + field->name + " is not in the entity's own document");
    if (field->secret) return invalid_argument("\"" + path.name + "\": " + field->name + " is secret");
    path.members.emplace_back(part);
    path.children.emplace_back();
    fields = nullptr;
    if (is_list_of_items(field->type)) {
      path.children.back() = children_of(field->type);
      fields = &field->type.element->fields->fields;
    } else if (field->type.shape == Shape::Struct && field->type.fields != nullptr) {
      fields = &field->type.fields->fields;
    }
  }
  return field;
}

SearchClass class_of(const SearchPath& path, const Field& field) {
  const bool name = field.searchable_name || field.name == "name" || field.name == "displayName";
  if (path.members.size() == 1) {
    if (name) return SearchClass::Name;
    return field.name == "description" ? SearchClass::Text : SearchClass::Extra;
  }
  if (name) return SearchClass::Item;
  return field.name == "description" ? SearchClass::ItemText : SearchClass::Extra;
}

bool is_text(const ValueType& type) {
  return type.shape == Shape::String || (type.shape == Shape::Array && type.element->shape == Shape::String);
}

Error add_text(const EntityType& type, std::string_view name, double weight, SearchRule& rule) {
  std::erase_if(rule.texts, [&](const SearchText& text) { return text.path.name == name; });
  if (weight == 0) return {};
  SearchText text;
  MD_LET(field, follow(type, name, text.path));
  if (!is_text(field->type)) return invalid_argument("\"" + std::string(name) + "\" is not a text");
  text.kind = class_of(text.path, *field);
  text.weight = weight;
  rule.texts.push_back(std::move(text));
  return {};
}

// Names and descriptions of what is listed item by item.
Error add_item_texts(const EntityType& type, const std::string& list, const Field& field, SearchRule& rule) {
  if (!is_list_of_items(field.type) || field.match.empty()) return {};
  for (const auto& [member, weight] :
       {std::pair{"name", kItemWeight}, {"displayName", kItemWeight}, {"description", 1.0}}) {
    const Field* part = field.type.element->fields->find(member);
    if (part == nullptr || part->secret || !is_text(part->type)) continue;
    MD_OK(add_text(type, list + "." + member, weight, rule));
  }
  return {};
}

// Names and descriptions, of the entity and of its items, also of those in an object that is merged member by member.
Error add_usual_texts(const EntityType& type, SearchRule& rule) {
  for (const Field& field : type.fields) {
    if (field.secret) continue;
    if (field.searchable_name) MD_OK(add_text(type, field.name, kNameWeight, rule));
    if (field.name == "description" && field.place == Place::Document) MD_OK(add_text(type, field.name, 1, rule));
    if (field.place != Place::Document) continue;
    MD_OK(add_item_texts(type, field.name, field, rule));
    if (field.type.shape != Shape::Struct || field.put != PutRule::Nested) continue;
    for (const Field& member : field.type.fields->fields)
      MD_OK(add_item_texts(type, field.name + "." + member.name, member, rule));
  }
  return {};
}

Error read_texts_of(const json::Value& search, const EntityType& type, SearchRule& rule) {
  const json::Value* texts = json::find(search, "text");
  if (texts == nullptr) return {};
  if (!texts->IsObject()) return wrong_member("text", "an object of weights");
  for (const auto& member : texts->GetObject()) {
    const std::string_view name = json::view(member.name);
    if (!member.value.IsNumber() || member.value.GetDouble() < 0 || member.value.GetDouble() > kMaxWeight)
      return wrong_member("text", "an object of weights from 0 to 100");
    const Field* field = type.find(first_part(name));
    if (field != nullptr && field->place == Place::Relation && name == field->name + ".name") {
      rule.related_texts.push_back({field->name, field->relation.types, member.value.GetDouble()});
    } else {
      MD_OK(add_text(type, name, member.value.GetDouble(), rule));
    }
  }
  return {};
}

bool is_whole_value(const ValueType& type) {
  return type.shape == Shape::Boolean || (type.shape == Shape::String && !type.values.empty());
}

Error add_keyword(const EntityType& type, std::string_view name, SearchRule& rule) {
  if (rule.keyword(name) != nullptr) return {};
  SearchPath path;
  MD_LET(field, follow(type, name, path));
  const ValueType& value = field->type.shape == Shape::Array ? *field->type.element : field->type;
  if (value.shape != Shape::String && value.shape != Shape::Boolean && value.shape != Shape::Integer)
    return invalid_argument("\"" + std::string(name) + "\" is not a text, an integer, true or false");
  rule.keywords.push_back(std::move(path));
  return {};
}

Error read_keywords(const json::Value& search, const EntityType& type, SearchRule& rule) {
  for (const Field& field : type.fields) {
    if (field.place != Place::Document || field.secret) continue;
    const ValueType& value = field.type.shape == Shape::Array ? *field.type.element : field.type;
    if (is_whole_value(value)) MD_OK(add_keyword(type, field.name, rule));
  }
  std::vector<std::string> names;
  MD_OK(read_texts(search, "keywords", names));
  for (const std::string& name : names) MD_OK(add_keyword(type, name, rule));
  return {};
}

// A facet is a value of the document, or leads to another entity, whose name the answer looks up.
Error read_facets(const json::Value& search, const EntityType& type, SearchRule& rule) {
  MD_OK(read_texts(search, "facets", rule.facets));
  for (const std::string& name : rule.facets) {
    const Field* field = type.find(first_part(name));
    if (field == nullptr)
      return invalid_argument("facets: \"" + name + "\": there is no \"" + std::string(first_part(name)) + "\"");
    if (field->place != Place::Document) continue;
    MD_OK(within("facets", add_keyword(type, name, rule)));
    rule.values.push_back(name);
  }
  for (const SearchPath& keyword : rule.keywords) {
    const bool listed = std::ranges::find(rule.values, keyword.name) != rule.values.end();
    if (!listed && keyword.members.size() == 1 && is_whole_value(type.find(keyword.name)->type))
      rule.values.push_back(keyword.name);
  }
  return {};
}

void add_relations(const EntityType& type, SearchRule& rule) {
  for (const Field& field : type.fields) {
    // What this entity's own bodies do not set changes without a record of this entity in the log.
    if (field.place == Place::Relation && !field.managed && field.in_create) rule.related.push_back(field.name);
  }
}

Error read_exists(const json::Value& search, const EntityType& type, SearchRule& rule) {
  for (const std::string_view usual : {"displayName", "description", "tags"}) {
    if (type.has(usual)) rule.exists.emplace_back(usual);
  }
  for (const std::string& name : rule.related) rule.exists.push_back(name);
  for (const SearchPath& keyword : rule.keywords) {
    if (keyword.members.size() == 1 && !rule.has_exists(keyword.name)) rule.exists.push_back(keyword.name);
  }
  std::vector<std::string> names;
  MD_OK(read_texts(search, "exists", names));
  for (const std::string& name : names) {
    const Field* field = type.find(name);
    if (field == nullptr || field->place != Place::Document)
      return invalid_argument("exists: \"" + name + "\" is not a field of the document");
    if (!rule.has_exists(name)) rule.exists.push_back(name);
  }
  return {};
}

}  // namespace

Error read_search(const json::Value& description, EntityType& type) {
  const json::Value* search = json::find(description, "search");
  if (search == nullptr) return {};
  MD_OK(only_members(*search, {"index", "aliases", "text", "keywords", "facets", "exists"}));
  SearchRule rule;
  MD_OK(read_text(*search, "index", rule.index));
  if (rule.index.empty()) return invalid_argument("\"index\" must name the index");
  MD_OK(read_texts(*search, "aliases", rule.aliases));
  MD_OK(add_usual_texts(type, rule));
  MD_OK(within("text", read_texts_of(*search, type, rule)));
  MD_OK(within("keywords", read_keywords(*search, type, rule)));
  MD_OK(read_facets(*search, type, rule));
  add_relations(type, rule);
  MD_OK(read_exists(*search, type, rule));
  const Field* extension = type.find("extension");
  rule.custom_properties = extension != nullptr && extension->place == Place::Document;
  type.search = std::move(rule);
  return {};
}

const SearchText* SearchRule::text(std::string_view name) const {
  const auto at = std::ranges::find_if(texts, [&](const SearchText& one) { return one.path.name == name; });
  return at == texts.end() ? nullptr : &*at;
}

const SearchPath* SearchRule::keyword(std::string_view name) const {
  const auto at = std::ranges::find(keywords, name, &SearchPath::name);
  return at == keywords.end() ? nullptr : &*at;
}

bool SearchRule::has_exists(std::string_view name) const { return std::ranges::find(exists, name) != exists.end(); }

bool SearchRule::is_related(std::string_view name) const { return std::ranges::find(related, name) != related.end(); }

}  // namespace metadata::model
