#include <algorithm>
#include <utility>

#include "base/interrupt.h"
#include "entity/group.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/skip.h"

namespace metadata::entity {
namespace {

// Items of one transaction: few file syncs for a thousand, and another writer waits for so many at most.
constexpr std::size_t kGroup = 250;

/// The elements of an array as they stand in its text, which was read before.
std::vector<std::string_view> elements_of(std::string_view array, std::size_t count) {
  std::vector<std::string_view> elements;
  elements.reserve(count);
  std::size_t at = array.find('[') + 1;
  while (elements.size() < count) {
    at = array.find_first_not_of(" \t\r\n,", at);
    const std::size_t end = json::end_of_value(array, at);
    elements.push_back(array.substr(at, end - at));
    at = end;
  }
  return elements;
}

Result<std::vector<std::string_view>> read_array(const Context& context, std::string_view text) {
  json::Document array;
  MD_OK(json::parse(text, array, context.limits.bulk));
  if (!array.IsArray()) return invalid_argument("the body must be a JSON array of create requests");
  if (array.Size() > context.limits.max_bulk) {
    return too_large("a bulk request has at most " + std::to_string(context.limits.max_bulk) + " items, not " +
                     std::to_string(array.Size()));
  }
  return elements_of(text, array.Size());
}

/// The name in a body that failed, for whoever looks for it there.
std::string name_in(std::string_view body) {
  constexpr std::size_t kShown = 256;
  json::Document tree;
  if (!json::parse(body, tree).ok() || !tree.IsObject()) return {};
  const std::string_view name = json::string_or(tree, "name");
  return name.size() <= kShown ? std::string(name) : std::string();
}

/// Puts the items, group by group.
class Bulk {
 public:
  Bulk(const Context& context, const view::TypeLayout& layout, std::vector<std::string_view> bodies,
       const WriteOptions& options, BulkMode mode)
      : context_(context), layout_(layout), bodies_(std::move(bodies)), options_(options), mode_(mode) {
    options_.if_revision.reset();
    items_.resize(bodies_.size());
  }

  Result<std::vector<BulkItem>> run() {
    // A trial ends in one transaction that is given up, so that later items see earlier ones here, too.
    const std::size_t group = mode_ == BulkMode::Trial ? bodies_.size() : kGroup;
    for (std::size_t from = 0; from < bodies_.size(); from += group) {
      const std::size_t to = std::min(bodies_.size(), from + group);
      Error failed = base::check(options_.interrupt);
      if (failed.ok()) failed = put_group(from, to);
      if (failed.ok()) continue;
      if (from == 0) return failed;
      for (std::size_t i = from; i < bodies_.size(); ++i) items_[i] = {{}, failed};
      break;
    }
    for (std::size_t i = 0; i < bodies_.size(); ++i) {
      if (!items_[i].error.ok()) items_[i].name = name_in(bodies_[i]);
    }
    return std::move(items_);
  }

 private:
  Error put_group(std::size_t from, std::size_t to) {
    const PrepareItem prepare = [&](store::Reader& reader, std::size_t item) {
      return put(context_, reader, layout_, bodies_[from + item], options_);
    };
    MD_LET(done, write_group(context_, to - from, prepare, options_.interrupt, mode_));
    std::move(done.begin(), done.end(), items_.begin() + static_cast<std::ptrdiff_t>(from));
    return {};
  }

  const Context& context_;
  const view::TypeLayout& layout_;
  const std::vector<std::string_view> bodies_;
  WriteOptions options_;
  const BulkMode mode_;
  std::vector<BulkItem> items_;
};

}  // namespace

Result<std::vector<BulkItem>> put_all(const Context& context, const view::TypeLayout& layout, std::string_view json,
                                      const WriteOptions& options, BulkMode mode) {
  MD_LET(bodies, read_array(context, json));
  return Bulk(context, layout, std::move(bodies), options, mode).run();
}

}  // namespace metadata::entity
