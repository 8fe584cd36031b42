#ifndef METADATA_LIB_LINEAGE_CONTEXT_H
#define METADATA_LIB_LINEAGE_CONTEXT_H

#include <memory>
#include <optional>
#include <string_view>

#include "base/gate.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/host.h"
#include "metadata/lineage.h"
#include "metadata/options.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata {

/// What the room works with. Immutable; owned by Lineage; the referred must outlive it.
struct Lineage::Parts {
  const view::Layouts& layouts;
  store::Store& store;
  const Limits& limits;
  Clock& clock;
  /// Walks with an `admit` hold one reading connection, and what they ask may need another: so all but one of the
  /// connections may be in the hands of such walks. Null: there is one connection only.
  std::unique_ptr<base::Gate> asking = {};
};

namespace lineage {

using Context = Lineage::Parts;

/// The right to walk with this `admit`, before the walk reads anything; a pass of no gate when there is none to ask.
/// RateLimited when too many wait.
Result<base::Gate::Pass> may_ask(const Context& context, const Admit& admit);

enum class Deleted { Refuse, Accept };

/// The stored entity that the reference names: by id (of whatever type, when the reference has none) or by name.
/// NotFound otherwise, or when it is deleted and that is refused, or the principal may not see it.
Result<store::StoredEntity> find(const Context& context, store::Reader& reader, const EntityRef& target,
                                 Deleted deleted, const Principal& as);

/// May the principal change edges at the entity?
Error may_edit(const Context& context, store::Reader& reader, const Principal& as, const store::EntityRow& row);

/// "table 1234…": an end as messages name it.
std::string named(const EntityRef& target);

/// Ids of found entities as EntityRef; types in their canonical spelling.
EntityRef ref_of(const store::EntityRow& row);

/// As much of an entity as a walk shows.
LineageNode node_of(const store::RefRow& row, int depth);
LineageNode node_of(const store::EntityRow& row, int depth);

}  // namespace lineage
}  // namespace metadata

#endif  // METADATA_LIB_LINEAGE_CONTEXT_H
