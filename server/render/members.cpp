#include "render/members.h"

namespace metadata::server::render {
namespace {

/// One past the closing quote of the string that opens at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (std::size_t mark = text.find('"', at + 1); mark != std::string_view::npos; mark = text.find('"', mark + 1)) {
    // A quote after an odd run of backslashes belongs to the string.
    std::size_t run = mark;
    while (run > at + 1 && text[run - 1] == '\\') --run;
    if ((mark - run) % 2 == 0) return mark + 1;
  }
  return text.size();
}

}  // namespace

std::size_t end_of_value(std::string_view text, std::size_t at) {
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

Members::Members(std::string_view text) : text_(text), object_(!text.empty() && text.front() == '{') {
  if (!object_ && (text.empty() || text.front() != '[')) at_ = text.size();
}

bool Members::next(Member& member) {
  if (at_ < text_.size() && text_[at_] == ',') ++at_;
  if (at_ >= text_.size() || text_[at_] == '}' || text_[at_] == ']') return false;
  member.name = {};
  if (object_) {
    const std::size_t end = end_of_string(text_, at_);
    if (end >= text_.size() || end < at_ + 2) return false;
    member.name = text_.substr(at_ + 1, end - at_ - 2);
    at_ = end + 1;  // the colon
  }
  if (at_ >= text_.size()) return false;
  const std::size_t end = end_of_value(text_, at_);
  member.value = text_.substr(at_, end - at_);
  member.value_at = at_;
  at_ = end;
  return true;
}

}  // namespace metadata::server::render
