#include "routes/routes.h"

namespace metadata::server {

Result<Router> make_router(const Registry& registry) {
  Router router;
  MD_OK(router.add_all(entity_routes(registry)));
  MD_OK(router.add_all(bulk_routes(registry)));
  MD_OK(router.add_all(csv_routes(registry)));
  MD_OK(router.add_all(series_routes(registry)));
  MD_OK(router.add_all(field_routes(registry)));
  MD_OK(router.add_all(column_routes(registry)));
  MD_OK(router.add_all(run_log_routes(registry)));
  MD_OK(router.add_all(follower_routes(registry)));
  MD_OK(router.add_all(session_routes(registry)));
  MD_OK(router.add_all(oidc_routes()));
  MD_OK(router.add_all(credential_routes()));
  MD_OK(router.add_all(account_routes(registry)));
  MD_OK(router.add_all(audit_routes()));
  MD_OK(router.add_all(system_routes()));
  MD_OK(router.add_all(permission_routes()));
  MD_OK(router.add_all(search_routes()));
  MD_OK(router.add_all(lineage_routes()));
  MD_OK(router.add_all(event_routes()));
  MD_OK(router.add_all(webhook_routes(registry)));
  MD_OK(router.add_all(quality_routes(registry)));
  MD_OK(router.add_all(execute_routes(registry)));
  MD_OK(router.add_all(query_routes(registry)));
  MD_OK(router.add_all(asset_routes(registry)));
  MD_OK(router.add_all(usage_routes()));
  MD_OK(router.add_all(suggestion_routes()));
  MD_OK(router.add_all(type_routes(registry)));
  MD_OK(router.add_all(contract_routes(registry)));
  MD_OK(router.add_all(openapi_routes()));
  MD_OK(router.add_all(unbuilt_routes(registry, router)));
  return router;
}

}  // namespace metadata::server
