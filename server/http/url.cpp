#include "http/url.h"

#include <charconv>
#include <cstdint>

#include "http/request.h"

namespace metadata::server {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  const std::string_view query = target.substr(mark + 1);
  return query.substr(0, query.find('#'));
}

/// Length of the UTF-8 sequence that begins at `at`, or 0 when it is not one.
std::size_t utf8_sequence(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  const std::uint8_t second = byte(at + 1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_sequence(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

std::string_view path_of(std::string_view target) {
  target = target.substr(0, target.find('?'));
  return target.substr(0, target.find('#'));
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (!path.empty()) {
    const auto slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

Result<Query> Query::parse(std::string_view target) {
  Query query;
  std::string_view rest = query_of(target);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto key = percent_decode(pair.substr(0, equals), true);
    // fieldValue carries raw FQNs: clients send a plus sign in it as it is, and a blank as %20.
    const bool plus_is_blank = !key || *key != "fieldValue";
    auto value =
        percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), plus_is_blank);
    if (!key || !value) {
      const std::string name = key ? "'" + *key + "'" : "a name";
      return invalid_argument("query parameter " + name + " is not percent-encoded UTF-8");
    }
    query.pairs_.emplace_back(*std::move(key), *std::move(value));
  }
  return query;
}

std::optional<std::string_view> Query::get(std::string_view key) const {
  for (const auto& pair : pairs_) {
    if (pair.first == key) return pair.second;
  }
  return std::nullopt;
}

std::string Query::text(std::string_view key) const { return std::string(get(key).value_or(std::string_view{})); }

Result<bool> Query::flag(std::string_view key, bool otherwise) const {
  const std::string_view value = get(key).value_or(std::string_view{});
  if (value.empty()) return otherwise;
  if (same_header_name(value, "true")) return true;
  if (same_header_name(value, "false")) return false;
  return invalid_argument("query param " + std::string(key) + " must be true or false, not '" + std::string(value) +
                          "'");
}

Result<long long> Query::number(std::string_view key, long long otherwise) const {
  const std::string_view value = get(key).value_or(std::string_view{});
  if (value.empty()) return otherwise;
  long long number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return invalid_argument("query param " + std::string(key) + " must be a whole number, not '" + std::string(value) +
                            "'");
  }
  return number;
}

}  // namespace metadata::server
