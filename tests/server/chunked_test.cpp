#include "http/chunked.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace metadata::server {
namespace {

using Step = ChunkDecoder::Step;

struct Decoded {
  Step step = Step::More;
  std::string body;
  std::string left;
};

Decoded decode_in_steps(const std::string& bytes, std::size_t size, std::size_t max_body) {
  ChunkDecoder decoder(max_body);
  Decoded out;
  for (std::size_t at = 0; at < bytes.size() && out.step == Step::More; at += size) {
    std::string_view piece = std::string_view(bytes).substr(at, size);
    out.step = decoder.feed(piece, out.body);
    if (out.step == Step::Done) out.left = std::string(piece) + bytes.substr(std::min(at + size, bytes.size()));
  }
  return out;
}

Decoded decode(const std::string& bytes, std::size_t max_body = 1000) {
  const Decoded whole = decode_in_steps(bytes, bytes.size() + 1, max_body);
  const Decoded slow = decode_in_steps(bytes, 1, max_body);
  CHECK(whole.step == slow.step);
  CHECK(whole.left == slow.left);
  return whole;
}

}  // namespace

TEST_CASE("chunks are joined, and what follows them is left") {
  const auto decoded = decode("5\r\nhello\r\n1;ext=\"a\"\r\n,\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET /");
  CHECK(decoded.step == Step::Done);
  CHECK(decoded.body == "hello,0123456789");
  CHECK(decoded.left == "GET /");
  CHECK(decode("0\r\n\r\n").step == Step::Done);
  CHECK(decode("5\r\nhel").step == Step::More);
}

TEST_CASE("L3: what is not in the chunked form is refused") {
  for (const std::string bytes :
       {"\r\n", "x\r\n", "-2\r\n", "+2\r\nab\r\n", "0x2\r\nab\r\n", " 2\r\nab\r\n", "2 \r\nab\r\n", "2\nab\r\n",
        "2\rab", "2\r\nab0\r\n\r\n", "2\r\nabc\r\n", "2\r\nab\n0\r\n", ";a\r\n", "2;\x01\r\nab\r\n", "2;a\nab\r\n",
        "0\r\n\n", "0\r\n x\r\n\r\n", "0\r\nA: b\n\r\n", "0\r\n\rx"}) {
    CHECK_MESSAGE(decode(bytes).step == Step::Bad, bytes);
  }
  CHECK(decode(std::string("2;\0\r\n", 5)).step == Step::Bad);
}

TEST_CASE("L1: a body beyond the bound is refused when its chunk is announced") {
  CHECK(decode("3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n").step == Step::Done);
  CHECK(decode("3e9\r\n").step == Step::TooLarge);
  CHECK(decode("3e8\r\n" + std::string(1000, 'a') + "\r\n1\r\n").step == Step::TooLarge);
  CHECK(decode("ffffffff\r\n").step == Step::TooLarge);
  CHECK(decode("100000000\r\n").step == Step::TooLarge);
  CHECK(decode("ffffffffffffffffffffffff\r\n").step == Step::TooLarge);
}

TEST_CASE("L1: framing without a body comes to an end") {
  CHECK(decode("1;" + std::string(100'000, 'x')).step == Step::Bad);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 10'000; ++i) trailers += "A: b\r\n";
  CHECK(decode(trailers).step == Step::Bad);
  std::string single;
  for (int i = 0; i < 10'000; ++i) single += "1\r\nx\r\n";
  CHECK(decode(single + "0\r\n\r\n", 20'000).step == Step::Done);
}

}  // namespace metadata::server
