#ifndef METADATA_LIB_SEARCH_HIGHLIGHT_H
#define METADATA_LIB_SEARCH_HIGHLIGHT_H

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "json/value.h"
#include "model/registry.h"
#include "search/clause.h"

namespace metadata::search {

/// Shows where the words of a query stand in a hit. Immutable; cheap for queries without words.
class Highlighter {
 public:
  explicit Highlighter(const Clause& clause);

  /// Field → pieces of its text with <em> around the words; the text itself is escaped for HTML.
  std::vector<std::pair<std::string, std::vector<std::string>>> of(const model::EntityType& type,
                                                                   const json::Value& document) const;

 private:
  std::string marked(std::string_view text) const;

  std::set<std::string> words_, stems_, prefixes_;
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_HIGHLIGHT_H
