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

/// Calls `visit` with the path and list of labels of the entity and of every nested item.
template <class Visit>
void for_each_label_list(const view::TypeLayout& layout, Value& body, Visit&& visit) {
  for (const model::Field* field : layout.tag_fields) {
    if (Value* labels = json::find(body, field->name); labels != nullptr && labels->IsArray())
      visit(std::string(), *labels);
  }
  view::for_each_tagged_item(layout, body, [&](const std::string& path, Value& item, const std::string& member) {
    if (Value* labels = json::find(item, member); labels != nullptr && labels->IsArray()) visit(path, *labels);
  });
}

struct Wanted {
  std::string source;
  std::string fqn;
};

/// The working form has no empty lists of labels: read back from the store, none would be there.
void drop_empty_lists(const view::TypeLayout& layout, Value& body) {
  const auto drop = [](Value& holder, const std::string& member) {
    const Value* labels = json::find(holder, member);
    if (labels != nullptr && labels->IsArray() && labels->Empty()) json::erase(holder, member);
  };
  for (const model::Field* field : layout.tag_fields) drop(body, field->name);
  view::for_each_tagged_item(layout, body,
                             [&](const std::string&, Value& item, const std::string& member) { drop(item, member); });
}

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
    bool exclusive = false;
    const model::EntityType* type = context_.registry().type(tag_type_name);
    std::vector<std::string> containers = type == nullptr ? std::vector<std::string>{} : type->above;
    containers.push_back(tag_type_name);
    for (const std::string& name : containers) {
      MD_LET(stored, reader_.find_key(name, key));
      if (!stored) continue;
      json::Document document;
      MD_OK(json::parse_trusted(stored->body.document, document));
      exclusive = json::bool_or(document, "mutuallyExclusive", false);
      break;
    }
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
  for_each_label_list(layout, body, [&](const std::string&, Value& labels) {
    model::settle_labels(labels, body.GetAllocator());
    for (const auto& label : labels.GetArray()) {
      std::string source(json::string_or(label, "source"));
      std::string fqn(json::string_or(label, "tagFQN"));
      std::string name = view::label_name(source, fqn);
      if (tags.count(name) == 0) unknown.try_emplace(std::move(name), Wanted{std::move(source), std::move(fqn)});
    }
  });

  drop_empty_lists(layout, body);

  std::vector<store::TypedKey> keys;
  for (const auto& [name, wanted] : unknown) {
    const auto* type = context.registry().type(tag_type(wanted.source));
    auto key = type == nullptr ? Result<std::string>(no_instance(tag_type(wanted.source), wanted.fqn))
                               : model::key_of_fqn(*type, wanted.fqn);
    if (!key.ok()) return no_instance(tag_type(wanted.source), wanted.fqn);
    keys.push_back({std::string(tag_type(wanted.source)), *std::move(key)});
  }
  if (!keys.empty()) {
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
  }

  Exclusion exclusion(context, reader);
  Error broken;
  for_each_label_list(layout, body, [&](const std::string&, Value& labels) {
    if (broken.ok()) broken = exclusion.check(labels, tags);
  });
  MD_OK(broken);

  auto& rows = around.tags[rid];
  rows.clear();
  for (auto& usage : view::labels_of(layout, body, tags)) {
    const auto tag =
        std::find_if(tags.begin(), tags.end(), [&](const auto& entry) { return entry.second.id == usage.tag_id; });
    rows.push_back({rid, usage, tag->second, documents[tag->first]});
  }
  return around.derive_labels(reader);
}

}  // namespace metadata::entity
