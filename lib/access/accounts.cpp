#include "access/accounts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "json/parse.h"
#include "metadata/json.h"
#include "model/formats.h"

namespace metadata::access {
namespace {

constexpr std::string_view kUserType = "user";
constexpr std::string_view kBotType = "bot";
constexpr std::string_view kSideKind = "account";
const std::string kHasRole = "hasRole";
const std::string kActsAs = "actsAs";
// Longer than any name or address can be; what is longer belongs to nobody.
constexpr std::size_t kMaxLoginBytes = 2048;

Result<std::int64_t> find_generation(store::Reader& reader, const EntityId& user) {
  MD_LET(row, reader.side(kSideKind, user.text()));
  if (!row) return 0;
  json::Document body;
  MD_OK(json::parse_trusted(row->body, body));
  const std::optional<std::int64_t> generation = json::int_member(body, "generation");
  if (!generation) return corrupt("the account record of user " + user.text() + " has no generation");
  return *generation;
}

/// The account of a user's row; nothing for a deleted one.
Result<std::optional<Account>> account_from(store::Reader& reader, const std::optional<store::StoredEntity>& user) {
  if (!user || user->row.deleted || user->row.type != kUserType) return std::optional<Account>();
  json::Document document;
  MD_OK(json::parse_trusted(user->body.document, document));
  Account account;
  account.rid = user->row.rid;
  account.id = user->row.id;
  account.name = user->row.name;
  account.email = json::string_or(document, "email");
  account.is_admin = json::bool_or(document, "isAdmin", false);
  account.is_bot = json::bool_or(document, "isBot", false);
  MD_LET(generation, find_generation(reader, account.id));
  account.generation = generation;
  return std::optional<Account>(std::move(account));
}

/// The one user that has this address, as it was written or folded.
Result<std::optional<Account>> find_email(store::Reader& reader, std::string_view email) {
  const std::string lower = folded(email);
  std::vector<std::string> spellings = {std::string(email)};
  if (lower != email) spellings.push_back(lower);
  for (const std::string& spelling : spellings) {
    store::ListQuery query;
    query.type = kUserType;
    query.attributes = {{"email", spelling}};
    query.limit = 2;
    MD_LET(users, reader.list(query));
    if (users.size() != 1) continue;  // an address that two have is nobody's log-in
    return account_from(reader, users.front());
  }
  return std::optional<Account>();
}

}  // namespace

std::string folded(std::string_view text) { return model::lower_ascii(text); }

std::string login_name(std::string_view name_or_email) {
  return folded(name_or_email.substr(0, name_or_email.find('@')));
}

Result<std::optional<Account>> find_account(store::Reader& reader, std::string_view name) {
  if (name.empty() || name.size() > kMaxLoginBytes) return std::optional<Account>();
  MD_LET(user, reader.find_key(kUserType, folded(name)));
  return account_from(reader, user);
}

Result<std::optional<Account>> find_account_by_id(store::Reader& reader, const EntityId& id) {
  MD_LET(user, reader.find(id));
  return account_from(reader, user);
}

Result<std::optional<Account>> find_login(store::Reader& reader, std::string_view name_or_email) {
  if (name_or_email.size() > kMaxLoginBytes) return std::optional<Account>();
  if (name_or_email.find('@') == std::string_view::npos) return find_account(reader, name_or_email);
  MD_LET(named, find_account(reader, login_name(name_or_email)));
  if (named && folded(named->email) == folded(name_or_email)) return named;
  return find_email(reader, name_or_email);
}

Result<std::optional<Account>> find_bot(store::Reader& reader, std::string_view name) {
  MD_LET(user, find_account(reader, name));
  if (user && user->is_bot) return user;
  if (name.empty() || name.size() > kMaxLoginBytes) return std::optional<Account>();
  MD_LET(bot, reader.find_key(kBotType, name));
  if (!bot || bot->row.deleted) return std::optional<Account>();
  MD_LET(edges, reader.relations(std::array{bot->row.rid}, store::Direction::From, std::array{kActsAs}));
  if (edges.empty()) return std::optional<Account>();
  MD_LET(behind, reader.find(edges.front().other.id));
  MD_LET(account, account_from(reader, behind));
  return account && account->is_bot ? account : std::optional<Account>();
}

void add_places(store::Footprint& places, const Account& account) {
  places.entity(account.id);
  places.side(kSideKind, account.id.text());
}

Result<std::vector<std::string>> find_roles(store::Reader& reader, const Account& account, store::Footprint* places) {
  MD_LET(edges, reader.relations(std::array{account.rid}, store::Direction::From, std::array{kHasRole}));
  std::vector<std::string> roles;
  for (store::RelationRow& edge : edges) {
    if (places != nullptr) places->reference(edge.other);
    if (!edge.other.deleted) roles.push_back(std::move(edge.other.name));
  }
  return roles;
}

Principal principal_of(const Account& account, std::vector<std::string> roles) {
  const Principal::Kind kind = account.is_admin ? Principal::Kind::Admin
                               : account.is_bot ? Principal::Kind::Bot
                                                : Principal::Kind::User;
  return Principal{account.name, kind, account.id, std::move(roles)};
}

store::Operation next_generation(const Account& account) {
  JsonWriter body;
  body.begin_object().key("generation").integer(account.generation + 1).end_object();
  return store::PutSide{{std::string(kSideKind), account.id.text(), account.id, 0, std::move(body).text()}};
}

}  // namespace metadata::access
