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
  std::size_t position = 0;        ///< words of the text before it
  std::size_t begin = 0, end = 0;  ///< bytes in the text, for highlights
};

/// No word is longer; the rest of it is left out.
inline constexpr std::size_t kMaxWordBytes = 64;

/// Splits text into words the way data people write names: at anything that is neither letter nor digit, at changes of
/// case (CustomerOrders, HTTPServer) and between letters and digits; accents and case are folded, CJK runs give
/// two-character words. Bounded: at most `most` words, none longer than kMaxWordBytes. Invalid UTF-8 separates.
/// `customer_orders`, `CustomerOrders` and `customer-orders` give the same words.
std::vector<Word> words_of(std::string_view text, std::size_t most);

/// The same for what is searched in, with words that only documents have: what stands without a separator is there as a
/// whole too (`customerorders` for CustomerOrders), and the last character of a CJK run, so that each character begins
/// a word. They have the position of a word beside them.
std::vector<Word> document_words_of(std::string_view text, std::size_t most);

/// Case and accents taken off, blanks at both ends too: how whole values are compared.
std::string fold(std::string_view text);

/// The English stem of a folded word.
std::string stem_of(const std::string& word);

/// Whether the word is one character of Chinese, Japanese or Korean: longer runs are words of two, so whoever looks for
/// it looks for what begins with it.
bool is_one_cjk(std::string_view word);

/// Words that say nothing: "the", "of". They do not find anything beside words that do.
bool is_stop_word(std::string_view word);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_ANALYZER_H
