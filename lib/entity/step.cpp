#include "entity/step.h"

#include <span>

#include "entity/allowed.h"

namespace metadata::entity {
namespace {

constexpr int kRaces = 3;

/// The step, whose answer shows no more than its author may see.
Result<Step> prepared(const Context& context, store::Reader& reader, const Principal& as, const Prepare& prepare) {
  MD_LET(step, prepare(reader));
  MD_OK(hide_in_answer(context, reader, as, step));
  return step;
}

}  // namespace

bool lost_race(const Error& error, const Step& step) {
  return error.code() == Code::Conflict || (error.code() == Code::AlreadyExists && step.retry_when_taken);
}

Error hide_in_answer(const Context& context, store::Reader& reader, const Principal& as, Step& step) {
  MD_OK(hide(context, reader, as, step.around));
  MD_OK(step.around.describe(reader, *step.layout));
  return hide_in_changes(context, reader, as, std::span(&step.after, 1));
}

Result<Written> answer(const Context& context, const Principal& as, const Step& step, Seq seq) {
  view::Sight sight = context.sight(as);
  sight.writing = step.change == Written::Change::Updated;
  MD_LET(entity, view::compose(*step.layout, step.after, step.around, view::Asked::own(*step.layout->type), sight));
  return Written{std::move(entity), seq, step.change, step.kept};
}

Result<Written> run(const Context& context, const Principal& as, const Interrupt& interrupt, const Prepare& prepare) {
  for (int race = 0; race < kRaces; ++race) {
    // The snapshot goes back to its pool before the commit waits for its turn.
    auto step = [&]() -> Result<Step> {
      MD_LET(reader, context.store.snapshot(interrupt));
      return prepared(context, *reader, as, prepare);
    }();
    if (!step.ok()) return step.error();
    if (step->set.empty()) return answer(context, as, *step, 0);
    const auto applied = context.store.commit(step->set, interrupt);
    if (applied.ok()) return answer(context, as, *step, applied->seq);
    if (!lost_race(applied.error(), *step)) return applied.error();
  }
  MD_LET(turn, context.store.exclusive(interrupt));
  MD_LET(step, prepared(context, *turn, as, prepare));
  if (step.set.empty()) return answer(context, as, step, 0);
  MD_LET(applied, turn->apply(step.set));
  MD_OK(turn->commit());
  return answer(context, as, step, applied.seq);
}

}  // namespace metadata::entity
