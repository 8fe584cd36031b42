#include "power_cut.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <utility>
#include <vector>

namespace metadata::store::test {
namespace {

constexpr std::size_t kSector = 512;

/// A write, or with no bytes a truncation.
struct Change {
  std::size_t at = 0;
  std::string bytes;
  bool truncates = false;
};

struct Disk {
  std::string durable;
  std::vector<Change> pending;
};

struct State {
  sqlite3_vfs* system = nullptr;
  sqlite3_vfs layer{};
  sqlite3_io_methods methods{};
  std::string folder;
  std::map<std::string, Disk> files;
  std::function<void()> hook;
  bool lose = false;
};

State& state() {
  static State one;
  return one;
}

/// The system's file lies behind ours in the memory that SQLite gives.
struct File {
  sqlite3_file base;
  Disk* disk;
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }
Disk& disk_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->disk; }

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void apply(std::string& bytes, const Change& change) {
  if (change.truncates) {
    bytes.resize(change.at);
    return;
  }
  if (bytes.size() < change.at + change.bytes.size()) bytes.resize(change.at + change.bytes.size());
  std::memcpy(bytes.data() + change.at, change.bytes.data(), change.bytes.size());
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  State& s = state();
  if (name == nullptr || !std::string_view(name).starts_with(s.folder)) {
    return s.system->xOpen(s.system, name, file, flags, out);  // the system's own file, in the place of ours
  }
  file->pMethods = nullptr;
  const int code = s.system->xOpen(s.system, name, real(file), flags, out);
  if (code != SQLITE_OK) return code;
  const auto [place, is_new] = s.files.try_emplace(name);
  if (is_new) place->second.durable = content_of(name);
  reinterpret_cast<File*>(file)->disk = &place->second;
  file->pMethods = &s.methods;
  return code;
}

int remove(sqlite3_vfs*, const char* name, int sync_directory) {
  state().files.erase(name);
  return state().system->xDelete(state().system, name, sync_directory);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  disk_of(file).pending.push_back({static_cast<std::size_t>(at),
                                   std::string(static_cast<const char*>(data), static_cast<std::size_t>(size)), false});
  return real(file)->pMethods->xWrite(real(file), data, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  disk_of(file).pending.push_back({static_cast<std::size_t>(size), {}, true});
  return real(file)->pMethods->xTruncate(real(file), size);
}

int sync(sqlite3_file* file, int) {
  State& s = state();
  if (s.hook) s.hook();
  Disk& disk = disk_of(file);
  if (!std::exchange(s.lose, false)) {
    for (const Change& change : disk.pending) apply(disk.durable, change);
    disk.pending.clear();
    return SQLITE_OK;
  }
  disk.pending.clear();
  return SQLITE_IOERR_FSYNC;
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
}

/// What each sector held at any time since the last sync, oldest first, and the sizes that the file had.
struct Past {
  std::map<std::size_t, std::vector<std::string>> sectors;
  std::vector<std::size_t> sizes;
};

Past past_of(const Disk& disk) {
  Past past;
  past.sizes = {disk.durable.size()};
  for (const Change& change : disk.pending) {
    const std::size_t size = past.sizes.back();
    past.sizes.push_back(change.truncates ? change.at : std::max(size, change.at + change.bytes.size()));
    if (change.truncates) continue;
    for (std::size_t done = 0; done < change.bytes.size();) {
      const std::size_t at = change.at + done, sector = at / kSector;
      const std::size_t length = std::min(change.bytes.size() - done, kSector - at % kSector);
      auto& versions = past.sectors[sector];
      if (versions.empty()) {
        std::string first(kSector, '\0');
        const std::size_t begin = sector * kSector;
        if (begin < disk.durable.size()) {
          std::memcpy(first.data(), disk.durable.data() + begin, std::min(kSector, disk.durable.size() - begin));
        }
        versions.push_back(std::move(first));
      }
      std::string next = versions.back();
      std::memcpy(next.data() + at % kSector, change.bytes.data() + done, length);
      versions.push_back(std::move(next));
      done += length;
    }
  }
  return past;
}

/// One of the states that a disk may be in.
std::string after_cut(const Disk& disk, std::mt19937_64& random) {
  const Past past = past_of(disk);
  // Nothing, everything, or any part: the ends are as likely as what lies between.
  const auto kind = random() % 4;
  const auto choose = [&](std::size_t count) -> std::size_t {
    return kind == 0 ? 0 : kind == 1 ? count - 1 : random() % count;
  };
  std::string bytes = disk.durable;
  bytes.resize(past.sizes[choose(past.sizes.size())]);
  for (const auto& [sector, versions] : past.sectors) {
    const std::string& version = versions[choose(versions.size())];
    const std::size_t begin = sector * kSector;
    if (begin >= bytes.size()) continue;
    std::memcpy(bytes.data() + begin, version.data(), std::min(kSector, bytes.size() - begin));
  }
  return bytes;
}

}  // namespace

PowerCut::PowerCut(std::string folder) {
  State& s = state();
  s.system = sqlite3_vfs_find(nullptr);
  s.layer = *s.system;
  s.layer.zName = "power-cut";
  s.layer.szOsFile = static_cast<int>(sizeof(File)) + s.system->szOsFile;
  s.layer.xOpen = open;
  s.layer.xDelete = remove;
  s.methods = make_methods();
  s.folder = std::move(folder) + "/";
  s.files.clear();
  s.hook = nullptr;
  s.lose = false;
  sqlite3_vfs_register(&s.layer, 1);
}

PowerCut::~PowerCut() {
  sqlite3_vfs_unregister(&state().layer);
  sqlite3_vfs_register(state().system, 1);
}

void PowerCut::before_sync(std::function<void()> hook) { state().hook = std::move(hook); }
void PowerCut::lose_next_sync() { state().lose = true; }

void PowerCut::image(const std::string& folder, std::uint64_t seed) const {
  std::mt19937_64 random(seed);
  for (const auto& [path, disk] : state().files) {
    const std::string bytes = after_cut(disk, random);
    std::ofstream(folder + "/" + std::filesystem::path(path).filename().string(), std::ios::binary | std::ios::trunc)
        << bytes;
  }
}

}  // namespace metadata::store::test
