#include "search/views.h"

#include <utility>

#include "search/guarded.h"

namespace metadata::search {
namespace {

constexpr std::size_t kMaxFree = 16;  // handles that wait for a reader; each has some files open
constexpr int kTries = 6;
constexpr int kHurriedTries = 3;              // after so many the writer waits for longer
constexpr std::chrono::seconds kPatience{2};  // what a search is given in all, unless a host gives it more
constexpr std::chrono::seconds kMemoryWait{30};

}  // namespace

Error Views::read(const std::function<Error(const Xapian::Database&)>& body) {
  return memory_ != nullptr ? read_memory(body) : read_files(body);
}

Error Views::read_memory(const std::function<Error(const Xapian::Database&)>& body) {
  const std::unique_lock lock(memory_mutex_, kMemoryWait);
  if (!lock.owns_lock()) return unavailable("the search index in RAM is busy");
  return guarded([&] { return body(*memory_); });
}

Error Views::read_files(const std::function<Error(const Xapian::Database&)>& body) {
  Error error;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const bool late = attempt >= kHurriedTries;
    std::uint64_t state = 0;
    std::unique_ptr<Handle> handle;
    {
      const std::lock_guard lock(mutex_);
      state = state_;
      ++readers_;
      if (late) ++late_;
      if (!free_.empty()) {
        handle = std::move(free_.back());
        free_.pop_back();
      }
    }
    error = guarded([&]() -> Error {
      if (handle == nullptr || handle->state != state || attempt > 0) {
        const std::shared_lock opening(gate_);
        if (handle == nullptr) {
          handle = std::make_unique<Handle>();
          for (const std::string& path : paths_) handle->database.add_database(Xapian::Database(path));
        } else {
          handle->database.reopen();
        }
        handle->state = state;
      }
      return body(handle->database);
    });
    const bool usable = error.code() != Code::Unavailable && error.code() != Code::Corrupt;
    give_back(std::move(handle), state, usable, late);
    if (error.code() != Code::Conflict) return error;
  }
  return error;
}

void Views::give_back(std::unique_ptr<Handle> handle, std::uint64_t state, bool usable, bool late) {
  const std::lock_guard lock(mutex_);
  --(state == state_ ? readers_ : behind_);
  if (late) --late_;
  left_.notify_all();
  if (usable && handle != nullptr && free_.size() < kMaxFree) free_.push_back(std::move(handle));
}

std::unique_lock<base::TimedMutex> Views::changing() {
  if (memory_ == nullptr) return {};
  return std::unique_lock(memory_mutex_);
}

void Views::advance() {
  const std::lock_guard lock(mutex_);
  ++state_;
  behind_ += std::exchange(readers_, 0);
}

bool Views::wait_for_readers(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  if (left_.wait_for(lock, most, [this] { return behind_ == 0; })) return true;
  left_.wait_for(lock, kPatience, [this] { return behind_ == 0 || late_ == 0; });
  return behind_ == 0;
}

}  // namespace metadata::search
