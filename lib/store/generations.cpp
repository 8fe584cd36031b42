#include "store/generations.h"

#include <algorithm>
#include <functional>
#include <string>
#include <variant>

namespace metadata::store {
namespace {

// 1 MiB of counters. At a thousand writes a second, of five places each, a value read from fifteen places is taken for
// changed by mistake about once in two seconds.
constexpr std::size_t kSlots = std::size_t{1} << 17;

// What an operation changes. An operation that is added has to say so here, or this does not compile.
void place(Footprint& places, const InsertEntity& insert) {
  places.entity(insert.row.id);
  places.key(insert.row.fqn_key);  // somebody may have looked here in vain
}
void place(Footprint& places, const UpdateEntity& update) { places.entity(update.row.id); }
void place(Footprint& places, const MirrorEntity& mirror) { places.entity(mirror.id); }
void place(Footprint& places, const AppendHistory& append) { places.entity(append.id); }
void place(Footprint& places, const DropHistory& drop) { places.entity(drop.id); }
void place(Footprint& places, const PutRelation& put) {
  places.entity(put.from);
  places.entity(put.to);
  places.edges(put.kind);
}
void place(Footprint& places, const DeleteRelation& relation) {
  places.entity(relation.from);
  places.entity(relation.to);
  places.edges(relation.kind);
}
void place(Footprint& places, const ReplaceTags& replace) { places.entity(replace.id); }
void place(Footprint& places, const MarkRange& range) { places.key(range.fqn_key); }
void place(Footprint& places, const DeleteRange& range) { places.key(range.fqn_key); }
void place(Footprint& places, const DeleteEntity& entity) { places.entity(entity.id); }
void place(Footprint&, const Reap&) {}  // takes out what nobody can see any more
void place(Footprint& places, const RenameRange& rename) {
  places.entity(rename.id);
  places.key(rename.old_key);
  places.key(rename.new_key);
}
void place(Footprint& places, const PutLineage& put) {
  places.entity(put.from);
  places.entity(put.to);
}
void place(Footprint& places, const DeleteLineage& edge) {
  places.entity(edge.from);
  places.entity(edge.to);
}
void place(Footprint& places, const DropLineageColumns& drop) { places.entity(drop.id); }
void place(Footprint&, const AppendLog&) {}  // nobody keeps anything read from the log
void place(Footprint&, const TrimLog&) {}
void place(Footprint& places, const PutSeries& put) { places.entity(put.owner); }
void place(Footprint& places, const DeleteSeries& series) { places.entity(series.owner); }
void place(Footprint& places, const PutSide& put) {
  places.side(put.row.kind, put.row.key);
  if (!put.row.owner.empty()) places.entity(put.row.owner);
}
void place(Footprint& places, const DeleteSide& side) { places.side(side.kind, side.key); }
// Which records these are is not known here: whoever reads side records of an entity names the entity too.
void place(Footprint& places, const DeleteSideOf& side) { places.entity(side.owner); }
void place(Footprint& places, const ExpireSide&) { places.expiry(); }
void place(Footprint&, const PutSetting&) {}  // nobody keeps settings

}  // namespace

void Footprint::add(char kind, std::string_view text, std::size_t seed) {
  // The kind goes into the hash last and cheaply; an id and a key with the same bytes need not be told apart well.
  std::size_t hash = std::hash<std::string_view>{}(text) + seed * 31 + static_cast<unsigned char>(kind);
  hash ^= hash >> 32;
  slots_.push_back(static_cast<Slot>(hash % kSlots));
}

void Footprint::entity(const EntityId& id) {
  add('e', {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

void Footprint::key(std::string_view fqn_key) { add('k', fqn_key); }

void Footprint::above(std::string_view fqn_key) {
  for (auto end = fqn_key.rfind(kKeySeparator); end != std::string_view::npos; end = fqn_key.rfind(kKeySeparator)) {
    fqn_key = fqn_key.substr(0, end);
    key(fqn_key);
  }
}

void Footprint::side(std::string_view kind, std::string_view key) {
  add('s', key, std::hash<std::string_view>{}(kind));
}

void Footprint::edges(std::string_view kind) { add('r', kind); }

void Footprint::expiry() { add('x', {}); }

void Footprint::reference(const RefRow& row) {
  entity(row.id);
  above(row.fqn_key);
}

void Footprint::writes(const WriteSet& set) {
  for (const Operation& operation : set.operations) {
    std::visit([this](const auto& one) { place(*this, one); }, operation);
  }
}

void Footprint::add(const Footprint& other) { slots_.insert(slots_.end(), other.slots_.begin(), other.slots_.end()); }

void Footprint::compact() {
  std::ranges::sort(slots_);
  slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
  slots_.shrink_to_fit();
}

Generations::Generations() : slots_(std::make_unique<std::atomic<Commit>[]>(kSlots)) {}

bool Generations::unchanged(const Footprint& places, Commit since) const noexcept {
  // Counters only grow: when the last one that is looked at is still old, all were old when the first was.
  return std::ranges::all_of(places.slots(), [&](Footprint::Slot slot) { return slots_[slot].load() <= since; });
}

Generations::Change::Change(Generations& generations, const Footprint& places)
    : generations_(generations), number_(generations.last_.load(std::memory_order_relaxed) + 1) {
  // Sequentially consistent, so that no reader meets the commit before it can see this.
  for (const Footprint::Slot slot : places.slots()) generations_.slots_[slot].store(number_);
}

Generations::Change::~Change() { generations_.last_.store(number_, std::memory_order_release); }

}  // namespace metadata::store
