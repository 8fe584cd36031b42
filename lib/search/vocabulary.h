#ifndef METADATA_LIB_SEARCH_VOCABULARY_H
#define METADATA_LIB_SEARCH_VOCABULARY_H

#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"
#include "search/plan.h"

namespace metadata::search {

// Walks over the words of the index. Each looks at a bounded number of words and at the clock.

struct FoundTerm {
  std::string term;
  Xapian::doccount documents = 0;  ///< that have it
};

/// The terms of a text's words (terms::kNameWord …) that begin so; of too many the most frequent ones
/// (SearchLimits::expansion).
Result<std::vector<FoundTerm>> terms_beginning(Planning& planning, std::string_view prefix, const std::string& word);

/// Those that match a folded pattern with * and ?, bounded in the same way.
Result<std::vector<FoundTerm>> terms_like(Planning& planning, std::string_view prefix, const std::string& pattern);

/// Whether any text has the word.
bool is_used(const Planning& planning, const std::string& word);

/// The used word that is nearest to one that nobody uses: one or two letters wrong, missing, too many or swapped; the
/// most frequent of those equally near. Empty when there is none.
std::string nearest_word(Planning& planning, const std::string& word);

/// What stands between blanks.
std::vector<std::string> units_of(std::string_view text);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_VOCABULARY_H
