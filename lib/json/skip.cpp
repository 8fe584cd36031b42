#include "json/skip.h"

namespace metadata::json {

std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
  for (std::size_t mark = text.find('"', at + 1); mark != std::string_view::npos; mark = text.find('"', mark + 1)) {
    // A quote after an odd run of backslashes belongs to the string.
    std::size_t run = mark;
    while (run > at + 1 && text[run - 1] == '\\') --run;
    if ((mark - run) % 2 == 0) return mark + 1;
  }
  return text.size();
}

std::size_t end_of_value(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = end_of_string(text, i) - 1;
        if (depth == 0) return i + 1;
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return i;
        if (--depth == 0) return i + 1;
        break;
      case ',':
        if (depth == 0) return i;
        break;
      default:
        break;
    }
  }
  return text.size();
}

std::optional<std::string_view> member_text(std::string_view object, std::string_view name) noexcept {
  if (!object.starts_with('{')) return std::nullopt;
  for (std::size_t at = 1; at < object.size() && object[at] == '"';) {
    const std::size_t end = end_of_string(object, at);
    const std::string_view found = object.substr(at + 1, end - at - 2);
    const std::size_t value = end + 1;  // past the colon
    const std::size_t past = end_of_value(object, value);
    if (value >= object.size()) return std::nullopt;
    if (found == name) return object.substr(value, past - value);
    at = past + 1;  // past the comma
  }
  return std::nullopt;
}

}  // namespace metadata::json
