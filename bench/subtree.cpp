// subtree DIR COUNT: soft delete, restore, soft delete and hard delete of a service with COUNT tables in DIR (made when
// it is not there), while another thread writes single entities one after the other. Prints how long each took and the
// longest wait of the other writer.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <sys/stat.h>
#include <time.h>

#include "tables.h"

namespace {

using namespace metadata;
using Clock_ = std::chrono::steady_clock;

/// What this thread computed, whoever else had the processor.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds_since(Clock_::time_point began) { return std::chrono::duration<double>(Clock_::now() - began).count(); }

[[noreturn]] void fail(const char* what, const Error& error) {
  std::fprintf(stderr, "subtree: %s: %s\n", what, error.text().c_str());
  std::exit(1);
}

/// Writes small entities for as long as it lives and remembers the longest wait.
class Neighbour {
 public:
  explicit Neighbour(Catalog& catalog) : thread_([this, &catalog] { run(catalog); }) {}
  ~Neighbour() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  double longest() const { return longest_; }
  int writes() const { return writes_; }

 private:
  void run(Catalog& catalog) {
    while (!stop_) {
      const auto began = Clock_::now();
      const auto written = catalog.put(
          "classification", R"({"name":"Neighbour","description":")" + std::to_string(writes_.load()) + R"("})");
      if (!written.ok()) fail("neighbour", written.error());
      longest_ = std::max(longest_.load(), seconds_since(began));
      ++writes_;
    }
  }
  std::atomic<bool> stop_ = false;
  std::atomic<double> longest_ = 0;
  std::atomic<int> writes_ = 0;
  std::thread thread_;
};

template <class Work>
void timed(Catalog& catalog, const std::string& path, const char* what, const Work& work) {
  double took = 0;
  double cpu = 0;
  double longest = 0;
  int writes = 0;
  {
    Neighbour neighbour(catalog);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto began = Clock_::now();
    const double cpu_before = cpu_seconds();
    const auto done = work();
    took = seconds_since(began);
    cpu = cpu_seconds() - cpu_before;
    if (!done.ok()) fail(what, done.error());
    neighbour.stop();
    longest = neighbour.longest();
    writes = neighbour.writes();
  }
  struct stat log {};
  ::stat((path + "/catalog.db-wal").c_str(), &log);
  std::printf("%-12s %6.2f s (%.2f s of CPU)   longest wait of another writer %6.3f s (%d writes)   log %lld MiB\n",
              what, took, cpu, longest, writes, static_cast<long long>(log.st_size >> 20));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: subtree DIR COUNT\n");
    return 2;
  }
  const auto count = static_cast<std::size_t>(std::strtoull(argv[2], nullptr, 10));
  Options options;
  options.path = argv[1];
  auto catalog = Catalog::open(options);
  if (!catalog.ok()) fail("open", catalog.error());
  Catalog& c = **catalog;
  const auto service = EntityRef::by_fqn("databaseService", "bench");
  if (!c.get(service).ok()) {
    if (Error error = bench::make_world(c, "bench", "s"); !error.ok()) fail("fill", error);
    if (Error error = bench::fill(c, "bench.db.s", 0, count); !error.ok()) fail("fill", error);
  }
  timed(c, argv[1], "soft delete", [&] { return c.remove(service, {.recursive = true}); });
  timed(c, argv[1], "restore", [&] { return c.restore(service); });
  timed(c, argv[1], "hard delete", [&] { return c.remove(service, {.hard = true, .recursive = true}); });
  const auto findings = c.check();
  if (!findings.ok()) fail("check", findings.error());
  std::printf("check: %zu findings\n", findings->size());
  return findings->empty() ? 0 : 1;
}
