#include "fixture.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "access/parts.h"
#include "access/passwords.h"
#include "base/base64.h"
#include "base/hash.h"
#include "metadata/json.h"

namespace metadata::access::test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "access-test-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;  // a folder that cannot be removed fails no test
  std::filesystem::remove_all(path_, ignored);
}

std::shared_ptr<const base::SigningKey> a_key() {
  static const auto key = std::make_shared<const base::SigningKey>(must(base::SigningKey::generate()));
  return key;
}

std::shared_ptr<const base::SigningKey> another_key() {
  static const auto key = std::make_shared<const base::SigningKey>(must(base::SigningKey::generate()));
  return key;
}

World::World(const std::string& path) : path_(path) { open(); }

void World::open() {
  Options options;
  options.path = path_;
  store = must(store::Store::open(options));
  access = std::make_unique<Access>(std::make_unique<Access::Parts>(*store, clock, a_key()));
}

void World::reopen() {
  access.reset();
  store.reset();
  open();
}

EntityId World::add_user(const std::string& name, UserKind kind, std::string email) {
  if (email.empty()) email = name + "@example.org";
  JsonWriter document;
  document.begin_object().key("name").string(name).key("email").string(email);
  document.key("isAdmin").boolean(kind.admin).key("isBot").boolean(kind.bot).end_object();
  store::InsertEntity insert;
  insert.row.id.bytes[0] = 0xA0;
  insert.row.id.bytes[15] = ++last_id_;
  insert.row.type = insert.row.tree = "user";
  insert.row.name = name;
  for (const char c : name) insert.row.fqn_key += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  insert.body.document = document.text();
  if (kind.email_attribute) insert.attributes = {{"email", email}};
  commit({insert});
  return insert.row.id;
}

EntityId World::add(const std::string& type, const std::string& name) {
  store::InsertEntity insert;
  insert.row.id.bytes[0] = 0xA0;
  insert.row.id.bytes[15] = ++last_id_;
  insert.row.type = insert.row.tree = type;
  insert.row.name = insert.row.fqn_key = name;
  commit({insert});
  return insert.row.id;
}

void World::relate(const EntityId& from, const std::string& kind, const EntityId& to) {
  commit({store::PutRelation{from, kind, to, 0, {}}});
}

void World::remove(const EntityId& id) { commit({store::DeleteEntity{id}}); }

void World::update_user(const std::string& name, bool deleted, const std::string& document) {
  auto user = must(must(store->snapshot())->find_key("user", name));
  REQUIRE(user.has_value());
  user->row.deleted = deleted;
  if (!document.empty()) user->body.document = document;
  commit({store::UpdateEntity{user->row, user->body, {}}});
}

void World::commit(std::vector<store::Operation> operations) { must(store->commit({{}, std::move(operations)})); }

bool World::has_side(const std::string& kind, const std::string& key) {
  return must(must(store->snapshot())->side(kind, key)).has_value();
}

LoggedIn::LoggedIn(const std::string& path) : World(path) {
  ann = add_user("ann");
  commit({must(store_password(ann, kPassword, clock.now_ms()))});
  session = must(access->login("ann", kPassword));
}

bool stands_in_files(const std::string& folder, const std::vector<std::string>& texts) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (const std::string& text : texts) {
      if (content.find(text) != std::string::npos) return true;
    }
  }
  return false;
}

std::string forge(const base::SigningKey& key, std::string_view header, std::string_view claims) {
  const std::string text = base::encode_base64url(header) + "." + base::encode_base64url(claims);
  return text + "." + base::encode_base64url(must(key.sign(text)));
}

std::string good_header() { return R"({"kid":")" + a_key()->kid() + R"(","alg":"RS256","typ":"JWT"})"; }

std::string claims_text(std::string_view token) {
  const auto first = token.find('.');
  return must(base::decode_base64url(token.substr(first + 1, token.rfind('.') - first - 1)));
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  constexpr std::size_t kBlock = 64;
  std::string block = key.size() > kBlock ? std::string(base::as_text(base::sha256(key))) : std::string(key);
  block.resize(kBlock, '\0');
  const auto padded = [&](char pad) {
    std::string out = block;
    for (char& c : out) c = static_cast<char>(c ^ pad);
    return out;
  };
  const base::Sha256 inner = base::sha256(padded(0x36).append(text));
  return std::string(base::as_text(base::sha256(padded(0x5C).append(base::as_text(inner)))));
}

}  // namespace metadata::access::test
