#ifndef METADATA_BENCH_LINEAGE_GRAPH_H
#define METADATA_BENCH_LINEAGE_GRAPH_H

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "metadata/metadata.h"

// A lineage graph with a fixed seed, so that anybody makes the same one: tables in schemas of 10,000, hubs with a great
// many neighbours (half of them sources, half targets), and between the rest edges to tables not far away, one in a
// hundred of them back, which makes cycles.
namespace metadata::bench {

struct GraphSize {
  std::size_t tables = 20'000;
  std::size_t edges = 60'000;
  std::size_t hubs = 2;
  std::size_t neighbours = 5'000;  ///< of each hub
};

inline constexpr std::size_t kTablesASchema = 10'000;

/// SplitMix64.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }

 private:
  std::uint64_t state_;
};

inline EntityId table_id(std::size_t number) {
  Dice dice(number + 1);
  const std::uint64_t halves[2] = {dice.next(), dice.next()};
  EntityId id;
  std::memcpy(id.bytes.data(), halves, sizeof(halves));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

/// Hubs are spread over the tables.
inline std::size_t hub(const GraphSize& size, std::size_t number) {
  return size.tables / (size.hubs + 1) * (number + 1);
}

/// Edges as pairs of table numbers, each once, sorted.
inline std::vector<std::pair<std::uint32_t, std::uint32_t>> make_edges(const GraphSize& size) {
  Dice dice(7);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  const auto add = [&](std::size_t from, std::size_t to) {
    if (from != to) edges.emplace_back(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
  };
  for (std::size_t h = 0; h < size.hubs; ++h) {
    for (std::size_t i = 0; i < size.neighbours; ++i) {
      const std::size_t other = dice.below(size.tables);
      h % 2 == 0 ? add(hub(size, h), other) : add(other, hub(size, h));
    }
  }
  while (edges.size() < size.edges) {
    const std::size_t from = dice.below(size.tables);
    const std::size_t to = std::min(from + 1 + dice.below(size.tables / 100), size.tables - 1);
    dice.below(100) == 0 ? add(to, from) : add(from, to);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

/// Raw SQL on a file, for the loader and for the yardstick.
class Sql {
 public:
  explicit Sql(const std::string& file) {
    if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) fail("open");
  }
  ~Sql() { sqlite3_close(handle_); }
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;

  void run(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sql);
    return statement;
  }
  std::int64_t number(const char* sql) {
    sqlite3_stmt* statement = prepare(sql);
    const std::int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
  }

 private:
  void fail(const char* what) {
    std::fprintf(stderr, "lineage_bench: %s: %s\n", what, sqlite3_errmsg(handle_));
    std::exit(1);
  }

  sqlite3* handle_ = nullptr;
};

inline void must(const Error& error) {
  if (error.ok()) return;
  std::fprintf(stderr, "lineage_bench: %s\n", error.text().c_str());
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  must(result.error());
  return *std::move(result);
}

inline std::unique_ptr<Catalog> open_catalog(const std::string& path) {
  Options options;
  options.path = path;
  return must(Catalog::open(options));
}

/// Makes the catalog: what contains the tables through the library, tables and edges as rows, with the indexes built
/// afterwards. What comes out is what the library would have written; Catalog::check() holds it to that.
inline std::size_t load(const std::string& path, const GraphSize& size) {
  {
    auto catalog = open_catalog(path);
    must(catalog->put("databaseService", R"({"name":"bench","serviceType":"SQLite"})").error());
    must(catalog->put("database", R"({"name":"db","service":"bench"})").error());
    for (std::size_t i = 0; i * kTablesASchema < size.tables; ++i)
      must(catalog->put("databaseSchema", R"({"name":"s)" + std::to_string(i) + R"(","database":"bench.db"})").error());
  }
  Sql sql(path + "/catalog.db");
  sql.run("PRAGMA synchronous=OFF; PRAGMA cache_size=-262144; BEGIN");
  sql.run("DROP INDEX lineage_from; DROP INDEX lineage_to; DROP INDEX entity_list");
  const std::int64_t first = sql.number("SELECT max(rid) + 1 FROM entity");
  sqlite3_stmt* entity = sql.prepare(
      "INSERT INTO entity (rid, id, type, tree, fqn_key, name, display_name, deleted, revision, version, updated_at,"
      " updated_by, mark) VALUES (?, ?, 'table', 'databaseService', ?, ?, '', 0, 1, 1, 1700000000000, 'admin', 0)");
  sqlite3_stmt* body = sql.prepare("INSERT INTO body (rid, change, provenance, document) VALUES (?, '', '{}', ?)");
  const auto bind = [](sqlite3_stmt* statement, int at, const std::string& text) {
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  };
  const auto step = [&](sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) must(internal_error("an insert failed"));
    sqlite3_reset(statement);
  };
  for (std::size_t i = 0; i < size.tables; ++i) {
    const std::int64_t rid = first + static_cast<std::int64_t>(i);
    const std::string digits = std::to_string(i);
    const std::string name = "t" + std::string(digits.size() < 8 ? 8 - digits.size() : 0, '0') + digits,
                      schema = "s" + std::to_string(i / kTablesASchema);
    const EntityId id = table_id(i);
    sqlite3_bind_int64(entity, 1, rid);
    sqlite3_bind_blob(entity, 2, id.bytes.data(), 16, SQLITE_TRANSIENT);
    bind(entity, 3,
         "bench\x1f"
         "db\x1f" +
             schema + "\x1f" + name);
    bind(entity, 4, name);
    step(entity);
    sqlite3_bind_int64(body, 1, rid);
    bind(body, 2,
         R"({"tableType":"Regular","columns":[{"name":"id","dataType":"BIGINT","fullyQualifiedName":"bench.db.)" +
             schema + "." + name + R"(.id"}]})");
    step(body);
  }
  sqlite3_finalize(entity);
  sqlite3_finalize(body);
  const auto edges = make_edges(size);
  sqlite3_stmt* edge = sql.prepare(
      "INSERT INTO lineage (from_rid, to_rid, source, pipeline_rid, seq, description, body)"
      " VALUES (?, ?, 'QueryLineage', NULL, 1, '', ?)");
  const std::string details =
      R"({"sqlQuery":"INSERT INTO t SELECT id, sum(amount) FROM s GROUP BY id","createdAt":1700000000000,)"
      R"("createdBy":"admin","updatedAt":1700000000000,"updatedBy":"admin"})";
  for (const auto& [from, to] : edges) {
    sqlite3_bind_int64(edge, 1, first + from);
    sqlite3_bind_int64(edge, 2, first + to);
    bind(edge, 3, details);
    step(edge);
  }
  sqlite3_finalize(edge);
  sql.run(
      "CREATE UNIQUE INDEX lineage_from ON lineage (from_rid, to_rid);"
      "CREATE UNIQUE INDEX lineage_to ON lineage (to_rid, from_rid);"
      "CREATE INDEX entity_list ON entity (type, deleted, fqn_key, tree);"
      "INSERT INTO counter (type, deleted, tree, n) SELECT type, deleted, tree, count(*) FROM entity"
      " WHERE type = 'table' GROUP BY type, deleted, tree;"
      "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  return edges.size();
}

}  // namespace metadata::bench

#endif  // METADATA_BENCH_LINEAGE_GRAPH_H
