#include "search/highlight.h"

#include <algorithm>
#include <string_view>

#include "search/analyzer.h"
#include "search/values.h"

namespace metadata::search {
namespace {

using Kind = Clause::Kind;

constexpr std::size_t kQueryWords = 64;
constexpr std::size_t kTextWords = 2000;  // of one text; what stands behind them is not marked
constexpr std::size_t kPieces = 5;        // of one field
constexpr std::size_t kPieceBytes = 240;
constexpr std::size_t kLead = 60;  // bytes before the first marked word

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The place at or before `at` where a character begins.
std::size_t character_at(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && continues_character(text[at])) --at;
  return at;
}

// What a browser would take for markup is written as text, so that a hit can be shown as it comes.
void append_escaped(std::string& to, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        to.append("&amp;");
        break;
      case '<':
        to.append("&lt;");
        break;
      case '>':
        to.append("&gt;");
        break;
      case '"':
        to.append("&quot;");
        break;
      case '\'':
        to.append("&#39;");
        break;
      default:
        to.push_back(c);
    }
  }
}

}  // namespace

Highlighter::Highlighter(const Clause& clause) {
  std::vector<const Clause*> open = {&clause};
  while (!open.empty()) {
    const Clause& one = *open.back();
    open.pop_back();
    for (const auto* list : {&one.must, &one.should, &one.filter}) {
      for (const Clause& child : *list) open.push_back(&child);
    }
    if (one.kind != Kind::Words && one.kind != Kind::Phrase && one.kind != Kind::Prefix) continue;
    const auto words = words_of(one.text, kQueryWords);
    for (const Word& word : words) {
      if (one.kind == Kind::Prefix && &word == &words.back()) {
        prefixes_.insert(word.text);
      } else if (words.size() == 1 || !is_stop_word(word.text)) {
        words_.insert(word.text);
        stems_.insert(word.stem);
      }
    }
  }
}

/// Nothing when no word of the query stands in the text.
std::string Highlighter::marked(std::string_view text) const {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const Word& word : words_of(text, kTextWords)) {
    const bool begun = std::any_of(prefixes_.begin(), prefixes_.end(),
                                   [&](const std::string& prefix) { return word.text.starts_with(prefix); });
    if (begun || words_.count(word.text) != 0 || stems_.count(word.stem) != 0)
      places.emplace_back(word.begin, word.end);
  }
  if (places.empty()) return {};
  std::sort(places.begin(), places.end());
  std::size_t at =
      text.size() <= kPieceBytes ? 0 : character_at(text, places.front().first - std::min(places.front().first, kLead));
  const std::size_t end = character_at(text, std::min(text.size(), at + kPieceBytes));
  std::string piece;
  for (const auto& [begin, finish] : places) {
    if (begin < at || finish > end) continue;
    append_escaped(piece, text.substr(at, begin - at));
    piece.append("<em>");
    append_escaped(piece, text.substr(begin, finish - begin));
    piece.append("</em>");
    at = finish;
  }
  append_escaped(piece, text.substr(at, std::max(at, end) - at));
  return piece;
}

std::vector<std::pair<std::string, std::vector<std::string>>> Highlighter::of(const model::EntityType& type,
                                                                              const json::Value& document) const {
  std::vector<std::pair<std::string, std::vector<std::string>>> fields;
  if (words_.empty() && prefixes_.empty()) return fields;
  for (const model::SearchText& text : type.search.texts) {
    std::vector<std::string> pieces;
    for_each_value(document, text.path, kTextWords, [&](const std::string&, std::string_view value) {
      if (pieces.size() == kPieces) return;
      std::string piece = marked(value);
      if (!piece.empty()) pieces.push_back(std::move(piece));
    });
    if (!pieces.empty()) fields.emplace_back(text.path.name, std::move(pieces));
  }
  return fields;
}

}  // namespace metadata::search
