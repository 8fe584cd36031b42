#include "openapi/document.h"

#include <mutex>
#include <utility>

#include "call.h"
#include "http/gzip.h"
#include "http/url.h"
#include "openapi/data.h"
#include "render/page.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

Reply describe(const Call& call) {
  auto& description = call.server.description;
  const std::lock_guard lock(description.making);
  if (!description.text) {
    MD_LET(text, openapi_document(call.server.router, call.server.catalog.registry()));
    description.text = std::move(text);
  }
  return render::json(*description.text);
}

struct MediaType {
  std::string_view ending;
  std::string_view type;
};
constexpr MediaType kMediaTypes[] = {{".html", "text/html; charset=utf-8"},
                                     {".js", "text/javascript; charset=utf-8"},
                                     {".css", "text/css; charset=utf-8"},
                                     {".png", "image/png"}};
// The longest of them has 1.7 MB.
constexpr std::size_t kMostUnpacked = std::size_t{8} << 20;

const EmbeddedFile* ui_file(std::string_view name) {
  for (const EmbeddedFile& file : ui_data()) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

bool has_swagger_ui() { return ui_file("swagger-ui-bundle.js.gz") != nullptr; }

/// A file of the page. They are the same as long as the program is, so browsers may keep them for a while.
Reply show(const Call& call, std::string_view name) {
  if (!has_swagger_ui())
    return unimplemented(
        "Swagger UI is not built in: run tools/fetch-swagger-ui and build again; the description is "
        "at /openapi.json");
  const EmbeddedFile* plain = ui_file(name);
  const EmbeddedFile* packed = ui_file(std::string(name) + ".gz");
  if (plain == nullptr && packed == nullptr) return not_found("there is no file '" + std::string(name) + "' here");
  Response response;
  for (const auto& [ending, type] : kMediaTypes) {
    if (name.ends_with(ending)) response.content_type = type;
  }
  // Swagger UI has styles of its own in elements, and images in them.
  response.set("Content-Security-Policy",
               "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
               "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.set("Cache-Control", "max-age=3600");
  if (plain != nullptr) {
    response.body = plain->text;
  } else if (accepts_gzip(call.request.headers.value("Accept-Encoding"))) {
    response.body = packed->text;
    response.set("Content-Encoding", "gzip");
    response.set("Vary", "Accept-Encoding");
  } else {
    auto text = gunzip(packed->text, kMostUnpacked);
    if (!text) return Error(Code::Internal, std::string(packed->name) + " cannot be unpacked");
    response.body = *std::move(text);
    response.set("Vary", "Accept-Encoding");
  }
  return response;
}

Reply show_file(const Call& call) { return show(call, call.params.front()); }

/// The page's links are relative to the folder.
Reply show_page(const Call& call) {
  if (path_of(call.request.target).ends_with('/')) return show(call, "index.html");
  Response response;
  response.status = 308;
  response.content_type.clear();
  response.set("Location", "/swagger-ui/");
  return response;
}

}  // namespace

std::vector<Route> openapi_routes() {
  return {
      {"GET", "/openapi.json", describe, kPublic},
      {"GET", "/swagger.json", describe, kPublic},
      {"GET", "/swagger-ui", show_page, kPublic},
      {"GET", "/swagger-ui/{file}", show_file, kPublic},
  };
}

}  // namespace metadata::server
