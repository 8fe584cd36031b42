#ifndef METADATA_LIB_STORE_STORE_H
#define METADATA_LIB_STORE_STORE_H

#include <memory>
#include <string>

#include "metadata/error.h"
#include "metadata/host.h"
#include "metadata/options.h"
#include "store/backend.h"
#include "store/generations.h"
#include "store/log_end.h"

namespace metadata::store {

/// Rows, snapshots, atomic write sets and the change log of one catalog; ignorant of entity types.
/// Safe for use from many threads. What snapshot() and exclusive() hand out must go before the store does.
class Store {
 public:
  /// Opens or makes the files under options.path (":memory:" keeps all in RAM). A second process on the directory is
  /// Unavailable, what may not be written PermissionDenied, a file of a newer format or of another program is Corrupt,
  /// an older format is migrated.
  static Result<std::unique_ptr<Store>> open(const Options& options);
  ~Store();

  /// The state as of now, unmoved by later writes. Waits while options.read_connections of them are open, so a thread
  /// that holds one should not ask for a second. Waiting, and every later read of it, is Interrupted when the interrupt
  /// trips.
  Result<std::unique_ptr<Reader>> snapshot(const Interrupt& interrupt = {}) const;
  /// A Reader whose answers are each of the moment they are given: cheaper than a snapshot for one question, and for
  /// several when the caller proves by generations() that nothing they are about changed meanwhile. Waits, and is
  /// interrupted, as snapshot() is.
  Result<std::unique_ptr<Reader>> glance(const Interrupt& interrupt = {}) const;
  /// Whether what was read from this store still holds.
  const Generations& generations() const noexcept;

  /// Commits the set, together with those of other threads that wait at the same time, in one durable transaction.
  /// Interrupted when the interrupt trips before its turn has begun; what has begun is finished.
  Result<Applied> commit(const WriteSet& set, const Interrupt& interrupt = {});

  /// The next turn of writing, alone: nobody else commits until the transaction is committed or destroyed.
  /// The thread that holds it must not call commit(), which would wait for itself.
  /// For batches, whose later parts read what earlier ones wrote, and for writers that lost too many races.
  /// Interrupted when the interrupt trips before the turn.
  Result<std::unique_ptr<Transaction>> exclusive(const Interrupt& interrupt = {});

  /// The last committed log record: what it names, a snapshot that is taken afterwards shows. Costs nothing.
  Seq last_seq() const noexcept;
  /// For whoever follows the log: tells of its growth.
  LogEnd& log_end() noexcept;
  /// Of this catalog; a copy of its files has the same.
  const std::string& id() const noexcept;

  Result<std::vector<Problem>> check();
  /// As Backend::repair().
  Error repair(const std::string& copy, std::vector<Problem>& mended);
  Writes writes() const noexcept;
  std::uint64_t statements() const noexcept;
  /// Was the store made by this open()?
  bool fresh() const noexcept;

  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);

 private:
  static Result<std::unique_ptr<Store>> start(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_STORE_H
