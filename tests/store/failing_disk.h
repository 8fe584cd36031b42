#ifndef METADATA_TESTS_STORE_FAILING_DISK_H
#define METADATA_TESTS_STORE_FAILING_DISK_H

#include <chrono>
#include <cstdint>

namespace metadata::store::test {

/// What SQLite asks a disk for.
enum class Ask { Open, Read, Write, Sync, Truncate, Lock, Index };  ///< Index: pages of the log's shared index
inline constexpr int kAsks = 7;

/// How a call fails. Fail: nothing is done. Tear: half of a write is done, and it fails. Short: a read ends early, as
/// if the file did. Full: as a disk without space says it.
enum class How { Fail, Tear, Short, Full };

/// While it lives, SQLite's files go through it, and it can be told to fail. One at a time; stores opened with it must
/// go first. The calls may come from many threads.
class FailingDisk {
 public:
  FailingDisk();
  ~FailingDisk();
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  void fail_syncs(bool fail);  ///< every sync answers that the disk failed
  void be_full(bool full);     ///< every write answers that there is no space
  /// Writes succeed for so many more bytes; the one that crosses the border is cut there. Negative: without end.
  void space_left(std::int64_t bytes);
  void delay_syncs(std::chrono::microseconds time);

  /// The nth call of this kind from now on (1 is the next one) fails, and only that one.
  void fail(Ask ask, int nth, How how = How::Fail);
  bool failed() const;  ///< did the call that fail() named come?
  void count_anew();
  int count(Ask ask) const;  ///< calls since count_anew()
  int syncs() const { return count(Ask::Sync); }
};

}  // namespace metadata::store::test

#endif  // METADATA_TESTS_STORE_FAILING_DISK_H
