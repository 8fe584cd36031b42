#ifndef METADATA_LIB_ACCESS_RULES_H
#define METADATA_LIB_ACCESS_RULES_H

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/formula.h"
#include "metadata/access.h"
#include "metadata/error.h"
#include "metadata/options.h"

namespace metadata::access {

/// What whoever is not to know of an entity may not do with it. Without it the entity is not there.
inline constexpr std::string_view kSee = "ViewBasic";

/// One rule of a policy as it concerns one principal.
struct Rule {
  std::string name;
  std::string policy;
  std::string role;  ///< empty: the policy is a team's
  bool deny = false;
  std::vector<std::string> resources;
  std::vector<std::string> operations;
  bool every_resource = false;  ///< the first resource is "all", in whatever case; set by Rules
  Formula when = true;
  /// The same for operations that hand out power (roles, policies, members of teams): owning something, or finding that
  /// nobody does, gives no right to them.
  Formula when_power = true;

  bool covers(std::string_view entity_type, std::string_view operation) const;
  const Formula& condition(std::string_view operation, std::string_view entity_type) const;
};

/// All rules that concern one principal, in the order in which they are asked. Immutable, so it may be asked from many
/// threads; a decision costs a walk over the rules and no look at the store, but for what a Resource does.
class Rules {
 public:
  explicit Rules(std::vector<Rule> rules);

  /// May it be done? Unknown only without a resource, when it depends on the entity.
  Result<Truth> may(std::string_view operation, std::string_view entity_type, const Resource* resource) const;
  /// On which entities of the type it may be done.
  Formula where(std::string_view operation, std::string_view entity_type) const;
  /// The first deny rule that keeps it from being done; null when none does.
  Result<const Rule*> denying(std::string_view operation, std::string_view entity_type, const Resource* resource) const;
  const std::vector<Rule>& all() const { return rules_; }
  /// May every entity of every type be seen?
  bool sees_everything() const { return sees_everything_; }
  /// And with all fields and side data?
  bool views_everything() const { return views_everything_; }

 private:
  std::vector<Rule> rules_;
  bool sees_everything_ = false;
  bool views_everything_ = false;
};

/// May the principal do all of these operations on entities of this type, or, with a resource, on that one?
/// PermissionDenied names the rule that denies one, or those that no rule allows. What depends on the entity is not
/// allowed without one. The host and admins may do everything; a principal without rules nothing; nobody but them makes
/// admins and bots (EditAdmins).
Error check(const Principal& principal, const std::vector<std::string>& operations, std::string_view entity_type,
            const Resource* resource = nullptr);

/// As check() of one operation without a resource, but says when it depends on the entity.
Truth verdict(const Principal& principal, std::string_view operation, std::string_view entity_type);

/// On which entities of the type the principal may do the operation.
Formula where(const Principal& principal, std::string_view operation, std::string_view entity_type);

/// Does the operation hand out power: roles, policies, members of teams, or being an admin?
bool gives_power(std::string_view operation);
/// Or does it change, or do away with, what hands out power or holds it back: a policy, a role, a team?
bool gives_power(std::string_view operation, std::string_view entity_type);

/// What of each operation the rules say, as /permissions tells it.
Result<std::vector<Permission>> permissions(const Principal& principal, std::string_view entity_type,
                                            const std::vector<std::string>& operations, const Resource* resource);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_RULES_H
