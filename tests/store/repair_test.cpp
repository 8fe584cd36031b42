#include <doctest/doctest.h>

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "failing_disk.h"
#include "metadata/metadata.h"

// Catalog::repair() through the public door; tests/api/test_check.py has the kinds of damage.

using namespace metadata;
using namespace metadata::store::test;

namespace {

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), result.error().text());
  return *std::move(result);
}

/// The directory of a closed catalog with a service in it, which has a label and an owner.
struct Place {
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "catalog-repair-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    options.path = name;
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(options.path, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void fill() const {
    const auto catalog = must(Catalog::open(options));
    must(catalog->put("user", R"({"name":"ann","email":"ann@example.com"})"));
    must(catalog->put("classification", R"({"name":"PII","description":"d"})"));
    must(catalog->put("tag", R"({"name":"Email","classification":"PII","description":"d"})"));
    must(
        catalog->put("databaseService", R"({"name":"svc","serviceType":"SQLite","owners":[{"type":"user","name":"ann"}],
        "tags":[{"tagFQN":"PII.Email","source":"Classification"}]})"));
  }
  void damage(const std::string& sql) const {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open_v2(file().c_str(), &database, SQLITE_OPEN_READWRITE, "unix") == SQLITE_OK);
    CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
  }
  std::string file() const { return options.path + "/catalog.db"; }
  std::string copy() const { return file() + ".before-repair"; }

  Options options;
};

std::set<std::string> rules_of(const std::vector<CheckFinding>& findings) {
  std::set<std::string> rules;
  for (const CheckFinding& finding : findings) rules.insert(finding.rule);
  return rules;
}

constexpr const char* kManyFaults =
    "UPDATE counter SET n = n + 1;"
    "UPDATE attribute SET value = 'x' WHERE name = 'email';"
    "UPDATE entity SET display_name = 'x';"
    "UPDATE relation SET from_rid = 99;"
    "UPDATE tag_usage SET tag_rid = 99;"
    "INSERT INTO body VALUES (99, '', '{}', '{}');"
    "DROP INDEX tag_usage_tag";
const std::set<std::string> kRulesOfThem = {"counter-differs",      "attribute-wrong", "display-name-differs",
                                            "relation-without-row", "tag-without-row", "body-without-row",
                                            "schema-differs"};

}  // namespace

TEST_CASE("I3: a repair says what it mended and what is left") {
  const Place place;
  place.fill();
  place.damage(std::string(kManyFaults) + "; UPDATE body SET change = '{' WHERE rid = 1");
  const RepairReport report = must(Catalog::repair(place.options));
  CHECK(rules_of(report.mended) == kRulesOfThem);
  CHECK(rules_of(report.left) == std::set<std::string>{"bad-json"});
  CHECK(report.copy == place.copy());
  CHECK(std::filesystem::exists(report.copy));
  const auto catalog = must(Catalog::open(place.options));
  CHECK(rules_of(must(catalog->check())) == std::set<std::string>{"bad-json"});
}

TEST_CASE("I3: what is whole is left alone, and no copy is made") {
  const Place place;
  place.fill();
  const RepairReport report = must(Catalog::repair(place.options));
  CHECK(report.mended.empty());
  CHECK(report.left.empty());
  CHECK(report.copy.empty());
  CHECK_FALSE(std::filesystem::exists(place.copy()));
}

TEST_CASE("I3: a repair needs a catalog, its files, and nobody else") {
  const Place place;
  CHECK(Catalog::repair(place.options).error().code() == Code::NotFound);
  CHECK_FALSE(std::filesystem::exists(place.file()));
  Options options;
  options.path = ":memory:";
  CHECK(Catalog::repair(options).error().code() == Code::InvalidArgument);
  place.fill();
  options = place.options;
  options.read_only = true;
  CHECK(Catalog::repair(options).error().code() == Code::InvalidArgument);
  const auto catalog = must(Catalog::open(place.options));
  CHECK(Catalog::repair(place.options).error().code() == Code::Unavailable);
}

TEST_CASE("I3: whichever write of a repair fails, the rules before it stay mended and the rest can be mended again") {
  Place whole;
  whole.fill();
  whole.damage(kManyFaults);
  int failures = 0;
  for (int nth = 1;; nth += 3) {
    CAPTURE(nth);
    const Place place;
    std::filesystem::copy(whole.options.path, place.options.path, std::filesystem::copy_options::recursive);
    bool failed = false;
    {
      FailingDisk disk;
      disk.fail(Ask::Write, nth);
      const auto report = Catalog::repair(place.options);
      failed = disk.failed();
      if (report.ok()) CHECK(report->left.empty());
      if (!report.ok()) CHECK(report.error().code() == Code::Unavailable);
      failures += report.ok() ? 0 : 1;
    }
    if (!failed) break;
    // The copy of before is whole whenever it has its name, and stays.
    std::filesystem::remove(place.copy());
    CHECK(must(Catalog::repair(place.options)).left.empty());
    CHECK(must(must(Catalog::open(place.options))->check()).empty());
  }
  CHECK(failures > 5);
}
