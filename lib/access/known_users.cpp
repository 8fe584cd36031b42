// The calls of Access for hosts that know by other means than a credential of ours who somebody is.
#include <utility>

#include "access/compile.h"
#include "access/parts.h"

namespace metadata {

namespace {

Error gone() { return unauthenticated("the user is not there any more"); }

}  // namespace

Result<std::optional<KnownUser>> Access::find_user(std::string_view name_or_email, const Interrupt& interrupt) const {
  MD_LET(reader, parts_->store.snapshot(interrupt));
  MD_LET(account, access::find_login(*reader, name_or_email));
  if (!account) return std::optional<KnownUser>();
  return std::optional(KnownUser{account->id, account->name, account->email, account->is_admin, account->is_bot});
}

Result<Principal> Access::principal(const EntityId& user, const Interrupt& interrupt) const {
  const std::string key = user.text();
  const store::Generations& generations = parts_->store.generations();
  const auto seen = parts_->recent_users.get(key);
  if (seen && generations.unchanged((*seen)->places, (*seen)->since)) return (*seen)->principal;
  auto known = std::make_shared<Parts::KnownKey>();
  known->since = generations.now();
  MD_LET(reader, parts_->store.snapshot(interrupt));
  MD_LET(account, access::find_account_by_id(*reader, user));
  if (!account) return not_found("user instance for " + key + " not found");
  MD_LET(made, access::make_principal(*reader, *account, known->places));
  known->principal = std::move(made);
  known->places.compact();
  Principal principal = known->principal;
  parts_->recent_users.put(key, std::move(known));
  return principal;
}

Result<Session> Access::begin_session(const EntityId& user) {
  std::optional<access::Account> account;
  std::vector<std::string> roles;
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(found, access::find_account_by_id(*reader, user));
    if (!found || found->is_bot) return gone();
    MD_LET(names, access::find_roles(*reader, *found));
    account = std::move(found);
    roles = std::move(names);
  }
  return parts_->begin_session(*account, std::move(roles), gone());
}

}  // namespace metadata
