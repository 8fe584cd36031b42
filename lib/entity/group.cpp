#include "entity/group.h"

#include <utility>

#include "base/interrupt.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

class Group {
 public:
  Group(std::size_t count, const PrepareItem& prepare) : prepare_(prepare), items_(count) {}

  Result<std::vector<BulkItem>> run(const Context& context, const Interrupt& interrupt, BulkMode mode) {
    MD_LET(prepared, prepare_all(context, interrupt));
    MD_LET(turn, context.store.exclusive(interrupt));
    for (std::size_t i = 0; i < items_.size(); ++i) {
      MD_OK(base::check(interrupt));
      put_item(*turn, i, prepared[i]);
    }
    if (mode == BulkMode::Write && !written_.empty()) MD_OK(turn->commit());
    return std::move(items_);
  }

 private:
  Result<std::vector<Result<Step>>> prepare_all(const Context& context, const Interrupt& interrupt) const {
    std::vector<Result<Step>> prepared;
    prepared.reserve(items_.size());
    MD_LET(reader, context.store.snapshot(interrupt));
    for (std::size_t i = 0; i < items_.size(); ++i) {
      MD_OK(base::check(interrupt));
      prepared.push_back(prepare_(*reader, i));
    }
    return prepared;
  }

  void put_item(store::Transaction& turn, std::size_t i, const Result<Step>& prepared) {
    // What failed on the snapshot may be in order after the items before it, and what they wrote is to be seen.
    const bool is_old = prepared.ok() ? written_.contains(prepared->after.row.fqn_key) : !written_.empty();
    if (is_old) return put_on(turn, i);
    if (!prepared.ok()) {
      items_[i].error = prepared.error();
    } else if (!apply(turn, i, *prepared)) {
      put_on(turn, i);
    }
  }

  /// Prepares in the transaction, where no race is lost.
  void put_on(store::Transaction& turn, std::size_t i) {
    const Result<Step> step = prepare_(turn, i);
    if (!step.ok()) {
      items_[i] = {};
      items_[i].error = step.error();
    } else {
      apply(turn, i, *step);
    }
  }

  /// False: another writer came in between, and it is to be prepared anew.
  bool apply(store::Transaction& turn, std::size_t i, const Step& step) {
    items_[i] = apply_item(turn, step);
    if (!items_[i].error.ok()) return !lost_race(items_[i].error, step);
    if (!step.set.empty()) written_.insert(step.after.row.fqn_key);
    return true;
  }

  const PrepareItem& prepare_;
  std::vector<BulkItem> items_;
  std::set<std::string> written_;  // keys
};

}  // namespace

BulkItem apply_item(store::Transaction& turn, const Step& step) {
  const store::EntityRow& row = step.after.row;
  BulkItem done{model::fqn_of_key(row.fqn_key), {}, step.change, row.id, 0, step.kept};
  if (step.set.empty()) return done;
  const Result<store::Applied> applied = turn.apply(step.set);
  if (!applied.ok()) {
    BulkItem failed;
    failed.error = applied.error();
    return failed;
  }
  done.seq = applied->seq;
  return done;
}

Result<std::vector<BulkItem>> write_group(const Context& context, std::size_t count, const PrepareItem& prepare,
                                          const Interrupt& interrupt, BulkMode mode) {
  return Group(count, prepare).run(context, interrupt, mode);
}

}  // namespace metadata::entity
