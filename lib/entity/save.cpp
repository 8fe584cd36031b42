#include "entity/save.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "change/describe.h"
#include "change/log.h"
#include "entity/allowed.h"
#include "entity/body.h"
#include "entity/delta.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

// Reading an old version walks at most this many deltas from a full form.
constexpr std::int64_t kFullFormEvery = 16;

change::Author provenance_author(const Author& author) {
  return {author.as.name, author.as.is_bot(), author.source, author.at};
}

store::PutRelation edge_to(const model::Field& field, const EntityId& self, const EntityId& other) {
  return field.relation.outgoing ? store::PutRelation{self, field.relation.kind, other, 0, {}}
                                 : store::PutRelation{other, field.relation.kind, self, 0, {}};
}

bool among(const std::vector<store::RefRow>& refs, const EntityId& id) {
  return std::any_of(refs.begin(), refs.end(), [&](const auto& ref) { return ref.id == id; });
}

void change_edges(const view::TypeLayout& layout, const Loaded& before, const view::Surroundings& after,
                  store::WriteSet& set) {
  const store::EntityRow& row = before.stored.row;
  for (const model::Field* field : layout.relations) {
    if (!view::is_own_relation(*field)) continue;
    const auto& had = before.around.edges(row.rid, *field);
    const auto& has = after.edges(row.rid, *field);
    for (const auto& ref : had) {
      if (among(has, ref.id)) continue;
      const auto edge = edge_to(*field, row.id, ref.id);
      set.operations.push_back(store::DeleteRelation{edge.from, edge.kind, edge.to});
    }
    for (const auto& ref : has) {
      if (!among(had, ref.id)) set.operations.push_back(edge_to(*field, row.id, ref.id));
    }
  }
}

bool same_labels(const std::vector<store::TagUsage>& a, const std::vector<store::TagUsage>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.path == y.path && x.tag_id == y.tag_id && x.source == y.source && x.label_type == y.label_type &&
           x.state == y.state && x.reason == y.reason;
  });
}

void add_ids(std::string& out, std::string_view key, const std::vector<std::string>& ids) {
  if (out.size() > 1) out += ',';
  json::append_quoted(out, key);
  out += ":[";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) out += ',';
    json::append_quoted(out, ids[i]);
  }
  out += ']';
}

/// Fields that another field's change sets back to their default (a new view text was not yet looked at for lineage).
void reset_dependents(const model::EntityType& type, const json::Value& before, json::Document& after) {
  for (const model::Field& field : type.fields) {
    if (field.reset_by.empty()) continue;
    const auto same = [&](const std::string& name) {
      const json::Value* old = json::find(before, name);
      const json::Value* now = json::find(after, name);
      return old == nullptr || now == nullptr ? old == now : json::equal(*old, *now);
    };
    if (same(field.reset_by) || !same(field.name)) continue;
    json::Document fallback;
    if (field.default_json && json::parse_trusted(*field.default_json, fallback).ok()) {
      json::set(after, field.name, json::copy(fallback, after.GetAllocator()), after.GetAllocator());
    } else {
      json::erase(after, field.name);
    }
  }
}

/// The nested items (columns) that are not there any more, as lineage names them: below the entity.
std::vector<std::string> lost_items(const json::Value& before, const json::Value& after, const std::string& fqn) {
  auto has = model::nested_fqns(after);
  const auto had = model::nested_fqns(before);
  std::vector<std::string> lost;
  if (has == had) return lost;
  std::sort(has.begin(), has.end());
  for (const std::string_view item : had) {
    if (item.starts_with(fqn + ".") && !std::binary_search(has.begin(), has.end(), item))
      lost.emplace_back(item.substr(fqn.size()));
  }
  return lost;
}

void touch(store::EntityRow& row, const Author& author) {
  row.revision += 1;
  row.updated_at = std::max(row.updated_at, author.at);  // a clock that steps back never makes an entity younger
  row.updated_by = author.as.name;
}

store::HistoryRow past_row(const store::StoredEntity& stored) {
  store::HistoryRow past;
  past.version = stored.row.version;
  past.revision = stored.row.revision;
  past.updated_at = stored.row.updated_at;
  past.updated_by = stored.row.updated_by;
  past.deleted = stored.row.deleted;
  past.mark = stored.row.mark;
  past.change = stored.body.change;
  return past;
}

Result<store::HistoryRow> history_of(store::Reader& reader, const view::TypeLayout& layout, const Loaded& before,
                                     const Draft& after) {
  store::HistoryRow past = past_row(before.stored);
  MD_LET(count, reader.history_count(before.stored.row.rid));
  past.full = (count + 1) % kFullFormEvery == 0;
  if (past.full) {
    past.body = json::write(view::versioned_form(layout, before.working, before.tags));
  } else {
    const json::Document change = delta(layout, {after.working, after.tags}, {before.working, before.tags});
    if (!change.Empty()) past.body = json::write(change);
  }
  return past;
}

}  // namespace

std::string facts_of(const view::TypeLayout& layout, const view::Surroundings& around, store::Rid rid) {
  std::string text = "{";
  for (const model::Field* field : layout.relations) {
    const auto& refs = around.edges(rid, *field);
    if (refs.empty() || !view::is_own_relation(*field)) continue;
    std::vector<std::string> ids;
    for (const auto& ref : refs) ids.push_back(ref.id.text());
    add_ids(text, field->name, ids);
  }
  const auto labels = around.tags.find(rid);
  if (labels != around.tags.end() && !labels->second.empty()) {
    std::vector<std::string> ids;
    for (const auto& label : labels->second) ids.push_back(label.tag.id.text());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    add_ids(text, "tags", ids);
  }
  return text += '}';
}

store::LogRecord log_record(const store::EntityRow& row, store::LogKind kind, const Author& author, std::string change,
                            std::string facts) {
  store::LogRecord record = change::log_record(row, kind, author.as, author.at, author.source);
  record.facts = std::move(facts);
  record.change = std::move(change);
  return record;
}

std::vector<store::Attribute> attributes_of(const view::TypeLayout& layout, const json::Value& working) {
  std::vector<store::Attribute> attributes;
  for (const std::string& name : layout.type->filters) {
    const json::Value* value = json::find(working, name);
    if (value == nullptr || value->IsObject() || value->IsNull()) continue;
    if (value->IsArray()) {  // an entity is found by each of its values
      for (const json::Value& item : value->GetArray()) {
        if (!item.IsString()) continue;
        const auto same = [&](const store::Attribute& one) {
          return one.name == name && one.value == json::view(item);
        };
        if (std::none_of(attributes.begin(), attributes.end(), same))
          attributes.push_back({name, std::string(json::view(item))});
      }
      continue;
    }
    attributes.push_back({name, value->IsString() ? std::string(json::view(*value)) : json::write(*value)});
  }
  return attributes;
}

void keep_one(const view::TypeLayout& layout, const Loaded& before, const json::Value* after, store::WriteSet& set) {
  const auto has_all = [&](const json::Value& working) {
    const auto attributes = attributes_of(layout, working);
    return std::all_of(layout.type->keep_one.begin(), layout.type->keep_one.end(), [&](const auto& wanted) {
      return std::any_of(attributes.begin(), attributes.end(), [&](const store::Attribute& one) {
        return one.name == wanted.first && one.value == wanted.second;
      });
    });
  };
  const store::EntityRow& row = before.stored.row;
  if (layout.type->keep_one.empty() || row.deleted || !has_all(before.working)) return;
  if (after != nullptr && has_all(*after)) return;
  store::AnotherHas another{row.type, row.id, {}, {}};
  std::string said;
  for (const auto& [name, value] : layout.type->keep_one) {
    another.attributes.push_back({name, value});
    said.append(said.empty() ? "" : " and ").append(name).append(" ").append(value);
  }
  another.message = row.type + " " + row.name + " is the last one with " + said + ", and one there must be";
  set.preconditions.push_back(std::move(another));
}

Step insert_step(const view::TypeLayout& layout, Draft draft, const Author& author) {
  Step step;
  step.layout = &layout;
  step.change = Written::Change::Created;
  store::EntityRow& row = draft.row;
  row.display_name = json::string_or(draft.working, "displayName");
  row.updated_at = author.at;
  row.updated_by = author.as.name;
  auto labels = view::labels_of(layout, draft.working, draft.tags);
  auto attributes = attributes_of(layout, draft.working);
  std::string facts = facts_of(layout, draft.around, row.rid);
  store::EntityBody body;
  body.provenance = change::provenance("{}", *layout.type, nullptr, draft.working, provenance_author(author));
  body.document = view::document_of(layout, std::move(draft.working));
  step.set.preconditions.push_back(store::KeyAbsent{row.type, row.fqn_key});
  step.set.operations.push_back(store::InsertEntity{row, body, std::move(attributes)});
  for (const model::Field* field : layout.relations) {
    for (const auto& ref : draft.around.edges(row.rid, *field))
      step.set.operations.push_back(edge_to(*field, row.id, ref.id));
  }
  if (!labels.empty()) step.set.operations.push_back(store::ReplaceTags{row.id, std::move(labels)});
  step.set.operations.push_back(
      store::AppendLog{log_record(row, store::LogKind::Created, author, "", std::move(facts))});
  step.after = {row, std::move(body)};
  step.around = std::move(draft.around);
  return step;
}

Result<Step> update_step(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                         const Loaded& before, Draft after, const Author& author) {
  const model::EntityType& type = *layout.type;
  const store::EntityRow& old_row = before.stored.row;
  reset_dependents(type, before.working, after.working);
  change::Move move;
  if (const auto from = model::parent_key(old_row.fqn_key), to = model::parent_key(after.row.fqn_key); from != to)
    move = {model::fqn_of_key(from), model::fqn_of_key(to)};
  const auto change = change::describe(type, before.working, after.working, old_row.version, move);
  Step step;
  step.layout = &layout;
  if (change.empty()) {
    step.after = before.stored;
    step.around = before.around;
    return step;
  }
  MD_OK(check_change(reader, layout, author.as, old_row, operations_of(layout, change.fields, before, after)));
  MD_OK(check_values(context, reader, author.as, layout, &before.working, after.working));

  store::EntityRow row = old_row;
  touch(row, author);
  row.display_name = json::string_or(after.working, "displayName");
  row.name = after.row.name;
  row.fqn_key = after.row.fqn_key;
  store::EntityBody body;
  body.provenance = change::provenance(before.stored.body.provenance, type, &before.working, after.working,
                                       provenance_author(author));
  body.change = before.stored.body.change;
  std::string description = mask_sealed(change.description);

  step.set.preconditions.push_back(store::RowAt{old_row.id, old_row.revision});
  keep_one(layout, before, &after.working, step.set);
  if (change.versioned) {
    MD_LET(past, history_of(reader, layout, before, after));
    step.set.operations.push_back(store::AppendHistory{old_row.id, std::move(past)});
    row.version = change::next_version(old_row.version, change);
    row.mark = store::Mark::None;
    body.change = description;
  }
  if (row.fqn_key != old_row.fqn_key) {
    step.set.preconditions.push_back(store::KeyAbsent{row.type, row.fqn_key});
    step.set.operations.push_back(
        store::RenameRange{row.id, row.name, type.below, row.tree, old_row.fqn_key, row.fqn_key});
  }
  auto attributes = attributes_of(layout, after.working);
  auto lost = lost_items(before.working, after.working, model::fqn_of_key(row.fqn_key));
  std::optional<std::vector<store::TagUsage>> labels;  // when they are others now
  if (!before.tags.empty() || !after.tags.empty()) {
    labels = view::labels_of(layout, after.working, after.tags);
    if (same_labels(*labels, view::labels_of(layout, before.working, before.tags))) labels.reset();
  }
  body.document = view::document_of(layout, std::move(after.working));
  step.set.operations.push_back(store::UpdateEntity{row, body, std::move(attributes)});
  if (!lost.empty()) step.set.operations.push_back(store::DropLineageColumns{row.id, std::move(lost)});
  change_edges(layout, before, after.around, step.set);
  if (labels) step.set.operations.push_back(store::ReplaceTags{row.id, *std::move(labels)});
  const auto kind = row.fqn_key == old_row.fqn_key ? store::LogKind::Updated : store::LogKind::Renamed;
  auto record = log_record(row, kind, author, std::move(description), facts_of(layout, after.around, row.rid));
  record.subtree = kind == store::LogKind::Renamed;
  step.set.operations.push_back(store::AppendLog{std::move(record)});

  step.change = Written::Change::Updated;
  step.after = {std::move(row), std::move(body)};
  step.around = std::move(after.around);
  return step;
}

void mark_self(const view::TypeLayout& layout, const store::StoredEntity& stored, bool deleted, const Author& author,
               store::WriteSet& set, store::StoredEntity& after) {
  after = stored;
  store::EntityRow& row = after.row;
  touch(row, author);
  row.deleted = deleted;
  if (layout.type->versioned) {
    set.operations.push_back(store::AppendHistory{row.id, past_row(stored)});
    row.version = row.version.next_minor();
  }
  row.mark = deleted ? store::Mark::SoftDeleted : store::Mark::Restored;
  after.body.change = view::describe_mark(row.mark, row.version);
}

}  // namespace metadata::entity
