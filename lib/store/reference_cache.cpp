#include "store/reference_cache.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/forwarding_reader.h"

namespace metadata::store {
namespace {

/// No type is called by a control character, so that ids and keys do not meet.
std::string name_of(const EntityId& id) {
  return std::string(1, '\x01').append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

std::string name_of(Rid rid) { return std::string(1, '\x02').append(reinterpret_cast<const char*>(&rid), sizeof(rid)); }

std::string name_of(std::string_view type, std::string_view fqn_key) {
  std::string name;
  name.reserve(type.size() + fqn_key.size() + 1);
  return name.append(type).append(1, '\n').append(fqn_key);
}

constexpr std::size_t kKeptOfOneQuestion = 2048;

/// As the store answers: each row once.
std::vector<RefRow> each_once(std::vector<RefRow> rows) {
  std::unordered_set<Rid> seen;
  std::erase_if(rows, [&](const RefRow& row) { return !seen.insert(row.rid).second; });
  return rows;
}

}  // namespace

class ReferenceCache::Front : public ForwardingReader<Reader> {
 public:
  Front(ReferenceCache& cache, std::unique_ptr<Reader> inner, Generations::Commit since)
      : ForwardingReader(inner.get()), cache_(cache), inner_(std::move(inner)), since_(since) {}

  Result<std::vector<RefRow>> refs_by_id(std::span<const EntityId> ids) override {
    std::vector<RefRow> rows;
    std::vector<EntityId> unknown;
    for (const EntityId& id : ids) {
      if (auto known = cache_.find(name_of(id), since_)) {
        rows.push_back(*std::move(known));
      } else {
        unknown.push_back(id);
      }
    }
    if (!unknown.empty()) {
      MD_LET(read, inner_->refs_by_id(unknown));
      for (RefRow& row : read) {
        cache_.keep(name_of(row.id), row, since_);
        rows.push_back(std::move(row));
      }
    }
    return each_once(std::move(rows));
  }

  Result<std::vector<RefRow>> refs_by_key(std::span<const TypedKey> keys) override {
    std::vector<RefRow> rows;
    std::vector<TypedKey> unknown;
    for (const TypedKey& key : keys) {
      if (auto known = cache_.find(name_of(key.type, key.fqn_key), since_)) {
        rows.push_back(*std::move(known));
      } else {
        unknown.push_back(key);
      }
    }
    if (!unknown.empty()) {
      MD_LET(read, inner_->refs_by_key(unknown));
      for (RefRow& row : read) {
        cache_.keep(name_of(row.type, row.fqn_key), row, since_);
        rows.push_back(std::move(row));
      }
    }
    return each_once(std::move(rows));
  }

  Result<std::vector<RefRow>> refs_by_rid(std::span<const Rid> rids) override {
    std::vector<RefRow> rows;
    std::vector<Rid> unknown;
    rows.reserve(rids.size());
    for (const Rid rid : rids) {
      if (auto known = cache_.find(name_of(rid), since_)) {
        rows.push_back(*std::move(known));
      } else {
        unknown.push_back(rid);
      }
    }
    if (!unknown.empty()) {
      MD_LET(read, inner_->refs_by_rid(unknown));
      // A walk that meets more than the cache could ever hold would only push out what others need.
      const bool few = unknown.size() <= kKeptOfOneQuestion;
      for (RefRow& row : read) {
        if (few) cache_.keep(name_of(row.rid), row, since_);
        rows.push_back(std::move(row));
      }
    }
    return each_once(std::move(rows));
  }

 private:
  ReferenceCache& cache_;
  const std::unique_ptr<Reader> inner_;
  const Generations::Commit since_;
};

std::unique_ptr<Reader> ReferenceCache::in_front_of(std::unique_ptr<Reader> reader, Generations::Commit since) {
  if (!rows_.enabled()) return reader;
  return std::make_unique<Front>(*this, std::move(reader), since);
}

std::optional<RefRow> ReferenceCache::find(std::string_view name, Generations::Commit since) {
  const auto known = rows_.get(name);
  // Unchanged since the earlier of both moments: then it is now what it was when it was read, and what the reader's
  // view of the store has.
  if (!known || !generations_.unchanged(known->places, std::min(since, known->since))) return std::nullopt;
  return known->row;
}

void ReferenceCache::keep(std::string_view name, const RefRow& row, Generations::Commit since) {
  auto known = std::make_shared<Known>(Known{row, {}, since});
  known->places.reference(row);
  if (!generations_.unchanged(known->places, since)) return;
  known->places.compact();
  const std::size_t bytes = sizeof(Known) + row.fqn_key.size() + row.name.size() + row.display_name.size() +
                            row.type.size() + known->places.slots().size() * sizeof(Footprint::Slot);
  rows_.put(name, std::move(known), bytes);
}

}  // namespace metadata::store
