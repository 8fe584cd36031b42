// Measures what counting a request against a quota costs: the clock's date, the table, the three headers.
//
//   rate_limit [CALLS]      (2,000,000 calls in all for each row)
//
// Prints nanoseconds of processor time a call: one principal and 10,000 in turn, by one thread and by four.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>
#include <vector>

#include "guard/rate_limit.h"

namespace {

using namespace metadata;
using namespace metadata::server;

double processor_s() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void run(RateLimiter& limiter, std::uint32_t principals, int calls) {
  Identity identity;
  identity.principal.kind = Principal::Kind::User;
  for (int call = 0; call < calls; ++call) {
    const std::uint32_t number = static_cast<std::uint32_t>(call) % principals;
    std::memcpy(identity.principal.id.bytes.data(), &number, sizeof number);
    const auto allowance = limiter.take(identity, std::chrono::steady_clock::now(), std::chrono::system_clock::now());
    Response response;
    if (allowance) add_rate_headers(response, *allowance);
  }
}

void measure(std::uint32_t principals, int threads, int calls) {
  RateLimits limits;
  limits.of_class.fill(1'000'000'000);
  RateLimiter limiter(limits);
  const double before = processor_s();
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back([&] { run(limiter, principals, calls / threads); });
  for (std::thread& thread : running) thread.join();
  std::printf("%6u principals, %d threads: %4.0f ns\n", principals, threads, (processor_s() - before) * 1e9 / calls);
}

}  // namespace

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::atoi(argv[1]) : 2'000'000;
  for (const std::uint32_t principals : {1U, 10'000U}) {
    for (const int threads : {1, 4}) measure(principals, threads, calls);
  }
  return 0;
}
