#include "json/reader.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <variant>

#include "json/numbers.h"
#include "json/pointer.h"
#include "json/scan.h"
#include "json/write.h"

namespace metadata::json {
namespace {

// Up to this many members each name is compared with those before it, beyond that all are sorted once.
constexpr std::uint32_t kFewNames = 32;
// Digits that fit int64 whatever they are.
constexpr std::ptrdiff_t kSafeDigits = 18;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// One of 64 bits: two names with different bits differ. Names of one object differ in length and at their ends.
std::uint64_t name_bit(std::string_view name) noexcept {
  if (name.empty()) return 1;
  const auto first = static_cast<unsigned char>(name.front());
  const auto last = static_cast<unsigned char>(name.back());
  return std::uint64_t{1} << ((first * 7 + last * 3 + name.size() * 5) & 63);
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

bool Reader::operator()(Document&) {
  skip_space();
  if (at_ == end_) return fail("the text is empty");
  if (rules_.check_names) names_.reserve(kFewNames);
  if (!value()) return false;
  while (depth_ > 0) {
    if (!step()) return false;
  }
  skip_space();
  return at_ == end_ || fail("the text goes on after its value");
}

bool Reader::value() {
  if (++values_ > rules_.limits.max_values) return exceeds(rules_.limits.max_values, "values");
  if (at_ == end_) return fail("the text ends where a value must be");
  switch (*at_) {
    case '"': {
      std::string_view text;
      return string(text) && document_.String(text.data(), static_cast<SizeType>(text.size()), true);
    }
    case '{':
      return open(true) && document_.StartObject();
    case '[':
      return open(false) && document_.StartArray();
    case 't':
      return word("true") && document_.Bool(true);
    case 'f':
      return word("false") && document_.Bool(false);
    case 'n':
      return word("null") && document_.Null();
    default:
      return number();
  }
}

bool Reader::word(std::string_view expected) {
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(expected)) return fail("invalid value");
  at_ += expected.size();
  return true;
}

bool Reader::number() {
  const char* const begin = at_;
  const char* digit = begin + (*begin == '-' ? 1 : 0);
  const char* const first = digit;
  std::int64_t whole = 0;
  const char* const most = end_ - first > kSafeDigits ? first + kSafeDigits : end_;
  while (digit != most && is_digit(*digit)) whole = whole * 10 + (*digit++ - '0');
  const bool plain = digit != first && (*first != '0' || digit - first == 1);
  if (!plain || (digit != end_ && may_be_in_number(*digit))) return long_number(begin);
  at_ = digit;
  return document_.Int64(first == begin ? whole : -whole);
}

// Whatever is not a short integer: with a point, an exponent, many digits, or wrong.
bool Reader::long_number(const char* begin) {
  const char* const end = std::find_if_not(begin, end_, may_be_in_number);
  if (end == begin) return fail("invalid value");
  const Result<Number> number = read_number({begin, static_cast<std::size_t>(end - begin)}, rules_.limits);
  if (!number.ok()) return fail(number.error().message());
  at_ = end;
  if (const auto* small = std::get_if<std::int64_t>(&*number)) return document_.Int64(*small);
  if (const auto* large = std::get_if<std::uint64_t>(&*number)) return document_.Uint64(*large);
  return document_.Double(std::get<double>(*number));
}

bool Reader::open(bool is_object) {
  if (depth_ == rules_.limits.max_depth) return exceeds(rules_.limits.max_depth, "levels of nesting");
  open_[depth_++] = {is_object, 0, static_cast<std::uint32_t>(names_.size()), 0};
  ++at_;
  return true;
}

// One more part of the innermost array or object, or its end.
bool Reader::step() {
  Open& innermost = open_[depth_ - 1];
  skip_space();
  return innermost.is_object ? member(innermost) : element(innermost);
}

bool Reader::element(Open& array) {
  if (at_ != end_ && *at_ == ']') {
    ++at_;
    --depth_;
    return document_.EndArray(array.count);
  }
  if (array.count > 0) {
    if (at_ == end_ || *at_ != ',') return fail("missing a comma or ] after an element");
    ++at_;
    skip_space();
  }
  if (array.count == rules_.limits.max_elements) return exceeds(rules_.limits.max_elements, "elements in one array");
  ++array.count;
  return value();
}

bool Reader::member(Open& object) {
  if (at_ != end_ && *at_ == '}') return close_object();
  if (object.count > 0) {
    if (at_ == end_ || *at_ != ',') return fail("missing a comma or } after a member");
    ++at_;
    skip_space();
  }
  if (!name(object)) return false;
  skip_space();
  if (at_ == end_ || *at_ != ':') return fail("missing a colon after the name of a member");
  ++at_;
  skip_space();
  return value();
}

bool Reader::close_object() {
  const Open& object = open_[depth_ - 1];
  if (object.count > kFewNames && !check_sorted_names(object)) return false;
  names_.resize(object.first_name);
  ++at_;
  --depth_;
  return document_.EndObject(object.count);
}

bool Reader::name(Open& object) {
  in_name_ = true;
  if (at_ == end_ || *at_ != '"') return fail("missing the name of a member");
  const auto offset = static_cast<std::size_t>(at_ - begin_);
  std::string_view text;
  if (!string(text)) return false;
  in_name_ = false;
  if (rules_.check_names) {
    names_.push_back({kept(text), offset});
    if (object.count == rules_.limits.max_members) {
      return exceeds(rules_.limits.max_members, "members in one object");
    }
    const std::uint64_t bit = name_bit(text);
    if ((object.names_seen & bit) != 0 && earlier_duplicate(object) != nullptr) {
      return fail_at(offset, "the member " + quoted_excerpt(text) + " is there twice");
    }
    object.names_seen |= bit;
  }
  ++object.count;
  return document_.Key(text.data(), static_cast<SizeType>(text.size()), true);
}

// A name that lives as long as names_ needs it: the text does, the buffer of decoded strings does not.
std::string_view Reader::kept(std::string_view text) {
  if (text.data() != decoded_.data() || text.empty()) return text;
  auto* copy = static_cast<char*>(document_.GetAllocator().Malloc(text.size()));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

// A name of the object that is equal to its last one. Larger objects are checked when they end.
const Reader::Name* Reader::earlier_duplicate(const Open& object) const noexcept {
  if (object.count >= kFewNames) return nullptr;
  const Name* const last = &names_.back();
  for (const Name* name = names_.data() + object.first_name; name != last; ++name) {
    if (name->text == last->text) return name;
  }
  return nullptr;
}

bool Reader::check_sorted_names(const Open& object) {
  if (!rules_.check_names) return true;
  const auto begin = names_.begin() + object.first_name;
  std::sort(begin, names_.end(), [](const Name& a, const Name& b) {
    const int order = a.text.compare(b.text);
    return order != 0 ? order < 0 : a.offset < b.offset;
  });
  const auto twice =
      std::adjacent_find(begin, names_.end(), [](const Name& a, const Name& b) { return a.text == b.text; });
  if (twice == names_.end()) return true;
  const Name later = *(twice + 1);
  names_.back() = later;  // the place that the message names
  return fail_at(later.offset, "the member " + quoted_excerpt(later.text) + " is there twice");
}

// At the opening quote; moves behind the closing one. `out` lies in the text, or in decoded_ until the next string.
bool Reader::string(std::string_view& out) {
  const char* const begin = ++at_;
  at_ = skip_plain_ascii(at_, end_);
  while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80) {
    const std::size_t length = utf8_length(at_, end_);
    if (length == 0) return fail("a string that is not UTF-8");
    at_ += length;
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) at_ = skip_plain_ascii(at_, end_);
  }
  if (at_ == end_) return fail("a string without its closing quote");
  if (*at_ == '\\') return escaped_string(begin, out);
  if (*at_ != '"') return fail("a control character in a string: it must be escaped");
  out = {begin, static_cast<std::size_t>(at_ - begin)};
  ++at_;
  if (out.size() <= rules_.limits.max_string_bytes) return true;
  at_ = begin - 1;
  return exceeds(rules_.limits.max_string_bytes, "bytes in one string");
}

// At the first backslash of a string that begins (behind its quote) at `begin`.
bool Reader::escaped_string(const char* begin, std::string_view& out) {
  decoded_.assign(begin, at_);
  while (at_ != end_ && *at_ != '"') {
    if (*at_ == '\\') {
      if (!escape()) return false;
      continue;
    }
    if (static_cast<unsigned char>(*at_) < 0x20) return fail("a control character in a string: it must be escaped");
    const char* const run = at_;
    at_ = skip_plain_ascii(at_, end_);
    while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80) {
      const std::size_t length = utf8_length(at_, end_);
      if (length == 0) return fail("a string that is not UTF-8");
      at_ += length;
    }
    decoded_.append(run, at_);
  }
  if (at_ == end_) return fail("a string without its closing quote");
  ++at_;
  out = decoded_;
  if (out.size() <= rules_.limits.max_string_bytes) return true;
  at_ = begin - 1;
  return exceeds(rules_.limits.max_string_bytes, "bytes in one string");
}

bool Reader::escape() {
  if (end_ - at_ < 2) return fail("a string without its closing quote");
  switch (at_[1]) {
    case '"':
    case '\\':
    case '/':
      decoded_ += at_[1];
      break;
    case 'b':
      decoded_ += '\b';
      break;
    case 'f':
      decoded_ += '\f';
      break;
    case 'n':
      decoded_ += '\n';
      break;
    case 'r':
      decoded_ += '\r';
      break;
    case 't':
      decoded_ += '\t';
      break;
    case 'u':
      return unicode_escape();
    default:
      return fail("an unknown escape in a string");
  }
  at_ += 2;
  return true;
}

bool Reader::unicode_escape() {
  const auto offset = static_cast<std::size_t>(at_ - begin_);
  unsigned code = 0;
  if (!hex(code)) return false;
  if (code >= 0xD800 && code <= 0xDFFF) {
    unsigned low = 0;
    const bool pair = code < 0xDC00 && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u';
    if (pair && !hex(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return fail_at(offset, "a surrogate without its pair in a string");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(decoded_, code);
  return true;
}

// At the backslash of \uXXXX; moves behind it.
bool Reader::hex(unsigned& unit) {
  if (end_ - at_ < 6) return fail("a \\u without its four digits in a string");
  for (int i = 2; i < 6; ++i) {
    const char c = at_[i];
    const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!is_digit(c) && !letter) return fail("a \\u without its four digits in a string");
    unit = unit * 16 + static_cast<unsigned>(letter ? (c | 0x20) - 'a' + 10 : c - '0');
  }
  at_ += 6;
  return true;
}

void Reader::skip_space() noexcept {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

bool Reader::exceeds(std::size_t limit, std::string_view what) {
  return fail("more than " + std::to_string(limit) + " " + std::string(what));
}

bool Reader::fail_at(std::size_t offset, std::string_view why) {
  failure_ = invalid_argument("invalid JSON at byte " + std::to_string(offset) + place() + ": " + std::string(why));
  return false;
}

// " (/columns/3/name)": what was being read, from the names and counts of what is open. Empty for the whole text and
// where names are not kept.
std::string Reader::place() const {
  std::string pointer;
  for (std::size_t i = 0; i < depth_ && rules_.check_names; ++i) {
    const Open& open = open_[i];
    const std::size_t names_end = i + 1 < depth_ ? open_[i + 1].first_name : names_.size();
    if (open.is_object ? names_end == open.first_name : open.count == 0) break;
    if (in_name_ && i + 1 == depth_) break;
    pointer += '/';
    if (open.is_object) {
      append_segment(pointer, names_[names_end - 1].text);
    } else {
      pointer += std::to_string(open.count - 1);
    }
  }
  if (pointer.empty()) return {};
  const std::string quoted = quoted_excerpt(pointer);  // for its escapes and its cut; the quotes go
  return " (" + quoted.substr(1, quoted.size() - 2) + ")";
}

}  // namespace metadata::json
