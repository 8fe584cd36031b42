#ifndef METADATA_LIB_BASE_STREAMS_H
#define METADATA_LIB_BASE_STREAMS_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

// Large files on POSIX, piece by piece. Every error names the path and what the system said: NotFound,
// PermissionDenied, else Unavailable.

/// A file under construction: it lies beside its place under a name of its own, for its owner alone (0600), and gets
/// its name only when all of it is on the disk. Destroyed before, it leaves nothing. Not thread-safe.
class NewFile {
 public:
  static Result<NewFile> beside(const std::string& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  Error append(std::string_view bytes);
  /// Overwrites bytes that were appended before.
  Error write_at(std::uint64_t offset, std::string_view bytes);

  enum class Existing { Keep, Replace };
  /// Syncs the file, gives it its name, syncs the directory. With Keep, a file of that name is AlreadyExists and stays.
  Error put_in_place(Existing existing);

  const std::string& temporary_path() const noexcept { return temporary_; }
  std::uint64_t size() const noexcept { return size_; }

 private:
  NewFile(int fd, std::string path, std::string temporary);
  Error close_and_name(Existing existing);

  int fd_;
  std::string path_;
  std::string temporary_;  // empty once it has its name
  std::uint64_t size_ = 0;
  std::uint64_t unsynced_ = 0;
};

/// A regular file to read from. Not thread-safe.
class SourceFile {
 public:
  static Result<SourceFile> open(const std::string& path);
  SourceFile(SourceFile&& other) noexcept;
  SourceFile& operator=(SourceFile&&) = delete;
  ~SourceFile();

  /// Fills the buffer from there; a file that ends before is Corrupt.
  Error read_at(std::uint64_t offset, std::span<char> buffer) const;
  /// Its length when it was opened.
  std::uint64_t size() const noexcept { return size_; }

 private:
  SourceFile(int fd, std::string path, std::uint64_t size) : fd_(fd), path_(std::move(path)), size_(size) {}

  int fd_;
  std::string path_;
  std::uint64_t size_;
};

/// A directory that comes into being whole: made beside its place (0700), and gone again unless put_in_place().
class NewDirectory {
 public:
  static Result<NewDirectory> beside(const std::string& path);
  NewDirectory(NewDirectory&& other) noexcept;
  NewDirectory& operator=(NewDirectory&&) = delete;
  ~NewDirectory();

  /// Gives it its name, which nothing or an empty directory may have, and syncs the directory above. What lies in it
  /// must be synced already.
  Error put_in_place();
  const std::string& temporary_path() const noexcept { return temporary_; }

 private:
  NewDirectory(std::string path, std::string temporary);

  std::string path_;
  std::string temporary_;  // empty once it has its name
};

/// Bytes that this process may still write on the file system of a directory.
Result<std::uint64_t> free_bytes(const std::string& directory);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_STREAMS_H
