#include "log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "metadata/json.h"

using namespace metadata;
using namespace metadata::server;

namespace {

/// What is written to standard error while it lives.
class Captured {
 public:
  Captured() : before_(::dup(STDERR_FILENO)) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    out_ = ends[0];
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  }
  ~Captured() { restore(); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  /// All of it; a pipe holds 64 KiB, which no test here reaches.
  std::string text() {
    restore();
    std::string all;
    char block[4096];
    for (ssize_t n; (n = ::read(out_, block, sizeof block)) > 0;) all.append(block, static_cast<std::size_t>(n));
    ::close(out_);
    out_ = -1;
    return all;
  }

 private:
  void restore() {
    if (before_ < 0) return;
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    before_ = -1;
  }

  int before_;
  int out_ = -1;
};

/// Bytes that a terminal or a reader of lines obeys: C0, DEL, and the C1 controls as UTF-8.
int control_bytes(const std::string& text) {
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) ++count;
  }
  return count;
}

const std::string kNasty[] = {
    "a\r\nb",
    "a\n{\"level\":\"error\"}",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    std::string("nul\0inside", 10),
    "back\b\b\bspace",
    "del\x7f",
    "c1 \xC2\x9B"
    "31m",
    "c1 at the end \xC2\x9B",
    "\xC2\x85 next line",
    "\xff\xfe not UTF-8 \x1b[1m",
    "\xC2",
    "tab\there",
    "\v\f",
};

}  // namespace

TEST_CASE("W12: whatever a client sends, a line of the log is one line of JSON without a control character") {
  for (const std::string& nasty : kNasty) {
    CAPTURE(nasty);
    Captured captured;
    Log log(LogLevel::Info, true);
    log.request({nasty, nasty, nasty, nasty, nasty, 500, 1, nasty});
    log.write(LogLevel::Info, nasty);
    std::string text = captured.text();
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    CHECK(control_bytes(text) == 0);
    const auto middle = text.find("}{");
    REQUIRE(middle != std::string::npos);
    CHECK(Json::parse(text.substr(0, middle + 1)).ok());
    CHECK(Json::parse(text.substr(middle + 1)).ok());
  }
}

TEST_CASE("W12: what a client sends is cut, at the end of a character") {
  for (const std::string& letter : {std::string("x"), std::string("ä"), std::string("€"), std::string("🔑")}) {
    std::string huge = "_";
    while (huge.size() < 100'000) huge += letter;
    Captured captured;
    Log log(LogLevel::Info, true);
    log.request({"id", huge, huge, huge, huge, 404, 1, huge});
    log.write(LogLevel::Warning, huge);
    const std::string text = captured.text();
    CHECK(text.size() < 6 * 500 + 1000);
    CHECK(text.find('%') == std::string::npos);
    CHECK(text.find(letter + letter) != std::string::npos);
  }
}

TEST_CASE("W12: ordinary text stays readable") {
  Captured captured;
  Log log(LogLevel::Info, true);
  log.request({"id", "GET", "/api/v1/tables/name/größe?x=1", "127.0.0.1", "ann", 200, 7, ""});
  const auto line = Json::parse(captured.text());
  REQUIRE(line.ok());
  CHECK((*line)["target"].as_string() == std::string_view("/api/v1/tables/name/größe?x=1"));
  CHECK((*line)["principal"].as_string() == std::string_view("ann"));
}
