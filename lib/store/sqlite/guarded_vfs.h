#ifndef METADATA_LIB_STORE_SQLITE_GUARDED_VFS_H
#define METADATA_LIB_STORE_SQLITE_GUARDED_VFS_H

#include <memory>
#include <string>

#include "metadata/error.h"

namespace metadata::store::sqlite {

/// The file layer that a store on disk gives to SQLite: the system's own, with a latch on failed syncs.
///
/// After a failed sync the kernel may have dropped what it could not write, and a second sync would say "done" of
/// nothing. So the first failure closes the layer for good: every later write, truncation, sync and removal fails
/// without reaching the system, whoever asks (a COMMIT, a checkpoint, a close). Reads go on.
///
/// Besides, it makes the log files itself, because SQLite does not look at the outcome when it syncs their directory;
/// and it takes a read that ends inside the file for the failure it is, where SQLite would see a page of zeros.
///
/// Must outlive every connection that uses it. Safe for use from many threads.
class GuardedVfs {
 public:
  /// Over the layer that is SQLite's default now.
  static Result<std::unique_ptr<GuardedVfs>> make();
  GuardedVfs(const GuardedVfs&) = delete;
  GuardedVfs& operator=(const GuardedVfs&) = delete;
  ~GuardedVfs();

  /// The name under which SQLite knows the layer; no other object has it.
  const std::string& name() const noexcept;
  /// Did a sync ever fail? What the disk holds is not known then.
  bool sync_failed() const noexcept;

  struct State;

 private:
  explicit GuardedVfs(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_GUARDED_VFS_H
