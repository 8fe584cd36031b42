#include <algorithm>

#include "bulk/groups.h"
#include "bulk/references.h"
#include "bulk/work.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/formats.h"
#include "model/fqn.h"

namespace metadata::bulk {
namespace {

using Kind = BoundColumn::Kind;

bool is_said_elsewhere(Kind kind) {
  return kind == Kind::Name || kind == Kind::Parent || kind == Kind::Type || kind == Kind::Fqn;
}

/// Do two cells say the same? The order of references and labels says nothing.
bool same_entries(const BoundColumn& column, Entries a, Entries b) {
  if (column.kind == Kind::References || column.kind == Kind::Labels || column.kind == Kind::Extension) {
    std::ranges::sort(a);
    std::ranges::sort(b);
  }
  return a == b;
}

/// The first name on a path as errors have it: "columns" of "columns[3].tags".
std::string_view first_name(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

std::string_view last_name(std::string_view path) {
  while (path.ends_with(']')) path = path.substr(0, path.rfind('['));
  return path.substr(path.rfind('.') + 1);
}

}  // namespace

entity::Step RowWriter::unchanged(const Work& work) const {
  entity::Step step;
  step.layout = work.kind->layout;
  step.after.row.fqn_key = work.key;
  return step;
}

/// What a verb refused, as it is said of a row.
Error RowWriter::told(const RowKind& kind, const Error& error) const {
  const std::string_view path = error.field();
  if (path.empty()) return error;
  for (std::size_t i = 0; i < kind.columns.size(); ++i) {
    const BoundColumn& column = kind.columns[i];
    if (column.leaf == nullptr || heading_.place(i) == Heading::kAbsent) continue;
    const bool fits =
        kind.list == nullptr ? column.field->name == first_name(path) : column.leaf->name == last_name(path);
    if (fits) return Error(error.code(), heading_.wrong(i, error.message()));
  }
  return error;
}

Result<std::vector<Change>> RowWriter::plan_row(const Reading& reading, const RowKind& kind, const Row& row,
                                                const std::vector<Entries>* there) const {
  const std::vector<Entries> nothing(there == nullptr ? kind.columns.size() : 0);
  const std::vector<Entries>& old = there == nullptr ? nothing : *there;
  std::vector<Change> changes;
  std::string missing;
  for (std::size_t i = 0; i < kind.columns.size(); ++i) {
    const BoundColumn& column = kind.columns[i];
    const std::size_t place = heading_.place(i);
    if (place == Heading::kAbsent || is_said_elsewhere(column.kind)) continue;
    const bool lacks = column.column->required && column.kind != Kind::None && row.cells[place].empty();
    if (lacks && (there == nullptr || !old[i].empty()))
      missing.append(missing.empty() ? "" : ";").append(heading_.required(i));
    if (row.cells[place] == cell_of(column, old[i])) continue;
    auto entries = read_cell(column, row.cells[place]);
    if (!entries.ok()) return Error(entries.error().code(), heading_.wrong(i, entries.error().message()));
    if (same_entries(column, old[i], *entries)) continue;
    auto change = plan(context_, reading.reader, options_.as, kind.type(), column, old[i], *std::move(entries));
    if (!change.ok()) {
      reading.work.may_pass_later = change.error().code() == Code::NotFound;
      return Error(change.error().code(), heading_.wrong(i, change.error().message()));
    }
    changes.push_back(*std::move(change));
  }
  if (!missing.empty()) return invalid_argument(missing);
  return changes;
}

/// In a file of a group, a row must name the group or one below it.
Error RowWriter::check_group(const Reading& reading, const Row& row) const {
  if (file_.of != File::Of::Group) return {};
  const RowKind& kind = *reading.work.kind;
  for (std::size_t i = 0; i < kind.columns.size(); ++i) {
    const BoundColumn& column = kind.columns[i];
    if (column.field == nullptr || column.field->name != file_.rule->group_field) continue;
    MD_LET(entries, read_cell(column, row.cells[heading_.place(i)]));
    MD_LET(inside, lies_in_scope(reading.reader, file_, entries));
    if (inside) return {};
    reading.work.may_pass_later = true;
    return invalid_argument(heading_.wrong(i, model::shown(row.cells[heading_.place(i)]) + " is not under " +
                                                  file_.scope_fqn + " " + file_.scope->type->name + " hierarchy"));
  }
  return {};
}

Result<entity::Step> RowWriter::prepare(store::Reader& reader, Work& work, std::vector<Row>& rows) const {
  work.creates = work.waits = work.may_pass_later = false;
  for (std::size_t i = work.first; i < work.first + work.count; ++i) {
    rows[i].failure.clear();
    rows[i].done = Row::Done::Nothing;
  }
  const Reading reading{reader, work, rows};
  return work.kind->list == nullptr ? prepare_entity(reading) : prepare_items(reading);
}

Result<entity::Step> RowWriter::prepare_entity(const Reading& reading) const {
  const Work& work = reading.work;
  const RowKind& kind = *work.kind;
  Row& row = reading.rows[work.first];
  const EntityRef target = EntityRef::by_fqn(kind.type().name, work.fqn);
  const ReadOptions read{options_.as, kind.fields, Include::Live, options_.interrupt};
  const auto seen = entity::get_from(context_, reading.reader, target, read);
  if (seen.error().code() == Code::NotFound) return prepare_new(reading);
  if (!seen.ok()) return seen.error();
  json::Document tree;
  MD_OK(json::parse_trusted(seen->text(), tree));
  const std::vector<Entries> there = row_of(context_, kind, work.fqn, tree);
  MD_LET(changes, plan_row(reading, kind, row, &there));
  MD_OK(check_group(reading, row));
  if (changes.empty()) return unchanged(work);
  const auto change = [&](json::Document& whole) {
    for (const Change& one : changes)
      apply(one, context_.registry(), context_.clock.now_ms(), whole, whole.GetAllocator());
    return Error();
  };
  auto step = entity::edit(context_, reading.reader, *kind.layout, target, change, options_);
  reading.work.may_pass_later = !step.ok();
  if (!step.ok()) return told(kind, step.error());
  row.done = step->set.empty() ? Row::Done::Nothing : Row::Done::Updated;
  return step;
}

namespace {

/// The field by which a create body names a container of so many key parts.
const view::ContainerField* container_field(const view::TypeLayout& layout, std::size_t parts) {
  const view::ContainerField* any = nullptr;
  for (const std::string& name : layout.type->parent_fields) {
    for (const view::ContainerField& field : layout.containers) {
      if (field.field->name != name) continue;
      for (const auto& candidate : field.candidates) {
        if (candidate.depth == parts) return &field;
        if (candidate.depth == 0 && any == nullptr) any = &field;
      }
    }
  }
  return any;
}

/// The FQN of the first so many parts of a key.
std::string fqn_of_parts(std::string_view key, std::size_t parts) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < parts && end != std::string_view::npos; ++i)
    end = key.find(model::kKeySeparator, i == 0 ? 0 : end + 1);
  return model::fqn_of_key(key.substr(0, end));
}

void name_containers(const view::TypeLayout& layout, std::string_view key, json::Document& body) {
  const std::string_view above = model::parent_key(key);
  if (above.empty()) return;
  auto& allocator = body.GetAllocator();
  const view::ContainerField* nearest = container_field(layout, model::key_parts(above).size());
  if (nearest != nullptr) json::set_string(body, nearest->field->name, model::fqn_of_key(above), allocator);
  for (const view::ContainerField& field : layout.containers) {
    if (!field.field->required || json::find(body, field.field->name) != nullptr || field.candidates.empty()) continue;
    json::set_string(body, field.field->name, fqn_of_parts(above, field.candidates.front().depth), allocator);
  }
}

/// A file says only some of what a create body must have: a description, say, may be empty in it.
void fill_required(const model::EntityType& type, json::Document& body) {
  for (const model::Field& field : type.fields) {
    if (!field.required || field.place != model::Place::Document || json::find(body, field.name) != nullptr) continue;
    if (field.type.shape == model::Shape::Array) json::set(body, field.name, empty_list(), body.GetAllocator());
    const bool any_text = field.type.shape == model::Shape::String && field.type.values.empty() &&
                          field.type.format == model::Format::None;
    if (any_text) json::set_string(body, field.name, "", body.GetAllocator());
  }
}

}  // namespace

Result<entity::Step> RowWriter::prepare_new(const Reading& reading) const {
  const RowKind& kind = *reading.work.kind;
  Row& row = reading.rows[reading.work.first];
  MD_LET(changes, plan_row(reading, kind, row, nullptr));
  MD_OK(check_group(reading, row));
  json::Document body;
  body.SetObject();
  json::set_string(body, "name", model::key_parts(reading.work.key).back(), body.GetAllocator());
  for (const Change& change : changes) {
    if (change.column->is_set_later()) {
      reading.work.waits = true;
    } else {
      apply(change, context_.registry(), context_.clock.now_ms(), body, body.GetAllocator());
    }
  }
  name_containers(*kind.layout, reading.work.key, body);
  fill_required(kind.type(), body);
  auto step = entity::put(context_, reading.reader, *kind.layout, json::write(body), options_);
  reading.work.may_pass_later = !step.ok();
  if (!step.ok()) return told(kind, step.error());
  reading.work.creates = true;
  row.done = Row::Done::Created;
  return step;
}

}  // namespace metadata::bulk
