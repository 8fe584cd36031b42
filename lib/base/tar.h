#ifndef METADATA_LIB_BASE_TAR_H
#define METADATA_LIB_BASE_TAR_H

#include <cstdint>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

// The parts of a tar archive (POSIX ustar) that holds nothing but regular files: for each a header block, its bytes,
// and zeros up to the next block; at the end two blocks of zeros.
inline constexpr std::size_t kTarBlock = 512;
inline constexpr std::size_t kTarEndBytes = 2 * kTarBlock;
inline constexpr std::size_t kMaxTarName = 100;

/// What a header says of its file.
struct TarEntry {
  std::string name;        ///< at most kMaxTarName bytes
  std::uint64_t size = 0;  ///< beyond 8 GiB it is written in the binary form that GNU tar and libarchive know
  std::int64_t time_s = 0;
};

/// The header block: mode 0600, owner 0. There is one header for an entry, so a reader that knows what must stand there
/// compares the blocks and needs no parser.
std::string tar_header(const TarEntry& entry);

/// The size in a header block. Corrupt when the block holds none.
Result<std::uint64_t> tar_size(std::string_view header);
/// The time in a header block. Corrupt when the block holds none.
Result<std::int64_t> tar_time(std::string_view header);

/// Zeros behind a file of that size.
constexpr std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_TAR_H
