#include "failing_disk.h"

#include <sqlite3.h>

#include <atomic>

namespace metadata::store::test {
namespace {

struct State {
  sqlite3_vfs* system = nullptr;
  sqlite3_vfs layer{};
  sqlite3_io_methods methods{};
  std::atomic<bool> sync_fails = false, full = false;
  std::atomic<int> syncs = 0;
};

State& state() {
  static State one;
  return one;
}

/// The system's file lies behind ours in the memory that SQLite gives.
struct File {
  sqlite3_file base;
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  sqlite3_vfs* system = state().system;
  const int code = system->xOpen(system, name, real(file), flags, out);
  if (real(file)->pMethods != nullptr) file->pMethods = &state().methods;
  return code;
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  if (state().full) return SQLITE_FULL;
  return real(file)->pMethods->xWrite(real(file), data, size, at);
}

int sync(sqlite3_file* file, int flags) {
  ++state().syncs;
  if (state().sync_fails) return SQLITE_IOERR_FSYNC;
  return real(file)->pMethods->xSync(real(file), flags);
}

template <auto Member, class... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  return (real(file)->pMethods->*Member)(real(file), arguments...);
}

void barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

sqlite3_io_methods make_methods() {
  using M = sqlite3_io_methods;
  M m{};
  m.iVersion = 2;
  m.xClose = pass<&M::xClose>;
  m.xRead = pass<&M::xRead, void*, int, sqlite3_int64>;
  m.xWrite = write;
  m.xTruncate = pass<&M::xTruncate, sqlite3_int64>;
  m.xSync = sync;
  m.xFileSize = pass<&M::xFileSize, sqlite3_int64*>;
  m.xLock = pass<&M::xLock, int>;
  m.xUnlock = pass<&M::xUnlock, int>;
  m.xCheckReservedLock = pass<&M::xCheckReservedLock, int*>;
  m.xFileControl = pass<&M::xFileControl, int, void*>;
  m.xSectorSize = pass<&M::xSectorSize>;
  m.xDeviceCharacteristics = pass<&M::xDeviceCharacteristics>;
  m.xShmMap = pass<&M::xShmMap, int, int, int, void volatile**>;
  m.xShmLock = pass<&M::xShmLock, int, int, int>;
  m.xShmBarrier = barrier;
  m.xShmUnmap = pass<&M::xShmUnmap, int>;
  return m;
}

}  // namespace

FailingDisk::FailingDisk() {
  State& s = state();
  s.system = sqlite3_vfs_find(nullptr);
  s.layer = *s.system;
  s.layer.zName = "failing-disk";
  s.layer.szOsFile = static_cast<int>(sizeof(File)) + s.system->szOsFile;
  s.layer.xOpen = open;
  s.methods = make_methods();
  s.sync_fails = false;
  s.full = false;
  s.syncs = 0;
  sqlite3_vfs_register(&s.layer, 1);
}

FailingDisk::~FailingDisk() {
  sqlite3_vfs_unregister(&state().layer);
  sqlite3_vfs_register(state().system, 1);
}

void FailingDisk::fail_syncs(bool fail) { state().sync_fails = fail; }
void FailingDisk::be_full(bool full) { state().full = full; }
int FailingDisk::syncs() const { return state().syncs; }

}  // namespace metadata::store::test
