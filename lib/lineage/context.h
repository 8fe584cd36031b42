#ifndef METADATA_LIB_LINEAGE_CONTEXT_H
#define METADATA_LIB_LINEAGE_CONTEXT_H

#include <string_view>

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
};

namespace lineage {

using Context = Lineage::Parts;

enum class Deleted { Refuse, Accept };

/// The stored entity that the reference names: by id (of whatever type, when the reference has none) or by name.
/// NotFound otherwise, or when it is deleted and that is refused.
Result<store::StoredEntity> find(const Context& context, store::Reader& reader, const EntityRef& target,
                                 Deleted deleted);

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
