// The calls of Access that make, list and revoke what programs act with.
#include <algorithm>
#include <utility>

#include "access/compile.h"
#include "access/issued.h"
#include "access/keys.h"
#include "access/parts.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/uuid.h"

namespace metadata {

using access::Account;
using access::Claims;
using access::TokenKind;

namespace {

constexpr std::int64_t kMaxLifetimeS = std::int64_t{100} * 366 * 24 * 3600;
constexpr std::size_t kKeyBytes = 32;
constexpr std::int64_t kUseStepMs = 60 * 1000;

Error no_user(const EntityId& user) { return not_found("user instance for " + user.text() + " not found"); }

/// Each may do it for itself, admins and the host for everybody: what acts as somebody is never handed to somebody
/// else, whatever the roles say.
Error check_manager(const EntityId& user, const Principal& as) {
  if (as.kind == Principal::Kind::Embedded || as.kind == Principal::Kind::Admin || as.id == user) return {};
  return permission_denied("Principal: CatalogPrincipal{name='" + as.name +
                           "'} may manage its own keys and tokens only");
}

Result<Account> managed_account(store::Reader& reader, const EntityId& user, const Principal& as) {
  MD_OK(check_manager(user, as));
  MD_LET(account, access::find_account_by_id(reader, user));
  if (!account) return no_user(user);
  return *std::move(account);
}

Result<Account> managed_bot(store::Reader& reader, const EntityId& user, const Principal& as) {
  MD_LET(account, managed_account(reader, user, as));
  if (!account.is_bot) return invalid_argument("user " + account.name + " is not a bot", "id");
  return account;
}

Error check_lifetime(std::int64_t lifetime_s) {
  if (lifetime_s >= 0 && lifetime_s <= kMaxLifetimeS) return {};
  return invalid_argument("a lifetime of " + std::to_string(lifetime_s) + " seconds; 0 (no expiry) to " +
                              std::to_string(kMaxLifetimeS) + " are allowed",
                          "lifetime_s");
}

Error check_expiry(std::int64_t expires_at_ms, std::int64_t now_ms) {
  if (expires_at_ms == 0) return {};
  if (expires_at_ms > now_ms && expires_at_ms <= now_ms + kMaxLifetimeS * 1000) return {};
  return invalid_argument("expiresAt " + std::to_string(expires_at_ms) +
                              " is not in the future, or too far in it; it is in milliseconds since 1970 (now: " +
                              std::to_string(now_ms) + ")",
                          "expiresAt");
}

Result<std::vector<ApiKey>> live_keys(store::Reader& reader, const EntityId& user, std::int64_t now_ms) {
  std::vector<ApiKey> keys;
  MD_LET(rows, reader.sides_of(access::kApiKeyKind, user, 2 * access::kMaxIssued));
  MD_LET(uses, reader.sides_of(access::kKeyUseKind, user, 4 * access::kMaxIssued));
  for (const store::SideRow& row : rows) {
    if (row.expires_at != 0 && row.expires_at <= now_ms) continue;
    MD_LET(record, access::read_key(row));
    const auto use = std::find_if(uses.begin(), uses.end(), [&](const auto& one) { return one.key == row.key; });
    if (use != uses.end()) {
      MD_LET(used_at, access::read_key_use(*use));
      record.key.last_used_at = used_at;
    }
    keys.push_back(std::move(record.key));
  }
  std::sort(keys.begin(), keys.end(), [](const ApiKey& a, const ApiKey& b) {
    return std::pair(a.created_at, a.id) < std::pair(b.created_at, b.id);
  });
  return keys;
}

Result<std::vector<PersonalToken>> live_tokens(store::Reader& reader, const EntityId& user, std::int64_t now_ms) {
  std::vector<PersonalToken> tokens;
  MD_LET(rows, reader.sides_of(access::kPersonalKind, user, 2 * access::kMaxIssued));
  for (const store::SideRow& row : rows) {
    MD_LET(token, access::read_personal(row));
    if (token.expires_at == 0 || token.expires_at > now_ms) tokens.push_back(std::move(token));
  }
  std::sort(tokens.begin(), tokens.end(), [](const PersonalToken& a, const PersonalToken& b) {
    return std::pair(a.created_at, a.id) < std::pair(b.created_at, b.id);
  });
  return tokens;
}

/// Is there room for one more of that name?
template <class Issued>
Error check_room(const std::vector<Issued>& there, std::string_view name, std::string_view what) {
  for (const Issued& one : there) {
    if (one.name == name) return already_exists("the user has " + std::string(what) + " '" + std::string(name) + "'");
  }
  if (there.size() < access::kMaxIssued) return {};
  return invalid_argument("the user has " + std::to_string(there.size()) + " of them; revoke some first", "name");
}

}  // namespace

bool Access::looks_like_api_key(std::string_view text) noexcept { return text.starts_with(access::kApiKeyPrefix); }

Result<NewApiKey> Access::create_api_key(const EntityId& user, std::string_view name, std::int64_t expires_at_ms,
                                         const Principal& as) {
  const std::int64_t now_ms = parts_->clock.now_ms();
  MD_OK(check_manager(user, as));
  MD_OK(access::check_issued_name(name));
  MD_OK(check_expiry(expires_at_ms, now_ms));
  NewApiKey made;
  made.secret = std::string(access::kApiKeyPrefix) + base::random_token(kKeyBytes);
  made.key.id = base::random_ids().next();
  made.key.user = user;
  made.key.name = name;
  made.key.start = made.secret.substr(0, 8);
  made.key.created_by = as.name;
  made.key.created_at = now_ms;
  made.key.expires_at = expires_at_ms;

  // Alone, so that the bound and the names hold however many ask at once.
  MD_LET(turn, parts_->store.exclusive());
  MD_LET(account, managed_account(*turn, user, as));
  MD_LET(there, live_keys(*turn, account.id, now_ms));
  MD_OK(check_room(there, name, "a key"));
  store::WriteSet set;
  parts_->tidy(set, now_ms);
  set.operations.push_back(access::keep_key({made.key, access::api_key_hash(made.secret)}));
  MD_OK(turn->apply(set).error());
  MD_OK(turn->commit());
  return made;
}

Result<std::vector<ApiKey>> Access::api_keys(const EntityId& user, const Principal& as) const {
  MD_LET(reader, parts_->store.snapshot());
  MD_LET(account, managed_account(*reader, user, as));
  return live_keys(*reader, account.id, parts_->clock.now_ms());
}

Error Access::revoke_api_key(const EntityId& user, const EntityId& key, const Principal& as) {
  MD_LET(turn, parts_->store.exclusive());
  MD_LET(account, managed_account(*turn, user, as));
  MD_LET(rows, turn->sides_of(access::kApiKeyKind, account.id, 2 * access::kMaxIssued));
  for (const store::SideRow& row : rows) {
    MD_LET(record, access::read_key(row));
    if (record.key.id != key) continue;
    store::WriteSet set;
    set.operations.push_back(store::DeleteSide{row.kind, row.key});
    set.operations.push_back(store::DeleteSide{std::string(access::kKeyUseKind), row.key});
    MD_OK(turn->apply(set).error());
    return turn->commit();
  }
  return not_found("apiKey instance for " + key.text() + " not found");
}

Result<NewPersonalToken> Access::create_personal_token(const EntityId& user, std::string_view name,
                                                       std::int64_t lifetime_s, const Principal& as) {
  const std::int64_t now_ms = parts_->clock.now_ms();
  MD_OK(check_manager(user, as));
  MD_OK(access::check_issued_name(name));
  MD_OK(check_lifetime(lifetime_s));
  MD_LET(turn, parts_->store.exclusive());
  MD_LET(account, managed_account(*turn, user, as));
  if (account.is_bot)
    return invalid_argument("user " + account.name + " is a bot; bots have a token of their own", "id");
  MD_LET(there, live_tokens(*turn, account.id, now_ms));
  MD_OK(check_room(there, name, "a token"));
  MD_LET(roles, access::find_roles(*turn, account));

  Claims claims = access::claims_for(account, TokenKind::Personal, std::move(roles), now_ms, lifetime_s);
  const EntityId id = base::random_ids().next();
  claims.id = id.text();
  MD_LET(jwt, parts_->sign(claims));
  NewPersonalToken made;
  made.token = {id, account.id, std::string(name), now_ms, claims.expires_at * 1000};
  made.jwt = std::move(jwt);
  store::WriteSet set;
  parts_->tidy(set, now_ms);
  set.operations.push_back(access::keep_personal(made.token, made.jwt));
  MD_OK(turn->apply(set).error());
  MD_OK(turn->commit());
  return made;
}

Result<std::vector<PersonalToken>> Access::personal_tokens(const EntityId& user, const Principal& as) const {
  MD_LET(reader, parts_->store.snapshot());
  MD_LET(account, managed_account(*reader, user, as));
  return live_tokens(*reader, account.id, parts_->clock.now_ms());
}

Error Access::revoke_personal_tokens(const EntityId& user, const std::vector<EntityId>& tokens, const Principal& as) {
  MD_LET(turn, parts_->store.exclusive());
  MD_LET(account, managed_account(*turn, user, as));
  store::WriteSet set;
  if (tokens.empty()) {
    set.operations.push_back(store::DeleteSideOf{std::string(access::kPersonalKind), account.id});
  } else {
    // Of the user's own ones only, so that an id that was guessed ends nobody else's token.
    MD_LET(rows, turn->sides_of(access::kPersonalKind, account.id, 2 * access::kMaxIssued));
    for (const store::SideRow& row : rows) {
      const auto id = EntityId::parse(row.key);
      if (id && std::find(tokens.begin(), tokens.end(), *id) != tokens.end())
        set.operations.push_back(store::DeleteSide{row.kind, row.key});
    }
  }
  if (set.empty()) return {};
  MD_OK(turn->apply(set).error());
  return turn->commit();
}

Result<std::string> Access::Parts::give_bot_token(const Account& account, std::int64_t lifetime_s) {
  MD_OK(check_lifetime(lifetime_s));
  const std::int64_t now_ms = clock.now_ms();
  std::vector<std::string> roles;
  {
    MD_LET(reader, store.snapshot());
    MD_LET(found, access::find_roles(*reader, account));
    roles = std::move(found);
  }
  const Claims claims = access::claims_for(account, TokenKind::Bot, std::move(roles), now_ms, lifetime_s);
  MD_LET(token, sign(claims));
  store::WriteSet set;
  tidy(set, now_ms);
  // Revocations of earlier tokens say nothing any more: only this one is accepted.
  set.operations.push_back(store::DeleteSideOf{std::string(access::kRevokedKind), account.id});
  set.operations.push_back(access::keep_bot_token(account, token, claims, box));
  MD_OK(store.commit(set).error());
  return token;
}

Result<std::string> Access::issue_bot_token(std::string_view bot, std::int64_t lifetime_s) {
  MD_OK(check_lifetime(lifetime_s));
  std::optional<Account> account;
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(found, access::find_bot(*reader, bot));
    if (!found) return not_found("bot instance for " + std::string(bot.substr(0, 4096)) + " not found");
    account = std::move(found);
  }
  return parts_->give_bot_token(*account, lifetime_s);
}

Result<BotToken> Access::renew_bot_token(const EntityId& user, std::int64_t lifetime_s, const Principal& as) {
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_LET(account, managed_bot(*reader, user, as));
    reader.reset();
    MD_OK(parts_->give_bot_token(account, lifetime_s).error());
  }
  return bot_token(user, as);
}

Result<BotToken> Access::bot_token(const EntityId& user, const Principal& as) const {
  MD_LET(reader, parts_->store.snapshot());
  MD_LET(account, managed_bot(*reader, user, as));
  MD_LET(row, reader->side(access::kBotTokenKind, account.id.text()));
  return access::read_bot_token(account, row, parts_->box);
}

Error Access::revoke_bot_token(const EntityId& user, const Principal& as) {
  {
    MD_LET(reader, parts_->store.snapshot());
    MD_OK(managed_bot(*reader, user, as).error());
  }
  store::WriteSet set;
  set.operations.push_back(store::DeleteSide{std::string(access::kBotTokenKind), user.text()});
  return parts_->store.commit(set).error();
}

void Access::Parts::note_use(const KnownKey& known, std::string_view secret) {
  const std::int64_t now_ms = clock.now_ms();
  std::int64_t before = known.used_at;
  // A date that was set back counts as a new one.
  if (now_ms >= before && now_ms - before < kUseStepMs) return;
  if (store.writes() != Writes::Open || !known.used_at.compare_exchange_strong(before, now_ms)) return;
  const store::Operation use =
      access::keep_key_use(access::api_key_hash(secret), known.principal.id, now_ms, known.expires_at);
  const Result<store::Applied> kept = store.commit({{}, {use}});
  static_cast<void>(kept);
}

Result<Principal> Access::Parts::principal_of_key(std::string_view secret, const Interrupt& interrupt) {
  const store::Generations& generations = store.generations();
  const base::ShortHash hash = base::short_hash(secret, recent_key);
  const auto is_over = [&](std::int64_t expires_at) { return expires_at != 0 && expires_at <= clock.now_ms(); };
  const auto seen = recent_keys.get(hash);
  if (seen && generations.unchanged((*seen)->places, (*seen)->since)) {
    if (is_over((*seen)->expires_at)) return unauthenticated("Expired token!");
    note_use(**seen, secret);
    return (*seen)->principal;
  }
  const std::string key = access::api_key_hash(secret);
  auto known = std::make_shared<KnownKey>();
  known->since = generations.now();
  MD_LET(reader, store.snapshot(interrupt));
  MD_LET(row, reader->side(access::kApiKeyKind, key));
  if (!row) return access::invalid_token();
  if (is_over(row->expires_at)) return unauthenticated("Expired token!");
  MD_LET(account, access::find_account_by_id(*reader, row->owner));
  if (!account) return access::invalid_token();
  MD_LET(made, access::make_principal(*reader, *account, known->places));
  MD_LET(use, reader->side(access::kKeyUseKind, key));
  MD_LET(used_at, access::read_key_use(use));
  known->used_at = used_at;
  known->expires_at = row->expires_at;
  known->principal = std::move(made);
  known->places.side(access::kApiKeyKind, key);
  known->places.expiry();
  known->places.compact();
  Principal principal = known->principal;
  reader.reset();
  note_use(*known, secret);
  recent_keys.put(hash, std::move(known));
  return principal;
}

}  // namespace metadata
