#ifndef METADATA_BACKUP_H
#define METADATA_BACKUP_H

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/ids.h"

namespace metadata {

// A backup is one file: a tar archive with a manifest that names every other file in it with size and SHA-256
// (docs/architecture.md, "A backup"). It holds the database as it was at one moment, and the catalog's keys.

struct BackupOptions {
  bool keys = true;      ///< without them the file betrays no secret, and whoever restores it must bring the keys
  bool replace = false;  ///< an existing file of that name is replaced; else it is AlreadyExists
  bool verify = true;    ///< the copy's structure is proved before it gets its name
  std::vector<std::string> also = {};         ///< the host's own small files in the directory: "notes", "tokens/x.jwt"
  const std::atomic<bool>* cancel = nullptr;  ///< not owned; set to true, it ends the call as Unavailable
};

struct RestoreOptions {
  std::string keys = {};                      ///< directory with the keys, for a backup without them
  const std::atomic<bool>* cancel = nullptr;  ///< not owned; set to true, it ends the call as Unavailable
};

/// What a backup says of itself.
struct BackupInfo {
  struct File {
    std::string name;  ///< within the catalog's directory, "keys/secret.key"
    std::uint64_t size = 0;
    std::string sha256;
  };
  std::string program;          ///< version of the library that made it
  std::int64_t created_at = 0;  ///< milliseconds since 1970
  std::int64_t format = 0;      ///< of the database
  std::string store_id;
  Seq last_seq = 0;            ///< of the last change in it
  std::vector<File> files;     ///< what it holds, the database first
  std::vector<File> left_out;  ///< the keys, in a backup without them
};

/// Writes the catalog of a directory into one new file (0600), which appears when it is whole and on the disk.
///
/// Works while this or another process has the catalog open; a write that was acknowledged before the call is in it,
/// and writers are not held up. Nothing is changed in the directory. Takes as much space again beside `file` while it
/// works, and little memory. NotFound: no catalog there. InvalidArgument: `file` lies within the directory, or a name
/// of `also` is none. Corrupt: what is there is damaged, or of a newer version. Unavailable: disk full or failing.
METADATA_API Result<BackupInfo> back_up(const std::string& directory, const std::string& file,
                                        const BackupOptions& options = {});

/// Reads the whole backup and proves that it is as it was written. Corrupt says what is wrong.
METADATA_API Result<BackupInfo> verify_backup(const std::string& file, const std::atomic<bool>* cancel = nullptr);

/// Makes the directory, which must be empty or not there, from a backup: verifies all of it first, unpacks it beside
/// the directory, proves the database, and then renames, so that after a crash there is all or nothing.
///
/// InvalidArgument: the directory is not empty, or the keys are missing or others. Corrupt: as verify_backup(), or made
/// by a newer version.
METADATA_API Result<BackupInfo> restore_backup(const std::string& file, const std::string& directory,
                                               const RestoreOptions& options = {});

}  // namespace metadata

#endif  // METADATA_BACKUP_H
