#include "bulk/cells.h"

#include <algorithm>
#include <charconv>

#include "base/day.h"
#include "bulk/csv_text.h"
#include "bulk/extension_cell.h"
#include "bulk/references.h"
#include "model/formats.h"

namespace metadata::bulk {
namespace {

using json::Value;
using Kind = BoundColumn::Kind;
using As = model::CsvColumn::As;

constexpr std::int64_t kCertifiedDays = 30;

const model::Field* find(const std::vector<model::Field>& fields, std::string_view name) {
  const auto at = std::ranges::find(fields, name, &model::Field::name);
  return at == fields.end() ? nullptr : &*at;
}

/// Follows "style.color" through nested objects.
void follow(std::string_view path, const std::vector<model::Field>* fields, BoundColumn& bound) {
  while (fields != nullptr) {
    const std::string_view part = path.substr(0, path.find('.'));
    const model::Field* field = find(*fields, part);
    if (field == nullptr || field->secret || field->place == model::Place::Write) break;
    if (bound.field == nullptr) bound.field = field;
    bound.path.emplace_back(part);
    if (part.size() == path.size()) {
      bound.leaf = field;
      return;
    }
    path.remove_prefix(part.size() + 1);
    fields = field->type.shape == model::Shape::Struct ? &field->type.fields->fields : nullptr;
  }
  bound.field = nullptr;
}

Kind kind_of(const model::Field& leaf) {
  using model::Shape;
  const model::ValueType& type = leaf.type;
  const bool list = type.shape == Shape::Array;
  const model::ValueType& one = list ? *type.element : type;
  if (one.format == model::Format::Reference) return Kind::References;
  if (one.format == model::Format::TagLabel) return list ? Kind::Labels : Kind::None;
  if (type.shape == Shape::Boolean) return Kind::Boolean;
  if (type.shape == Shape::Integer) return Kind::Integer;
  if (type.shape == Shape::String) return Kind::Text;
  if (type.shape == Shape::Object && leaf.name == "extension") return Kind::Extension;
  if (type.shape == Shape::Struct && type.fields->find("tagLabel") != nullptr) return Kind::Certification;
  if (list && one.shape == Shape::String) return Kind::Texts;
  return list && one.shape == Shape::Struct ? Kind::Flat : Kind::None;
}

const Value* value_at(const std::vector<std::string>& path, const Value& tree) {
  const Value* at = &tree;
  for (const std::string& part : path) {
    if (at == nullptr) return nullptr;
    at = json::find(*at, part);
  }
  return at;
}

/// Is the label one of those that the column is for?
bool is_of_column(const model::CsvColumn& column, const Value& label) {
  const std::string_view fqn = json::string_or(label, "tagFQN");
  return json::string_or(label, "source") == column.source && fqn.starts_with(column.prefix) &&
         (column.except.empty() || !fqn.starts_with(column.except)) && json::string_or(label, "labelType") != "Derived";
}

Entries texts_of(const Value& value) {
  Entries entries;
  if (!value.IsArray()) return entries;
  for (const Value& item : value.GetArray()) {
    if (item.IsString()) entries.emplace_back(json::view(item));
  }
  return entries;
}

Entries flat_of(const model::CsvColumn& column, const Value& value) {
  Entries entries;
  if (!value.IsArray()) return entries;
  for (const Value& item : value.GetArray()) {
    for (const std::string& member : column.members) entries.emplace_back(json::string_or(item, member));
  }
  return entries;
}

Entries labels_of(const model::CsvColumn& column, const Value& value) {
  Entries entries;
  if (!value.IsArray()) return entries;
  for (const Value& label : value.GetArray()) {
    if (is_of_column(column, label)) entries.emplace_back(json::string_or(label, "tagFQN"));
  }
  return entries;
}

Entries one(std::string text) { return text.empty() ? Entries{} : Entries{std::move(text)}; }

bool has(const Entries& entries, std::string_view entry) { return std::ranges::find(entries, entry) != entries.end(); }

/// Entries of the one that the other does not have.
Entries without(const Entries& all, const Entries& some) {
  Entries left;
  for (const std::string& entry : all) {
    if (!has(some, entry)) left.push_back(entry);
  }
  return left;
}

Result<Entries> read_boolean(std::string_view cell) {
  if (cell == "true" || cell == "false") return one(std::string(cell));
  return invalid_argument("Field " + model::shown(cell) + " should be either 'true' or 'false'");
}

Result<Entries> read_integer(std::string_view cell) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (error == std::errc{} && end == cell.data() + cell.size()) return one(std::to_string(number));
  return invalid_argument("Field " + model::shown(cell) + " should be a whole number");
}

Result<Entries> read_text(const model::ValueType& type, std::string_view cell) {
  if (type.values.empty() || type.any_case || std::ranges::find(type.values, cell) != type.values.end())
    return one(std::string(cell));
  std::string known;
  for (std::size_t i = 0; i < std::min<std::size_t>(type.values.size(), 12); ++i)
    known.append(known.empty() ? "" : ", ").append(type.values[i]);
  if (type.values.size() > 12) known += " …";
  return invalid_argument("Field " + model::shown(cell) + " should be one of " + known);
}

Value label_value(const std::string& fqn, std::string_view source, json::Allocator& allocator) {
  Value label(empty_object());
  json::set_string(label, "tagFQN", fqn, allocator);
  json::set_string(label, "source", source, allocator);
  json::set_string(label, "labelType", "Manual", allocator);
  json::set_string(label, "state", "Confirmed", allocator);
  return label;
}

Value text_list(const Entries& entries, json::Allocator& allocator) {
  Value list(empty_list());
  for (const std::string& entry : entries) list.PushBack(json::make_string(entry, allocator), allocator);
  return list;
}

Value flat_list(const model::CsvColumn& column, const Entries& entries, json::Allocator& allocator) {
  Value list(empty_list());
  const std::size_t width = column.members.size();
  for (std::size_t i = 0; i + width <= entries.size(); i += width) {
    Value item(empty_object());
    for (std::size_t m = 0; m < width; ++m) json::set_string(item, column.members[m], entries[i + m], allocator);
    list.PushBack(item, allocator);
  }
  return list;
}

Value certification_value(const std::string& fqn, std::int64_t now_ms, json::Allocator& allocator) {
  Value value(empty_object());
  json::append(value, "tagLabel", label_value(fqn, "Classification", allocator), allocator);
  json::append(value, "appliedDate", Value(now_ms), allocator);
  json::append(value, "expiryDate", Value(now_ms + kCertifiedDays * base::kDayMs), allocator);
  return value;
}

/// A value that is one text in its cell, or whole lists that no stranger's part is in.
Value whole_value(const Change& change, std::int64_t now_ms, json::Allocator& allocator) {
  const std::string& text = change.to.front();
  switch (change.column->kind) {
    case Kind::Boolean:
      return Value(text == "true");
    case Kind::Integer: {
      std::int64_t number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return Value(number);
    }
    case Kind::Texts:
      return text_list(change.to, allocator);
    case Kind::Flat:
      return flat_list(*change.column->column, change.to, allocator);
    case Kind::Certification:
      return certification_value(text, now_ms, allocator);
    default:
      return json::make_string(text, allocator);
  }
}

/// The list of that name in the tree, made when it is not there.
Value& list_in(Value& tree, const std::string& name, json::Allocator& allocator) {
  if (Value* list = json::find(tree, name); list != nullptr && list->IsArray()) return *list;
  json::set(tree, name, Value(empty_list()), allocator);
  return *json::find(tree, name);
}

void erase_if_empty(Value& tree, const std::string& name) {
  const Value* list = json::find(tree, name);
  if (list != nullptr && list->IsArray() && list->Empty()) json::erase(tree, name);
}

void apply_labels(const Change& change, Value& tree, json::Allocator& allocator) {
  const model::CsvColumn& column = *change.column->column;
  Value& list = list_in(tree, column.field, allocator);
  const Entries gone = without(change.from, change.to);
  auto* const kept = std::remove_if(list.Begin(), list.End(), [&](const Value& label) {
    return is_of_column(column, label) && has(gone, json::string_or(label, "tagFQN"));
  });
  if (kept != list.End()) list.Erase(kept, list.End());
  for (const std::string& fqn : without(change.to, change.from))
    list.PushBack(label_value(fqn, column.source, allocator), allocator);
  erase_if_empty(tree, column.field);
}

void apply_references(const Change& change, const model::Registry& registry, Value& tree, json::Allocator& allocator) {
  const model::Field& field = *change.column->leaf;
  if (field.type.shape != model::Shape::Array) {
    json::erase(tree, field.name);
    if (!change.to.empty())
      json::set(tree, field.name, reference_value(field, change.to.front(), allocator), allocator);
    return;
  }
  Value& list = list_in(tree, field.name, allocator);
  const Entries gone = without(change.from, change.to);
  auto* const kept = std::remove_if(list.Begin(), list.End(), [&](const Value& reference) {
    return has(gone, reference_entry(field, registry, reference));
  });
  if (kept != list.End()) list.Erase(kept, list.End());
  for (const std::string& entry : without(change.to, change.from))
    list.PushBack(reference_value(field, entry, allocator), allocator);
  erase_if_empty(tree, field.name);
}

void apply_whole(const Change& change, std::int64_t now_ms, Value& tree, json::Allocator& allocator) {
  Value* at = &tree;
  const std::vector<std::string>& path = change.column->path;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    Value* next = json::find(*at, path[i]);
    if (next == nullptr || !next->IsObject()) {
      if (change.to.empty()) return;
      json::set(*at, path[i], Value(empty_object()), allocator);
      next = json::find(*at, path[i]);
    }
    at = next;
  }
  if (change.to.empty()) {
    json::erase(*at, path.back());
  } else {
    json::set(*at, path.back(), whole_value(change, now_ms, allocator), allocator);
  }
}

}  // namespace

bool BoundColumn::is_list() const {
  return kind == Kind::Texts || kind == Kind::Flat || kind == Kind::References || kind == Kind::Labels ||
         kind == Kind::Extension;
}

BoundColumn bind(const model::CsvColumn& column, const std::vector<model::Field>& fields) {
  BoundColumn bound;
  bound.column = &column;
  switch (column.as) {
    case As::Name:
      bound.kind = Kind::Name;
      return bound;
    case As::Parent:
      bound.kind = Kind::Parent;
      return bound;
    case As::Type:
      bound.kind = Kind::Type;
      return bound;
    case As::Fqn:
      bound.kind = Kind::Fqn;
      return bound;
    case As::Field:
      break;
  }
  follow(column.field, &fields, bound);
  if (bound.leaf != nullptr && bound.field != nullptr) bound.kind = kind_of(*bound.leaf);
  return bound;
}

std::string cell_of(const BoundColumn& column, const Entries& entries) {
  if (column.is_list()) return join_entries(entries);
  return entries.empty() ? std::string() : entries.front();
}

Entries entries_of(const BoundColumn& column, const model::Registry& registry, const Value& tree) {
  const Value* value = column.leaf == nullptr ? nullptr : value_at(column.path, tree);
  if (value == nullptr || value->IsNull()) return {};
  switch (column.kind) {
    case Kind::Text:
      return one(std::string(json::view(*value)));
    case Kind::Boolean:
      return value->IsBool() ? one(value->GetBool() ? "true" : "false") : Entries{};
    case Kind::Integer:
      return value->IsInt64() ? one(std::to_string(value->GetInt64())) : Entries{};
    case Kind::Texts:
      return texts_of(*value);
    case Kind::Flat:
      return flat_of(*column.column, *value);
    case Kind::References:
      return reference_entries(*column.leaf, registry, *value);
    case Kind::Labels:
      return labels_of(*column.column, *value);
    case Kind::Certification: {
      const Value* label = json::find(*value, "tagLabel");
      return label == nullptr ? Entries{} : one(std::string(json::string_or(*label, "tagFQN")));
    }
    case Kind::Extension:
      return property_entries(*value);
    default:
      return {};
  }
}

Result<Entries> read_cell(const BoundColumn& column, std::string_view cell) {
  if (cell.empty()) return Entries{};
  if (column.kind == Kind::None)
    return invalid_argument("rows of this kind have no " + column.column->header + ": leave it empty");
  if (column.kind == Kind::Boolean) return read_boolean(cell);
  if (column.kind == Kind::Integer) return read_integer(cell);
  if (column.kind == Kind::Text) return read_text(column.leaf->type, cell);
  if (!column.is_list()) return one(std::string(cell));
  Entries entries = split_entries(cell);
  const std::size_t width = column.column->members.size();
  if (column.kind != Kind::Flat || entries.size() % width == 0) return entries;
  std::string form;
  for (const std::string& member : column.column->members) form.append(form.empty() ? "" : ";").append(member);
  return invalid_argument("it should be of the form " + form + ", maybe several times");
}

Result<Change> plan(const entity::Context& context, store::Reader& reader, const Principal& as,
                    const model::EntityType& type, const BoundColumn& column, Entries from, Entries to) {
  Change change;
  change.column = &column;
  const Entries added = without(to, from);
  if (column.kind == Kind::References) MD_OK(check_references(context, reader, as, *column.leaf, added));
  if (column.kind == Kind::Labels) MD_OK(check_labels(context, reader, as, column.column->source, added));
  if (column.kind == Kind::Certification) MD_OK(check_labels(context, reader, as, "Classification", added));
  if (column.kind == Kind::Extension) {
    MD_LET(properties, read_properties(context, reader, as, type, added));
    change.properties = std::move(properties);
  }
  change.from = std::move(from);
  change.to = std::move(to);
  return change;
}

void apply(const Change& change, const model::Registry& registry, std::int64_t now_ms, Value& tree,
           json::Allocator& allocator) {
  switch (change.column->kind) {
    case Kind::Labels:
      return apply_labels(change, tree, allocator);
    case Kind::References:
      return apply_references(change, registry, tree, allocator);
    case Kind::Extension:
      return apply_properties(change, tree, allocator);
    default:
      return apply_whole(change, now_ms, tree, allocator);
  }
}

}  // namespace metadata::bulk
