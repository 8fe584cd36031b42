#ifndef METADATA_LIB_QUALITY_REPORT_QUERY_H
#define METADATA_LIB_QUALITY_REPORT_QUERY_H

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"

namespace metadata::quality {

// What a report is asked for by: an aggregation, each level in the one before, and a query in the words of
// Elasticsearch. Both are judged on documents one by one.

/// One level: "bucketName=byDay:aggType=date_histogram:field=timestamp&calendar_interval=day".
struct Level {
  enum class Kind { Terms, Days, Nested, Cardinality, Average, Sum, Least, Most } kind = Kind::Terms;
  enum class Step { Hour, Day, Week, Month, Year } step = Step::Day;  ///< of Days
  std::string name;
  std::string field;      ///< of Nested: the path
  std::size_t size = 10;  ///< of Terms: so many buckets are answered, those with the most documents

  bool is_metric() const { return kind >= Kind::Cardinality; }
  /// "sterms#status"
  std::string key() const;
};

/// Levels apart by commas, at most 6, a metric at most as the last. InvalidArgument says what is wrong.
Result<std::vector<Level>> read_levels(std::string_view text);

/// The values of a field of a document: members of members, through lists. `.keyword` and the like at its end say how
/// Elasticsearch keeps it, and count for nothing.
std::vector<const json::Value*> values_of(const json::Value& document, std::string_view field);
/// A scalar as text; empty for lists, objects and null.
std::string scalar_text(const json::Value& value);

/// `{"query": {…}}`: bool, term, terms, range, wildcard, prefix, exists, match_all and nested.
class Query {
 public:
  /// Empty text is everything. InvalidArgument names what it does not know, and bounds: 64 KiB, 500 clauses.
  static Result<Query> read(std::string_view text);

  bool matches(const json::Value& document) const;
  /// Every field that it asks for.
  const std::set<std::string, std::less<>>& fields() const { return fields_; }
  /// The times of `field` that all it matches lie in, as far as that is plain.
  std::pair<std::int64_t, std::int64_t> times(std::string_view field) const;

 private:
  json::Document source_;
  const json::Value* root_ = nullptr;  // in source_; null: everything
  std::set<std::string, std::less<>> fields_;
};

}  // namespace metadata::quality

#endif  // METADATA_LIB_QUALITY_REPORT_QUERY_H
