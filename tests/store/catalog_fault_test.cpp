#include "failing_disk.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "metadata/metadata.h"

// The faults of sweep_test.cpp under the whole catalog: what a verb answered is there after a restart, nothing else.

using namespace metadata;
using namespace metadata::store::test;

namespace {

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), result.error().text());
  return *std::move(result);
}

struct StillClock final : Clock {
  std::int64_t now_ms() override { return 1'700'000'000'000; }
};

/// The ids of a step are the same whenever it is tried.
struct StepIds final : IdSource {
  EntityId next() override {
    EntityId id;
    id.bytes[0] = 0xCD;
    id.bytes[14] = step;
    id.bytes[15] = ++count;
    return id;
  }
  std::uint8_t step = 0, count = 0;
};

struct Place {
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "catalog-fault-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string path;
};

struct World {
  StillClock clock;
  StepIds ids;
  std::unique_ptr<Catalog> catalog;

  Error open(const std::string& path) {
    Options options;
    options.path = path;
    options.clock = &clock;
    options.ids = &ids;
    auto opened = Catalog::open(options);
    if (opened.ok()) catalog = *std::move(opened);
    return opened.error();
  }
};

using Step = std::function<Error(Catalog&)>;

EntityRef table(const char* name) { return EntityRef::by_fqn("table", std::string("svc.db.main.") + name); }

/// create, put, patch, soft delete, restore, hard delete.
const std::vector<Step>& script() {
  static const std::string body =
      R"({"name":"a","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}],"description":"1"})";
  static const std::vector<Step> steps = {
      [](Catalog& c) { return c.create("table", body).error(); },
      [](Catalog& c) {
        return c
            .put("table", R"({"name":"a","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"},)"
                          R"({"name":"b","dataType":"INT"}],"description":"2"})")
            .error();
      },
      [](Catalog& c) {
        return c.patch(table("a"), must(Patch::parse(R"([{"op":"replace","path":"/description","value":"3"}])")))
            .error();
      },
      [](Catalog& c) {
        return c
            .create("table",
                    R"({"name":"b","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}]})")
            .error();
      },
      [](Catalog& c) {
        return c.remove(EntityRef::by_fqn("databaseSchema", "svc.db.main"), {.recursive = true}).error();
      },
      [](Catalog& c) {
        return c
            .restore(EntityRef::by_id(
                "databaseSchema",
                must(c.get(EntityRef::by_fqn("databaseSchema", "svc.db.main"), {.include = Include::All})).id()))
            .error();
      },
      [](Catalog& c) { return c.remove(table("b"), {.hard = true}).error(); },
  };
  return steps;
}

/// All that a reader can see of the tables, their histories, and the log.
std::string text_of(Catalog& catalog) {
  std::string text;
  ListOptions options;
  options.include = Include::All;
  options.fields = "*";
  options.limit = 100;
  for (const char* type : {"databaseSchema", "table"}) {
    for (const Entity& entity : must(catalog.list(type, options)).entities) {
      text += std::string(entity.text()) + "\n";
      for (const std::string& version : must(catalog.versions(entity.ref())).versions) text += version + "\n";
    }
  }
  for (const ChangeEvent& event : must(catalog.changes(0, 100))) {
    text +=
        std::to_string(event.seq) + " " + event.entity_fqn + " " + std::to_string(static_cast<int>(event.kind)) + "\n";
  }
  return text;
}

struct Story {
  Place start;
  std::vector<std::string> states;  ///< before the first step, after it, after the second …

  Story() {
    World world;
    world.ids.step = 200;
    REQUIRE(world.open(start.path).ok());
    must(world.catalog->put("databaseService", R"({"name":"svc","serviceType":"SQLite"})"));
    must(world.catalog->put("database", R"({"name":"db","service":"svc"})"));
    must(world.catalog->put("databaseSchema", R"({"name":"main","database":"svc.db"})"));
    world.catalog.reset();
    Place copy;
    copy_to(copy.path);
    REQUIRE(world.open(copy.path).ok());
    states.push_back(text_of(*world.catalog));
    for (std::size_t i = 0; i < script().size(); ++i) {
      world.ids = {};
      world.ids.step = static_cast<std::uint8_t>(i);
      REQUIRE(script()[i](*world.catalog).ok());
      states.push_back(text_of(*world.catalog));
    }
  }
  void copy_to(const std::string& path) const {
    using enum std::filesystem::copy_options;
    std::filesystem::copy(start.path, path, recursive | overwrite_existing);
  }
};

/// Did the fault come?
bool run_with_fault(const Story& story, FailingDisk& disk, Ask ask, int nth, How how) {
  Place place;
  story.copy_to(place.path);
  World world;
  std::size_t done = 0;
  bool stopped = false;
  disk.count_anew();
  disk.fail(ask, nth, how);
  if (const Error closed = world.open(place.path); !closed.ok()) {
    CHECK(closed.code() == Code::Unavailable);
  } else {
    for (; done < script().size() && !stopped; done += stopped ? 0 : 1) {
      world.ids = {};
      world.ids.step = static_cast<std::uint8_t>(done);
      Error failed = script()[done](*world.catalog);
      if (failed.ok()) continue;
      CHECK(failed.code() == Code::Unavailable);
      stopped = world.catalog->writes() == Writes::Stopped;
      world.ids.count = 0;
      // Taken back without a trace, or refused for good.
      failed = script()[done](*world.catalog);
      CHECK(failed.ok() == !stopped);
    }
    CHECK(text_of(*world.catalog) == story.states[done]);
    world.catalog.reset();
  }
  const bool came = disk.failed();
  disk.count_anew();
  REQUIRE(world.open(place.path).ok());
  const std::string found = text_of(*world.catalog);
  CHECK((found == story.states[done] || (stopped && found == story.states[done + 1])));
  CHECK(must(world.catalog->check()).empty());
  return came;
}

int sweep(const Story& story, Ask ask, How how, int stride) {
  if (std::getenv("METADATA_ALL_FAULTS") != nullptr) stride = 1;
  FailingDisk disk;
  int runs = 0;
  for (int nth = 1; run_with_fault(story, disk, ask, nth, how); nth += stride) ++runs;
  return runs;
}

}  // namespace

TEST_CASE("D4, D5: whichever sync fails under the catalog, what was answered is there and nothing is half there") {
  const Story story;
  CHECK(sweep(story, Ask::Sync, How::Fail, 1) >= static_cast<int>(script().size()));
}

TEST_CASE("D4, D6: whichever write fails under the catalog, it is taken back and can be sent again") {
  const Story story;
  CHECK(sweep(story, Ask::Write, How::Full, 5) > 0);
  CHECK(sweep(story, Ask::Write, How::Tear, 9) > 0);
}
