#ifndef METADATA_TESTS_STORE_FAILING_DISK_H
#define METADATA_TESTS_STORE_FAILING_DISK_H

namespace metadata::store::test {

/// While it lives, SQLite's files go through it, and it can be told to fail. One at a time; stores opened with it must
/// go first.
class FailingDisk {
 public:
  FailingDisk();
  ~FailingDisk();
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  void fail_syncs(bool fail);  ///< every sync answers that the disk failed
  void be_full(bool full);     ///< every write answers that there is no space
  int syncs() const;           ///< syncs asked for so far
};

}  // namespace metadata::store::test

#endif  // METADATA_TESTS_STORE_FAILING_DISK_H
