#ifndef METADATA_SERVER_RENDER_PAGE_H
#define METADATA_SERVER_RENDER_PAGE_H

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
/// 200 with this JSON text.
Response json(std::string text);
/// 204.
Response nothing();

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_PAGE_H
