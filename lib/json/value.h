#ifndef METADATA_LIB_JSON_VALUE_H
#define METADATA_LIB_JSON_VALUE_H

// JSON trees: the names of this room for RapidJSON's types, and the small helpers everybody needs.
// The only door to RapidJSON. The macros below change its types, so they must be the same wherever it is compiled.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace metadata::json {

/// A broken promise inside our own code towards RapidJSON (a member asked of an array). Never caused by input.
class Misuse : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace metadata::json

// An assertion means the same in debug and in release: an exception, not an abort in one and silence in the other.
#define RAPIDJSON_ASSERT(claim) ((claim) ? static_cast<void>(0) : throw ::metadata::json::Misuse(#claim))
#define RAPIDJSON_HAS_STDSTRING 1
// A namespace of our own: a host that uses RapidJSON with other settings may link this library all the same.
#define RAPIDJSON_NAMESPACE metadata::json::rapid
#define RAPIDJSON_NAMESPACE_BEGIN namespace metadata::json::rapid {
#define RAPIDJSON_NAMESPACE_END }

#include <rapidjson/document.h>

#include "json/pool_memory.h"

namespace metadata::json {

/// The pool that a tree lives in.
using Allocator = rapid::MemoryPoolAllocator<PoolMemory>;
/// A JSON value. Moves only; memory belongs to the allocator of its document and is given back with it, never earlier.
/// Not thread-safe; reading one tree from many threads is.
using Value = rapid::GenericValue<rapid::UTF8<>, Allocator>;
/// A value that owns the allocator of its tree.
using Document = rapid::GenericDocument<rapid::UTF8<>, Allocator>;
using SizeType = rapid::SizeType;

/// The most levels of arrays and objects that any tree in the library has; walks over trees may recurse because of it.
inline constexpr std::size_t kMaxTreeDepth = 512;

/// The text of a string; empty for any other value.
std::string_view view(const Value& value) noexcept;

/// The member of that name; null when there is none or `object` is not an object. Linear in the number of members.
const Value* find(const Value& object, std::string_view key) noexcept;
Value* find(Value& object, std::string_view key) noexcept;
/// The member's position among the members, or their number.
SizeType find_index(const Value& object, std::string_view key) noexcept;

/// A string that holds a copy of the text.
Value make_string(std::string_view text, Allocator& allocator);
/// A deep copy.
Value copy(const Value& value, Allocator& allocator);
/// A document with a deep copy.
Document copy(const Value& value);

/// Replaces the member of that name where it stands, or adds it at the end. The key is copied.
void set(Value& object, std::string_view key, Value value, Allocator& allocator);
/// set() with a string, copied.
void set_string(Value& object, std::string_view key, std::string_view text, Allocator& allocator);
/// Adds a member at the end without looking whether one of that name is there: for objects made from nothing.
void append(Value& object, std::string_view key, Value value, Allocator& allocator);
/// Removes the member; the others keep their order. False when there was none.
bool erase(Value& object, std::string_view key);

/// Equality as RFC 6902 section 4.6 means it: numbers by their exact value (1 and 1.0 are equal), objects without
/// order.
bool equal(const Value& a, const Value& b);

/// A member that is a string, or the fallback.
std::string_view string_or(const Value& object, std::string_view key, std::string_view fallback = {}) noexcept;
/// A member that is a boolean, or the fallback.
bool bool_or(const Value& object, std::string_view key, bool fallback) noexcept;
/// A member that is an integer and fits.
std::optional<std::int64_t> int_member(const Value& object, std::string_view key) noexcept;

/// How big a tree is.
struct Measure {
  std::size_t text_bytes = 0;    ///< as compact text, about: escapes are not counted
  std::size_t memory_bytes = 0;  ///< in the allocator, about
  std::size_t depth = 0;         ///< 0 for a scalar, 1 for `[]`
  std::size_t values = 0;
};
Measure measure(const Value& value);

/// Looks members of one object up by name; quick for large objects too. The object must outlive it and stay as it is.
class MemberIndex {
 public:
  explicit MemberIndex(const Value& object);

  const Value* find(std::string_view key) const noexcept;

 private:
  const Value& object_;
  std::vector<SizeType> sorted_;  // empty for small objects
};

}  // namespace metadata::json

// C++20 turns RapidJSON 1.1.0's comparison of a Value with anything but a Value or text into an endless recursion.
// Such a comparison does not compile here: write `v.IsInt64() && v.GetInt64() == 1`, or json::equal.
namespace metadata::json::rapid {
// clang-format off
bool operator==(const json::Value&, bool) = delete;
bool operator==(const json::Value&, int) = delete;
bool operator==(const json::Value&, unsigned) = delete;
bool operator==(const json::Value&, long) = delete;
bool operator==(const json::Value&, unsigned long) = delete;
bool operator==(const json::Value&, long long) = delete;
bool operator==(const json::Value&, unsigned long long) = delete;
bool operator==(const json::Value&, float) = delete;
bool operator==(const json::Value&, double) = delete;
bool operator==(const json::Value&, json::Value::StringRefType) = delete;
bool operator!=(const json::Value&, bool) = delete;
bool operator!=(const json::Value&, int) = delete;
bool operator!=(const json::Value&, unsigned) = delete;
bool operator!=(const json::Value&, long) = delete;
bool operator!=(const json::Value&, unsigned long) = delete;
bool operator!=(const json::Value&, long long) = delete;
bool operator!=(const json::Value&, unsigned long long) = delete;
bool operator!=(const json::Value&, float) = delete;
bool operator!=(const json::Value&, double) = delete;
bool operator!=(const json::Value&, json::Value::StringRefType) = delete;
// clang-format on
}  // namespace metadata::json::rapid

#endif  // METADATA_LIB_JSON_VALUE_H
