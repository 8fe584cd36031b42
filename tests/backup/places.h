#ifndef METADATA_TESTS_BACKUP_PLACES_H
#define METADATA_TESTS_BACKUP_PLACES_H

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "metadata/metadata.h"

namespace metadata::backup::test {

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void put_content(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// A directory of a test's own with room for catalogs and backups.
class Place {
 public:
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "backup-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string at(const std::string& name) const { return (path_ / name).string(); }
  /// Names and contents of all that lies here or below a directory here.
  std::map<std::string, std::string> all(const std::string& below = ".") const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_ / below)) {
      found[entry.path().lexically_normal().lexically_relative(path_).string()] =
          entry.is_regular_file() ? content(entry.path()) : "-";
    }
    return found;
  }

 private:
  std::filesystem::path path_;
};

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), result.error().text());
  return *std::move(result);
}

inline std::unique_ptr<Catalog> open(const std::string& directory) {
  Options options;
  options.path = directory;
  return must(Catalog::open(options));
}

/// A service with a secret, a database and a schema for tables.
inline void fill(Catalog& catalog, const std::string& secret = "s3cret-marker") {
  must(catalog.put(
      "databaseService",
      R"({"name":"svc","serviceType":"Mysql","connection":{"config":{"type":"Mysql","username":"u","password":")" +
          secret + R"("}}})"));
  must(catalog.put("database", R"({"name":"db","service":"svc"})"));
  must(catalog.put("databaseSchema", R"({"name":"main","database":"svc.db"})"));
}

inline Written table(Catalog& catalog, const std::string& name) {
  return must(catalog.put(
      "table",
      R"({"name":")" + name + R"(","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}]})"));
}

inline std::int64_t tables(Catalog& catalog) { return must(catalog.list("table", {.limit = 0})).total; }

/// The secret of the service, as the host reads it.
inline std::string secret_of(Catalog& catalog) {
  const Entity service = must(catalog.get(EntityRef::by_fqn("databaseService", "svc")));
  const auto value = service.get("/connection/config/password");
  return value ? std::string(value->as_string().value_or("-")) : "-";
}

}  // namespace metadata::backup::test

#endif  // METADATA_TESTS_BACKUP_PLACES_H
