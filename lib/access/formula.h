#ifndef METADATA_LIB_ACCESS_FORMULA_H
#define METADATA_LIB_ACCESS_FORMULA_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "metadata/error.h"
#include "store/rows.h"

namespace metadata::access {

/// Something that is true or false of one entity, and for one principal.
struct Atom {
  enum class Kind : std::uint8_t {
    Owned,       ///< it has owners
    OwnedBy,     ///< one of `others` is an owner
    Tagged,      ///< it has one of the labels `others`
    Certified,   ///< its certification is one of `texts`
    InDomain,    ///< it has domains
    InDomainOf,  ///< one of `others` is among its domains
    ReviewedBy,  ///< one of `others` is a reviewer
  };
  Kind kind = Kind::Owned;
  std::vector<store::RefRow> others = {};  ///< ordered by id
  std::vector<std::string> texts = {};     ///< ordered

  /// Do they ask the same?
  bool operator==(const Atom& other) const;
};

/// True, false, or not to be said without looking at the entity.
enum class Truth : std::uint8_t { No, Unknown, Yes };
Truth operator!(Truth truth);
Truth both(Truth a, Truth b);
Truth either(Truth a, Truth b);

/// Answers atoms about one entity.
class Resource {
 public:
  virtual ~Resource() = default;
  virtual Result<bool> holds(const Atom& atom) const = 0;
};

/// A boolean expression over atoms: what is left of a condition once the principal is known. Immutable but for its
/// makers; evaluating it is a loop over its steps.
class Formula {
 public:
  struct Step {
    enum class Kind : std::uint8_t { Atom, Not, And, Or } kind;
    std::uint32_t atom = 0;
  };

  Formula(bool constant = false) : constant_(constant) {}  // NOLINT: a constant is a formula
  static Formula of(Atom atom);
  friend Formula operator!(Formula formula);
  friend Formula operator&&(Formula a, Formula b);
  friend Formula operator||(Formula a, Formula b);

  bool is_constant() const { return steps_.empty(); }
  bool constant() const { return constant_; }
  const std::vector<Atom>& atoms() const { return atoms_; }
  const std::vector<Step>& steps() const { return steps_; }  ///< operands first; empty for a constant

  /// Without a resource Unknown unless it is a constant.
  Result<Truth> evaluate(const Resource* resource) const;

 private:
  static Formula joined(Formula a, const Formula& b, Step::Kind how);
  /// "One of these" or "one of those" is one question; false when they are not such.
  static bool merge(Formula& a, const Formula& b);

  bool constant_;
  std::vector<Atom> atoms_;
  std::vector<Step> steps_;
};

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_FORMULA_H
