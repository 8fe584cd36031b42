#include "base/streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/random.h"

namespace metadata::base {
namespace {

// What is written is handed to the disk in pieces, so that other programs' syncs do not wait behind one large flush.
constexpr std::uint64_t kSyncEvery = std::uint64_t{16} << 20;

std::string temporary_name(const std::string& path) { return path + ".tmp-" + random_token(9); }

Error write_all_at(int fd, std::uint64_t offset, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return file_error("write", path, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

/// Gives a file a second name, which nothing may have yet; a rename would replace what has it.
Error name_new(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  const int code = errno;
  if (code == EEXIST) return already_exists(to + " exists already");
  // A file system without hard links: the look and the rename are two steps there.
  const bool no_links = code == EPERM || code == EOPNOTSUPP || code == ENOSYS;
  if (!no_links) return file_error("create", to, code);
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) return already_exists(to + " exists already");
  return ::rename(from.c_str(), to.c_str()) == 0 ? Error() : file_error("create", to, errno);
}

}  // namespace

Result<NewFile> NewFile::beside(const std::string& path) {
  std::string temporary = temporary_name(path);
  const int fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return file_error("create", temporary, errno);
  NewFile file(fd, path, std::move(temporary));
  // The umask may have taken more than it should.
  if (::fchmod(fd, 0600) != 0) return file_error("set the mode of", file.temporary_, errno);
  return Result<NewFile>(std::move(file));
}

NewFile::NewFile(int fd, std::string path, std::string temporary)
    : fd_(fd), path_(std::move(path)), temporary_(std::move(temporary)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      size_(other.size_),
      unsynced_(other.unsynced_) {}

NewFile::~NewFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Error NewFile::append(std::string_view bytes) {
  MD_OK(write_all_at(fd_, size_, bytes, temporary_));
  size_ += bytes.size();
  unsynced_ += bytes.size();
  if (unsynced_ < kSyncEvery) return {};
  unsynced_ = 0;
  return ::fdatasync(fd_) == 0 ? Error() : file_error("sync", temporary_, errno);
}

Error NewFile::write_at(std::uint64_t offset, std::string_view bytes) {
  return write_all_at(fd_, offset, bytes, temporary_);
}

Error NewFile::put_in_place(Existing existing) {
  if (::fsync(fd_) != 0) return file_error("sync", temporary_, errno);
  if (::close(std::exchange(fd_, -1)) != 0) return file_error("close", temporary_, errno);
  if (existing == Existing::Replace) {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return file_error("replace", path_, errno);
  } else {
    MD_OK(name_new(temporary_, path_));
    ::unlink(temporary_.c_str());
  }
  temporary_.clear();
  return sync_directory(directory_of(path_));
}

Result<SourceFile> SourceFile::open(const std::string& path) {
  // Without O_NONBLOCK the open of a named pipe would wait for a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return file_error("open", path, errno);
  SourceFile file(fd, path, 0);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return file_error("look at", path, errno);
  if (!S_ISREG(status.st_mode)) return corrupt(path + " is not a regular file");
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return Result<SourceFile>(std::move(file));
}

SourceFile::SourceFile(SourceFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), size_(other.size_) {}

SourceFile::~SourceFile() {
  if (fd_ >= 0) ::close(fd_);
}

Error SourceFile::read_at(std::uint64_t offset, std::span<char> buffer) const {
  while (!buffer.empty()) {
    const ssize_t got = ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path_, errno);
    if (got == 0) return corrupt(path_ + " ends at byte " + std::to_string(offset) + ", before it should");
    buffer = buffer.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Result<NewDirectory> NewDirectory::beside(const std::string& path) {
  std::string temporary = temporary_name(path);
  if (::mkdir(temporary.c_str(), 0700) != 0) return file_error("make directory", temporary, errno);
  NewDirectory directory(path, std::move(temporary));
  if (::chmod(directory.temporary_.c_str(), 0700) != 0) {
    return file_error("set the mode of", directory.temporary_, errno);
  }
  return Result<NewDirectory>(std::move(directory));
}

NewDirectory::NewDirectory(std::string path, std::string temporary)
    : path_(std::move(path)), temporary_(std::move(temporary)) {}

NewDirectory::NewDirectory(NewDirectory&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})) {}

NewDirectory::~NewDirectory() {
  if (temporary_.empty()) return;
  std::error_code left;  // what cannot be removed has a name that says what it is
  std::filesystem::remove_all(temporary_, left);
}

Error NewDirectory::put_in_place() {
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return invalid_argument("the directory " + path_ + " is not empty");
    if (errno == EBUSY || errno == EXDEV) {
      return invalid_argument(path_ + " is a mount point, which cannot be put in place whole: name a directory in it");
    }
    return file_error("put in place", path_, errno);
  }
  temporary_.clear();
  return sync_directory(directory_of(path_));
}

Result<std::uint64_t> free_bytes(const std::string& directory) {
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0) return file_error("look at", directory, errno);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace metadata::base
