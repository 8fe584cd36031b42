#ifndef METADATA_LIB_MODEL_SHAPE_H
#define METADATA_LIB_MODEL_SHAPE_H

#include <cstddef>
#include <string>
#include <vector>

#include "model/registry.h"

namespace metadata::model {

/// What rules of access can ask of the entities of a type, from its description. A null field is one that the type does
/// not have.
struct AccessShape {
  /// A container that lends what an entity does not have itself, by the number of its key's parts.
  struct Holder {
    std::string type;
    std::size_t depth = 0;
  };
  const EntityType* type = nullptr;
  const Field* owners = nullptr;
  const Field* domains = nullptr;
  const Field* reviewers = nullptr;
  const Field* tags = nullptr;
  const Field* certification = nullptr;
  std::vector<Holder> holders;  ///< nearest first
};

/// All but the holders.
AccessShape shape_of(const EntityType& type);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_SHAPE_H
