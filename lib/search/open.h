#ifndef METADATA_LIB_SEARCH_OPEN_H
#define METADATA_LIB_SEARCH_OPEN_H

#include <memory>

#include "metadata/error.h"
#include "metadata/options.h"
#include "metadata/search.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata::search {

/// The search of the catalog in options.path. Does not wait for its index, whatever state that is in. The store and the
/// layouts are not owned and must outlive it. There are two of these: one with Xapian, one without (disabled.cpp).
Result<std::unique_ptr<Search>> open(const Options& options, store::Store& store, const view::Layouts& layouts);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_OPEN_H
