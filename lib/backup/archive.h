#ifndef METADATA_LIB_BACKUP_ARCHIVE_H
#define METADATA_LIB_BACKUP_ARCHIVE_H

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/streams.h"
#include "metadata/backup.h"
#include "metadata/error.h"

namespace metadata::backup {

/// Bytes that pass through the hands of a copy at once.
inline constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

using Sink = std::function<Error(std::string_view piece)>;

/// Unavailable when the call is to end.
Error check_cancel(const std::atomic<bool>* cancel);

/// A backup that is read: its form is proved when it is opened, each file's digest when the file is read.
///
/// Nothing in the archive is trusted but the manifest: every header must be, byte for byte, the one that follows from
/// it, so there are no links, no other names, no sizes that lie, and nothing between or behind the files.
class Archive {
 public:
  static Result<Archive> open(const std::string& path);

  const BackupInfo& info() const noexcept { return info_; }
  /// Passes the bytes of the file at that place of info().files on, piece by piece. Corrupt when its digest is another;
  /// then the bytes have been passed on nevertheless.
  Error read(std::size_t index, const Sink& sink, const std::atomic<bool>* cancel) const;

 private:
  Archive(std::string path, base::SourceFile file) : path_(std::move(path)), file_(std::move(file)) {}
  Error read_manifest();
  Error check_form();
  Result<std::string> bytes_at(std::uint64_t offset, std::size_t size) const;
  Error check_zeros(std::uint64_t offset, std::size_t size) const;

  std::string path_;
  base::SourceFile file_;
  BackupInfo info_;
  std::uint64_t manifest_end_ = 0;
  std::uint64_t first_header_ = 0;      // of the files behind the manifest
  std::vector<std::uint64_t> offsets_;  // of the files' bytes
};

}  // namespace metadata::backup

#endif  // METADATA_LIB_BACKUP_ARCHIVE_H
