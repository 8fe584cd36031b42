#ifndef METADATA_LIB_VIEW_COMPUTED_H
#define METADATA_LIB_VIEW_COMPUTED_H

#include <cstdint>
#include <span>

#include "metadata/error.h"
#include "store/reader.h"
#include "view/layout.h"

namespace metadata::view {

struct Surroundings;

/// Fills in the asked fields that are counted or looked up when read. How each is worked out is a named rule of
/// computed.cpp.
Error compute_fields(store::Reader& reader, const Layouts& layouts, const TypeLayout& layout,
                     std::span<const store::StoredEntity> entities, const Asked& asked, std::int64_t now_ms,
                     Surroundings& around);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_COMPUTED_H
