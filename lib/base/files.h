#ifndef METADATA_LIB_BASE_FILES_H
#define METADATA_LIB_BASE_FILES_H

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

// Small whole files on POSIX. Every error names the path and what the system said: NotFound when it is not there,
// PermissionDenied when the rights or a read-only file system forbid it, TooLarge beyond the given
// size, else Unavailable.

/// The failure of a system call: "cannot open /a/b: No such file or directory". `code` is an errno.
Error file_error(std::string_view verb, const std::string& path, int code);

/// Of "a/b" it is "a", of "b" it is ".".
std::string directory_of(const std::string& path);

/// Puts the entries of a directory on the disk: a new or renamed one survives power loss only then.
Error sync_directory(const std::string& path);

/// The content of a regular file.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

/// Puts a file in place whole: after a crash there is the old content or the new. Returns when the disk has it.
/// The file has exactly `mode`, whatever the umask, and is never readable for more than that.
Error write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode = 0600);

/// Makes a directory and what is missing above it, each for the owner alone (0700). Directories that are there stay
/// as they are.
Error make_private_directory(const std::string& path);

enum class Made { Done, WasThere, NoSpace, Failed, SyncFailed };
/// Makes an empty file (0600) whose directory entry is on the disk; one that is there stays as it is. SyncFailed: it is
/// there, but the disk failed to store that.
Made make_empty_file(const std::string& path);

/// PermissionDenied when this process may not write what is at the path; nothing there is no failure.
Error refuse_unwritable(const std::string& path);

/// What to say of a path on which others than its owner have rights, with the remedy; empty when there is nothing to
/// say.
std::string widely_open(const std::string& path);

/// The hold on a lock file, which keeps a second process (and a second holder in this one) away.
///
/// Advisory; ends with the holder's life, also when it is killed. The file stays, and holds the holder's process id
/// and since when it is held. A fork keeps the lock held until both sides have let go; an exec does not take it along.
class FileLock {
 public:
  /// Makes the file when it is missing. Unavailable, naming the other process, when it is held.
  static Result<FileLock> acquire(const std::string& path);
  /// Holds the file together with other readers, against acquire(); writes nothing. NotFound when it is missing.
  static Result<FileLock> share(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  void release() noexcept;

  int fd_;
};

/// Does anybody, in whatever process, hold the lock file alone? Takes no lock and makes nothing.
bool is_locked(const std::string& path);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_FILES_H
