#ifndef METADATA_TESTS_CATALOG_WORLD_H
#define METADATA_TESTS_CATALOG_WORLD_H

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

#include "metadata/metadata.h"
#include "people.h"

namespace metadata::test {

/// Time that stands still until a test moves it.
class HandClock final : public Clock {
 public:
  std::int64_t now_ms() override { return now; }
  std::int64_t steady_ms() override { return steady; }
  std::int64_t steady = 0;
  std::int64_t now = 1'700'000'000'000;
};

/// A catalog in memory with a service, a database and a schema; with or without threads of its own.
struct World {
  HandClock clock;
  std::unique_ptr<Catalog> catalog;

  explicit World(bool background = true) {
    Options options;
    options.path = ":memory:";
    options.background = background;
    options.clock = &clock;
    options.search.wait = options.search.deadline = std::chrono::minutes(10);  // a machine may stand still for seconds
    auto opened = Catalog::open(options);
    REQUIRE_MESSAGE(opened.ok(), opened.error().text());
    catalog = *std::move(opened);
    must(catalog->put("databaseService", R"({"name":"svc","serviceType":"SQLite"})"));
    must(catalog->put("database", R"({"name":"db","service":"svc"})"));
    must(catalog->put("databaseSchema", R"({"name":"main","database":"svc.db"})"));
  }

  template <class T>
  static T must(Result<T> result) {
    REQUIRE_MESSAGE(result.ok(), result.error().text());
    return *std::move(result);
  }

  Written table(const std::string& name, const std::string& more = "") {
    return must(catalog->put(
        "table", R"({"name":")" + name +
                     R"(","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}])" + more + "}"));
  }
  Written patched(const Entity& entity, const std::string& patch, const WriteOptions& options = {}) {
    return must(catalog->patch(entity.ref(), must(Patch::parse(patch)), options));
  }
  Entity get(const std::string& type, const std::string& fqn, const std::string& fields = "",
             Include include = Include::Live) {
    return must(catalog->get(EntityRef::by_fqn(type, fqn), {.fields = fields, .include = include}));
  }
};

/// The text of the value at a pointer, or "-" when there is none.
inline std::string at(const Entity& entity, std::string_view pointer) {
  const auto value = entity.get(pointer);
  return value ? value->text() : "-";
}

}  // namespace metadata::test

#endif  // METADATA_TESTS_CATALOG_WORLD_H
