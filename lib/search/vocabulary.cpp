#include "search/vocabulary.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/interrupt.h"
#include "search/analyzer.h"
#include "search/fields.h"
#include "search/terms.h"
#include "search/utf8.h"

namespace metadata::search {
namespace {

constexpr std::size_t kMostVisited = 20'000;  // terms of one walk
constexpr std::size_t kLookAtClock = 1024;    // terms between two looks
constexpr std::size_t kMostCorrected = 4;     // words of one text
constexpr std::size_t kShortest = 4;          // letters of a word that may be mistyped
constexpr std::size_t kTwoMistakes = 8;       // letters from which two mistakes are likely

constexpr std::array<std::string_view, 5> kWords = {terms::kNameWord, terms::kItemWord, terms::kTextWord,
                                                    terms::kItemTextWord, terms::kExtraWord};

// Calls `visit` with each term that begins so.
template <class Visit>
Error walk(Planning& planning, const std::string& beginning, Visit visit) {
  std::size_t visited = 0;
  const auto end = planning.database.allterms_end(beginning);
  for (auto at = planning.database.allterms_begin(beginning); at != end && visited < kMostVisited; ++at, ++visited) {
    if (visited % kLookAtClock == 0) MD_OK(base::check(planning.interrupt));
    visit(*at, at.get_termfreq());
  }
  return {};
}

std::vector<FoundTerm> most_frequent(std::vector<FoundTerm> found, std::size_t most) {
  // By frequency, then by the word, so that the choice does not depend on how the index came about.
  const auto before = [](const FoundTerm& a, const FoundTerm& b) {
    return a.documents != b.documents ? a.documents > b.documents : a.term < b.term;
  };
  const std::size_t kept = std::min(most, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), found.end(), before);
  found.resize(kept);
  return found;
}

std::u32string characters(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) characters.push_back(next_character(text, at));
  return characters;
}

// Letters wrong, missing, too many or swapped with the next; more than `most` is most + 1.
template <class Text>
std::size_t mistakes(const Text& a, const Text& b, std::size_t most) {
  const std::size_t longer = std::max(a.size(), b.size()), shorter = std::min(a.size(), b.size());
  if (longer - shorter > most || longer > kMaxWordBytes) return most + 1;
  std::array<std::array<std::size_t, kMaxWordBytes + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > most) return most + 1;
  }
  return rows[a.size() % 3][b.size()];
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Looks for the nearest of many words.
class Nearest {
 public:
  explicit Nearest(const std::string& word)
      : bytes_(word), ascii_(is_ascii(word)), word_(characters(word)), most_(word_.size() < kTwoMistakes ? 1 : 2) {}

  void look_at(std::string_view candidate, Xapian::doccount frequency) {
    // A character has four bytes at most, so most words are told apart by their lengths.
    if (candidate.size() > bytes_.size() + 4 * most_ || bytes_.size() > candidate.size() + 4 * most_) return;
    const std::size_t distance = ascii_ && is_ascii(candidate) ? mistakes(std::string_view(bytes_), candidate, most_)
                                                               : mistakes(word_, characters(candidate), most_);
    if (distance > most_ || distance > distance_) return;
    if (distance == distance_ && frequency < frequency_) return;
    if (distance == distance_ && frequency == frequency_ && candidate >= best_) return;
    best_ = candidate;
    distance_ = distance;
    frequency_ = frequency;
  }
  std::string best() const { return best_; }

 private:
  const std::string bytes_;
  const bool ascii_;
  const std::u32string word_;
  const std::size_t most_;
  std::string best_;
  std::size_t distance_ = 3;
  Xapian::doccount frequency_ = 0;
};

// Where what stands between blanks begins, and how long it is.
std::vector<std::pair<std::size_t, std::size_t>> units(std::string_view text) {
  std::vector<std::pair<std::size_t, std::size_t>> units;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    units.emplace_back(begin, at - begin);
  }
  return units;
}

// What the looked-for words may begin with: the first letter, or the second when the two were swapped or the first is
// too many.
std::set<std::string> beginnings(const std::string& word) {
  std::set<std::string> letters;
  std::size_t at = 0;
  for (int i = 0; i < 2 && at < word.size(); ++i) {
    const std::size_t begin = at;
    next_character(word, at);
    letters.insert(word.substr(begin, at - begin));
  }
  return letters;
}

}  // namespace

std::vector<std::string> units_of(std::string_view text) {
  std::vector<std::string> texts;
  for (const auto& [begin, size] : units(text)) texts.emplace_back(text.substr(begin, size));
  return texts;
}

Result<std::vector<FoundTerm>> terms_beginning(Planning& planning, std::string_view prefix, const std::string& word) {
  std::vector<FoundTerm> found;
  MD_OK(walk(planning, terms::of_word(prefix, word), [&](std::string term, Xapian::doccount frequency) {
    found.push_back({std::move(term), frequency});
  }));
  return most_frequent(std::move(found), planning.limits.expansion);
}

Result<std::vector<FoundTerm>> terms_like(Planning& planning, std::string_view prefix, const std::string& pattern) {
  std::vector<FoundTerm> found;
  const std::string beginning = terms::of_word(prefix, literal_prefix(pattern));
  MD_OK(walk(planning, beginning, [&](std::string term, Xapian::doccount frequency) {
    if (matches_pattern(std::string_view(term).substr(prefix.size()), pattern))
      found.push_back({std::move(term), frequency});
  }));
  return most_frequent(std::move(found), planning.limits.expansion);
}

bool is_used(const Planning& planning, const std::string& word) {
  const std::string stem = stem_of(word);
  const auto exists = [&](std::string_view prefix, const std::string& text) {
    return planning.database.term_exists(terms::of_word(prefix, text));
  };
  const auto stands = [&](std::string_view words, std::string_view stems) {
    return exists(words, stem) || exists(stems, stem);
  };
  return stands(terms::kNameWord, terms::kNameStem) || stands(terms::kItemWord, terms::kItemStem) ||
         stands(terms::kTextWord, terms::kTextStem) || stands(terms::kItemTextWord, terms::kItemTextStem) ||
         stands(terms::kExtraWord, terms::kExtraStem) ||
         planning.database.term_exists(terms::of_text(terms::kExactName, word));
}

std::string nearest_word(Planning& planning, const std::string& word) {
  if (word.size() < kShortest || word.size() > kMaxWordBytes) return {};
  Nearest nearest(word);
  for (const std::string_view prefix : kWords) {
    for (const std::string& beginning : beginnings(word)) {
      const Error walked =
          walk(planning, terms::of_word(prefix, beginning), [&](const std::string& term, Xapian::doccount often) {
            nearest.look_at(std::string_view(term).substr(prefix.size()), often);
          });
      if (!walked.ok()) return {};  // out of time: the search itself will say so
    }
  }
  return nearest.best();
}

std::string suggestion(Planning& planning, std::string_view text) {
  std::string corrected;
  std::size_t copied = 0, changed = 0;
  for (const auto& [begin, size] : units(text)) {
    std::string_view unit = text.substr(begin, size);
    if (unit == "AND" || unit == "OR" || unit == "NOT") continue;
    if (unit.find_first_of("*?~\\") != std::string_view::npos) continue;  // patterns, and what allows for mistakes
    // The name of a field is no word; a whole value (label:PII.Sensitive) is none either.
    std::size_t value = unit.rfind(':');
    value = value == std::string_view::npos ? 0 : value + 1;
    const std::size_t name = unit.find_first_not_of("(+-!\"");
    if (value > 0 && (name >= value || !is_text_field(planning, unit.substr(name, value - 1 - name)))) continue;
    for (const Word& word : words_of(unit.substr(value), planning.limits.terms)) {
      if (is_stop_word(word.text) || changed == kMostCorrected || is_used(planning, word.text)) continue;
      const std::string nearest = nearest_word(planning, word.text);
      if (nearest.empty()) continue;
      const std::size_t at = begin + value + word.begin;
      corrected.append(text.substr(copied, at - copied)).append(nearest);
      copied = begin + value + word.end;
      ++changed;
    }
  }
  if (changed == 0) return {};
  return corrected.append(text.substr(copied));
}

}  // namespace metadata::search
