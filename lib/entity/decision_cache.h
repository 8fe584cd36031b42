#ifndef METADATA_LIB_ENTITY_DECISION_CACHE_H
#define METADATA_LIB_ENTITY_DECISION_CACHE_H

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_cache.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/options.h"
#include "store/generations.h"

namespace metadata::entity {

/// Decisions about who may do what with which entity, kept until something that they follow from changes (see
/// store::Generations), bounded by their bytes. What a principal's rules follow from is not asked here: with other
/// rules it is another principal. Safe for use from many threads.
class DecisionCache {
 public:
  /// `generations` is not owned; must outlive the cache.
  DecisionCache(const store::Generations& generations, std::size_t bytes)
      : generations_(generations), decisions_(bytes) {}

  /// Names all that a decision depends on besides what is stored. Empty: not to be kept.
  std::string name(const Principal& as, const std::vector<std::string>& operations, const EntityRef& target) const;

  /// Ok, or why not.
  std::optional<Error> find(std::string_view name);
  /// `places` is what the decision was made from, `since` generations.now() from before the first of it was read.
  void keep(std::string_view name, const Principal& as, Error said, store::Footprint places,
            store::Generations::Commit since);

 private:
  struct Decision {
    Error said;
    std::shared_ptr<const access::Rules> rules;  ///< held, so that no others come to stand at their address
    store::Footprint places;
    store::Generations::Commit since = 0;
  };

  const store::Generations& generations_;
  base::ByteCache<Decision> decisions_;
};

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_DECISION_CACHE_H
