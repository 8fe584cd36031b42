#ifndef METADATA_LIB_STORE_GENERATIONS_H
#define METADATA_LIB_STORE_GENERATIONS_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "metadata/ids.h"
#include "store/rows.h"
#include "store/write_set.h"

namespace metadata::store {

/// The places of the store that something was read from, or that a write changes. A plain value.
///
/// A place is an entity (its row, its body, its labels, its edges at either end), a key (which row has it, and what
/// happens to the whole range under it), a side record, or a kind of edges. Places are hashed to slots: two may share
/// one, which only makes something look changed that is not.
class Footprint {
 public:
  using Slot = std::uint32_t;

  void entity(const EntityId& id);
  void key(std::string_view fqn_key);
  /// Every key that the given one lies under, so that what is done to a range counts as done to the rows in it.
  void above(std::string_view fqn_key);
  void side(std::string_view kind, std::string_view key);
  /// Side records that go because their time is over.
  void expiry();
  /// Which edges of this kind there are, at whatever entities.
  void edges(std::string_view kind);
  /// All that a reference to this row shows.
  void reference(const RefRow& row);
  /// All that the set's operations change.
  void writes(const WriteSet& set);

  void add(const Footprint& other);
  const std::vector<Slot>& slots() const noexcept { return slots_; }
  /// Each slot once; for a footprint that is kept.
  void compact();

 private:
  void add(char kind, std::string_view text, std::size_t seed = 0);

  std::vector<Slot> slots_;
};

/// Says whether what was read from the store still holds, without asking it: for every slot, the number of the last
/// commit that changed a place there.
///
/// The one committing thread opens a Change before its COMMIT and closes it before anybody hears of the write. Whoever
/// keeps a value notes now() *before* reading it, and uses it only while unchanged() is true for what it was read from.
/// So a kept value is never older than a write that was answered before the call began, and never older than what
/// another reader has been shown. A commit that fails makes values look changed that are not, nothing worse.
///
/// Safe for use from many threads; one Change at a time.
class Generations {
 public:
  using Commit = std::uint64_t;

  Generations();
  Generations(const Generations&) = delete;
  Generations& operator=(const Generations&) = delete;

  /// The last finished commit; what is read from here on has it, and all before it.
  Commit now() const noexcept { return last_.load(std::memory_order_acquire); }

  /// True when no commit after `since`, not even one that is being made, has changed any of these places.
  bool unchanged(const Footprint& places, Commit since) const noexcept;

  /// A commit from before its COMMIT until it is visible to every reader, or has failed.
  class Change {
   public:
    Change(Generations& generations, const Footprint& places);
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change();

   private:
    Generations& generations_;
    const Commit number_;
  };

 private:
  std::atomic<Commit> last_{0};
  const std::unique_ptr<std::atomic<Commit>[]> slots_;
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_GENERATIONS_H
