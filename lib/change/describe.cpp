#include "change/describe.h"

#include "change/compare.h"
#include "change/record.h"

namespace metadata::change {

namespace {

void record_move(const Move& move, Record& record) {
  constexpr char kParent[] = "parent";
  if (move.from == move.to) return;
  const std::string from = as_string(move.from), to = as_string(move.to);
  if (move.from.empty()) return record.added(kParent, to, Weight::Versioned);
  if (move.to.empty()) return record.deleted(kParent, from, Weight::Versioned);
  record.updated(kParent, from, to, Weight::Versioned);
}

}  // namespace

Change describe(const model::EntityType& type, const json::Value& before, const json::Value& after, Version previous,
                const Move& move) {
  Record record;
  record_move(move, record);
  compare_members(type.fields, before, after, type.versioned ? Weight::Versioned : Weight::Unversioned, record);
  return record.take(previous);
}

Version next_version(Version present, const Change& change) {
  if (!change.versioned) return present;
  return change.major ? present.next_major() : present.next_minor();
}

}  // namespace metadata::change
