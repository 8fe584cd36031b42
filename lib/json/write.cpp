#include "json/write.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

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

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  out.append(buffer.data(), end);
}

void append_any_number(const Value& value, std::string& out) {
  if (value.IsInt64()) {
    append_integer(out, value.GetInt64());
  } else if (value.IsUint64()) {
    append_integer(out, value.GetUint64());
  } else {
    append_number(out, value.GetDouble());
  }
}

void write_array(const Value& value, std::string& out) {
  char before = '[';
  for (const Value& element : value.GetArray()) {
    out += before;
    before = ',';
    write(element, out);
  }
  if (before == '[') out += '[';
  out += ']';
}

void write_object(const Value& value, std::string& out) {
  char before = '{';
  for (const auto& member : value.GetObject()) {
    out += before;
    before = ',';
    append_quoted(out, view(member.name));
    out += ':';
    write(member.value, out);
  }
  if (before == '{') out += '{';
  out += '}';
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t clean = 0;  // where the run begins that needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text, clean, i - clean);
    clean = i + 1;
    out += '\\';
    out += escape;
    if (escape != 'u') continue;
    out += "00";
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 0xF];
  }
  out.append(text, clean, text.size() - clean);
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
  switch (value.GetType()) {
    case rapid::kNullType:
      out += "null";
      break;
    case rapid::kFalseType:
      out += "false";
      break;
    case rapid::kTrueType:
      out += "true";
      break;
    case rapid::kNumberType:
      append_any_number(value, out);
      break;
    case rapid::kStringType:
      append_quoted(out, view(value));
      break;
    case rapid::kArrayType:
      write_array(value, out);
      break;
    case rapid::kObjectType:
      write_object(value, out);
      break;
  }
}

std::string write(const Value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace metadata::json
