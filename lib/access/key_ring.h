#ifndef METADATA_LIB_ACCESS_KEY_RING_H
#define METADATA_LIB_ACCESS_KEY_RING_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/rs256.h"
#include "metadata/error.h"
#include "store/reader.h"
#include "store/write_set.h"

namespace metadata::access {

/// Keys before the present one that a ring keeps at most: what one has to look through, and what jwks() shows.
inline constexpr std::size_t kMaxRetiredKeys = 8;

/// A key that signs no more. Its private part is gone.
struct RetiredKey {
  base::SigningKey key;
  std::int64_t retired_at_s = 0;  ///< s since the epoch
};

/// The keys at one moment. Immutable.
struct KeySet {
  std::uint64_t generation = 0;  ///< another one after each rotation
  std::shared_ptr<const base::SigningKey> signing;
  std::vector<RetiredKey> retired;  ///< newest first
};

/// The key that signs tokens, and those before it whose tokens are still good. Safe for use from many threads.
class KeyRing {
 public:
  KeyRing(std::shared_ptr<const base::SigningKey> signing, std::vector<RetiredKey> retired);

  std::shared_ptr<const KeySet> keys() const;
  /// That of keys(), without taking them: whoever remembers what a key said compares it.
  std::uint64_t generation() const noexcept { return generation_; }
  void replace(std::shared_ptr<const base::SigningKey> signing, std::vector<RetiredKey> retired);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const KeySet> keys_;  // guarded by mutex_
  std::atomic<std::uint64_t> generation_;
};

/// The retired keys that the store keeps, but for `present`, which a rotation that did not end has left there.
Result<std::vector<RetiredKey>> find_retired_keys(store::Reader& reader, const base::SigningKey& present);
/// The operation that makes these the store's retired keys.
store::Operation keep_retired_keys(const std::vector<RetiredKey>& retired);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_KEY_RING_H
