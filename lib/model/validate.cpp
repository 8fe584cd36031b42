#include "model/validate.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/utf8.h"
#include "json/parse.h"
#include "json/write.h"
#include "metadata/ids.h"
#include "model/entries.h"
#include "model/formats.h"
#include "model/labels.h"
#include "model/rules.h"

namespace metadata::model {
namespace {

constexpr std::size_t kMaxAllowedBytes = 200;     // of an enumeration's values inside a message
constexpr double kMaxExact = 9007199254740992.0;  // 2^53: beyond it a double is no exact integer

// Where the walk stands, as a chain on the stack; made a text only when something is wrong there.
struct Path {
  const Path* above = nullptr;
  std::string_view key;
  std::size_t index = 0;
  std::size_t depth = 0;

  Path member(std::string_view name) const { return {this, name, 0, depth + 1}; }
  Path item(std::size_t i) const { return {this, {}, i, depth + 1}; }

  std::string text() const {
    if (above == nullptr) return {};
    std::string text = above->text();
    if (key.data() == nullptr) return text + "[" + std::to_string(index) + "]";
    if (!text.empty()) text.push_back('.');
    return text.append(shown(key));
  }
};

Error fault(const Path& path, std::string_view what) {
  std::string place = path.text();
  std::string message = place.empty() ? "The body " : place + " ";
  return invalid_argument(message.append(what), std::move(place));
}

Error wrong_kind(const Path& path, std::string_view must_be, const json::Value& value) {
  const bool scalar = value.IsString() || value.IsNumber() || value.IsBool();
  const std::string is = scalar ? shown(value) : std::string(kind_of(value));
  return fault(path, "must be " + std::string(must_be) + ", not " + is);
}

std::string allowed_values(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    if (text.size() + value.size() > kMaxAllowedBytes)
      return text + " … (" + std::to_string(values.size()) + " in all)";
    text.append(text.empty() ? "" : ", ").append(value);
  }
  return text;
}

using FieldAt = std::vector<Field>::const_iterator;

// Looked for from there on, and then from the beginning: members mostly come in the order of the fields.
FieldAt find_from(const std::vector<Field>& fields, FieldAt at, std::string_view name) {
  for (std::size_t seen = 0; seen < fields.size(); ++seen, ++at) {
    if (at == fields.end()) at = fields.begin();
    if (at->name == name) return at;
  }
  return fields.end();
}

/// The walk over one body.
class Walk {
 public:
  Walk(const EntityType& type, Body kind, const Limits& limits, json::Allocator& allocator)
      : type_(type), kind_(kind), limits_(limits), allocator_(allocator) {}

  Error value(const ValueType& type, std::string_view name, json::Value& value) {
    const Path root;
    return check(type, value, root.member(name));
  }

  Error entity(json::Value& body) {
    const Path root;
    if (!body.IsObject()) return wrong_kind(root, "an object", body);
    read_owner(body);
    MD_OK(members(type_.fields, body, root));
    work_out(body);
    return required(type_.fields, body, root, true);
  }

 private:
  // What follows from other fields: digests, and the name when it is one and the body has none.
  void work_out(json::Value& body) {
    for (const Field& field : type_.fields) {
      const json::Value* text = field.digest_of.empty() ? nullptr : json::find(body, field.digest_of);
      if (text == nullptr) continue;
      json::set_string(body, field.name, base::md5_hex(json::view(*text)), allocator_);
      if (type_.fqn_name_from == field.name && json::find(body, "name") == nullptr)
        json::set_string(body, "name", std::string(json::string_or(body, field.name)), allocator_);
    }
  }

  // The guide's `owner` is the first of `owners`.
  void read_owner(json::Value& body) {
    if (kind_ != Body::Create || type_.has("owner") || !type_.has("owners")) return;
    json::Value* owner = json::find(body, "owner");
    if (owner == nullptr) return;
    if (!owner->IsNull() && json::find(body, "owners") == nullptr) {
      json::Value owners(json::rapid::kArrayType);
      owners.PushBack(json::copy(*owner, allocator_), allocator_);
      json::set(body, "owners", std::move(owners), allocator_);
    }
    json::erase(body, "owner");
  }

  Error members(const std::vector<Field>& fields, json::Value& object, const Path& path) {
    auto at = fields.begin();
    return keep_members(object, [&](json::Value::Member& entry) -> Error {
      const std::string_view name = json::view(entry.name);
      const auto field = at = find_from(fields, at, name);
      if (field == fields.end() || (field->hidden && !field->in_create)) return unknown(path.member(name), name);
      if (is_dropped(*field, path)) entry.value.SetNull();
      return entry.value.IsNull() ? Error() : member(*field, entry.value, path.member(name));
    });
  }

  // Looks at every member. Those that are null then go, all at once: dropping one would move all behind it.
  template <class Look>
  static Error keep_members(json::Value& object, const Look& look) {
    const std::span<json::Value::Member> all = entries(object);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      MD_OK(look(all[i]));
      if (all[i].value.IsNull()) continue;
      if (kept != i) {
        all[kept].name.Swap(all[i].name);
        all[kept].value.Swap(all[i].value);
      }
      ++kept;
    }
    if (kept < all.size())
      object.EraseMember(object.MemberBegin() + static_cast<std::ptrdiff_t>(kept), object.MemberEnd());
    return {};
  }

  bool is_dropped(const Field& field, const Path& path) const {
    if (field.managed) return true;
    if (path.depth > 0 || kind_ != Body::Create) return false;
    const bool in_tree = field.place == Place::Container || field.place == Place::Ancestor;
    return !field.in_create && !in_tree;
  }

  Error unknown(const Path& path, std::string_view name) const {
    const std::string quoted = "Unrecognized field \"" + shown(name) + "\"";
    return invalid_argument(quoted + " (entity type " + type_.name + ")", path.text());
  }

  Error required(const std::vector<Field>& fields, const json::Value& object, const Path& path, bool top) const {
    for (const Field& field : fields) {
      if (!field.required || !is_missing(field, object)) continue;
      if (top && kind_ == Body::Patched && !is_kept_by_patch(field)) continue;
      return fault(path.member(field.name), "field is required");
    }
    if (top && kind_ == Body::Create) return parent_given(object);
    return {};
  }

  static bool is_missing(const Field& field, const json::Value& object) {
    return json::find(object, field.name) == nullptr;
  }

  // What a patched entity must still have: its own values and single references; the FQN says its containers.
  static bool is_kept_by_patch(const Field& field) {
    if (field.place == Place::Relation) return !field.relation.many;
    return field.place == Place::Document || field.place == Place::Row;
  }

  Error parent_given(const json::Value& body) const {
    if (!type_.parent_required || !type_.parent_link.empty()) return {};
    for (const std::string& name : type_.parent_fields) {
      if (json::find(body, name) != nullptr) return {};
    }
    const std::string& last = type_.parent_fields.back();
    return invalid_argument(last + " field is required", last);
  }

  Error member(const Field& field, json::Value& value, const Path& path) {
    switch (field.place) {
      case Place::Relation:
        return references(field, value, path);
      case Place::Container:
      case Place::Ancestor:
        return reference(field.types, value, path);
      case Place::Tags:
        return tags(field, value, path);
      default:
        MD_OK(check(field.type, value, path));
        return field.put == PutRule::Nested && value.IsArray() ? unique_names(field, value, path) : Error();
    }
  }

  // Items that are matched by name would otherwise be taken for each other.
  Error unique_names(const Field& field, const json::Value& list, const Path& path) const {
    std::unordered_set<std::string> names;
    const std::string& member = field.match.front();
    for (json::SizeType i = 0; i < list.Size(); ++i) {
      const std::string_view name = json::string_or(list[i], member);
      if (names.insert(lower_ascii(name)).second) continue;
      return invalid_argument(field.type.element->name + " " + member + " " + shown(name) + " is repeated",
                              path.item(i).member(member).text());
    }
    return {};
  }

  Error references(const Field& field, json::Value& value, const Path& path) {
    if (!field.relation.many) return reference(field.relation.types, value, path);
    if (!value.IsArray()) return wrong_kind(path, "a list", value);
    if (value.Size() > limits_.max_reference_list)
      return fault(path, "may hold at most " + std::to_string(limits_.max_reference_list) + " references, not " +
                             std::to_string(value.Size()));
    json::Value kept(json::rapid::kArrayType);
    for (json::SizeType i = 0; i < value.Size(); ++i) {
      json::Value& item = value[i];
      // What is inherited is not the entity's own.
      if (item.IsObject() && json::bool_or(item, "inherited", false)) continue;
      MD_OK(reference(field.relation.types, item, path.item(i)));
      kept.PushBack(std::move(item), allocator_);
    }
    value = std::move(kept);
    return {};
  }

  // A text (FQN or id) stays; an object is reduced to what names the entity.
  Error reference(const std::vector<std::string>& types, json::Value& value, const Path& path) {
    if (value.IsString()) return reference_text(types, value, path);
    if (!value.IsObject()) return wrong_kind(path, "a reference", value);
    MD_OK(reference_members(value, path));
    const bool by_id = json::find(value, "id") != nullptr;
    std::string_view fqn = json::string_or(value, "fullyQualifiedName");
    if (fqn.empty()) fqn = json::string_or(value, "name");
    if (!by_id && fqn.empty()) return fault(path.member("id"), "field is required");
    std::string_view type = json::string_or(value, "type");
    if (type.empty() && types.size() == 1) type = types.front();
    if (type.empty()) return fault(path.member("type"), "field is required");
    if (!types.empty() && std::ranges::find(types, type) == types.end())
      return fault(path.member("type"), "must be one of " + allowed_values(types) + ", not \"" + shown(type) + "\"");
    json::Value reduced(json::rapid::kObjectType);
    if (by_id) json::append(reduced, "id", std::move(*json::find(value, "id")), allocator_);
    json::append(reduced, "type", json::make_string(type, allocator_), allocator_);
    if (!fqn.empty()) json::append(reduced, "fullyQualifiedName", json::make_string(fqn, allocator_), allocator_);
    value = std::move(reduced);
    return {};
  }

  Error reference_text(const std::vector<std::string>& types, const json::Value& value, const Path& path) const {
    if (value.GetStringLength() == 0) return fault(path, "must name an entity, not be empty");
    if (value.GetStringLength() > limits_.max_fqn_bytes)
      return fault(path, "may have at most " + std::to_string(limits_.max_fqn_bytes) + " bytes");
    MD_OK(format(Format::Fqn, value, path));
    if (types.empty()) return fault(path, "must be a reference with id and type, not " + shown(value));
    return {};
  }

  Error reference_members(json::Value& value, const Path& path) {
    for (auto& entry : entries(value)) {
      const std::string_view name = json::view(entry.name);
      const Path at = path.member(name);
      const bool known = name == "id" || name == "type" || name == "name" || name == "fullyQualifiedName";
      if (known && entry.value.IsNull()) entry.value.SetString("", 0);
      if (known && !entry.value.IsString()) return wrong_kind(at, "a text", entry.value);
      if (name == "name" || name == "fullyQualifiedName") MD_OK(reference_name(entry.value, at));
      const bool decoration =
          name == "displayName" || name == "description" || name == "deleted" || name == "inherited" || name == "href";
      if (!known && !decoration) return unknown(at, name);
    }
    json::Value* id = json::find(value, "id");
    if (id != nullptr && id->GetStringLength() == 0)
      json::erase(value, "id");
    else if (id != nullptr)
      MD_OK(format(Format::Uuid, *id, path.member("id")));
    return {};
  }

  Error reference_name(const json::Value& value, const Path& path) const {
    if (value.GetStringLength() > limits_.max_fqn_bytes)
      return fault(path, "may have at most " + std::to_string(limits_.max_fqn_bytes) + " bytes");
    return format(Format::Fqn, value, path);
  }

  Error tags(const Field& field, json::Value& value, const Path& path) {
    MD_OK(check(field.type, value, path));
    settle_labels(value, allocator_);
    return {};
  }

  Error check(const ValueType& type, json::Value& value, const Path& path) {
    if (path.depth > limits_.body.max_depth)
      return fault(path, "is nested deeper than " + std::to_string(limits_.body.max_depth) + " levels");
    switch (type.shape) {
      case Shape::Any:
        return {};
      case Shape::Boolean:
        return value.IsBool() ? Error() : wrong_kind(path, "true or false", value);
      case Shape::Integer:
        return integer(type, value, path);
      case Shape::Number:
        return value.IsNumber() ? bounds(type, value, path) : wrong_kind(path, "a number", value);
      case Shape::String:
        return text(type, value, path);
      case Shape::Object:
        return value.IsObject() ? Error() : wrong_kind(path, "an object", value);
      case Shape::Array:
        return array(type, value, path);
      case Shape::Map:
        return map(type, value, path);
      case Shape::Struct:
        return structure(type, value, path);
    }
    return {};
  }

  // Clients write integers as 3.0 too.
  Error integer(const ValueType& type, json::Value& value, const Path& path) {
    if (value.IsDouble()) {
      const double number = value.GetDouble();
      if (std::trunc(number) == number && std::abs(number) < kMaxExact)
        value.SetInt64(static_cast<std::int64_t>(number));
    }
    if (!value.IsInt64()) return wrong_kind(path, "an integer", value);
    return bounds(type, value, path);
  }

  Error bounds(const ValueType& type, const json::Value& value, const Path& path) const {
    const double number = value.GetDouble();
    if (type.minimum && number < *type.minimum) return out_of_bounds(path, "at least ", *type.minimum, value);
    if (type.maximum && number > *type.maximum) return out_of_bounds(path, "at most ", *type.maximum, value);
    return {};
  }

  static Error out_of_bounds(const Path& path, std::string_view what, double bound, const json::Value& value) {
    std::string number;
    json::append_number(number, bound);
    if (number.ends_with(".0")) number.resize(number.size() - 2);
    return fault(path, "must be " + std::string(what) + number + ", not " + shown(value));
  }

  Error text(const ValueType& type, json::Value& value, const Path& path) {
    if (!value.IsString()) return wrong_kind(path, "a text", value);
    if (type.any_case) spell(type, value);
    const std::string_view given = json::view(value);
    if (!type.values.empty() && std::ranges::find(type.values, given) == type.values.end())
      return fault(path, "must be one of " + allowed_values(type.values) + ", not " + shown(value));
    MD_OK(length(type, base::utf8_characters(given), "characters", path));
    MD_OK(format(type.format, value, path));
    const bool is_long = type.max_length && *type.max_length > static_cast<std::int64_t>(limits_.max_name_bytes);
    if (type.format == Format::Name && !is_long && given.size() > limits_.max_name_bytes)
      return fault(path, "may have at most " + std::to_string(limits_.max_name_bytes) + " bytes");
    if (type.format == Format::Email) value = json::make_string(lower_ascii(given), allocator_);
    return {};
  }

  /// Gives a value of an enumeration that is read whatever its case the spelling of the description.
  void spell(const ValueType& type, json::Value& value) {
    const std::string given = lower_ascii(json::view(value));
    const auto known = std::ranges::find(type.values, given, [](const std::string& word) { return lower_ascii(word); });
    if (known != type.values.end()) value = json::make_string(*known, allocator_);
  }

  static Error format(Format format, const json::Value& value, const Path& path) {
    const Error error = check_format(format, json::view(value));
    return error.ok() ? Error() : fault(path, std::string(error.message()) + ", not " + shown(value));
  }

  static Error length(const ValueType& type, std::size_t size, std::string_view unit, const Path& path) {
    const auto count = static_cast<std::int64_t>(size);
    if ((!type.min_length || count >= *type.min_length) && (!type.max_length || count <= *type.max_length)) return {};
    std::string allowed = type.min_length ? "at least " + std::to_string(*type.min_length) : std::string();
    if (type.max_length) allowed += (allowed.empty() ? "at most " : " and at most ") + std::to_string(*type.max_length);
    return fault(path, "must have " + allowed + " " + std::string(unit) + ", not " + std::to_string(count));
  }

  Error array(const ValueType& type, json::Value& value, const Path& path) {
    if (!value.IsArray()) return wrong_kind(path, "a list", value);
    for (json::SizeType i = 0; i < value.Size(); ++i) MD_OK(check(*type.element, value[i], path.item(i)));
    return length(type, value.Size(), "elements", path);
  }

  Error map(const ValueType& type, json::Value& value, const Path& path) {
    if (!value.IsObject()) return wrong_kind(path, "an object", value);
    for (auto& entry : entries(value)) MD_OK(check(*type.element, entry.value, path.member(json::view(entry.name))));
    return {};
  }

  Error structure(const ValueType& type, json::Value& value, const Path& path) {
    if (type.format == Format::Reference) return nested_reference(value, path);
    if (!value.IsObject()) return wrong_kind(path, "an object", value);
    if (!type.fields->open) {
      MD_OK(members(type.fields->fields, value, path));
    } else {
      MD_OK(open_members(type.fields->fields, value, path));
    }
    MD_OK(required(type.fields->fields, value, path, false));
    if (type.format == Format::TagLabel) return complete_label(type, value, path);
    return {};
  }

  Error open_members(const std::vector<Field>& fields, json::Value& object, const Path& path) {
    return keep_members(object, [&](json::Value::Member& entry) -> Error {
      const auto field = std::ranges::find(fields, json::view(entry.name), &Field::name);
      if (field == fields.end() || entry.value.IsNull()) return {};
      if (!field->managed) return member(*field, entry.value, path.member(json::view(entry.name)));
      entry.value.SetNull();
      return {};
    });
  }

  // Inside the document nobody resolves a reference, so it must be whole: id and type.
  Error nested_reference(json::Value& value, const Path& path) {
    if (!value.IsObject()) return wrong_kind(path, "a reference", value);
    MD_OK(reference({}, value, path));
    if (json::find(value, "id") == nullptr) return fault(path.member("id"), "field is required");
    json::erase(value, "fullyQualifiedName");
    return {};
  }

  Error complete_label(const ValueType& type, json::Value& label, const Path& path) {
    for (const Field& field : type.fields->fields) {
      if (!field.default_json || json::find(label, field.name) != nullptr) continue;
      MD_OK(add_default(field, label, allocator_));
    }
    const std::string_view fqn = json::string_or(label, "tagFQN");
    if (fqn::split(fqn).ok()) return {};
    return fault(path.member("tagFQN"), "must be a fully qualified name, not \"" + shown(fqn) + "\"");
  }

 public:
  static Error add_default(const Field& field, json::Value& object, json::Allocator& allocator) {
    json::Document value;
    MD_OK(json::parse_trusted(*field.default_json, value));
    json::append(object, field.name, json::copy(value, allocator), allocator);
    return {};
  }

 private:
  const EntityType& type_;
  const Body kind_;
  const Limits& limits_;
  json::Allocator& allocator_;
};

// Fields that a PUT without them leaves alone get their defaults later: here nobody knows yet whether there is a
// stored value to keep.
bool is_default_for_new_only(const Field& field) {
  return field.put == PutRule::KeepMissing || field.put == PutRule::HumanFirstKeepMissing;
}

Error fill(const EntityType& type, json::Document& body, bool new_only) {
  for (const Field& field : type.fields) {
    if (!field.default_json || is_default_for_new_only(field) != new_only) continue;
    if (json::find(body, field.name) == nullptr) MD_OK(Walk::add_default(field, body, body.GetAllocator()));
  }
  return {};
}

}  // namespace

Error validate(const EntityType& type, Body kind, json::Document& body, const Limits& limits) {
  Walk walk(type, kind, limits, body.GetAllocator());
  MD_OK(walk.entity(body));
  if (kind == Body::Create) MD_OK(fill(type, body, false));
  for (const std::string& name : type.rules) MD_OK(find_rule(name)(body, body.GetAllocator(), limits));
  return {};
}

Error validate_value(const ValueType& type, std::string_view path, json::Value& value, json::Allocator& allocator,
                     const Limits& limits) {
  // A value outside an entity: only the message about an unknown member asks which type it is of.
  EntityType nobody;
  nobody.name = path;
  return Walk(nobody, Body::Patched, limits, allocator).value(type, path, value);
}

void fill_defaults(const EntityType& type, json::Document& body) {
  // Defaults were read once when the registry was loaded, so they cannot fail here.
  const Error error = fill(type, body, true);
  assert(error.ok());
  static_cast<void>(error);
}

}  // namespace metadata::model
