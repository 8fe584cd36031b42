#ifndef METADATA_LIB_LINEAGE_FILTER_H
#define METADATA_LIB_LINEAGE_FILTER_H

#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "lineage/fill.h"
#include "lineage/search.h"
#include "metadata/lineage.h"

namespace metadata::lineage {

/// Which entities a search enters. The one place where what a caller may see is applied to walks.
struct Filter {
  bool deleted = true;               ///< soft-deleted ones too
  std::vector<std::string> types;    ///< empty: all
  const Context* context = nullptr;  ///< not owned
  const Principal* as = nullptr;     ///< not owned; null: somebody who sees everything
  Admit admit = {};                  ///< of those that pass the rest

  bool all() const { return deleted && types.empty() && as == nullptr && !admit; }
  /// Leaves out what the caller may see and does not want; without what `admit` says.
  bool takes(const store::RefRow& row) const;
};

/// The types in their canonical spelling. InvalidArgument for one that there is not. `context` and `as` must outlive
/// the filter.
Result<Filter> filter_of(const Context& context, bool deleted, const std::vector<std::string>& types,
                         const Principal& as);

/// The filter as a search asks for it; null when it takes all. What it reads of references stays in `references`. All
/// but the result must outlive it.
Search::Admit admit_by(const Filter& filter, store::Reader& reader, const Graph& graph, References& references);

/// What the principal sees, as the reader has it. All must outlive it.
access::Seeing seeing_of(const Context& context, store::Reader& reader, const Principal& as);

/// Those of the entities that the principal may see; a statement for each type that is seen in part. All must be among
/// the references.
Result<std::unordered_set<store::Rid>> seen_among(const Context& context, store::Reader& reader, const Principal& as,
                                                  std::span<const store::Rid> rids, const References& references);

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_FILTER_H
