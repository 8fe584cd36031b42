#include "fixture.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace metadata::store::test {
namespace {

class Database {
 public:
  explicit Database(const std::string& file) {
    REQUIRE(sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  }
  ~Database() { sqlite3_close(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql) {
    char* message = nullptr;
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message);
    const std::string said = message == nullptr ? "" : message;
    sqlite3_free(message);
    CAPTURE(sql);
    CAPTURE(said);
    REQUIRE(code == SQLITE_OK);
  }

  std::string text(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    std::string out;
    if (sqlite3_step(statement) == SQLITE_ROW) {
      if (const unsigned char* found = sqlite3_column_text(statement, 0)) out = reinterpret_cast<const char*>(found);
    }
    sqlite3_finalize(statement);
    return out;
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "store-test-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;  // a folder that cannot be removed fails no test
  std::filesystem::remove_all(path_, ignored);
}

Options options_for(const std::string& path) {
  Options options;
  options.path = path;
  return options;
}

std::unique_ptr<Store> open(const std::string& path) { return must(Store::open(options_for(path))); }

std::string key(std::string text) {
  std::ranges::replace(text, '/', kKeySeparator);
  return text;
}

std::string slashed(std::string fqn_key) {
  std::ranges::replace(fqn_key, kKeySeparator, '/');
  return fqn_key;
}

std::vector<std::string> slashed(const std::vector<RefRow>& refs) {
  std::vector<std::string> keys;
  for (const RefRow& ref : refs) keys.push_back(slashed(ref.fqn_key));
  return keys;
}

EntityId id(std::uint64_t number) {
  EntityId id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  id.bytes[0] = 0xAB;
  return id;
}

EntityRow row(std::uint64_t number, const std::string& slashed_key, const std::string& type) {
  EntityRow row;
  row.id = id(number);
  row.type = type;
  row.tree = "service";
  row.fqn_key = key(slashed_key);
  row.name = slashed_key.substr(slashed_key.rfind('/') + 1);
  row.updated_at = 1000;
  row.updated_by = "ann";
  return row;
}

InsertEntity insert(const EntityRow& row, std::vector<Attribute> attributes, std::string document) {
  EntityBody body;
  body.document = std::move(document);
  return {row, body, std::move(attributes)};
}

AppendLog log_of(const EntityRow& row, LogKind kind) {
  LogRecord record;
  record.at = row.updated_at;
  record.kind = kind;
  record.type = row.type;
  record.id = row.id;
  record.tree = row.tree;
  record.fqn_key = row.fqn_key;
  record.revision = row.revision;
  record.version = row.version;
  record.actor = "ann";
  record.actor_kind = "user";
  record.source = "Manual";
  record.facts = "{}";
  return {record};
}

WriteSet tables_under_service(const std::vector<std::string>& slashed_keys) {
  WriteSet set;
  set.operations.emplace_back(insert(row(1, "s", "service")));
  std::uint64_t number = 2;
  for (const std::string& one : slashed_keys) set.operations.emplace_back(insert(row(number++, "s/" + one)));
  return set;
}

WriteSet set_of(std::vector<Operation> operations, std::vector<Precondition> preconditions) {
  return {std::move(preconditions), std::move(operations)};
}

Applied commit(Store& store, const WriteSet& set) { return must(store.commit(set)); }

Error refused(Store& store, const WriteSet& set) {
  const Result<Applied> result = store.commit(set);
  REQUIRE_FALSE(result.ok());
  return result.error();
}

std::unique_ptr<Reader> look(Store& store) { return must(store.snapshot()); }

StoredEntity get(Store& store, std::uint64_t number) {
  auto found = must(look(store)->find(id(number)));
  REQUIRE(found.has_value());
  return *found;
}

ListQuery listing(std::string type, Rows rows) {
  ListQuery query;
  query.type = std::move(type);
  query.rows = rows;
  query.limit = 1000;
  return query;
}

std::vector<std::string> keys_of(Reader& reader, const ListQuery& query) {
  std::vector<std::string> keys;
  for (const StoredEntity& entity : must(reader.list(query))) keys.push_back(slashed(entity.row.fqn_key));
  return keys;
}

void damage(const std::string& file, const std::string& sql) {
  Database database(file);
  database.run("PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON;");
  database.run(sql);
}

std::string sql_text(const std::string& file, const std::string& sql) { return Database(file).text(sql); }

std::uintmax_t file_bytes(const std::string& file) { return std::filesystem::file_size(file); }

void make_folders_in_memory() {
  constexpr std::uintmax_t kRoom = std::uintmax_t{1} << 30;
  std::error_code failed;
  const auto space = std::filesystem::space("/dev/shm", failed);
  if (!failed && space.available > kRoom && ::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
}

std::vector<std::string> broken_rules(Store& store) {
  std::vector<std::string> rules;
  for (const Problem& problem : must(store.check())) {
    if (std::ranges::find(rules, problem.rule) == rules.end()) rules.push_back(problem.rule);
  }
  return rules;
}

}  // namespace metadata::store::test
