#ifndef METADATA_SERVER_ROUTES_ROUTES_H
#define METADATA_SERVER_ROUTES_ROUTES_H

#include <vector>

#include "http/router.h"
#include "metadata/error.h"
#include "metadata/registry.h"

namespace metadata::server {

// Each file of this folder has one table of rows, at its end, that reads from top to bottom.

/// The routes that every entity type has, under its collection.
std::vector<Route> entity_routes(const Registry& registry);
/// Many creates or updates at once, under each collection.
std::vector<Route> bulk_routes(const Registry& registry);
/// CSV files of the types that have them, and the jobs that make and read them.
std::vector<Route> csv_routes(const Registry& registry);
/// Values over time of the types whose descriptions declare a series: runs of pipelines.
std::vector<Route> series_routes(const Registry& registry);
/// Fields that have a route of their own, and joins.
std::vector<Route> field_routes(const Registry& registry);
/// Items of lists: the columns of tables.
std::vector<Route> column_routes(const Registry& registry);
/// Logs of the runs of ingestion pipelines, and what would run them.
std::vector<Route> run_log_routes(const Registry& registry);
/// Followers and votes of the types that have them.
std::vector<Route> follower_routes(const Registry& registry);
/// Log-in, refresh, log-out, and who is logged in.
std::vector<Route> session_routes(const Registry& registry);
/// Log-ins through identity providers.
std::vector<Route> oidc_routes();
/// Keys and tokens that programs act with.
std::vector<Route> credential_routes();
/// Passwords, sign-up, and what clients ask about users beside their entities.
std::vector<Route> account_routes(const Registry& registry);
/// Who did what.
std::vector<Route> audit_routes();
/// Version, health, configuration.
std::vector<Route> system_routes();
/// Edges between entities, and what is upstream and downstream of one.
std::vector<Route> lineage_routes();
/// Full-text search, look-ups by value, facets, suggestions.
std::vector<Route> search_routes();
/// The change log: events by time, or from a position.
std::vector<Route> event_routes();
/// What webhooks have beside the routes of every entity: status, redelivery, a test.
std::vector<Route> webhook_routes(const Registry& registry);
/// What the caller may do, and what rules may say.
std::vector<Route> permission_routes();
/// Results, incidents and suites of tests of data.
std::vector<Route> quality_routes(const Registry& registry);
/// Running tests of data.
std::vector<Route> execute_routes(const Registry& registry);
/// Who ran queries, and what they read.
std::vector<Route> query_routes(const Registry& registry);
/// How often entities are used.
std::vector<Route> usage_routes();
/// What people and bots suggest to say of entities.
std::vector<Route> suggestion_routes();
/// What checks of data contracts found.
std::vector<Route> contract_routes(const Registry& registry);
/// Custom properties of entity types.
std::vector<Route> type_routes(const Registry& registry);
/// What belongs to domains, data products, labels and teams, many at once.
std::vector<Route> asset_routes(const Registry& registry);
/// The description of this API.
std::vector<Route> openapi_routes();
/// Routes the API has and this server does not have yet: they answer 501 and say so.
std::vector<Route> unbuilt_routes(const Registry& registry, const Router& built);

/// All of them.
Result<Router> make_router(const Registry& registry);

}  // namespace metadata::server

#endif  // METADATA_SERVER_ROUTES_ROUTES_H
