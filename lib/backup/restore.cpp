#include <filesystem>
#include <system_error>

#include "backup/archive.h"
#include "backup/manifest.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/secret_box.h"
#include "base/streams.h"
#include "metadata/backup.h"
#include "store/copy.h"

namespace metadata {
namespace backup {
namespace {

Error verify(const Archive& archive, const std::atomic<bool>* cancel) {
  const Sink nowhere = [](std::string_view) { return Error(); };
  for (std::size_t i = 0; i < archive.info().files.size(); ++i) MD_OK(archive.read(i, nowhere, cancel));
  return {};
}

/// The directory without slashes at its end, and behind all links; nothing or an empty directory may be there.
Result<std::string> free_place(std::string directory) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (directory.empty()) return invalid_argument("a catalog needs a directory", "directory");
  std::error_code failed;
  const auto state = std::filesystem::status(directory, failed);
  if (state.type() == std::filesystem::file_type::not_found) {
    // A link that leads nowhere would be replaced by the directory.
    if (std::filesystem::is_symlink(std::filesystem::symlink_status(directory, failed))) {
      return invalid_argument(directory + " is a link that leads nowhere", "directory");
    }
    return directory;
  }
  if (failed) return base::file_error("look at", directory, failed.value());
  if (!std::filesystem::is_directory(state)) return invalid_argument(directory + " is not a directory", "directory");
  const bool empty = std::filesystem::is_empty(directory, failed);
  if (failed) return base::file_error("look into", directory, failed.value());
  if (!empty) return invalid_argument("the directory " + directory + " is not empty", "directory");
  const auto real = std::filesystem::canonical(directory, failed);
  if (failed) return base::file_error("look at", directory, failed.value());
  return real.string();
}

std::uint64_t bytes_of(const BackupInfo& info) {
  std::uint64_t sum = 0;
  for (const auto& file : info.files) sum += file.size;
  return sum;
}

Error check_space(const BackupInfo& info, const std::string& directory) {
  MD_LET(free, base::free_bytes(directory));
  if (bytes_of(info) <= free) return {};
  return unavailable("the backup needs " + std::to_string(bytes_of(info)) + " bytes in " + directory + ", where " +
                     std::to_string(free) + " are free");
}

Error unpack(const Archive& archive, const std::string& directory, const std::atomic<bool>* cancel) {
  for (std::size_t i = 0; i < archive.info().files.size(); ++i) {
    const std::string path = directory + "/" + archive.info().files[i].name;
    MD_OK(base::make_private_directory(base::directory_of(path)));
    MD_LET(file, base::NewFile::beside(path));
    MD_OK(archive.read(
        i, [&](std::string_view piece) { return file.append(piece); }, cancel));
    MD_OK(file.put_in_place(base::NewFile::Existing::Keep));
  }
  return {};
}

/// Brings the keys that the backup does not hold, from where they were kept.
Error bring_keys(const BackupInfo& info, const std::string& from, const std::string& directory) {
  for (const auto& key : info.left_out) {
    const std::string source = from + "/" + std::filesystem::path(key.name).filename().string();
    MD_LET(bytes, base::read_file(source, kMaxManifestBytes));
    const bool same = base::sha256_hex(bytes) == key.sha256;
    Error error = same ? base::make_private_directory(base::directory_of(directory + "/" + key.name))
                       : invalid_argument(source + " is not the key of the catalog in the backup", "keys");
    if (error.ok()) error = base::write_file_atomic(directory + "/" + key.name, bytes);
    base::wipe(bytes);
    MD_OK(error);
  }
  return {};
}

Error prove(const BackupInfo& info, const std::string& directory) {
  const auto facts = store::prove_database(directory + "/" + store::kDatabaseName, store::Depth::Rules);
  if (!facts.ok() && facts.error().code() == Code::Corrupt) {
    return corrupt("the database in the backup cannot be used: " + std::string(facts.error().message()));
  }
  if (!facts.ok()) return facts.error();
  const bool same =
      facts->store_id == info.store_id && facts->format == info.format && facts->last_seq == info.last_seq;
  return same ? Error() : corrupt("the database in the backup is not the one that its manifest tells of");
}

}  // namespace
}  // namespace backup

Result<BackupInfo> verify_backup(const std::string& file, const std::atomic<bool>* cancel) {
  MD_LET(archive, backup::Archive::open(file));
  MD_OK(backup::verify(archive, cancel));
  return archive.info();
}

Result<BackupInfo> restore_backup(const std::string& file, const std::string& directory,
                                  const RestoreOptions& options) {
  MD_LET(place, backup::free_place(directory));
  MD_LET(archive, backup::Archive::open(file));
  const BackupInfo& info = archive.info();
  if (!info.left_out.empty() && options.keys.empty()) {
    return invalid_argument("the backup was made without the keys of the catalog: say which directory holds them",
                            "keys");
  }
  MD_OK(backup::verify(archive, options.cancel));

  const std::string above = base::directory_of(place);
  MD_OK(base::make_private_directory(above));
  MD_OK(backup::check_space(info, above));
  MD_LET(fresh, base::NewDirectory::beside(place));
  MD_OK(backup::unpack(archive, fresh.temporary_path(), options.cancel));
  MD_OK(backup::bring_keys(info, options.keys, fresh.temporary_path()));
  MD_OK(backup::prove(info, fresh.temporary_path()));
  MD_OK(backup::check_cancel(options.cancel));
  MD_OK(base::sync_directory(fresh.temporary_path()));
  MD_OK(fresh.put_in_place());
  return info;
}

}  // namespace metadata
