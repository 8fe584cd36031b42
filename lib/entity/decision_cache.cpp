#include "entity/decision_cache.h"

#include <cstdint>
#include <utility>

namespace metadata::entity {
namespace {

constexpr std::size_t kMaxName = 4096;
constexpr std::size_t kMaxPlaces = 1024;  // what follows from more would cost too much to prove
// What an entry holds of the rules, which all entries of one principal share; a guess on the safe side.
constexpr std::size_t kShareOfRules = 512;

}  // namespace

std::string DecisionCache::name(const Principal& as, const std::vector<std::string>& operations,
                                const EntityRef& target) const {
  std::string name;
  if (!decisions_.enabled() || target.type.size() + target.fqn.size() > kMaxName) return name;
  if (target.type.find('\n') != std::string::npos) return name;
  const auto* rules = as.rules.get();
  name.reserve(64 + as.name.size() + target.type.size() + target.fqn.size());
  name.append(reinterpret_cast<const char*>(&rules), sizeof rules);
  name += static_cast<char>('0' + static_cast<int>(as.kind));
  // No operation and no user has a line feed in its name.
  name.append(as.name).append(1, '\n');
  for (const std::string& operation : operations) name.append(operation).append(1, ',');
  name.append(1, '\n').append(target.type).append(1, '\n');
  if (target.id.empty()) return name.append(1, 'n').append(target.fqn);
  return name.append(1, 'i').append(reinterpret_cast<const char*>(target.id.bytes.data()), target.id.bytes.size());
}

std::optional<Error> DecisionCache::find(std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto known = decisions_.get(name);
  if (!known || !generations_.unchanged(known->places, known->since)) return std::nullopt;
  return known->said;
}

void DecisionCache::keep(std::string_view name, const Principal& as, Error said, store::Footprint places,
                         store::Generations::Commit since) {
  if (name.empty() || places.slots().size() > kMaxPlaces || !generations_.unchanged(places, since)) return;
  places.compact();
  const std::size_t bytes =
      sizeof(Decision) + said.message().size() + kShareOfRules + places.slots().size() * sizeof(store::Footprint::Slot);
  decisions_.put(name, std::make_shared<Decision>(Decision{std::move(said), as.rules, std::move(places), since}),
                 bytes);
}

}  // namespace metadata::entity
