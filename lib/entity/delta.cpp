#include "entity/delta.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>
#include <vector>

#include "json/diff.h"
#include "json/parse.h"
#include "json/patch.h"
#include "json/pointer.h"
#include "view/items.h"

namespace metadata::entity {
namespace {

using json::Document;
using json::Value;

/// A list of references or labels in a form. `path` is its JSON Pointer; `value` is null when it is absent.
struct List {
  std::string path;
  const Value* value = nullptr;
};

std::string member_path(const std::string& above, std::string_view name) {
  std::string path = above + "/";
  json::append_segment(path, name);
  return path;
}

/// The lists of labels on nested items, outer items first.
void add_nested_lists(const view::TaggedList& list, const Value& form, std::vector<List>& lists) {
  const view::NestedTags members = view::nested_tags(*list.field);
  std::string at;
  for (const std::string& segment : list.segments) at = member_path(at, segment);
  std::vector<List> todo{{at, view::find_list(list, form)}};
  while (!todo.empty()) {
    const List items = todo.back();
    todo.pop_back();
    if (items.value == nullptr || !items.value->IsArray()) continue;
    for (json::SizeType i = 0; i < items.value->Size(); ++i) {
      const Value& item = (*items.value)[i];
      if (!item.IsObject()) continue;
      const std::string path = items.path + "/" + std::to_string(i);
      if (!members.tags.empty()) lists.push_back({member_path(path, members.tags), json::find(item, members.tags)});
      if (!members.children.empty())
        todo.push_back({member_path(path, members.children), json::find(item, members.children)});
    }
  }
}

/// Every list of references or labels that the form has or may have, in an order that only the items around them fix.
std::vector<List> lists_of(const view::TypeLayout& layout, const Value& form) {
  std::vector<List> lists;
  for (const model::Field* field : layout.relations)
    lists.push_back({member_path("", field->name), json::find(form, field->name)});
  for (const model::Field* field : layout.tag_fields)
    lists.push_back({member_path("", field->name), json::find(form, field->name)});
  for (const view::TaggedList& list : layout.nested_tagged) add_nested_lists(list, form, lists);
  return lists;
}

Document without_lists(const view::TypeLayout& layout, const Document& form) {
  Document rest = json::copy(form);
  for (const model::Field* field : layout.relations) json::erase(rest, field->name);
  for (const model::Field* field : layout.tag_fields) json::erase(rest, field->name);
  view::for_each_tagged_item(layout, rest, [](const view::ItemPath&, Value& item, const std::string& member) {
    if (!member.empty()) json::erase(item, member);
  });
  return rest;
}

bool is_empty(const Value* list) { return list == nullptr || list->IsNull() || (list->IsArray() && list->Empty()); }

bool same(const Value* a, const Value* b) {
  if (is_empty(a) || is_empty(b)) return is_empty(a) && is_empty(b);
  return json::equal(*a, *b);
}

/// "add" puts a member whether there is one or not.
void put_list(const List& list, Document& patch) {
  auto& allocator = patch.GetAllocator();
  Value operation, value;
  operation.SetObject();
  if (list.value == nullptr) {
    value.SetArray();
  } else {
    value = json::copy(*list.value, allocator);
  }
  json::set_string(operation, "op", "add", allocator);
  json::set_string(operation, "path", list.path, allocator);
  json::set(operation, "value", std::move(value), allocator);
  patch.PushBack(operation, allocator);
}

/// Is the entity's member a list of references or labels, or a reference?
bool is_list(const view::TypeLayout& layout, std::string_view member) {
  const auto named = [&](const model::Field* field) { return field->name == member; };
  return std::ranges::any_of(layout.relations, named) || std::ranges::any_of(layout.tag_fields, named);
}

/// Does the path lead to or through a list of references or labels?
bool meets_list(const view::TypeLayout& layout, const json::Pointer& path) {
  const auto& segments = path.segments();
  if (segments.empty()) return false;
  if (is_list(layout, segments.front())) return true;
  return std::ranges::any_of(layout.nested_tagged, [&](const view::TaggedList& list) {
    const bool below = segments.size() > list.segments.size() &&
                       std::equal(list.segments.begin(), list.segments.end(), segments.begin());
    return below && std::ranges::find(segments, view::nested_tags(*list.field).tags) != segments.end();
  });
}

bool has_labelled_items(const view::TypeLayout& layout, const Labelled& form) {
  bool has = false;
  if (form.tags.empty()) return has;
  const auto look = [&](const view::ItemPath&, const Value& item, const std::string& member) {
    has = has || json::find(item, member) != nullptr;
  };
  view::for_each_tagged_item(layout, form.working, look);
  return has;
}

/// Puts the lists of the older form where those of the newer one are others. Both have the same items.
void put_lists(const view::TypeLayout& layout, const Document& newer, const Document& older, Document& patch) {
  const auto has = lists_of(layout, newer), had = lists_of(layout, older);
  assert(has.size() == had.size() && "the same items have the same lists");
  for (std::size_t i = 0; i < had.size(); ++i) {
    if (i >= has.size() || !same(has[i].value, had[i].value)) put_list(had[i], patch);
  }
}

}  // namespace

Document delta(const view::TypeLayout& layout, const Labelled& newer, const Labelled& older) {
  const auto of_forms = [&] {
    return delta(layout, view::versioned_form(layout, newer.working, newer.tags),
                 view::versioned_form(layout, older.working, older.tags));
  };
  if (has_labelled_items(layout, newer) || has_labelled_items(layout, older)) return of_forms();
  Document patch = json::diff(newer.working, older.working, [&](std::string_view member) {
    return view::is_in_versions(*layout.type, member) && !is_list(layout, member);
  });
  if (patch.Size() > PatchLimits().max_operations) return of_forms();  // which replaces the whole
  put_lists(layout, view::versioned_lists(layout, newer.working, newer.tags),
            view::versioned_lists(layout, older.working, older.tags), patch);
  return patch;
}

Document delta(const view::TypeLayout& layout, const Document& newer, const Document& older) {
  Document patch = json::diff(without_lists(layout, newer), without_lists(layout, older));
  Document between = json::copy(newer);
  if (!patch.Empty()) {
    const auto operations = json::read_patch(json::copy(patch), json::unlimited());
    const bool applied = operations.ok() && json::apply(*operations, between, json::unlimited()).ok();
    assert(applied && "a difference of two trees can be applied to the first, whatever else hangs on it");
    if (!applied) between = without_lists(layout, older);
  }
  // Now the items stand as in the older form; only their lists may differ.
  put_lists(layout, between, older, patch);
  return patch;
}

Error past_form(const view::TypeLayout& layout, const store::HistoryRow& row, Document& form) {
  if (row.full) return json::parse_trusted(row.body, form);
  if (row.body.empty()) return {};
  Document text;
  MD_OK(json::parse_trusted(row.body, text));
  MD_LET(patch, json::read_patch(std::move(text), json::unlimited()));
  if (json::apply(patch, form, json::unlimited()).ok()) return {};
  // A delta of an earlier release may count on a list that has lost what was removed since. What it says of that list
  // is left out; the rest holds.
  for (const json::Operation& operation : patch.operations) {
    const Error error = json::apply({patch.source, {operation}}, form, json::unlimited());
    if (!error.ok() && !meets_list(layout, operation.path)) return error;
  }
  return {};
}

}  // namespace metadata::entity
