#ifndef METADATA_LIB_ENTITY_GROUP_H
#define METADATA_LIB_ENTITY_GROUP_H

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "entity/step.h"
#include "metadata/bulk.h"

namespace metadata::entity {

/// Prepares one of many writes from a view of the store; maybe several times, until it is applied.
using PrepareItem = std::function<Result<Step>(store::Reader& reader, std::size_t item)>;

/// Many writes in one transaction, each with a result of its own. Each is prepared from a snapshot, while other writers
/// commit; what depends on an earlier one of the group, or lost a race, is prepared anew in the transaction. A trial
/// ends in a transaction that is given up. An error is one of all of them: nothing was written.
Result<std::vector<BulkItem>> write_group(const Context& context, std::size_t count, const PrepareItem& prepare,
                                          const Interrupt& interrupt, BulkMode mode);

/// What one write became, applied to a transaction in which it was prepared.
BulkItem apply_item(store::Transaction& turn, const Step& step);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_GROUP_H
