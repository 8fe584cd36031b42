#include <chrono>

#include "metadata/json.h"
#include "metadata/version.h"
#include "render/error.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

// The API version that clients compare with their own: major and minor must be equal.
constexpr std::string_view kApiVersion = "1.10.3";

std::int64_t started_at_ms() {
  static const auto at =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  return at;
}

/// A read that costs next to nothing and fails when the store does.
Error read_store(const Call& call) {
  ListOptions options;
  options.limit = 1;  // without a row only the counters would be read
  options.interrupt = call.interrupt;
  const auto page = call.server.catalog.list("user", options);
  return page.ok() ? Error{} : page.error();
}

Response plain(std::string text) {
  Response response = render::json(std::move(text));
  response.content_type = "text/plain";
  return response;
}

Reply version(const Call&) {
  JsonWriter out;
  out.begin_object();
  out.key("version").string(kApiVersion);
  out.key("revision").string("libmetadata-" METADATA_VERSION);
  out.key("timestamp").integer(started_at_ms());
  out.end_object();
  return render::json(std::move(out).text());
}

Reply health(const Call&) { return plain("OK"); }
Reply alive(const Call&) { return render::json(R"({"status":"ok"})"); }

std::string_view state_of(const SearchStatus& search) {
  if (!search.built) return "disabled";
  if (!search.trouble.empty()) return "failing";
  if (search.rebuilding || !search.serving) return "rebuilding";
  return search.position < search.log_end ? "behind" : "current";
}

Reply ready(const Call& call) {
  if (call.server.stopping) return render::refusal(503, "the server is stopping");
  // Open for reading only is what somebody asked for, and no trouble.
  if (call.server.catalog.writes() == Writes::Stopped) return render::store_trouble(Writes::Stopped);
  MD_OK(read_store(call));
  // Searches are a part of the work: without an index they are answered 503, all else goes on.
  const SearchStatus search = call.server.catalog.search().status();
  JsonWriter out;
  out.begin_object();
  out.key("status").string("ready");
  out.key("search").begin_object();
  out.key("state").string(state_of(search));
  out.key("position").integer(search.position);
  out.key("logEnd").integer(search.log_end);
  if (search.rebuilding) {
    out.key("rebuilt").integer(search.rebuilt);
    out.key("toRebuild").integer(search.to_rebuild);
  }
  out.end_object();
  out.end_object();
  return render::json(std::move(out).text());
}

void write_check(JsonWriter& out, std::string_view name, bool passed, std::string_view description,
                 std::string_view message) {
  out.key(name).begin_object();
  out.key("description").string(description);
  out.key("passed").boolean(passed);
  out.key("message").string(message);
  out.end_object();
}

Reply status(const Call& call) {
  Error store = read_store(call);
  if (store.ok() && call.server.catalog.writes() == Writes::Stopped) store = unavailable("writing has stopped");
  JsonWriter out;
  out.begin_object();
  write_check(out, "database", store.ok(), "The store answers",
              store.ok() ? "Read a page" : "The server's log says what is wrong");
  const SearchStatus search = call.server.catalog.search().status();
  const std::string_view held = search.position >= search.log_end ? "Holds every change" : "Is catching up";
  write_check(out, "searchInstance", !search.rebuilding || search.documents > 0, "Full-text search",
              search.rebuilding ? std::string_view("Is being built anew") : held);
  write_check(out, "pipelineServiceClient", false, "A service that runs pipelines", "None is configured");
  write_check(out, "jwks", true, "Keys of the tokens", "Served at /api/v1/system/config/jwks");
  write_check(out, "migrations", true, "The store has the present format", "Checked when the catalog was opened");
  out.end_object();
  return render::json(std::move(out).text());
}

Reply jwks(const Call& call) { return render::json(call.server.catalog.access().jwks()); }

void write_provider(JsonWriter& out, std::string_view base, const OidcProvider& provider) {
  out.begin_object();
  out.key("name").string(provider.name).key("provider").string(provider.kind);
  out.key("providerName").string(provider.display_name).key("authority").string(provider.issuer);
  out.key("clientId").string(provider.client_id).key("callbackUrl").string(provider.callback_url);
  out.key("jwtPrincipalClaims").begin_array();
  for (const std::string& claim : provider.principal_claims) out.string(claim);
  out.end_array();
  out.key("enableSelfSignup").boolean(provider.self_signup);
  if (!base.empty() && !provider.callback_url.empty())
    out.key("loginUrl").string(std::string(base) + "/v1/auth/login/" + provider.name);
  out.end_object();
}

Reply auth_config(const Call& call) {
  JsonWriter out;
  out.begin_object();
  out.key("provider").string("basic").key("providerName").string("");
  out.key("publicKeyUrls").begin_array();
  if (!call.base.empty()) out.string(call.base + "/v1/system/config/jwks");
  out.end_array();
  out.key("authority").string(call.base).key("clientId").string("").key("callbackUrl").string("");
  out.key("jwtPrincipalClaims").begin_array().string("email").string("preferred_username").string("sub").end_array();
  out.key("enableSelfSignup").boolean(call.server.config.self_signup);
  out.key("providers").begin_array();
  for (const OidcProvider& provider : call.server.config.oidc.providers) write_provider(out, call.base, provider);
  out.end_array();
  out.end_object();
  return render::json(std::move(out).text());
}

Reply authorizer_config(const Call& call) {
  const std::string& email = call.server.config.admin_email;
  JsonWriter out;
  out.begin_object();
  out.key("principalDomain").string(email.substr(email.find('@') + 1));
  out.key("enforcePrincipalDomain").boolean(false);
  out.key("enableSecureSocketConnection").boolean(false);
  out.key("useRolesFromProvider").boolean(false);
  out.end_object();
  return render::json(std::move(out).text());
}

// What clients ask for, and nothing changes.
constexpr char kLoginConfig[] = R"({"jwtTokenExpiryTime":3600})";
constexpr char kPipelineClient[] = R"({"enabled":false})";

template <const auto& text>
Reply constant(const Call&) {
  return render::json(text);
}

/// "not configured here" for the names that the API has beside those that are kept.
Error unkept(const Call& call, const Error& error) {
  if (error.code() != Code::NotFound) return error;
  std::string kept;
  for (const std::string& name : call.server.catalog.settings()) kept += (kept.empty() ? "" : ", ") + name;
  return not_found(std::string(error.message()) + ": this server keeps " + kept);
}

Error write_setting(const Call& call, std::string_view name, JsonWriter& out) {
  MD_LET(value, call.server.catalog.setting(name, call.interrupt));
  out.begin_object().key("config_type").string(name).key("config_value").raw(value.text()).end_object();
  return {};
}

Result<std::string> setting_text(const Call& call, std::string_view name) {
  JsonWriter out;
  const Error error = write_setting(call, name, out);
  if (!error.ok()) return unkept(call, error);
  return std::move(out).text();
}

Reply get_setting(const Call& call) {
  MD_LET(text, setting_text(call, call.params.front()));
  return render::json(std::move(text));
}

Reply list_settings(const Call& call) {
  const auto names = call.server.catalog.settings();
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const std::string& name : names) MD_OK(write_setting(call, name, out));
  out.end_array().key("paging").begin_object().key("total").integer(static_cast<std::int64_t>(names.size()));
  out.end_object().end_object();
  return render::json(std::move(out).text());
}

Reply put_setting(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(name, required_text(body, "config_type"));
  const Json value = body["config_value"];
  if (!value.is_object()) return invalid_argument("config_value must be an object", "config_value");
  MD_LET(options, write_options(call));
  if (const Error error = call.server.catalog.put_setting(name, value.text(), options); !error.ok())
    return unkept(call, error);
  MD_LET(text, setting_text(call, name));
  return render::json(std::move(text));
}

Reply theme(const Call& call) {
  MD_LET(value, call.server.catalog.setting("customUiThemePreference", call.interrupt));
  return render::json(value.text());
}

}  // namespace

std::vector<Route> system_routes() {
  const std::string config = "/api/v1/system/config";
  return {
      {"GET", "/healthz", alive, kUncounted},
      {"GET", "/readyz", ready, kUncounted},
      {"GET", "/api/v1/system/version", version, kUncounted},
      {"GET", "/api/v1/system/health", health, kUncounted},
      {"GET", "/api/v1/system/status", status, needs("ViewAll")},
      {"GET", config + "/jwks", jwks, kUncounted},
      {"GET", config + "/auth", auth_config, kPublic},
      {"GET", config + "/authorizer", authorizer_config, kPublic},
      {"GET", config + "/customUiThemePreference", theme, kPublic},
      {"GET", config + "/loginConfig", constant<kLoginConfig>, kPublic},
      {"GET", config + "/pipeline-service-client", constant<kPipelineClient>, needs("ViewAll")},
      {"GET", "/api/v1/system/settings", list_settings, needs("ViewAll")},
      audited({"PUT", "/api/v1/system/settings", put_setting, needs("EditAll")}, "settings.put"),
      {"GET", "/api/v1/system/settings/{name}", get_setting, needs("ViewAll")},
  };
}

}  // namespace metadata::server
