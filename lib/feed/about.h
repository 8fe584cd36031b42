#ifndef METADATA_LIB_FEED_ABOUT_H
#define METADATA_LIB_FEED_ABOUT_H

#include <set>
#include <string>
#include <string_view>

#include "feed/records.h"
#include "metadata/patch.h"

namespace metadata::feed {

/// The live entity that a suggestion is about.
struct About {
  const view::TypeLayout* layout = nullptr;
  entity::Loaded entity;

  store::RefRow ref() const;
  EntityRef target() const;
};

/// NotFound when it is not there or soft-deleted, or the principal does not see it.
Result<About> find_about(const entity::Context& context, store::Reader& reader, const Principal& as,
                         const EntityRef& target);

/// The right that a change of the kind needs.
std::string edit_of(What what);

/// May the principal decide on suggestions of the kind? PermissionDenied otherwise; `act`: "accept".
Error check_decides(store::Reader& reader, const Principal& as, const About& about, What what, std::string_view act);

/// What a suggestion is about, in the entity as it is now.
struct Spot {
  std::string pointer;                  ///< of the description or the labels
  const model::Field* field = nullptr;  ///< that has them
};
/// InvalidArgument: entities of the type have no such thing. NotFound: the item is not there.
Result<Spot> find_spot(const About& about, const Suggestion& suggestion);

/// Makes the change in about.entity.working and notes its place.
Error apply(const entity::Context& context, store::Reader& reader, About& about, const Suggestion& suggestion,
            std::set<std::string>& changed);
/// A patch that brings the entity's places to what about.entity.working has there.
Result<Patch> patch_of(const About& about, const std::set<std::string>& changed);

}  // namespace metadata::feed

#endif  // METADATA_LIB_FEED_ABOUT_H
