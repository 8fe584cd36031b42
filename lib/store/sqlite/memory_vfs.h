#ifndef METADATA_LIB_STORE_SQLITE_MEMORY_VFS_H
#define METADATA_LIB_STORE_SQLITE_MEMORY_VFS_H

#include <memory>
#include <string>

#include "metadata/error.h"

namespace metadata::store::sqlite {

/// A file layer for SQLite whose files lie in this process's memory.
///
/// SQLite's own memory databases know no write-ahead log, so there a reader and the writer lock each other out. With
/// these files a catalog in RAM behaves as one on disk: stable snapshots beside a writer. The files vanish with this
/// object, which must outlive every connection that uses them. Safe for use from many threads.
class MemoryVfs {
 public:
  static Result<std::unique_ptr<MemoryVfs>> make();
  MemoryVfs(const MemoryVfs&) = delete;
  MemoryVfs& operator=(const MemoryVfs&) = delete;
  ~MemoryVfs();

  /// The name under which SQLite knows the layer; no other object has it.
  const std::string& name() const;

  struct Files;

 private:
  explicit MemoryVfs(std::unique_ptr<Files> files);

  std::unique_ptr<Files> files_;
};

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_MEMORY_VFS_H
