#include "power_cut.h"
#include "fixture.h"
#include "script.h"

#include <cstdlib>
#include <deque>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

constexpr int kSteps = 200;

/// Cuts for each sync: METADATA_POWER_CUTS, or 1 (the long form is 20).
int cuts_for_each_sync() {
  const char* text = std::getenv("METADATA_POWER_CUTS");
  return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

/// The state of a store whose files are such an image: opening it must recover, and nothing may be broken.
std::string recovered(const Folder& image) {
  auto store = open(image);
  const auto broken = broken_rules(*store);
  CHECK(broken.empty());
  return text_of(*store);
}

}  // namespace

TEST_CASE("D3: after a power cut at any sync all that was acknowledged is there, and nothing half") {
  make_folders_in_memory();
  const int cuts = cuts_for_each_sync();
  Folder folder;
  PowerCut disk(folder.path());
  auto store = open(folder);
  Script script(7);
  commit(*store, script.first());
  Model model;
  std::deque<Folder> images;
  std::uint64_t seed = 0, syncs = 0, done = 0, in_flight_there = 0;
  disk.before_sync([&] {
    ++syncs;
    for (int i = 0; i < cuts; ++i) disk.image(images.emplace_back().path(), ++seed);
  });
  for (int i = 0; i < kSteps; ++i) {
    CAPTURE(i);
    const Script::Step step = script.next(model);
    commit(*store, step.set);
    const std::string before = model.text(), after = step.after.text();
    for (; !images.empty(); images.pop_front()) {
      CAPTURE(seed - images.size() + 1);
      const std::string found = recovered(images.front());
      CHECK((found == before || found == after));
      in_flight_there += found == after && before != after;
      ++done;
    }
    model = step.after;
    if (i % 20 == 0) REQUIRE(text_of(*store) == after);
  }
  // Acknowledged: it is on the disk, whatever becomes of the rest.
  disk.before_sync(nullptr);
  for (int i = 0; i < 4; ++i) {
    Folder image;
    disk.image(image.path(), ++seed);
    CHECK(recovered(image) == model.text());
  }
  MESSAGE(done << " power cuts at " << syncs << " syncs, " << in_flight_there << " with the write in flight");
  CHECK(syncs > kSteps);  // a checkpoint was among them
  CHECK(in_flight_there > 0);
  CHECK(in_flight_there < done);
}

TEST_CASE("D3, D5: what a failed sync has lost takes nothing with it that is acknowledged after the restart") {
  make_folders_in_memory();
  Folder folder;
  PowerCut disk(folder.path());
  Script script(3);
  Model model;
  {
    auto store = open(folder);
    commit(*store, script.first());
    for (int i = 0; i < 10; ++i) {
      const Script::Step step = script.next(model);
      commit(*store, step.set);
      model = step.after;
    }
    disk.lose_next_sync();
    CHECK(refused(*store, script.next(model).set).code() == Code::Unavailable);
    CHECK(store->writes() == Writes::Stopped);
    CHECK(text_of(*store) == model.text());
  }
  auto store = open(folder);  // the kernel still shows what the disk does not have
  commit(*store, set_of({PutSetting{"after", "restart"}}));
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Folder image;
    disk.image(image.path(), seed);
    auto found = open(image);
    CHECK(broken_rules(*found).empty());
    CHECK(must(look(*found)->setting("after")) == "restart");
    for (const auto& [number, table] : model.tables) CHECK(must(look(*found)->find(id(number))).has_value());
  }
}
