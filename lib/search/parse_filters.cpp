// The guide's `filters`: "database:snowflake.sales_db", several of them apart by commas, or a JSON object.
#include <string>

#include "search/fields.h"
#include "search/plan.h"

namespace metadata::search {
namespace {

constexpr std::size_t kFilters = 64;
constexpr std::size_t kValueBytes = 4096;

}  // namespace

Result<Clause> parse_filters(const std::vector<Filter>& filters, const SearchLimits&) {
  if (filters.empty()) return Clause{};
  if (filters.size() > kFilters)
    return invalid_argument("filters: there are more than " + std::to_string(kFilters), "filters");
  Clause all;
  all.kind = Clause::Kind::Bool;
  for (const Filter& filter : filters) {
    if (filter.name.empty()) return invalid_argument("filters: a filter needs a field before its value", "filters");
    if (filter.value.size() > kValueBytes || filter.name.size() > 256)
      return invalid_argument("filters: the filter of " + filter.name.substr(0, 100) + " is too long", "filters");
    const std::string field = canonical_field(filter.name);
    // Values of one field are alternatives, as a list in JSON is; filters of several fields must all hold.
    Clause* same = nullptr;
    for (Clause& clause : all.filter) same = clause.fields.front() == field ? &clause : same;
    if (same == nullptr) {
      Clause value;
      value.kind = Clause::Kind::Value;
      value.fields.push_back(field);
      all.filter.push_back(std::move(value));
      same = &all.filter.back();
    }
    same->values.push_back(filter.value);
  }
  return all;
}

}  // namespace metadata::search
