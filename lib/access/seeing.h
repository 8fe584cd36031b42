#ifndef METADATA_LIB_ACCESS_SEEING_H
#define METADATA_LIB_ACCESS_SEEING_H

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "metadata/error.h"
#include "metadata/options.h"
#include "model/shape.h"
#include "store/reader.h"

namespace metadata::access {

/// The shape of a type by its name; null for one that there is not.
using Shapes = std::function<const model::AccessShape*(std::string_view type)>;

/// What one principal sees of entities of all types, as one reader has them. For whoever shows more than the entity
/// that was asked for: references, change descriptions, events.
class Seeing {
 public:
  /// `reader` and `as` are not owned; must outlive it.
  Seeing(store::Reader& reader, const Principal& as, Shapes shapes);

  /// Then nothing needs to be looked at.
  bool everything() const { return everything_; }
  /// All entities of the type, whatever becomes of them?
  bool all_of(std::string_view type) const;

  /// Those of the rows that the principal sees. A statement for each type that is seen in part.
  Result<std::unordered_set<store::Rid>> of(std::span<const store::RefRow> rows) const;

  /// Takes out of JSON texts what names an entity that the principal does not see: references (objects with an id and a
  /// type) and labels (objects with a tagFQN), also within the JSON that a change description holds as strings. An
  /// entry of a change description of which nothing is left goes. What names an entity that is gone stays only when all
  /// of its type are seen. A number of statements that does not depend on how many texts there are.
  Error redact(std::span<std::string> texts) const;
  /// The same of the change descriptions of some entities.
  Error redact(std::span<store::StoredEntity> entities) const;

 private:
  store::Reader& reader_;
  const Principal& as_;
  Shapes shapes_;
  bool everything_;
};

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_SEEING_H
