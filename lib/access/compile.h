#ifndef METADATA_LIB_ACCESS_COMPILE_H
#define METADATA_LIB_ACCESS_COMPILE_H

#include <memory>

#include "access/accounts.h"
#include "access/rules.h"
#include "store/generations.h"
#include "store/reader.h"

namespace metadata::access {

/// The rules that concern an account, from its roles, its teams up to the root, their default roles and policies, and,
/// for what other teams own, those teams' policies. `places` gets all of the store that they follow from. A number of
/// statements that grows with the depth of the teams only. Conflict-free with what is written meanwhile only when the
/// places are compared (store::Generations).
Result<std::shared_ptr<const Rules>> compile_rules(store::Reader& reader, const Account& account,
                                                   store::Footprint& places);

/// The rules of these policies by themselves; what depends on the principal counts as depending on the entity. NotFound
/// when one is not a policy that is there.
Result<std::shared_ptr<const Rules>> rules_of_policies(store::Reader& reader, const std::vector<EntityId>& ids);

/// The account as a principal, rules and all. An admin has no rules, since none are asked.
Result<Principal> make_principal(store::Reader& reader, const Account& account, store::Footprint& places);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_COMPILE_H
