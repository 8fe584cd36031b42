#ifndef METADATA_LIB_MODEL_ENTITY_LINK_H
#define METADATA_LIB_MODEL_ENTITY_LINK_H

#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::model {

/// What a link such as `<#E::table::svc.db.schema.t::columns::c>` names: an entity, or an item of a list in it.
struct EntityLink {
  std::string type;   ///< "table", as the link spells it
  std::string fqn;    ///< of the entity
  std::string field;  ///< "columns", or empty
  std::string item;   ///< name of the item, a dotted path when it lies in another one; or empty
  std::string value;  ///< a member of the item ("description"), or empty
};

/// Reads a link. InvalidArgument, with an example of a good one, when the text is none.
Result<EntityLink> parse_entity_link(std::string_view text);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_ENTITY_LINK_H
