#ifndef METADATA_LIB_ENTITY_SESSION_H
#define METADATA_LIB_ENTITY_SESSION_H

#include "entity/save.h"

namespace metadata::entity {

// Patches of one author that follow one another closely are one version (Options::session_window).

/// Does the author's patch continue what made the present version? The first one after the creation never does, nor
/// one that names the state that it changes (if_revision).
bool continues_session(const Context& context, const Loaded& before, const WriteOptions& options, const Author& author);

/// Lets a patch's step change the present version instead of making one: its change description tells the difference
/// from the version before, and the history says how that one was. When nothing differs from it any more, it is the
/// present version again. The step's answer tells the change of this patch alone.
Result<Step> fold(store::Reader& reader, const view::TypeLayout& layout, const Loaded& before, Step step);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_SESSION_H
