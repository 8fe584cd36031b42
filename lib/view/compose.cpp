#include "view/compose.h"

#include "json/parse.h"
#include "json/splice.h"
#include "json/write.h"
#include "model/fqn.h"
#include "model/secrets.h"
#include "view/items.h"

namespace metadata::view {
namespace {

using json::ObjectText;
using store::RefRow;
using store::TagRow;

void append_label(std::string& out, const TagRow& row) {
  ObjectText label(256);
  label.add_string("tagFQN", model::fqn_of_key(row.tag.fqn_key));
  label.add_string("name", row.tag.name);
  if (!row.tag.display_name.empty()) label.add_string("displayName", row.tag.display_name);
  json::Document tag;
  // The tag's own text; were it damaged, the label would go without its decoration.
  if (!row.tag_document.empty() && json::parse_trusted(row.tag_document, tag).ok() && tag.IsObject()) {
    if (const json::Value* description = json::find(tag, "description"))
      label.add_raw("description", json::write(*description));
    if (const json::Value* style = json::find(tag, "style")) label.add_raw("style", json::write(*style));
  }
  label.add_string("source", row.usage.source);
  label.add_string("labelType", row.usage.label_type);
  label.add_string("state", row.usage.state);
  if (!row.usage.reason.empty()) label.add_string("reason", row.usage.reason);
  out += label.take();
}

std::string labels_text(const std::vector<TagRow>& rows, std::string_view path) {
  std::string text = "[";
  for (const TagRow& row : rows) {
    if (row.usage.path != path) continue;
    if (text.size() > 1) text += ',';
    append_label(text, row);
  }
  return text += ']';
}

/// An item without labels gets an empty list: the client adds to the list that it was shown.
void hang_labels_on_items(const TypeLayout& layout, const std::vector<TagRow>& rows, json::Document& document) {
  for_each_tagged_item(layout, document, [&](const std::string& path, json::Value& item, const std::string& member) {
    json::Document labels;
    if (!json::parse_trusted(labels_text(rows, path), labels).ok()) return;
    json::set(item, member, json::copy(labels, document.GetAllocator()), document.GetAllocator());
  });
}

bool mentions(std::string_view document, std::string_view member) {
  std::string quoted;
  json::append_quoted(quoted, member);
  return document.find(quoted += ':') != std::string_view::npos;
}

/// The entity's own document as this reader sees it. Most entities need no tree for that: the stored text is taken as
/// it is.
Result<std::string> document_text(const TypeLayout& layout, const store::StoredEntity& stored,
                                  const std::vector<TagRow>* labels, const Asked& asked, const Sight& sight) {
  const std::string& text = stored.body.document;
  std::vector<std::string_view> dropped;
  for (const model::Field* field : layout.requested_document) {
    if (!asked.has(*field) && mentions(text, field->name)) dropped.push_back(field->name);
  }
  const bool labelled = labels != nullptr && !layout.nested_tagged.empty();
  if (dropped.empty() && !labelled && layout.secrets.empty()) return text;

  json::Document document;
  MD_OK(json::parse_trusted(text, document));
  if (!document.IsObject())
    return corrupt("the document of " + stored.row.type + " " + stored.row.id.text() + " is not an object");
  for (const std::string_view name : dropped) json::erase(document, name);
  if (labelled) hang_labels_on_items(layout, *labels, document);
  if (!layout.secrets.empty()) MD_OK(show_secrets(*layout.type, document, sight));
  return json::write(document);
}

std::string references_text(const std::vector<RefRow>& refs, bool inherited = false) {
  std::string text = "[";
  for (const RefRow& ref : refs) {
    if (text.size() > 1) text += ',';
    text += reference_text(ref, inherited);
  }
  return text += ']';
}

void add_relation(ObjectText& members, const model::Field& field, const std::vector<RefRow>& own,
                  const std::vector<RefRow>& inherited) {
  const auto& refs = own.empty() ? inherited : own;
  if (field.relation.many) {
    members.add_raw(field.name, references_text(refs, own.empty()));
  } else if (!refs.empty()) {
    members.add_raw(field.name, reference_text(refs.front(), own.empty()));
  }
}

}  // namespace

std::string reference_text(const RefRow& ref, bool inherited) {
  ObjectText members(192);
  members.add_string("id", ref.id.text())
      .add_string("type", ref.type)
      .add_string("name", ref.name)
      .add_string("fullyQualifiedName", model::fqn_of_key(ref.fqn_key));
  if (!ref.display_name.empty()) members.add_string("displayName", ref.display_name);
  members.add_bool("deleted", ref.deleted);
  if (inherited) members.add_bool("inherited", true);
  return members.take();
}

std::string describe_mark(store::Mark mark, Version version) {
  const bool deleted = mark == store::Mark::SoftDeleted;
  return std::string(R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"deleted","oldValue":)") +
         (deleted ? "false" : "true") + R"(,"newValue":)" + (deleted ? "true" : "false") +
         R"(}],"fieldsDeleted":[],"previousVersion":)" + Version{version.tenths - 1}.text() + "}";
}

Error show_secrets(const model::EntityType& type, json::Document& document, const Sight& sight) {
  return model::for_each_secret(type, document, document.GetAllocator(),
                                [&](std::string_view, std::string_view text) -> Result<std::string> {
                                  if (!sight.clear || sight.box == nullptr) return std::string(model::kMask);
                                  return sight.box->open(text);
                                });
}

Result<Entity> compose(const TypeLayout& layout, const store::StoredEntity& stored, const Surroundings& around,
                       const Asked& asked, const Sight& sight) {
  const store::EntityRow& row = stored.row;
  const bool wants_tags = !layout.tag_fields.empty() && asked.has(*layout.tag_fields.front());
  static const std::vector<TagRow> kNoLabels;
  const auto labels_at = around.tags.find(row.rid);
  const auto& labels = labels_at == around.tags.end() ? kNoLabels : labels_at->second;
  MD_LET(document, document_text(layout, stored, wants_tags ? &labels : nullptr, asked, sight));

  Entity::Data data{row.type,    row.id, model::fqn_of_key(row.fqn_key), row.name, row.version, row.revision,
                    row.deleted, {}};
  ObjectText members(document.size() + 1024);
  members.add_string("id", row.id.text()).add_string("name", row.name).add_string("fullyQualifiedName", data.fqn);
  members.add_members(document);
  members.add_raw("version", row.version.text())
      .add_int("updatedAt", row.updated_at)
      .add_string("updatedBy", row.updated_by);
  if (layout.type->soft_delete) members.add_bool("deleted", row.deleted);
  if (row.mark != store::Mark::None) {
    members.add_raw("changeDescription", describe_mark(row.mark, row.version));
  } else if (!stored.body.change.empty()) {
    members.add_raw("changeDescription", stored.body.change);
  }
  for (const auto& field : layout.containers) {
    if (!asked.has(*field.field)) continue;
    if (const RefRow* ref = around.container(row, field)) members.add_raw(field.field->name, reference_text(*ref));
  }
  for (const model::Field* field : layout.relations) {
    if (asked.has(*field))
      add_relation(members, *field, around.edges(row.rid, *field), around.inherited_edges(row, layout, *field));
  }
  if (wants_tags) members.add_raw(layout.tag_fields.front()->name, labels_text(labels, ""));
  for (const model::Field* field : layout.children) {
    if (!asked.has(*field)) continue;
    const auto place = around.children.find({row.fqn_key, field->name});
    members.add_raw(field->name, place == around.children.end() ? "[]" : references_text(place->second));
  }
  for (const model::Field* field : layout.computed) {
    const auto place = around.computed.find({row.rid, field->name});
    if (place != around.computed.end()) members.add_raw(field->name, place->second);
  }
  data.text = members.take();
  return Entity(std::move(data));
}

}  // namespace metadata::view
