#ifndef METADATA_LIB_LINEAGE_CURSOR_H
#define METADATA_LIB_LINEAGE_CURSOR_H

#include <array>
#include <string>
#include <string_view>

#include "lineage/search.h"

namespace metadata::lineage {

/// Where an answer ended, in each direction: the last step that was shown. The next answer searches anew, shows nothing
/// up to there, and goes on; so a cursor holds no state of the server, and shows nothing that a search would not.
struct Cursor {
  struct At {
    bool done = false;  ///< nothing is left in this direction
    Hop last;           ///< depth 0: nothing was shown yet
  };
  store::Rid root = 0;
  std::array<At, 2> at;  ///< upstream, downstream

  std::string to_text() const;
  /// InvalidArgument: not a text that to_text() made, or made for another entity.
  static Result<Cursor> from_text(std::string_view text, store::Rid root);
};

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_CURSOR_H
