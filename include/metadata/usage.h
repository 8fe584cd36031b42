#ifndef METADATA_USAGE_H
#define METADATA_USAGE_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/json.h"
#include "metadata/options.h"

namespace metadata {

/// How often entities are used: a count a day, from which weeks and months follow. It makes no version.
///
/// Of the types whose description has `usageSummary`; InvalidArgument for all others. What contains an entity is used
/// with it, as far as its type has one too. Days are UTC and are written "2024-01-31". The counts of the last 400 days
/// of an entity are kept. Safe for use from many threads. Owned by the Catalog, whose errors its calls share.
class METADATA_API Usage {
 public:
  enum class How {
    Add,  ///< to what is counted of the day
    Set,  ///< instead of it
  };
  /// Counts the usage of an entity on a day. Needs EditUsage.
  Error count(const EntityRef& target, std::string_view day, std::int64_t times, How how,
              const WriteOptions& options = {});

  /// The usage of those of the last `days` days up to `day` of which something is known, newest first:
  /// `{"entity": reference, "usage": [UsageDetails]}`. An empty day is today. Needs ViewUsage.
  Result<Json> read(const EntityRef& target, std::string_view day, int days, const ReadOptions& options = {}) const;

  /// Ranks the entities of a type against each other by the counts of the day: of all that were used last on it, the
  /// share that is used less, in percent. Looks at all entities of the type. Needs EditUsage.
  Error rank(std::string_view type, std::string_view day, const WriteOptions& options = {});

  struct Parts;  // for the library itself
  explicit Usage(std::unique_ptr<Parts> parts);
  ~Usage();
  Usage(const Usage&) = delete;
  Usage& operator=(const Usage&) = delete;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_USAGE_H
