#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "access/keys.h"
#include "backup/archive.h"
#include "backup/manifest.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/secret_box.h"
#include "base/streams.h"
#include "base/tar.h"
#include "metadata/backup.h"
#include "metadata/version.h"
#include "store/copy.h"

namespace metadata {
namespace backup {
namespace {

constexpr std::size_t kMaxSmallFile = std::size_t{1} << 20;

/// A file that fits into memory, which is wiped afterwards: keys and tokens are among them.
struct SmallFile {
  std::string name;
  std::string bytes;

  SmallFile(std::string file_name, std::string content) : name(std::move(file_name)), bytes(std::move(content)) {}
  ~SmallFile() { base::wipe(bytes); }
  SmallFile(const SmallFile&) = delete;
  SmallFile& operator=(const SmallFile&) = delete;
  SmallFile(SmallFile&&) noexcept = default;
};

/// Does `inner` lie in the directory `outer` or below it, whatever the ways there are called?
bool lies_in(const std::string& inner, const std::string& outer) {
  std::error_code failed;
  const auto there = std::filesystem::weakly_canonical(base::directory_of(inner), failed);
  const auto home = std::filesystem::weakly_canonical(outer, failed);
  if (failed) return false;
  for (std::filesystem::path at = there;; at = at.parent_path()) {
    if (at == home) return true;
    if (!at.has_relative_path()) return false;
  }
}

Error check_target(const std::string& directory, const std::string& file, const BackupOptions& options) {
  if (file.empty() || file.ends_with('/')) return invalid_argument("a backup needs the name of a file", "file");
  // The catalog's own directory is not for other files: one of them could get the name of the database itself.
  if (lies_in(file, directory)) {
    return invalid_argument(file + " lies in the directory that is to be backed up; name a file elsewhere", "file");
  }
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return errno == ENOENT ? Error() : base::file_error("look at", file, errno);
  if (!options.replace) return already_exists(file + " exists already");
  return S_ISREG(status.st_mode) ? Error() : invalid_argument(file + " is not a file that can be replaced", "file");
}

Result<std::vector<SmallFile>> read_small(const std::string& directory, const std::vector<std::string>& names) {
  std::vector<SmallFile> files;
  for (const std::string& name : names) {
    MD_LET(bytes, base::read_file(directory + "/" + name, kMaxSmallFile));
    files.emplace_back(name, std::move(bytes));
  }
  return files;
}

/// Writes the archive behind its manifest, whose place is kept free until the digests are known.
class Writer {
 public:
  Writer(base::NewFile& file, BackupInfo& info, const std::atomic<bool>* cancel)
      : file_(file), info_(info), cancel_(cancel) {}

  Error begin() {
    const std::string text = manifest_text(info_);
    if (text.size() > kMaxManifestBytes) return too_large("the backup would have too many files");
    return put(kManifestName, text);
  }
  /// The next of info.files, from a file.
  Error add(const base::SourceFile& source) {
    BackupInfo::File& entry = info_.files[next_++];
    MD_OK(file_.append(header(entry.name, entry.size)));
    base::Sha256Stream digest;
    std::string piece(kPieceBytes, '\0');
    for (std::uint64_t done = 0; done < entry.size; done += piece.size()) {
      MD_OK(check_cancel(cancel_));
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, entry.size - done)));
      MD_OK(source.read_at(done, piece));
      digest.update(piece);
      MD_OK(file_.append(piece));
    }
    MD_LET(found, digest.finish_hex());
    entry.sha256 = std::move(found);
    return file_.append(std::string(base::tar_padding(entry.size), '\0'));
  }
  /// The next of info.files, from memory.
  Error add(const SmallFile& source) {
    BackupInfo::File& entry = info_.files[next_++];
    entry.sha256 = base::sha256_hex(source.bytes);
    return put(entry.name, source.bytes);
  }
  Error end() {
    MD_OK(file_.append(std::string(base::kTarEndBytes, '\0')));
    return file_.write_at(base::kTarBlock, manifest_text(info_));
  }

 private:
  std::string header(const std::string& name, std::uint64_t size) const {
    return base::tar_header({name, size, info_.created_at / 1000});
  }
  Error put(const std::string& name, std::string_view bytes) {
    MD_OK(file_.append(header(name, bytes.size())));
    MD_OK(file_.append(bytes));
    return file_.append(std::string(base::tar_padding(bytes.size()), '\0'));
  }

  base::NewFile& file_;
  BackupInfo& info_;
  const std::atomic<bool>* cancel_;
  std::size_t next_ = 0;
};

BackupInfo info_of(const store::DatabaseFacts& facts) {
  BackupInfo info;
  info.program = METADATA_VERSION;
  info.created_at = base::system_clock().now_ms();
  info.format = facts.format;
  info.store_id = facts.store_id;
  info.last_seq = facts.last_seq;
  return info;
}

std::vector<std::string> small_names(const BackupOptions& options) {
  std::vector<std::string> names;
  if (options.keys) names.assign(access::kKeyFiles.begin(), access::kKeyFiles.end());
  names.insert(names.end(), options.also.begin(), options.also.end());
  return names;
}

Error list_left_out(BackupInfo& info, const std::string& directory) {
  MD_LET(keys, read_small(directory, {access::kKeyFiles.begin(), access::kKeyFiles.end()}));
  for (const SmallFile& key : keys) {
    info.left_out.push_back({key.name, key.bytes.size(), base::sha256_hex(key.bytes)});
  }
  return {};
}

}  // namespace
}  // namespace backup

Result<BackupInfo> back_up(const std::string& directory, const std::string& file, const BackupOptions& options) {
  MD_OK(backup::check_target(directory, file, options));
  for (const std::string& name : options.also) MD_OK(backup::check_host_name(name));

  MD_LET(copy, base::NewFile::beside(file));
  MD_LET(facts, store::copy_database(directory, copy.temporary_path(), options.cancel));
  if (options.verify) {
    const auto proved = store::prove_database(copy.temporary_path(), store::Depth::Pages);
    if (!proved.ok()) return proved.error();
  }
  MD_LET(database, base::SourceFile::open(copy.temporary_path()));
  MD_LET(small, backup::read_small(directory, backup::small_names(options)));

  BackupInfo info = backup::info_of(facts);
  if (!options.keys) MD_OK(backup::list_left_out(info, directory));
  info.files.push_back({store::kDatabaseName, database.size(), std::string(backup::kNoDigest)});
  for (const auto& one : small) info.files.push_back({one.name, one.bytes.size(), std::string(backup::kNoDigest)});

  MD_LET(archive, base::NewFile::beside(file));
  backup::Writer writer(archive, info, options.cancel);
  MD_OK(writer.begin());
  MD_OK(writer.add(database));
  for (const auto& one : small) MD_OK(writer.add(one));
  MD_OK(writer.end());
  MD_OK(backup::check_cancel(options.cancel));
  // What could not be read again would be no backup.
  const auto readable = backup::read_manifest(backup::manifest_text(info));
  if (!readable.ok()) return readable.error();
  using Existing = base::NewFile::Existing;
  MD_OK(archive.put_in_place(options.replace ? Existing::Replace : Existing::Keep));
  return info;
}

}  // namespace metadata
