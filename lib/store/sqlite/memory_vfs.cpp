#include "store/sqlite/memory_vfs.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace metadata::store::sqlite {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10;
constexpr int kMaxPath = 512;

/// The bytes of one file, in pieces, so that growing moves nothing. Safe for use from many threads.
class Content {
 public:
  /// Copies what there is; the number of bytes found.
  std::size_t read(char* out, std::size_t size, std::size_t at) const {
    const std::shared_lock lock(mutex_);
    if (at >= size_) return 0;
    const std::size_t have = std::min(size, size_ - at);
    for_pieces(at, have,
               [&](char* piece, std::size_t done, std::size_t length) { std::memcpy(out + done, piece, length); });
    return have;
  }

  void write(const char* data, std::size_t size, std::size_t at) {
    const std::lock_guard lock(mutex_);
    while (chunks_.size() * kChunk < at + size)
      chunks_.push_back(std::make_unique<std::array<char, kChunk>>());  // zeroed
    for_pieces(at, size,
               [&](char* piece, std::size_t done, std::size_t length) { std::memcpy(piece, data + done, length); });
    size_ = std::max(size_, at + size);
  }

  void truncate(std::size_t size) {
    const std::lock_guard lock(mutex_);
    if (size >= size_) return;
    // What grows back later must read as zeros.
    const std::size_t kept = (size + kChunk - 1) / kChunk;
    if (size % kChunk != 0) std::memset(chunks_[kept - 1]->data() + size % kChunk, 0, kChunk - size % kChunk);
    chunks_.resize(kept);
    size_ = size;
  }

  std::size_t size() const {
    const std::shared_lock lock(mutex_);
    return size_;
  }

 private:
  template <class Visit>
  void for_pieces(std::size_t at, std::size_t size, Visit visit) const {
    for (std::size_t done = 0; done < size;) {
      const std::size_t offset = (at + done) % kChunk;
      const std::size_t length = std::min(size - done, kChunk - offset);
      visit(chunks_[(at + done) / kChunk]->data() + offset, done, length);
      done += length;
    }
  }

  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<std::array<char, kChunk>>> chunks_;  // guarded by mutex_
  std::size_t size_ = 0;                                           // guarded by mutex_
};

/// A file with its locks: the five-step lock of a database file, and the slots and pages of the shared log index.
struct Node {
  Content content;

  std::mutex mutex;  // guards all below
  int shared = 0;    // connections that hold SHARED or more
  bool reserved = false;
  bool pending = false;
  bool exclusive = false;
  std::array<int, SQLITE_SHM_NLOCK> slots{};  // -1 exclusive, n > 0 shared by n
  std::vector<std::vector<char>> index_pages;
};

/// SQLite allocates this and calls no constructor: `node` is made and destroyed in open() and close().
struct File {
  sqlite3_file base;
  std::shared_ptr<Node> node;
  int level;              // SQLITE_LOCK_…
  unsigned shared_slots;  // bits of held index slots
  unsigned exclusive_slots;
};

File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

// No exception may pass through SQLite, which is C.
template <class Work>
int guarded(Work work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

int unlock(sqlite3_file* handle, int level);

int close(sqlite3_file* handle) {
  File& file = file_of(handle);
  unlock(handle, SQLITE_LOCK_NONE);
  file.node.~shared_ptr<Node>();
  return SQLITE_OK;
}

int read(sqlite3_file* handle, void* out, int size, sqlite3_int64 at) {
  const auto wanted = static_cast<std::size_t>(size);
  const std::size_t got =
      file_of(handle).node->content.read(static_cast<char*>(out), wanted, static_cast<std::size_t>(at));
  if (got == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + got, 0, wanted - got);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* handle, const void* data, int size, sqlite3_int64 at) {
  return guarded([&] {
    file_of(handle).node->content.write(static_cast<const char*>(data), static_cast<std::size_t>(size),
                                        static_cast<std::size_t>(at));
    return SQLITE_OK;
  });
}

int truncate(sqlite3_file* handle, sqlite3_int64 size) {
  file_of(handle).node->content.truncate(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync(sqlite3_file*, int) { return SQLITE_OK; }

int file_size(sqlite3_file* handle, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(file_of(handle).node->content.size());
  return SQLITE_OK;
}

int lock(sqlite3_file* handle, int level) {
  File& file = file_of(handle);
  Node& node = *file.node;
  const std::lock_guard guard(node.mutex);
  if (file.level >= level) return SQLITE_OK;
  if (file.level == SQLITE_LOCK_NONE) {
    if (node.pending || node.exclusive) return SQLITE_BUSY;
    ++node.shared;
    file.level = SQLITE_LOCK_SHARED;
  }
  if (level >= SQLITE_LOCK_RESERVED && file.level < SQLITE_LOCK_RESERVED) {
    if (node.reserved) return SQLITE_BUSY;
    node.reserved = true;
    file.level = SQLITE_LOCK_RESERVED;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    node.pending = true;
    file.level = SQLITE_LOCK_PENDING;
    if (node.shared > 1) return SQLITE_BUSY;
    node.exclusive = true;
    file.level = SQLITE_LOCK_EXCLUSIVE;
  }
  return SQLITE_OK;
}

int unlock(sqlite3_file* handle, int level) {
  File& file = file_of(handle);
  Node& node = *file.node;
  const std::lock_guard guard(node.mutex);
  if (file.level <= level) return SQLITE_OK;
  if (file.level == SQLITE_LOCK_EXCLUSIVE) node.exclusive = false;
  if (file.level >= SQLITE_LOCK_PENDING) node.pending = false;
  if (file.level >= SQLITE_LOCK_RESERVED) node.reserved = false;
  if (level == SQLITE_LOCK_NONE) --node.shared;
  file.level = level;
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* handle, int* reserved) {
  Node& node = *file_of(handle).node;
  const std::lock_guard guard(node.mutex);
  *reserved = node.reserved ? 1 : 0;
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_SEQUENTIAL | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int shm_map(sqlite3_file* handle, int page, int size, int extend, void volatile** out) {
  return guarded([&] {
    Node& node = *file_of(handle).node;
    const std::lock_guard guard(node.mutex);
    const auto wanted = static_cast<std::size_t>(page);
    *out = nullptr;
    if (wanted >= node.index_pages.size()) {
      if (extend == 0) return SQLITE_OK;
      // The outer vector may move; the pages themselves stay where they are.
      while (node.index_pages.size() <= wanted) node.index_pages.emplace_back(static_cast<std::size_t>(size));
    }
    *out = node.index_pages[wanted].data();
    return SQLITE_OK;
  });
}

int shm_lock(sqlite3_file* handle, int first, int count, int flags) {
  File& file = file_of(handle);
  Node& node = *file.node;
  const unsigned mask = ((1U << count) - 1U) << first;
  const std::lock_guard guard(node.mutex);
  const auto slots = std::span(node.slots).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int i = first; i < first + count; ++i) {
      const unsigned bit = 1U << i;
      int& slot = node.slots[static_cast<std::size_t>(i)];
      if ((file.exclusive_slots & bit) != 0) slot = 0;
      if ((file.shared_slots & bit) != 0) --slot;
    }
    file.exclusive_slots &= ~mask;
    file.shared_slots &= ~mask;
    return SQLITE_OK;
  }
  if ((flags & SQLITE_SHM_SHARED) != 0) {  // always of one slot
    if ((file.shared_slots & mask) != 0) return SQLITE_OK;
    if (slots[0] < 0) return SQLITE_BUSY;
    ++slots[0];
    file.shared_slots |= mask;
    return SQLITE_OK;
  }
  if ((file.exclusive_slots & mask) == mask) return SQLITE_OK;
  if (std::ranges::any_of(slots, [](int slot) { return slot != 0; })) return SQLITE_BUSY;
  std::ranges::fill(slots, -1);
  file.exclusive_slots |= mask;
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file* handle) {
  __sync_synchronize();                                      // as SQLite's own layers do
  const std::lock_guard guard(file_of(handle).node->mutex);  // the same for thread checkers, which see no fences
}

int shm_unmap(sqlite3_file* handle, int remove) {
  Node& node = *file_of(handle).node;
  const std::lock_guard guard(node.mutex);
  if (remove != 0) node.index_pages.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    2,         close,          read,         write,       truncate,        sync,    file_size, lock,
    unlock,    check_reserved, file_control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
    shm_unmap, nullptr,        nullptr,
};

}  // namespace

/// The names, and what SQLite is given as the layer.
struct MemoryVfs::Files {
  std::string name;
  sqlite3_vfs layer{};
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Node>, std::less<>> nodes;  // guarded by mutex
};

namespace {

MemoryVfs::Files& files_of(sqlite3_vfs* layer) { return *static_cast<MemoryVfs::Files*>(layer->pAppData); }
sqlite3_vfs* system_layer() { return sqlite3_vfs_find(nullptr); }

int open(sqlite3_vfs* layer, const char* path, sqlite3_file* handle, int flags, int* flags_out) {
  handle->pMethods = nullptr;  // SQLite closes only what has methods
  return guarded([&]() -> int {
    MemoryVfs::Files& files = files_of(layer);
    std::shared_ptr<Node> node;
    if (path == nullptr) {
      node = std::make_shared<Node>();
    } else {
      const std::lock_guard guard(files.mutex);
      std::shared_ptr<Node>& known = files.nodes[path];
      if (!known && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      if (!known) known = std::make_shared<Node>();
      node = known;
    }
    File* file = new (handle) File{};
    file->node = std::move(node);
    file->base.pMethods = &kMethods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  });
}

int remove(sqlite3_vfs* layer, const char* path, int) {
  MemoryVfs::Files& files = files_of(layer);
  const std::lock_guard guard(files.mutex);
  if (const auto known = files.nodes.find(std::string_view(path)); known != files.nodes.end()) files.nodes.erase(known);
  return SQLITE_OK;
}

int access(sqlite3_vfs* layer, const char* path, int, int* found) {
  MemoryVfs::Files& files = files_of(layer);
  const std::lock_guard guard(files.mutex);
  const auto known = files.nodes.find(std::string_view(path));
  *found = known != files.nodes.end() && known->second ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  const std::size_t length = std::strlen(path);
  if (length >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, path, length + 1);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) { return system_layer()->xRandomness(system_layer(), size, out); }
int sleep_us(sqlite3_vfs*, int us) { return system_layer()->xSleep(system_layer(), us); }
int current_time(sqlite3_vfs*, double* out) { return system_layer()->xCurrentTime(system_layer(), out); }
int last_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

Result<std::unique_ptr<MemoryVfs>> MemoryVfs::make() {
  if (sqlite3_initialize() != SQLITE_OK) return internal_error("SQLite cannot be initialised");
  std::array<std::uint64_t, 2> salt{};
  sqlite3_randomness(sizeof salt, salt.data());
  auto files = std::make_unique<Files>();
  files->name = "metadata-memory-" + std::to_string(salt[0]) + "-" + std::to_string(salt[1]);
  sqlite3_vfs& layer = files->layer;
  layer.iVersion = 1;
  layer.szOsFile = sizeof(File);
  layer.mxPathname = kMaxPath;
  layer.zName = files->name.c_str();
  layer.pAppData = files.get();
  layer.xOpen = open;
  layer.xDelete = remove;
  layer.xAccess = access;
  layer.xFullPathname = full_path;
  layer.xRandomness = randomness;
  layer.xSleep = sleep_us;
  layer.xCurrentTime = current_time;
  layer.xGetLastError = last_error;
  if (sqlite3_vfs_register(&layer, 0) != SQLITE_OK) return internal_error("SQLite takes no memory file layer");
  return std::unique_ptr<MemoryVfs>(new MemoryVfs(std::move(files)));
}

MemoryVfs::MemoryVfs(std::unique_ptr<Files> files) : files_(std::move(files)) {}
MemoryVfs::~MemoryVfs() { sqlite3_vfs_unregister(&files_->layer); }
const std::string& MemoryVfs::name() const { return files_->name; }

}  // namespace metadata::store::sqlite
