#include "base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/random.h"

namespace metadata::base {
namespace {

/// An open file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int take() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// A file that is deleted again unless it is kept.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!kept_) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

int open_file(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

Error write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return file_error("write", path, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Error write_new_file(const std::string& path, std::string_view bytes, mode_t mode) {
  Descriptor file(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
  if (!file.ok()) return file_error("create", path, errno);
  MD_OK(write_all(file.get(), bytes, path));
  if (::fchmod(file.get(), mode) != 0) return file_error("set the mode of", path, errno);
  if (::fsync(file.get()) != 0) return file_error("sync", path, errno);
  if (::close(file.take()) != 0) return file_error("close", path, errno);
  return {};
}

Error make_one_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(directory_of(path));
  const int code = errno;
  // Asked for what exists, mkdir may also complain of a read-only or protected place; only the look decides.
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error("make directory", path, code);
  if (!S_ISDIR(status.st_mode)) return file_error("make directory", path, EEXIST);
  return {};
}

enum class Hold { Alone, Shared };

// 0, or why not. Locks of the open file description also keep out a second opener in the same process.
int try_lock(int fd, Hold hold) {
#if defined(F_OFD_SETLK)
  struct flock range {};
  range.l_type = hold == Hold::Alone ? F_WRLCK : F_RDLCK;
  range.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_SETLK, &range) == 0 ? 0 : errno;
#else
  return ::flock(fd, (hold == Hold::Alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ? 0 : errno;
#endif
}

bool is_held_by_another(int code) { return code == EAGAIN || code == EACCES || code == EWOULDBLOCK; }

// "1234 2026-01-31T12:00:00Z\n": who holds the lock and since when. For people; only the lock itself decides.
std::string holder_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> moment{};
  const std::size_t length = std::strftime(moment.data(), moment.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return std::to_string(::getpid()) + " " + std::string(moment.data(), length) + "\n";
}

// What the holder wrote into the file, when it looks like that.
std::string holder_of(int fd) {
  std::array<char, 64> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
  const std::string_view line(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::string_view pid = line.substr(0, line.find_first_of(" \n"));
  const bool is_number = !pid.empty() && std::ranges::all_of(pid, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return "another process";
  const std::string_view rest = line.substr(pid.size());
  const std::string_view since = rest.substr(0, rest.find('\n'));
  const bool is_moment = since.size() == 21 && std::ranges::all_of(since, [](char c) { return c > 0x1F && c < 0x7F; });
  return "process " + std::string(pid) + (is_moment ? " since" + std::string(since) : std::string());
}

Error held_by_another(const std::string& path, int fd) { return unavailable(path + " is in use by " + holder_of(fd)); }

}  // namespace

Error file_error(std::string_view verb, const std::string& path, int code) {
  std::string message = "cannot " + std::string(verb) + " " + path + ": " + std::generic_category().message(code);
  if (code == ENOENT || code == ENOTDIR) return not_found(std::move(message));
  if (code == EACCES || code == EPERM || code == EROFS) return permission_denied(std::move(message));
  return unavailable(std::move(message));
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error sync_directory(const std::string& path) {
  const Descriptor directory(open_file(path, O_RDONLY | O_DIRECTORY));
  if (!directory.ok()) return file_error("open directory", path, errno);
  // Some file systems cannot sync a directory and say EINVAL; there is no more to be had from them.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) return file_error("sync directory", path, errno);
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // Without O_NONBLOCK the open of a named pipe would wait for a writer.
  const Descriptor file(open_file(path, O_RDONLY | O_NONBLOCK));
  if (!file.ok()) return file_error("open", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return file_error("look at", path, errno);
  if (!S_ISREG(status.st_mode)) return unavailable("cannot read " + path + ": it is not a regular file");

  std::string content;
  std::array<char, 16384> block;
  while (true) {
    const ssize_t length = ::read(file.get(), block.data(), block.size());
    if (length == 0) return content;
    if (length < 0) {
      if (errno == EINTR) continue;
      return file_error("read", path, errno);
    }
    if (static_cast<std::size_t>(length) > max_bytes - content.size()) {
      return too_large(path + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
    content.append(block.data(), static_cast<std::size_t>(length));
  }
}

Error write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string temporary = path + ".tmp-" + random_token(9);
  Temporary guard(temporary);
  MD_OK(write_new_file(temporary, bytes, mode));
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return file_error("replace", path, errno);
  guard.keep();
  return sync_directory(directory_of(path));
}

Error make_private_directory(const std::string& path) {
  if (path.empty()) return invalid_argument("the path of a directory is empty");
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (path[slash - 1] != '/') MD_OK(make_one_directory(path.substr(0, slash)));
  }
  return path.ends_with('/') ? Error() : make_one_directory(path);
}

Made make_empty_file(const std::string& path) {
  Descriptor file(open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600));
  if (!file.ok()) return errno == EEXIST ? Made::WasThere : errno == ENOSPC ? Made::NoSpace : Made::Failed;
  if (::fchmod(file.get(), 0600) != 0) return Made::Failed;
  return sync_directory(directory_of(path)).ok() ? Made::Done : Made::SyncFailed;
}

Error refuse_unwritable(const std::string& path) {
  if (::access(path.c_str(), W_OK) == 0 || errno == ENOENT) return {};
  return file_error("write", path, errno);
}

std::string widely_open(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
  return path + " may be used by others than its owner; run: chmod " + (S_ISDIR(status.st_mode) ? "700 " : "600 ") +
         path;
}

Result<FileLock> FileLock::acquire(const std::string& path) {
  Descriptor file(open_file(path, O_RDWR | O_CREAT, 0600));
  if (!file.ok()) return file_error("open lock file", path, errno);
  if (const int code = try_lock(file.get(), Hold::Alone); code != 0) {
    if (!is_held_by_another(code)) return file_error("lock", path, code);
    return held_by_another(path, file.get());
  }
  if (::ftruncate(file.get(), 0) != 0) return file_error("write", path, errno);
  MD_OK(write_all(file.get(), holder_text(), path));
  return Result<FileLock>(FileLock(file.take()));
}

Result<FileLock> FileLock::share(const std::string& path) {
  Descriptor file(open_file(path, O_RDONLY));
  if (!file.ok()) return file_error("open lock file", path, errno);
  if (const int code = try_lock(file.get(), Hold::Shared); code != 0) {
    if (!is_held_by_another(code)) return file_error("lock", path, code);
    return held_by_another(path, file.get());
  }
  return Result<FileLock>(FileLock(file.take()));
}

bool is_locked(const std::string& path) {
  const Descriptor file(open_file(path, O_RDONLY));
  if (!file.ok()) return errno != ENOENT;  // what cannot be looked at may be held
#if defined(F_OFD_GETLK)
  struct flock range {};
  range.l_type = F_RDLCK;
  range.l_whence = SEEK_SET;
  return ::fcntl(file.get(), F_OFD_GETLK, &range) != 0 || range.l_type != F_UNLCK;
#else
  return true;
#endif
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

FileLock::~FileLock() { release(); }

// The file stays: a process that opened it before it was deleted would lock a file that nobody else sees.
void FileLock::release() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace metadata::base
