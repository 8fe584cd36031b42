// Loaded in front of the system's library (LD_PRELOAD) into a server under test: makes one fsync or fdatasync fail.
//
//   SYNC_FAULT_ARM   a file; while it is there, syncs are counted, and the one whose number it holds fails with EIO.
//                    After the number may stand the end of a path: then only syncs of such files count.
//   SYNC_FAULT_LOG   a file that gets a line for each sync: "ok /path" or "EIO /path"
//
// Only one sync fails, so that a second try would succeed: whoever tries again is found out.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::atomic<int> counted = 0;

std::string path_of(int fd) {
  std::array<char, 64> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink(link.data(), path.data(), path.size() - 1);
  return std::string(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
}

std::string content_of(const char* file) {
  const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::array<char, 256> text{};
  const ssize_t length = ::read(fd, text.data(), text.size());
  ::close(fd);
  return std::string(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
}

bool fails(const std::string& path) {
  // The search index is made from the store, by a thread of its own: it would make the count another one each time.
  if (path.find("/search") != std::string::npos) return false;
  const char* arm = std::getenv("SYNC_FAULT_ARM");
  const std::string order = arm == nullptr ? std::string() : content_of(arm);
  if (order.empty()) {
    counted = 0;
    return false;
  }
  const std::size_t blank = order.find(' ');
  const std::string end = blank == std::string::npos ? std::string() : order.substr(blank + 1);
  if (path.size() < end.size() || path.compare(path.size() - end.size(), end.size(), end) != 0) return false;
  return ++counted == std::atoi(order.c_str());
}

void note(bool failed, const std::string& path) {
  const char* log = std::getenv("SYNC_FAULT_LOG");
  if (log == nullptr) return;
  const int fd = ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const std::string line = (failed ? "EIO " : "ok ") + path + "\n";
  if (::write(fd, line.data(), line.size()) < 0) std::perror("sync_fault");
  ::close(fd);
}

int sync_or_fail(const char* name, int fd) {
  const std::string path = path_of(fd);
  const bool failed = fails(path);
  note(failed, path);
  if (failed) {
    errno = EIO;
    return -1;
  }
  using Sync = int (*)(int);
  static_assert(sizeof(Sync) == sizeof(void*));
  void* found = ::dlsym(RTLD_NEXT, name);
  Sync real = nullptr;
  std::memcpy(&real, &found, sizeof real);
  return real(fd);
}

}  // namespace

extern "C" {
int fsync(int fd) { return sync_or_fail("fsync", fd); }
int fdatasync(int fd) { return sync_or_fail("fdatasync", fd); }
}
