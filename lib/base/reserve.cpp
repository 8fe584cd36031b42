#include "base/reserve.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.h"

namespace metadata::base {
namespace {

/// The limit on a file's size is not looked at when space is reserved, only when it is written.
bool is_beyond_limit(std::uint64_t size) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur;
}

bool is_refusal(int code) { return code == ENOSPC || code == EDQUOT || code == EFBIG; }

}  // namespace

GrowthReserve::GrowthReserve(GrowthReserve&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

GrowthReserve::~GrowthReserve() {
  if (fd_ < 0) return;
  struct stat status {};
  // What stays reserved costs space and is found again by the next one.
  if (::fstat(fd_, &status) == 0) static_cast<void>(::ftruncate(fd_, status.st_size) == 0);
  ::close(fd_);
}

Result<GrowthReserve> GrowthReserve::take(const std::string& path, std::uint64_t bytes) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return file_error("open", path, errno);
  GrowthReserve reserve(fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return file_error("look at", path, errno);
  const std::uint64_t size = static_cast<std::uint64_t>(status.st_size) + bytes;
  if (is_beyond_limit(size)) return file_error("make room for", path, EFBIG);
#ifdef FALLOC_FL_KEEP_SIZE
  int done = 0;
  do {
    done = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size));
  } while (done != 0 && errno == EINTR);
  if (done != 0 && is_refusal(errno)) return file_error("make room for", path, errno);
#endif
  return reserve;
}

}  // namespace metadata::base
