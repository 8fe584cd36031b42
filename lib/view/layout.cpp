#include "view/layout.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "model/secrets.h"

namespace metadata::view {
namespace {

using model::EntityType;
using model::Field;
using model::Place;
using model::Shape;

/// The number of key parts of every entity of the type, or 0 when it varies.
std::size_t depth_of(const model::Registry& registry, const EntityType& type, std::set<std::string>& open) {
  if (!open.insert(type.name).second) return 0;  // a type that can lie under itself
  std::size_t depth = 0;
  bool contained = false;
  for (const Field& field : type.fields) {
    if (field.place != Place::Container) continue;
    for (const std::string& name : field.types) {
      const EntityType* parent = registry.type(name);
      if (parent == nullptr) continue;
      const std::size_t parent_depth = depth_of(registry, *parent, open);
      if (parent_depth == 0 || (contained && depth != parent_depth + 1)) {
        open.erase(type.name);
        return 0;
      }
      depth = parent_depth + 1;
      contained = true;
    }
  }
  open.erase(type.name);
  const std::size_t literal = type.fqn_literal.empty() ? 0 : 1;
  return contained ? depth + literal : 1;
}

/// Containers from which entities of the type have what they have not themselves, nearest first. One of a varying depth
/// may stand at any.
void add_holders(TypeLayout& layout) {
  constexpr std::size_t kDeepest = 8;
  auto& holders = layout.shape.holders;
  const auto add = [&](const std::string& type, std::size_t depth) {
    const bool known = std::any_of(holders.begin(), holders.end(),
                                   [&](const auto& holder) { return holder.type == type && holder.depth == depth; });
    if (!known) holders.push_back({type, depth});
  };
  for (const ContainerField& field : layout.containers) {
    for (const auto& candidate : field.candidates) {
      if (candidate.depth != 0) add(candidate.type, candidate.depth);
      for (std::size_t depth = 2; candidate.depth == 0 && depth <= kDeepest; ++depth) add(candidate.type, depth);
    }
  }
  std::stable_sort(holders.begin(), holders.end(), [](const auto& a, const auto& b) { return a.depth > b.depth; });
}

/// Lists of labelled items: the field itself, or in what it holds as long as that is merged member by member.
void add_tagged_lists(const Field& field, TypeLayout& layout) {
  constexpr std::size_t kDeepest = 4;
  std::vector<TaggedList> open = {{{field.name}, field.name, &field}};
  for (std::size_t next = 0; next < open.size(); ++next) {
    const TaggedList at = open[next];
    if (!nested_tags(*at.field).tags.empty()) {
      layout.nested_tagged.push_back(at);
    } else if (at.field->type.shape == Shape::Struct && at.field->put == model::PutRule::Nested &&
               at.segments.size() < kDeepest) {
      for (const Field& member : at.field->type.fields->fields) {
        TaggedList inner{at.segments, at.path + "." + member.name, &member};
        inner.segments.push_back(member.name);
        open.push_back(std::move(inner));
      }
    }
  }
}

TypeLayout make(const model::Registry& registry, const EntityType& type) {
  TypeLayout layout;
  layout.type = &type;
  for (const Field& field : type.fields) {
    switch (field.place) {
      case Place::Container:
      case Place::Ancestor: {
        ContainerField container{&field, {}};
        for (const std::string& name : field.types) {
          const EntityType* candidate = registry.type(name);
          std::set<std::string> open;
          if (candidate != nullptr) container.candidates.push_back({name, depth_of(registry, *candidate, open)});
        }
        layout.containers.push_back(std::move(container));
        break;
      }
      case Place::Relation:
        layout.relations.push_back(&field);
        break;
      case Place::Children:
        layout.children.push_back(&field);
        break;
      case Place::Computed:
        layout.computed.push_back(&field);
        break;
      case Place::Tags:
        layout.tag_fields.push_back(&field);
        break;
      case Place::Document:
        if (field.on_request) layout.requested_document.push_back(&field);
        if (model::holds_secrets(field)) layout.secrets.push_back(&field);
        add_tagged_lists(field, layout);
        break;
      case Place::Row:
      case Place::Write:
        break;
    }
  }
  layout.shape = model::shape_of(type);
  add_holders(layout);
  return layout;
}

}  // namespace

Layouts::Layouts(std::shared_ptr<const model::Registry> registry) : registry_(std::move(registry)) {
  for (const auto& type : registry_->types()) layouts_.emplace(type->name, make(*registry_, *type));
}

const model::AccessShape* Layouts::shape(std::string_view type) const {
  const EntityType* found = registry_->type(type);
  return found == nullptr ? nullptr : &of(*found).shape;
}

const json::Value* find_list(const TaggedList& list, const json::Value& entity) {
  const json::Value* at = &entity;
  for (const std::string& segment : list.segments) {
    if (!at->IsObject()) return nullptr;
    at = json::find(*at, segment);
    if (at == nullptr) return nullptr;
  }
  return at;
}

json::Value* find_list(const TaggedList& list, json::Value& entity) {
  return const_cast<json::Value*>(find_list(list, std::as_const(entity)));
}

NestedTags nested_tags(const model::Field& list_field) {
  NestedTags found;
  const auto& element = list_field.type.element;
  if (list_field.type.shape != Shape::Array || element == nullptr || element->shape != Shape::Struct ||
      element->fields == nullptr) {
    return found;
  }
  // Only lists that are merged item by item keep their labels as rows: a data model's columns are the sender's own
  // text.
  if (list_field.match.empty()) return found;
  for (const Field& member : element->fields->fields) {
    if (member.type.shape != Shape::Array || member.type.element == nullptr) continue;
    if (member.type.element->format == model::Format::TagLabel) found.tags = member.name;
    if (member.type.element->fields == element->fields) found.children = member.name;
  }
  return found;
}

bool shows_labels(const TypeLayout& layout, const Asked& asked) {
  return layout.tag_fields.empty() ? !layout.nested_tagged.empty() : asked.has(*layout.tag_fields.front());
}

Result<Asked> Asked::parse(const EntityType& type, std::string_view fields) {
  Asked asked;
  while (!fields.empty()) {
    const auto comma = fields.find(',');
    const std::string_view name = base::trimmed(fields.substr(0, comma), " \t");
    fields = comma == std::string_view::npos ? std::string_view() : fields.substr(comma + 1);
    if (name.empty()) continue;
    if (name == "*") {
      asked.all_ = true;
    } else if (const Field* field = type.find(name); field != nullptr && !field->hidden) {
      asked.names_.emplace_back(name);
    } else {
      return invalid_argument("Invalid field name " + std::string(name.substr(0, 100)), "fields");
    }
  }
  return asked;
}

Asked Asked::own(const EntityType& type) {
  Asked asked;
  for (const Field& field : type.fields) {
    const bool held = field.place == Place::Document || field.place == Place::Tags ||
                      (field.place == Place::Relation && !field.managed && field.in_create);
    if (held && field.on_request) asked.names_.push_back(field.name);
  }
  return asked;
}

bool Asked::has(std::string_view field) const {
  return all_ || std::find(names_.begin(), names_.end(), field) != names_.end();
}

}  // namespace metadata::view
