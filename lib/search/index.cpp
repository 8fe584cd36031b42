#include "search/index.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "base/timed_mutex.h"
#include "base/worker.h"
#include "search/generation.h"
#include "search/guarded.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace metadata::search {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Documents that one commit takes along at most: what memory they need until then, and how long a search may wait for
// it while others write without a pause.
constexpr std::size_t kCommitEvery = 2000;
constexpr std::size_t kFillCommitEvery = 8000;
// How long a change that nobody searches for waits for others to be made together.
constexpr std::chrono::milliseconds kLinger = 250ms;
constexpr std::chrono::milliseconds kFirstPause = 100ms, kLongestPause = 5s;
constexpr const char* kCurrent = "/current";
constexpr std::size_t kMaxNameBytes = 64;

std::string new_name() {
  std::string name;
  for (const char c : base::random_bytes(4)) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    name += kDigits[static_cast<unsigned char>(c) >> 4];
    name += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return "index-" + name;
}

bool is_name(std::string_view name) {
  return name.starts_with("index-") && name.size() < kMaxNameBytes && name.find('/') == std::string_view::npos;
}

/// Memory that was needed for a rebuild goes back to the system; by itself it would stay with the allocator.
void give_memory_back() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace

/// The generations and whoever works on them. Two locks, never taken in the other order: `work` for a piece of work,
/// `mutex` for what everybody looks at.
struct Index::Parts {
  Parts(Settings given, store::Store& its_store, const view::Layouts& its_layouts)
      : settings(std::move(given)), store(its_store), log(settings.log), around{its_store, its_layouts, log} {}

  std::shared_ptr<Generation> serves() const;
  void wake() const;
  Seq position() const;
  bool is_wanted() const;
  /// The generation is damaged; another one is built.
  void give_up(const std::shared_ptr<Generation>& generation, const Error& error);

  // ---- with `work` held
  enum class Did { Nothing, Something };
  /// A bounded piece of work. An error has been seen to: what failed is opened anew by the next step.
  Result<Did> step();
  Error open_current();
  Error open_again();
  Error start_rebuild();
  void forget_others(const std::string& directory);
  Result<Did> advance();
  Error build();
  Error swap();
  void serve(std::shared_ptr<Generation> generation);
  void tell();
  void trouble_with(const Error& error);
  void close();
  void run(base::Worker& self);
  bool work_until(const std::function<bool()>& done, const Interrupt& interrupt);

  const Settings settings;
  store::Store& store;
  const base::Log log;
  const Generation::Surroundings around;

  base::TimedMutex work;
  bool opened = false;               // guarded by work, as are the next ones
  bool broken = false;               // the serving generation's writing side failed
  std::unique_ptr<Generation> next;  // is being filled
  std::uint64_t next_for = 0;        // the last wish that it fulfils

  mutable std::mutex mutex;
  std::condition_variable moved;            // signalled when anything below changes
  std::shared_ptr<Generation> serving;      // guarded by mutex, as is all below
  Seq demanded = 0;                         // somebody waits for it
  std::uint64_t wishes = 0, fulfilled = 0;  // of a rebuild
  std::uint64_t failures = 0;
  SearchStatus status;
  Error trouble;

  std::unique_ptr<store::LogEnd::Bell> bell;
  std::unique_ptr<base::Worker> worker;
};

std::shared_ptr<Generation> Index::Parts::serves() const {
  const std::lock_guard lock(mutex);
  return serving;
}

void Index::Parts::wake() const {
  if (worker != nullptr) worker->wake();
}

Seq Index::Parts::position() const {
  const std::lock_guard lock(mutex);
  return status.position;
}

bool Index::Parts::is_wanted() const {
  const std::lock_guard lock(mutex);
  return demanded > status.position || wishes > fulfilled;
}

void Index::Parts::give_up(const std::shared_ptr<Generation>& generation, const Error& error) {
  {
    const std::lock_guard lock(mutex);
    if (serving != generation) return;
    serving.reset();
    ++wishes;
    status.serving = false;
    status.position = 0;
  }
  log.error("the search index is built anew: " + std::string(error.message()));
  wake();
}

// ---- opening -----------------------------------------------------------------------------------------------------

/// Serves what is there, or wishes for a rebuild.
Error Index::Parts::open_current() {
  Error error = not_found("there is no search index yet");
  if (!settings.path.empty()) {
    const Result<std::string> name = base::read_file(settings.path + kCurrent, kMaxNameBytes);
    if (!name.ok()) {
      error = name.error();
    } else if (!is_name(*name)) {
      error = damage("the search index has no name");
    } else {
      auto generation = Generation::open(settings.path + "/" + *name, around, settings.read_only);
      if (generation.ok()) {
        serve(*std::move(generation));
        if (!settings.read_only) forget_others(*name);
        return {};
      }
      error = generation.error();
    }
    if (error.code() == Code::Unavailable) return error;
  }
  if (settings.read_only) return unavailable("there is no search index that can be read: " + error.text());
  if (error.code() != Code::NotFound) log.warning("the search index is built anew: " + std::string(error.message()));
  const std::lock_guard lock(mutex);
  ++wishes;
  return {};
}

/// After a failure nobody knows what Xapian holds in memory: what it committed is read again.
Error Index::Parts::open_again() {
  const std::shared_ptr<Generation> present = serves();
  if (present == nullptr || present->directory().empty()) {
    broken = false;
    return {};
  }
  auto generation = Generation::open(present->directory(), around, false);
  if (!generation.ok()) return generation.error();
  broken = false;
  serve(*std::move(generation));
  return {};
}

void Index::Parts::serve(std::shared_ptr<Generation> generation) {
  {
    const std::lock_guard lock(mutex);
    serving.swap(generation);
  }
  tell();
}

/// Lets everybody see where the index stands.
void Index::Parts::tell() {
  {
    const std::lock_guard lock(mutex);
    trouble = {};
    status.trouble.clear();
    status.serving = serving != nullptr;
    status.rebuilding = next != nullptr;
    if (serving != nullptr && !serving->follower().is_dirty()) {
      status.position = serving->follower().holds();
      status.documents = serving->documents();
    }
    if (next != nullptr) status.rebuilt = next->follower().filled();
  }
  moved.notify_all();
}

// ---- building anew -----------------------------------------------------------------------------------------------

/// Removes what earlier rebuilds left.
void Index::Parts::forget_others(const std::string& name) {
  std::error_code failure;
  std::vector<fs::path> others;
  for (fs::directory_iterator at(settings.path, failure), end; !failure && at != end; at.increment(failure)) {
    const std::string found = at->path().filename().string();
    if (is_name(found) && found != name) others.push_back(at->path());
  }
  for (const fs::path& other : others) fs::remove_all(other, failure);
}

Error Index::Parts::start_rebuild() {
  std::string directory;
  const std::shared_ptr<Generation> present = serves();
  if (!settings.path.empty()) {
    MD_OK(base::make_private_directory(settings.path));
    forget_others(present == nullptr ? "" : fs::path(present->directory()).filename().string());
    directory = settings.path + "/" + new_name();
  }
  {
    const std::lock_guard lock(mutex);
    next_for = wishes;
  }
  MD_LET(made, Generation::make(directory, around));
  MD_LET(all, made->follower().to_fill());
  next = std::move(made);
  {
    const std::lock_guard lock(mutex);
    status.to_rebuild = all;
  }
  tell();
  return {};
}

Error Index::Parts::build() {
  MD_OK(next->step());
  const Follower& follower = next->follower();
  if (!follower.has_work(store.last_seq())) {
    MD_OK(next->commit(Shards::Where::Everywhere));
    return swap();
  }
  if (follower.pending() >= kFillCommitEvery) MD_OK(next->commit(Shards::Where::Everywhere));
  tell();
  return {};
}

/// From here on the new one serves. Whoever still reads the old one reads files without names.
Error Index::Parts::swap() {
  if (!settings.path.empty()) {
    const std::string name = fs::path(next->directory()).filename().string();
    MD_OK(base::write_file_atomic(settings.path + kCurrent, name));
  }
  next->rest();
  std::shared_ptr<Generation> old = std::move(next);
  {
    const std::lock_guard lock(mutex);
    serving.swap(old);
    fulfilled = next_for;
  }
  broken = false;
  tell();
  if (old != nullptr) {
    old->give_up();
    std::error_code failure;
    if (!old->directory().empty()) fs::remove_all(old->directory(), failure);
    old.reset();
  }
  give_memory_back();
  return {};
}

// ---- keeping in step ---------------------------------------------------------------------------------------------

Result<Index::Parts::Did> Index::Parts::advance() {
  const std::shared_ptr<Generation> present = serves();
  if (present == nullptr) return Did::Nothing;
  Follower& follower = present->follower();
  const Seq end = store.last_seq();
  if (!follower.has_work(end) && !follower.is_dirty()) return Did::Nothing;
  if (follower.has_work(end)) MD_OK(present->step());
  Seq wanted = 0;
  {
    const std::lock_guard lock(mutex);
    wanted = demanded > status.position ? demanded : 0;
  }
  const bool awaited = wanted != 0 && follower.holds() >= wanted;
  if (!follower.has_work(end) || awaited || follower.pending() >= kCommitEvery) {
    MD_OK(present->commit());
    tell();
  }
  return Did::Something;
}

Result<Index::Parts::Did> Index::Parts::step() {
  if (!opened) {
    if (const Error error = open_current(); !error.ok()) {
      trouble_with(error);
      return error;
    }
    opened = true;
    return Did::Something;
  }
  if (settings.read_only) return Did::Nothing;
  Error error;
  Did did = Did::Nothing;
  if (broken) error = open_again();
  if (error.ok()) {
    const Result<Did> advanced = advance();
    error = advanced.error();
    if (advanced.ok()) did = *advanced;
  }
  if (!error.ok()) {
    const std::shared_ptr<Generation> present = serves();
    if (present != nullptr) present->give_up();
    broken = true;
    if (is_damage(error)) {
      give_up(present, error);
      broken = false;
    }
  }
  bool wished = false;
  {
    const std::lock_guard lock(mutex);
    wished = wishes > fulfilled;
  }
  if (wished || next != nullptr) {
    const Error failed = next == nullptr ? start_rebuild() : build();
    if (failed.ok()) {
      did = Did::Something;
    } else {
      // It begins from nothing again: half of an index is of no use to anybody.
      next.reset();
      if (error.ok() || is_damage(error)) error = failed;
    }
  }
  if (error.ok() || (is_damage(error) && did == Did::Something)) return did;
  trouble_with(error);
  return error;
}

void Index::Parts::trouble_with(const Error& error) {
  bool news = false;
  {
    const std::lock_guard lock(mutex);
    news = trouble.text() != error.text();
    trouble = error;
    status.trouble = error.message();
    status.rebuilding = next != nullptr;
    ++failures;
  }
  moved.notify_all();
  if (news) log.error("the search index cannot go on, and tries again: " + std::string(error.message()));
}

void Index::Parts::run(base::Worker& self) {
  auto pause = kFirstPause;
  while (!self.stopping()) {
    Result<Did> did = [this] {
      const std::lock_guard lock(work);
      return step();
    }();
    if (!did.ok()) {
      // Whoever waits does not make the disk any larger: nobody cuts the pause short.
      const auto until = std::chrono::steady_clock::now() + pause;
      while (std::chrono::steady_clock::now() < until && self.wait_until(until)) continue;
      pause = std::min(kLongestPause, 2 * pause);
      continue;
    }
    pause = kFirstPause;
    if (*did == Did::Something) continue;
    bell->set(settings.read_only ? store.last_seq() : position());
    if (!self.wait()) return;
    const auto until = std::chrono::steady_clock::now() + kLinger;
    while (!is_wanted() && std::chrono::steady_clock::now() < until && self.wait_until(until)) continue;
  }
}

/// For a catalog without threads: works in the caller's until it is done. False: the interrupt tripped, or it failed.
bool Index::Parts::work_until(const std::function<bool()>& done, const Interrupt& interrupt) {
  while (!base::has_tripped(interrupt)) {
    if (!work.try_lock_for(20ms)) continue;
    const std::unique_lock lock(work, std::adopt_lock);
    if (done()) return true;
    const Result<Did> did = step();
    if (!did.ok()) return false;
    if (*did == Did::Nothing && !done()) return false;
  }
  return false;
}

void Index::Parts::close() {
  worker.reset();
  bell.reset();
  const std::lock_guard lock(work);
  next.reset();
  if (const std::shared_ptr<Generation> present = serves(); present != nullptr && !settings.read_only) present->close();
}

// ---- the door ----------------------------------------------------------------------------------------------------

Index::Index(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Index::~Index() { parts_->close(); }

Result<std::unique_ptr<Index>> Index::open(Settings settings, store::Store& store, const view::Layouts& layouts) {
  const bool background = settings.background;
  auto parts = std::make_unique<Parts>(std::move(settings), store, layouts);
  if (background) {
    Parts* const self = parts.get();
    parts->bell = std::make_unique<store::LogEnd::Bell>(store.log_end(), [self] { self->wake(); });
    MD_LET(worker, base::Worker::start("search-index", [self](base::Worker& thread) { self->run(thread); }));
    parts->worker = std::move(worker);
  }
  return std::make_unique<Index>(std::move(parts));
}

Result<Index::Standing> Index::wait_for(Seq seq, std::chrono::milliseconds most, const Interrupt& interrupt) {
  Parts& parts = *parts_;
  MD_OK(base::check(interrupt));
  const auto holds = [&] { return parts.status.serving && parts.status.position >= seq; };
  // An index that is only read does not move.
  const auto stands = [&] {
    return holds() || (parts.settings.read_only && (parts.status.serving || !parts.trouble.ok()));
  };
  Interrupt until = interrupt;
  until.deadline = std::min(interrupt.deadline, std::chrono::steady_clock::now() + most);
  {
    const std::lock_guard lock(parts.mutex);
    if (holds()) return Standing{parts.status.position, true};
    parts.demanded = std::max(parts.demanded, seq);
  }
  if (parts.settings.background) {
    parts.wake();
    std::unique_lock lock(parts.mutex);
    base::wait(parts.moved, lock, until, stands);
  } else {
    parts.work_until(
        [&] {
          const std::lock_guard lock(parts.mutex);
          return holds();
        },
        until);
  }
  const std::lock_guard lock(parts.mutex);
  if (holds()) return Standing{parts.status.position, true};
  MD_OK(base::check(interrupt));
  if (!parts.status.serving) {
    return unavailable(parts.trouble.ok() ? "the search index is being built"
                                          : "there is no search index: " + std::string(parts.trouble.message()));
  }
  return Standing{parts.status.position, false};
}

Error Index::read(const std::function<Error(const Xapian::Database&)>& body) const {
  while (true) {
    const std::shared_ptr<Generation> generation = parts_->serves();
    if (generation == nullptr) return unavailable("the search index is being built");
    Error error = generation->views().read(body);
    if (error.ok() || (!is_damage(error) && error.code() != Code::Conflict)) return error;
    if (parts_->serves() != generation) continue;  // its files went with it
    if (error.code() == Code::Conflict) return unavailable("the search index changes too fast to be read");
    parts_->give_up(generation, error);
    return unavailable("the search index is damaged and is built anew");
  }
}

bool Index::is_read_only() const { return parts_->settings.read_only; }

SearchStatus Index::status() const {
  const std::lock_guard lock(parts_->mutex);
  SearchStatus status = parts_->status;
  status.log_end = parts_->store.last_seq();
  return status;
}

Error Index::rebuild(bool wait) {
  Parts& parts = *parts_;
  if (parts.settings.read_only) return unavailable("this catalog is open for reading only");
  std::uint64_t wish = 0, failures = 0;
  {
    const std::lock_guard lock(parts.mutex);
    wish = ++parts.wishes;
    failures = parts.failures;
  }
  parts.wake();
  if (!wait) return {};
  const auto over = [&] { return parts.fulfilled >= wish || parts.failures > failures; };
  if (parts.settings.background) {
    std::unique_lock lock(parts.mutex);
    parts.moved.wait(lock, over);
  } else {
    parts.work_until(
        [&] {
          const std::lock_guard lock(parts.mutex);
          return over();
        },
        {});
  }
  const std::lock_guard lock(parts.mutex);
  if (parts.fulfilled >= wish) return {};
  return parts.trouble.ok() ? unavailable("the search index could not be built") : parts.trouble;
}

}  // namespace metadata::search
