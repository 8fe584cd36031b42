#include "json/pointer.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace metadata::json {
namespace {

Result<std::string> decoded(std::string_view segment) {
  std::string out;
  out.reserve(segment.size());
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '~') {
      out += segment[i];
      continue;
    }
    const char code = i + 1 < segment.size() ? segment[++i] : '\0';
    if (code != '0' && code != '1') return invalid_argument("a JSON Pointer has \"~\" followed by neither 0 nor 1");
    out += code == '0' ? '~' : '/';
  }
  return out;
}

const Value* step(const Value& value, std::string_view segment) noexcept {
  if (value.IsObject()) return find(value, segment);
  if (!value.IsArray()) return nullptr;
  const std::optional<std::size_t> index = array_index(segment);
  return index && *index < value.Size() ? &value[static_cast<SizeType>(*index)] : nullptr;
}

}  // namespace

Result<Pointer> Pointer::parse(std::string_view text, std::size_t max_segments) {
  if (text.empty()) return Pointer();
  if (text.front() != '/') return invalid_argument("a JSON Pointer is empty or begins with \"/\"");
  if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '/')) > max_segments) {
    return invalid_argument("a JSON Pointer has more than " + std::to_string(max_segments) + " segments");
  }
  std::vector<std::string> segments;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view segment = text.substr(0, text.find('/'));
    MD_LET(name, decoded(segment));
    segments.push_back(std::move(name));
    text.remove_prefix(segment.size());
  }
  return Pointer(std::move(segments));
}

std::string Pointer::text() const {
  std::string out;
  for (const std::string& segment : segments_) {
    out += '/';
    append_segment(out, segment);
  }
  return out;
}

bool Pointer::is_proper_prefix_of(const Pointer& other) const noexcept {
  return segments_.size() < other.segments_.size() &&
         std::equal(segments_.begin(), segments_.end(), other.segments_.begin());
}

void append_segment(std::string& pointer, std::string_view segment) {
  for (const char c : segment) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::optional<std::size_t> array_index(std::string_view segment) noexcept {
  if (segment.empty() || (segment.size() > 1 && segment.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
  if (error != std::errc() || end != segment.data() + segment.size()) return std::nullopt;
  return index;
}

const Value* resolve(const Value& root, std::span<const std::string> segments) noexcept {
  const Value* value = &root;
  for (const std::string& segment : segments) {
    value = step(*value, segment);
    if (value == nullptr) return nullptr;
  }
  return value;
}

const Value* resolve(const Value& root, const Pointer& pointer) noexcept { return resolve(root, pointer.segments()); }

Value* resolve(Value& root, const Pointer& pointer) noexcept {
  return const_cast<Value*>(resolve(std::as_const(root), pointer));
}

}  // namespace metadata::json
