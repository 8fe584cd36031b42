#ifndef METADATA_LIB_LINEAGE_FILTER_H
#define METADATA_LIB_LINEAGE_FILTER_H

#include <string>
#include <vector>

#include "lineage/fill.h"
#include "lineage/search.h"
#include "metadata/lineage.h"

namespace metadata::lineage {

/// Which entities a search enters. The one place where what a caller may see is to be applied.
struct Filter {
  bool deleted = true;             ///< soft-deleted ones too
  std::vector<std::string> types;  ///< empty: all
  Admit admit = {};                ///< of those that pass the rest

  bool all() const { return deleted && types.empty() && !admit; }
  /// Without what `admit` says.
  bool takes(const store::RefRow& row) const;
};

/// The types in their canonical spelling. InvalidArgument for one that there is not.
Result<Filter> filter_of(const Context& context, bool deleted, const std::vector<std::string>& types);

/// The filter as a search asks for it; null when it takes all. What it reads of references stays in `references`. All
/// but the result must outlive it.
Search::Admit admit_by(const Filter& filter, store::Reader& reader, const Graph& graph, References& references);

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_FILTER_H
