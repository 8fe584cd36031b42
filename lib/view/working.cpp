#include "view/working.h"

#include <cassert>
#include <unordered_map>
#include <utility>

#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"
#include "view/items.h"

namespace metadata::view {
namespace {

using json::Allocator;
using json::Document;
using json::Value;

Value make_object() {
  Value value;
  value.SetObject();
  return value;
}

Value make_array() {
  Value value;
  value.SetArray();
  return value;
}

Value reference(const store::RefRow& ref, Allocator& allocator) {
  Value object = make_object();
  json::set_string(object, "id", ref.id.text(), allocator);
  json::set_string(object, "type", ref.type, allocator);
  json::set_string(object, "name", ref.name, allocator);
  json::set_string(object, "fullyQualifiedName", model::fqn_of_key(ref.fqn_key), allocator);
  return object;
}

Value label(const store::TagRow& row, Allocator& allocator) {
  Value object = make_object();
  json::set_string(object, "tagFQN", model::fqn_of_key(row.tag.fqn_key), allocator);
  json::set_string(object, "source", row.usage.source, allocator);
  json::set_string(object, "labelType", row.usage.label_type, allocator);
  json::set_string(object, "state", row.usage.state, allocator);
  if (!row.usage.reason.empty()) json::set_string(object, "reason", row.usage.reason, allocator);
  return object;
}

/// The labels of each place by its path, in their order there.
using LabelsByPath = std::unordered_map<std::string_view, std::vector<const store::TagRow*>>;

LabelsByPath by_path(const std::vector<store::TagRow>& rows) {
  LabelsByPath sorted;
  for (const auto& row : rows) sorted[row.usage.path].push_back(&row);
  return sorted;
}

void hang_labels(Value& holder, const std::string& member, const LabelsByPath& labels, std::string_view path,
                 Allocator& allocator) {
  const auto found = labels.find(path);
  if (found == labels.end()) return;
  Value list = make_array();
  for (const store::TagRow* row : found->second) list.PushBack(label(*row, allocator), allocator);
  json::set(holder, member, std::move(list), allocator);
}

void add_usages(const Value& labels, const std::string& path, const LabelIndex& tags,
                std::vector<store::TagUsage>& usages) {
  if (!labels.IsArray()) return;
  std::int32_t position = 0;
  for (const auto& item : labels.GetArray()) {
    const auto place = tags.find(label_name(json::string_or(item, "source"), json::string_or(item, "tagFQN")));
    assert(place != tags.end() && "labels are resolved before they are stored");
    if (place == tags.end()) continue;
    store::TagUsage usage;
    usage.path = path;
    usage.tag_id = place->second.id;
    usage.source = json::string_or(item, "source");
    usage.label_type = json::string_or(item, "labelType", "Manual");
    usage.state = json::string_or(item, "state", "Confirmed");
    usage.reason = json::string_or(item, "reason");
    usage.position = position++;
    usages.push_back(std::move(usage));
  }
}

void name_tags_by_id(Value& labels, const LabelIndex& tags, Allocator& allocator) {
  if (!labels.IsArray()) return;
  for (auto& item : labels.GetArray()) {
    const auto place = tags.find(label_name(json::string_or(item, "source"), json::string_or(item, "tagFQN")));
    // "id" is what the differ matches list items by.
    if (place != tags.end()) json::set_string(item, "id", place->second.id.text(), allocator);
    json::erase(item, "tagFQN");
  }
}

Value short_reference(const Value& full, Allocator& allocator) {
  Value object = make_object();
  json::set_string(object, "id", json::string_or(full, "id"), allocator);
  json::set_string(object, "type", json::string_or(full, "type"), allocator);
  return object;
}

/// The entity's own references and labels as the versioned form has them.
void name_by_id(const TypeLayout& layout, const LabelIndex& tags, Document& form) {
  Allocator& allocator = form.GetAllocator();
  for (const model::Field* field : layout.relations) {
    Value* value = json::find(form, field->name);
    if (value == nullptr) continue;
    if (value->IsArray()) {
      for (auto& item : value->GetArray()) item = short_reference(item, allocator);
    } else {
      Value one = short_reference(*value, allocator);
      json::set(form, field->name, std::move(one), allocator);
    }
  }
  for (const model::Field* field : layout.tag_fields) {
    if (Value* labels = json::find(form, field->name)) name_tags_by_id(*labels, tags, allocator);
  }
}

void take_usages(Value& labels, const std::string& path, std::vector<store::TagUsage>& usages) {
  if (!labels.IsArray()) return;
  std::int32_t position = 0;
  for (const auto& item : labels.GetArray()) {
    const auto id = EntityId::parse(json::string_or(item, "id"));
    if (!id) continue;
    usages.push_back({path, *id, std::string(json::string_or(item, "source")),
                      std::string(json::string_or(item, "labelType")), std::string(json::string_or(item, "state")),
                      std::string(json::string_or(item, "reason")), position++});
  }
}

void take_reference(const Value& value, std::vector<EntityId>& ids) {
  if (const auto id = EntityId::parse(json::string_or(value, "id"))) ids.push_back(*id);
}

}  // namespace

std::string label_name(std::string_view source, std::string_view tag_fqn) {
  return std::string(source).append(1, '\n').append(tag_fqn);
}

LabelIndex label_index(const std::vector<store::TagRow>& labels) {
  LabelIndex index;
  for (const auto& row : labels)
    index.emplace(label_name(row.usage.source, model::fqn_of_key(row.tag.fqn_key)), row.tag);
  return index;
}

bool is_own_relation(const model::Field& field) { return !field.managed && field.in_create && field.versioned; }

void add_references(const TypeLayout& layout, const Surroundings& around, store::Rid rid, Document& form) {
  Allocator& allocator = form.GetAllocator();
  for (const model::Field* field : layout.relations) {
    const auto& refs = around.edges(rid, *field);
    if (!is_own_relation(*field) || refs.empty()) continue;
    if (!field->relation.many) {
      json::set(form, field->name, reference(refs.front(), allocator), allocator);
      continue;
    }
    Value list = make_array();
    for (const auto& ref : refs) list.PushBack(reference(ref, allocator), allocator);
    json::set(form, field->name, std::move(list), allocator);
  }
}

Result<Document> working_form(const TypeLayout& layout, const store::StoredEntity& stored, const Surroundings& around) {
  Document form;
  MD_OK(json::parse_trusted(stored.body.document, form));
  if (!form.IsObject())
    return corrupt("the document of " + stored.row.type + " " + stored.row.id.text() + " is not an object");
  Allocator& allocator = form.GetAllocator();
  json::set_string(form, "name", stored.row.name, allocator);
  add_references(layout, around, stored.row.rid, form);
  const auto rows = around.tags.find(stored.row.rid);
  if (rows == around.tags.end()) return form;
  const LabelsByPath labels = by_path(rows->second);
  std::size_t hung = 0;  // of the paths
  if (!layout.tag_fields.empty()) {
    hang_labels(form, layout.tag_fields.front()->name, labels, "", allocator);
    hung += labels.count("");
  }
  if (hung == labels.size()) return form;
  for_each_tagged_item(layout, form, [&](const ItemPath& path, Value& item, const std::string& member) {
    hang_labels(item, member, labels, path.text(), allocator);
  });
  return form;
}

std::string document_of(const TypeLayout& layout, Document working) {
  json::erase(working, "name");
  for (const model::Field* field : layout.relations) json::erase(working, field->name);
  for (const model::Field* field : layout.tag_fields) json::erase(working, field->name);
  for_each_tagged_item(layout, working,
                       [](const ItemPath&, Value& item, const std::string& member) { json::erase(item, member); });
  return json::write(working);
}

std::vector<store::TagUsage> labels_of(const TypeLayout& layout, const Value& working, const LabelIndex& tags) {
  std::vector<store::TagUsage> usages;
  for (const model::Field* field : layout.tag_fields) {
    if (const Value* own = json::find(working, field->name)) add_usages(*own, "", tags, usages);
  }
  for_each_tagged_item(layout, working, [&](const ItemPath& path, const Value& item, const std::string& member) {
    if (const Value* labels = json::find(item, member)) add_usages(*labels, path.text(), tags, usages);
  });
  return usages;
}

bool is_in_versions(const model::EntityType& type, std::string_view member) {
  if (member == "name" && !type.renameable) return false;
  const model::Field* field = type.find(member);
  // What came from the container for good is part of every version, though no change of it ever is.
  return field == nullptr || field->versioned || !field->from.empty();
}

Document versioned_form(const TypeLayout& layout, const Value& working, const LabelIndex& tags) {
  Document form = json::copy(working);
  for (json::SizeType i = form.MemberCount(); i-- > 0;) {
    const auto member = form.MemberBegin() + i;
    if (!is_in_versions(*layout.type, json::view(member->name))) form.EraseMember(member);
  }
  name_by_id(layout, tags, form);
  if (tags.empty()) return form;
  for_each_tagged_item(layout, form, [&](const ItemPath&, Value& item, const std::string& member) {
    if (Value* labels = json::find(item, member)) name_tags_by_id(*labels, tags, form.GetAllocator());
  });
  return form;
}

Document versioned_lists(const TypeLayout& layout, const Value& working, const LabelIndex& tags) {
  Document form(json::rapid::kObjectType);
  const auto take = [&](const std::string& name) {
    const Value* list = is_in_versions(*layout.type, name) ? json::find(working, name) : nullptr;
    if (list != nullptr) json::append(form, name, json::copy(*list, form.GetAllocator()), form.GetAllocator());
  };
  for (const model::Field* field : layout.relations) take(field->name);
  for (const model::Field* field : layout.tag_fields) take(field->name);
  name_by_id(layout, tags, form);
  return form;
}

PastState take_apart(const TypeLayout& layout, Document versioned) {
  PastState past;
  past.name = json::string_or(versioned, "name");
  json::erase(versioned, "name");
  for (const model::Field* field : layout.relations) {
    Value* value = json::find(versioned, field->name);
    if (value == nullptr) continue;
    auto& ids = past.references[field->name];
    if (value->IsArray()) {
      for (const auto& item : value->GetArray()) take_reference(item, ids);
    } else {
      take_reference(*value, ids);
    }
    json::erase(versioned, field->name);
  }
  for (const model::Field* field : layout.tag_fields) {
    if (Value* labels = json::find(versioned, field->name)) take_usages(*labels, "", past.labels);
    json::erase(versioned, field->name);
  }
  for_each_tagged_item(layout, versioned, [&](const ItemPath& path, Value& item, const std::string& member) {
    if (Value* labels = json::find(item, member)) take_usages(*labels, path.text(), past.labels);
    json::erase(item, member);
  });
  past.document = json::write(versioned);
  return past;
}

}  // namespace metadata::view
