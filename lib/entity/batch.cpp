#include "metadata/batch.h"

#include "base/interrupt.h"
#include "entity/verbs.h"

namespace metadata {

Batch& Batch::create(std::string type, std::string json) {
  items_.emplace_back(Create{std::move(type), std::move(json)});
  return *this;
}

Batch& Batch::put(std::string type, std::string json) {
  items_.emplace_back(Put{std::move(type), std::move(json)});
  return *this;
}

Batch& Batch::patch(EntityRef target, Patch patch) {
  items_.emplace_back(Change{std::move(target), std::move(patch)});
  return *this;
}

Batch& Batch::remove(EntityRef target, bool hard, bool recursive) {
  items_.emplace_back(Remove{std::move(target), hard, recursive});
  return *this;
}

Batch& Batch::restore(EntityRef target) {
  items_.emplace_back(Restore{std::move(target)});
  return *this;
}

namespace entity {
namespace {

/// Prepares one item on the batch's own transaction, so that it sees what earlier items wrote.
class ItemPreparer {
 public:
  ItemPreparer(const Context& context, store::Reader& reader, const WriteOptions& options)
      : context_(context), reader_(reader), options_(options) {}

  Result<Step> operator()(const Batch::Create& item) const {
    MD_LET(layout, context_.layout(item.type));
    return create(context_, reader_, *layout, item.json, options_);
  }
  Result<Step> operator()(const Batch::Put& item) const {
    MD_LET(layout, context_.layout(item.type));
    return put(context_, reader_, *layout, item.json, options_);
  }
  Result<Step> operator()(const Batch::Change& item) const {
    MD_LET(layout, context_.layout(item.target.type));
    return patch(context_, reader_, *layout, item.target, item.patch, options_);
  }
  Result<Step> operator()(const Batch::Remove& item) const {
    MD_LET(layout, context_.layout(item.target.type));
    return remove(context_, reader_, *layout, item.target,
                  {options_.as, item.hard, item.recursive, options_.if_revision, {}});
  }
  Result<Step> operator()(const Batch::Restore& item) const {
    MD_LET(layout, context_.layout(item.target.type));
    return restore(context_, reader_, *layout, item.target, options_);
  }

 private:
  const Context& context_;
  store::Reader& reader_;
  const WriteOptions& options_;
};

Error at_item(std::size_t index, const Error& error) {
  return Error(error.code(), "item " + std::to_string(index) + ": " + std::string(error.message()),
               std::string(error.field()));
}

}  // namespace

Result<std::vector<Written>> write(const Context& context, const Batch& batch, const WriteOptions& options) {
  const auto& items = batch.items();
  if (items.size() > context.limits.max_batch) {
    return too_large("a batch has at most " + std::to_string(context.limits.max_batch) + " items");
  }
  std::vector<Written> results;
  if (items.empty()) return results;
  MD_LET(turn, context.store.exclusive(options.interrupt));
  for (std::size_t i = 0; i < items.size(); ++i) {
    MD_OK(base::check(options.interrupt));
    auto step = std::visit(ItemPreparer(context, *turn, options), items[i]);
    if (!step.ok()) return at_item(i, step.error());
    if (const Error hidden = hide_in_answer(context, *turn, options.as, *step); !hidden.ok()) return at_item(i, hidden);
    Seq seq = 0;
    if (!step->set.empty()) {
      const auto applied = turn->apply(step->set);
      if (!applied.ok()) return at_item(i, applied.error());
      seq = applied->seq;
    }
    auto written = answer(context, options.as, *step, seq);
    if (!written.ok()) return at_item(i, written.error());
    results.push_back(*std::move(written));
  }
  MD_OK(turn->commit());
  return results;
}

}  // namespace entity
}  // namespace metadata
