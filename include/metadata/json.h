#ifndef METADATA_JSON_H
#define METADATA_JSON_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metadata/error.h"
#include "metadata/export.h"

namespace metadata {

/// What bounds a JSON text on its way in. A text beyond a bound is refused before it costs memory (TooLarge for bytes,
/// else InvalidArgument); the message names the bound, the byte and the JSON Pointer of the place.
struct JsonLimits {
  std::size_t max_bytes = std::size_t{4} << 20;         ///< length of the text
  std::size_t max_depth = 64;                           ///< arrays and objects open at once; never more than 512
  std::size_t max_values = 200'000;                     ///< values in all
  std::size_t max_members = 1'024;                      ///< members of one object
  std::size_t max_elements = 10'000;                    ///< elements of one array
  std::size_t max_string_bytes = std::size_t{4} << 20;  ///< one string or member name, decoded
  std::size_t max_number_bytes = 1'024;                 ///< characters of one number; a double needs 25
  std::size_t max_exponent_digits = 4;                  ///< of one number, without leading zeros
};

/// A parsed JSON value (RFC 8259).
///
/// Immutable. Cheap to copy: copies and parts share one tree. Safe for use from many threads.
class METADATA_API Json {
 public:
  enum class Type { Null, Boolean, Integer, Number, String, Array, Object };

  /// JSON null.
  Json();
  ~Json();
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;

  /// Parses one value. Refused: broken syntax, text that is not UTF-8, duplicate members, an integer outside int64 and
  /// uint64, a number that is not finite, anything beyond the limits. The error names the byte offset and, inside of
  /// arrays and objects, the JSON Pointer of the place: "invalid JSON at byte 13 (/columns/3/name): …".
  static Result<Json> parse(std::string_view text, const JsonLimits& limits = {});

  Type type() const noexcept;
  bool is_null() const noexcept { return type() == Type::Null; }
  bool is_object() const noexcept { return type() == Type::Object; }
  bool is_array() const noexcept { return type() == Type::Array; }
  bool is_string() const noexcept { return type() == Type::String; }

  std::optional<bool> as_bool() const noexcept;
  std::optional<std::int64_t> as_int() const noexcept;         ///< an integer that fits; 1.0 is not one
  std::optional<double> as_double() const noexcept;            ///< any number
  std::optional<std::string_view> as_string() const noexcept;  ///< lives as long as this value or a copy of it

  std::size_t size() const noexcept;            ///< elements of an array, members of an object, else 0
  Json at(std::size_t index) const;             ///< element of an array; null beyond its end
  Json operator[](std::string_view key) const;  ///< member of an object; null when absent
  bool contains(std::string_view key) const noexcept;
  /// The value a JSON Pointer (RFC 6901) names, or nothing.
  std::optional<Json> get(std::string_view pointer) const;
  /// Calls `visit` with each member of an object in order.
  void for_each_member(const std::function<void(std::string_view name, const Json& value)>& visit) const;

  /// The value as compact JSON text, members in the order they were read.
  std::string text() const;

  /// Equality as RFC 6902 section 4.6 means it: numbers by value, objects without order.
  friend bool operator==(const Json& a, const Json& b);

  struct Impl;  // for the library itself
  explicit Json(std::shared_ptr<const Impl> impl);
  const std::shared_ptr<const Impl>& impl() const noexcept { return impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

METADATA_API bool operator==(const Json& a, const Json& b);

/// Writes compact JSON text piece by piece. Commas are put where they belong; the caller keeps begin and end paired.
/// Not thread-safe.
class METADATA_API JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);

  const std::string& text() const& noexcept { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool need_comma_ = false;
};

}  // namespace metadata

#endif  // METADATA_JSON_H
