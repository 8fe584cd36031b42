#include "view/compose.h"

#include <algorithm>
#include <tuple>

#include "json/parse.h"
#include "json/skip.h"
#include "json/splice.h"
#include "json/write.h"
#include "model/fqn.h"
#include "model/secrets.h"
#include "view/item_labels.h"
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
  if (const auto description = json::member_text(row.tag_document, "description"))
    label.add_raw("description", *description);
  if (const auto style = json::member_text(row.tag_document, "style")) label.add_raw("style", *style);
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

/// Two lists of labels as one, each item's by the tags' FQNs.
std::vector<TagRow> merged(const std::vector<TagRow>& own, const std::vector<TagRow>& derived) {
  std::vector<TagRow> labels = own;
  labels.insert(labels.end(), derived.begin(), derived.end());
  const auto place = [](const TagRow& row) {
    return std::make_tuple(std::string_view(row.usage.path), model::fqn_of_key(row.tag.fqn_key));
  };
  std::stable_sort(labels.begin(), labels.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return labels;
}

LabelTexts item_labels(const std::vector<TagRow>& rows) {
  LabelTexts texts;
  for (const TagRow& row : rows) {
    if (row.usage.path.empty()) continue;
    std::string& text = texts[row.usage.path];
    append_label(text += text.empty() ? '[' : ',', row);
  }
  for (auto& [path, text] : texts) text += ']';
  return texts;
}

/// As hang_labels_on_text(), for documents whose text alone does not show where the labels belong.
void hang_labels_on_items(const TypeLayout& layout, const LabelTexts& texts, json::Document& document) {
  for_each_tagged_item(layout, document, [&](const ItemPath& path, json::Value& item, const std::string& member) {
    const auto found = texts.find(path.text());
    json::Document labels;
    if (!json::parse_trusted(found == texts.end() ? std::string_view("[]") : found->second, labels).ok()) return;
    json::set(item, member, json::copy(labels, document.GetAllocator()), document.GetAllocator());
  });
}

/// Shows the newest value of each item in it.
void hang_values_on_items(const TypeLayout& layout, const std::map<std::string, std::string>& values,
                          const std::string& shown_in, json::Document& document) {
  for_each_tagged_item(layout, document, [&](const ItemPath& path, json::Value& item, const std::string&) {
    const auto found = values.find(path.text());
    json::Document value;
    if (found == values.end() || !json::parse_trusted(found->second, value).ok()) return;
    json::set(item, shown_in, json::copy(value, document.GetAllocator()), document.GetAllocator());
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
                                  const std::vector<TagRow>* labels, const Surroundings& around, const Asked& asked,
                                  const Sight& sight) {
  const std::string& text = stored.body.document;
  std::vector<std::string_view> dropped;
  for (const model::Field* field : layout.requested_document) {
    if (!asked.has(*field) && mentions(text, field->name)) dropped.push_back(field->name);
  }
  const bool labelled = labels != nullptr && !layout.nested_tagged.empty();
  const auto values = around.item_values.find(stored.row.rid);
  const bool whole = dropped.empty() && layout.secrets.empty() && values == around.item_values.end();
  if (whole && !labelled) return text;
  LabelTexts texts;
  if (labelled) texts = item_labels(*labels);
  if (whole) {
    if (auto hung = hang_labels_on_text(layout, text, texts)) return *std::move(hung);
  }

  json::Document document;
  MD_OK(json::parse_trusted(text, document));
  if (!document.IsObject())
    return corrupt("the document of " + stored.row.type + " " + stored.row.id.text() + " is not an object");
  for (const std::string_view name : dropped) json::erase(document, name);
  if (labelled) hang_labels_on_items(layout, texts, document);
  if (values != around.item_values.end()) hang_values_on_items(layout, values->second, around.item_member, document);
  if (!layout.secrets.empty()) MD_OK(show_secrets(*layout.type, document, sight));
  return json::write(document);
}

/// Entity::references() promises that the id and then the type stand first.
/// `description` is JSON text; empty: the reference shows none.
void append_reference(std::string& out, const RefRow& ref, bool inherited, std::string_view description = {}) {
  out.append("{\"id\":\"").append(ref.id.text()).append("\",\"type\":");
  json::append_quoted(out, ref.type);
  json::append_quoted(out += ",\"name\":", ref.name);
  json::append_quoted(out += ",\"fullyQualifiedName\":", model::fqn_of_key(ref.fqn_key));
  if (!description.empty()) out.append(",\"description\":").append(description);
  if (!ref.display_name.empty()) json::append_quoted(out += ",\"displayName\":", ref.display_name);
  out += ref.deleted ? ",\"deleted\":true" : ",\"deleted\":false";
  if (inherited) out += ",\"inherited\":true";
  out += '}';
}

/// Adds references to the text of an entity and notes where they begin.
class ReferenceMembers {
 public:
  ReferenceMembers(const Surroundings& around, ObjectText& members, std::vector<std::uint32_t>& positions)
      : around_(around), members_(members), positions_(positions) {}

  void add(std::string_view name, const RefRow& ref, bool inherited = false) {
    append(members_.open(name), ref, inherited);
  }
  void add(std::string_view name, const std::vector<RefRow>& refs, bool inherited = false) {
    std::string& out = members_.open(name);
    out += '[';
    for (const RefRow& ref : refs) {
      if (&ref != &refs.front()) out += ',';
      append(out, ref, inherited);
    }
    out += ']';
  }
  void add(const model::Field& field, const std::vector<RefRow>& own, const std::vector<RefRow>& inherited) {
    const auto& refs = own.empty() ? inherited : own;
    if (field.relation.many) {
      add(field.name, refs, own.empty());
    } else if (!refs.empty()) {
      add(field.name, refs.front(), own.empty());
    }
  }

 private:
  void append(std::string& out, const RefRow& ref, bool inherited) {
    positions_.push_back(static_cast<std::uint32_t>(out.size()));
    const auto description = around_.descriptions.find(ref.rid);
    append_reference(out, ref, inherited,
                     description == around_.descriptions.end() ? std::string_view() : description->second);
  }

  const Surroundings& around_;
  ObjectText& members_;
  std::vector<std::uint32_t>& positions_;
};

}  // namespace

std::string reference_text(const RefRow& ref, bool inherited) {
  std::string text;
  text.reserve(192);
  append_reference(text, ref, inherited);
  return text;
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
  const bool wants_tags = shows_labels(layout, asked);
  static const std::vector<TagRow> kNoLabels;
  const auto labels_at = around.tags.find(row.rid);
  const auto& own_labels = labels_at == around.tags.end() ? kNoLabels : labels_at->second;
  const auto derived = around.derived.find(row.rid);
  const bool brings = wants_tags && derived != around.derived.end();
  const std::vector<TagRow> all_labels = brings ? merged(own_labels, derived->second) : kNoLabels;
  const auto& labels = brings ? all_labels : own_labels;
  MD_LET(document, document_text(layout, stored, wants_tags ? &labels : nullptr, around, asked, sight));

  Entity::Data data{row.type, row.id, model::fqn_of_key(row.fqn_key), row.name, row.version, row.revision, row.deleted,
                    {},       {}};
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
    if (sight.writing) members.add_raw("incrementalChangeDescription", stored.body.change);
  }
  ReferenceMembers references(around, members, data.references);
  for (const auto& field : layout.containers) {
    if (!asked.has(*field.field)) continue;
    if (const RefRow* ref = around.container(row, field)) references.add(field.field->name, *ref);
  }
  for (const model::Field* field : layout.relations) {
    if (asked.has(*field))
      references.add(*field, around.edges(row.rid, *field), around.inherited_edges(row, layout, *field));
  }
  if (wants_tags && !layout.tag_fields.empty())
    members.add_raw(layout.tag_fields.front()->name, labels_text(labels, ""));
  for (const model::Field* field : layout.children) {
    if (!asked.has(*field)) continue;
    const auto place = around.children.find({row.fqn_key, field->name});
    static const std::vector<RefRow> kNoChildren;
    references.add(field->name, place == around.children.end() ? kNoChildren : place->second);
  }
  for (const model::Field* field : layout.computed) {
    const auto place = around.computed.find({row.rid, field->name});
    if (place != around.computed.end()) members.add_raw(field->name, place->second);
  }
  data.text = members.take();
  return Entity(std::move(data));
}

}  // namespace metadata::view
