#include "http/head.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace metadata::server {
namespace {

// What comes of bytes that arrive at once, or byte by byte: a head, or a refusal's status; nothing while it goes on.
struct Outcome {
  int status = 0;  // 0: incomplete; 200: taken
  Head head;
  std::size_t length = 0;
};

Outcome read_in_steps(const std::string& bytes, std::size_t step, const HeadLimits& limits = {}) {
  HeadScan scan;
  for (std::size_t size = std::min(step, bytes.size());; size = std::min(size + step, bytes.size())) {
    auto scanned = scan.scan(std::string_view(bytes).substr(0, size), limits);
    if (const auto* no = std::get_if<Refused>(&scanned)) return {no->status, {}, size};
    if (const std::size_t length = std::get<std::size_t>(scanned); length > 0) {
      auto parsed = parse_head(std::string_view(bytes).substr(0, length), limits);
      if (const auto* no = std::get_if<Refused>(&parsed)) return {no->status, {}, length};
      return {200, std::get<Head>(parsed), length};
    }
    if (size == bytes.size()) return {0, {}, size};
  }
}

Outcome read(const std::string& bytes, const HeadLimits& limits = {}) {
  const Outcome whole = read_in_steps(bytes, bytes.size() + 1, limits);
  const Outcome slow = read_in_steps(bytes, 1, limits);
  CHECK(whole.status == slow.status);
  return whole;
}

std::string get(const std::string& fields, const std::string& line = "GET /a HTTP/1.1") {
  return line + "\r\nHost: h\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a plain head is taken as it came") {
  const auto read_head = read("GET /a%2Fb?q=1 HTTP/1.1\r\nHost: h:80\r\nContent-type:\t x y \r\nEmpty:\r\n\r\nrest");
  REQUIRE(read_head.status == 200);
  const Request& request = read_head.head.request;
  CHECK(request.method == "GET");
  CHECK(request.target == "/a%2Fb?q=1");
  CHECK(request.headers.field("content-type")->first == "Content-type");
  CHECK(request.headers.value("content-type") == "x y");
  CHECK(request.headers.value("Empty").empty());
  CHECK(read_head.head.keep_alive);
  CHECK(read_head.head.content_length == 0);
}

TEST_CASE("percent signs in header values stay what they are") {
  CHECK(read(get("X: a%0d%0ab\r\n")).head.request.headers.value("X") == "a%0d%0ab");
}

TEST_CASE("L2: the request line, a field and the whole head have their bounds, in the first bytes beyond them") {
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - 16, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  };
  CHECK(read(line(8192)).status == 200);
  CHECK(read(line(8193)).status == 414);
  CHECK(read("GET /" + std::string(100'000, 'a')).status == 414);
  CHECK(read(get("X: " + std::string(8000, 'a') + "\r\n")).status == 200);
  CHECK(read(get("X: " + std::string(8200, 'a') + "\r\n")).status == 431);
  CHECK(read(get("X: " + std::string(8000, 'a') + "\r\nY: " + std::string(8000, 'a') + "\r\n")).status == 200);
  CHECK(
      read(get("X: " + std::string(8100, 'a') + "\r\nY: " + std::string(8100, 'a') + "\r\nZ: " + std::string(300, 'a')))
          .status == 431);
}

TEST_CASE("L2: a hundred fields are taken, one more is not") {
  const auto fields = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += "X" + std::to_string(i) + ": 1\r\n";
    return get(out);
  };
  CHECK(read(fields(99)).status == 200);
  CHECK(read(fields(100)).status == 431);
}

TEST_CASE("L2: bytes that must not stand in a head are refused at once") {
  for (const std::string bytes : {"GET / HTTP/1.1\n", "GET /\rx", "GET / HTTP/1.1\r\nHost: h\n", "GET /\r\rx"}) {
    CHECK_MESSAGE(read(bytes).status == 400, bytes);
  }
  CHECK(read(std::string("GET /\0 HTTP/1.1\r\n", 17)).status == 400);
  CHECK(read(std::string("\0\0\0", 3)).status == 400);
  CHECK(read(get(std::string("X: a\0b\r\n", 8))).status == 400);
  CHECK(read(get("X: a\x01\r\n")).status == 400);
  CHECK(read(get("X: a\x7f\r\n")).status == 400);
  CHECK(read("\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n").status == 400);
}

TEST_CASE("L2: fields are 'Name: value' on one line") {
  for (const std::string field :
       {"X : a", " X: a", "\tX: a", "X", ": a", "X\xc3\xa4: a", "X\x01: a", "(X): a", "X: a\r\n b"}) {
    CHECK_MESSAGE(read(get(field + "\r\n")).status == 400, field);
  }
}

TEST_CASE("L2: request lines that are none are refused") {
  for (const std::string line :
       {"GET", "GET /", "GET / ", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET / http/1.1",
        "GET / HTTP/1", "GET / HTTP/1.x", "GET\t/ HTTP/1.1", "G(T / HTTP/1.1", "GET /a b HTTP/1.1", "GET x HTTP/1.1",
        "GET * HTTP/1.1", "GET ftp://h/ HTTP/1.1", "GET http:///x HTTP/1.1", "CONNECT h:443 HTTP/1.1"}) {
    CHECK_MESSAGE(read(get("", line)).status == 400, line);
  }
  for (const std::string line : {"GET / HTTP/2.0", "GET / HTTP/1.2", "GET / HTTP/0.9", "PRI * HTTP/2.0"}) {
    CHECK_MESSAGE(read(get("", line)).status == 505, line);
  }
}

TEST_CASE("L2: HTTP/1.1 has exactly one Host, and it is a host") {
  CHECK(read("GET / HTTP/1.1\r\n\r\n").status == 400);
  CHECK(read("GET / HTTP/1.0\r\n\r\n").status == 200);
  CHECK(read(get("Host: h\r\n")).status == 400);
  CHECK(read(get("host: other\r\n", "GET / HTTP/1.0")).status == 400);
  for (const std::string host : {"", "a b", "a/b", "a@b", "a,\xff", "<x>"}) {
    CHECK_MESSAGE(read("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status == 400, host);
  }
  for (const std::string host : {"a", "a.b-c:80", "[::1]:80", "127.0.0.1"}) {
    CHECK_MESSAGE(read("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status == 200, host);
  }
}

TEST_CASE("L3: framing that could be read in two ways is refused") {
  const std::vector<std::pair<std::string, int>> cases{
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", 400},
      {"Content-Length: 5\r\ncontent-length: 6\r\n", 400},
      {"Content-Length: 5, 5\r\n", 400},
      {"Content-Length: +5\r\n", 400},
      {"Content-Length: -5\r\n", 400},
      {"Content-Length: 0x5\r\n", 400},
      {"Content-Length: 5 5\r\n", 400},
      {"Content-Length: 5.0\r\n", 400},
      {"Content-Length:\r\n", 400},
      {"Content-Length: \xc2\xb2\r\n", 400},
      {"Content-Length : 5\r\n", 400},
      {"Transfer-Encoding : chunked\r\n", 400},
      {"Transfer-Encoding: chunked, chunked\r\n", 501},
      {"Transfer-Encoding: gzip, chunked\r\n", 501},
      {"Transfer-Encoding: identity\r\n", 501},
      {"Transfer-Encoding: xchunked\r\n", 501},
      {"Transfer-Encoding:\r\n", 501},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 501},
      {"Transfer-Encoding:\x0b"
       "chunked\r\n",
       400},
      {"Transfer-Encoding\r\n: chunked\r\n", 400},
      {"Transfer-Encoding:\r\n chunked\r\n", 400},
      {"Content-Encoding: gzip\r\n", 415},
      {"Expect: 200-ok\r\n", 417},
  };
  for (const auto& [given, status] : cases) {
    const std::string fields = given;
    CHECK_MESSAGE(read(get(fields, "POST / HTTP/1.1")).status == status, fields);
  }
  CHECK(read(get("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0")).status == 400);
}

TEST_CASE("L1: an announced length beyond the bound is refused by the head alone") {
  HeadLimits limits;
  limits.max_body = 1000;
  CHECK(read(get("Content-Length: 1000\r\n"), limits).head.content_length == 1000);
  CHECK(read(get("Content-Length: 0001000\r\n"), limits).head.content_length == 1000);
  CHECK(read(get("Content-Length: 1001\r\n"), limits).status == 413);
  CHECK(read(get("Content-Length: 18446744073709551616\r\n"), limits).status == 413);
  CHECK(read(get("Content-Length: 99999999999999999999999999\r\n"), limits).status == 413);
}

TEST_CASE("W16: what a request wishes is read: chunked, Expect, Connection") {
  CHECK(read(get("Transfer-Encoding: Chunked\r\n")).head.chunked);
  CHECK(read(get("Expect: 100-Continue\r\n")).head.expects_continue);
  CHECK_FALSE(read(get("Expect: 100-continue\r\n", "GET / HTTP/1.0")).head.expects_continue);
  CHECK_FALSE(read(get("Connection: close\r\n")).head.keep_alive);
  CHECK_FALSE(read(get("Connection: x, Close\r\n")).head.keep_alive);
  CHECK_FALSE(read(get("", "GET / HTTP/1.0")).head.keep_alive);
  CHECK(read(get("Connection: Keep-Alive\r\n", "GET / HTTP/1.0")).head.keep_alive);
  CHECK(read(get("Content-Encoding: identity\r\n")).status == 200);
}

TEST_CASE("W16: absolute targets become paths, and their host counts") {
  const auto absolute = read(get("X: 1\r\n", "GET HTTP://other:99/p?q HTTP/1.1"));
  REQUIRE(absolute.status == 200);
  CHECK(absolute.head.request.target == "/p?q");
  CHECK(absolute.head.request.headers.value("Host") == "other:99");
  CHECK(absolute.head.request.headers.count("Host") == 1);
  CHECK(absolute.head.request.headers.value("X") == "1");
  CHECK(read(get("", "GET http://other?q HTTP/1.1")).head.request.target == "/?q");
  CHECK(read(get("", "OPTIONS * HTTP/1.1")).head.request.target == "*");
  CHECK(read(get("", "GET http://u@other/ HTTP/1.1")).status == 400);
}

TEST_CASE("empty lines before a request are skipped, but not for ever") {
  CHECK(read("\r\n" + get("")).status == 200);
  CHECK(read("\r\n\r\n\r\n").status == 400);
}

TEST_CASE("L2: whatever comes, bytes one by one mean the same as bytes at once, and what is taken is clean") {
  std::mt19937 random(20);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const std::string seed =
      "POST /a%20b?c=d HTTP/1.1\r\nHost: h:80\r\nX: y z\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n";
  static constexpr char kPieces[] = "\r\n\0 \t:,;/*HTTP/1.0x\x7f\xff%-+";
  const std::string pieces(kPieces, sizeof kPieces - 1);
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = seed;
    if (round % 2 == 0) bytes.erase(bytes.find("Transfer"), 28);
    for (std::size_t change = below(4); change > 0; --change) {
      const std::size_t at = below(bytes.size());
      const char c = pieces[below(pieces.size())];
      switch (below(3)) {
        case 0:
          bytes[at] = c;
          break;
        case 1:
          bytes.insert(at, 1, c);
          break;
        default:
          bytes.erase(at, 1 + below(3));
      }
    }
    const Outcome whole = read_in_steps(bytes, bytes.size() + 1);
    const Outcome slow = read_in_steps(bytes, 1);
    REQUIRE_MESSAGE(whole.status == slow.status, bytes);
    if (whole.status != 200) continue;
    ++taken;
    const Head& head = whole.head;
    REQUIRE(!(head.chunked && head.content_length > 0));
    REQUIRE(head.request.headers.count("Host") <= 1);
    for (const auto& [name, value] : head.request.headers.all()) {
      REQUIRE(name.find_first_of(std::string_view("\r\n\0 \t:", 6)) == std::string::npos);
      REQUIRE(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
  }
  CHECK(taken > 1000);
}

}  // namespace metadata::server
