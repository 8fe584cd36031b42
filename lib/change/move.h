#ifndef METADATA_LIB_CHANGE_MOVE_H
#define METADATA_LIB_CHANGE_MOVE_H

#include <string_view>

#include "change/describe.h"

namespace metadata::change {

/// Adds to a change that the entity lies in another container now, which its working form does not say: `parent`, from
/// one FQN to the other; an empty one is none.
void add_move(Change& change, std::string_view old_parent, std::string_view new_parent, Version previous);

}  // namespace metadata::change

#endif  // METADATA_LIB_CHANGE_MOVE_H
