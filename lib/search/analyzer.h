#ifndef METADATA_LIB_SEARCH_ANALYZER_H
#define METADATA_LIB_SEARCH_ANALYZER_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace metadata::search {

/// One word of a text: as written but folded, and its stem.
struct Word {
  std::string text;
  std::string stem;
  std::size_t position = 0;  ///< words of the text before it
  std::size_t begin = 0, end = 0;  ///< bytes in the text, for highlights
};

/// Splits text into words the way data people write names: at anything that is neither letter nor digit, at changes of
/// case (CustomerOrders, HTTPServer) and between letters and digits; accents and case are folded, CJK runs give
/// two-character words. Bounded: at most `most` words, none longer than 64 bytes (cut). Invalid UTF-8 separates.
/// `customer_orders`, `CustomerOrders` and `customer-orders` give the same words.
std::vector<Word> words_of(std::string_view text, std::size_t most);

/// Case and accents taken off, blanks at both ends too: how whole values are compared.
std::string fold(std::string_view text);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_ANALYZER_H
