#include "failing_disk.h"
#include "fixture.h"
#include "script.h"

#include <cstdlib>
#include <filesystem>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

constexpr int kSteps = 12;

/// A short history of a store: the files before it, and each step with the state after it.
struct History {
  Folder start;
  std::vector<Script::Step> steps;

  History() {
    Script script(11);
    commit(*open(start), script.first());
    Model model;
    for (int i = 0; i < kSteps; ++i) {
      steps.push_back(script.next(model));
      model = steps.back().after;
    }
  }
  std::string text_after(std::size_t done) const { return done == 0 ? Model().text() : steps[done - 1].after.text(); }
};

/// One fault, from the opening of the store to its close.
class Run {
 public:
  Run(const History& history, FailingDisk& disk) : history_(history), disk_(disk) {
    std::filesystem::copy(history.start.path(), folder_.path(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  }

  void with(Ask ask, int nth, How how) {
    disk_.count_anew();
    disk_.fail(ask, nth, how);
    write_all(how == How::Short);
    hit_ = disk_.failed();
    disk_.count_anew();
    look_after_restart();
  }
  bool hit() const { return hit_; }

 private:
  void write_all(bool lies) {
    const auto opened = Store::open(options_for(folder_.path()));
    if (!opened.ok()) {
      CHECK((opened.error().code() == Code::Unavailable || (lies && opened.error().code() == Code::Corrupt)));
      return;
    }
    Store& store = **opened;
    for (const Script::Step& step : history_.steps) {
      Result<Applied> applied = store.commit(step.set);
      if (!applied.ok()) {
        CHECK((applied.error().code() == Code::Unavailable || (lies && applied.error().code() == Code::Corrupt)));
        CHECK(disk_.failed());
        if (store.writes() == Writes::Stopped) return stay_stopped(store);
        // Taken back without a trace: the same set goes through when it is sent again.
        applied = store.commit(step.set);
        CHECK(applied.ok());
      }
      ++done_;
      // A reader that cannot be opened, or cannot read, disturbs nobody.
      const auto reader = store.snapshot();
      CHECK((reader.ok() || lies || reader.error().code() == Code::Unavailable));
    }
    if (disk_.failed()) CHECK(text_of(store) == history_.text_after(done_));
  }

  void stay_stopped(Store& store) {
    stopped_ = true;
    const int syncs = disk_.count(Ask::Sync), writes = disk_.count(Ask::Write);
    for (std::size_t i = done_; i < history_.steps.size(); ++i) {
      CHECK(store.commit(history_.steps[i].set).error().code() == Code::Unavailable);
    }
    CHECK(store.exclusive().error().code() == Code::Unavailable);
    CHECK(text_of(store) == history_.text_after(done_));
    CHECK(disk_.count(Ask::Sync) == syncs);
    CHECK(disk_.count(Ask::Write) == writes);
  }

  void look_after_restart() {
    auto store = open(folder_);
    CHECK(broken_rules(*store).empty());
    const std::string found = text_of(*store);
    // The write whose sync failed was not acknowledged; it may be there, whole.
    const bool there = stopped_ && found == history_.text_after(done_ + 1);
    CHECK((there || found == history_.text_after(done_)));
    commit(*store, set_of({PutSetting{"later", "x"}}));
  }

  const History& history_;
  FailingDisk& disk_;
  Folder folder_;
  std::size_t done_ = 0;
  bool stopped_ = false;
  bool hit_ = false;
};

/// The first call of this kind fails, in another run the second, and so on, until none is left. METADATA_ALL_FAULTS
/// takes every one; else of long rows every `stride`th.
int sweep(const History& history, Ask ask, How how, int stride = 1) {
  if (std::getenv("METADATA_ALL_FAULTS") != nullptr) stride = 1;
  FailingDisk disk;
  int runs = 0;
  for (int nth = 1;; nth += nth < 20 ? 1 : stride) {
    CAPTURE(nth);
    Run run(history, disk);
    run.with(ask, nth, how);
    if (!run.hit()) return runs;
    ++runs;
  }
}

}  // namespace

TEST_CASE("D4, D5: whichever sync fails, nothing is acknowledged afterwards and nothing acknowledged is lost") {
  make_folders_in_memory();
  const History history;
  const int runs = sweep(history, Ask::Sync, How::Fail);
  MESSAGE(runs << " syncs");
  CHECK(runs > kSteps);
}

TEST_CASE("D4, D6: whichever write fails, is torn or finds no space, the set is taken back and writing goes on") {
  make_folders_in_memory();
  const History history;
  for (const How how : {How::Fail, How::Tear, How::Full}) {
    const int runs = sweep(history, Ask::Write, how, how == How::Fail ? 1 : 7);
    MESSAGE(runs << " writes");
    CHECK(runs > kSteps);
  }
}

TEST_CASE("D4: whichever read fails or ends early, no other data is taken for what is stored") {
  make_folders_in_memory();
  const History history;
  for (const How how : {How::Fail, How::Short}) {
    const int runs = sweep(history, Ask::Read, how);
    MESSAGE(runs << " reads");
    CHECK(runs > 0);
  }
}

TEST_CASE("D4, D6: whichever open, lock, truncation or growth of the log's index fails, nothing is lost") {
  make_folders_in_memory();
  const History history;
  for (const Ask ask : {Ask::Open, Ask::Lock, Ask::Truncate, Ask::Index}) {
    CAPTURE(static_cast<int>(ask));
    const int runs = sweep(history, ask, How::Fail);
    MESSAGE(runs << " calls of kind " << static_cast<int>(ask));
    CHECK(runs > 0);
  }
  CHECK(sweep(history, Ask::Index, How::Full) > 0);
}

TEST_CASE("D6: however few bytes are left, a disk that fills and empties loses nothing") {
  make_folders_in_memory();
  const History history;
  FailingDisk disk;
  for (std::int64_t space = 0; space < 600'000; space += 19'997) {
    CAPTURE(space);
    Folder folder;
    std::filesystem::copy(history.start.path(), folder.path(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    {
      auto store = open(folder);
      disk.space_left(space);
      for (std::size_t i = 0; i < history.steps.size(); ++i) {
        auto applied = store->commit(history.steps[i].set);
        if (!applied.ok()) {
          CHECK(applied.error().code() == Code::Unavailable);
          CHECK(text_of(*store) == history.text_after(i));
          disk.space_left(-1);
          applied = store->commit(history.steps[i].set);
          disk.space_left(space);
        }
        CHECK(applied.ok());
      }
      CHECK(text_of(*store) == history.text_after(history.steps.size()));
      disk.space_left(0);
    }  // closed on a full disk
    disk.space_left(-1);
    auto store = open(folder);
    CHECK(broken_rules(*store).empty());
    CHECK(text_of(*store) == history.text_after(history.steps.size()));
  }
}
