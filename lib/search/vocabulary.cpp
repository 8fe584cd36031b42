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

struct Found {
  std::string term;
  Xapian::doccount frequency = 0;
};

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

std::vector<std::string> most_frequent(std::vector<Found>& found, std::size_t most) {
  // By frequency, then by the word, so that the choice does not depend on how the index came about.
  const auto before = [](const Found& a, const Found& b) {
    return a.frequency != b.frequency ? a.frequency > b.frequency : a.term < b.term;
  };
  const std::size_t kept = std::min(most, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), found.end(), before);
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < kept; ++i) terms.push_back(std::move(found[i].term));
  return terms;
}

std::u32string characters(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) characters.push_back(next_character(text, at));
  return characters;
}

// Letters wrong, missing, too many or swapped with the next; more than `most` is most + 1.
std::size_t mistakes(const std::u32string& a, const std::u32string& b, std::size_t most) {
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

/// Looks for the nearest of many words.
class Nearest {
 public:
  explicit Nearest(const std::string& word) : word_(characters(word)), most_(word_.size() < kTwoMistakes ? 1 : 2) {}

  void look_at(std::string_view candidate, Xapian::doccount frequency) {
    const std::size_t distance = mistakes(word_, characters(candidate), most_);
    if (distance > most_ || distance > distance_) return;
    if (distance == distance_ && frequency < frequency_) return;
    if (distance == distance_ && frequency == frequency_ && candidate >= best_) return;
    best_ = candidate;
    distance_ = distance;
    frequency_ = frequency;
  }
  std::string best() const { return best_; }

 private:
  const std::u32string word_;
  const std::size_t most_;
  std::string best_;
  std::size_t distance_ = 3;
  Xapian::doccount frequency_ = 0;
};

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

Result<std::vector<std::string>> terms_beginning(Planning& planning, std::string_view prefix, const std::string& word) {
  std::vector<Found> found;
  MD_OK(walk(planning, terms::of_word(prefix, word), [&](std::string term, Xapian::doccount frequency) {
    found.push_back({std::move(term), frequency});
  }));
  return most_frequent(found, planning.limits.expansion);
}

Result<std::vector<std::string>> terms_like(Planning& planning, std::string_view prefix, const std::string& pattern) {
  std::vector<Found> found;
  const std::string beginning = terms::of_word(prefix, literal_prefix(pattern));
  MD_OK(walk(planning, beginning, [&](std::string term, Xapian::doccount frequency) {
    if (matches_pattern(std::string_view(term).substr(prefix.size()), pattern))
      found.push_back({std::move(term), frequency});
  }));
  return most_frequent(found, planning.limits.expansion);
}

bool is_used(const Planning& planning, const std::string& word) {
  const std::string stem = stem_of(word);
  for (const std::string_view prefix : {terms::kNameStem, terms::kItemStem, terms::kTextStem, terms::kItemTextStem,
                                        terms::kExtraStem, terms::kContainerStem}) {
    if (planning.database.term_exists(terms::of_word(prefix, stem))) return true;
  }
  return planning.database.term_exists(terms::of_text(terms::kExactName, word));
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
  for (const Word& word : words_of(text, planning.limits.terms)) {
    const bool operation = text.substr(word.begin, word.end - word.begin) == "AND" ||
                           text.substr(word.begin, word.end - word.begin) == "OR" ||
                           text.substr(word.begin, word.end - word.begin) == "NOT";
    const bool field = word.end < text.size() && text[word.end] == ':';
    if (operation || field || is_stop_word(word.text) || is_used(planning, word.text)) continue;
    const bool half = word.end < text.size() && (text[word.end] == '*' || text[word.end] == '?');
    if (half || changed == kMostCorrected) continue;
    const std::string nearest = nearest_word(planning, word.text);
    if (nearest.empty()) continue;
    corrected.append(text.substr(copied, word.begin - copied)).append(nearest);
    copied = word.end;
    ++changed;
  }
  if (changed == 0) return {};
  return corrected.append(text.substr(copied));
}

}  // namespace metadata::search
