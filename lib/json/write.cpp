#include "json/write.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "json/scan.h"

namespace metadata::json {
namespace {

// What follows the backslash for each byte: 0 when it needs none, 'u' for the six-character form.
constexpr std::array<char, 256> make_escapes() {
  std::array<char, 256> escapes{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) escapes[byte] = 'u';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}
constexpr std::array<char, 256> kEscapes = make_escapes();

// The end of a string that grows in large steps: appending to it is a copy and little else.
class Sink {
 public:
  explicit Sink(std::string& out) : out_(out), used_(out.size()) {}

  void put(char c) {
    need(1);
    out_[used_++] = c;
  }
  void put(std::string_view text) {
    need(text.size());
    std::memcpy(out_.data() + used_, text.data(), text.size());
    used_ += text.size();
  }
  void put_quoted(std::string_view text);
  template <class Integer>
  void put_integer(Integer number) {
    need(24);
    char* const at = out_.data() + used_;
    used_ += static_cast<std::size_t>(std::to_chars(at, at + 24, number).ptr - at);
  }
  void put_number(double number) {
    std::string text;  // within its inline buffer but for the longest
    append_number(text, number);
    put(text);
  }
  void finish() { out_.resize(used_); }

 private:
  void need(std::size_t bytes) {
    if (out_.size() - used_ < bytes) grow(bytes);
  }
  void grow(std::size_t bytes) { out_.resize(std::max(out_.size() * 2, used_ + bytes + kFirstBytes)); }

  static constexpr std::size_t kFirstBytes = 1024;

  std::string& out_;
  std::size_t used_;
};

void Sink::put_quoted(std::string_view text) {
  need(text.size() + 2);
  char* const begin = out_.data() + used_;
  char* to = begin;
  *to++ = '"';
  const char* from = text.data();
  const char* const end = from + text.size();
  while (end - from >= 8 && scan::specials(scan::load(from)) == 0) {
    std::memcpy(to, from, 8);
    to += 8;
    from += 8;
  }
  while (from != end && !scan::is_special(*from)) *to++ = *from++;
  if (from == end) {
    *to++ = '"';
    used_ += static_cast<std::size_t>(to - begin);
    return;
  }
  std::string slow;  // few strings have anything to escape
  append_quoted(slow, text);
  put(slow);
}

void write_to(Sink& sink, const Value& value) {
  switch (value.GetType()) {
    case rapid::kNullType:
      return sink.put("null");
    case rapid::kFalseType:
      return sink.put("false");
    case rapid::kTrueType:
      return sink.put("true");
    case rapid::kNumberType:
      if (value.IsInt64()) return sink.put_integer(value.GetInt64());
      if (value.IsUint64()) return sink.put_integer(value.GetUint64());
      return sink.put_number(value.GetDouble());
    case rapid::kStringType:
      return sink.put_quoted(view(value));
    case rapid::kArrayType: {
      char before = '[';
      for (const Value& element : value.GetArray()) {
        sink.put(before);
        before = ',';
        write_to(sink, element);
      }
      return sink.put(before == '[' ? std::string_view("[]") : std::string_view("]"));
    }
    case rapid::kObjectType: {
      char before = '{';
      for (const auto& member : value.GetObject()) {
        sink.put(before);
        before = ',';
        sink.put_quoted(view(member.name));
        sink.put(':');
        write_to(sink, member.value);
      }
      return sink.put(before == '{' ? std::string_view("{}") : std::string_view("}"));
    }
  }
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  const char* run = text.data();  // where the run begins that needs no escape
  const char* const end = run + text.size();
  for (const char* at = skip_unescaped(run, end);; at = skip_unescaped(run, end)) {
    out.append(run, at);
    if (at == end) break;
    const auto byte = static_cast<unsigned char>(*at);
    const char escape = kEscapes[byte];
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += "00";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 0xF];
    }
    run = at + 1;
  }
  out += '"';
}

std::string quoted_excerpt(std::string_view text) {
  constexpr std::size_t kMaxBytes = 100;
  std::size_t end = text.size();
  if (end > kMaxBytes) {
    end = kMaxBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
  }
  std::string out;
  append_quoted(out, text.substr(0, end));
  if (end < text.size()) out.insert(out.size() - 1, "…");
  return out;
}

void append_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void write(const Value& value, std::string& out) {
  Sink sink(out);
  write_to(sink, value);
  sink.finish();
}

std::string write(const Value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace metadata::json
