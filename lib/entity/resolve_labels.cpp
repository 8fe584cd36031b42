#include <algorithm>
#include <map>
#include <set>

#include "entity/allowed.h"
#include "entity/resolve.h"
#include "json/parse.h"
#include "model/fqn.h"
#include "model/labels.h"
#include "view/items.h"

namespace metadata::entity {
namespace {

using json::Value;

/// The entity type that a label's source draws from.
std::string_view tag_type(std::string_view source) { return source == "Glossary" ? "glossaryTerm" : "tag"; }

/// Settles the labels of the entity and of every nested item. The working form has no empty lists of them: read back
/// from the store, none would be there. Answers the other lists.
std::vector<const Value*> settle_labels(const view::TypeLayout& layout, json::Document& body) {
  std::vector<const Value*> lists;
  const auto settle = [&](Value& holder, const std::string& member) {
    Value* labels = json::find(holder, member);
    if (labels == nullptr || !labels->IsArray()) return;
    model::settle_labels(*labels, body.GetAllocator());
    if (labels->Empty()) {
      json::erase(holder, member);
    } else {
      lists.push_back(labels);
    }
  };
  for (const model::Field* field : layout.tag_fields) settle(body, field->name);
  view::for_each_tagged_item(
      layout, body, [&](const view::ItemPath&, Value& item, const std::string& member) { settle(item, member); });
  return lists;
}

struct Wanted {
  std::string source;
  std::string fqn;
};

Error check_assignable(store::Reader& reader, const store::RefRow& tag, std::string_view fqn, std::string& document) {
  MD_LET(stored, reader.find(tag.id));
  if (!stored) return no_instance(tag.type, fqn);
  document = stored->body.document;
  json::Document tree;
  MD_OK(json::parse_trusted(document, tree));
  if (!json::bool_or(tree, "disabled", false)) return {};
  return invalid_argument("Tag label " + std::string(fqn) + " is disabled and can't be assigned to a data asset.",
                          "tags");
}

/// Finds those of the labels (by label name) that are not known yet: into `tags`, with their documents.
Error find_tags(const Context& context, store::Reader& reader, const Principal& as,
                const std::map<std::string, Wanted>& unknown, view::LabelIndex& tags,
                std::map<std::string, std::string>& documents) {
  std::vector<store::TypedKey> keys;
  for (const auto& [name, wanted] : unknown) {
    const auto* type = context.registry().type(tag_type(wanted.source));
    auto key = type == nullptr ? Result<std::string>(no_instance(tag_type(wanted.source), wanted.fqn))
                               : model::key_of_fqn(*type, wanted.fqn);
    if (!key.ok()) return no_instance(tag_type(wanted.source), wanted.fqn);
    keys.push_back({std::string(tag_type(wanted.source)), *std::move(key)});
  }
  if (keys.empty()) return {};
  MD_LET(refs, reader.refs_by_key(keys));
  MD_LET(seen, seeing_of(context.layouts, reader, as).of(refs));
  for (const auto& ref : refs) {
    const std::string_view source = ref.type == "glossaryTerm" ? "Glossary" : "Classification";
    if (ref.deleted || !seen.contains(ref.rid)) continue;
    tags.emplace(view::label_name(source, model::fqn_of_key(ref.fqn_key)), ref);
  }
  for (const auto& [name, wanted] : unknown) {
    const auto tag = tags.find(name);
    if (tag == tags.end()) return no_instance(tag_type(wanted.source), wanted.fqn);
    MD_OK(check_assignable(reader, tag->second, wanted.fqn, documents[name]));
  }
  return {};
}

/// Does the container of labels of this type lend one of them only?
Result<bool> is_exclusive(const Context& context, store::Reader& reader, std::string_view tag_type_name,
                          std::string_view key) {
  const model::EntityType* type = context.registry().type(tag_type_name);
  std::vector<std::string> containers = type == nullptr ? std::vector<std::string>{} : type->above;
  containers.emplace_back(tag_type_name);
  for (const std::string& name : containers) {
    MD_LET(stored, reader.find_key(name, key));
    if (!stored) continue;
    json::Document document;
    MD_OK(json::parse_trusted(stored->body.document, document));
    return json::bool_or(document, "mutuallyExclusive", false);
  }
  return false;
}

/// Two labels of one holder under the same container that allows one only.
class Exclusion {
 public:
  Exclusion(const Context& context, store::Reader& reader) : context_(context), reader_(reader) {}

  Error check(const Value& labels, const view::LabelIndex& tags) {
    std::map<std::pair<std::string, std::string>, std::string> first_of;  // (source, container's key) → FQN
    for (const auto& label : labels.GetArray()) {
      const std::string source(json::string_or(label, "source"));
      const std::string fqn(json::string_or(label, "tagFQN"));
      const auto tag = tags.find(view::label_name(source, fqn));
      if (tag == tags.end()) continue;
      std::string container(model::parent_key(tag->second.fqn_key));
      const auto [place, fresh] = first_of.try_emplace({source, container}, fqn);
      if (fresh || container.empty()) continue;
      MD_LET(exclusive, is_exclusive(tag->second.type, container));
      if (exclusive) {
        return invalid_argument(
            "Tag labels " + place->second + " and " + fqn + " are mutually exclusive and can't be assigned together",
            "tags");
      }
    }
    return {};
  }

 private:
  Result<bool> is_exclusive(const std::string& tag_type_name, const std::string& key) {
    const auto known = exclusive_.find(key);
    if (known != exclusive_.end()) return known->second;
    MD_LET(exclusive, entity::is_exclusive(context_, reader_, tag_type_name, key));
    exclusive_[key] = exclusive;
    return exclusive;
  }

  const Context& context_;
  store::Reader& reader_;
  std::map<std::string, bool> exclusive_;
};

}  // namespace

Error resolve_labels(const Context& context, store::Reader& reader, const Principal& as, const view::TypeLayout& layout,
                     json::Document& body, store::Rid rid, const Loaded* before, view::LabelIndex& tags,
                     view::Surroundings& around) {
  std::map<std::string, Wanted> unknown;
  std::map<std::string, std::string> documents;  // label name → the tag's document
  if (before != nullptr) {
    tags = before->tags;
    if (const auto rows = before->around.tags.find(before->stored.row.rid); rows != before->around.tags.end()) {
      for (const auto& row : rows->second) {
        documents[view::label_name(row.usage.source, model::fqn_of_key(row.tag.fqn_key))] = row.tag_document;
      }
    }
  }
  const std::vector<const Value*> lists = settle_labels(layout, body);
  for (const Value* labels : lists) {
    for (const auto& label : labels->GetArray()) {
      std::string source(json::string_or(label, "source"));
      std::string fqn(json::string_or(label, "tagFQN"));
      std::string name = view::label_name(source, fqn);
      if (tags.count(name) == 0) unknown.try_emplace(std::move(name), Wanted{std::move(source), std::move(fqn)});
    }
  }
  MD_OK(find_tags(context, reader, as, unknown, tags, documents));

  Exclusion exclusion(context, reader);
  for (const Value* labels : lists) MD_OK(exclusion.check(*labels, tags));

  auto& rows = around.tags[rid];
  rows.clear();
  if (lists.empty()) return around.derive_labels(reader);
  for (auto& usage : view::labels_of(layout, body, tags)) {
    const auto tag =
        std::find_if(tags.begin(), tags.end(), [&](const auto& entry) { return entry.second.id == usage.tag_id; });
    rows.push_back({rid, usage, tag->second, documents[tag->first]});
  }
  return around.derive_labels(reader);
}

namespace {

std::optional<std::string> key_of(const Context& context, const Value& label) {
  const auto* type = context.registry().type(tag_type(json::string_or(label, "source")));
  auto key =
      type == nullptr ? Result<std::string>(not_found("")) : model::key_of_fqn(*type, json::string_or(label, "tagFQN"));
  return key.ok() ? std::optional(*std::move(key)) : std::nullopt;
}

}  // namespace

Error check_labels(const Context& context, store::Reader& reader, const Principal& as, const Value& labels) {
  std::map<std::string, Wanted> unknown;
  for (const Value& label : labels.GetArray()) {
    Wanted wanted{std::string(json::string_or(label, "source")), std::string(json::string_or(label, "tagFQN"))};
    std::string name = view::label_name(wanted.source, wanted.fqn);
    unknown.try_emplace(std::move(name), std::move(wanted));
  }
  view::LabelIndex tags;
  std::map<std::string, std::string> documents;
  MD_OK(find_tags(context, reader, as, unknown, tags, documents));
  return Exclusion(context, reader).check(labels, tags);
}

Error add_label(const Context& context, store::Reader& reader, const Value& label, Value& labels,
                json::Allocator& allocator) {
  const std::string_view source = json::string_or(label, "source");
  const auto key = key_of(context, label);
  bool exclusive = false;
  if (key && !model::parent_key(*key).empty()) {
    MD_LET(excludes, is_exclusive(context, reader, tag_type(source), model::parent_key(*key)));
    exclusive = excludes;
  }
  for (json::SizeType i = labels.Size(); i-- > 0;) {
    const Value& one = labels[i];
    const auto its = json::string_or(one, "source") == source ? key_of(context, one) : std::nullopt;
    if (!its || !key) continue;
    if (*its == *key) return {};
    if (exclusive && model::parent_key(*its) == model::parent_key(*key)) labels.Erase(labels.Begin() + i);
  }
  labels.PushBack(json::copy(label, allocator), allocator);
  return {};
}

}  // namespace metadata::entity
