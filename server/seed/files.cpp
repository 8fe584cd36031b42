#include "seed/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace metadata::server {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

/// Closes its descriptor when it ends.
class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool ok() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error system_failure(const std::string& what, const std::string& path) {
  const std::string text = what + " " + path + ": " + std::strerror(errno);
  if (errno == EACCES || errno == EPERM) return permission_denied(text);
  if (errno == ENOENT) return not_found(text);
  return unavailable(text);
}

Error write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0) return system_failure("cannot write", path);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0) return system_failure("cannot sync", path);
  return {};
}

Error sync_directory(const std::string& path) {
  const File directory(path, O_RDONLY | O_DIRECTORY);
  if (!directory.ok() || ::fsync(directory.fd()) != 0) return system_failure("cannot sync", path);
  return {};
}

}  // namespace

bool file_exists(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0;
}

Result<std::string> read_file(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.ok()) return system_failure("cannot open", path);
  std::string text;
  char block[4096];
  while (true) {
    const ssize_t n = ::read(file.fd(), block, sizeof block);
    if (n < 0) return system_failure("cannot read", path);
    if (n == 0) return text;
    text.append(block, static_cast<std::size_t>(n));
    if (text.size() > kMaxFileBytes) return too_large(path + " is larger than a megabyte");
  }
}

Error write_private_file(const std::string& path, std::string_view text) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return system_failure("cannot make", directory);
  const std::string half = path + ".new";
  {
    const File file(half, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!file.ok()) return system_failure("cannot write", half);
    MD_OK(write_all(file.fd(), text, half));
  }
  if (::rename(half.c_str(), path.c_str()) != 0) return system_failure("cannot write", path);
  return sync_directory(directory);
}

Error check_directory(const std::string& path) {
  std::error_code failed;
  std::filesystem::path there = std::filesystem::absolute(path, failed);
  if (failed) return invalid_argument("'" + path + "' is not a path");
  const auto state = std::filesystem::status(there, failed);
  if (std::filesystem::exists(state)) {
    if (!std::filesystem::is_directory(state)) return invalid_argument(path + " is not a directory");
    if (::access(there.c_str(), R_OK | W_OK | X_OK) != 0) return permission_denied("no permission to use " + path);
    return {};
  }
  if (state.type() == std::filesystem::file_type::none) return permission_denied("no permission to look at " + path);
  while (!std::filesystem::exists(there, failed) && there.has_relative_path()) there = there.parent_path();
  if (::access(there.c_str(), W_OK | X_OK) != 0) return permission_denied("no permission to make " + path);
  return {};
}

}  // namespace metadata::server
