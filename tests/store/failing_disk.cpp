#include "failing_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>

namespace metadata::store::test {
namespace {

struct State {
  sqlite3_vfs* system = nullptr;
  sqlite3_vfs layer{};
  sqlite3_io_methods methods{};
  std::atomic<bool> sync_fails = false, full = false, limited = false, failed = false;
  std::atomic<std::int64_t> space = 0;
  std::atomic<std::int64_t> delay_us = 0;
  std::array<std::atomic<int>, kAsks> counts{};
  std::array<std::atomic<int>, kAsks> until{};  ///< calls to go until the one that fails; 0: none
  std::atomic<How> how = How::Fail;
};

State& state() {
  static State one;
  return one;
}

/// Counts the call; is it the one that fails?
bool fails_now(Ask ask) {
  State& s = state();
  const auto at = static_cast<std::size_t>(ask);
  ++s.counts[at];
  if (s.until[at] == 0 || --s.until[at] != 0) return false;
  s.failed = true;
  return true;
}

/// The system's file lies behind ours in the memory that SQLite gives.
struct File {
  sqlite3_file base;
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  if (fails_now(Ask::Open)) return state().how == How::Full ? SQLITE_FULL : SQLITE_CANTOPEN;
  sqlite3_vfs* system = state().system;
  const int code = system->xOpen(system, name, real(file), flags, out);
  if (real(file)->pMethods != nullptr) file->pMethods = &state().methods;
  return code;
}

int read(sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
  if (!fails_now(Ask::Read)) return real(file)->pMethods->xRead(real(file), out, size, at);
  if (state().how != How::Short) return SQLITE_IOERR_READ;
  const int half = size / 2;
  if (half > 0) real(file)->pMethods->xRead(real(file), out, half, at);
  std::memset(static_cast<char*>(out) + half, 0, static_cast<std::size_t>(size - half));
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  State& s = state();
  const auto part = [&](int bytes) {
    if (bytes > 0) real(file)->pMethods->xWrite(real(file), data, bytes, at);
  };
  if (s.full) return SQLITE_FULL;
  if (fails_now(Ask::Write)) {
    if (s.how == How::Tear) part(size / 2);
    return s.how == How::Full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }
  if (s.limited && (s.space -= size) < 0) {
    part(static_cast<int>(std::max<std::int64_t>(0, size + s.space)));
    s.space = 0;
    return SQLITE_FULL;
  }
  return real(file)->pMethods->xWrite(real(file), data, size, at);
}

int sync(sqlite3_file* file, int flags) {
  if (const auto delay = state().delay_us.load(); delay > 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(delay));  // what a slower disk would take
  }
  if (fails_now(Ask::Sync) || state().sync_fails) return SQLITE_IOERR_FSYNC;
  return real(file)->pMethods->xSync(real(file), flags);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (fails_now(Ask::Truncate)) return SQLITE_IOERR_TRUNCATE;
  return real(file)->pMethods->xTruncate(real(file), size);
}

int lock(sqlite3_file* file, int level) {
  if (fails_now(Ask::Lock)) return SQLITE_IOERR_LOCK;
  return real(file)->pMethods->xLock(real(file), level);
}

int map_index(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  if (fails_now(Ask::Index)) return state().how == How::Full ? SQLITE_FULL : SQLITE_IOERR_SHMSIZE;
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
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
  m.xRead = read;
  m.xWrite = write;
  m.xTruncate = truncate;
  m.xSync = sync;
  m.xFileSize = pass<&M::xFileSize, sqlite3_int64*>;
  m.xLock = lock;
  m.xUnlock = pass<&M::xUnlock, int>;
  m.xCheckReservedLock = pass<&M::xCheckReservedLock, int*>;
  m.xFileControl = pass<&M::xFileControl, int, void*>;
  m.xSectorSize = pass<&M::xSectorSize>;
  m.xDeviceCharacteristics = pass<&M::xDeviceCharacteristics>;
  m.xShmMap = map_index;
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
  s.limited = false;
  s.delay_us = 0;
  count_anew();
  sqlite3_vfs_register(&s.layer, 1);
}

FailingDisk::~FailingDisk() {
  sqlite3_vfs_unregister(&state().layer);
  sqlite3_vfs_register(state().system, 1);
}

void FailingDisk::fail_syncs(bool fail) { state().sync_fails = fail; }
void FailingDisk::be_full(bool full) { state().full = full; }
void FailingDisk::space_left(std::int64_t bytes) {
  state().space = bytes;
  state().limited = bytes >= 0;
}
void FailingDisk::delay_syncs(std::chrono::microseconds time) { state().delay_us = time.count(); }

void FailingDisk::fail(Ask ask, int nth, How how) {
  State& s = state();
  for (auto& until : s.until) until = 0;
  s.how = how;
  s.failed = false;
  s.until[static_cast<std::size_t>(ask)] = nth;
}
bool FailingDisk::failed() const { return state().failed; }

void FailingDisk::count_anew() {
  State& s = state();
  for (auto& count : s.counts) count = 0;
  for (auto& until : s.until) until = 0;
  s.failed = false;
}
int FailingDisk::count(Ask ask) const { return state().counts[static_cast<std::size_t>(ask)]; }

}  // namespace metadata::store::test
