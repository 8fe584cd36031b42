#include "fixture.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cstring>
#include <thread>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

constexpr int kRounds = 20;
constexpr int kWriters = 4;
constexpr std::uint64_t kFirst = 1000;
constexpr std::uint64_t kNumbersOfWriter = 1'000'000;

WriteSet pair_of_tables(std::uint64_t n) {
  const EntityRow one = row(2 * n, "s/t" + std::to_string(n)), other = row(2 * n + 1, "s/u" + std::to_string(n));
  return set_of({insert(one), insert(other), PutRelation{one.id, "twin", other.id, 0, ""}, log_of(one), log_of(other)});
}

/// In the child: writes pairs until it is killed, and tells each number when it was acknowledged.
[[noreturn]] void write_until_killed(const std::string& path, int pipe_end, int round) {
  const auto store = Store::open(options_for(path));
  if (!store.ok()) ::_exit(2);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      std::uint64_t n = kFirst + kNumbersOfWriter * static_cast<std::uint64_t>(round * kWriters + writer);
      for (;; ++n) {
        if (!(*store)->commit(pair_of_tables(n)).ok()) ::_exit(3);
        if (::write(pipe_end, &n, sizeof n) != sizeof n) ::_exit(4);  // short enough to be whole
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  ::_exit(0);
}

/// Reads acknowledged numbers until the child is dead; kills it after `lives` of them.
std::vector<std::uint64_t> acknowledged(int pipe_end, pid_t child, std::size_t lives) {
  std::vector<std::uint64_t> numbers;
  std::uint64_t n = 0;
  while (::read(pipe_end, &n, sizeof n) == sizeof n) {
    numbers.push_back(n);
    if (numbers.size() == lives) REQUIRE(::kill(child, SIGKILL) == 0);
  }
  return numbers;
}

}  // namespace

TEST_CASE("D2: kill -9 loses nothing that was acknowledged and leaves nothing half done") {
  Folder folder;
  commit(*open(folder), tables_under_service({}));
  std::vector<std::uint64_t> all;
  for (int round = 0; round < kRounds; ++round) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(folder.path(), ends[1], round);
    }
    ::close(ends[1]);
    const auto numbers = acknowledged(ends[0], child, static_cast<std::size_t>(1 + round * 7));
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    all.insert(all.end(), numbers.begin(), numbers.end());

    auto store = open(folder);
    CHECK(broken_rules(*store).empty());
    auto reader = look(*store);
    std::vector<EntityId> ids;
    for (const std::uint64_t n : all) {
      ids.push_back(id(2 * n));
      ids.push_back(id(2 * n + 1));
    }
    CHECK(must(reader->refs_by_id(ids)).size() == 2 * all.size());
    const auto tables = must(reader->count(listing("table")));
    CHECK(tables % 2 == 0);
    CHECK(must(reader->last_seq()) == tables);
    // Beyond the acknowledged ones at most one in flight for each writer of each round.
    CHECK(tables <= static_cast<std::int64_t>(2 * all.size()) + 2 * kWriters * (round + 1));
  }
}
