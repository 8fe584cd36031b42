#include "model/formats.h"

#include <algorithm>

#include "json/write.h"
#include "metadata/ids.h"

namespace metadata::model {
namespace {

constexpr std::size_t kMaxShownBytes = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool has_control(std::string_view text) { return std::ranges::any_of(text, is_control); }

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  for (const char c : text.substr(at, digits)) number = number * 10 + (c - '0');
  return number;
}

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// A text against a pattern: 9 stands for a digit, all else for itself.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char f) { return f == '9' ? is_digit(c) : c == f; });
}

bool is_date(std::string_view text) {
  if (!has_form(text, "9999-99-99")) return false;
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(number_at(text, 0, 4), month);
}

bool is_zone(std::string_view text) {
  return text.empty() || text == "Z" || text == "z" ||
         ((text[0] == '+' || text[0] == '-') &&
          (has_form(text.substr(1), "99:99") || has_form(text.substr(1), "9999")));
}

bool is_time(std::string_view text) {
  const bool seconds = text.size() >= 8 && has_form(text.substr(0, 8), "99:99:99");
  if (!seconds && !(text.size() >= 5 && has_form(text.substr(0, 5), "99:99"))) return false;
  if (number_at(text, 0, 2) > 23 || number_at(text, 3, 2) > 59) return false;
  if (seconds && number_at(text, 6, 2) > 60) return false;
  std::string_view rest = text.substr(seconds ? 8 : 5);
  if (seconds && rest.size() > 1 && rest[0] == '.' && is_digit(rest[1]))
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  return is_zone(rest);
}

bool is_date_time(std::string_view text) {
  if (text.size() <= 10) return is_date(text);
  return is_date(text.substr(0, 10)) && (text[10] == 'T' || text[10] == 't' || text[10] == ' ') &&
         is_time(text.substr(11));
}

bool is_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0) return false;
  if (has_control(text) || text.find(' ') != std::string_view::npos) return false;
  const std::string_view host = text.substr(at + 1);
  const std::size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < host.size();
}

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || !is_alpha(text[0])) return false;
  if (has_control(text) || text.find(' ') != std::string_view::npos) return false;
  return std::ranges::all_of(text.substr(0, colon),
                             [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

Error unless(bool holds, std::string_view must_be) {
  return holds ? Error() : invalid_argument("must be " + std::string(must_be));
}

Error check_name(std::string_view text) {
  MD_OK(unless(text.find("::") == std::string_view::npos, "a name without \"::\""));
  MD_OK(unless(!has_control(text), "a name without control characters"));
  return unless(text.empty() || fqn::quote(text).ok(), "a name without a quote inside");
}

}  // namespace

Error check_format(Format format, std::string_view text) {
  switch (format) {
    case Format::Name:
      return check_name(text);
    case Format::Fqn:
      return unless(!has_control(text), "a fully qualified name without control characters");
    case Format::Uuid:
      return unless(EntityId::parse(text).has_value(), "a UUID");
    case Format::Email:
      return unless(is_email(text), "an e-mail address");
    case Format::Uri:
      return unless(is_uri(text), "an absolute URI");
    case Format::Date:
      return unless(is_date(text), "a date as 2024-12-31");
    case Format::DateTime:
      return unless(is_date_time(text), "a date and time as 2024-12-31T23:59:59Z");
    case Format::None:
    case Format::Timestamp:
    case Format::Reference:
    case Format::TagLabel:
      return {};
  }
  return {};
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string shown(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return std::string(text);
  std::size_t length = kMaxShownBytes;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return std::string(text.substr(0, length)) + "...";
}

std::string shown(const json::Value& value) {
  if (value.IsObject()) return "an object";
  if (value.IsArray()) return "a list of " + std::to_string(value.Size());
  if (!value.IsString()) return json::write(value);
  std::string quoted;
  json::append_quoted(quoted, shown(json::view(value)));
  return quoted;
}

std::string_view kind_of(const json::Value& value) {
  if (value.IsNull()) return "null";
  if (value.IsBool()) return "a boolean";
  if (value.IsString()) return "a text";
  if (value.IsNumber()) return "a number";
  return value.IsArray() ? "a list" : "an object";
}

}  // namespace metadata::model
