// What becomes of the index when there is no space left for it.
#include <sys/resource.h>

#include <csignal>

#include "place.h"

namespace metadata::search::test {
namespace {

/// No file of this process may be longer, as on a disk that is full; until the end.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit now{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

/// The size of what the index holds of words and values, in its larger part.
std::uintmax_t size_of_index(const std::string& catalog) {
  std::uintmax_t most = 0;
  for (int shard = 0; shard < 2; ++shard)
    most = std::max(most, fs::file_size(generation(catalog) + "/" + std::to_string(shard) + "/postlist.glass"));
  return most;
}

}  // namespace

TEST_CASE("D6: an index whose files cannot grow waits until they can, wherever in a commit it is refused") {
  const Folder folder;
  const auto catalog = open(folder.path(), false);
  make_world(*catalog);
  // Each round has more to write, and room for another part of it: none at first, and in the end enough.
  constexpr int kRounds = 80;
  constexpr int kTables = 80;
  int refused = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kTables; ++i) put_table(*catalog, "t" + std::to_string(round * kTables + i));
    if (round > 0) {
      const FileLimit limit(size_of_index(folder.path()) + (static_cast<rlim_t>(round % 20) << 18));
      if (!catalog->search().catch_up().ok()) ++refused;
    }
    catch_up(*catalog);
  }
  MESSAGE("refused in " << refused << " of " << kRounds << " rounds");
  CHECK(refused > kRounds / 4);
  CHECK(refused < kRounds - 10);
  check_against_fresh(*catalog, folder.path());
}

}  // namespace metadata::search::test
