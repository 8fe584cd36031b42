#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

// The subtree operations of large services beside another writer. METADATA_SUBTREE_TABLES=100000 is the long form.
namespace metadata::test {
namespace {

using Time = std::chrono::steady_clock;

std::size_t tables_wanted(std::size_t otherwise) {
  const char* wanted = std::getenv("METADATA_SUBTREE_TABLES");
  return wanted == nullptr ? otherwise : static_cast<std::size_t>(std::strtoull(wanted, nullptr, 10));
}

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "subtree-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Directory() {
    std::error_code ignored;  // what cannot be removed fails no test
    std::filesystem::remove_all(path, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::unique_ptr<Catalog> open() const {
    Options options;
    options.path = path;
    auto opened = Catalog::open(options);
    REQUIRE_MESSAGE(opened.ok(), opened.error().text());
    return *std::move(opened);
  }
  std::string path;
};

std::string table_body(std::size_t number, const std::string& owner) {
  std::string text = R"({"name":"t)" + std::to_string(number) + R"(","databaseSchema":"big.db.s","description":")" +
                     std::string(1'500, 'd') + R"(","columns":[{"name":"id","dataType":"INT")";
  if (number % 3 == 0) text += R"(,"tags":[{"tagFQN":"Kind.hot","source":"Classification","labelType":"Manual"}])";
  text += "}]";
  if (number % 4 == 0) text += R"(,"tags":[{"tagFQN":"Kind.hot","source":"Classification","labelType":"Manual"}])";
  if (number % 5 == 0) text += R"(,"owners":[{"type":"user","id":")" + owner + R"("}])";
  return text + "}";
}

/// The service "big" with that many tables, some of them owned, labelled or at a second version.
void fill(Catalog& catalog, std::size_t tables) {
  World::must(catalog.put("classification", R"({"name":"Kind","description":"d"})"));
  World::must(catalog.put("tag", R"({"name":"hot","classification":"Kind","description":"d"})"));
  const Entity ann = World::must(catalog.put("user", R"({"name":"ann","email":"ann@x.org"})")).entity;
  const std::string owner = ann.id().text();
  World::must(catalog.put("databaseService", R"({"name":"big","serviceType":"SQLite"})"));
  World::must(catalog.put("database", R"({"name":"db","service":"big"})"));
  World::must(catalog.put("databaseSchema", R"({"name":"s","database":"big.db"})"));
  for (std::size_t at = 0; at < tables;) {
    Batch batch;
    for (; at < tables && batch.items().size() < 500; ++at) {
      batch.put("table", table_body(at, owner));
      if (at % 10 != 0) continue;
      batch.patch(EntityRef::by_fqn("table", "big.db.s.t" + std::to_string(at)),
                  World::must(Patch::parse(R"([{"op":"add","path":"/displayName","value":"x"}])")));
    }
    World::must(catalog.write(batch));
  }
}

/// Writes one entity after the other and remembers the longest wait.
class Neighbour {
 public:
  explicit Neighbour(Catalog& catalog) : thread_([this, &catalog] { run(catalog); }) {
    while (writes_ == 0) std::this_thread::yield();
  }
  ~Neighbour() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int failed() const { return failed_; }
  double longest() const { return longest_; }

 private:
  void run(Catalog& catalog) {
    while (!stop_) {
      const auto began = Time::now();
      const std::string number = std::to_string(writes_.load());
      if (!catalog.put("classification", R"({"name":"Other","description":")" + number + R"("})").ok()) ++failed_;
      longest_ = std::max(longest_.load(), std::chrono::duration<double>(Time::now() - began).count());
      ++writes_;
    }
  }
  std::atomic<bool> stop_ = false;
  std::atomic<int> writes_ = 0, failed_ = 0;
  std::atomic<double> longest_ = 0;
  std::thread thread_;
};

const EntityRef kBig = EntityRef::by_fqn("databaseService", "big");

std::int64_t tables_of(const Catalog& catalog, Include include) {
  const ListOptions options{.include = include, .limit = 0, .filters = {{"database", "big.db"}}};
  return World::must(catalog.list("table", options)).total;
}

std::string usages(const Catalog& catalog) {
  return at(World::must(catalog.get(EntityRef::by_fqn("tag", "Kind.hot"), {.fields = "usageCount"})), "/usageCount");
}

}  // namespace

TEST_CASE("a large subtree is deleted, restored and removed whole, and other writers hardly wait") {
  const auto tables = static_cast<std::int64_t>(tables_wanted(4'000));
  Directory directory;
  auto catalog = directory.open();
  fill(*catalog, static_cast<std::size_t>(tables));

  const auto timed = [&](const char* what, const auto& work) {
    Neighbour neighbour(*catalog);
    const auto began = Time::now();
    World::must(work());
    const std::chrono::duration<double> took = Time::now() - began;
    neighbour.stop();
    MESSAGE(std::string(what), " of ", tables, " tables: ", took.count(), " s; longest wait of another writer ",
            neighbour.longest(), " s");
    CHECK(neighbour.failed() == 0);
    CHECK(neighbour.longest() < 10 + 10 * took.count());  // a machine that is slow is so for both
  };
  timed("soft delete", [&] { return catalog->remove(kBig, {.recursive = true}); });
  CHECK(tables_of(*catalog, Include::Live) == 0);
  CHECK(tables_of(*catalog, Include::Deleted) == tables);
  timed("restore", [&] { return catalog->restore(kBig); });
  CHECK(tables_of(*catalog, Include::Live) == tables);
  CHECK(tables_of(*catalog, Include::Deleted) == 0);
  timed("hard delete", [&] { return catalog->remove(kBig, {.hard = true, .recursive = true}); });
  CHECK(tables_of(*catalog, Include::All) == 0);
  CHECK(usages(*catalog) == "0");
  CHECK(World::must(catalog->list("table", {.include = Include::All})).total == 0);
  CHECK(World::must(catalog->check()).empty());
}

TEST_CASE("a subtree keeps its place when its container is renamed, whatever its size") {
  constexpr std::size_t kTags = 1'500;
  World world(false);  // the index has statements of its own
  world.must(world.catalog->put("classification", R"({"name":"Wide","description":"d"})"));
  for (std::size_t at = 0; at < kTags;) {
    Batch batch;
    for (; at < kTags && batch.items().size() < 500; ++at)
      batch.put("tag", R"({"name":"n)" + std::to_string(at) + R"(","classification":"Wide","description":"d"})");
    world.must(world.catalog->write(batch));
  }
  const auto rename = [&](const std::string& from, const std::string& to) {
    const std::uint64_t before = world.catalog->statements();
    world.patched(world.get("classification", from), R"([{"op":"replace","path":"/name","value":")" + to + R"("}])");
    return world.catalog->statements() - before;
  };
  const std::uint64_t wide = rename("Wide", "Wider");
  CHECK(world.get("tag", "Wider.n77").name() == "n77");
  CHECK(world.catalog->get(EntityRef::by_fqn("tag", "Wide.n77")).error().code() == Code::NotFound);
  world.must(world.catalog->put("classification", R"({"name":"One","description":"d"})"));
  CHECK(rename("One", "Alone") == wide);  // set statements, not a walk over what lies below
  CHECK(world.must(world.catalog->check()).empty());
}

TEST_CASE("kill -9 in the middle of removing a large subtree leaves all of it or nothing") {
  constexpr int kRounds = 6;
  const auto tables = static_cast<std::int64_t>(tables_wanted(2'000));
  Directory directory;
  fill(*directory.open(), static_cast<std::size_t>(tables));
  int untouched = 0;
  for (int round = 0; round < kRounds; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      Options options;
      options.path = directory.path;
      const auto catalog = Catalog::open(options);
      if (!catalog.ok()) ::_exit(2);
      // Killed at some moment of it, later in every round: so many statements after its beginning. The removal itself
      // takes about a hundred, and as many again every piece that is reaped after it.
      const std::uint64_t last = (*catalog)->statements() + 30 + 110 * static_cast<std::uint64_t>(round);
      std::thread killer([&] {
        while ((*catalog)->statements() < last) continue;
        ::kill(::getpid(), SIGKILL);
      });
      killer.detach();
      (void)(*catalog)->remove(kBig, {.hard = true, .recursive = true}).ok();
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));

    auto catalog = directory.open();
    const bool there = catalog->get(kBig).ok();
    CHECK(tables_of(*catalog, Include::All) == (there ? tables : 0));
    CHECK(World::must(catalog->check()).empty());
    if (there) {
      ++untouched;
      continue;
    }
    // The names are free at once, whatever is still to be reaped.
    World::must(catalog->put("databaseService", R"({"name":"big","serviceType":"SQLite"})"));
    World::must(catalog->put("database", R"({"name":"db","service":"big"})"));
    CHECK(tables_of(*catalog, Include::All) == 0);
    CHECK(World::must(catalog->check()).empty());
    World::must(catalog->remove(kBig, {.hard = true, .recursive = true}));
    CHECK(World::must(catalog->check()).empty());
    if (round + 1 < kRounds) fill(*catalog, static_cast<std::size_t>(tables));
  }
  MESSAGE("killed before the removal in ", untouched, " of ", kRounds, " rounds");
}

}  // namespace metadata::test
