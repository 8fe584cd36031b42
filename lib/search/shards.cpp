#include "search/shards.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/reserve.h"
#include "search/facet_record.h"
#include "search/guarded.h"
#include "search/slots.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

constexpr std::size_t kShards = 2;         // a thread each when there is much to write
constexpr std::size_t kParallelFrom = 64;  // fewer changes are not worth waking threads for
// How long the next state waits for those who read the one before the last.
constexpr std::chrono::milliseconds kReadersWait{250};

const std::string kFormatKey = "catalog.format";
const std::string kStoreKey = "catalog.store";
const std::string kProgressKey = "catalog.progress";
// Xapian takes a file of positions that is gone for one that was never needed.
const std::string kPositionsKey = "catalog.positions";

// Xapian writes what changed of values in a destructor, so that a disk which is full just then ends the process. What a
// commit may need of the table that holds them is reserved before it: a block for each entry that it touches, of this
// document and of the one before it, but no more than there are; and what is new.
const std::string kTable = "/postlist.glass";
constexpr std::uint64_t kBlockBytes = 8192;
constexpr std::uint64_t kNewBytes = 256;          // of an entry that is new, with its share of a block
constexpr std::size_t kEntriesOfDocument = 200;   // of one that is not at hand
constexpr std::uint64_t kLeastBytes = 256 << 10;  // of the entries and blocks that each commit touches

constexpr int kFlags = Xapian::DB_BACKEND_GLASS | Xapian::DB_NO_SYNC;

/// Xapian makes its files as the process's umask has it; what is in them is for the owner alone.
void keep_private(const std::string& directory) {
  namespace fs = std::filesystem;
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  // The directory lets nobody else in, so a file that cannot be changed is no leak.
  std::error_code ignored;
  for (fs::directory_iterator file(directory, ignored), end; !ignored && file != end; file.increment(ignored)) {
    std::error_code unseen;
    if ((file->status(unseen).permissions() & kOthers) != fs::perms::none)
      fs::permissions(file->path(), kOthers, fs::perm_options::remove, unseen);
  }
}

/// The lesser of two is where the shards are together: what one has more is done again, which changes nothing.
bool is_before(const Progress& a, const Progress& b) { return a.seq < b.seq; }

}  // namespace

/// One database, and a thread that works off what it is given while the next is prepared.
struct Shards::Shard {
  std::string path;  // empty: in RAM
  Xapian::WritableDatabase database;
  std::optional<Progress> progress;
  bool changed = false;
  std::uint64_t entries = 0;  // about as many as were touched since the last commit

  std::mutex mutex;
  std::condition_variable moved;  // signalled when `job` comes or goes
  std::function<Error()> job;     // guarded by mutex
  bool busy = false;              // guarded by mutex: one is being done
  Error failure;                  // guarded by mutex
  std::unique_ptr<base::Worker> worker;

  void make(std::vector<Change>& changes) {
    for (Change& change : changes) {
      const std::string unique = terms::of_id(terms::kId, change.id);
      entries += change.document == nullptr ? kEntriesOfDocument
                                            : change.document->termlist_count() + change.document->values_count();
      if (change.document == nullptr) {
        database.delete_document(unique);
      } else if (change.fresh) {
        database.add_document(*change.document);
      } else {
        database.replace_document(unique, *change.document);
      }
      change.document.reset();
    }
  }

  /// Makes what was changed the state that is read. The shard's progress comes with it.
  Error commit(const std::string& store_id, const std::string& progress_text) {
    std::optional<base::GrowthReserve> reserve;
    if (!path.empty()) {
      std::error_code unseen;
      const std::uint64_t size = std::filesystem::file_size(path + kTable, unseen);
      const std::uint64_t rewritten = unseen ? 0 : std::min<std::uint64_t>(size, 2 * entries * kBlockBytes);
      MD_LET(taken, base::GrowthReserve::take(path + kTable, rewritten + entries * kNewBytes + kLeastBytes));
      reserve.emplace(std::move(taken));
    }
    database.set_metadata(kFormatKey, std::string(terms::kFormat));
    database.set_metadata(kStoreKey, store_id);
    database.set_metadata(kProgressKey, progress_text);
    database.set_metadata(kPositionsKey, database.has_positions() ? "1" : "");
    database.commit();
    entries = 0;
    if (!path.empty()) keep_private(path);
    return {};
  }

  void work(base::Worker& self) {
    while (self.wait()) {
      std::function<Error()> mine;
      {
        const std::lock_guard lock(mutex);
        if (!job) continue;
        mine = std::exchange(job, {});
        busy = true;
      }
      moved.notify_all();
      const Error error = guarded(mine);
      mine = {};
      {
        const std::lock_guard lock(mutex);
        busy = false;
        if (failure.ok()) failure = error;
      }
      moved.notify_all();
    }
  }

  /// Returns once the thread has what was given before. After a failure it takes nothing more.
  Error give(std::function<Error()> next) {
    if (worker == nullptr) {
      MD_LET(started, base::Worker::start("search-shard", [this](base::Worker& self) { work(self); }));
      worker = std::move(started);
    }
    std::unique_lock lock(mutex);
    moved.wait(lock, [this] { return !job; });
    MD_OK(failure);
    job = std::move(next);
    lock.unlock();
    worker->wake();
    return {};
  }

  /// Returns once nothing is under way.
  Error settle() {
    if (worker == nullptr) return {};
    std::unique_lock lock(mutex);
    moved.wait(lock, [this] { return !job && !busy; });
    return failure;
  }
};

Result<std::unique_ptr<Shards>> Shards::open(const std::string& directory, Make make, const std::string& store_id) {
  std::unique_ptr<Shards> opened(new Shards());
  opened->directory_ = directory;
  opened->store_id_ = store_id;
  const Error error = guarded([&]() -> Error {
    std::vector<std::string> paths;
    if (directory.empty()) {
      opened->shards_.push_back(std::make_unique<Shard>());
      opened->shards_.back()->database = Xapian::WritableDatabase(std::string(), Xapian::DB_BACKEND_INMEMORY);
      opened->shards_.back()->progress.emplace();
      opened->views_ = std::make_unique<Views>(opened->shards_.back()->database);
    } else {
      std::error_code failure;
      for (std::size_t i = 0;
           make == Make::New ? i < kShards : std::filesystem::exists(directory + "/" + std::to_string(i), failure);
           ++i) {
        paths.push_back(directory + "/" + std::to_string(i));
        if (make == Make::New) MD_OK(base::make_private_directory(paths.back()));
        opened->shards_.push_back(std::make_unique<Shard>());
        Shard& shard = *opened->shards_.back();
        if (make == Make::Read) {
          MD_OK(opened->start(shard, Xapian::Database(paths.back()), store_id));
          continue;
        }
        const int how = make == Make::New ? Xapian::DB_CREATE_OR_OVERWRITE : Xapian::DB_OPEN;
        shard.database = Xapian::WritableDatabase(paths.back(), how | kFlags);
        shard.path = paths.back();
        if (make == Make::New) {
          keep_private(shard.path);
          shard.progress.emplace();
        } else {
          MD_OK(opened->start(shard, shard.database, store_id));
        }
      }
      if (paths.empty()) return damage("the search index has no parts in " + directory);
      opened->views_ = std::make_unique<Views>(std::move(paths));
    }
    const Shard* least = opened->shards_.front().get();
    for (const auto& shard : opened->shards_) {
      if (is_before(*shard->progress, *least->progress)) least = shard.get();
      // What is filled in twice would be there twice.
      if (shard->progress->filling && shard->progress->text() != least->progress->text())
        return damage("the parts of the search index were not filled alike");
    }
    opened->progress_ = *least->progress;
    return {};
  });
  MD_OK(error);
  return opened;
}

Error Shards::start(Shard& shard, const Xapian::Database& database, const std::string& store_id) {
  if (database.get_metadata(kFormatKey) != terms::kFormat) return damage("the search index has another format");
  if (database.get_metadata(kStoreKey) != store_id) return damage("the search index is of another catalog");
  shard.progress = Progress::parse(database.get_metadata(kProgressKey));
  if (!database.get_metadata(kPositionsKey).empty() && !database.has_positions())
    return damage("the search index has lost its positions");
  if (!shard.progress) return damage("the search index does not say how far it is");
  documents_ += database.get_doccount();
  return {};
}

Shards::~Shards() {
  rest();
  // What fails here was not committed either.
  static_cast<void>(close().ok());
}

void Shards::rest() {
  for (const auto& shard : shards_) {
    // A failure stays with the shard: the next call tells it.
    static_cast<void>(shard->settle().ok());
    shard->worker.reset();
  }
}

Error Shards::close() {
  if (directory_.empty()) return {};
  Error first;
  for (const auto& shard : shards_) {
    // Closing commits what is pending, unless it is taken back.
    const Error undone = guarded([&]() -> Error {
      if (!shard->changed) return {};
      shard->changed = false;
      shard->database.begin_transaction(false);
      shard->database.cancel_transaction();
      return {};
    });
    // Whatever else fails: the lock on the files goes with this.
    const Error closed = guarded([&]() -> Error {
      shard->database.close();
      return {};
    });
    if (first.ok()) first = undone.ok() ? closed : undone;
  }
  return first;
}

/// Before the first change after a commit: what it overwrites may still be read.
Error Shards::begin() {
  if (!std::exchange(begun_, true)) views_->wait_for_readers(kReadersWait);
  return {};
}

/// Of all, also when one has failed: what the threads work with may go afterwards.
Error Shards::settle() {
  Error first;
  for (const auto& shard : shards_) {
    Error failure = shard->settle();
    if (first.ok()) first = std::move(failure);
  }
  return first;
}

Error Shards::apply(std::vector<Change> changes) {
  if (changes.empty()) return {};
  MD_OK(begin());
  pending_ += changes.size();
  const bool parallel = changes.size() >= kParallelFrom && shards_.size() > 1;
  std::vector<std::vector<Change>> parts(shards_.size());
  for (Change& change : changes) parts[shard_of(change.id)].push_back(std::move(change));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) continue;
    Shard& shard = *shards_[i];
    shard.changed = true;
    if (parallel) {
      const auto part = std::make_shared<std::vector<Change>>(std::move(parts[i]));
      MD_OK(shard.give([&shard, part]() -> Error {
        shard.make(*part);
        return {};
      }));
      continue;
    }
    MD_OK(shard.settle());
    const auto changing = views_->changing();
    MD_OK(guarded([&]() -> Error {
      shard.make(parts[i]);
      return {};
    }));
  }
  return {};
}

Error Shards::remove(std::size_t shard, const std::vector<Xapian::docid>& documents) {
  MD_OK(begin());
  Shard& one = *shards_[shard];
  MD_OK(one.settle());
  one.changed = true;
  one.entries += documents.size() * kEntriesOfDocument;
  pending_ += documents.size();
  const auto changing = views_->changing();
  return guarded([&]() -> Error {
    for (const Xapian::docid document : documents) one.database.delete_document(document);
    return {};
  });
}

Result<std::vector<std::string>> Shards::terms_of(const EntityId& id, char kind) {
  Shard& shard = *shards_[shard_of(id)];
  MD_OK(shard.settle());
  std::vector<std::string> found;
  const auto changing = views_->changing();
  MD_OK(guarded([&]() -> Error {
    const std::string unique = terms::of_id(terms::kId, id);
    const auto at = shard.database.postlist_begin(unique);
    if (at == shard.database.postlist_end(unique)) return {};
    auto term = shard.database.termlist_begin(*at);
    const auto end = shard.database.termlist_end(*at);
    for (term.skip_to(std::string(1, kind)); term != end && (*term).front() == kind; ++term) found.push_back(*term);
    return {};
  }));
  return found;
}

Result<bool> Shards::has_term(const std::string& term) {
  MD_OK(settle());
  bool there = false;
  const auto changing = views_->changing();
  MD_OK(guarded([&]() -> Error {
    there = std::ranges::any_of(shards_, [&](const auto& shard) { return shard->database.term_exists(term); });
    return {};
  }));
  return there;
}

Result<std::vector<Shards::Found>> Shards::find(const std::string& term, std::size_t shard, Xapian::docid after,
                                                std::size_t most) {
  Shard& one = *shards_[shard];
  MD_OK(one.settle());
  std::vector<Found> found;
  const auto changing = views_->changing();
  MD_OK(guarded([&]() -> Error {
    auto at = one.database.postlist_begin(term);
    const auto end = one.database.postlist_end(term);
    if (at != end && after != 0) at.skip_to(after + 1);
    for (; at != end && found.size() < most; ++at) {
      const Xapian::Document document = one.database.get_document(*at);
      const std::optional<EntityId> id = id_of_slot(document.get_value(terms::kSlotId));
      if (!id) return damage("a document of the search index has no id");
      Found entry;
      entry.document = *at;
      entry.id = *id;
      FacetRecord facets;
      if (unpack(document.get_value(terms::kSlotFacets), facets)) entry.type = facets.type;
      found.push_back(std::move(entry));
    }
    return {};
  }));
  return found;
}

Error Shards::commit(const Progress& progress, Where where) {
  MD_OK(begin());
  MD_OK(settle());
  const std::string text = progress.text();
  const bool parallel = pending_ >= kParallelFrom && shards_.size() > 1;
  const auto changing = views_->changing();
  const auto committing = views_->committing();
  Error given;
  for (const auto& shard : shards_) {
    if (where == Where::Changed && !shard->changed) continue;
    const auto commit_one = [this, &text, one = shard.get()] { return one->commit(store_id_, text); };
    given = parallel ? shard->give(commit_one) : guarded(commit_one);
    if (!given.ok()) break;
  }
  MD_OK(settle());
  MD_OK(given);
  MD_OK(guarded([&]() -> Error {
    documents_ = 0;
    for (const auto& shard : shards_) {
      shard->changed = false;
      documents_ += shard->database.get_doccount();
    }
    return {};
  }));
  views_->advance();
  progress_ = progress;
  pending_ = 0;
  begun_ = false;
  return {};
}

}  // namespace metadata::search
