#ifndef METADATA_SERVER_RENDER_MEMBERS_H
#define METADATA_SERVER_RENDER_MEMBERS_H

#include <cstddef>
#include <string_view>

namespace metadata::server::render {

/// A member of a JSON object, found in its text without building a tree.
///
/// For text that the library wrote: valid and compact. Anything else ends the walk early, never beyond the text.
struct Member {
  std::string_view name;  ///< without quotes, still escaped
  std::string_view value;
  std::size_t value_at = 0;  ///< where the value begins in the text
};

/// Walks the members of an object, or the elements of an array (their names are empty).
class Members {
 public:
  explicit Members(std::string_view text);
  /// The next one; false at the end.
  bool next(Member& member);

 private:
  std::string_view text_;
  std::size_t at_ = 1;
  bool object_ = false;
};

/// The end of the JSON value that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at);

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_MEMBERS_H
