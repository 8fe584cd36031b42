#include "guard/addresses.h"

#include <doctest/doctest.h>

#include <utility>

namespace metadata::server {
namespace {

Networks networks(const std::vector<std::string>& list) {
  auto read = Networks::parse(list);
  REQUIRE(read.ok());
  return *std::move(read);
}

Request from(std::string peer, const std::vector<std::string>& forwarded = {}) {
  Request request;
  request.peer = std::move(peer);
  for (const std::string& value : forwarded) request.headers.add("x-forwarded-for", value);
  return request;
}

TEST_CASE("W14: a network holds the addresses of its prefix, IPv4 written in either way") {
  const Networks list = networks({"10.0.0.0/8", "192.168.1.1", "172.16.0.0/12", "2001:db8::/33", "::1"});
  for (const char* in : {"10.1.2.3", "::ffff:10.1.2.3", "192.168.1.1", "172.31.255.255", "2001:db8:7fff::1", "::1"}) {
    CAPTURE(in);
    CHECK(list.contains(*Address::parse(in)));
  }
  for (const char* out : {"11.0.0.0", "192.168.1.2", "172.32.0.0", "2001:db8:8000::", "::2", "::a00:1"}) {
    CAPTURE(out);
    CHECK_FALSE(list.contains(*Address::parse(out)));
  }
  CHECK(networks({"0.0.0.0/0"}).contains(*Address::parse("8.8.8.8")));
  CHECK_FALSE(networks({"0.0.0.0/0"}).contains(*Address::parse("2001:db8::1")));
}

TEST_CASE("W14: what is no network is refused by name") {
  for (const char* bad :
       {"", "10.0.0.0/33", "10.0.0/8", "x", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8x", "localhost"}) {
    CAPTURE(bad);
    const auto read = Networks::parse({"10.0.0.1", bad});
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().message().find("'" + std::string(bad) + "'") != std::string_view::npos);
  }
}

TEST_CASE("W14: X-Forwarded-For counts only behind a trusted proxy, and only its last hop that is none") {
  const Networks trusted = networks({"10.0.0.0/8", "127.0.0.1"});
  const auto client = [&](const Request& request) { return client_address(request, trusted); };
  // Nobody is trusted without being listed.
  CHECK(client_address(from("127.0.0.1", {"1.2.3.4"}), Networks()) == "127.0.0.1");
  CHECK(client(from("9.9.9.9", {"1.2.3.4"})) == "9.9.9.9");
  CHECK(client(from("127.0.0.1")) == "127.0.0.1");
  CHECK(client(from("127.0.0.1", {"1.2.3.4"})) == "1.2.3.4");
  CHECK(client(from("10.1.1.1", {"6.6.6.6, 1.2.3.4"})) == "1.2.3.4");
  CHECK(client(from("10.1.1.1", {"6.6.6.6, 1.2.3.4 , 10.0.0.2"})) == "1.2.3.4");
  CHECK(client(from("10.1.1.1", {"6.6.6.6", "1.2.3.4", "10.0.0.2"})) == "1.2.3.4");
  CHECK(client(from("10.1.1.1", {"10.0.0.3, 10.0.0.2"})) == "10.0.0.3");
  CHECK(client(from("10.1.1.1", {"[2001:db8::7]:443"})) == "2001:db8::7");
  CHECK(client(from("10.1.1.1", {"1.2.3.4:5555"})) == "1.2.3.4");
  // What cannot be read, and all left of it, is nobody's word.
  CHECK(client(from("10.1.1.1", {"1.2.3.4, unknown"})) == "10.1.1.1");
  CHECK(client(from("10.1.1.1", {"1.2.3.4, x, 10.0.0.2"})) == "10.0.0.2");
  CHECK(client(from("10.1.1.1", {""})) == "10.1.1.1");
}

TEST_CASE("W14: X-Forwarded-Proto counts only behind a trusted proxy") {
  const Networks trusted = networks({"10.0.0.0/8"});
  Request request = from("10.1.1.1");
  CHECK_FALSE(client_is_secure(request, trusted));
  request.headers.add("X-Forwarded-Proto", "http, https");
  CHECK(client_is_secure(request, trusted));
  CHECK_FALSE(client_is_secure(request, Networks()));
  request.peer = "9.9.9.9";
  CHECK_FALSE(client_is_secure(request, trusted));
}

TEST_CASE("an IPv6 subscriber is a /64, an IPv4 subscriber an address") {
  const auto same = [](const char* a, const char* b) {
    return Address::parse(a)->subscriber() == Address::parse(b)->subscriber();
  };
  CHECK(same("2001:db8::1", "2001:db8::ffff:ffff"));
  CHECK_FALSE(same("2001:db8:0:1::1", "2001:db8:0:2::1"));
  CHECK_FALSE(same("1.2.3.4", "1.2.3.5"));
  CHECK_FALSE(Address::parse("nonsense"));
}

}  // namespace
}  // namespace metadata::server
