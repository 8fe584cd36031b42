#include "search/follower.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "search/document.h"
#include "search/guarded.h"
#include "search/slots.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

constexpr std::size_t kFillPage = 256;  // entities read, and documents made, at once
constexpr std::size_t kLogPage = 500;   // records read at once
constexpr std::size_t kTaskPage = 500;  // documents of a task at once

bool may_be_of(const model::Field& field, const std::string& type) {
  const auto& types = field.relation.types;
  return types.empty() || std::ranges::find(types, type) != types.end();
}

}  // namespace

std::string revision_slot(Revision revision) { return slot_of_number(static_cast<std::uint64_t>(revision)); }

std::string record_text(const store::LogRecord& record) {
  return record.id.text() + " " + std::to_string(record.revision) + " " + std::to_string(record.at);
}

Follower::Follower(store::Store& store, const view::Layouts& layouts, Shards& shards, base::Log log)
    : store_(store), layouts_(layouts), shards_(shards), log_(log), progress_(shards.progress()) {
  for (const auto& type : layouts.registry().types()) {
    if (is_searchable(*type)) types_.push_back(type.get());
  }
}

void Follower::begin_filling() {
  progress_ = {};
  progress_.filling = true;
  progress_.seq = store_.last_seq();
  dirty_ = true;
}

Result<std::int64_t> Follower::to_fill() const {
  MD_LET(reader, store_.glance());
  std::int64_t all = 0;
  for (const model::EntityType* type : types_) {
    store::ListQuery query;
    query.type = type->name;
    query.rows = store::Rows::All;
    MD_LET(count, reader->count(query));
    all += count;
  }
  return all;
}

Error Follower::step() {
  dirty_ = true;
  if (progress_.filling) return fill();
  if (!progress_.tasks.empty()) return do_task();
  return follow();
}

Error Follower::commit(Shards::Where where) {
  MD_OK(shards_.commit(progress_, where));
  dirty_ = false;
  return {};
}

Error Follower::fill() {
  const auto at =
      std::ranges::find_if(types_, [&](const model::EntityType* type) { return type->name >= progress_.type; });
  if (at == types_.end()) {
    progress_.filling = false;
    progress_.type.clear();
    progress_.key.clear();
    return {};
  }
  std::vector<Shards::Change> changes;
  {
    MD_LET(reader, store_.snapshot());
    if (progress_.record.empty() && progress_.seq > 0) {
      MD_LET(records, reader->log(progress_.seq - 1, 1));
      if (!records.empty() && records.front().seq == progress_.seq) progress_.record = record_text(records.front());
    }
    store::ListQuery query;
    query.type = (*at)->name;
    query.rows = store::Rows::All;
    query.limit = kFillPage;
    if (query.type == progress_.type) query.lower = progress_.key;
    MD_LET(page, read_page(*reader, query));
    MD_OK(make(*reader, layouts_.of(**at), page, true, changes));
    progress_.filled += static_cast<std::int64_t>(page.size());
    if (page.size() < kFillPage) {
      // The next type; no name is equal to this one with a byte behind it.
      progress_.type = (*at)->name + '\x01';
      progress_.key.clear();
    } else {
      progress_.type = (*at)->name;
      progress_.key = page.back().row.fqn_key;
    }
  }
  return shards_.apply(std::move(changes));
}

// What is damaged in the store keeps nothing else out of the index; check tells of it, too.
Result<std::vector<store::StoredEntity>> Follower::read_page(store::Reader& reader, store::ListQuery query) {
  auto page = reader.list(query);
  if (page.ok() || page.error().code() != Code::Corrupt) return page;
  log_.error("search leaves out some of type " + query.type + ": " + page.error().text());
  query.leave_out_damaged = true;
  return reader.list(query);
}

Result<std::vector<store::StoredEntity>> Follower::read_all(store::Reader& reader, std::span<const EntityId> ids) {
  auto found = reader.find_all(ids);
  if (found.ok() || found.error().code() != Code::Corrupt) return found;
  std::vector<store::StoredEntity> whole;
  for (const EntityId& id : ids) {
    auto one = reader.find(id);
    if (one.ok()) {
      if (*one) whole.push_back(**std::move(one));
    } else if (one.error().code() == Code::Corrupt) {
      log_.error("search leaves out " + id.text() + ": " + one.error().text());
    } else {
      return one.error();
    }
  }
  return whole;
}

/// The documents of entities of one type. One that cannot be made does not keep the others from it.
Error Follower::make(store::Reader& reader, const view::TypeLayout& layout,
                     std::span<const store::StoredEntity> entities, bool fresh, std::vector<Shards::Change>& changes) {
  const auto one = [&](const store::StoredEntity& entity, Xapian::Document&& document) {
    document.add_value(terms::kSlotRevision, revision_slot(entity.row.revision));
    changes.push_back({entity.row.id, std::make_unique<Xapian::Document>(std::move(document)), fresh});
  };
  return guarded([&]() -> Error {
    Result<std::vector<Xapian::Document>> made = make_documents(reader, layouts_, layout, entities);
    if (made.ok()) {
      for (std::size_t i = 0; i < entities.size(); ++i) one(entities[i], std::move((*made)[i]));
      return {};
    }
    if (made.error().code() == Code::Unavailable) return made.error();
    for (const store::StoredEntity& entity : entities) {
      Result<std::vector<Xapian::Document>> alone = make_documents(reader, layouts_, layout, {&entity, 1});
      if (alone.ok()) {
        one(entity, std::move(alone->front()));
      } else if (alone.error().code() == Code::Unavailable) {
        return alone.error();
      } else {
        log_.error("search leaves out " + entity.row.type + " " + entity.row.id.text() + ": " + alone.error().text());
        changes.push_back({entity.row.id, nullptr, false});
      }
    }
    return {};
  });
}

/// The present documents of these entities; of those that are gone or not searched, none.
Error Follower::look_again(store::Reader& reader, std::span<const EntityId> ids, bool fresh,
                           std::vector<Shards::Change>& changes) {
  MD_LET(found, read_all(reader, ids));
  std::map<std::string, std::vector<store::StoredEntity>> by_type;
  std::unordered_set<std::string> there;
  for (store::StoredEntity& entity : found) {
    const model::EntityType* type = layouts_.registry().type(entity.row.type);
    if (type == nullptr || !is_searchable(*type)) continue;
    there.insert(terms::of_id(terms::kId, entity.row.id));
    by_type[entity.row.type].push_back(std::move(entity));
  }
  for (const auto& [name, entities] : by_type) {
    MD_OK(make(reader, layouts_.of(*layouts_.registry().type(name)), entities, fresh, changes));
  }
  for (const EntityId& id : ids) {
    if (!there.contains(terms::of_id(terms::kId, id))) changes.push_back({id, nullptr, false});
  }
  return {};
}

Error Follower::follow() {
  const Seq end = store_.last_seq();
  MD_LET(reader, store_.snapshot());
  MD_LET(records, reader->log(progress_.seq, kLogPage));
  if (records.empty()) {
    // The end is further than the log goes: whatever was there has been trimmed.
    if (progress_.seq < end) return damage("the change log does not reach back to the search index");
    return {};
  }
  if (records.front().seq != progress_.seq + 1) return damage("the change log does not reach back to the search index");
  std::vector<EntityId> ids;
  std::unordered_set<std::string> seen;
  const store::LogRecord* last = nullptr;
  for (const store::LogRecord& record : records) {
    last = &record;
    // Values over time and suggestions are in no document.
    if (!store::is_beside(record.kind) && seen.insert(terms::of_id(terms::kId, record.id)).second)
      ids.push_back(record.id);
    // What such a record does beyond its entity comes before what the next one says.
    if (record.subtree || record.kind == store::LogKind::Deleted) break;
  }
  std::vector<Shards::Change> changes;
  if (!ids.empty()) MD_OK(look_again(*reader, ids, false, changes));

  std::vector<Progress::Task> tasks;
  if (last->kind == store::LogKind::Deleted) {
    if (last->subtree) tasks.push_back({Progress::Task::Kind::Remove, terms::of_id(terms::kUnder, last->id), 0, 0});
    MD_OK(add_references(last->type, last->id, tasks));
  } else if (last->subtree) {
    bool below = true;
    if (last->kind == store::LogKind::Renamed) {
      // Documents hold no names of what is above them, so only another place concerns them.
      MD_LET(moved, has_moved(last->id, changes));
      below = moved;
    }
    if (below) tasks.push_back({Progress::Task::Kind::Refresh, terms::of_id(terms::kUnder, last->id), 0, 0});
  }
  reader.reset();
  MD_OK(shards_.apply(std::move(changes)));
  progress_.seq = last->seq;
  progress_.record = record_text(*last);
  progress_.tasks.assign(std::make_move_iterator(tasks.begin()), std::make_move_iterator(tasks.end()));
  return {};
}

/// Has the entity other containers than its document in the index says? Without a document: nobody knows, so yes.
Result<bool> Follower::has_moved(const EntityId& id, const std::vector<Shards::Change>& changes) {
  MD_LET(before, shards_.terms_of(id, terms::kUnder));
  MD_LET(there, shards_.has_term(terms::of_id(terms::kId, id)));
  const auto change = std::ranges::find_if(changes, [&](const auto& one) { return one.id == id; });
  if (!there || change == changes.end() || change->document == nullptr) return true;
  std::vector<std::string> now;
  for (auto term = change->document->termlist_begin(); term != change->document->termlist_end(); ++term) {
    if ((*term).front() == terms::kUnder) now.push_back(*term);
  }
  return now != before;
}

/// Documents that name an entity which is gone have to forget it.
Error Follower::add_references(const std::string& type, const EntityId& id, std::vector<Progress::Task>& tasks) {
  std::vector<std::string> candidates{terms::of_id(terms::kTag, id)};
  const std::string bytes = slot_of_id(id);
  for (const model::EntityType* searched : types_) {
    for (const std::string& name : searched->search.related) {
      const model::Field* field = searched->find(name);
      if (field == nullptr || !may_be_of(*field, type)) continue;
      if (name == "owners") {
        candidates.push_back(terms::of_id(terms::kOwner, id));
      } else if (name == "domains") {
        candidates.push_back(terms::of_id(terms::kDomain, id));
      } else {
        candidates.push_back(terms::of_field(terms::kRelated, name, bytes));
      }
    }
  }
  std::ranges::sort(candidates);
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  for (std::string& term : candidates) {
    MD_LET(there, shards_.has_term(term));
    if (there) tasks.push_back({Progress::Task::Kind::Refresh, std::move(term), 0, 0});
  }
  return {};
}

Error Follower::do_task() {
  Progress::Task& task = progress_.tasks.front();
  MD_LET(found, shards_.find(task.term, task.shard, task.document, kTaskPage));
  std::vector<Progress::Task> more;
  if (task.kind == Progress::Task::Kind::Remove) {
    std::vector<Xapian::docid> documents;
    for (const Shards::Found& one : found) {
      documents.push_back(one.document);
      MD_OK(add_references(one.type, one.id, more));
    }
    MD_OK(shards_.remove(task.shard, documents));
  } else if (!found.empty()) {
    std::vector<EntityId> ids;
    for (const Shards::Found& one : found) ids.push_back(one.id);
    std::vector<Shards::Change> changes;
    MD_LET(reader, store_.snapshot());
    MD_OK(look_again(*reader, ids, false, changes));
    reader.reset();
    MD_OK(shards_.apply(std::move(changes)));
  }
  if (found.size() == kTaskPage) {
    task.document = found.back().document;
  } else if (task.shard + 1 < shards_.count()) {
    ++task.shard;
    task.document = 0;
  } else {
    progress_.tasks.pop_front();
  }
  for (Progress::Task& next : more) progress_.tasks.push_back(std::move(next));
  return {};
}

}  // namespace metadata::search
