// Log-ins of browsers through a provider: the authorization code flow with PKCE (OpenID Connect Core 3.1, RFC 7636).
#include <algorithm>
#include <utility>

#include "auth/oidc.h"
#include "metadata/json.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxCodeBytes = 4096;
constexpr std::size_t kMaxExchanges = 8;  // more would hold up all that needs a thread when a provider is slow
constexpr std::size_t kSecretLength = 43;

/// Counts those inside; the last that may not come in is told.
class Turn {
 public:
  explicit Turn(std::atomic<std::size_t>& count) : count_(count), inside_(count.fetch_add(1) < kMaxExchanges) {}
  ~Turn() { --count_; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool inside() const { return inside_; }

 private:
  std::atomic<std::size_t>& count_;
  const bool inside_;
};

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (j < count ? static_cast<std::uint8_t>(bytes[i + j]) : std::uint32_t{0});
    for (std::size_t j = 0; j < 4; ++j) out += j <= count ? kDigits[bits >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

/// One for each log-in, so that two tabs of a browser do not disturb each other. With "__Host-" no other host, and no
/// page without TLS, can set it.
std::string cookie_name(const OidcProvider& provider, const std::string& state) {
  const bool secure = provider.callback_url.starts_with("https://");
  return (secure ? "__Host-metadata-login-" : "metadata-login-") + state.substr(0, 8);
}

std::string set_cookie(const OidcProvider& provider, const std::string& state, const std::string& value,
                       std::int64_t seconds) {
  const bool secure = provider.callback_url.starts_with("https://");
  return cookie_name(provider, state) + "=" + value + "; Path=/; Max-Age=" + std::to_string(seconds) +
         "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
}

std::string cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    std::string_view one = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookies.size(), one.size() + 1));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      return std::string(one.substr(name.size() + 1));
  }
  return {};
}

void add_parameter(std::string& to, std::string_view name, std::string_view value) {
  if (!to.empty() && !to.ends_with('?') && !to.ends_with('&')) to += '&';
  to.append(name).append("=").append(percent_encode(value));
}

/// What a provider or a browser wrote, as it can stand in a message.
std::string quotable(std::string_view text) {
  std::string out(text.substr(0, 100));
  for (char& c : out) c = c >= ' ' && c < '\x7f' ? c : '?';
  return out;
}

/// A parameter that may be there once.
Result<std::string> single(const Query& query, std::string_view name) {
  const auto& pairs = query.pairs();
  if (std::count_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; }) > 1)
    return invalid_argument("the parameter " + std::string(name) + " is there twice");
  return query.text(name);
}

}  // namespace

Result<Oidc::Departure> Oidc::begin(std::string_view name, const Interrupt& interrupt) {
  const auto& providers = settings_.providers;
  const auto found =
      std::find_if(providers.begin(), providers.end(), [&](const OidcProvider& one) { return one.name == name; });
  if (found == providers.end())
    return not_found("there is no identity provider of this name; GET /api/v1/system/config/auth lists them");
  if (found->callback_url.empty())
    return not_found("nobody logs in by a browser with this provider: it has no callbackUrl");
  PendingLogin login;
  login.provider = static_cast<std::size_t>(found - providers.begin());
  MD_LET(doors, keys_[login.provider]->doors(interrupt.deadline));
  login.state = random_secret();
  login.nonce = random_secret();
  login.verifier = random_secret();
  login.browser = random_secret();
  std::string url = doors.authorization;
  url += url.find('?') == std::string::npos ? '?' : '&';
  add_parameter(url, "response_type", "code");
  add_parameter(url, "client_id", found->client_id);
  add_parameter(url, "redirect_uri", found->callback_url);
  std::string scopes;
  for (const std::string& scope : found->scopes) scopes.append(scopes.empty() ? "" : " ").append(scope);
  add_parameter(url, "scope", scopes);
  add_parameter(url, "state", login.state);
  add_parameter(url, "nonce", login.nonce);
  add_parameter(url, "code_challenge", code_challenge(login.verifier));
  add_parameter(url, "code_challenge_method", "S256");
  Departure departure{std::move(url), set_cookie(*found, login.state, login.browser, PendingLogins::kLifetime.count())};
  pending_.add(std::move(login));
  return departure;
}

Result<Oidc::Arrival> Oidc::finish(const Query& query, std::string_view cookies, const Interrupt& interrupt,
                                   std::string& about) {
  MD_LET(state, single(query, "state"));
  MD_LET(code, single(query, "code"));
  MD_LET(refused, single(query, "error"));
  MD_LET(issuer, single(query, "iss"));
  const auto login = state.size() == kSecretLength ? pending_.take(state) : std::nullopt;
  if (!login) return unauthenticated("no log-in waits for this answer (state); begin again");
  const OidcProvider& provider = settings_.providers[login->provider];
  about = provider.name;
  // Whoever makes somebody else's browser come here would log that browser in as another.
  if (!same_secret(cookie_value(cookies, cookie_name(provider, state)), login->browser)) {
    return unauthenticated("another browser began this log-in, or it began at another address than that of " +
                           provider.callback_url + "; begin again");
  }
  MD_LET(doors, keys_[login->provider]->doors(interrupt.deadline));
  // RFC 9207: an answer of another provider than the one that was asked.
  if ((!issuer.empty() || doors.names_itself) && issuer != provider.issuer)
    return unauthenticated("the answer is of another issuer (iss) than the one that was asked");
  if (!refused.empty()) return unauthenticated("the provider refused the log-in: " + quotable(refused));
  if (code.empty() || code.size() > kMaxCodeBytes) return unauthenticated("the provider's answer has no code");
  MD_LET(tokens, exchange(provider, doors, code, *login));
  MD_LET(word, word_of(*login, doors, tokens, interrupt));
  MD_LET(user, user_of(provider, word, interrupt));
  MD_LET(session, catalog_.access().begin_session(user.id));
  return Arrival{std::move(session), set_cookie(provider, state, "", 0)};
}

Result<Oidc::Tokens> Oidc::exchange(const OidcProvider& provider, const ProviderDoors& doors, const std::string& code,
                                    const PendingLogin& login) {
  const Turn turn(exchanging_);
  if (!turn.inside()) return unavailable("too many log-ins wait for identity providers");
  ClientRequest request;
  request.method = "POST";
  request.url = doors.token;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.timeout = ProviderKeys::kFetchTimeout;
  request.keep_body = true;
  add_parameter(request.body, "grant_type", "authorization_code");
  add_parameter(request.body, "code", code);
  add_parameter(request.body, "redirect_uri", provider.callback_url);
  add_parameter(request.body, "code_verifier", login.verifier);
  const bool by_header = !provider.client_secret.empty() && !doors.takes_secret_in_body;
  if (by_header) {
    // Each part is form-encoded first (RFC 6749, 2.3.1).
    request.headers.emplace_back("Authorization", "Basic " + encode_base64(percent_encode(provider.client_id) + ":" +
                                                                           percent_encode(provider.client_secret)));
  } else {
    add_parameter(request.body, "client_id", provider.client_id);
    if (!provider.client_secret.empty()) add_parameter(request.body, "client_secret", provider.client_secret);
  }
  const ClientAnswer answer = client_.call(std::move(request));
  const auto body = answer.cut ? Result<Json>(invalid_argument("too long")) : Json::parse(answer.body);
  if (answer.status != 200 || !body.ok()) {
    const std::string said = body.ok() ? quotable((*body)["error"].as_string().value_or(std::string_view{})) : "";
    const std::string why =
        answer.error.empty() ? "status " + std::to_string(answer.status) + " " + said : answer.error;
    log_.write(LogLevel::Warning, "identity provider " + provider.name + ": no tokens for a code: " + why);
    if (answer.status == 0 || answer.status >= 500) return unavailable("the identity provider does not answer");
    return unauthenticated("the provider gave no tokens for this code: " + (said.empty() ? "it says not why" : said));
  }
  Tokens tokens{std::string((*body)["id_token"].as_string().value_or(std::string_view{})),
                std::string((*body)["access_token"].as_string().value_or(std::string_view{}))};
  if (tokens.id.empty()) return unauthenticated("the provider's answer has no ID token");
  return tokens;
}

/// The ID token's claims, once they are known to be good; and the user's own, where who it is stands there only.
Result<Oidc::Word> Oidc::word_of(const PendingLogin& login, const ProviderDoors& doors, const Tokens& tokens,
                                 const Interrupt& interrupt) {
  const OidcProvider& provider = settings_.providers[login.provider];
  const auto bad = [&](const Error& why) {
    log_.write(LogLevel::Warning, "identity provider " + provider.name + ": its ID token is refused: " + why.text());
    return unauthenticated("the provider's ID token is not good: " + std::string(why.message()));
  };
  const auto head = read_token_head(tokens.id);
  if (!head.ok()) return bad(head.error());
  MD_LET(keys, keys_[login.provider]->keys_for(*head, interrupt.deadline));
  auto claims = keys.claims_of(tokens.id);
  if (!claims.ok()) return bad(claims.error());
  const TokenRules rules{provider.issuers, {provider.client_id}, {provider.client_id}, login.nonce, provider.leeway_s};
  const auto date = std::chrono::system_clock::now().time_since_epoch();
  Error wrong = check_token_claims(*claims, rules, std::chrono::duration_cast<std::chrono::milliseconds>(date).count());
  if (wrong.ok()) wrong = check_access_token_hash(*claims, head->algorithm, tokens.access);
  if (!wrong.ok()) return bad(wrong);
  Word word{*std::move(claims), Json()};
  const auto& names = provider.principal_claims;
  const bool says_who =
      std::any_of(names.begin(), names.end(), [&](const std::string& name) { return word.claims.contains(name); });
  if (says_who || doors.user_info.empty() || tokens.access.empty()) return word;
  MD_LET(more, user_info(doors, tokens.access, word.claims));
  word.more = std::move(more);
  return word;
}

Result<Json> Oidc::user_info(const ProviderDoors& doors, const std::string& access_token, const Json& claims) {
  const bool is_plain =
      std::all_of(access_token.begin(), access_token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_plain) return unauthenticated("the provider's access token is none");
  ClientRequest request;
  request.url = doors.user_info;
  request.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + access_token}};
  request.timeout = ProviderKeys::kFetchTimeout;
  request.keep_body = true;
  const ClientAnswer answer = client_.call(std::move(request));
  if (answer.status != 200 || answer.cut) return unavailable("the identity provider does not tell of the user");
  const auto more = Json::parse(answer.body);
  // Of the same user: else somebody else's address could be taken for this one's (OpenID Connect Core, 5.3.2).
  if (!more.ok() || (*more)["sub"].as_string() != claims["sub"].as_string())
    return unauthenticated("the provider tells of another user than the ID token");
  return *more;
}

}  // namespace metadata::server
