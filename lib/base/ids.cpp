#include "metadata/ids.h"

#include <algorithm>
#include <utility>

namespace metadata {
namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kMaxFqnBytes = 3072;    // the API's limit of a fully qualified name
constexpr std::size_t kMaxShownBytes = 256;   // of a refused name inside a message
constexpr std::size_t kMaxVersionDigits = 8;  // before the point; keeps next_major() far from overflow
constexpr std::string_view kHex = "0123456789abcdef";

bool is_dash_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool has_control(std::string_view text) { return std::ranges::any_of(text, is_control); }

// A refused name may be huge or hold line breaks; the message stays one short line of whole UTF-8 characters.
std::string shown(std::string_view name) {
  std::size_t length = std::min(name.size(), kMaxShownBytes);
  while (length < name.size() && length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80) --length;
  std::string out;
  for (const char c : name.substr(0, length)) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_control(c)) {
      out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  if (length < name.size()) out.append("...");
  return out;
}

Error bad_name(std::string_view name, std::string_view why) {
  return invalid_argument("Invalid name " + shown(name) + std::string(why));
}

Error bad_fqn(std::string_view fqn, std::string_view why) {
  return invalid_argument("Invalid fully qualified name " + shown(fqn) + ": " + std::string(why));
}

Error fqn_too_long(std::string_view fqn) {
  return bad_fqn(fqn, std::to_string(fqn.size()) + " bytes, at most " + std::to_string(kMaxFqnBytes) + " are allowed");
}

bool is_wrapped(std::string_view text) { return text.size() >= 2 && text.front() == '"' && text.back() == '"'; }

// Where the part that begins at `begin` ends: at a dot or at the end of the text. Nothing when it breaks the grammar.
std::optional<std::size_t> end_of_part(std::string_view fqn, std::size_t begin) {
  if (begin < fqn.size() && fqn[begin] == '"') {
    const std::size_t close = fqn.find('"', begin + 1);
    if (close == std::string_view::npos || close == begin + 1) return std::nullopt;
    const std::size_t end = close + 1;
    if (end < fqn.size() && fqn[end] != '.') return std::nullopt;
    return end;
  }
  const std::size_t end = std::min(fqn.find('.', begin), fqn.size());
  const std::string_view part = fqn.substr(begin, end - begin);
  if (part.empty() || part.find('"') != std::string_view::npos) return std::nullopt;
  return end;
}

}  // namespace

std::optional<EntityId> EntityId::parse(std::string_view text) noexcept {
  if (text.size() != kUuidLength) return std::nullopt;
  EntityId id;
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_place(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    auto& byte = id.bytes[digit / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++digit;
  }
  return id;
}

std::string EntityId::text() const {
  std::string out(kUuidLength, '-');
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes) {
    if (is_dash_place(at)) ++at;
    out[at++] = kHex[byte >> 4];
    out[at++] = kHex[byte & 15];
  }
  return out;
}

bool EntityId::empty() const noexcept {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

std::optional<Version> Version::parse(std::string_view text) noexcept {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || whole.size() > kMaxVersionDigits || !std::ranges::all_of(whole, is_digit)) return std::nullopt;
  if (whole.size() > 1 && whole.front() == '0') return std::nullopt;
  std::int32_t tenths = 0;
  for (const char c : whole) tenths = tenths * 10 + (c - '0');
  tenths *= 10;
  if (point != std::string_view::npos) {
    if (text.size() != point + 2 || !is_digit(text[point + 1])) return std::nullopt;
    tenths += text[point + 1] - '0';
  }
  if (tenths < 1) return std::nullopt;
  return Version{tenths};
}

std::string Version::text() const { return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10); }

namespace fqn {

Result<std::string> quote(std::string_view name) {
  if (name.empty()) return invalid_argument("Invalid name: it is empty");
  // Control characters separate the parts of stored keys, so no name may hold one.
  if (has_control(name)) return bad_name(name, ": it holds a control character");
  if (name.size() > kMaxFqnBytes) return bad_name(name, ": it is longer than a fully qualified name may be");

  const bool wrapped = is_wrapped(name);
  const std::string_view inside = wrapped ? name.substr(1, name.size() - 2) : name;
  if (inside.empty() || inside.find('"') != std::string_view::npos) return bad_name(name, "");
  if (inside.find('.') == std::string_view::npos) return std::string(inside);
  return '"' + std::string(inside) + '"';
}

std::string unquote(std::string_view part) {
  return std::string(is_wrapped(part) ? part.substr(1, part.size() - 2) : part);
}

Result<std::vector<std::string>> split(std::string_view fqn) {
  if (fqn.empty()) return invalid_argument("Invalid fully qualified name: it is empty");
  if (fqn.size() > kMaxFqnBytes) return fqn_too_long(fqn);
  if (has_control(fqn)) return bad_fqn(fqn, "it holds a control character");

  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::optional<std::size_t> end = end_of_part(fqn, begin);
    if (!end) return bad_fqn(fqn, "an empty part or a quote out of place");
    parts.push_back(unquote(fqn.substr(begin, *end - begin)));
    if (*end == fqn.size()) return parts;
    begin = *end + 1;
  }
}

Result<std::string> join(const std::vector<std::string>& names) {
  if (names.empty()) return invalid_argument("Invalid fully qualified name: it has no parts");
  std::string fqn;
  for (const std::string& name : names) {
    MD_LET(part, quote(name));
    if (!fqn.empty()) fqn.push_back('.');
    fqn.append(part);
    if (fqn.size() > kMaxFqnBytes) return fqn_too_long(fqn);
  }
  return fqn;
}

}  // namespace fqn
}  // namespace metadata
