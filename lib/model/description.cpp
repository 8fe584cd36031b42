#include "model/description.h"

#include <algorithm>
#include <utility>

#include "json/parse.h"
#include "json/write.h"
#include "model/members.h"
#include "model/read_csv.h"
#include "model/read_search.h"

namespace metadata::model {
namespace {

constexpr int kMaxNesting = 8;  // of traits in traits, and of type names in type names

struct Scalar {
  std::string_view name;
  Shape shape;
  Format format;
  std::optional<std::int64_t> min_length, max_length;
};

const Scalar kScalars[] = {
    {"any", Shape::Any, Format::None, {}, {}},
    {"boolean", Shape::Boolean, Format::None, {}, {}},
    {"integer", Shape::Integer, Format::None, {}, {}},
    {"number", Shape::Number, Format::None, {}, {}},
    {"string", Shape::String, Format::None, {}, {}},
    {"object", Shape::Object, Format::None, {}, {}},
    {"name", Shape::String, Format::Name, 1, 256},
    {"fqn", Shape::String, Format::Fqn, 1, 3072},
    {"uuid", Shape::String, Format::Uuid, {}, {}},
    {"email", Shape::String, Format::Email, 6, 127},
    {"uri", Shape::String, Format::Uri, {}, {}},
    {"date", Shape::String, Format::Date, {}, {}},
    {"datetime", Shape::String, Format::DateTime, {}, {}},
    {"timestamp", Shape::Integer, Format::Timestamp, {}, {}},
};

Error read_bounds(const json::Value& value, ValueType& type) {
  MD_OK(read_integer(value, "minLength", type.min_length));
  MD_OK(read_integer(value, "maxLength", type.max_length));
  MD_OK(read_number(value, "minimum", type.minimum));
  return read_number(value, "maximum", type.maximum);
}

Error read_place(const json::Value& value, Field& field) {
  return read_word<Place>(value, "place",
                          {{"row", Place::Row},
                           {"document", Place::Document},
                           {"tags", Place::Tags},
                           {"relation", Place::Relation},
                           {"container", Place::Container},
                           {"ancestor", Place::Ancestor},
                           {"children", Place::Children},
                           {"computed", Place::Computed},
                           {"write", Place::Write}},
                          field.place);
}

Error read_put(const json::Value& value, Field& field) {
  return read_word<PutRule>(value, "put",
                            {{"replace", PutRule::Replace},
                             {"keepMissing", PutRule::KeepMissing},
                             {"merge", PutRule::Merge},
                             {"humanFirst", PutRule::HumanFirst},
                             {"humanFirstKeepMissing", PutRule::HumanFirstKeepMissing},
                             {"personFirst", PutRule::PersonFirst},
                             {"nested", PutRule::Nested},
                             {"ignore", PutRule::Ignore}},
                            field.put);
}

// Whether a create body takes the field, and must.
Error read_create(const json::Value& value, Field& field) {
  enum class Word { No, Yes, Required };
  Word word = field.managed ? Word::No : Word::Yes;
  MD_OK(read_word<Word>(value, "create", {{"no", Word::No}, {"yes", Word::Yes}, {"required", Word::Required}}, word));
  field.in_create = word != Word::No;
  field.required = word == Word::Required;
  return {};
}

Error read_relation(const json::Value& value, Field& field) {
  const json::Value* relation = json::find(value, "relation");
  if (relation == nullptr) return {};
  MD_OK(within("relation", only_members(*relation, {"kind", "outgoing", "types", "inherited", "described"})));
  MD_OK(read_text(*relation, "kind", field.relation.kind));
  MD_OK(read_bool(*relation, "outgoing", field.relation.outgoing));
  MD_OK(read_bool(*relation, "inherited", field.relation.inherited));
  MD_OK(read_bool(*relation, "described", field.relation.described));
  return read_texts(*relation, "types", field.relation.types);
}

bool is_reference(const ValueType& type) {
  return type.format == Format::Reference || (type.shape == Shape::Array && type.element->format == Format::Reference);
}

bool is_list_of(const ValueType& type, Shape shape) {
  return type.shape == Shape::Array && type.element->shape == shape;
}

// What a field says of itself must fit together, or some later room would meet the contradiction.
Error check_place(const Field& field) {
  const bool tree = field.place == Place::Container || field.place == Place::Ancestor || field.place == Place::Children;
  if (tree != !field.types.empty()) return invalid_argument("\"of\" goes with place container, ancestor and children");
  if ((field.place == Place::Relation) != !field.relation.kind.empty())
    return invalid_argument("\"relation\" with its \"kind\" goes with place relation");
  if ((tree || field.place == Place::Relation) && !is_reference(field.type))
    return invalid_argument("its place needs the type EntityReference or [EntityReference], not " + field.type.name);
  if ((field.place == Place::Container || field.place == Place::Ancestor) && field.type.shape == Shape::Array)
    return invalid_argument("a container is one entity, not a list");
  if (field.place == Place::Tags &&
      !(is_list_of(field.type, Shape::Struct) && field.type.element->format == Format::TagLabel))
    return invalid_argument("place tags needs the type [TagLabel], not " + field.type.name);
  if (field.managed && field.required) return invalid_argument("a managed field cannot be required in a create body");
  return {};
}

Error check_lists(const Field& field) {
  const bool is_list = is_list_of(field.type, Shape::Struct);
  if (field.put == PutRule::Nested && !is_list && field.type.shape != Shape::Struct)
    return invalid_argument("put nested needs a named type or a list of one, not " + field.type.name);
  if (field.put == PutRule::Nested && is_list && field.match.empty())
    return invalid_argument("put nested needs \"match\"");
  if (field.put == PutRule::Merge && !is_list_of(field.type, Shape::Struct) && field.type.shape != Shape::Struct)
    return invalid_argument("put merge needs a named type or a list of one, not " + field.type.name);
  const bool of_items = !field.match.empty() || !field.breaking.empty() || !field.order_by.empty();
  if (of_items && field.type.shape != Shape::Array)
    return invalid_argument("\"match\", \"breaking\" and \"orderBy\" are for lists");
  for (const std::string& change : field.breaking) {
    if (change != "removed" && change != "narrowed")
      return invalid_argument("\"breaking\": unknown word \"" + change + "\", known are removed, narrowed");
  }
  return {};
}

Error check_edit(const Field& field) {
  if (field.edit.empty() || field.edit.starts_with("Edit")) return {};
  return invalid_argument("\"edit\" must be an operation whose name begins with Edit, not \"" + field.edit + "\"");
}

// Items of a list may be of a type that is still being compiled, so their members are looked at when all are.
Error check_match(const Field& field) {
  if (!is_list_of(field.type, Shape::Struct)) return {};
  for (const std::string& member : field.match) {
    if (field.type.element->fields->find(member) == nullptr)
      return invalid_argument(field.name + ": \"match\" names \"" + member + "\", which " + field.type.element->name +
                              " does not have");
  }
  return {};
}

Error read_relation_filters(const json::Value& description, EntityType& type) {
  const json::Value* filters = json::find(description, "relationFilters");
  if (filters == nullptr) return {};
  if (!filters->IsObject()) return wrong_member("relationFilters", "an object");
  for (const auto& member : filters->GetObject()) {
    if (!member.value.IsString()) return wrong_member("relationFilters", "an object of texts");
    type.relation_filters.push_back({std::string(json::view(member.name)), std::string(json::view(member.value))});
  }
  return {};
}

Error read_keep_one(const json::Value& description, EntityType& type) {
  const json::Value* kept = json::find(description, "keepOne");
  if (kept == nullptr) return {};
  if (!kept->IsObject()) return wrong_member("keepOne", "an object");
  for (const auto& member : kept->GetObject()) {
    if (!member.value.IsString()) return wrong_member("keepOne", "an object of texts");
    type.keep_one.push_back({std::string(json::view(member.name)), std::string(json::view(member.value))});
  }
  return {};
}

Error read_parent(const json::Value& description, EntityType& type) {
  const json::Value* parent = json::find(description, "parent");
  if (parent == nullptr) return {};
  MD_OK(within("parent", only_members(*parent, {"fields", "required", "link"})));
  MD_OK(read_text(*parent, "link", type.parent_link));
  MD_OK(read_texts(*parent, "fields", type.parent_fields));
  if (type.parent_fields.empty()) return invalid_argument("parent: \"fields\" must name a field");
  return read_bool(*parent, "required", type.parent_required);
}

Error read_fqn(const json::Value& description, EntityType& type) {
  const json::Value* fqn = json::find(description, "fqn");
  if (fqn == nullptr) return {};
  MD_OK(within("fqn", only_members(*fqn, {"literal", "prefix", "lowerCase", "nameBelow", "nameFrom", "given"})));
  MD_OK(read_text(*fqn, "literal", type.fqn_literal));
  MD_OK(read_text(*fqn, "prefix", type.fqn_prefix));
  MD_OK(read_text(*fqn, "nameBelow", type.fqn_name_below));
  MD_OK(read_text(*fqn, "nameFrom", type.fqn_name_from));
  MD_OK(read_bool(*fqn, "given", type.fqn_given));
  return read_bool(*fqn, "lowerCase", type.fqn_lower_case);
}

Error read_companion(const json::Value& description, EntityType& type) {
  const json::Value* companion = json::find(description, "companion");
  if (companion == nullptr) return {};
  MD_OK(within("companion", only_members(*companion, {"field", "type", "container"})));
  Companion& made = type.companion.emplace();
  for (const auto& [name, text] :
       {std::pair{"field", &made.field}, {"type", &made.type}, {"container", &made.container}}) {
    MD_OK(read_text(*companion, name, *text));
    if (text->empty()) return invalid_argument(std::string("companion needs \"") + name + "\"");
  }
  return {};
}

bool is_word(std::string_view text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
  });
}

Error read_edit_items(const json::Value& value, Field& field) {
  const json::Value* list = json::find(value, "editItems");
  if (list == nullptr) return {};
  if (!list->IsArray()) return wrong_member("editItems", "a list");
  for (const json::Value& item : list->GetArray()) {
    if (!item.IsObject()) return wrong_member("editItems", "a list of objects");
    MD_OK(within("editItems", only_members(item, {"member", "is", "startsWith", "edit"})));
    ItemEdit edit;
    MD_OK(read_text(item, "member", edit.member));
    edit.prefix = json::find(item, "startsWith") != nullptr;
    MD_OK(read_text(item, edit.prefix ? "startsWith" : "is", edit.value));
    MD_OK(read_text(item, "edit", edit.edit));
    if (edit.member.empty() || edit.value.empty() || edit.edit.empty())
      return wrong_member("editItems", "a list of objects with member, is or startsWith, and edit");
    field.edit_items.push_back(std::move(edit));
  }
  return {};
}

Error nested_too_deep(std::string_view type) {
  return invalid_argument("type \"" + std::string(type) + "\" is nested too deep, or stands for itself");
}

Error read_names(const json::Value& description, EntityType& type) {
  MD_OK(read_text(description, "type", type.name));
  if (!is_word(type.name, "")) return wrong_member("type", "a word of letters and digits");
  MD_OK(read_text(description, "collection", type.collection));
  if (!is_word(type.collection, "/") || type.collection.front() == '/')
    return wrong_member("collection", "a path of words, without a slash before it");
  return {};
}

Error read_traits_of_type(const json::Value& description, EntityType& type) {
  MD_OK(read_text(description, "hierarchy", type.hierarchy));
  MD_OK(read_text(description, "template", type.template_type));
  MD_OK(read_text(description, "assets", type.assets));
  MD_OK(read_bool(description, "renameable", type.renameable));
  MD_OK(read_bool(description, "versioned", type.versioned));
  MD_OK(read_bool(description, "ownsItself", type.owns_itself));
  MD_OK(read_bool(description, "clientCreates", type.client_creates));
  MD_OK(read_bool(description, "delivers", type.delivers));
  MD_OK(read_texts(description, "rules", type.rules));
  MD_OK(read_texts(description, "checks", type.checks));
  MD_OK(read_texts(description, "filters", type.filters));
  return read_texts(description, "containerFilters", type.container_filters);
}

}  // namespace

Error Compiler::add(std::string origin, std::string_view text) {
  json::Document& document = documents_.emplace_back();
  MD_OK(within(origin, json::parse(text, document)));
  if (!document.IsObject()) return invalid_argument(origin + ": a description is an object");
  MD_OK(collect(document, "types", types_, origin));
  if (json::find(document, "type") != nullptr) {
    entities_.push_back({&document, origin});
    return {};
  }
  MD_OK(within(origin, only_members(document, {"types", "traits", "secretNames", "settings", "csvColumns"})));
  MD_OK(collect(document, "traits", traits_, origin));
  MD_OK(collect(document, "settings", settings_, origin));
  MD_OK(collect(document, "csvColumns", csv_columns_, origin));
  return within(origin, read_texts(document, "secretNames", secret_names_));
}

Error Compiler::collect(const json::Value& object, std::string_view member, Sources& into, const std::string& origin) {
  const json::Value* list = json::find(object, member);
  if (list == nullptr) return {};
  if (!list->IsObject()) return within(origin, wrong_member(member, "an object"));
  for (const auto& entry : list->GetObject()) {
    const std::string name(json::view(entry.name));
    const auto [at, added] = into.emplace(name, Source{&entry.value, origin});
    if (!added) return invalid_argument(origin + ": \"" + name + "\" is described in " + at->second.origin + " too");
  }
  return {};
}

Error Compiler::compile(Arena& arena) {
  std::ranges::sort(secret_names_);
  MD_OK(declare_types(arena));
  MD_OK(define_types());
  for (const Source& source : entities_) {
    auto type = entity(*source.value);
    if (!type.ok()) return within(source.origin, type.error());
    arena.entities.push_back(*std::move(type));
  }
  for (const auto& [name, source] : settings_) {
    auto made = setting(name, *source.value);
    if (!made.ok()) return within(source.origin + ": " + name, made.error());
    arena.settings.push_back(*std::move(made));
  }
  return {};
}

// All structs are there before any is filled, since they may hold each other.
Error Compiler::declare_types(Arena& arena) {
  for (const auto& [name, source] : types_) {
    const bool scalar = std::ranges::find(kScalars, std::string_view(name), &Scalar::name) != std::end(kScalars);
    if (scalar || !is_word(name, ""))
      return invalid_argument(source.origin + ": no type can be named \"" + name + "\"");
    if (!source.value->IsObject()) return invalid_argument(source.origin + ": " + name + ": must be an object");
    if (json::find(*source.value, "fields") == nullptr) continue;
    structs_[name] = &arena.structs.emplace_back();
    structs_[name]->name = name;
  }
  return {};
}

Error Compiler::define_types() {
  for (const auto& [name, source] : types_) {
    const std::string what = source.origin + ": " + name;
    MD_OK(within(what, only_members(*source.value, {"enum", "anyCase", "is", "fields", "open", "format", "minLength",
                                                    "maxLength", "minimum", "maximum"})));
    auto checked = named_type(name, 0);
    if (!checked.ok()) return within(what, checked.error());
    const auto at = structs_.find(name);
    if (at == structs_.end()) continue;
    MD_OK(within(what, read_bool(*source.value, "open", at->second->open)));
    const json::Value& fields = *json::find(*source.value, "fields");
    if (!fields.IsObject()) return within(what, wrong_member("fields", "an object"));
    for (const auto& member : fields.GetObject()) {
      auto made = field(std::string(json::view(member.name)), member.value);
      if (!made.ok()) return within(what, made.error());
      at->second->fields.push_back(*std::move(made));
    }
  }
  for (const auto& [name, type] : structs_) {
    for (const Field& field : type->fields) MD_OK(within(name, check_match(field)));
  }
  return {};
}

Result<ValueType> Compiler::named_type(const std::string& name, int depth) {
  if (depth > kMaxNesting) return nested_too_deep(name);
  const auto source = types_.find(name);
  if (source == types_.end()) return invalid_argument("unknown type \"" + name + "\"");
  const json::Value& value = *source->second.value;
  ValueType type;
  if (const auto at = structs_.find(name); at != structs_.end()) {
    type.shape = Shape::Struct;
    // Not an owner: the arena is, for as long as any entity type is held.
    type.fields = std::shared_ptr<const StructType>(std::shared_ptr<void>(), at->second);
    MD_OK(read_word<Format>(value, "format", {{"reference", Format::Reference}, {"tagLabel", Format::TagLabel}},
                            type.format));
  } else if (json::find(value, "enum") != nullptr) {
    type.shape = Shape::String;
    MD_OK(read_texts(value, "enum", type.values));
    MD_OK(read_bool(value, "anyCase", type.any_case));
    if (type.values.empty()) return invalid_argument("type \"" + name + "\": an enumeration without values");
  } else {
    std::string is;
    MD_OK(read_text(value, "is", is));
    if (is.empty()) return invalid_argument("type \"" + name + "\" needs \"fields\", \"enum\" or \"is\"");
    MD_LET(meant, value_type(is, depth + 1));
    type = std::move(meant);
  }
  MD_OK(read_bounds(value, type));
  type.name = name;
  return type;
}

Result<ValueType> Compiler::value_type(std::string_view text, int depth) {
  if (depth > kMaxNesting) return nested_too_deep(text);
  const bool list = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const bool map = text.size() > 2 && text.front() == '{' && text.back() == '}';
  if (list || map) {
    MD_LET(element, value_type(text.substr(1, text.size() - 2), depth + 1));
    ValueType type;
    type.name = text;
    type.shape = list ? Shape::Array : Shape::Map;
    type.element = std::make_shared<const ValueType>(std::move(element));
    return type;
  }
  for (const Scalar& scalar : kScalars) {
    if (scalar.name != text) continue;
    ValueType type;
    type.name = text;
    type.shape = scalar.shape;
    type.format = scalar.format;
    type.min_length = scalar.min_length;
    type.max_length = scalar.max_length;
    return type;
  }
  return named_type(std::string(text), depth + 1);
}

Result<Field> Compiler::field(const std::string& name, const json::Value& value) {
  const auto at_fault = [&](const Error& error) { return within(name, error); };
  Field made;
  made.name = name;
  std::string type;
  const auto read = [&]() -> Error {
    MD_OK(only_members(
        value, {"type",     "place",   "onRequest",      "create",    "managed", "versioned", "secret",    "default",
                "from",     "resetBy", "searchableName", "put",       "edit",    "match",     "breaking",  "orderBy",
                "relation", "of",      "minLength",      "maxLength", "minimum", "maximum",   "editItems", "check",
                "view",     "hidden",  "fixed",          "digestOf",  "route",   "fills",     "itemOf"}));
    MD_OK(read_text(value, "type", type));
    if (type.empty()) return invalid_argument("needs a \"type\"");
    MD_LET(meant, value_type(type, 0));
    made.type = std::move(meant);
    MD_OK(read_bounds(value, made.type));
    MD_OK(read_place(value, made));
    made.versioned = made.place != Place::Write && made.place != Place::Computed && made.place != Place::Children;
    made.managed = made.place == Place::Computed || made.place == Place::Children;
    MD_OK(read_bool(value, "managed", made.managed));
    MD_OK(read_bool(value, "versioned", made.versioned));
    MD_OK(read_bool(value, "onRequest", made.on_request));
    MD_OK(read_bool(value, "secret", made.secret));
    MD_OK(read_bool(value, "searchableName", made.searchable_name));
    MD_OK(read_bool(value, "hidden", made.hidden));
    MD_OK(read_bool(value, "fixed", made.fixed));
    MD_OK(read_create(value, made));
    MD_OK(read_put(value, made));
    MD_OK(read_relation(value, made));
    made.relation.many = made.type.shape == Shape::Array;
    MD_OK(read_text(value, "from", made.from));
    MD_OK(read_text(value, "route", made.route));
    MD_OK(read_text(value, "fills", made.fills));
    if (const json::Value* item = json::find(value, "itemOf")) {
      MD_OK(within("itemOf", only_members(*item, {"list", "by"})));
      MD_OK(read_text(*item, "list", made.item_list));
      MD_OK(read_text(*item, "by", made.item_by));
    }
    if (!made.route.empty() && (!is_word(made.route, "") || made.place != Place::Document))
      return invalid_argument("\"route\" is a word, of a field of the document");
    MD_OK(read_text(value, "resetBy", made.reset_by));
    MD_OK(read_text(value, "digestOf", made.digest_of));
    MD_OK(read_text(value, "edit", made.edit));
    MD_OK(read_text(value, "view", made.view));
    MD_OK(read_edit_items(value, made));
    MD_OK(read_word<Check>(value, "check", {{"condition", Check::Condition}}, made.check));
    MD_OK(read_text(value, "orderBy", made.order_by));
    MD_OK(read_texts(value, "match", made.match));
    MD_OK(read_texts(value, "breaking", made.breaking));
    MD_OK(read_texts(value, "of", made.types));
    if (const json::Value* given = json::find(value, "default")) made.default_json = json::write(*given);
    MD_OK(check_place(made));
    MD_OK(check_lists(made));
    return check_edit(made);
  };
  if (const Error error = read(); !error.ok()) return at_fault(error);
  return made;
}

// Members of the later description replace those of the earlier one; the field keeps its place in the list.
Error Compiler::lay_fields(const json::Value& fields, std::vector<Draft>& drafts) {
  if (!fields.IsObject()) return wrong_member("fields", "an object");
  for (const auto& member : fields.GetObject()) {
    const std::string name(json::view(member.name));
    if (!member.value.IsObject()) return within(name, invalid_argument("must be an object"));
    const auto at = std::ranges::find(drafts, name, &Draft::name);
    if (at == drafts.end()) {
      drafts.push_back({name, json::copy(member.value, pool_.GetAllocator())});
      continue;
    }
    for (const auto& part : member.value.GetObject())
      json::set(at->value, json::view(part.name), json::copy(part.value, pool_.GetAllocator()), pool_.GetAllocator());
  }
  return {};
}

Error Compiler::lay_traits(const json::Value& object, int depth, std::vector<Draft>& drafts, EntityType& type) {
  std::vector<std::string> names;
  MD_OK(read_texts(object, "traits", names));
  for (const std::string& name : names) {
    if (depth > kMaxNesting) return invalid_argument("trait \"" + name + "\" is nested too deep");
    const auto at = traits_.find(name);
    if (at == traits_.end()) return invalid_argument("unknown trait \"" + name + "\"");
    const json::Value& trait = *at->second.value;
    const std::string what = "trait " + name;
    MD_OK(within(what,
                 only_members(trait, {"traits", "fields", "rules", "filters", "containerFilters", "relationFilters"})));
    MD_OK(lay_traits(trait, depth + 1, drafts, type));
    if (const json::Value* fields = json::find(trait, "fields")) MD_OK(within(what, lay_fields(*fields, drafts)));
    MD_OK(within(what, read_texts(trait, "rules", type.rules)));
    MD_OK(within(what, read_texts(trait, "filters", type.filters)));
    MD_OK(within(what, read_texts(trait, "containerFilters", type.container_filters)));
    MD_OK(within(what, read_relation_filters(trait, type)));
  }
  return {};
}

Result<Series> Compiler::one_series(const std::string& name, const json::Value& value) {
  MD_OK(
      only_members(value, {"type", "key", "timestamp", "edit", "path", "routed", "answer", "known", "internal", "view",
                           "single", "ordered", "item", "of", "also", "shownIn", "columns", "rows", "sensitive"}));
  Series series;
  series.name = name;
  series.path = name;
  std::string of;
  MD_OK(read_text(value, "type", of));
  MD_LET(meant, value_type(of, 0));
  series.type = std::move(meant);
  if (series.type.shape != Shape::Struct) return invalid_argument("needs the name of a type with fields");
  MD_OK(read_text(value, "key", series.key));
  MD_OK(read_text(value, "timestamp", series.timestamp));
  MD_OK(read_text(value, "view", series.view));
  MD_OK(read_bool(value, "single", series.single));
  MD_OK(read_bool(value, "ordered", series.ordered));
  MD_OK(read_text(value, "item", series.item));
  MD_OK(read_text(value, "of", series.of));
  MD_OK(read_text(value, "also", series.also));
  MD_OK(read_text(value, "shownIn", series.shown_in));
  MD_OK(read_text(value, "columns", series.columns));
  MD_OK(read_text(value, "rows", series.rows));
  MD_OK(read_text(value, "sensitive", series.sensitive));
  if (series.ordered) series.key = series.timestamp;
  if (series.single && (series.ordered || !series.key.empty() || !series.timestamp.empty()))
    return invalid_argument("what is \"single\" has neither key nor time");
  for (const std::string* named :
       {&series.key, &series.timestamp, &series.item, &series.also, &series.columns, &series.rows}) {
    const bool needed = !series.single && (named == &series.key || named == &series.timestamp);
    if ((needed || !named->empty()) && series.type.fields->find(*named) == nullptr)
      return invalid_argument("\"" + *named + "\" must be a member of " + of);
  }
  MD_OK(read_text(value, "edit", series.edit));
  MD_OK(read_text(value, "path", series.path));
  if (!is_word(series.path, "")) return wrong_member("path", "a word of letters and digits");
  MD_OK(read_bool(value, "internal", series.internal));
  bool routed = true;
  MD_OK(read_bool(value, "routed", routed));
  if (!routed) series.path.clear();
  MD_OK(read_word<bool>(value, "answer", {{"value", false}, {"entity", true}}, series.answers_entity));
  const json::Value* known = json::find(value, "known");
  if (known == nullptr) return series;
  if (!known->IsObject()) return wrong_member("known", "an object of texts");
  for (const auto& member : known->GetObject()) {
    if (!member.value.IsString()) return wrong_member("known", "an object of texts");
    series.known.push_back({std::string(json::view(member.name)), std::string(json::view(member.value))});
  }
  return series;
}

Error Compiler::read_series(const json::Value& description, EntityType& type) {
  const json::Value* all = json::find(description, "series");
  if (all == nullptr) return {};
  if (!all->IsObject()) return wrong_member("series", "an object");
  for (const auto& member : all->GetObject()) {
    const std::string name(json::view(member.name));
    auto made = one_series(name, member.value);
    if (!made.ok()) return within("series " + name, made.error());
    type.series.push_back(*std::move(made));
  }
  const json::Value* sets = json::find(description, "seriesSets");
  if (sets == nullptr) return {};
  if (!sets->IsObject()) return wrong_member("seriesSets", "an object");
  for (const auto& member : sets->GetObject()) {
    SeriesSet set{std::string(json::view(member.name)), {}};
    MD_OK(read_texts(*sets, set.path, set.series));
    for (const std::string& name : set.series) {
      const Series* series = type.find_series(name);
      if (series == nullptr || !series->ordered)
        return invalid_argument("seriesSets: \"" + name + "\" is no series of the type that is ordered");
    }
    type.series_sets.push_back(std::move(set));
  }
  return {};
}

Result<EntityType> Compiler::entity(const json::Value& description) {
  MD_OK(only_members(
      description,
      {"type",       "collection", "traits",           "types",           "parent",     "fqn",    "hierarchy",
       "renameable", "versioned",  "ownsItself",       "clientCreates",   "delivers",   "rules",  "checks",
       "companion",  "filters",    "containerFilters", "relationFilters", "fields",     "series", "search",
       "example",    "keepOne",    "template",         "assets",          "seriesSets", "csv"}));
  EntityType type;
  MD_OK(read_names(description, type));
  std::vector<Draft> drafts;
  MD_OK(lay_traits(description, 0, drafts, type));
  if (const json::Value* fields = json::find(description, "fields")) MD_OK(lay_fields(*fields, drafts));
  for (const Draft& draft : drafts) {
    MD_LET(made, field(draft.name, draft.value));
    MD_OK(check_match(made));
    type.fields.push_back(std::move(made));
  }
  MD_OK(read_parent(description, type));
  MD_OK(read_keep_one(description, type));
  MD_OK(read_fqn(description, type));
  MD_OK(read_companion(description, type));
  MD_OK(read_traits_of_type(description, type));
  MD_OK(read_relation_filters(description, type));
  MD_OK(read_series(description, type));
  MD_OK(within("search", read_search(description, type)));
  const auto csv_column = [this](std::string_view header) -> const json::Value* {
    const auto at = csv_columns_.find(header);
    return at == csv_columns_.end() ? nullptr : at->second.value;
  };
  MD_OK(within("csv", read_csv(description, csv_column, type)));
  if (const json::Value* example = json::find(description, "example")) {
    if (!example->IsObject()) return invalid_argument("example must be a create body");
    type.example = json::write(*example);
  }
  type.soft_delete = type.has("deleted");
  type.secret_names = secret_names_;
  return type;
}

Result<Setting> Compiler::setting(const std::string& name, const json::Value& value) {
  MD_OK(only_members(value, {"type", "default"}));
  Setting setting;
  setting.name = name;
  std::string of;
  MD_OK(read_text(value, "type", of));
  MD_LET(meant, value_type(of, 0));
  setting.type = std::move(meant);
  const json::Value* fallback = json::find(value, "default");
  if (setting.type.shape != Shape::Struct || fallback == nullptr)
    return invalid_argument("a setting needs the name of a type with fields, and a default");
  setting.value = json::write(*fallback);
  return setting;
}

}  // namespace metadata::model
