#ifndef METADATA_TESTS_JSON_PATCH_SUITE_READER_H
#define METADATA_TESTS_JSON_PATCH_SUITE_READER_H

// A tolerant reader for the files of json-patch-test-suite: two disabled records hold duplicated members, which the
// library refuses, so the files are taken apart as text and each enabled part is then parsed on its own.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace suite {

/// One record: the text of each member by its name, in order.
using Record = std::vector<std::pair<std::string, std::string>>;

inline std::size_t after_string(std::string_view text, std::size_t at) {
  for (++at; text.at(at) != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

/// The parts between the commas of what stands in brackets or braces, as they are.
inline std::vector<std::string_view> parts(std::string_view text) {
  std::vector<std::string_view> out;
  const std::size_t open = text.find_first_of("[{");
  const std::size_t close = text.find_last_of("]}");
  std::size_t begin = open + 1;
  int depth = 0;
  for (std::size_t at = begin; at < close;) {
    const char c = text[at];
    if (c == '"') {
      at = after_string(text, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) {
      out.push_back(text.substr(begin, at - begin));
      begin = at + 1;
    }
    ++at;
  }
  out.push_back(text.substr(begin, close - begin));
  return out;
}

inline Record record(std::string_view object) {
  Record out;
  for (const std::string_view member : parts(object)) {
    const std::size_t quote = member.find('"');
    const std::size_t end = after_string(member, quote);
    const std::size_t colon = member.find(':', end);
    out.emplace_back(member.substr(quote + 1, end - quote - 2), member.substr(colon + 1));
  }
  return out;
}

/// The text of a member, or null.
inline const std::string* member(const Record& record, std::string_view name) {
  for (const auto& [key, text] : record) {
    if (key == name) return &text;
  }
  return nullptr;
}

inline std::vector<Record> records(std::string_view file) {
  std::vector<Record> out;
  for (const std::string_view object : parts(file)) out.push_back(record(object));
  return out;
}

}  // namespace suite

#endif  // METADATA_TESTS_JSON_PATCH_SUITE_READER_H
