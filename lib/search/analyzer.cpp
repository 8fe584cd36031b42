#include "search/analyzer.h"

#include <algorithm>
#include <array>

#include <xapian.h>

#include "search/folding_table.h"
#include "search/utf8.h"

namespace metadata::search {
namespace {

enum class Sort { Separator, Lower, Upper, Digit, Cjk, Mark, Apostrophe };

bool is_cjk(char32_t code) {
  return (code >= 0x3040 && code <= 0x30FF) || (code >= 0x3131 && code <= 0x318E) ||
         (code >= 0x31F0 && code <= 0x31FF) || (code >= 0x3400 && code <= 0x4DBF) ||
         (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0xAC00 && code <= 0xD7A3) ||
         (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFF66 && code <= 0xFF9D) ||
         (code >= 0x20000 && code <= 0x3FFFF);
}

// Marks that stand over the letter before them: the accents of decomposed text.
bool is_accent(char32_t code) {
  return (code >= 0x0300 && code <= 0x036F) || (code >= 0x1AB0 && code <= 0x1AFF) ||
         (code >= 0x1DC0 && code <= 0x1DFF) || (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE20 && code <= 0xFE2F);
}

Sort sort_beyond_ascii(char32_t code) {
  if (code == kNoCharacter) return Sort::Separator;
  if (code == 0x2019) return Sort::Apostrophe;
  if (is_cjk(code)) return Sort::Cjk;
  if (is_accent(code)) return Sort::Mark;
  switch (Xapian::Unicode::get_category(code)) {
    case Xapian::Unicode::UPPERCASE_LETTER:
    case Xapian::Unicode::TITLECASE_LETTER:
      return Sort::Upper;
    case Xapian::Unicode::DECIMAL_DIGIT_NUMBER:
    case Xapian::Unicode::LETTER_NUMBER:
    case Xapian::Unicode::OTHER_NUMBER:
      return Sort::Digit;
    case Xapian::Unicode::LOWERCASE_LETTER:
    case Xapian::Unicode::MODIFIER_LETTER:
    case Xapian::Unicode::OTHER_LETTER:
    case Xapian::Unicode::NON_SPACING_MARK:
    case Xapian::Unicode::ENCLOSING_MARK:
    case Xapian::Unicode::COMBINING_SPACING_MARK:
      return Sort::Lower;
    default:
      return Sort::Separator;
  }
}

Sort sort_of(char32_t code) {
  if (code >= 0x80) return sort_beyond_ascii(code);
  if (code >= 'a' && code <= 'z') return Sort::Lower;
  if (code >= 'A' && code <= 'Z') return Sort::Upper;
  if (code >= '0' && code <= '9') return Sort::Digit;
  return code == '\'' ? Sort::Apostrophe : Sort::Separator;
}

void append_folded(std::string& text, char32_t code) {
  if (code < 0x80) {
    text.push_back(static_cast<char>(code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code));
    return;
  }
  if (code <= 0xFFFF) {
    const auto table = folding_table();
    const auto at = std::ranges::lower_bound(table, static_cast<std::uint16_t>(code), {}, &Folding::code);
    if (at != table.end() && at->code == code) {
      text.append(at->text);
      return;
    }
  }
  append_character(text, Xapian::Unicode::tolower(code));
}

/// Reads a text once and cuts it into words.
class Splitter {
 public:
  Splitter(std::string_view text, std::size_t most, bool document) : text_(text), most_(most), document_(document) {}

  std::vector<Word> split() {
    while (at_ < text_.size() && words_.size() < most_) {
      const std::size_t begin = at_;
      const char32_t code = next_character(text_, at_);
      take(sort_of(code), code, begin);
    }
    end_run();
    if (words_.size() > most_) words_.resize(most_);
    return std::move(words_);
  }

 private:
  void take(Sort sort, char32_t code, std::size_t begin) {
    if (sort == Sort::Mark) {  // an accent of its own: the letter it stands over is there already
      if (!word_.empty()) end_ = at_;
      return;
    }
    if (sort == Sort::Apostrophe && is_letter(last_) && is_letter(peek())) return;  // don't → dont
    if (sort == Sort::Separator || sort == Sort::Apostrophe) {
      end_run();
      return;
    }
    if (sort == Sort::Cjk) {
      take_cjk(code, begin);
      return;
    }
    if (last_ == Sort::Cjk) end_run();
    cut_before(sort);
    if (word_.empty()) begin_ = begin;
    before_last_ = last_;
    last_ = sort;
    last_begin_ = begin;
    last_size_ = word_.size();
    if (word_.size() < kMaxWordBytes) append_folded(word_, code);
    if (word_.size() > kMaxWordBytes) word_.resize(last_size_);
    end_ = at_;
  }

  static bool is_letter(Sort sort) { return sort == Sort::Lower || sort == Sort::Upper; }

  Sort peek() const {
    std::size_t ahead = at_;
    return ahead < text_.size() ? sort_of(next_character(text_, ahead)) : Sort::Separator;
  }

  // Where a new word begins within a run of letters and digits.
  void cut_before(Sort sort) {
    if (word_.empty()) return;
    const bool digit_edge = (sort == Sort::Digit) != (last_ == Sort::Digit);
    const bool hump = sort == Sort::Upper && last_ == Sort::Lower;
    if (digit_edge || hump) {
      end_word();
      return;
    }
    // HTTPServer: the last capital belongs to what follows; but the s of IDs and URLs does not.
    const bool plural = at_ > 0 && text_[at_ - 1] == 's' && peek() != Sort::Lower;
    if (sort == Sort::Lower && last_ == Sort::Upper && before_last_ == Sort::Upper && !plural && last_size_ > 0) {
      const std::string capital = word_.substr(last_size_);
      const std::size_t begin = last_begin_;
      word_.resize(last_size_);
      end_ = begin;
      end_word();
      word_ = capital;
      begin_ = begin;
    }
  }

  void take_cjk(char32_t code, std::size_t begin) {
    if (last_ != Sort::Cjk) end_run();
    std::string character;
    append_folded(character, code);
    if (last_ == Sort::Cjk) {
      add(cjk_ + character, cjk_begin_, at_, position_++);
      ++cjk_pairs_;
    }
    cjk_ = std::move(character);
    cjk_begin_ = begin;
    last_ = Sort::Cjk;
  }

  void end_word() {
    if (word_.empty()) return;
    if (pieces_++ == 0) {
      run_begin_ = begin_;
      run_position_ = position_;
    }
    if (document_ && whole_.size() < kMaxWordBytes) whole_ += word_;
    add(word_, begin_, end_, position_++);
    word_.clear();
  }

  // Something separates: the pieces so far stood together.
  void end_run() {
    if (last_ == Sort::Cjk) {
      if (cjk_pairs_ == 0 || document_) add(cjk_, cjk_begin_, cjk_begin_ + cjk_size(), position_++);
      cjk_pairs_ = 0;
    }
    end_word();
    if (document_ && pieces_ > 1 && whole_.size() <= kMaxWordBytes) add(whole_, run_begin_, end_, run_position_);
    whole_.clear();
    pieces_ = 0;
    last_ = before_last_ = Sort::Separator;
  }

  std::size_t cjk_size() const {
    std::size_t at = cjk_begin_;
    next_character(text_, at);
    return at - cjk_begin_;
  }

  void add(std::string text, std::size_t begin, std::size_t end, std::size_t position) {
    Word word;
    word.stem = stem_of(text);
    word.text = std::move(text);
    word.position = position;
    word.begin = begin;
    word.end = end;
    words_.push_back(std::move(word));
  }

  std::string_view text_;
  const std::size_t most_;
  const bool document_;
  std::vector<Word> words_;
  std::size_t at_ = 0;
  std::size_t position_ = 0;

  std::string word_;  // folded so far
  std::size_t begin_ = 0, end_ = 0;
  Sort last_ = Sort::Separator, before_last_ = Sort::Separator;
  std::size_t last_begin_ = 0;  // of the last character, in the text
  std::size_t last_size_ = 0;   // of the word before the last character

  std::string whole_;  // the pieces since the last separator
  std::size_t pieces_ = 0, run_begin_ = 0, run_position_ = 0;

  std::string cjk_;  // the last CJK character
  std::size_t cjk_begin_ = 0, cjk_pairs_ = 0;
};

bool is_plain(const std::string& word) {
  return std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

constexpr std::array<std::string_view, 30> kStopWords = {
    "a",  "an", "and", "are", "as",   "at",   "be",  "but",   "by",   "for",   "from",  "if",   "in",   "into", "is",
    "it", "of", "on",  "or",  "such", "that", "the", "their", "then", "there", "these", "they", "this", "to",   "with"};

}  // namespace

std::vector<Word> words_of(std::string_view text, std::size_t most) { return Splitter(text, most, false).split(); }

std::vector<Word> document_words_of(std::string_view text, std::size_t most) {
  return Splitter(text, most, true).split();
}

std::string stem_of(const std::string& word) {
  if (word.size() < 3 || !is_plain(word)) return word;
  static thread_local const Xapian::Stem stem("en");
  return stem(word);
}

std::string fold(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t code = next_character(text, at);
    if (code == kNoCharacter) {
      folded.push_back(text[begin]);
    } else if (!is_accent(code)) {
      append_folded(folded, code);
    }
  }
  const auto first = folded.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  const auto last = folded.find_last_not_of(" \t\r\n");
  return folded.substr(first, last - first + 1);
}

bool is_one_cjk(std::string_view word) {
  if (word.empty()) return false;
  std::size_t at = 0;
  return is_cjk(next_character(word, at)) && at == word.size();
}

bool is_stop_word(std::string_view word) { return std::ranges::binary_search(kStopWords, word); }

}  // namespace metadata::search
