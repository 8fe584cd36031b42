#ifndef METADATA_LIB_BACKUP_MANIFEST_H
#define METADATA_LIB_BACKUP_MANIFEST_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "metadata/backup.h"
#include "metadata/error.h"

namespace metadata::backup {

/// The number of the container's form; a change that an older reader would misread takes the next.
inline constexpr std::int64_t kContainer = 1;
/// The first file in the archive.
inline constexpr const char* kManifestName = "manifest.json";
inline constexpr std::size_t kMaxManifestBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxFiles = 1000;
/// The text of a digest that is not known yet; it is as long as every other.
inline constexpr std::string_view kNoDigest = "0000000000000000000000000000000000000000000000000000000000000000";

/// The manifest as JSON text. Its length depends on the digests' values not at all.
std::string manifest_text(const BackupInfo& info);

/// Reads and checks it: every member, names that may stand in a catalog's directory, none twice, the database first,
/// each key either held or left out. Corrupt says what is wrong, also for a container or a format of a newer version.
Result<BackupInfo> read_manifest(std::string_view text);

/// May a host's file of that name be in a backup? InvalidArgument says why not.
Error check_host_name(std::string_view name);

}  // namespace metadata::backup

#endif  // METADATA_LIB_BACKUP_MANIFEST_H
