#ifndef METADATA_LIB_SEARCH_COMPARE_H
#define METADATA_LIB_SEARCH_COMPARE_H

#include <vector>

#include "metadata/error.h"
#include "metadata/options.h"
#include "metadata/search.h"
#include "search/index.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata::search {

/// Which entities have no document, one of another revision, several, or are gone and have one. Looked at again once
/// the index is where the store is, so that what somebody writes meanwhile is none of them. An index that cannot get
/// there is the one finding "index-unavailable".
Result<std::vector<SearchFinding>> compare_with_store(Index& index, store::Store& store, const view::Layouts& layouts,
                                                      const Interrupt& interrupt);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_COMPARE_H
