#ifndef METADATA_SERVER_RENDER_PAGE_H
#define METADATA_SERVER_RENDER_PAGE_H

#include <string>
#include <vector>

#include "http/response.h"
#include "metadata/entity.h"
#include "metadata/json.h"

namespace metadata::server {
struct Call;
}

namespace metadata::server::render {

/// `{"data":[…],"paging":{"total":…,"after":…,"before":…}}`; a cursor that does not exist is left out.
Response page(const Call& call, const Page& page, bool with_owner);
/// `{"entityType":…,"versions":["{…}", …]}`: each version is text inside the text, as the API has it.
Response history(const History& history);
/// `{"data":[…],"paging":{"total":…}}` of plain values.
Response values(const std::vector<Json>& values);
/// The same with a cursor.
Response value_page(const ValuePage& page);
/// `{"data":[{"entityReference","timestamp","profileType","profileData"}],"paging":{"total","after","before"}}` with
/// null for both cursors: the client reads them, there or not.
Response owned_values(const Call& call, const std::vector<OwnedValue>& values, std::int64_t total);
/// `{"data":[…],"paging":{"total","offset","limit"}}`.
Response item_page(const ItemPage& page, std::size_t offset, std::size_t limit);
/// What became of each of many items: how many passed and failed, and a JSON text about each of them.
Response bulk_result(bool dry_run, const std::vector<std::string>& passed, const std::vector<std::string>& failed);
/// 200 with this JSON text.
Response json(std::string text);
/// 204.
Response nothing();

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_PAGE_H
