#ifndef METADATA_LIB_BASE_RESERVE_H
#define METADATA_LIB_BASE_RESERVE_H

#include <cstdint>
#include <string>

#include "metadata/error.h"

namespace metadata::base {

/// Space on the disk into which a file can grow: while it is held, writing within the file or up to so many bytes
/// behind its end does not fail for want of space. For code that cannot bear such a failure.
///
/// The file's size stays as it is. Where the file system cannot reserve (posix_fallocate is no help: it writes), and on
/// those that copy on each write, nothing is held and nothing is refused.
class GrowthReserve {
 public:
  /// Unavailable when there is not as much: the disk, the quota, or the size that a file of this process may have.
  static Result<GrowthReserve> take(const std::string& path, std::uint64_t bytes);

  GrowthReserve(GrowthReserve&& other) noexcept;
  GrowthReserve& operator=(GrowthReserve&& other) = delete;
  /// Gives back what the file has not grown into. Nobody else may make the file longer meanwhile.
  ~GrowthReserve();

 private:
  explicit GrowthReserve(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_RESERVE_H
