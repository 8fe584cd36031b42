#ifndef METADATA_TESTS_STORE_FIXTURE_H
#define METADATA_TESTS_STORE_FIXTURE_H

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

// What all tests of the store need: a folder of their own, short ways to name keys and rows, and SQL past the store.
namespace metadata::store::test {

/// A folder that is removed with all in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string file() const { return path_ + "/catalog.db"; }

 private:
  std::string path_;
};

Options options_for(const std::string& path);
/// Opens a store that must open.
std::unique_ptr<Store> open(const std::string& path);
inline std::unique_ptr<Store> open(const Folder& folder) { return open(folder.path()); }

/// "a/b/c" as an fqn_key.
std::string key(std::string text);
/// An id made of a number.
EntityId id(std::uint64_t number);

/// A live row of type "table" in the tree "service"; its name is the key's last part.
EntityRow row(std::uint64_t number, const std::string& slashed_key, const std::string& type = "table");
InsertEntity insert(const EntityRow& row, std::vector<Attribute> attributes = {}, std::string document = "{}");
AppendLog log_of(const EntityRow& row, LogKind kind = LogKind::Created);
/// The roots "s" (a service, id 1) and the tables a, b, … under it get ids from 2 on.
WriteSet tables_under_service(const std::vector<std::string>& slashed_keys);

WriteSet set_of(std::vector<Operation> operations, std::vector<Precondition> preconditions = {});
/// Commits what must succeed.
Applied commit(Store& store, const WriteSet& set);
/// The failure of what must fail.
Error refused(Store& store, const WriteSet& set);

/// The value of a result that must be one.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) FAIL(result.error().text());
  return *std::move(result);
}

std::unique_ptr<Reader> look(Store& store);
/// The entity, which must be there.
StoredEntity get(Store& store, std::uint64_t number);
ListQuery listing(std::string type, Rows rows = Rows::Live);
/// Slashed keys of a listing.
std::vector<std::string> keys_of(Reader& reader, const ListQuery& query);
std::vector<std::string> slashed(const std::vector<RefRow>& refs);
std::string slashed(std::string fqn_key);

/// Runs SQL on a closed store's file, with foreign keys and CHECKs off: damage.
void damage(const std::string& file, const std::string& sql);
std::string sql_text(const std::string& file, const std::string& sql);

std::uintmax_t file_bytes(const std::string& file);

/// From here on folders are made in memory, if there is a place with room: for tests that open stores by the thousand.
void make_folders_in_memory();

/// The rules that check() finds broken.
std::vector<std::string> broken_rules(Store& store);

}  // namespace metadata::store::test

#endif  // METADATA_TESTS_STORE_FIXTURE_H
