#include "auth/pending_logins.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "auth/oidc_settings.h"

using namespace metadata::server;

namespace {

PendingLogin login_with(const std::string& state) {
  PendingLogin login;
  login.state = state;
  login.nonce = "nonce of " + state;
  return login;
}

}  // namespace

TEST_CASE("A15: a log-in that waits is taken once") {
  PendingLogins pending;
  pending.add(login_with("a"));
  const auto taken = pending.take("a");
  REQUIRE(taken);
  CHECK(taken->nonce == "nonce of a");
  CHECK_FALSE(pending.take("a"));
  CHECK_FALSE(pending.take("b"));
  CHECK_FALSE(pending.take(""));
}

TEST_CASE("A15: of more log-ins than there is room for the oldest is forgotten") {
  PendingLogins pending;
  for (std::size_t i = 0; i <= PendingLogins::kMost; ++i) pending.add(login_with(std::to_string(i)));
  CHECK_FALSE(pending.take("0"));
  CHECK(pending.take("1"));
  CHECK(pending.take(std::to_string(PendingLogins::kMost)));
}

TEST_CASE("A15: of many who take one log-in at once, one gets it") {
  PendingLogins pending;
  for (int round = 0; round < 50; ++round) {
    pending.add(login_with("x"));
    std::atomic<int> got{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { got += pending.take("x") ? 1 : 0; });
    for (std::thread& thread : threads) thread.join();
    CHECK(got == 1);
  }
}

TEST_CASE("W1: providers' URLs have https, or http to the machine itself, and nothing that could be misread") {
  for (const char* good : {"https://idp.example", "https://idp.example:8443/realms/x", "https://[2001:db8::1]/",
                           "http://127.0.0.1:9", "http://localhost/x?y=z", "http://[::1]:8080/"}) {
    CHECK_MESSAGE(is_provider_url(good), good);
  }
  for (const char* bad :
       {"", "https://", "https:///x", "http://idp.example", "http://127.0.0.1.evil.example", "http://localhost.evil",
        "ftp://x", "HTTPS://x", "https://u:p@x", "https://x@evil", "https://x\\@evil", "https://x/#y", "https://x y",
        "https://x\r\nX: y", "file:///etc/passwd", "http://10.0.0.1/", "http://0.0.0.0/", "http://[::ffff:7f00:1]x/"}) {
    CHECK_MESSAGE(!is_provider_url(bad), bad);
  }
}
