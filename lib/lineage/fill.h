#ifndef METADATA_LIB_LINEAGE_FILL_H
#define METADATA_LIB_LINEAGE_FILL_H

#include <span>
#include <unordered_map>
#include <vector>

#include "access/seeing.h"
#include "lineage/context.h"

namespace metadata::lineage {

using References = std::unordered_map<store::Rid, store::RefRow>;

/// Adds the references that are not there yet, in bounded statements. What is gone is not found.
Error fetch_references(store::Reader& reader, std::span<const store::Rid> rids, References& references);

/// The edges as readers see them, in the order of the pairs, without those that are not there. `with_details` decides
/// about their details, of which `seeing` leaves what may be seen. References of both ends must be known. Ends when the
/// details have `most_bytes`: what comes back is shorter then.
Result<std::vector<LineageEdge>> fill_edges(store::Reader& reader, std::span<const store::LineagePair> pairs,
                                            const References& references, const access::Seeing& seeing,
                                            bool with_details, std::size_t most_bytes);

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_FILL_H
