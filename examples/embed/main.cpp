// A catalog inside a program: no server, no other process. Usage: embed DIRECTORY
#include <metadata/metadata.h>

#include <cstdio>
#include <string>

namespace {

using metadata::Catalog;
using metadata::EntityRef;
using metadata::Error;

constexpr const char* kTable = R"({
  "name": "customer_orders", "databaseSchema": "snowflake.sales_db.public", "description": "Customer orders table",
  "columns": [{"name": "order_id", "dataType": "BIGINT", "constraint": "PRIMARY_KEY"},
              {"name": "customer_email", "dataType": "VARCHAR", "dataLength": 255}]})";

Error fill(Catalog& catalog) {
  metadata::Batch parents;  // all of them, or none
  parents.put("databaseService", R"({"name": "snowflake", "serviceType": "Snowflake"})")
      .put("database", R"({"name": "sales_db", "service": "snowflake"})")
      .put("databaseSchema", R"({"name": "public", "database": "snowflake.sales_db"})");
  MD_LET(made, catalog.write(parents));
  MD_LET(table, catalog.put("table", kTable));
  std::printf("%zu parents, table %s\n", made.size(), table.entity.fqn().c_str());

  MD_LET(patch,
         metadata::Patch::parse(R"([{"op": "add", "path": "/columns/0/description", "value": "Unique order id"}])"));
  MD_LET(patched, catalog.patch(table.entity.ref(), patch));
  std::printf("now version %s\n", patched.entity.version().text().c_str());

  MD_LET(history, catalog.versions(table.entity.ref()));
  for (const std::string& version : history.versions) std::printf("  %.80s...\n", version.c_str());
  return {};
}

Error find_again(const Catalog& catalog) {
  MD_LET(table, catalog.get(EntityRef::by_fqn("table", "snowflake.sales_db.public.customer_orders"),
                            {.fields = "owners,tags"}));
  const auto description = table.get("/columns/0/description");
  std::printf("found %s: %s\n", table.fqn().c_str(), description ? description->text().c_str() : "no description");
  MD_LET(page, catalog.list("table", {.filters = {{"database", "snowflake.sales_db"}}}));
  std::printf("%lld table(s) in the database\n", static_cast<long long>(page.total));
  return {};
}

Error run(const std::string& directory) {
  const metadata::Options options{.path = directory};
  {
    MD_LET(catalog, Catalog::open(options));
    MD_OK(fill(*catalog));
  }  // closed: everything is on disk
  MD_LET(catalog, Catalog::open(options));
  return find_again(*catalog);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: embed DIRECTORY\n");
    return 2;
  }
  if (const Error error = run(argv[1]); !error.ok()) {
    std::fprintf(stderr, "embed: %s\n", error.text().c_str());
    return 1;
  }
  return 0;
}
