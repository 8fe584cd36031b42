#ifndef METADATA_LIB_EVENTS_FILTER_H
#define METADATA_LIB_EVENTS_FILTER_H

#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"
#include "metadata/events.h"
#include "model/registry.h"
#include "store/reader.h"
#include "view/layout.h"

namespace metadata::events {

/// Filters whose names are looked up: says of an event whether somebody wants it and may see it.
///
/// The one place where that is decided, for pages, streams and deliveries alike. Good for the state of the store that
/// it was made from. Immutable.
class Matcher {
 public:
  /// InvalidArgument: an event type or entity type that there is not, or a filter that is too large.
  static Result<Matcher> make(store::Reader& reader, const model::Registry& registry, const EventQuery& query);
  /// The same checks without looking anything up.
  static Error check(const model::Registry& registry, const std::vector<EventFilter>& filters);

  bool matches(const ChangeEvent& event) const;
  /// Takes out of events that match what the principal may not see: whole events about entities that it may not, and
  /// what the others say of such. Of an entity that is gone only the removal is told, by what it had at the end; other
  /// events of it only to who sees all of its type.
  Error leave_seen(store::Reader& reader, const view::Layouts& layouts, std::vector<ChangeEvent>& events) const;

 private:
  /// What the names of a list were looked up to.
  struct Named {
    bool any = true;  ///< the list was not given
    std::vector<EntityId> ids;

    bool meets(const std::vector<EntityId>& of_event) const;
  };
  struct Compiled {
    std::vector<std::string> event_types;
    std::vector<std::string> entity_types;
    std::vector<EntityId> ids;
    std::string fqn;
    Named owners, tags, domains;

    bool matches(const ChangeEvent& event) const;
  };

  static Result<Named> look_up(store::Reader& reader, const model::Registry& registry,
                               const std::vector<std::string>& names);
  static Result<Compiled> compile(store::Reader& reader, const model::Registry& registry, const EventFilter& filter);

  Principal as_;
  bool all_ = true;
  std::vector<Compiled> any_;
};

/// Does the whole text match, where `*` stands for any run of bytes and `?` for one byte? Takes time in proportion to
/// the product of the lengths at worst.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace metadata::events

#endif  // METADATA_LIB_EVENTS_FILTER_H
