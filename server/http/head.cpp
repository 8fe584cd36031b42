#include "http/head.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace metadata::server {
namespace {

using Text = std::string_view;

constexpr std::size_t kMaxMethod = 32;
constexpr std::size_t kMaxHost = 255;
// Robust clients of old send an empty line after a body; it is skipped before a request line.
constexpr std::size_t kMaxEmptyLines = 2;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_token_char(char c) { return is_digit(c) || is_letter(c) || Text("!#$%&'*+-.^_`|~").find(c) != Text::npos; }
bool is_token(Text text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }
// Bytes from 0x80 are let through: names in paths may come as plain UTF-8, and are checked where they are decoded.
bool is_target_char(char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; }
bool is_value_char(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); }
bool is_host_char(char c) { return is_digit(c) || is_letter(c) || Text("-._~%!$&'()*+,;=:[]").find(c) != Text::npos; }

bool same_text(Text a, Text b) { return same_header_name(a, b); }

bool is_host(Text host) {
  return !host.empty() && host.size() <= kMaxHost && std::all_of(host.begin(), host.end(), is_host_char);
}

std::string bytes_text(std::size_t bytes) { return std::to_string(bytes) + " bytes"; }

// The parser's steps share the head they fill; each returns a refusal or nothing.
using Check = std::optional<Refused>;

Check bad(std::string message) { return Refused{400, std::move(message)}; }

// "GET /path HTTP/1.1": exactly two blanks.
Check read_request_line(Text line, Head& head, bool& is_1_1) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == Text::npos || first == last) return bad("the request line is not 'METHOD target HTTP/1.1'");
  const Text method = line.substr(0, first);
  const Text target = line.substr(first + 1, last - first - 1);
  const Text version = line.substr(last + 1);
  if (!is_token(method) || method.size() > kMaxMethod) return bad("the method is not a word");
  const bool is_http = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                       version[6] == '.' && is_digit(version[7]);
  if (!is_http) return bad("the request line does not end in HTTP/1.1");
  if (version[5] != '1' || version[7] > '1') return Refused{505, "send HTTP/1.1 or HTTP/1.0"};
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_target_char)) {
    return bad("the request target is empty or holds blanks or control characters");
  }
  is_1_1 = version[7] == '1';
  head.request.method = method;
  head.request.target = target;
  return std::nullopt;
}

Check read_field(Text line, Head& head) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a header field continues on a second line");
  const auto colon = line.find(':');
  if (colon == Text::npos || !is_token(line.substr(0, colon))) return bad("a header field is not 'Name: value'");
  const Text value = trimmed(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), is_value_char)) return bad("a header field holds control characters");
  head.request.headers.add(std::string(line.substr(0, colon)), std::string(value));
  return std::nullopt;
}

Check check_host(const Headers& headers, bool is_1_1) {
  const std::size_t hosts = headers.count("Host");
  if (hosts > 1) return bad("more than one Host");
  if (hosts == 0) return is_1_1 ? bad("Host is missing") : std::nullopt;
  return is_host(headers.value("Host")) ? std::nullopt : bad("Host is not a host name");
}

// "/path", "*" of OPTIONS, or "http://host/path", whose host counts more than the field.
Check settle_target(Head& head) {
  std::string& target = head.request.target;
  if (target.front() == '/') return std::nullopt;
  if (target == "*") {
    return head.request.method == "OPTIONS" ? std::nullopt : bad("the target * is for OPTIONS only");
  }
  const auto scheme = target.find("://");
  const Text name = Text(target).substr(0, scheme);
  if (scheme == std::string::npos || !(same_text(name, "http") || same_text(name, "https"))) {
    return bad("the request target does not begin with '/'");
  }
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(target.find_first_of("/?#", begin), target.size());
  std::string host = target.substr(begin, end - begin);
  if (!is_host(host)) return bad("the request target has no valid host");
  std::string path = target.substr(end);
  if (path.empty() || path.front() != '/') path.insert(0, "/");
  Headers headers;
  headers.add("Host", std::move(host));
  for (const auto& [field, value] : head.request.headers.all()) {
    if (!same_text(field, "Host")) headers.add(field, value);
  }
  head.request.headers = std::move(headers);
  target = std::move(path);
  return std::nullopt;
}

Check read_length(Text text, const HeadLimits& limits, Head& head) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return bad("Content-Length is not a number");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc{} || length > limits.max_body) {
    return Refused{413, "the body is larger than " + bytes_text(limits.max_body)};
  }
  head.content_length = length;
  return std::nullopt;
}

// One way only to tell where the body ends.
Check read_framing(const HeadLimits& limits, bool is_1_1, Head& head) {
  const Headers& headers = head.request.headers;
  const std::size_t lengths = headers.count("Content-Length");
  const std::size_t codings = headers.count("Transfer-Encoding");
  if (lengths > 0 && codings > 0) return bad("Content-Length and Transfer-Encoding exclude each other");
  if (lengths > 1) return bad("more than one Content-Length");
  if (codings > 0) {
    if (codings > 1 || !same_text(headers.value("Transfer-Encoding"), "chunked")) {
      return Refused{501, "the only Transfer-Encoding that is supported is chunked"};
    }
    if (!is_1_1) return bad("HTTP/1.0 has no Transfer-Encoding");
    head.chunked = true;
  }
  if (lengths == 1) {
    if (auto refused = read_length(headers.value("Content-Length"), limits, head)) return refused;
  }
  const auto* encoding = headers.field("Content-Encoding");
  if (encoding != nullptr && !same_text(encoding->second, "identity")) {
    return Refused{415, "Content-Encoding is not supported: send the body as it is"};
  }
  return std::nullopt;
}

Check read_wishes(bool is_1_1, Head& head) {
  bool close = false;
  bool keep = false;
  for (const auto& [name, value] : head.request.headers.all()) {
    if (same_text(name, "Connection")) {
      close = close || list_has(value, "close");
      keep = keep || list_has(value, "keep-alive");
    } else if (is_1_1 && same_text(name, "Expect")) {
      if (!same_text(value, "100-continue")) return Refused{417, "the only expectation that is known is 100-continue"};
      head.expects_continue = true;
    }
  }
  head.keep_alive = !close && (is_1_1 || keep);
  return std::nullopt;
}

Check read_lines(Text bytes, Head& head, bool& is_1_1) {
  bool first = true;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n");
    if (end == Text::npos) return bad("a line does not end in CR LF");
    const Text line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (line.empty()) {
      if (first) continue;
      return std::nullopt;
    }
    auto refused = first ? read_request_line(line, head, is_1_1) : read_field(line, head);
    if (refused) return refused;
    first = false;
  }
  return bad("the head has no end");
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == Text::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool list_has(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (same_text(trimmed(list.substr(0, comma)), word)) return true;
    if (comma == Text::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

std::variant<std::size_t, Refused> HeadScan::scan(std::string_view bytes, const HeadLimits& limits) {
  while (true) {
    const auto end = bytes.find('\n', line_);
    const Text line = bytes.substr(line_, end == Text::npos ? Text::npos : end - line_);
    // A CR is good only right before the LF, which may be yet to come.
    const auto cr = line.find('\r');
    if (cr != Text::npos && cr + 1 != line.size()) return Refused{400, "a CR without LF in the head"};
    if (line.find('\0') != Text::npos) return Refused{400, "a NUL in the head"};
    if (line.size() + 1 > limits.max_line) {
      if (lines_ == 0) return Refused{414, "the request line is longer than " + bytes_text(limits.max_line)};
      return Refused{431, "a header field is longer than " + bytes_text(limits.max_line)};
    }
    const std::size_t seen = end == Text::npos ? bytes.size() : end + 1;
    if (seen > limits.max_head) return Refused{431, "the head is larger than " + bytes_text(limits.max_head)};
    if (end == Text::npos) return std::size_t{0};
    if (cr == Text::npos) return Refused{400, "an LF without CR in the head"};
    const bool empty = line.size() == 1;
    line_ = end + 1;
    if (empty && lines_ > 0) return line_;
    if (empty && line_ > 2 * kMaxEmptyLines) return Refused{400, "empty lines instead of a request"};
    if (empty) continue;
    // The first line is not a field.
    if (lines_++ > limits.max_fields) {
      return Refused{431, "more than " + std::to_string(limits.max_fields) + " header fields"};
    }
  }
}

std::variant<Head, Refused> parse_head(std::string_view bytes, const HeadLimits& limits) {
  Head head;
  bool is_1_1 = true;
  auto refused = read_lines(bytes, head, is_1_1);
  if (!refused) refused = check_host(head.request.headers, is_1_1);
  if (!refused) refused = read_framing(limits, is_1_1, head);
  if (!refused) refused = settle_target(head);
  if (!refused) refused = read_wishes(is_1_1, head);
  if (refused) return *std::move(refused);
  return head;
}

}  // namespace metadata::server
