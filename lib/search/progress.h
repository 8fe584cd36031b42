#ifndef METADATA_LIB_SEARCH_PROGRESS_H
#define METADATA_LIB_SEARCH_PROGRESS_H

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "metadata/ids.h"

namespace metadata::search {

/// How far an index has come; committed together with its documents.
struct Progress {
  Seq seq = 0;         ///< the log was read up to here
  std::string record;  ///< what the log record at `seq` was, to see whether it is still the same log

  /// The first filling, type by type in key order. Changes after `seq` come once it is through.
  bool filling = false;
  std::string type;  ///< entity type that it is at; empty: at the first
  std::string key;   ///< reached; empty: at the beginning of the type
  std::int64_t filled = 0;

  /// What is still to be done for the record at `seq`, and earlier ones: a list of documents is gone through in order.
  struct Task {
    enum class Kind { Refresh = 'r', Remove = 'd' };  ///< make them anew from the store; take them out
    Kind kind = Kind::Refresh;
    std::string term;  ///< of the documents
    std::size_t shard = 0;
    std::uint32_t document = 0;  ///< reached in the shard
  };
  std::deque<Task> tasks;

  /// Every change up to here is in the index.
  Seq holds() const { return tasks.empty() ? seq : seq - 1; }

  std::string text() const;
  /// Nothing when the text is not one that text() made.
  static std::optional<Progress> parse(std::string_view text);
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_PROGRESS_H
