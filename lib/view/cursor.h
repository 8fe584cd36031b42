#ifndef METADATA_LIB_VIEW_CURSOR_H
#define METADATA_LIB_VIEW_CURSOR_H

#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::view {

/// A place between two rows of a listing, as the opaque text a client sends back.
///
/// It holds the key of the row it stands next to, so it stays good while rows are added or removed. The text is
/// URL-safe as it is, because the Python client pastes it into a query unescaped.
class Cursor {
 public:
  explicit Cursor(std::string key) : key_(std::move(key)) {}
  /// Reads a client's text. Text that to_text() did not make is InvalidArgument.
  static Result<Cursor> from_text(std::string_view text);

  std::string to_text() const;
  const std::string& key() const noexcept { return key_; }

 private:
  std::string key_;
};

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_CURSOR_H
