#include "change/describe.h"

#include "change/compare.h"
#include "change/record.h"

namespace metadata::change {

Change describe(const model::EntityType& type, const json::Value& before, const json::Value& after, Version previous) {
  Record record;
  compare_members(type.fields, before, after, type.versioned ? Weight::Versioned : Weight::Unversioned, record);
  return record.take(previous);
}

Version next_version(Version present, const Change& change) {
  if (!change.versioned) return present;
  return change.major ? present.next_major() : present.next_minor();
}

}  // namespace metadata::change
