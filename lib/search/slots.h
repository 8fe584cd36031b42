#ifndef METADATA_LIB_SEARCH_SLOTS_H
#define METADATA_LIB_SEARCH_SLOTS_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metadata/ids.h"

namespace metadata::search {

// What value slots hold, as numbers, ids and texts: who writes them and who asks for them must cut and pack alike.

inline std::string slot_of_number(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (std::size_t i = 8; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
  return bytes;
}

inline std::uint64_t number_of_slot(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, 8)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

/// Nothing when the slot holds no id.
inline std::optional<EntityId> id_of_slot(std::string_view bytes) {
  EntityId id;
  if (bytes.size() != id.bytes.size()) return std::nullopt;
  std::transform(bytes.begin(), bytes.end(), id.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return id;
}

inline std::string slot_of_id(const EntityId& id) {
  return std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

/// A folded text to order by, cut.
inline std::string slot_of_text(std::string_view folded) {
  constexpr std::size_t kMaxBytes = 64;
  return std::string(folded.substr(0, kMaxBytes));
}

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_SLOTS_H
