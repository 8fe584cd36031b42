#ifndef METADATA_LIB_QUALITY_REPORT_TREE_H
#define METADATA_LIB_QUALITY_REPORT_TREE_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"
#include "quality/report_query.h"

namespace metadata::quality {

/// Counts documents by the levels of an aggregation. Its memory is bounded: too many buckets or values are TooLarge.
/// Not thread-safe.
class ReportTree {
 public:
  explicit ReportTree(std::vector<Level> levels) : levels_(std::move(levels)) {}

  Error add(const json::Value& document);

  /// {"metadata":{"keys":[…],"dimensions":[…],"metrics":[…]},"data":[{field: text}]}: a row for each innermost
  /// bucket.
  Result<std::string> text() const;

 private:
  struct Node {
    std::int64_t documents = 0;
    std::map<std::string, Node> buckets;     // of Terms
    std::map<std::int64_t, Node> moments;    // of Days, by when they begin
    std::unordered_set<std::string> values;  // of Cardinality
    std::int64_t numbers = 0;
    double sum = 0, least = 0, most = 0;
  };
  struct Scope;
  struct Rows;

  Error add(Node& node, std::size_t level, const Scope& scope);
  Error add_values(Node& node, std::size_t level, const Scope& scope);
  Error measure(Node& node, const Level& level, const Scope& scope);
  Error take();

  std::vector<Level> levels_;
  Node root_;
  std::size_t kept_ = 0;
};

}  // namespace metadata::quality

#endif  // METADATA_LIB_QUALITY_REPORT_TREE_H
