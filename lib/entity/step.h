#ifndef METADATA_LIB_ENTITY_STEP_H
#define METADATA_LIB_ENTITY_STEP_H

#include <functional>

#include "entity/context.h"
#include "store/write_set.h"

namespace metadata::entity {

/// One write, prepared from a view of the store: what to commit, and the entity as it will be.
struct Step {
  store::WriteSet set;  ///< empty: nothing changes
  Written::Change change = Written::Change::None;
  const view::TypeLayout* layout = nullptr;
  store::StoredEntity after;
  view::Surroundings around;
  std::vector<std::string> kept = {};  ///< as Written::kept
  bool retry_when_taken = false;       ///< a key that was taken meanwhile is a lost race, not an answer
};

/// Did another writer's commit make the step out of date, so that it is to be prepared anew?
bool lost_race(const Error& error, const Step& step);

using Prepare = std::function<Result<Step>(store::Reader&)>;

/// Prepares and commits; prepares anew when another writer was faster, at last in a turn of its own that cannot lose.
/// Interrupted when the interrupt trips before the turn to commit has begun.
Result<Written> run(const Context& context, const Principal& as, const Interrupt& interrupt, const Prepare& prepare);

/// Takes out of the answer to a write what its author may not see, and looks up what references to new things show. The
/// write itself stays whole.
Error hide_in_answer(const Context& context, store::Reader& reader, const Principal& as, Step& step);

/// What the writer is answered.
Result<Written> answer(const Context& context, const Principal& as, const Step& step, Seq seq);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_STEP_H
