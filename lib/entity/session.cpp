#include "entity/session.h"

#include <algorithm>

#include "change/describe.h"
#include "entity/body.h"
#include "entity/delta.h"
#include "entity/past.h"
#include "json/write.h"

namespace metadata::entity {
namespace {

/// The working form of a past version; what its references and labels name is looked up as it is now.
Result<json::Document> past_working(store::Reader& reader, const view::TypeLayout& layout, const Loaded& present,
                                    const json::Document& form) {
  store::StoredEntity stored = present.stored;
  view::Surroundings around = present.around;
  MD_OK(go_back(reader, layout, form, stored, around));
  return view::working_form(layout, stored, around);
}

template <class Wanted>
Wanted* find_operation(store::WriteSet& set) {
  for (store::Operation& operation : set.operations) {
    if (auto* wanted = std::get_if<Wanted>(&operation)) return wanted;
  }
  return nullptr;
}

}  // namespace

bool continues_session(const Context& context, const Loaded& before, const WriteOptions& options,
                       const Author& author) {
  const store::EntityRow& row = before.stored.row;
  return context.session_window.count() > 0 && !options.if_revision && !row.deleted &&
         row.version.tenths > Version{}.tenths && row.mark == store::Mark::None && row.updated_by == author.as.name &&
         author.at - row.updated_at <= context.session_window.count();
}

Result<Step> fold(store::Reader& reader, const view::TypeLayout& layout, const Loaded& before, Step step) {
  auto* written = find_operation<store::UpdateEntity>(step.set);
  auto* history = find_operation<store::AppendHistory>(step.set);
  // What was moved or renamed is a version of its own: what lies below it has moved, too.
  if (written == nullptr || history == nullptr || find_operation<store::RenameRange>(step.set) != nullptr) return step;
  const store::Rid rid = before.stored.row.rid;
  MD_LET(rows, reader.history(rid, 1, 0));
  if (rows.empty()) return step;

  store::HistoryRow past = std::move(rows.front());
  json::Document form = view::versioned_form(layout, before.working, before.tags);
  MD_OK(past_form(layout, past, form));
  MD_LET(earlier, past_working(reader, layout, before, form));
  store::StoredEntity stored{written->row, written->body};
  MD_LET(now, view::working_form(layout, stored, step.around));
  const auto change = change::describe(*layout.type, earlier, now, past.version);

  step.set.operations.push_back(store::DropHistory{written->row.id, past.version});
  written = find_operation<store::UpdateEntity>(step.set);  // the list may have moved
  history = find_operation<store::AppendHistory>(step.set);
  store::EntityRow& row = written->row;
  if (change.versioned) {
    row.version = change::next_version(past.version, change);
    written->body.change = mask_sealed(change.description);
    if (!past.full) {
      const auto labels = step.around.tags.find(rid);
      const auto tags = labels == step.around.tags.end() ? view::LabelIndex() : view::label_index(labels->second);
      const json::Document back = delta(layout, view::versioned_form(layout, now, tags), form);
      past.body = back.Empty() ? std::string() : json::write(back);
    }
    // The row takes the place of the one that is dropped, so it is written after that.
    store::AppendHistory again{row.id, std::move(past)};
    std::erase_if(step.set.operations,
                  [](const auto& one) { return std::holds_alternative<store::AppendHistory>(one); });
    step.set.operations.push_back(std::move(again));
  } else {
    row.version = past.version;
    row.mark = past.mark;
    written->body.change = past.change;
    std::erase_if(step.set.operations,
                  [](const auto& one) { return std::holds_alternative<store::AppendHistory>(one); });
  }
  written = find_operation<store::UpdateEntity>(step.set);
  step.after.row.version = written->row.version;
  step.after.row.mark = written->row.mark;
  if (auto* logged = find_operation<store::AppendLog>(step.set)) logged->record.version = written->row.version;
  return step;
}

}  // namespace metadata::entity
