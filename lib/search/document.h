#ifndef METADATA_LIB_SEARCH_DOCUMENT_H
#define METADATA_LIB_SEARCH_DOCUMENT_H

#include <span>
#include <vector>

#include <xapian.h>

#include "metadata/error.h"
#include "store/reader.h"
#include "view/layout.h"

namespace metadata::search {

/// The index documents of some stored entities of one type, in their order. What they need besides (edges, labels,
/// containers) is read with a number of statements that does not depend on how many they are. Follows from the
/// entity type's description only. Each has its unique term (terms::kId).
Result<std::vector<Xapian::Document>> make_documents(store::Reader& reader, const view::Layouts& layouts,
                                                     const view::TypeLayout& layout,
                                                     std::span<const store::StoredEntity> entities);

/// Whether entities of this type are indexed: its description has a `search` member.
bool is_searchable(const model::EntityType& type);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_DOCUMENT_H
