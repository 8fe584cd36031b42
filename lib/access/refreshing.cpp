// Refresh tokens: kept as hashes, good until they end; single use in families when rotation is on.
#include <utility>

#include "access/parts.h"
#include "base/hash.h"
#include "base/random.h"
#include "json/parse.h"
#include "metadata/json.h"

namespace metadata {

using access::Account;
using access::invalid_token;

namespace {

constexpr std::int64_t kLifetimeMs = std::int64_t{30} * 24 * 3600 * 1000;
// Two requests of one client that came at once, or a repeat after a lost answer, are no theft.
constexpr std::int64_t kGraceMs = 10'000;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kMaxText = 512;
constexpr std::size_t kFamilyBytes = 12;
constexpr std::size_t kMaxSessions = 100'000;

/// What the record of a refresh token says.
struct Record {
  std::int64_t generation = 0;  ///< ties it to the password that the session began with
  std::string family;           ///< of all that came from one log-in; empty for those from before there were families
  std::int64_t used_at = 0;     ///< ms since the epoch; 0: not yet
};

Result<Record> read_record(const store::SideRow& row) {
  json::Document body;
  MD_OK(json::parse_trusted(row.body, body));
  const std::optional<std::int64_t> generation = json::int_member(body, "generation");
  if (!generation) return corrupt("the record of a refresh token has no generation");
  return Record{*generation, std::string(json::string_or(body, "family")),
                json::int_member(body, "usedAt").value_or(0)};
}

store::Operation keep(const Account& account, const Record& record, std::string key, std::int64_t expires_at) {
  JsonWriter body;
  body.begin_object().key("generation").integer(record.generation);
  body.key("family").string(record.family);
  if (record.used_at != 0) body.key("usedAt").integer(record.used_at);
  body.end_object();
  return store::PutSide{
      {std::string(access::kRefreshKind), std::move(key), account.id, expires_at, std::move(body).text()}};
}

/// The account whose session the token goes on with; Unauthenticated when it opens none.
Result<Account> opened_account(store::Reader& reader, const store::SideRow& row, const Record& record,
                               std::int64_t now_ms) {
  MD_LET(account, access::find_account_by_id(reader, row.owner));
  const bool opens = account && row.expires_at > now_ms && !account->is_bot && record.generation == account->generation;
  if (!opens) return invalid_token();
  return *std::move(account);
}

}  // namespace

std::pair<std::string, store::Operation> Access::Parts::new_refresh_token(const Account& account, std::int64_t now_ms) {
  std::string token = base::random_token(kTokenBytes);
  const Record record{account.generation, base::random_token(kFamilyBytes), 0};
  return {token, keep(account, record, base::sha256_hex(token), now_ms + kLifetimeMs)};
}

Result<Session> Access::Parts::rotate(const std::string& key, std::int64_t now_ms) {
  MD_LET(turn, store.exclusive());
  MD_LET(row, turn->side(access::kRefreshKind, key));
  if (!row) return invalid_token();
  MD_LET(record, read_record(*row));
  store::WriteSet set;
  if (record.used_at != 0) {
    if (now_ms - record.used_at <= kGraceMs && now_ms >= record.used_at) return invalid_token();
    // Somebody has a copy: nobody can tell who, so all of the family end.
    MD_LET(all, turn->sides_of(access::kRefreshKind, row->owner, kMaxSessions));
    for (const store::SideRow& other : all) {
      MD_LET(its, read_record(other));
      if (its.family == record.family) set.operations.push_back(store::DeleteSide{other.kind, other.key});
    }
    MD_LET(victim, access::find_account_by_id(*turn, row->owner));
    MD_OK(turn->apply(set).error());
    MD_OK(turn->commit());
    AuditRecord theft;
    theft.at = now_ms;
    theft.actor = theft.target = victim ? victim->name : "";
    theft.action = "refresh.reused";
    theft.outcome = "denied";
    trail.note(std::move(theft));
    return invalid_token();
  }
  MD_LET(account, opened_account(*turn, *row, record, now_ms));
  MD_LET(roles, access::find_roles(*turn, account));
  MD_LET(session, open_session(account, std::move(roles), now_ms));
  session.refresh_token = base::random_token(kTokenBytes);
  set.operations.push_back(keep(account, record, base::sha256_hex(session.refresh_token), now_ms + kLifetimeMs));
  record.used_at = now_ms;
  set.operations.push_back(keep(account, record, key, row->expires_at));
  MD_OK(turn->apply(set).error());
  MD_OK(turn->commit());
  return session;
}

Result<Session> Access::refresh(std::string_view refresh_token) {
  if (refresh_token.empty() || refresh_token.size() > kMaxText) return invalid_token();
  const std::int64_t now_ms = parts_->clock.now_ms();
  const std::string key = base::sha256_hex(refresh_token);
  if (parts_->rotate_refresh && parts_->store.writes() == Writes::Open) return parts_->rotate(key, now_ms);
  MD_LET(reader, parts_->store.snapshot());
  MD_LET(row, reader->side(access::kRefreshKind, key));
  if (!row) return invalid_token();
  MD_LET(record, read_record(*row));
  if (record.used_at != 0) return invalid_token();  // of a time when tokens were rotated
  MD_LET(account, opened_account(*reader, *row, record, now_ms));
  MD_LET(roles, access::find_roles(*reader, account));
  return parts_->open_session(account, std::move(roles), now_ms);
}

}  // namespace metadata
