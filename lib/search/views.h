#ifndef METADATA_LIB_SEARCH_VIEWS_H
#define METADATA_LIB_SEARCH_VIEWS_H

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include <xapian.h>

#include "base/timed_mutex.h"
#include "metadata/error.h"

namespace metadata::search {

/// The reading side of one generation of the index: Xapian's handles, each used by one thread at a time.
///
/// A state of Xapian's files stays readable while the next one is made, but not while the one after that is. So the
/// writer waits, for a while, until nobody reads a state older than the last before it begins the next; whoever takes
/// longer than that reads again, and is waited for longer after some tries: a slow machine beside many writes would
/// find nothing otherwise. Safe for use from many threads; one writer.
class Views {
 public:
  /// Of files: the parts of the index, read as one.
  explicit Views(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  /// Of an index in RAM, where there is one state only: reading and writing exclude each other.
  explicit Views(Xapian::WritableDatabase& memory) : memory_(&memory) {}
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  /// Conflict when the state went away too often.
  Error read(const std::function<Error(const Xapian::Database&)>& body);

  // For the writer.

  /// To be held while several parts are committed, so that nobody opens one state of one and another of the other.
  std::unique_lock<std::shared_mutex> committing() { return std::unique_lock(gate_); }
  /// To be held while an index in RAM is changed; empty for files.
  std::unique_lock<base::TimedMutex> changing();
  /// After a commit: what is read from here on is the new state.
  void advance();
  /// False when somebody still reads an older state after that time; two seconds more for who has tried often.
  bool wait_for_readers(std::chrono::milliseconds most);

 private:
  struct Handle {
    Xapian::Database database;
    std::uint64_t state = 0;
  };

  Error read_files(const std::function<Error(const Xapian::Database&)>& body);
  Error read_memory(const std::function<Error(const Xapian::Database&)>& body);
  void give_back(std::unique_ptr<Handle> handle, std::uint64_t state, bool usable, bool late);

  const std::vector<std::string> paths_;
  Xapian::WritableDatabase* const memory_ = nullptr;  // not owned
  base::TimedMutex memory_mutex_;

  std::shared_mutex gate_;
  std::mutex mutex_;
  std::condition_variable left_;               // signalled when a reader has ended
  std::vector<std::unique_ptr<Handle>> free_;  // guarded by mutex_, as is all below
  std::uint64_t state_ = 1;
  std::size_t readers_ = 0;  // of the present state
  std::size_t behind_ = 0;   // of older ones
  std::size_t late_ = 0;     // of any, that lost their state several times
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_VIEWS_H
