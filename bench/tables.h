#ifndef METADATA_BENCH_TABLES_H
#define METADATA_BENCH_TABLES_H

#include <cstddef>
#include <string>

#include "metadata/metadata.h"

namespace metadata::bench {

inline constexpr std::size_t kOwners = 20;
inline constexpr std::size_t kTags = 20;
inline constexpr std::size_t kBatch = 500;

/// "table_0000042"
inline std::string table_name(std::size_t number) {
  std::string digits = std::to_string(number);
  return "table_" + std::string(digits.size() < 7 ? 7 - digits.size() : 0, '0') + digits;
}

/// A create body of about 2 KB with ten columns. Every tenth table has an owner, every fifth a tag on itself and one
/// on a column.
inline std::string table_body(std::size_t number, const std::string& schema, bool labels) {
  std::string text = R"({"name":")" + table_name(number) + R"(","databaseSchema":")" + schema +
                     R"(","description":"The table number )" + std::to_string(number) + R"(","columns":[)";
  const std::string tag = R"("tags":[{"tagFQN":"Bench.tag_)" + std::to_string(number % kTags) +
                          R"(","source":"Classification","labelType":"Manual","state":"Confirmed"}])";
  const bool tagged = labels && number % 5 == 0;
  for (int column = 0; column < 10; ++column) {
    const std::string n = std::to_string(column);
    if (column > 0) text += ',';
    text += R"({"name":"column_)" + n + R"(","dataType":"VARCHAR","dataLength":255,"description":"The column number )" +
            n + '"';
    if (tagged && column == 0) text += "," + tag;
    text += '}';
  }
  text += ']';
  if (tagged) text += "," + tag;
  return text += '}';
}

/// Creates SERVICE.db.SCHEMA, and the owners and tags that table_body() names.
inline Error make_world(Catalog& catalog, const std::string& service, const std::string& schema) {
  Batch batch;
  batch.put("databaseService", R"({"name":")" + service + R"(","serviceType":"Mysql"})");
  batch.put("database", R"({"name":"db","service":")" + service + R"("})");
  batch.put("databaseSchema", R"({"name":")" + schema + R"(","database":")" + service + R"(.db"})");
  batch.put("classification", R"({"name":"Bench","description":"Tags of the benchmark"})");
  for (std::size_t i = 0; i < kTags; ++i) {
    batch.put("tag", R"({"name":"tag_)" + std::to_string(i) + R"(","classification":"Bench","description":"A tag"})");
  }
  for (std::size_t i = 0; i < kOwners; ++i) {
    const std::string name = "bench_owner_" + std::to_string(i);
    batch.put("user", R"({"name":")" + name + R"(","email":")" + name + R"(@example.com"})");
  }
  const auto written = catalog.write(batch);
  return written.ok() ? Error{} : written.error();
}

/// Tables numbered [from, to) in SCHEMA (an FQN), in batches. With labels: owners and tags on some, and a second
/// version of every twentieth.
inline Error fill(Catalog& catalog, const std::string& schema, std::size_t from, std::size_t to, bool labels = true) {
  std::string owners[kOwners];
  for (std::size_t i = 0; labels && i < kOwners; ++i) {
    const auto owner = catalog.get(EntityRef::by_fqn("user", "bench_owner_" + std::to_string(i)));
    if (!owner.ok()) return owner.error();
    owners[i] = owner->id().text();
  }
  for (std::size_t at = from; at < to;) {
    Batch batch;
    for (; at < to && batch.items().size() < kBatch; ++at) {
      std::string body = table_body(at, schema, labels);
      if (labels && at % 10 == 0) {
        body.pop_back();
        body += R"(,"owners":[{"type":"user","id":")" + owners[at % kOwners] + R"("}]})";
      }
      batch.put("table", std::move(body));
      if (!labels || at % 20 != 0) continue;
      const auto patch =
          Patch::parse(R"([{"op":"add","path":"/displayName","value":"Table )" + std::to_string(at) + R"("}])");
      if (!patch.ok()) return patch.error();
      batch.patch(EntityRef::by_fqn("table", schema + "." + table_name(at)), *patch);
    }
    const auto written = catalog.write(batch);
    if (!written.ok()) return written.error();
  }
  return {};
}

}  // namespace metadata::bench

#endif  // METADATA_BENCH_TABLES_H
