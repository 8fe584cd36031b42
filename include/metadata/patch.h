#ifndef METADATA_PATCH_H
#define METADATA_PATCH_H

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/json.h"

namespace metadata {

/// What bounds a patch (requirements L11). Beyond a bound the patch is InvalidArgument and nothing is changed.
struct PatchLimits {
  std::size_t max_operations = 10'000;
  std::size_t max_pointer_segments = 256;
  std::size_t max_result_bytes = std::size_t{4} << 20;  ///< of the document after each operation, as text; about
  std::size_t max_result_depth = 64;
  std::size_t max_work = std::size_t{64} << 20;  ///< values copied, moved and compared, in bytes of text; about
};

/// A JSON Patch (RFC 6902): a list of operations that turns one document into another.
///
/// Immutable. Cheap to copy. Safe for use from many threads.
class METADATA_API Patch {
 public:
  /// The patch without operations.
  Patch();
  ~Patch();
  Patch(const Patch&);
  Patch(Patch&&) noexcept;
  Patch& operator=(const Patch&);
  Patch& operator=(Patch&&) noexcept;

  /// Reads the JSON form. Anything that RFC 6902 does not allow (an unknown op, a missing member, a bad pointer) is
  /// InvalidArgument; the message begins with the operation's index: "operation 2 (replace /a/b): …".
  static Result<Patch> parse(std::string_view text, const PatchLimits& limits = {}, const JsonLimits& json = {});

  /// The shortest reasonable patch that turns `from` into `to`. Arrays of objects are matched by an identity member
  /// (`name`, `tagFQN`, `id`, the first that all elements have, distinct), so that an insertion is one operation.
  static Patch diff(const Json& from, const Json& to);

  /// Applies every operation, or none: the document as patched, or the first failure ("operation 1 (test /a): values
  /// differ").
  Result<Json> apply(const Json& document, const PatchLimits& limits = {}) const;

  bool empty() const noexcept { return size() == 0; }
  std::size_t size() const noexcept;
  std::string text() const;  ///< the JSON form

  struct Impl;  // for the library itself
  explicit Patch(std::shared_ptr<const Impl> impl);
  const std::shared_ptr<const Impl>& impl() const noexcept { return impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace metadata

#endif  // METADATA_PATCH_H
