#include "access/issued.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "json/parse.h"
#include "metadata/json.h"

namespace metadata::access {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::int64_t kUseKeptMs = std::int64_t{366} * 24 * 3600 * 1000;
constexpr std::size_t kPreviewBytes = 8;  // the prefix and 24 of 256 bits

Error damaged(std::string_view kind) { return corrupt("a record of kind " + std::string(kind) + " is damaged"); }

}  // namespace

std::string api_key_hash(std::string_view secret) { return base::sha256_hex(secret); }

Result<KeyRecord> read_key(const store::SideRow& row) {
  json::Document body;
  MD_OK(json::parse_trusted(row.body, body));
  const auto id = EntityId::parse(json::string_or(body, "id"));
  if (!id) return damaged(kApiKeyKind);
  KeyRecord record;
  record.hash = row.key;
  record.key.id = *id;
  record.key.user = row.owner;
  record.key.name = json::string_or(body, "name");
  record.key.start = json::string_or(body, "start");
  record.key.created_by = json::string_or(body, "createdBy");
  record.key.created_at = json::int_member(body, "createdAt").value_or(0);
  record.key.expires_at = row.expires_at;
  return record;
}

store::Operation keep_key(const KeyRecord& record) {
  const ApiKey& key = record.key;
  JsonWriter body;
  body.begin_object();
  body.key("id").string(key.id.text());
  body.key("name").string(key.name);
  body.key("start").string(std::string_view(key.start).substr(0, kPreviewBytes));
  body.key("createdBy").string(key.created_by);
  body.key("createdAt").integer(key.created_at);
  body.end_object();
  return store::PutSide{{std::string(kApiKeyKind), record.hash, key.user, key.expires_at, std::move(body).text()}};
}

Result<std::int64_t> read_key_use(const std::optional<store::SideRow>& row) {
  if (!row) return 0;
  json::Document body;
  MD_OK(json::parse_trusted(row->body, body));
  return json::int_member(body, "usedAt").value_or(0);
}

store::Operation keep_key_use(std::string_view hash, const EntityId& user, std::int64_t now_ms,
                              std::int64_t expires_at) {
  JsonWriter body;
  body.begin_object().key("usedAt").integer(now_ms).end_object();
  const std::int64_t forget_at = expires_at == 0 ? now_ms + kUseKeptMs : expires_at;
  return store::PutSide{{std::string(kKeyUseKind), std::string(hash), user, forget_at, std::move(body).text()}};
}

Result<PersonalToken> read_personal(const store::SideRow& row) {
  json::Document body;
  MD_OK(json::parse_trusted(row.body, body));
  const auto id = EntityId::parse(row.key);
  if (!id) return damaged(kPersonalKind);
  PersonalToken token;
  token.id = *id;
  token.user = row.owner;
  token.name = json::string_or(body, "name");
  token.created_at = json::int_member(body, "createdAt").value_or(0);
  token.expires_at = json::int_member(body, "expiresAt").value_or(0);
  return token;
}

store::Operation keep_personal(const PersonalToken& token, std::string_view jwt) {
  JsonWriter body;
  body.begin_object();
  body.key("name").string(token.name);
  body.key("createdAt").integer(token.created_at);
  body.key("expiresAt").integer(token.expires_at);
  body.key("hash").string(base::sha256_hex(jwt));
  body.end_object();
  const std::int64_t forget_at = token.expires_at == 0 ? 0 : token.expires_at + kLeewayS * 1000;
  return store::PutSide{{std::string(kPersonalKind), token.id.text(), token.user, forget_at, std::move(body).text()}};
}

store::Operation keep_bot_token(const Account& bot, std::string_view token, const Claims& claims,
                                const base::SecretBox* box) {
  JsonWriter body;
  body.begin_object();
  body.key("hash").string(base::sha256_hex(token));
  body.key("issuedAt").integer(claims.issued_at * 1000);
  body.key("expiresAt").integer(claims.expires_at * 1000);
  if (box != nullptr) body.key("sealed").string(box->seal(token));
  body.end_object();
  return store::PutSide{
      {std::string(kBotTokenKind), bot.id.text(), bot.id, forget_at_ms(claims), std::move(body).text()}};
}

Result<BotToken> read_bot_token(const Account& bot, const std::optional<store::SideRow>& row,
                                const base::SecretBox* box) {
  BotToken token;
  token.user = bot.id;
  token.name = bot.name;
  if (!row) return token;
  json::Document body;
  MD_OK(json::parse_trusted(row->body, body));
  token.issued_at = json::int_member(body, "issuedAt").value_or(0);
  token.expires_at = json::int_member(body, "expiresAt").value_or(0);
  const std::string_view sealed = json::string_or(body, "sealed");
  if (box == nullptr || sealed.empty()) return token;
  MD_LET(jwt, box->open(sealed));
  token.jwt = std::move(jwt);
  return token;
}

Result<bool> is_of_record(const std::optional<store::SideRow>& row, std::string_view token) {
  if (!row) return false;
  json::Document body;
  MD_OK(json::parse_trusted(row->body, body));
  return base::equal_in_constant_time(json::string_or(body, "hash"), base::sha256_hex(token));
}

Error check_issued_name(std::string_view name) {
  if (name.empty()) return invalid_argument("name field is required", "name");
  if (name.size() > kMaxNameBytes) {
    return invalid_argument(
        "a name has at most " + std::to_string(kMaxNameBytes) + " bytes; this one has " + std::to_string(name.size()),
        "name");
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; };
  if (std::any_of(name.begin(), name.end(), is_control)) {
    return invalid_argument("a name has no control characters", "name");
  }
  return {};
}

std::int64_t forget_at_ms(const Claims& claims) {
  return claims.expires_at == 0 ? 0 : (claims.expires_at + kLeewayS) * 1000;
}

}  // namespace metadata::access
