#ifndef METADATA_TESTS_STORE_POWER_CUT_H
#define METADATA_TESTS_STORE_POWER_CUT_H

#include <cstdint>
#include <functional>
#include <string>

namespace metadata::store::test {

/// While it lives, it knows what a disk holds of the SQLite files in one folder, and what only the kernel does.
///
/// Writes are in the files at once, as a process sees them; the disk has them when they are synced. image() makes the
/// folder as it is found after a power cut: of what was not synced, any part in any order, torn at 512 bytes. Files in
/// other folders are the system's alone. One at a time; stores opened with it must go first. One thread.
class PowerCut {
 public:
  explicit PowerCut(std::string folder);
  ~PowerCut();
  PowerCut(const PowerCut&) = delete;
  PowerCut& operator=(const PowerCut&) = delete;

  /// Called before each sync, with all that it would make durable still in the kernel only.
  void before_sync(std::function<void()> hook);
  /// The next sync fails as it does on Linux: what was to be written stays in the kernel as if it were on the disk, and
  /// never gets there.
  void lose_next_sync();
  /// Puts the database and its log, as the disk might have them now, into another folder.
  void image(const std::string& folder, std::uint64_t seed) const;
};

}  // namespace metadata::store::test

#endif  // METADATA_TESTS_STORE_POWER_CUT_H
