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

/// What bounds a patch. Beyond a bound the patch is InvalidArgument and nothing is changed; the message names the
/// bound.
///
/// The document is measured after each operation, before a copy is made. One that is beyond a bound from the start may
/// stay or shrink. Work is what an operation costs beyond the patch's own text: values copied and moved within the
/// document and members walked over, in bytes of memory, about.
struct PatchLimits {
  std::size_t max_operations = 10'000;
  std::size_t max_pointer_segments = 256;               ///< of each `path` and `from`
  std::size_t max_result_bytes = std::size_t{4} << 20;  ///< of the document as text, about
  std::size_t max_result_depth = 64;                    ///< never more than 512
  std::size_t max_result_values = 200'000;
  std::size_t max_result_members = 1'024;        ///< of one object that a member is added to
  std::size_t max_result_elements = 10'000;      ///< of one array that an element is added to
  std::size_t max_work_factor = 10;              ///< work, as a multiple of the document's text
  std::size_t min_work = std::size_t{4} << 20;   ///< what the patch of a small document may take all the same
  std::size_t max_work = std::size_t{64} << 20;  ///< what the patch of a large document may not
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
