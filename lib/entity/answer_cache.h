#ifndef METADATA_LIB_ENTITY_ANSWER_CACHE_H
#define METADATA_LIB_ENTITY_ANSWER_CACHE_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_cache.h"
#include "metadata/entity.h"
#include "metadata/options.h"
#include "store/generations.h"

namespace metadata::entity {

/// Finished answers to get(), kept until something they show changes (see store::Generations), bounded by their bytes.
/// Safe for use from many threads.
class AnswerCache {
 public:
  /// `generations` is not owned; must outlive the cache.
  AnswerCache(const store::Generations& generations, std::size_t bytes) : generations_(generations), answers_(bytes) {}

  /// Names all that an answer depends on besides what is stored: the target as it was named, what of it is asked for,
  /// whether secrets are shown, and the day, which a few computed fields show. Empty: not to be kept.
  std::string name(const EntityRef& target, const ReadOptions& options, bool clear, std::int64_t now_ms) const;

  std::optional<Entity> find(std::string_view name);
  /// `places` is what the answer was composed from, `since` generations.now() from before the first of it was read.
  void keep(std::string_view name, const Entity& entity, store::Footprint places, store::Generations::Commit since);

 private:
  struct Answer {
    Entity entity;
    store::Footprint places;
    store::Generations::Commit since = 0;
  };

  const store::Generations& generations_;
  base::ByteCache<Answer> answers_;
};

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_ANSWER_CACHE_H
