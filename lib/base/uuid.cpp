#include "base/uuid.h"

#include "base/random.h"

namespace metadata::base {

EntityId RandomIds::next() {
  EntityId id;
  fill_random(id.bytes);
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);  // version 4
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);  // variant of RFC 4122
  return id;
}

IdSource& random_ids() {
  static RandomIds ids;
  return ids;
}

}  // namespace metadata::base
