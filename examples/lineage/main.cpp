// Lineage in-process: three tables, two edges with columns, and the questions that one asks of them. No server.
//
//   lineage DIRECTORY

#include <cstdio>
#include <string>

#include "metadata/metadata.h"

namespace {

using namespace metadata;

int fail(const Error& error) {
  std::fprintf(stderr, "lineage: %s\n", error.text().c_str());
  return 1;
}

EntityRef table(const std::string& name) { return EntityRef::by_fqn("table", "shop.db.main." + name); }

/// A table with two columns.
Error make_table(Catalog& catalog, const std::string& name) {
  return catalog
      .put("table", R"({"name":")" + name +
                        R"(","databaseSchema":"shop.db.main","columns":[{"name":"order_id","dataType":"BIGINT"},
                          {"name":"total","dataType":"DECIMAL"}]})")
      .error();
}

Error fill(Catalog& catalog) {
  MD_OK(catalog.put("databaseService", R"({"name":"shop","serviceType":"SQLite"})").error());
  MD_OK(catalog.put("database", R"({"name":"db","service":"shop"})").error());
  MD_OK(catalog.put("databaseSchema", R"({"name":"main","database":"shop.db"})").error());
  for (const char* name : {"raw_orders", "orders", "revenue"}) MD_OK(make_table(catalog, name));
  Lineage& lineage = catalog.lineage();
  MD_OK(lineage
            .put_edge(table("raw_orders"), table("orders"),
                      R"({"sqlQuery":"INSERT INTO orders SELECT * FROM raw_orders","columnsLineage":[
                          {"fromColumns":["raw.order_id"],"toColumn":"orders.order_id"},
                          {"fromColumns":["raw.total"],"toColumn":"orders.total"}]})")
            .error());
  return lineage
      .put_edge(table("orders"), table("revenue"),
                R"({"source":"ViewLineage","columnsLineage":[
                          {"fromColumns":["total"],"toColumn":"total","function":"sum"}]})")
      .error();
}

Error ask(Catalog& catalog) {
  const Lineage& lineage = catalog.lineage();
  MD_LET(around, lineage.walk(table("orders")));
  for (const auto& node : around.nodes) std::printf("orders %+d: %s\n", node.depth, node.fqn.c_str());
  LineageOptions by_column;
  by_column.column = "order_id";
  by_column.downstream_depth = kAnyDepth;
  MD_LET(column, lineage.walk(table("raw_orders"), by_column));
  std::printf("raw_orders.order_id goes to %zu table(s)\n", column.nodes.size());
  MD_LET(counts, lineage.impact_counts(table("raw_orders"), {}));
  std::printf("%lld entities depend on raw_orders\n", static_cast<long long>(counts.total));
  MD_LET(path, lineage.path(table("raw_orders"), table("revenue")));
  std::printf("raw_orders reaches revenue in %zu steps\n", path.downstream.size());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: lineage DIRECTORY\n");
    return 2;
  }
  Options options;
  options.path = argv[1];
  const auto catalog = Catalog::open(options);
  if (!catalog.ok()) return fail(catalog.error());
  if (const Error error = fill(**catalog); !error.ok()) return fail(error);
  if (const Error error = ask(**catalog); !error.ok()) return fail(error);
  return 0;
}
