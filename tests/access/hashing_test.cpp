#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "access/passwords.h"
#include "cpu_time.h"
#include "fixture.h"
#include "sanitized.h"

using namespace metadata;
using namespace metadata::access;
using namespace metadata::access::test;

namespace {

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// The largest amount of memory that this process ever had, in MiB, as Linux counts it; 0 elsewhere.
long peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    long kib = 0;
    status >> kib;
    return kib / 1024;
  }
  return 0;
}

}  // namespace

TEST_CASE("A6: an account that does not exist costs what a wrong password costs") {
  LoggedIn world;
  std::vector<double> known, unknown;
  const auto time_login = [&](const std::string& name) {
    // Passwords are hashed in the thread that asks; nobody else asks here, so that nothing is waited for.
    return 1e3 * metadata::test::cpu_s_of(
                     [&] { CHECK(world.access->login(name, "wrong password").error().message() == kBadLogin); });
  };
  for (int i = 0; i < 12; ++i) {
    // In turns, so that whatever else the machine does meets both alike. A day passes, or ann would be held back.
    if (i % 4 == 0) world.clock.advance_s(24 * 3600);
    known.push_back(time_login("ann"));
    unknown.push_back(time_login("nobody" + std::to_string(i)));
  }
  const double a = median(known), b = median(unknown);
  MESSAGE("wrong password ", a, " ms, no account ", b, " ms, difference ", 100 * (b - a) / a, " % of the median");
  CHECK(b > a / 3);
  CHECK(a > b / 3);
}

TEST_CASE("A7: two passwords are hashed at a time, 32 wait, and the rest is told to come back") {
  LoggedIn world;
  const long before = peak_mib();
  constexpr int kClients = 60;
  std::atomic<int> refused = 0, limited = 0, other = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      const Error error = world.access->login("nobody" + std::to_string(c), "wrong password").error();
      ++(error.code() == Code::Unauthenticated ? refused : error.code() == Code::RateLimited ? limited : other);
    });
  }
  for (std::thread& client : clients) client.join();
  MESSAGE(refused.load(), " were answered, ", limited.load(), " were told to come back; peak memory ", before, " -> ",
          peak_mib(), " MiB");
  CHECK(other == 0);
  CHECK(refused + limited == kClients);
  CHECK(refused >= 2);
  // Two at a time at 64 MiB, however many ask; under a sanitizer memory comes back late, so it is not looked at there.
#if !defined(METADATA_TEST_ASAN) && !defined(METADATA_TEST_TSAN)
  CHECK(peak_mib() - before < 2 * 64 + 64);
#endif
}
