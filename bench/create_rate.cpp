// create_rate DIR [SECONDS [THREADS]]: creates a second at library level with synchronous=FULL, in a directory that
// `fill` made.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tables.h"

int main(int argc, char** argv) {
  using namespace metadata;
  if (argc < 2) {
    std::fprintf(stderr, "usage: create_rate DIR [SECONDS [THREADS]]\n");
    return 2;
  }
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  const int threads = argc > 3 ? std::atoi(argv[3]) : 16;
  Options options;
  options.path = argv[1];
  auto catalog = Catalog::open(options);
  if (!catalog.ok() || !bench::make_world(**catalog, "rate", "s").ok()) {
    std::fprintf(stderr, "create_rate: cannot open %s\n", argv[1]);
    return 1;
  }
  const auto run = std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  const auto schema = (*catalog)->put("databaseSchema", R"({"name":"s)" + run + R"(","database":"rate.db"})");
  if (!schema.ok()) return 1;
  const std::string parent = "rate.db.s" + run;
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> done = 0;
  std::atomic<bool> failed = false;
  const auto began = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      while (elapsed() < seconds && !failed) {
        // A number spread over the key space, so that keys arrive in no order, as those of many clients do.
        const std::size_t number = (next++ * 7919) % 10'000'000;
        const auto written = (*catalog)->put("table", bench::table_body(number, parent, false));
        if (!written.ok() || !written->created()) failed = true;
        ++done;
      }
    });
  }
  for (auto& thread : running) thread.join();
  if (failed) {
    std::fprintf(stderr, "create_rate: a create failed\n");
    return 1;
  }
  const double took = elapsed();
  std::printf("%d threads: %.0f creates/s (%zu in %.1f s)\n", threads, static_cast<double>(done) / took, done.load(),
              took);
  return 0;
}
