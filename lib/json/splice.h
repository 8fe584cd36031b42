#ifndef METADATA_LIB_JSON_SPLICE_H
#define METADATA_LIB_JSON_SPLICE_H

#include <cstdint>
#include <string>
#include <string_view>

namespace metadata::json {

/// What stands between the outer braces of an object's text, without the space around it: `"a":1,"b":2`.
/// Empty for an empty object and for text that is not in braces. The text is trusted: nothing inside is checked.
std::string_view object_body(std::string_view object_text) noexcept;

/// Makes the text of an object out of pieces of text, without a tree. Names are not compared: the caller adds each
/// once. Not thread-safe.
class ObjectText {
 public:
  /// `reserve` is the expected length of the whole text.
  explicit ObjectText(std::size_t reserve = 0);

  /// A member whose value is JSON text already.
  ObjectText& add_raw(std::string_view key, std::string_view json);
  ObjectText& add_string(std::string_view key, std::string_view text);
  ObjectText& add_int(std::string_view key, std::int64_t number);
  ObjectText& add_bool(std::string_view key, bool value);
  /// Begins a member; its value is what the caller appends to the answer, before anything else is added.
  std::string& open(std::string_view key);
  /// All members of another object's text.
  ObjectText& add_members(std::string_view object_text);

  bool empty() const noexcept { return text_.size() == 1; }
  /// The text with its closing brace; the builder is spent.
  std::string take();

 private:
  void begin_member(std::string_view key);

  std::string text_;
};

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_SPLICE_H
