#include "search/generation.h"

#include <utility>

#include "base/files.h"
#include "search/guarded.h"
#include "search/seal.h"

namespace metadata::search {
namespace {

/// Is what the index holds what the log says up to there? A store that was put back from a copy may have gone another
/// way since.
Error check_history(const Progress& progress, store::Store& store) {
  if (progress.seq > store.last_seq()) return damage("the search index is ahead of the catalog");
  if (progress.seq == 0 || progress.record.empty()) return {};
  MD_LET(reader, store.glance());
  MD_LET(records, reader->log(progress.seq - 1, 1));
  if (records.empty() || records.front().seq != progress.seq) return {};  // trimmed; the follower sees whether too far
  if (record_text(records.front()) == progress.record) return {};
  return damage("the search index has another history than the catalog");
}

/// Nobody else writes, so a state that went away under the writing side was never whole.
Error as_writer(Error error) {
  return error.code() == Code::Conflict ? damage(std::string(error.message())) : std::move(error);
}

}  // namespace

Generation::Generation(std::string directory, std::unique_ptr<Shards> shards, const Surroundings& around, bool sealed)
    : directory_(std::move(directory)),
      shards_(std::move(shards)),
      follower_(around.store, around.layouts, *shards_, around.log),
      sealed_(sealed) {}

Generation::~Generation() = default;

Result<std::unique_ptr<Generation>> Generation::make(const std::string& directory, const Surroundings& around) {
  if (!directory.empty()) {
    MD_OK(base::make_private_directory(directory));
    MD_OK(break_seal(directory));
  }
  MD_LET(shards, Shards::open(directory, Shards::Make::New, around.store.id()));
  std::unique_ptr<Generation> made(new Generation(directory, std::move(shards), around, false));
  made->follower_.begin_filling();
  return made;
}

Result<std::unique_ptr<Generation>> Generation::open(const std::string& directory, const Surroundings& around,
                                                     bool read_only) {
  MD_OK(check_seal(directory));
  MD_LET(shards, Shards::open(directory, read_only ? Shards::Make::Read : Shards::Make::Open, around.store.id()));
  MD_OK(check_history(shards->progress(), around.store));
  return std::unique_ptr<Generation>(new Generation(directory, std::move(shards), around, true));
}

Error Generation::unseal() {
  if (!sealed_) return {};
  MD_OK(break_seal(directory_));
  sealed_ = false;
  return {};
}

Error Generation::step() {
  MD_OK(unseal());
  Error error = as_writer(follower_.step());
  failed_ = failed_ || !error.ok();
  return error;
}

Error Generation::commit(Shards::Where where) {
  MD_OK(unseal());
  Error error = as_writer(follower_.commit(where));
  failed_ = failed_ || !error.ok();
  return error;
}

void Generation::give_up() {
  failed_ = true;
  shards_->rest();
  static_cast<void>(shards_->close().ok());
}

void Generation::close() {
  if (sealed_ || failed_) return;
  // Everywhere, so that a catalog that is only read finds all of it. What is not committed is done again by the next
  // start; a seal that cannot be made
  // costs a rebuild if the system stops. Neither is worth telling.
  if (!follower_.is_filling()) static_cast<void>(follower_.commit(Shards::Where::Everywhere).ok());
  shards_->rest();
  if (!shards_->close().ok() || directory_.empty()) return;
  static_cast<void>(seal(directory_).ok());
}

}  // namespace metadata::search
