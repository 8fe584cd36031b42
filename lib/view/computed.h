#ifndef METADATA_LIB_VIEW_COMPUTED_H
#define METADATA_LIB_VIEW_COMPUTED_H

#include <cstdint>
#include <span>

#include "metadata/error.h"
#include "store/reader.h"
#include "view/layout.h"
#include "view/surroundings.h"

namespace metadata::view {

/// Does the answer to these fields stay the same for all of a day while nothing at Surroundings::places() changes?
/// Children and most counts depend on more of the store than that.
bool is_steady(const TypeLayout& layout, const Asked& asked);

/// Fills in the asked fields that are counted or looked up when read, from what may be seen. How each is worked out is
/// a named rule of computed.cpp.
Error compute_fields(store::Reader& reader, const Layouts& layouts, const TypeLayout& layout,
                     std::span<const store::StoredEntity> entities, const Asked& asked, std::int64_t now_ms,
                     const Seen& seen, Surroundings& around);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_COMPUTED_H
