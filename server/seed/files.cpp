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
  if (errno == EACCES || errno == EPERM || errno == EROFS) return permission_denied(text);
  if (errno == ENOENT) return not_found(text);
  return unavailable(text);
}

Error write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure("cannot write", path);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0) return system_failure("cannot sync", path);
  return {};
}

/// A new entry survives a power cut only when its directory was synced too.
Error sync_directory(const std::string& path) {
  const File directory(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!directory.ok() || ::fsync(directory.fd()) != 0) return system_failure("cannot sync", path);
  return {};
}

std::string directory_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

Error make_private(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return sync_directory(directory_of(directory));
  return errno == EEXIST ? Error() : system_failure("cannot make", directory);
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
  const std::string directory = directory_of(path);
  MD_OK(make_private(directory));
  const std::string half = path + ".new";
  // What a crash left may have other rights than a new file gets.
  if (::unlink(half.c_str()) != 0 && errno != ENOENT) return system_failure("cannot replace", half);
  {
    const File file(half, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file.ok()) return system_failure("cannot write", half);
    MD_OK(write_all(file.fd(), text, half));
  }
  if (::rename(half.c_str(), path.c_str()) != 0) return system_failure("cannot write", path);
  return sync_directory(directory);
}

Error check_directory(const std::string& path, Use use) {
  std::error_code failed;
  std::filesystem::path there = std::filesystem::absolute(path, failed);
  if (failed) return invalid_argument("'" + path + "' is not a path");
  const auto state = std::filesystem::status(there, failed);
  if (std::filesystem::exists(state)) {
    if (!std::filesystem::is_directory(state)) return invalid_argument(path + " is not a directory");
    if (::access(there.c_str(), R_OK | X_OK) != 0) return permission_denied("no permission to use " + path);
    if (use == Use::Read || ::access(there.c_str(), W_OK) == 0) return {};
    return permission_denied("cannot write in " + path + ": " + std::strerror(errno) +
                             " (--read-only serves it as it is)");
  }
  if (state.type() == std::filesystem::file_type::none) return permission_denied("no permission to look at " + path);
  if (use == Use::Read) return not_found("there is no directory " + path);
  while (!std::filesystem::exists(there, failed) && there.has_relative_path()) there = there.parent_path();
  if (::access(there.c_str(), W_OK | X_OK) != 0) return permission_denied("no permission to make " + path);
  return {};
}

std::vector<std::string> widely_open_secrets(const std::string& data) {
  std::vector<std::string> said;
  const auto look = [&](const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || (about.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
    const char* mode = S_ISDIR(about.st_mode) ? "700 " : "600 ";
    said.push_back(path + " may be used by others than its owner; run: chmod " + mode + path);
  };
  const std::string tokens = data + "/tokens";
  look(tokens);
  std::error_code failed;
  for (auto it = std::filesystem::directory_iterator(tokens, failed); !failed && it != std::filesystem::end(it);
       it.increment(failed)) {
    look(it->path().string());
  }
  return said;
}

}  // namespace metadata::server
