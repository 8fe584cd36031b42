#ifndef METADATA_LIB_MODEL_ENTRIES_H
#define METADATA_LIB_MODEL_ENTRIES_H

#include <span>

#include "json/value.h"

namespace metadata::model {

/// The members of an object, to be changed in a loop. RapidJSON's own iterators compare ambiguously in C++20 when they
/// are not const.
inline std::span<json::Value::Member> entries(json::Value& object) {
  if (object.ObjectEmpty()) return {};
  return {&*object.MemberBegin(), object.MemberCount()};
}

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_ENTRIES_H
