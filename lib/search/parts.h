#ifndef METADATA_LIB_SEARCH_PARTS_H
#define METADATA_LIB_SEARCH_PARTS_H

#include <memory>

#include "metadata/search.h"
#include "search/index.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata {

/// What a search is made of.
struct Search::Parts {
  store::Store& store;
  const view::Layouts& layouts;
  SearchLimits limits;
  std::unique_ptr<search::Index> index;
};

}  // namespace metadata

#endif  // METADATA_LIB_SEARCH_PARTS_H
