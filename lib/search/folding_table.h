#ifndef METADATA_LIB_SEARCH_FOLDING_TABLE_H
#define METADATA_LIB_SEARCH_FOLDING_TABLE_H

#include <cstdint>
#include <span>

namespace metadata::search {

/// A character and what it is compared as: small, without marks.
struct Folding {
  std::uint16_t code;
  char text[7];  ///< UTF-8, ended by zero
};

/// Sorted by code; tools/gen-folding makes it.
std::span<const Folding> folding_table();

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_FOLDING_TABLE_H
