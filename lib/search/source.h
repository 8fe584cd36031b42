#ifndef METADATA_LIB_SEARCH_SOURCE_H
#define METADATA_LIB_SEARCH_SOURCE_H

#include <span>
#include <string>
#include <vector>

#include "access/seeing.h"
#include "json/value.h"
#include "metadata/error.h"
#include "metadata/search.h"
#include "store/reader.h"
#include "view/layout.h"

namespace metadata::search {

/// The classification whose labels are an entity's tier, and stand apart from its other tags.
inline constexpr std::string_view kTier = "Tier";

/// Which members of a search document are wanted: names, paths ("owners.name") and patterns with *.
class SourceFilter {
 public:
  SourceFilter(std::vector<std::string> include, std::vector<std::string> exclude)
      : include_(std::move(include)), exclude_(std::move(exclude)) {}
  explicit SourceFilter(const SearchQuery& query) : SourceFilter(query.include_fields, query.exclude_fields) {}

  bool keeps_all() const { return include_.empty() && exclude_.empty(); }
  /// May anything of this top-level member be wanted?
  bool wants(std::string_view member) const;
  /// Takes out whatever is not wanted.
  void apply(json::Document& document) const;

 private:
  bool apply(json::Value& value, const std::string& path, bool included) const;

  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

/// A search document: what a hit shows as `_source`.
struct Source {
  const model::EntityType* type = nullptr;
  store::EntityRow row;
  json::Document document;  ///< null when no source is wanted
};

/// What the principal sees, as the reader has it. All must outlive it.
access::Seeing seeing_of(store::Reader& reader, const view::Layouts& layouts, const Principal& as);

/// The search documents of entities, in the order of the ids; those that are gone, or that the principal may not see by
/// now, are left out. Composed from the store, with a number of statements for each type that does not depend on how
/// many there are. Secrets are masked.
Result<std::vector<Source>> compose_sources(store::Reader& reader, const view::Layouts& layouts, const Principal& as,
                                            std::span<const EntityId> ids, const SourceFilter& filter, bool documents);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_SOURCE_H
