#include <algorithm>
#include <functional>
#include <set>

#include "entity/verbs.h"
#include "feed/finding.h"
#include "feed/parts.h"

namespace metadata {
namespace feed {
namespace {

constexpr std::size_t kAtOnce = 1000;
constexpr std::size_t kTextAtOnce = std::size_t{1} << 20;

Error of_one(const Suggestion& suggestion, const Error& error) {
  return Error(error.code(), "suggestion " + suggestion.place.id.text() + ": " + std::string(error.message()),
               std::string(error.field()));
}

/// The step that accepts them all: one patch of the entity, and their new state.
Result<entity::Step> accept_step(const entity::Context& context, store::Reader& reader, About& about,
                                 std::span<const Suggestion> chosen, const WriteOptions& options,
                                 std::vector<Json>& answers) {
  std::set<std::string> changed;
  for (const Suggestion& suggestion : chosen) {
    const Error failed = apply(context, reader, about, suggestion, changed);
    if (!failed.ok()) return of_one(suggestion, failed);
  }
  MD_LET(patch, patch_of(about, changed));
  WriteOptions suggested = options;
  suggested.change_source = "Suggested";
  suggested.if_revision = {};
  MD_LET(step, entity::patch(context, reader, *about.layout, about.target(), patch, suggested));
  // Also when nothing changes, it is this state of the entity in which nothing does.
  const store::EntityRow& before = about.entity.stored.row;
  if (step.set.empty()) step.set.preconditions.push_back(store::RowAt{before.id, before.revision});
  std::vector<Suggestion> accepted;
  for (const Suggestion& suggestion : chosen) {
    accepted.push_back(decided(context, suggestion, Status::Accepted, options));
    replace(suggestion, accepted.back(), step.set);
    tell(context, about, step.after.row, store::LogKind::SuggestionAccepted, told_of(accepted.back(), about.ref()),
         suggested, step.set);
  }
  MD_LET(texts, shown(context, reader, options.as, accepted));
  answers = std::move(texts);
  return step;
}

/// Nothing to do for the entity.
entity::Step no_step(About about) {
  entity::Step step;
  step.layout = about.layout;
  step.after = std::move(about.entity.stored);
  step.around = std::move(about.entity.around);
  return step;
}

/// The oldest that are chosen, as many as one transaction takes.
Result<std::vector<Suggestion>> choose(store::Reader& reader, const About& about, const EntityId& author, What what,
                                       const std::string& until) {
  MD_LET(places, places_of(reader, about.entity.stored.row.id));
  std::erase_if(places, [&](const Place& place) {
    return place.author != author || place.what != what || place.status != Status::Open || place.order > until;
  });
  std::ranges::reverse(places);
  if (places.size() > kAtOnce) places.resize(kAtOnce);
  MD_LET(chosen, read_all(reader, places));
  std::size_t text = 0, count = 0;
  while (count < chosen.size() && (count == 0 || text < kTextAtOnce)) text += chosen[count++].body.size();
  chosen.resize(count);
  return chosen;
}

/// What comes after all that was made until now.
std::string until_now(const entity::Context& context) { return order_of(context.clock.now_ms() + 1, {}); }

/// Decides for one piece of those of an entity; no answers: none is left.
using Piece = std::function<Result<std::vector<Json>>(const EntityRef& about)>;

Result<std::vector<Json>> decide_all(const entity::Context& context, const SuggestionChoice& choice,
                                     const WriteOptions& options, const Piece& piece) {
  std::vector<EntityRef> targets;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(refs, entities_of(context, *reader, options.as, choice.entity_fqn));
    // Entities of several types may have one name: those count about which something is open.
    std::vector<EntityRef> open;
    for (const store::RefRow& ref : refs) {
      targets.push_back(EntityRef::by_id(ref.type, ref.id));
      if (refs.size() == 1) break;
      MD_LET(places, places_of(*reader, ref.id));
      if (std::ranges::any_of(places, [](const Place& place) { return place.status == Status::Open; }))
        open.push_back(targets.back());
    }
    if (!open.empty()) targets = std::move(open);
  }
  std::vector<Json> all;
  for (const EntityRef& target : targets) {
    for (;;) {
      MD_LET(some, piece(target));
      if (some.empty()) break;
      std::ranges::move(some, std::back_inserter(all));
    }
  }
  return all;
}

}  // namespace
}  // namespace feed

Result<Json> Suggestions::accept(const EntityId& id, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  std::vector<Json> answers;
  MD_LET(written,
         entity::run(context, options.as, options.interrupt, [&](store::Reader& reader) -> Result<entity::Step> {
           MD_LET(found, feed::find_suggestion(context, reader, options.as, id));
           MD_OK(feed::check_decides(reader, options.as, found.about, found.suggestion.place.what, "accept"));
           MD_OK(feed::check_open(found.suggestion));
           return feed::accept_step(context, reader, found.about, std::span(&found.suggestion, 1), options, answers);
         }));
  return std::move(answers.front());
}

Result<Json> Suggestions::reject(const EntityId& id, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(turn, context.store.exclusive(options.interrupt));
  MD_LET(found, feed::find_suggestion(context, *turn, options.as, id));
  MD_OK(feed::check_decides(*turn, options.as, found.about, found.suggestion.place.what, "reject"));
  MD_OK(feed::check_open(found.suggestion));
  const feed::Suggestion after = feed::decided(context, found.suggestion, feed::Status::Rejected, options);
  return feed::commit_state(context, *turn, found, after, store::LogKind::SuggestionRejected, options);
}

Result<std::vector<Json>> Suggestions::accept_all(const SuggestionChoice& choice, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(what, feed::read_what(choice.type));
  const std::string until = feed::until_now(context);
  return feed::decide_all(context, choice, options, [&](const EntityRef& target) -> Result<std::vector<Json>> {
    std::vector<Json> answers;
    MD_LET(written,
           entity::run(context, options.as, options.interrupt, [&](store::Reader& reader) -> Result<entity::Step> {
             answers.clear();
             MD_LET(about, feed::find_about(context, reader, options.as, target));
             MD_OK(feed::check_decides(reader, options.as, about, what, "accept"));
             MD_LET(chosen, feed::choose(reader, about, choice.author, what, until));
             if (chosen.empty()) return feed::no_step(std::move(about));
             return feed::accept_step(context, reader, about, chosen, options, answers);
           }));
    return answers;
  });
}

Result<std::vector<Json>> Suggestions::reject_all(const SuggestionChoice& choice, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(what, feed::read_what(choice.type));
  const std::string until = feed::until_now(context);
  return feed::decide_all(context, choice, options, [&](const EntityRef& target) -> Result<std::vector<Json>> {
    MD_LET(turn, context.store.exclusive(options.interrupt));
    MD_LET(about, feed::find_about(context, *turn, options.as, target));
    MD_OK(feed::check_decides(*turn, options.as, about, what, "reject"));
    MD_LET(chosen, feed::choose(*turn, about, choice.author, what, until));
    if (chosen.empty()) return std::vector<Json>();
    store::WriteSet set;
    std::vector<feed::Suggestion> rejected;
    for (const feed::Suggestion& suggestion : chosen) {
      rejected.push_back(feed::decided(context, suggestion, feed::Status::Rejected, options));
      feed::put_state(context, about, suggestion, rejected.back(), store::LogKind::SuggestionRejected, options, set);
    }
    MD_LET(texts, feed::shown(context, *turn, options.as, rejected));
    MD_OK(feed::finish(*turn, set));
    return texts;
  });
}

}  // namespace metadata
