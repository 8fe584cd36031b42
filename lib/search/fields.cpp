#include "search/fields.h"

#include <array>
#include <utility>

namespace metadata::search {
namespace {

constexpr std::array<std::string_view, 5> kSuffixes = {".keyword", ".ngram", ".compound", ".actualCase", ".raw"};

// Former names that clients still ask for, by their first part.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFormer = {{
    {"owner", "owners"},
    {"domain", "domains"},
    {"ownerName", "owners.name"},
    {"ownerDisplayName", "owners.displayName"},
}};

/// Bytes of the character that begins here; 1 for what is not UTF-8.
std::size_t character_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

bool is_escaped(std::string_view pattern, std::size_t at) { return pattern[at] == '\\' && at + 1 < pattern.size(); }

}  // namespace

std::string_view head_of(std::string_view field) { return field.substr(0, field.find('.')); }

std::string_view rest_of(std::string_view field) {
  const auto dot = field.find('.');
  return dot == std::string_view::npos ? std::string_view() : field.substr(dot + 1);
}

std::string canonical_field(std::string_view written) {
  for (const std::string_view suffix : kSuffixes) {
    if (written.size() > suffix.size() && written.ends_with(suffix)) {
      written.remove_suffix(suffix.size());
      break;
    }
  }
  const std::string_view first = written.substr(0, written.find('.'));
  for (const auto& [former, present] : kFormer) {
    if (first == former) return std::string(present).append(written.substr(first.size()));
  }
  return std::string(written);
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    const bool plain = p < pattern.size() && is_escaped(pattern, p);
    if (p < pattern.size() && !plain && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && !plain && pattern[p] == '?') {
      t += character_bytes(text, t);
      ++p;
    } else if (p < pattern.size() && pattern[p + (plain ? 1 : 0)] == text[t]) {
      p += plain ? 2 : 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool has_wildcard(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_escaped(pattern, i)) {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?') {
      return true;
    }
  }
  return false;
}

std::string literal_prefix(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_escaped(pattern, i)) {
      text += pattern[++i];
    } else if (pattern[i] == '*' || pattern[i] == '?') {
      break;
    } else {
      text += pattern[i];
    }
  }
  return text;
}

std::string escape_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace metadata::search
