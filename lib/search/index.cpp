#include "search/index.h"

#include <utility>

namespace metadata::search {

struct Index::Parts {};

Index::Index(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(Settings, store::Store&, const view::Layouts&) {
  return std::make_unique<Index>(std::make_unique<Parts>());
}

Result<Index::Standing> Index::wait_for(Seq, std::chrono::milliseconds, const Interrupt&) {
  return unavailable("the search index is being built");
}

Error Index::read(const std::function<Error(const Xapian::Database&)>&) const {
  return unavailable("the search index is being built");
}

SearchStatus Index::status() const { return {}; }
Error Index::rebuild(bool) { return unavailable("the search index is being built"); }

}  // namespace metadata::search
