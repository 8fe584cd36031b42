#ifndef METADATA_LIB_ACCESS_SIGHT_H
#define METADATA_LIB_ACCESS_SIGHT_H

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/rules.h"
#include "model/shape.h"
#include "store/reader.h"

namespace metadata::access {

// What a principal may see, for all that shows more than one entity. Whoever may see everything, as the default rules
// let everybody, costs a walk over the rules.

/// A formula as a condition on the rows of a type, for statements.
std::shared_ptr<const store::RowCondition> row_condition(const Formula& formula, const model::AccessShape& shape);

/// Which entities of a type a principal may do something with: all, none, or those of a condition.
struct Sight {
  Truth all = Truth::No;  ///< Unknown: those of the formula
  Formula formula = false;
};
Sight sight_of(const Principal& principal, std::string_view entity_type, std::string_view operation = kSee);

/// Of these rows, which all are of the type, those that the principal may see. One statement, or none.
Result<std::vector<store::Rid>> seen(store::Reader& reader, const Principal& principal, const model::AccessShape& shape,
                                     std::span<const store::Rid> rows);

/// One stored entity. What is asked of it is read when it is asked for the first time: its labels and its certification
/// by one statement each however many atoms name some, all else by one for each atom that differs. Not thread-safe.
class StoredResource final : public Resource {
 public:
  /// Not owned; must outlive it.
  StoredResource(store::Reader& reader, const model::AccessShape& shape, store::Rid rid)
      : reader_(reader), shape_(shape), rid_(rid) {}
  Result<bool> holds(const Atom& atom) const override;

 private:
  Result<bool> has_label(const Atom& atom) const;
  Result<bool> has_certification(const Atom& atom) const;

  store::Reader& reader_;
  const model::AccessShape& shape_;
  store::Rid rid_;
  mutable std::optional<std::vector<store::Rid>> labels_;  ///< ordered
  mutable std::optional<std::string> certification_;       ///< empty: none
  mutable std::vector<std::pair<Atom, bool>> answers_;
};

/// An entity that is in nothing and has nothing yet: no owners, labels or domains.
class NewResource final : public Resource {
 public:
  Result<bool> holds(const Atom&) const override { return false; }
};

/// Does the principal see all there is? Then nothing needs to be filtered, and answers may be shared.
bool sees_everything(const Principal& principal);

/// Before an entity is looked for, so that the answer is the same whether or not it is there: PermissionDenied when the
/// principal may see no entity of the type, or may do one of the operations on none.
Error check_outright(const Principal& principal, const std::vector<std::string>& operations,
                     std::string_view entity_type);

/// May the principal do these operations on the entity? One that it may not see is not there (`absent`), whatever else
/// it may do; else as check().
Error check_entity(store::Reader& reader, const Principal& principal, const std::vector<std::string>& operations,
                   const model::AccessShape& shape, store::Rid rid, const Error& absent);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_SIGHT_H
