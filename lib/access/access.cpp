#include "metadata/access.h"

#include <cstdlib>
#include <utility>

#include "access/compile.h"
#include "access/condition.h"
#include "access/issued.h"
#include "access/keys.h"
#include "access/parts.h"
#include "access/passwords.h"
#include "access/rules.h"
#include "base/hash.h"
#include "base/jwt.h"
#include "base/random.h"
#include "json/parse.h"
#include "metadata/json.h"

namespace metadata {

using access::Account;
using access::Claims;
using access::invalid_token;
using access::TokenKind;

namespace {

constexpr std::int64_t kTidyEveryMs = 60 * 1000;
constexpr std::int64_t kDateStepMs = 60 * 1000;  // a date that moves so far against the steady clock was set
constexpr std::size_t kMaxRefreshText = 512;
constexpr std::size_t kTokenIdBytes = 16;

Error bad_login() { return unauthenticated("You have entered an invalid username or password."); }

Error no_user(std::string_view user) {
  return not_found("user instance for " + std::string(user.substr(0, 4096)) + " not found");
}

Credential credential_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::User:
      break;
    case TokenKind::Bot:
      return Credential::BotToken;
    case TokenKind::Personal:
      return Credential::PersonalToken;
  }
  return Credential::Session;
}

/// A store failure as it is; the user's vanishing while we worked as what it means to the caller.
Error or_if_gone(const Error& error, const Error& meaning) { return error.code() == Code::Conflict ? meaning : error; }

}  // namespace

Claims access::claims_for(const Account& account, TokenKind kind, std::vector<std::string> roles, std::int64_t now_ms,
                          std::int64_t lifetime_s) {
  Claims claims;
  claims.name = account.name;
  claims.email = account.email;
  claims.user = account.id;
  claims.kind = kind;
  claims.roles = std::move(roles);
  claims.generation = account.generation;
  claims.issued_at = now_ms / 1000;
  claims.expires_at = lifetime_s == 0 ? 0 : claims.issued_at + lifetime_s;
  claims.id = base::random_token(kTokenIdBytes);
  return claims;
}

Error Access::Parts::remove_expired() {
  const std::int64_t now_ms = clock.now_ms();
  const Result<store::Applied> applied = store.commit({{}, {store::ExpireSide{now_ms}}});
  if (!applied.ok()) return applied.error();
  const std::lock_guard lock(tidying);
  tidy_at = clock.steady_ms() + kTidyEveryMs;
  return {};
}

void Access::Parts::tidy(store::WriteSet& set, std::int64_t now_ms) {
  {
    const std::lock_guard lock(tidying);
    const std::int64_t steady = clock.steady_ms();
    const std::int64_t offset = now_ms - steady;
    if (date_offset && std::abs(offset - *date_offset) > kDateStepMs)
      tidy_at = steady + (access::kAccessTokenLifetimeS + access::kLeewayS) * 1000;
    date_offset = offset;
    if (steady < tidy_at) return;
    tidy_at = steady + kTidyEveryMs;
  }
  set.operations.push_back(store::ExpireSide{now_ms});
}

Result<Claims> Access::Parts::claims_of(std::string_view token) {
  if (token.size() > base::kMaxTokenBytes) return invalid_token();
  const std::string key(base::as_text(base::sha256(token)));
  if (const auto known = verified.get(key); known && (*known)->keys == ring.generation()) return **known;
  MD_LET(claims, access::read_token(*ring.keys(), token));
  verified.put(key, std::make_shared<const Claims>(claims));
  return claims;
}

Error Access::Parts::check_now(const Claims& claims) const {
  return access::check_times(claims, clock.now_ms(), newest_ms);
}

Result<std::string> Access::Parts::sign(const Claims& claims) {
  const std::int64_t at_ms = claims.issued_at * 1000;
  std::int64_t newest = newest_ms;
  while (newest < at_ms && !newest_ms.compare_exchange_weak(newest, at_ms)) {
  }
  return access::write_token(*ring.keys()->signing, claims);
}

Result<Account> Access::Parts::account_of(store::Reader& reader, const Claims& claims, std::string_view token) {
  MD_LET(account, access::find_account(reader, claims.name));
  // A personal token ends when it is revoked, not with a new password.
  const bool is_personal = claims.kind == TokenKind::Personal;
  const bool belongs = account && account->id == claims.user &&
                       (is_personal || account->generation == claims.generation) &&
                       account->is_bot == (claims.kind == TokenKind::Bot);
  if (!belongs) return invalid_token();
  MD_LET(revoked, reader.side(access::kRevokedKind, claims.id));
  if (revoked) return invalid_token();
  if (claims.kind != TokenKind::User) {
    MD_LET(row, is_personal ? reader.side(access::kPersonalKind, claims.id)
                            : reader.side(access::kBotTokenKind, account->id.text()));
    MD_LET(known, access::is_of_record(row, token));
    if (!known || row->owner != account->id) return invalid_token();
  }
  return *std::move(account);
}

Result<Session> Access::Parts::open_session(const Account& account, std::vector<std::string> roles,
                                            std::int64_t now_ms) {
  const Claims claims = claims_for(account, TokenKind::User, std::move(roles), now_ms, access::kAccessTokenLifetimeS);
  MD_LET(token, sign(claims));
  Session session;
  session.user = account.name;
  session.access_token = std::move(token);
  session.expires_at = claims.expires_at * 1000;
  session.expires_in_s = access::kAccessTokenLifetimeS;
  return session;
}

Access::Access(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Access::~Access() = default;

Result<Session> Access::login(std::string_view email, std::string_view password, std::string_view alternative,
                              std::string_view from) {
  const std::string name = access::login_name(email);
  MD_OK(parts_->guard.check(name, from, parts_->clock.steady_ms()));

  std::optional<Account> account;
  std::optional<std::string> hash;
  std::vector<std::string> roles;
  {
    // Let go before the password is hashed, which takes long.
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(found, access::find_login(*reader, email));
    if (found && !found->is_bot) {
      MD_LET(stored, access::find_password(*reader, found->id));
      MD_LET(names, access::find_roles(*reader, *found));
      account = std::move(found);
      hash = std::move(stored);
      roles = std::move(names);
    }
  }
  Error checked = access::check_password(hash, password);
  if (checked.code() == Code::Unauthenticated && !alternative.empty())
    checked = access::check_password(hash, alternative);
  if (!checked.ok() && checked.code() != Code::Unauthenticated) return checked;

  // Guesses made at once with others learn nothing when the others have used up the account's failures meanwhile.
  MD_OK(parts_->guard.check(name, from, parts_->clock.steady_ms()));
  if (!checked.ok() || !account) {
    parts_->guard.fail(name, from, parts_->clock.steady_ms());
    return bad_login();
  }
  parts_->guard.succeed(name, from, parts_->clock.steady_ms());

  return parts_->begin_session(*account, std::move(roles), bad_login());
}

Result<Session> Access::Parts::begin_session(const Account& account, std::vector<std::string> roles,
                                             const Error& if_gone) {
  const std::int64_t now_ms = clock.now_ms();
  MD_LET(session, open_session(account, std::move(roles), now_ms));
  // A refresh token that is stored nowhere would renew nothing.
  if (store.writes() == Writes::ReadOnly) return session;
  auto kept = new_refresh_token(account, now_ms);
  session.refresh_token = std::move(kept.first);
  store::WriteSet set;
  tidy(set, now_ms);
  set.operations.push_back(std::move(kept.second));
  MD_OK(or_if_gone(store.commit(set).error(), if_gone));
  return session;
}

Error Access::logout(std::string_view access_token, std::string_view refresh_token) {
  MD_LET(claims, parts_->claims_of(access_token));
  const std::int64_t now_ms = parts_->clock.now_ms();
  store::WriteSet set;
  parts_->tidy(set, now_ms);
  if (parts_->check_now(claims).ok()) {
    set.operations.push_back(store::PutSide{
        {std::string(access::kRevokedKind), claims.id, claims.user, access::forget_at_ms(claims), "{}"}});
  }
  if (!refresh_token.empty() && refresh_token.size() <= kMaxRefreshText) {
    const std::string key = base::sha256_hex(refresh_token);
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(row, reader->side(access::kRefreshKind, key));
    // A token ends the sessions of its own user only.
    if (row && row->owner == claims.user)
      set.operations.push_back(store::DeleteSide{std::string(access::kRefreshKind), key});
  }
  if (set.empty()) return {};
  // Without the user there is no session left to end.
  return or_if_gone(parts_->store.commit(set).error(), Error());
}

Result<Principal> Access::authenticate(std::string_view token, const Interrupt& interrupt) {
  MD_LET(known, identify(token, interrupt));
  return std::move(known.principal);
}

Result<Authenticated> Access::identify(std::string_view token, const Interrupt& interrupt) {
  if (token.empty()) return unauthenticated("Not Authorized! Token not present");
  if (token.size() > base::kMaxTokenBytes) return invalid_token();
  if (looks_like_api_key(token)) {
    MD_LET(principal, parts_->principal_of_key(token, interrupt));
    return Authenticated{std::move(principal), Credential::ApiKey};
  }
  const store::Generations& generations = parts_->store.generations();
  const base::ShortHash hash = base::short_hash(token, parts_->recent_key);
  // The key that signed it may have gone since; claims_of() finds out.
  const auto seen = parts_->recent.get(hash);
  if (seen && (*seen)->claims.keys == parts_->ring.generation()) {
    MD_OK(parts_->check_now((*seen)->claims));
    if (generations.unchanged((*seen)->places, (*seen)->since))
      return Authenticated{(*seen)->principal, credential_of((*seen)->claims.kind)};
  }

  MD_LET(claims, parts_->claims_of(token));
  MD_OK(parts_->check_now(claims));
  // Always as the store is now, so that a log-out, a new password or a deleted user counts at once.
  auto known = std::make_shared<Parts::Known>();
  known->since = generations.now();
  MD_LET(reader, parts_->store.snapshot(interrupt));
  MD_LET(account, parts_->account_of(*reader, claims, token));
  MD_LET(made, access::make_principal(*reader, account, known->places));
  known->principal = std::move(made);
  known->places.side(access::kRevokedKind, claims.id);
  known->places.side(access::kBotTokenKind, account.id.text());
  known->places.side(access::kPersonalKind, claims.id);
  known->places.expiry();
  known->places.compact();
  known->claims = std::move(claims);
  Authenticated answer{known->principal, credential_of(known->claims.kind)};
  parts_->recent.put(hash, std::move(known));
  return answer;
}

Result<bool> Access::has_password(std::string_view user) const {
  MD_LET(reader, parts_->store.snapshot());
  MD_LET(account, access::find_login(*reader, user));
  if (!account) return no_user(user);
  MD_LET(hash, access::find_password(*reader, account->id));
  return hash.has_value();
}

std::string Access::generate_password() { return base::random_password(); }

Error Access::check_rule(std::string_view password) { return access::check_password_rule(password); }

Error Access::rotate_signing_key(OldTokens old) {
  const std::lock_guard alone(parts_->rotation);
  const auto keys = parts_->ring.keys();
  std::vector<access::RetiredKey> retired;
  if (old == OldTokens::Keep) {
    if (keys->retired.size() >= access::kMaxRetiredKeys) {
      return precondition_failed(std::to_string(keys->retired.size()) +
                                 " earlier signing keys are kept already; refuse the old tokens to forget them");
    }
    MD_LET(verifier, base::SigningKey::from_public_pem(keys->signing->public_pem()));
    retired.push_back({std::move(verifier), parts_->clock.now_ms() / 1000});
    retired.insert(retired.end(), keys->retired.begin(), keys->retired.end());
  }
  MD_LET(made, base::SigningKey::generate());
  auto signing = std::make_shared<const base::SigningKey>(std::move(made));
  // The earlier key is among the retired ones before the new one is in its place, so that a crash between the two loses
  // no token.
  MD_OK(parts_->store.commit({{}, {access::keep_retired_keys(retired)}}).error());
  MD_OK(access::replace_signing_key(parts_->folder, *signing));
  parts_->ring.replace(std::move(signing), std::move(retired));
  return {};
}

std::string Access::jwks() const {
  const auto keys = parts_->ring.keys();
  std::string text = R"({"keys":[)" + keys->signing->jwk();
  for (const access::RetiredKey& retired : keys->retired) text.append(",").append(retired.key.jwk());
  return text + "]}";
}

Result<Principal> Access::principal(std::string_view user, const Interrupt& interrupt) const {
  MD_LET(reader, parts_->store.snapshot(interrupt));
  MD_LET(account, access::find_account(*reader, user));
  if (!account) return no_user(user);
  store::Footprint places;
  return access::make_principal(*reader, *account, places);
}

Error Access::allowed(const Principal& principal, const std::vector<std::string>& operations,
                      std::string_view entity_type) const {
  return access::check(principal, operations, entity_type);
}

Result<Principal> Access::holder_of(const std::vector<EntityId>& policies, const Interrupt& interrupt) const {
  MD_LET(reader, parts_->store.snapshot(interrupt));
  MD_LET(rules, access::rules_of_policies(*reader, policies));
  Principal holder;
  holder.name.clear();
  holder.kind = Principal::Kind::User;
  holder.rules = std::move(rules);
  return holder;
}

Error Access::check_condition(std::string_view condition, const Interrupt& interrupt) const {
  MD_LET(reader, parts_->store.snapshot(interrupt));
  return access::check_condition(*reader, condition);
}

std::vector<ConditionFunction> Access::condition_functions() {
  constexpr std::string_view kNames[] = {"", "tag", "team", "role"};
  std::vector<ConditionFunction> list;
  for (const access::Function& function : access::functions()) {
    list.push_back({std::string(function.name), std::string(function.description), std::string(function.example),
                    std::string(kNames[static_cast<std::size_t>(function.names)])});
  }
  return list;
}

}  // namespace metadata
