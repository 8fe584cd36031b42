#include "entity/answer_cache.h"

#include <cstring>
#include <memory>
#include <utility>

#include "base/day.h"

namespace metadata::entity {
namespace {

constexpr std::size_t kMaxName = 4096;    // what names more is refused, or asked for once
constexpr std::size_t kMaxPlaces = 1024;  // what is composed from more would cost too much to prove

}  // namespace

std::string AnswerCache::name(const EntityRef& target, const ReadOptions& options, bool clear,
                              std::int64_t now_ms) const {
  std::string name;
  if (!answers_.enabled() || target.type.size() + target.fqn.size() + options.fields.size() > kMaxName) return name;
  // Neither a type nor a field has a line feed in its name, so the parts cannot run into each other.
  if (target.type.find('\n') != std::string::npos || options.fields.find('\n') != std::string::npos) return name;
  const std::int64_t day = now_ms / base::kDayMs;
  char day_bytes[sizeof day];
  std::memcpy(day_bytes, &day, sizeof day);
  name.reserve(target.type.size() + target.fqn.size() + options.fields.size() + 32);
  name.append(day_bytes, sizeof day_bytes);
  name += static_cast<char>('0' + static_cast<int>(options.include) * 2 + (clear ? 1 : 0));
  name.append(target.type).append(1, '\n').append(options.fields).append(1, '\n');
  if (target.id.empty()) return name.append(1, 'n').append(target.fqn);
  return name.append(1, 'i').append(reinterpret_cast<const char*>(target.id.bytes.data()), target.id.bytes.size());
}

std::optional<Entity> AnswerCache::find(std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto known = answers_.get(name);
  if (!known || !generations_.unchanged(known->places, known->since)) return std::nullopt;
  return known->entity;
}

void AnswerCache::keep(std::string_view name, const Entity& entity, store::Footprint places,
                       store::Generations::Commit since) {
  if (name.empty() || places.slots().size() > kMaxPlaces) return;
  places.compact();
  const std::size_t bytes = sizeof(Answer) + sizeof(Entity::Data) + entity.text().capacity() + entity.fqn().capacity() +
                            entity.name().capacity() +
                            (places.slots().size() + entity.references().size()) * sizeof(std::uint32_t);
  answers_.put(name, std::make_shared<Answer>(Answer{entity, std::move(places), since}), bytes);
}

}  // namespace metadata::entity
