#ifndef METADATA_LIB_ENTITY_CONTEXT_H
#define METADATA_LIB_ENTITY_CONTEXT_H

#include <chrono>
#include <string>
#include <string_view>

#include "base/secret_box.h"
#include "entity/answer_cache.h"
#include "entity/decision_cache.h"
#include "json/value.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/host.h"
#include "metadata/options.h"
#include "model/registry.h"
#include "store/store.h"
#include "view/compose.h"
#include "view/layout.h"
#include "view/surroundings.h"
#include "view/working.h"

namespace metadata::entity {

/// What every verb works with. Immutable; owned by the Catalog; the referred must outlive it.
struct Context {
  const view::Layouts& layouts;
  store::Store& store;
  const Limits& limits;
  Clock& clock;
  IdSource& ids;
  const base::SecretBox& box;
  AnswerCache& answers;
  DecisionCache& decisions;
  std::chrono::milliseconds session_window{0};  ///< as Options::session_window

  const model::Registry& registry() const { return layouts.registry(); }
  /// The type of that exact name, or NotFound.
  Result<const view::TypeLayout*> layout(std::string_view type) const;
  /// How the principal sees secrets: the host and bots as they are, everybody else masked.
  view::Sight sight(const Principal& as) const;
};

/// An entity with what is around it and its working form, as verbs that change it need it.
struct Loaded {
  store::StoredEntity stored;
  view::Surroundings around;
  json::Document working;
  view::LabelIndex tags;
};

/// "table instance for x not found"
Error no_instance(std::string_view type, std::string_view name);

/// The stored entity that the reference names, or NotFound when the rows are not of the included kind.
Result<store::StoredEntity> find(store::Reader& reader, const view::TypeLayout& layout, const EntityRef& target,
                                 Include include);
/// With all that is around it.
Result<Loaded> load(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    store::StoredEntity stored);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_CONTEXT_H
