// Full-text search inside a program: no server, no other process. Usage: search DIRECTORY [WORDS]
#include <metadata/metadata.h>

#include <cstdio>
#include <string>

namespace {

using metadata::Catalog;
using metadata::Error;

std::string table(const std::string& name, const std::string& about, const std::string& tier) {
  return R"({"name": ")" + name + R"(", "databaseSchema": "snowflake.sales_db.public", "description": ")" + about +
         R"(", "columns": [{"name": "customer_email", "dataType": "VARCHAR", "dataLength": 255}],
             "tags": [{"tagFQN": ")" +
         tier + R"(", "source": "Classification"}]})";
}

Error fill(Catalog& catalog) {
  metadata::Batch batch;
  batch.put("classification", R"({"name": "Tier", "description": "How much depends on it"})")
      .put("tag", R"({"name": "Tier1", "classification": "Tier", "description": "Everything"})")
      .put("tag", R"({"name": "Tier5", "classification": "Tier", "description": "Nothing"})")
      .put("databaseService", R"({"name": "snowflake", "serviceType": "Snowflake"})")
      .put("database", R"({"name": "sales_db", "service": "snowflake"})")
      .put("databaseSchema", R"({"name": "public", "database": "snowflake.sales_db"})")
      .put("table", table("customer_orders", "What customers ordered", "Tier.Tier1"))
      .put("table", table("CustomerAddresses", "Where they live", "Tier.Tier5"))
      .put("table", table("web_sessions", "Visits, with the customer when known", "Tier.Tier5"));
  const metadata::WriteOptions options;
  MD_LET(written, catalog.write(batch, options));
  std::printf("%zu entities\n", written.size());
  return {};
}

/// What was written before the call is found, without waiting or rebuilding anything.
Error find(Catalog& catalog, const std::string& words) {
  metadata::SearchQuery query;
  query.text = words;
  query.indexes = {"table"};
  query.filters = {{"database", "snowflake.sales_db"}};
  query.highlight = true;
  query.facets = {"tier.tagFQN", "service.name"};
  MD_LET(found, catalog.search().query(query));
  std::printf("%lld found for '%s', complete: %s\n", static_cast<long long>(found.total), words.c_str(),
              found.complete ? "yes" : "no");
  for (const metadata::SearchHit& hit : found.hits) {
    MD_LET(source, metadata::Json::parse(hit.source));
    std::printf("  %.2f %s", hit.score, source["fullyQualifiedName"].text().c_str());
    if (!hit.highlights.empty())
      std::printf("  %s: %s", hit.highlights[0].first.c_str(), hit.highlights[0].second[0].c_str());
    std::printf("\n");
  }
  for (const metadata::Facet& facet : found.facets) {
    std::printf("%s:", facet.field.c_str());
    for (const auto& count : facet.counts)
      std::printf(" %s %lld", count.value.c_str(), static_cast<long long>(count.count));
    std::printf("\n");
  }
  return {};
}

Error run(const std::string& directory, const std::string& words) {
  MD_LET(catalog, Catalog::open({.path = directory}));
  if (catalog->fresh()) MD_OK(fill(*catalog));
  return find(*catalog, words);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: search DIRECTORY [WORDS]\n");
    return 2;
  }
  if (const Error error = run(argv[1], argc == 3 ? argv[2] : "customer"); !error.ok()) {
    std::fprintf(stderr, "search: %s\n", error.text().c_str());
    return 1;
  }
  return 0;
}
