// The search of a library that is built without Xapian.
#include <utility>

#include "search/open.h"

namespace metadata {
namespace {

Error not_built() { return unimplemented("search is not built into this library (-Dsearch=disabled)"); }

}  // namespace

struct Search::Parts {};

Search::Search(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Search::~Search() = default;

Result<SearchHits> Search::query(const SearchQuery&) const { return not_built(); }
Result<SearchHits> Search::field_query(const SearchQuery&, std::string_view, std::string_view) const {
  return not_built();
}
Result<std::string> Search::document(const SearchQuery&, EntityId) const { return not_built(); }
Result<Facet> Search::aggregate(const SearchQuery&, std::string_view, std::string_view) const { return not_built(); }
Result<SearchMatches> Search::matching(const SearchQuery&, std::span<const EntityId>) const { return not_built(); }
Result<SearchHits> Search::suggest(const SearchQuery&) const { return not_built(); }
SearchStatus Search::status() const {
  SearchStatus status;
  status.built = false;
  return status;
}
Error Search::catch_up(const Interrupt&) { return not_built(); }
Error Search::rebuild(bool) { return not_built(); }
Result<std::vector<SearchFinding>> Search::check(const Interrupt&) const { return std::vector<SearchFinding>(); }

namespace search {

Result<std::unique_ptr<Search>> open(const Options&, store::Store&, const view::Layouts&) {
  return std::make_unique<Search>(std::make_unique<Search::Parts>());
}

}  // namespace search
}  // namespace metadata
