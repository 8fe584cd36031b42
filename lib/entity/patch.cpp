#include <algorithm>
#include <utility>
#include <vector>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/approval.h"
#include "entity/body.h"
#include "entity/checks.h"
#include "entity/draft.h"
#include "entity/extension.h"
#include "entity/move.h"
#include "entity/session.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/patch.h"
#include "json/pointer.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

using json::Value;

const model::ValueType* member_type(const std::vector<model::Field>& fields, std::string_view name) {
  for (const model::Field& field : fields) {
    if (field.name == name) return &field.type;
  }
  return nullptr;
}

bool is_index(std::string_view segment) { return segment == "-" || json::array_index(segment).has_value(); }

/// Gives the tree the empty lists that an operation points into and that are absent. The client computes its patches
/// from copies in which an absent list is an empty one, so it says "add /tags/0" where a strict reader of RFC 6902
/// wants "add /tags" first. Returns the path of the list it made, if it made one.
std::optional<json::Pointer> make_absent_list(const model::EntityType& type, const json::Pointer& path,
                                              json::Document& tree) {
  const auto& segments = path.segments();
  Value* at = &tree;
  const model::ValueType* known = nullptr;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    if (at->IsArray()) {
      const auto index = json::array_index(segments[i]);
      if (!index || *index >= at->Size()) return std::nullopt;
      at = &(*at)[static_cast<json::SizeType>(*index)];
      known = known != nullptr && known->element ? known->element.get() : nullptr;
      continue;
    }
    if (!at->IsObject()) return std::nullopt;
    if (i == 0) {
      known = member_type(type.fields, segments[i]);
    } else {
      known = known != nullptr && known->fields ? member_type(known->fields->fields, segments[i]) : nullptr;
    }
    Value* next = json::find(*at, segments[i]);
    if (next == nullptr) {
      const bool is_list = known != nullptr && known->shape == model::Shape::Array;
      if (!is_list || i + 2 != segments.size() || !is_index(segments[i + 1])) return std::nullopt;
      Value list;
      list.SetArray();
      json::set(*at, segments[i], std::move(list), tree.GetAllocator());
      return json::Pointer(
          std::vector<std::string>(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(i) + 1));
    }
    at = next;
  }
  return std::nullopt;
}

/// Takes lists that were made for the patch's sake, and stayed empty, out again.
void drop_empty_lists(const std::vector<json::Pointer>& made, json::Document& tree) {
  for (const auto& path : made) {
    const Value* list = json::resolve(tree, path);
    if (list == nullptr || !list->IsArray() || !list->Empty()) continue;
    const std::vector<std::string> above(path.segments().begin(), path.segments().end() - 1);
    if (Value* holder = json::resolve(tree, json::Pointer(above))) json::erase(*holder, path.segments().back());
  }
}

bool names_links(const json::ParsedPatch& patch) {
  return std::ranges::any_of(patch.operations, [](const json::Operation& operation) {
    const auto& segments = operation.path.segments();
    return segments.size() > 1 && segments.back() == "href";
  });
}

/// Calls `use` with every reference and label of the tree.
template <typename Use>
void each_linked(json::Document& tree, const Use& use) {
  std::vector<Value*> open{&tree};
  while (!open.empty()) {
    Value& at = *open.back();
    open.pop_back();
    if (at.IsArray()) {
      for (Value& item : at.GetArray()) open.push_back(&item);
    } else if (at.IsObject()) {
      const bool reference = json::find(at, "id") != nullptr && json::find(at, "type") != nullptr;
      if (&at != &tree && (reference || json::find(at, "tagFQN") != nullptr)) use(at);
      // After `use`, which may move them.
      for (json::SizeType i = 0; i < at.MemberCount(); ++i) open.push_back(&(at.MemberBegin() + i)->value);
    }
  }
}

/// The links of references and labels (`href`) are put in by whoever serves entities over HTTP, so the text that a
/// patch was computed from had them. Where an operation names one, all are there, as null, before it is applied.
void stand_for_links(json::Document& tree) {
  each_linked(tree, [&](Value& at) {
    if (json::find(at, "href") == nullptr) json::append(at, "href", Value(), tree.GetAllocator());
  });
}

void drop_stand_ins(json::Document& tree) {
  each_linked(tree, [](Value& at) {
    const Value* link = json::find(at, "href");
    if (link != nullptr && link->IsNull()) json::erase(at, "href");
  });
}

/// Does the operation put an empty list where an item has labels? The real client compares a table that it read
/// without labels with a copy whose columns have empty lists of them, and says so of each column at every ingestion.
bool forgets_labels(const json::Operation& operation, const json::Document& tree) {
  const auto& segments = operation.path.segments();
  if (operation.op != json::Op::Add || segments.size() < 3 || segments.back() != "tags") return false;
  if (operation.value == nullptr || !operation.value->IsArray() || !operation.value->Empty()) return false;
  const Value* labels = json::resolve(tree, operation.path);
  return labels != nullptr && labels->IsArray() && !labels->Empty();
}

/// The operations of a bot without those that would take labels from items it did not see. `replace` does take them.
json::ParsedPatch seen_by_bot(const json::ParsedPatch& patch, const json::Document& tree) {
  json::ParsedPatch seen = patch;
  std::erase_if(seen.operations, [&](const json::Operation& operation) { return forgets_labels(operation, tree); });
  return seen;
}

/// Patches the entity's tree.
Error apply_patch(const Context& context, const view::TypeLayout& layout, const Patch& patch, const Principal& as,
                  json::Document& tree) {
  const json::ParsedPatch& operations = json::operations(patch);
  std::vector<json::Pointer> made;
  for (const auto& operation : operations.operations) {
    if (operation.op == json::Op::Remove || operation.op == json::Op::Test) continue;
    if (auto path = make_absent_list(*layout.type, operation.path, tree)) made.push_back(*std::move(path));
  }
  const bool links = names_links(operations);
  if (links) stand_for_links(tree);
  const bool forgets = as.is_bot() && std::ranges::any_of(operations.operations, [&](const json::Operation& operation) {
                         return forgets_labels(operation, tree);
                       });
  const json::ParsedPatch* asked = &operations;
  json::ParsedPatch seen;
  if (forgets) asked = &(seen = seen_by_bot(operations, tree));
  MD_LET(patched, json::patched(std::move(tree), *asked, context.limits.patch));
  tree = std::move(patched);
  if (links) drop_stand_ins(tree);
  drop_empty_lists(made, tree);
  return tree.IsObject() ? Error() : invalid_argument("the patch must leave a JSON object");
}

/// Gives the fields that are fixed their values back.
void keep_fixed(const model::EntityType& type, const json::Value& before, json::Document& tree) {
  for (const model::Field& field : type.fields) {
    if (!field.fixed) continue;
    const Value* kept = json::find(before, field.name);
    if (kept == nullptr) {
      json::erase(tree, field.name);
    } else {
      json::set(tree, field.name, json::copy(*kept, tree.GetAllocator()), tree.GetAllocator());
    }
  }
}

}  // namespace

Result<Step> patch(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                   const EntityRef& target, const Patch& patch, const WriteOptions& options) {
  const auto change = [&](json::Document& tree) { return apply_patch(context, layout, patch, options.as, tree); };
  return edit(context, reader, layout, target, change, options);
}

Result<Step> edit(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                  const EntityRef& target, const Edit& change, const WriteOptions& options) {
  const model::EntityType& type = *layout.type;
  MD_OK(access::check_outright(options.as, {}, type.name));
  MD_LET(stored, find(reader, layout, target, Include::Live));
  MD_OK(check_stored(reader, layout, options.as, {}, stored.row, target));
  if (options.if_revision && *options.if_revision != stored.row.revision) {
    return precondition_failed("The entity has been modified by another user. Please refresh and retry.");
  }
  MD_LET(before, load(context, reader, layout, std::move(stored)));
  MD_LET(shown, view::compose(layout, before.stored, before.around, view::Asked::own(type), context.sight(options.as)));
  json::Document tree;
  MD_OK(json::parse_trusted(shown.text(), tree));
  MD_OK(change(tree));

  Draft after;
  after.row = before.stored.row;
  after.around = before.around;
  MD_LET(container, move_to_asked_place(context, reader, layout, options.as, before, tree, after));
  keep_fixed(type, before.working, tree);
  drop_inherited(layout, tree);
  constexpr std::string_view kFqn = "fullyQualifiedName";
  if (type.fqn_given) json::set_string(tree, kFqn, model::fqn_of_key(after.row.fqn_key), tree.GetAllocator());
  MD_OK(model::validate(type, model::Body::Patched, tree, context.limits));
  if (type.fqn_given) json::erase(tree, kFqn);
  drop_unkept(layout, tree);
  after.working = std::move(tree);
  for (const model::Field* field : layout.computed) {
    const json::Value* kept = field->on_request ? nullptr : json::find(before.working, field->name);
    if (kept != nullptr)
      json::set(after.working, field->name, json::copy(*kept, after.working.GetAllocator()),
                after.working.GetAllocator());
  }
  const store::Rid rid = before.stored.row.rid;
  MD_OK(resolve_references(context, reader, options.as, layout, after.working, rid, &before, after.around));
  MD_OK(settle_products(reader, layout, after.working, after.row, &before, after.around));
  MD_OK(resolve_labels(context, reader, options.as, layout, after.working, rid, &before, after.tags, after.around));
  MD_OK(model::fill_nested_fqns(type, model::fqn_of_key(after.row.fqn_key), after.working, after.working.GetAllocator(),
                                context.limits));
  MD_OK(keep_secrets(context, layout, before, after.working));
  MD_OK(run_checks(context.registry(), reader, type, after.working));
  MD_OK(check_extension(reader, type, &before.working, after.working));
  MD_OK(check_approval(reader, layout, options.as, before, after));
  const Author author{options.as, options.change_source, context.clock.now_ms()};
  MD_LET(step, update_step(context, reader, layout, before, std::move(after), author));
  if (container) step.set.preconditions.push_back(store::RowAlive{container->stored.row.id});
  if (continues_session(context, before, options, author)) return fold(reader, layout, before, std::move(step));
  return step;
}

}  // namespace metadata::entity
