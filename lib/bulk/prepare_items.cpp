#include <algorithm>
#include <set>

#include "base/interrupt.h"
#include "bulk/references.h"
#include "bulk/work.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "metadata/ids.h"
#include "model/formats.h"
#include "model/fqn.h"
#include "view/items.h"

namespace metadata::bulk {
namespace {

using json::Value;

// How often the rows of one entity are tried in parts to find those that are wrong.
constexpr std::size_t kMaxTries = 200;

using Path = std::vector<std::string>;

/// The item that the path of names leads to; null when there is none.
template <class Tree>
Tree* item_at(const RowKind& kind, Tree& entity, const Path& path) {
  const std::string children = view::nested_tags(*kind.list).children;
  Tree* found = nullptr;
  for (const std::string& name : path) {
    Tree* list = found == nullptr ? json::find(entity, kind.list->name) : json::find(*found, children);
    found = nullptr;
    if (list == nullptr || !list->IsArray()) return nullptr;
    for (json::SizeType at = 0; at < list->Size() && found == nullptr; ++at) {
      if (view::folded(fqn::unquote(json::string_or((*list)[at], "name"))) == view::folded(name)) found = &(*list)[at];
    }
    if (found == nullptr) return nullptr;
  }
  return found;
}

/// A path as names are compared.
std::string folded(const Path& path) {
  std::string text;
  for (const std::string& name : path) text.append(view::folded(name)).push_back(model::kKeySeparator);
  return text;
}

}  // namespace

/// What one row changes.
struct RowWriter::Planned {
  std::size_t row = 0;
  Path path;
  bool is_new = false;
  std::vector<Change> changes;
};

Result<entity::Step> RowWriter::prepare_items(const Reading& reading) const {
  const Work& work = reading.work;
  const EntityRef target = EntityRef::by_fqn(work.kind->type().name, work.fqn);
  const ReadOptions read{options_.as, work.kind->fields, Include::Live, options_.interrupt};
  const auto seen = entity::get_from(context_, reading.reader, target, read);
  if (!seen.ok()) {
    reading.work.may_pass_later = seen.error().code() == Code::NotFound;
    return seen.error();
  }
  json::Document tree;
  MD_OK(json::parse_trusted(seen->text(), tree));
  MD_LET(planned, plan_items(reading, tree));
  return planned.empty() ? unchanged(work) : write_items(reading, planned);
}

/// What each row changes; a row that is wrong by itself is left out, and says why.
Result<std::vector<RowWriter::Planned>> RowWriter::plan_items(const Reading& reading, const Value& tree) const {
  const RowKind& kind = *reading.work.kind;
  const std::size_t of_name = column(kind, BoundColumn::Kind::Name);
  std::vector<Planned> planned;
  std::set<std::string> made;
  bool may_pass_later = false;
  for (std::size_t i = reading.work.first; i < reading.work.first + reading.work.count; ++i) {
    MD_OK(base::check(options_.interrupt));
    Row& row = reading.rows[i];
    auto path = fqn::split(cell(row, BoundColumn::Kind::Name));
    if (!path.ok()) {
      row.failure = heading_.wrong(of_name, path.error().message());
      continue;
    }
    Planned one{i, *std::move(path), false, {}};
    const Value* item = item_at(kind, tree, one.path);
    one.is_new = item == nullptr && !made.contains(folded(one.path));
    const Path above(one.path.begin(), one.path.end() - 1);
    if (one.is_new && !above.empty() && item_at(kind, tree, above) == nullptr && !made.contains(folded(above))) {
      row.failure = heading_.wrong(of_name, "Parent of " + model::shown(cell(row, BoundColumn::Kind::Name)) +
                                                " not found. Check the order of the rows in the CSV file.");
      continue;
    }
    const std::vector<Entries> there =
        item == nullptr ? std::vector<Entries>(kind.columns.size()) : row_of(context_, kind, reading.work.fqn, *item);
    auto changes = plan_row(reading, kind, row, one.is_new ? nullptr : &there);
    may_pass_later = may_pass_later || reading.work.may_pass_later;
    if (!changes.ok()) {
      row.failure = changes.error().message();
      continue;
    }
    one.changes = *std::move(changes);
    if (one.is_new) made.insert(folded(one.path));
    if (one.is_new || !one.changes.empty()) planned.push_back(std::move(one));
  }
  reading.work.may_pass_later = may_pass_later;
  return planned;
}

/// All rows in one change; when that is refused, those that can be, and the others say why.
Result<entity::Step> RowWriter::write_items(const Reading& reading, const std::vector<Planned>& planned) const {
  struct Part {
    std::size_t from, to;
  };
  std::vector<Part> open{{0, planned.size()}};  // the last one is next
  std::vector<const Planned*> good;
  entity::Step step = unchanged(reading.work);
  for (std::size_t tries = 0; !open.empty(); ++tries) {
    MD_OK(base::check(options_.interrupt));
    const Part part = open.back();
    open.pop_back();
    std::vector<const Planned*> all = good;
    for (std::size_t i = part.from; i < part.to; ++i) all.push_back(&planned[i]);
    auto tried = edit(reading, all);
    if (tried.ok()) {
      good = std::move(all);
      step = *std::move(tried);
    } else if (part.to - part.from == 1 || tries >= kMaxTries) {
      reading.work.may_pass_later = true;
      const std::string why(told(*reading.work.kind, tried.error()).message());
      for (std::size_t i = part.from; i < part.to; ++i) reading.rows[planned[i].row].failure = why;
    } else {
      const std::size_t middle = part.from + (part.to - part.from) / 2;
      open.push_back({middle, part.to});
      open.push_back({part.from, middle});
    }
  }
  for (const Planned* one : good) reading.rows[one->row].done = one->is_new ? Row::Done::Created : Row::Done::Updated;
  return step;
}

Result<entity::Step> RowWriter::edit(const Reading& reading, const std::vector<const Planned*>& planned) const {
  const RowKind& kind = *reading.work.kind;
  const auto change = [&](json::Document& tree) -> Error {
    auto& allocator = tree.GetAllocator();
    for (const Planned* one : planned) {
      Value* item = item_at<Value>(kind, tree, one->path);
      if (item == nullptr) {
        const std::size_t depth = one->path.size() - 1;
        const Path above(one->path.begin(), one->path.end() - 1);
        Value* holder = depth == 0 ? &tree : item_at<Value>(kind, tree, above);
        if (holder == nullptr) return not_found("Parent of " + model::shown(one->path.back()) + " not found");
        const std::string member = depth == 0 ? kind.list->name : view::nested_tags(*kind.list).children;
        if (json::find(*holder, member) == nullptr) json::set(*holder, member, empty_list(), allocator);
        Value made = empty_object();
        json::set_string(made, "name", one->path.back(), allocator);
        Value* list = json::find(*holder, member);
        list->PushBack(made, allocator);
        item = &(*list)[list->Size() - 1];
      }
      for (const Change& one_change : one->changes)
        apply(one_change, context_.registry(), context_.clock.now_ms(), *item, allocator);
    }
    return {};
  };
  const EntityRef target = EntityRef::by_fqn(kind.type().name, reading.work.fqn);
  return entity::edit(context_, reading.reader, *kind.layout, target, change, options_);
}

}  // namespace metadata::bulk
