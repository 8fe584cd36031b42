// The calls of Access that give a user another password.
#include <utility>

#include "access/parts.h"
#include "access/passwords.h"
#include "base/hash.h"
#include "base/random.h"
#include "json/parse.h"

namespace metadata {

using access::Account;

namespace {

constexpr std::string_view kResetKind = "password-reset";  // by the token's hash
constexpr std::size_t kResetTokenBytes = 32;
constexpr std::int64_t kResetLifetimeMs = 3600 * 1000;

Error no_user(std::string_view user) {
  return not_found("user instance for " + std::string(user.substr(0, 4096)) + " not found");
}

Error bad_reset() { return unauthenticated("The password reset token is not valid, was used, or has expired"); }

Result<Account> person(store::Reader& reader, std::string_view user) {
  MD_LET(account, access::find_login(reader, user));
  if (!account) return no_user(user);
  if (account->is_bot) return invalid_argument("user " + account->name + " is a bot; bots have tokens, not passwords");
  return *std::move(account);
}

}  // namespace

Error Access::Parts::replace_password(store::Transaction& turn, const EntityId& user, store::Operation stored) {
  MD_LET(account, access::find_account_by_id(turn, user));
  if (!account) return no_user(user.text());
  store::WriteSet set;
  set.operations = {std::move(stored), access::next_generation(*account),
                    store::DeleteSideOf{std::string(access::kRefreshKind), user},
                    store::DeleteSideOf{std::string(kResetKind), user}};
  MD_OK(turn.apply(set).error());
  MD_OK(turn.commit());
  guard.forgive(access::login_name(account->name));
  guard.forgive(access::login_name(account->email));
  return {};
}

Error Access::set_password(std::string_view user, std::string_view password) {
  EntityId id;
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(account, person(*reader, user));
    id = account.id;
  }
  MD_LET(stored, access::store_password(id, password, parts_->clock.now_ms()));
  // Alone, so that of two passwords set at once the second ends the sessions that began with the first.
  MD_LET(turn, parts_->store.exclusive());
  return parts_->replace_password(*turn, id, std::move(stored));
}

Error Access::change_password(std::string_view user, std::string_view old_password, std::string_view password,
                              std::string_view from) {
  const std::string name = access::login_name(user);
  MD_OK(parts_->guard.check(name, from, parts_->clock.steady_ms()));
  std::optional<std::string> hash;
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(account, person(*reader, user));
    MD_LET(found, access::find_password(*reader, account.id));
    hash = std::move(found);
  }
  const Error checked = access::check_password(hash, old_password);
  if (checked.code() == Code::Unauthenticated) {
    parts_->guard.fail(name, from, parts_->clock.steady_ms());
    return invalid_argument("the old password is not right", "oldPassword");
  }
  MD_OK(checked);
  return set_password(user, password);
}

Result<std::string> Access::create_password_reset(std::string_view user, const Principal& as) {
  if (as.kind != Principal::Kind::Embedded && as.kind != Principal::Kind::Admin) {
    return permission_denied("Principal: CatalogPrincipal{name='" + as.name +
                             "'} may not make password reset tokens; admins do");
  }
  const std::int64_t now_ms = parts_->clock.now_ms();
  EntityId id;
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(account, person(*reader, user));
    id = account.id;
  }
  std::string token = base::random_token(kResetTokenBytes);
  store::WriteSet set;
  parts_->tidy(set, now_ms);
  // One at a time: a later one ends those before.
  set.operations.push_back(store::DeleteSideOf{std::string(kResetKind), id});
  set.operations.push_back(
      store::PutSide{{std::string(kResetKind), base::sha256_hex(token), id, now_ms + kResetLifetimeMs, "{}"}});
  MD_OK(parts_->store.commit(set).error());
  return token;
}

Error Access::reset_password(std::string_view token, std::string_view password) {
  const std::string key = base::sha256_hex(token.substr(0, 512));
  const auto owner_of = [&](store::Reader& reader) -> Result<EntityId> {
    MD_LET(row, reader.side(kResetKind, key));
    if (!row || row->expires_at <= parts_->clock.now_ms()) return bad_reset();
    return row->owner;
  };
  EntityId id;
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(owner, owner_of(*reader));
    id = owner;
  }
  MD_LET(stored, access::store_password(id, password, parts_->clock.now_ms()));
  MD_LET(turn, parts_->store.exclusive());
  // Once only, whoever else has used it while this one hashed.
  MD_LET(still, owner_of(*turn));
  const Error done = parts_->replace_password(*turn, still, std::move(stored));
  return done.code() == Code::NotFound ? bad_reset() : done;
}

}  // namespace metadata
