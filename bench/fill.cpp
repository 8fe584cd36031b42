// fill DIR COUNT [SERVICE]: makes (or adds to) the catalog in DIR the schema SERVICE.db.s with COUNT tables of about 2
// KB, ten columns each, with owners on every tenth, tags on every fifth and a second version of every twentieth.
// SERVICE is "bench" when it is not given. The directory of a server can be filled while the server does not run.

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tables.h"

int main(int argc, char** argv) {
  using namespace metadata;
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "usage: fill DIR COUNT [SERVICE]\n");
    return 2;
  }
  const std::string service = argc > 3 ? argv[3] : "bench";
  const auto count = static_cast<std::size_t>(std::strtoull(argv[2], nullptr, 10));
  Options options;
  options.path = argv[1];
  auto catalog = Catalog::open(options);
  if (!catalog.ok()) {
    std::fprintf(stderr, "fill: %s\n", catalog.error().text().c_str());
    return 1;
  }
  const auto began = std::chrono::steady_clock::now();
  Error error = bench::make_world(**catalog, service, "s");
  if (error.ok()) error = bench::fill(**catalog, service + ".db.s", 0, count);
  if (!error.ok()) {
    std::fprintf(stderr, "fill: %s\n", error.text().c_str());
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%zu tables in %.1f s\n", count, took.count());
  return 0;
}
