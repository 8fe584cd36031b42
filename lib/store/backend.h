#ifndef METADATA_LIB_STORE_BACKEND_H
#define METADATA_LIB_STORE_BACKEND_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metadata/error.h"
#include "metadata/options.h"
#include "store/reader.h"
#include "store/write_set.h"

namespace metadata::store {

/// The one transaction that writes. Reads through it see what it applied. Destroyed before commit(), it leaves nothing
/// behind.
class Transaction : public Reader {
 public:
  /// Checks the set's preconditions and does its operations, or does nothing and says why.
  virtual Result<Applied> apply(const WriteSet& set) = 0;
  /// Makes all applied sets durable. After a failure nothing of them is.
  virtual Error commit() = 0;
};

/// A broken rule of the store, as `check` reports it.
struct Problem {
  std::string rule;  ///< short stable name: "row-without-body"
  std::string text;  ///< what and where
};

/// What a store is built on. snapshot() and glance() are safe for use from many threads; begin()
/// is called by one thread at a time.
class Backend {
 public:
  virtual ~Backend() = default;
  /// A view of the last committed state; waits while all reading connections are in use. Waiting and reading end with
  /// Interrupted when the interrupt trips.
  virtual Result<std::unique_ptr<Reader>> snapshot(const Interrupt& interrupt) = 0;
  /// The same without a common moment: each answer shows the last committed state at the time it is given.
  virtual Result<std::unique_ptr<Reader>> glance(const Interrupt& interrupt) = 0;
  virtual Result<std::unique_ptr<Transaction>> begin() = 0;
  /// Proves the rules that need no knowledge of entity types.
  virtual Result<std::vector<Problem>> check() = 0;
  /// Copies the database to the new file `copy` and then mends what those rules find broken and what follows from the
  /// rest; appends what it mended. Nobody else may use the store meanwhile. AlreadyExists: `copy` is there.
  virtual Error repair(const std::string& copy, std::vector<Problem>& mended) = 0;
  /// Whether begin() is of use.
  virtual Writes writes() const noexcept = 0;
  /// Statements run since the start, by anybody; for tests that count them.
  virtual std::uint64_t statements() const noexcept = 0;
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_BACKEND_H
