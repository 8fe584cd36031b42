#ifndef METADATA_LIB_JSON_POINTER_H
#define METADATA_LIB_JSON_POINTER_H

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"

namespace metadata::json {

/// A JSON Pointer (RFC 6901), split into its decoded segments. The empty pointer names the whole document.
class Pointer {
 public:
  Pointer() = default;
  explicit Pointer(std::vector<std::string> segments) : segments_(std::move(segments)) {}

  /// Reads "/columns/3/name". InvalidArgument when it does not begin with "/", holds a "~" without 0 or 1 behind it, or
  /// has more segments than allowed.
  static Result<Pointer> parse(std::string_view text, std::size_t max_segments = 256);

  std::string text() const;
  const std::vector<std::string>& segments() const noexcept { return segments_; }
  bool is_root() const noexcept { return segments_.empty(); }
  /// True when the other pointer names something inside what this one names.
  bool is_proper_prefix_of(const Pointer& other) const noexcept;

 private:
  std::vector<std::string> segments_;
};

/// "a/b~c" as it is spelled in a pointer: "a~1b~0c", appended.
void append_segment(std::string& pointer, std::string_view segment);

/// An array index as RFC 6901 spells it: digits without a leading zero. Nothing for anything else, "-" included.
std::optional<std::size_t> array_index(std::string_view segment) noexcept;

/// What the pointer names; null when there is nothing.
const Value* resolve(const Value& root, std::span<const std::string> segments) noexcept;
const Value* resolve(const Value& root, const Pointer& pointer) noexcept;
Value* resolve(Value& root, const Pointer& pointer) noexcept;

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_POINTER_H
