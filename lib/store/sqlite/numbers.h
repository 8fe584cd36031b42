#ifndef METADATA_LIB_STORE_SQLITE_NUMBERS_H
#define METADATA_LIB_STORE_SQLITE_NUMBERS_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "store/rows.h"

struct sqlite3;

namespace metadata::store::sqlite {

/// A list of numbers, or of pairs of them, that a statement reads as the rows of `numbers(?)`: columns `value` and
/// `other` (NULL when there are no pairs), in the order of the list. Refers to the caller's list, which must outlive
/// the statement. A tenth of what a JSON list costs, where each number is written, scanned twice and read again.
struct Numbers {
  explicit Numbers(std::span<const std::int64_t> list) : first(list.data()), count(list.size()) {}
  explicit Numbers(std::span<const LineagePair> pairs)
      : first(pairs.empty() ? nullptr : &pairs.front().from), count(pairs.size()), width(2) {}

  const std::int64_t* first;
  std::size_t count;
  std::size_t width = 1;
};

/// The kind of pointer that a Numbers is bound as (sqlite3_bind_pointer).
inline constexpr const char* kNumbersPointer = "metadata.numbers";

/// Makes `numbers(?)` known to a connection. Returns SQLite's code.
int add_numbers_table(sqlite3* connection);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_NUMBERS_H
