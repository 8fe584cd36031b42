#include <chrono>
#include <utility>

#include "search/compare.h"
#include "search/open.h"
#include "search/parts.h"

namespace metadata {
namespace {

constexpr std::chrono::hours kNoLimit{24};

}  // namespace

Search::Search(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Search::~Search() = default;

SearchStatus Search::status() const { return parts_->index->status(); }

Error Search::catch_up(const Interrupt& interrupt) {
  MD_LET(standing, parts_->index->wait_for(parts_->store.last_seq(), kNoLimit, interrupt));
  return standing.complete ? Error() : interrupted("the search index did not reach the end of the log in time");
}

Error Search::rebuild(bool wait) { return parts_->index->rebuild(wait); }

Result<std::vector<SearchFinding>> Search::check(const Interrupt& interrupt) const {
  return search::compare_with_store(*parts_->index, parts_->store, parts_->layouts, interrupt);
}

namespace search {

Result<std::unique_ptr<Search>> open(const Options& options, store::Store& store, const view::Layouts& layouts) {
  Index::Settings settings;
  if (options.path != ":memory:") settings.path = options.path + "/search";
  settings.read_only = options.read_only;
  settings.background = options.background;
  settings.log = options.log;
  MD_LET(index, Index::open(std::move(settings), store, layouts));
  return std::make_unique<Search>(
      std::unique_ptr<Search::Parts>(new Search::Parts{store, layouts, options.search, std::move(index)}));
}

}  // namespace search
}  // namespace metadata
