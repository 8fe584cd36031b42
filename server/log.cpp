#include "log.h"

#include <unistd.h>

#include <chrono>
#include <ctime>

#include "http/url.h"
#include "metadata/json.h"

namespace metadata::server {
namespace {

std::string_view level_word(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Error:
      return "error";
  }
  return "error";
}

// 500 is a fault of this program; 503 is for the operator; the rest is the client's affair.
LogLevel level_of(int status) {
  if (status == 500) return LogLevel::Error;
  return status == 503 ? LogLevel::Warning : LogLevel::Info;
}

std::string now_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string milli = std::to_string(1000 + ms % 1000).substr(1);
  return std::string(text, length) + "." + milli + "Z";
}

// One write call for one line: lines of several threads do not mix. A log that cannot be written has nowhere to say so.
void put_line(JsonWriter&& line) {
  std::string text = std::move(line).text();
  text.push_back('\n');
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = ::write(STDERR_FILENO, text.data() + sent, text.size() - sent);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

constexpr std::size_t kMaxLoggedBytes = 500;

/// Cut to so many bytes, at the end of a character.
std::string_view cut_to(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  // A character is at most four bytes, so that one of these cuts is between two, if the text is UTF-8 at all.
  for (std::size_t back = 0; back < 4; ++back) {
    const auto next = static_cast<unsigned char>(text[bytes - back]);
    if ((next & 0xC0) != 0x80) return text.substr(0, bytes - back);
  }
  return text.substr(0, bytes);
}

/// What others wrote, as a line can hold it: bounded, percent-encoded where it is not UTF-8, and without control
/// characters. JSON escapes those below a blank; DEL and the C1 controls, which terminals obey as well, it does not.
std::string loggable(std::string_view text) {
  const std::string_view cut = cut_to(text, kMaxLoggedBytes);
  if (!is_utf8(cut)) return percent_encode(cut);
  std::string out;
  for (std::size_t i = 0; i < cut.size(); ++i) {
    const auto byte = static_cast<unsigned char>(cut[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < cut.size() && static_cast<unsigned char>(cut[i + 1]) < 0xA0;
    if (byte == 0x7F) {
      out += "%7F";
    } else if (is_c1) {
      out += percent_encode(cut.substr(i++, 2));
    } else {
      out += cut[i];
    }
  }
  return out;
}

}  // namespace

void Log::write(LogLevel level, std::string_view message) {
  if (level < level_) return;
  JsonWriter line;
  line.begin_object();
  line.key("time").string(now_text()).key("level").string(level_word(level)).key("message").string(loggable(message));
  line.end_object();
  put_line(std::move(line));
}

void Log::request(const AccessLine& access) {
  const LogLevel level = level_of(access.status);
  if (level < level_ || !wants_request(access.method, access.status)) return;
  JsonWriter line;
  line.begin_object();
  line.key("time").string(now_text()).key("level").string(level_word(level)).key("message").string("request");
  line.key("id").string(loggable(access.id)).key("method").string(loggable(access.method));
  line.key("target").string(loggable(access.target));
  line.key("status").integer(access.status).key("us").integer(access.micros);
  line.key("principal").string(loggable(access.principal)).key("peer").string(loggable(access.peer));
  if (!access.error.empty()) line.key("error").string(loggable(access.error));
  line.end_object();
  put_line(std::move(line));
}

Result<LogLevel> log_level(std::string_view word) {
  for (const LogLevel level : {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error}) {
    if (word == level_word(level)) return level;
  }
  return invalid_argument("log level must be debug, info, warning or error, not '" + std::string(word) + "'");
}

}  // namespace metadata::server
