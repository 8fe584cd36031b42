#include "auth/oidc_settings.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "config_errors.h"
#include "metadata/json.h"
#include "seed/files.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxProviders = 20;
constexpr std::size_t kMaxNameBytes = 32;
constexpr std::size_t kMaxTextBytes = 1000;
constexpr std::size_t kMaxListed = 200;
constexpr std::string_view kWellKnown = "/.well-known/openid-configuration";

/// A place in a JSON text that was parsed before: containers from the outside in.
struct Level {
  bool is_array = false;
  std::size_t index = 0;
  std::string key;
};

std::string path_of_levels(const std::vector<Level>& levels) {
  std::string path;
  for (const Level& level : levels) {
    if (level.is_array) {
      path += "[" + std::to_string(level.index) + "]";
    } else {
      if (!path.empty()) path += ".";
      path += level.key;
    }
  }
  return path;
}

/// The line of the member with this path, or of the nearest one around it; the text is JSON.
std::size_t line_of(std::string_view text, const std::string& wanted) {
  std::vector<Level> levels;
  std::size_t line = 1, best = 1, best_size = 0;
  const auto look = [&] {
    const std::string path = path_of_levels(levels);
    if (path.size() < best_size || wanted.compare(0, path.size(), path) != 0) return;
    best = line;
    best_size = path.size() + 1;
  };
  std::string last;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (c == '"') {
      const std::size_t begin = ++i;
      for (; text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
      last = text.substr(begin, i - begin);
    } else if (c == ':' && !levels.empty()) {
      levels.back().key = last;
      look();
    } else if (c == '{' || c == '[') {
      levels.push_back({c == '[', 0, ""});
      if (c == '[') look();
    } else if (c == '}' || c == ']') {
      levels.pop_back();
    } else if (c == ',' && levels.back().is_array) {
      ++levels.back().index;
      look();
    }
  }
  return best;
}

/// Reads one object strictly: each setting is asked for once, and what nobody asked for is a mistake.
class Reader {
 public:
  Reader(Json object, std::string path) : object_(std::move(object)), path_(std::move(path)) {
    if (!object_.is_object()) fail("", "must be an object");
  }

  bool has(const char* name) {
    known_.emplace_back(name);
    return object_.contains(name);
  }
  std::string text(const char* name, std::string otherwise = {}) {
    if (!has(name)) return otherwise;
    const auto value = object_[name].as_string();
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; };
    if (!value || value->empty() || value->size() > kMaxTextBytes ||
        std::any_of(value->begin(), value->end(), is_control)) {
      fail(name, "must be a text that is not empty, in one line");
      return otherwise;
    }
    return std::string(*value);
  }
  std::vector<std::string> list(const char* name, std::vector<std::string> otherwise = {}) {
    if (!has(name)) return otherwise;
    const Json value = object_[name];
    std::vector<std::string> out;
    for (std::size_t i = 0; i < value.size() && i <= kMaxListed; ++i) {
      const auto one = value.at(i).as_string();
      if (!one || one->empty() || one->size() > kMaxTextBytes) break;
      out.emplace_back(*one);
    }
    if (!value.is_array() || out.size() != value.size() || out.size() > kMaxListed || out.empty())
      fail(name, "must be a list of texts, 1 to " + std::to_string(kMaxListed));
    return out;
  }
  bool flag(const char* name, bool otherwise) {
    if (!has(name)) return otherwise;
    const auto value = object_[name].as_bool();
    if (!value) fail(name, "must be true or false");
    return value.value_or(otherwise);
  }
  std::int64_t milliseconds(const char* name, std::int64_t otherwise_ms, double least_s, double most_s) {
    if (!has(name)) return otherwise_ms;
    const auto value = object_[name].as_double();
    if (!value || !(*value >= least_s && *value <= most_s)) {
      fail(name, "must be a number of seconds, " + short_text(least_s) + " to " + short_text(most_s));
      return otherwise_ms;
    }
    return static_cast<std::int64_t>(*value * 1000);
  }
  Json member(const char* name) {
    known_.emplace_back(name);
    return object_[name];
  }

  /// The first mistake counts.
  void fail(const std::string& name, const std::string& what) {
    if (failed_) return;
    const std::string dot = path_.empty() || name.empty() ? "" : ".";
    failed_ = {path_ + dot + name, what};
  }
  void forbid_unknown() {
    object_.for_each_member([&](std::string_view name, const Json&) {
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) return;
      const std::string near = nearest(name, known_);
      fail(std::string(name.substr(0, 64)),
           near.empty() ? "is no setting" : "is no setting; did you mean " + near + "?");
    });
  }
  const std::optional<std::pair<std::string, std::string>>& failed() const { return failed_; }

 private:
  static std::string short_text(double number) {
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  Json object_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<std::pair<std::string, std::string>> failed_;
};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool all_of(std::string_view text, std::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
  });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

/// What the well-known providers have in common with none of the others.
void fill_preset(Reader& in, OidcProvider& out) {
  const auto domain = [&] {
    const std::string name = lower(in.text("domain"));
    if (name.empty()) in.fail("domain", "is needed for " + out.kind + ": the host name of your account there");
    if (!name.empty() && !all_of(name, ".-")) in.fail("domain", "must be a host name");
    return name;
  };
  if (out.kind == "google") {
    out.issuer = "https://accounts.google.com";
    out.issuers = {"accounts.google.com"};
  } else if (out.kind == "okta") {
    out.issuer = "https://" + domain();
    if (const std::string server = in.text("authorizationServer"); !server.empty()) out.issuer += "/oauth2/" + server;
  } else if (out.kind == "auth0") {
    out.issuer = "https://" + domain() + "/";
  } else if (out.kind == "azure") {
    const std::string tenant = lower(in.text("tenant"));
    // With "common" and the like anybody's tenant could speak for any address.
    if (!is_uuid(tenant))
      in.fail("tenant", "is needed for azure: the id (a UUID) of your tenant, not common or organizations");
    out.issuer = "https://login.microsoftonline.com/" + tenant + "/v2.0";
    out.principal_claims = {"preferred_username", "email"};
    out.verified_email = false;  // it does not say; addresses are those that the tenant's admins gave
  } else if (out.kind != "custom") {
    in.fail("kind", "must be google, okta, auth0, azure or custom");
  }
}

std::string read_secret(Reader& in) {
  if (in.has("clientSecret"))
    in.fail("clientSecret", "does not stand here: name a file (clientSecretFile) or a variable (clientSecretEnv)");
  const std::string file = in.text("clientSecretFile"), variable = in.text("clientSecretEnv");
  if (!file.empty() && !variable.empty()) in.fail("clientSecretEnv", "and clientSecretFile are both given; keep one");
  if (!variable.empty()) {
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') in.fail("clientSecretEnv", "names a variable that is not set");
    return value == nullptr ? "" : value;
  }
  if (file.empty()) return {};
  const auto text = read_file(file);
  if (!text.ok()) {
    in.fail("clientSecretFile", std::string(text.error().message()));
    return {};
  }
  std::string line = text->substr(0, text->find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) in.fail("clientSecretFile", "names a file with an empty first line");
  return line;
}

void read_addresses(Reader& in, OidcProvider& out, const std::string& callback_url) {
  if (out.kind == "custom") {
    out.issuer = in.text("issuer");
    out.discovery = in.text("discoveryUri");
    if (out.issuer.empty() && out.discovery.ends_with(kWellKnown))
      out.issuer = out.discovery.substr(0, out.discovery.size() - kWellKnown.size());
    if (out.issuer.empty()) in.fail("issuer", "is needed: the issuer as the provider's tokens have it");
  }
  if (out.discovery.empty()) {
    out.discovery = out.issuer.substr(0, out.issuer.ends_with('/') ? out.issuer.size() - 1 : out.issuer.size());
    out.discovery += kWellKnown;
  }
  constexpr const char* kRule =
      "must be a URL with https (http for the machine itself), without credentials and fragment";
  if (!is_provider_url(out.issuer) || out.issuer.find('?') != std::string::npos) in.fail("issuer", kRule);
  if (!is_provider_url(out.discovery)) in.fail("discoveryUri", kRule);
  out.issuers.insert(out.issuers.begin(), out.issuer);

  const bool is_given = in.has("callbackUrl");
  out.callback_url = in.text("callbackUrl", callback_url);
  const std::string& url = out.callback_url;
  const auto slash = url.find('/', url.find("//") + 2);
  if (url.empty() && !is_given) return;
  if (!is_provider_url(url) || slash == std::string::npos || url.substr(slash) != kCallbackPath)
    in.fail("callbackUrl", "must be like https://name/callback: https (http for the machine itself), and that path");
}

OidcProvider read_provider(Reader& in, const std::string& callback_url) {
  OidcProvider out;
  out.name = in.text("name");
  if (!all_of(out.name, "-") || out.name.size() > kMaxNameBytes)
    in.fail("name", "is needed: up to 32 of a-z, 0-9 and -, for paths");
  out.kind = in.text("kind", "custom");
  out.principal_claims = {"email"};
  fill_preset(in, out);
  read_addresses(in, out, callback_url);
  out.display_name = in.text("displayName", out.name);
  out.client_id = in.text("clientId");
  if (out.client_id.empty()) in.fail("clientId", "is needed: the provider gave it to this server");
  out.client_secret = read_secret(in);
  out.scopes = in.list("scopes", {"openid", "email", "profile"});
  if (std::find(out.scopes.begin(), out.scopes.end(), "openid") == out.scopes.end())
    in.fail("scopes", "must have openid");
  out.audiences = in.list("audiences", {out.client_id});
  out.principal_claims = in.list("principalClaims", out.principal_claims);
  out.email_claim = in.text("emailClaim", "email");
  out.display_name_claim = in.text("displayNameClaim", "name");
  out.principal_domain = lower(in.text("principalDomain"));
  for (const std::string& domain : in.list("allowedDomains")) out.allowed_domains.push_back(lower(domain));
  for (const std::string& name : in.list("adminPrincipals")) out.admin_principals.push_back(lower(name));
  out.self_signup = in.flag("selfSignup", false);
  out.verified_email = in.flag("requireVerifiedEmail", out.verified_email);
  out.leeway_s = in.milliseconds("leewaySeconds", 60'000, 0, 60) / 1000;
  if (out.self_signup && out.allowed_domains.empty())
    in.fail("selfSignup", "needs allowedDomains: of whose addresses users are made (\"*\": of everybody's)");
  in.forbid_unknown();
  return out;
}

Error at(const std::string& file, std::string_view text, const std::pair<std::string, std::string>& fault) {
  const std::string where = fault.first.empty() ? "the file" : fault.first;
  return invalid_argument(file + ":" + std::to_string(line_of(text, fault.first)) + ": " + where + " " + fault.second);
}

/// "invalid JSON at byte 13 …" with the line.
Error bad_json(const std::string& file, std::string_view text, const Error& error) {
  constexpr std::string_view kMark = "at byte ";
  const std::string message(error.message());
  const auto mark = message.find(kMark);
  const std::size_t byte =
      mark == std::string::npos ? 0 : std::strtoul(message.c_str() + mark + kMark.size(), nullptr, 10);
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return invalid_argument(file + ":" + std::to_string(1 + std::count(text.begin(), end, '\n')) + ": " + message);
}

}  // namespace

bool is_provider_url(std::string_view url) {
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) return false;
  const auto is_bad = [](char c) {
    return c <= ' ' || c >= '\x7f' || std::string_view("\\\"<>#^`{|}@").find(c) != std::string_view::npos;
  };
  if (url.size() > kMaxTextBytes || std::any_of(url.begin(), url.end(), is_bad)) return false;
  url.remove_prefix(https ? 8 : 7);
  const std::string_view authority = url.substr(0, url.find_first_of("/?"));
  const bool is_v6 = authority.starts_with('[');
  const std::string_view host =
      is_v6 ? authority.substr(0, authority.find(']') + 1) : authority.substr(0, authority.find(':'));
  const std::string_view port = authority.substr(host.size());
  const bool is_port = port.empty() || (port.size() > 1 && port.size() <= 6 && port.front() == ':' &&
                                        port.find_first_not_of("0123456789", 1) == std::string_view::npos);
  if (host.empty() || !is_port) return false;
  if (https) return true;
  const auto address = Address::parse(host);
  return host == "localhost" || host == "[::1]" || (address && address->is_v4() && address->bytes[12] == 127);
}

Result<OidcSettings> read_oidc_settings(const std::string& path, const std::string& callback_url) {
  MD_LET(text, read_file(path));
  const Result<Json> document = Json::parse(text);
  if (!document.ok()) return bad_json(path, text, document.error());
  OidcSettings settings;
  Reader top(*document, "");
  const Json providers = top.member("providers");
  if (!providers.is_array() || providers.size() == 0 || providers.size() > kMaxProviders)
    top.fail("providers", "must be a list of 1 to " + std::to_string(kMaxProviders) + " providers");
  const auto allow = Networks::parse(top.list("allowAddresses"));
  if (!allow.ok()) top.fail("allowAddresses", std::string(allow.error().message()));
  if (allow.ok()) settings.allow = *allow;
  using std::chrono::milliseconds;
  settings.key_refresh = milliseconds(top.milliseconds("keyRefreshSeconds", settings.key_refresh.count(), 0.1, 3600));
  settings.key_overlap = milliseconds(top.milliseconds("keyOverlapSeconds", settings.key_overlap.count(), 0, 86400));
  settings.key_age = milliseconds(top.milliseconds("keyAgeSeconds", settings.key_age.count(), 1, 86400));
  top.forbid_unknown();
  if (top.failed()) return at(path, text, *top.failed());
  for (std::size_t i = 0; i < providers.size(); ++i) {
    Reader in(providers.at(i), "providers[" + std::to_string(i) + "]");
    OidcProvider provider = read_provider(in, callback_url);
    for (const OidcProvider& other : settings.providers) {
      if (other.name == provider.name) in.fail("name", "is another provider's, too");
      if (other.issuer == provider.issuer) in.fail("issuer", "is another provider's, too");
    }
    if (in.failed()) return at(path, text, *in.failed());
    settings.providers.push_back(std::move(provider));
  }
  return settings;
}

}  // namespace metadata::server
