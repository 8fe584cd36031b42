#include <algorithm>
#include <string>
#include <string_view>

#include "http/url.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

Reply unbuilt(const Call& call) {
  return unimplemented(call.request.method + " " + std::string(path_of(call.request.target)).substr(0, 300) +
                       " is a route of the API that this server does not have yet");
}

struct Row {
  std::string_view methods;
  std::string_view path;
};

// Below every collection.
constexpr Row kOfEveryType[] = {
    {"DELETE", "/async/{id}"},
};

// Of types that have CSV files in the API, and none here yet. All others have no such routes there, either.
constexpr Row kOfCsv[] = {
    {"GET", "/name/{fqn...}/export"},
    {"GET", "/name/{fqn...}/exportAsync"},
    {"PUT", "/name/{fqn...}/import"},
    {"PUT", "/name/{fqn...}/importAsync"},
};
constexpr std::string_view kCsvOf[] = {"directory",   "driveService", "file",     "securityService",
                                       "spreadsheet", "testCase",     "worksheet"};

constexpr Row kSingle[] = {
    {"GET", "/tables/entityRelationship"}, {"POST", "/services/ingestionPipelines/deploy/{id}"},
    {"GET", "/system/config/rdf"},         {"PATCH", "/system/settings/{name}"},
    {"GET", "/system/entities/count"},     {"GET", "/system/services/count"},
    {"GET", "/lineage/exportAsync"},
};

// Everything at and below these.
constexpr std::string_view kAreas[] = {
    "analytics",
    "apiCollections",
    "apiEndpoints",
    "apps",
    "automations/workflows",
    "containers",
    "dashboard/datamodels",
    "dataContracts",
    "dataProducts",
    "dataQuality/testCases",
    "dataQuality/testDefinitions",
    "dataQuality/testSuites",
    "docStore",
    "domains",
    "drives",
    "events",
    "feed",
    "glossaries",
    "glossaryTerms",
    "kpi",
    "metadata/types",
    "metrics",
    "mlmodels",
    "personas",
    "queries",
    "reports",
    "searchIndexes",
    "services/apiServices",
    "services/driveServices",
    "services/messagingServices",
    "services/metadataServices",
    "services/mlmodelServices",
    "services/searchServices",
    "services/securityServices",
    "services/storageServices",
    "topics",
};

void add_rows(std::vector<Route>& rows, std::string_view methods, const std::string& pattern) {
  while (!methods.empty()) {
    const auto blank = methods.find(' ');
    rows.push_back({methods.substr(0, blank), pattern, unbuilt, needs("ViewBasic"), nullptr, nullptr, nullptr, false});
    methods = blank == std::string_view::npos ? std::string_view{} : methods.substr(blank + 1);
  }
}

}  // namespace

std::vector<Route> unbuilt_routes(const Registry& registry, const Router& built) {
  constexpr std::string_view kAll = "GET POST PUT PATCH DELETE";
  const std::string root = "/api/v1";
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    for (const Row& row : kOfEveryType)
      add_rows(rows, row.methods, root + "/" + type.collection + std::string(row.path));
  }
  for (const std::string_view name : kCsvOf) {
    const TypeInfo* type = registry.find(name);
    for (const Row& row : kOfCsv) add_rows(rows, row.methods, root + "/" + type->collection + std::string(row.path));
  }
  for (const Row& row : kSingle) add_rows(rows, row.methods, root + std::string(row.path));
  for (const std::string_view area : kAreas) {
    if (registry.find_collection(area) != nullptr) continue;
    add_rows(rows, kAll, root + "/" + std::string(area));
    add_rows(rows, kAll, root + "/" + std::string(area) + "/{rest...}");
  }
  // A row that has been built since is left alone.
  std::erase_if(rows, [&](const Route& row) { return built.has_pattern(row.pattern); });
  return rows;
}

}  // namespace metadata::server
