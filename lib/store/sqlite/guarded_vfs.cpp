#include "store/sqlite/guarded_vfs.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include <sqlite3.h>

#include "base/files.h"

namespace metadata::store::sqlite {

struct GuardedVfs::State {
  sqlite3_vfs* system = nullptr;
  sqlite3_vfs layer{};
  std::string name;
  std::atomic<bool> sync_failed = false;
};

namespace {

using State = GuardedVfs::State;

/// SQLite allocates this, with room for the system's file behind it, and calls no constructor.
struct File {
  sqlite3_file base;
  State* state;
};

State& state_of(sqlite3_vfs* layer) { return *static_cast<State*>(layer->pAppData); }
State& state_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->state; }
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }

template <auto Member, class... Arguments>
int pass(sqlite3_file* file, Arguments... arguments) {
  return (real(file)->pMethods->*Member)(real(file), arguments...);
}

int read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
  const int code = real(file)->pMethods->xRead(real(file), out, size, at);
  if (code != SQLITE_IOERR_SHORT_READ) return code;
  sqlite3_int64 bytes = 0;
  const int looked = real(file)->pMethods->xFileSize(real(file), &bytes);
  return looked == SQLITE_OK && at + size > bytes ? code : SQLITE_IOERR_READ;
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  if (state_of(file).sync_failed) return SQLITE_IOERR_WRITE;
  return real(file)->pMethods->xWrite(real(file), data, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (state_of(file).sync_failed) return SQLITE_IOERR_TRUNCATE;
  return real(file)->pMethods->xTruncate(real(file), size);
}

int sync(sqlite3_file* file, int flags) {
  State& state = state_of(file);
  if (state.sync_failed) return SQLITE_IOERR_FSYNC;
  const int code = real(file)->pMethods->xSync(real(file), flags);
  if (code != SQLITE_OK) state.sync_failed = true;
  return code;
}

void barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

/// Version 2: without xFetch and xUnfetch, since files are not mapped into memory.
constexpr sqlite3_io_methods kMethods = [] {
  using M = sqlite3_io_methods;
  M m{};
  m.iVersion = 2;
  m.xClose = pass<&M::xClose>;
  m.xRead = read;
  m.xWrite = write;
  m.xTruncate = truncate;
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
}();

/// Puts a log file in place, empty and durable, so that SQLite need not create it.
int make_log(State& state, const char* path) {
  if (state.sync_failed) return SQLITE_OK;  // it is there, or it cannot be opened
  switch (base::make_empty_file(path)) {
    case base::Made::Done:
    case base::Made::WasThere:
      return SQLITE_OK;
    case base::Made::SyncFailed:
      state.sync_failed = true;
      return SQLITE_IOERR_DIR_FSYNC;
    case base::Made::NoSpace:
      return SQLITE_FULL;
    case base::Made::Failed:
      break;
  }
  return SQLITE_CANTOPEN;
}

int open(sqlite3_vfs* layer, const char* path, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;  // SQLite closes only what has methods
  State& state = state_of(layer);
  constexpr int kLog = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  if (path != nullptr && (flags & kLog) != 0 && (flags & SQLITE_OPEN_CREATE) != 0) {
    if (const int code = make_log(state, path); code != SQLITE_OK) return code;
    flags &= ~SQLITE_OPEN_CREATE;
  }
  const int code = state.system->xOpen(state.system, path, real(file), flags, out);
  reinterpret_cast<File*>(file)->state = &state;
  if (real(file)->pMethods != nullptr) file->pMethods = &kMethods;
  return code;
}

int remove(sqlite3_vfs* layer, const char* path, int sync_directory) {
  State& state = state_of(layer);
  if (state.sync_failed) return SQLITE_IOERR_DELETE;
  const int code = state.system->xDelete(state.system, path, sync_directory);
  if (code == SQLITE_IOERR_DIR_FSYNC) state.sync_failed = true;
  return code;
}

template <auto Member, class... Arguments>
auto ask(sqlite3_vfs* layer, Arguments... arguments) {
  sqlite3_vfs* system = state_of(layer).system;
  return (system->*Member)(system, arguments...);
}

}  // namespace

Result<std::unique_ptr<GuardedVfs>> GuardedVfs::make() {
  if (sqlite3_initialize() != SQLITE_OK) return internal_error("SQLite cannot be initialised");
  std::array<std::uint64_t, 2> salt{};
  sqlite3_randomness(sizeof salt, salt.data());
  auto state = std::make_unique<State>();
  state->name = "metadata-disk-" + std::to_string(salt[0]) + "-" + std::to_string(salt[1]);
  state->system = sqlite3_vfs_find(nullptr);
  if (state->system == nullptr) return internal_error("SQLite has no file layer");
  using V = sqlite3_vfs;
  V& layer = state->layer;
  layer.iVersion = 2;  // version 3 would let others replace the system's calls through us
  layer.szOsFile = static_cast<int>(sizeof(File)) + state->system->szOsFile;
  layer.mxPathname = state->system->mxPathname;
  layer.zName = state->name.c_str();
  layer.pAppData = state.get();
  layer.xOpen = open;
  layer.xDelete = remove;
  layer.xAccess = ask<&V::xAccess, const char*, int, int*>;
  layer.xFullPathname = ask<&V::xFullPathname, const char*, int, char*>;
  layer.xRandomness = ask<&V::xRandomness, int, char*>;
  layer.xSleep = ask<&V::xSleep, int>;
  layer.xCurrentTime = ask<&V::xCurrentTime, double*>;
  layer.xGetLastError = ask<&V::xGetLastError, int, char*>;
  layer.xCurrentTimeInt64 = ask<&V::xCurrentTimeInt64, sqlite3_int64*>;
  if (sqlite3_vfs_register(&layer, 0) != SQLITE_OK) return internal_error("SQLite takes no guarded file layer");
  return std::unique_ptr<GuardedVfs>(new GuardedVfs(std::move(state)));
}

GuardedVfs::GuardedVfs(std::unique_ptr<State> state) : state_(std::move(state)) {}
GuardedVfs::~GuardedVfs() { sqlite3_vfs_unregister(&state_->layer); }
const std::string& GuardedVfs::name() const noexcept { return state_->name; }
bool GuardedVfs::sync_failed() const noexcept { return state_->sync_failed; }

}  // namespace metadata::store::sqlite
