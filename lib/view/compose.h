#ifndef METADATA_LIB_VIEW_COMPOSE_H
#define METADATA_LIB_VIEW_COMPOSE_H

#include <string>

#include "base/secret_box.h"
#include "json/value.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "store/rows.h"
#include "view/layout.h"
#include "view/surroundings.h"

namespace metadata::view {

/// How a reader sees secrets: as they are, or masked.
struct Sight {
  const base::SecretBox* box = nullptr;  ///< not owned
  bool clear = false;
  bool writing = false;  ///< has just changed it, and is told of that change by itself
};

/// Builds what a reader sees of a stored entity: row, document, containers, and the asked relations, labels and counts.
Result<Entity> compose(const TypeLayout& layout, const store::StoredEntity& stored, const Surroundings& around,
                       const Asked& asked, const Sight& sight);

/// A reference as it stands in entities; `inherited` marks one that a container lends.
std::string reference_text(const store::RefRow& ref, bool inherited = false);

/// The change description of a row whose last version was made by marking a subtree.
std::string describe_mark(store::Mark mark, Version version);

/// Replaces the secrets of a document: by their clear text, or by the mask.
Error show_secrets(const model::EntityType& type, json::Document& document, const Sight& sight);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_COMPOSE_H
