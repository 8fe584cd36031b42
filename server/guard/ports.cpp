#include "guard/ports.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace metadata::server {
namespace {

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

Result<Ports> Ports::parse(const std::vector<std::string>& list) {
  Ports ports;
  if (list.empty()) return ports;
  ports.ranges_.clear();
  for (const std::string& text : list) {
    const std::string_view word(text);
    const auto dash = word.find('-');
    const auto first = port_of(word.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : port_of(word.substr(dash + 1));
    if (!first || !last || *first > *last)
      return invalid_argument("'" + text + "' is neither a port from 1 to 65535 nor a range like 8000-8999");
    ports.ranges_.emplace_back(*first, *last);
  }
  return ports;
}

bool Ports::contains(std::uint16_t port) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [port](const Range& range) { return range.first <= port && port <= range.second; });
}

}  // namespace metadata::server
