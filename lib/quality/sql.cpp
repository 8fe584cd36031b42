#include "quality/sql.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace metadata::quality {
namespace {

constexpr std::size_t kMaxItems = 10'000;

std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out += quote;
}

/// The item that begins at `at`, which is moved behind it.
std::string next_item(std::string_view text, std::size_t& at) {
  const char quote = text[at];
  if (quote != '"' && quote != '\'') {
    const auto end = std::min(text.find(',', at), text.size());
    const std::string item(base::trimmed(text.substr(at, end - at)));
    at = end;
    return item;
  }
  std::string item;
  for (++at; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    item += text[at];
  }
  at = std::min(text.find(',', at), text.size());
  return item;
}

bool is_moment(std::string_view type) {
  return type == "TIMESTAMP" || type == "TIMESTAMPZ" || type == "DATE" || type == "DATETIME";
}

}  // namespace

std::string quoted_name(std::string_view name) { return doubled(name, '"'); }
std::string quoted_text(std::string_view text) { return doubled(text, '\''); }

std::optional<double> read_number(std::string_view text) {
  text = base::trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::string number_text(double number) {
  if (std::trunc(number) == number && std::abs(number) < 1e15) return std::to_string(static_cast<std::int64_t>(number));
  char buffer[64];
  const auto [end, failed] = std::to_chars(buffer, buffer + sizeof buffer, number);
  return failed == std::errc() ? std::string(buffer, end) : std::string("?");
}

std::vector<std::string> list_items(std::string_view text) {
  text = base::trimmed(text);
  if (text.size() >= 2 && (text.front() == '[' || text.front() == '(') && (text.back() == ']' || text.back() == ')'))
    text = text.substr(1, text.size() - 2);
  std::vector<std::string> items;
  for (std::size_t at = 0; at < text.size() && items.size() < kMaxItems; ++at) {
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    if (at == text.size()) break;
    items.push_back(next_item(text, at));
  }
  return items;
}

std::string Subject::parameter(std::string_view name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::optional<double> Subject::number(std::string_view name) const { return read_number(parameter(name)); }

bool Subject::flag(std::string_view name) const {
  const std::string text = parameter(name);
  return text == "true" || text == "True" || text == "TRUE";
}

std::string Subject::moment(const std::string& quoted) const {
  if (dialect == SqlDialect::Postgres) return "(EXTRACT(EPOCH FROM " + quoted + ") * 1000)";
  return "(CASE typeof(" + quoted + ") WHEN 'text' THEN ROUND((julianday(" + quoted +
         ") - 2440587.5) * 86400000.0) ELSE " + quoted + " END)";
}

std::string Subject::value() const { return is_moment(column_type) ? moment(column) : column; }

std::string Subject::matches(const std::string& pattern) const {
  return "(" + text() + (dialect == SqlDialect::Postgres ? " ~ " : " REGEXP ") + quoted_text(pattern) + ")";
}

}  // namespace metadata::quality
