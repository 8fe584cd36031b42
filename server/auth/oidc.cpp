#include "auth/oidc.h"

#include <algorithm>
#include <utility>

#include "guard/outbound.h"
#include "metadata/json.h"

namespace metadata::server {
namespace {

constexpr std::int64_t kRememberedMs = 60'000;
constexpr std::size_t kMaxRemembered = 1000;  // of each half; a token has 8 KiB at most, and about 1 KiB

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string domain_of(std::string_view email) { return lower(email.substr(email.rfind('@') + 1)); }
std::string name_in(std::string_view email) { return lower(email.substr(0, email.find('@'))); }
bool is_email(std::string_view text) { return text.find('@') != std::string_view::npos; }

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) { return one == word; });
}

bool is_allowed_domain(const OidcProvider& provider, std::string_view email) {
  const auto& domains = provider.allowed_domains;
  return domains.empty() || has(domains, "*") || has(domains, domain_of(email));
}

Error nobody(std::string message) { return unauthenticated(std::move(message)); }

}  // namespace

Oidc::Oidc(const OidcSettings& settings, const Ports& ports, bool loopback, Catalog& catalog, Log& log)
    : settings_(settings),
      catalog_(catalog),
      log_(log),
      client_([rules = AddressRules(settings.allow, loopback, "allowAddresses of --oidc-config", ports)](
                  const sockaddr& address) { return rules.refusal(address); }) {
  for (const OidcProvider& provider : settings.providers)
    keys_.push_back(std::make_unique<ProviderKeys>(provider, settings, client_, log));
}

std::string Oidc::Word::text(const std::string& name) const {
  return std::string(get(name).as_string().value_or(std::string_view{}));
}

std::optional<EntityId> Oidc::recent(const std::string& token, std::int64_t at_ms) {
  const std::lock_guard lock(mutex_);
  for (const auto* half : {&young_, &old_}) {
    const auto found = half->find(token);
    if (found != half->end() && at_ms < found->second.until_ms) return found->second.user;
  }
  return std::nullopt;
}

void Oidc::remember(std::string token, const Recent& entry) {
  const std::lock_guard lock(mutex_);
  if (young_.size() >= kMaxRemembered) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_[std::move(token)] = entry;
}

std::optional<Result<Principal>> Oidc::authenticate(std::string_view token, const Interrupt& interrupt) {
  const std::int64_t at_ms = now_ms();
  const std::string text(token);
  if (const auto user = recent(text, at_ms)) {
    Result<Principal> known = catalog_.access().principal(*user, interrupt);
    if (!known.ok() && known.error().code() == Code::NotFound) return nobody("Invalid token");
    return known;
  }
  const Result<TokenHead> head = read_token_head(token);
  if (!head.ok()) return std::nullopt;
  const auto& providers = settings_.providers;
  const auto speaks = std::find_if(providers.begin(), providers.end(),
                                   [&](const OidcProvider& one) { return has(one.issuers, head->issuer); });
  if (speaks == providers.end()) return std::nullopt;
  const OidcProvider& provider = *speaks;

  const auto check = [&]() -> Result<Principal> {
    MD_LET(keys, keys_[static_cast<std::size_t>(speaks - providers.begin())]->keys_for(*head, interrupt.deadline));
    Word word;
    MD_LET(claims, keys.claims_of(token));
    word.claims = std::move(claims);
    TokenRules rules{provider.issuers, provider.audiences, provider.audiences, "", provider.leeway_s};
    rules.parties.push_back(provider.client_id);
    const Error wrong = check_token_claims(word.claims, rules, at_ms);
    if (!wrong.ok()) {
      log_.write(LogLevel::Debug, "a token of " + provider.name + " was refused: " + std::string(wrong.message()));
      return nobody(wrong.message() == "Expired token!" ? "Expired token!" : "Invalid token");
    }
    MD_LET(user, user_of(provider, word, interrupt));
    const double ends_s = word.claims["exp"].as_double().value_or(0) + static_cast<double>(provider.leeway_s);
    const auto until_ms = std::min(at_ms + kRememberedMs, static_cast<std::int64_t>(ends_s * 1000));
    Result<Principal> principal = catalog_.access().principal(user.id, interrupt);
    if (principal.ok()) remember(text, {user.id, until_ms});
    return principal;
  };
  return check();
}

/// Whom the provider means. A name counts as it is; an address only when it was verified, and as the address of a user.
/// Only of the principal domain it counts as the name before its '@', too: an admin has said that these are one.
Result<KnownUser> Oidc::user_of(const OidcProvider& provider, const Word& word, const Interrupt& interrupt) {
  std::string principal;
  for (const std::string& name : provider.principal_claims) {
    principal = word.text(name);
    if (!principal.empty()) break;
  }
  if (principal.empty())
    return nobody("the provider does not say who it is: no claim " + provider.principal_claims.front());
  const auto verified = word.get("email_verified");
  // Some write it as a text.
  const bool is_verified = verified.as_bool().value_or(false) || verified.as_string() == "true";
  const bool may_count = is_verified || (!provider.verified_email && verified.is_null());
  if (is_email(principal) && !may_count) return nobody("the provider does not say that the e-mail address is verified");
  std::string email = principal;
  if (!is_email(principal) && !provider.principal_domain.empty()) {
    email = principal + "@" + provider.principal_domain;
  } else if (!is_email(principal)) {
    email = may_count ? word.text(provider.email_claim) : std::string();
  }
  if (!is_allowed_domain(provider, email))
    return nobody("users of this e-mail domain may not come in by this provider");

  Access& access = catalog_.access();
  MD_LET(found, access.find_user(principal, interrupt));
  if (!found && is_email(principal) && !provider.principal_domain.empty() &&
      domain_of(principal) == provider.principal_domain) {
    MD_LET(named, access.find_user(name_in(principal), interrupt));
    found = std::move(named);
  }
  // A bot acts by its own credentials only.
  if (found && found->is_bot) return nobody("there is no user for this identity");
  if (found) return make_admin(provider, *std::move(found), principal, interrupt);
  if (!provider.self_signup) return nobody("there is no user for this identity: an admin makes users here");
  MD_LET(made, sign_up(provider, word, principal, email, interrupt));
  return make_admin(provider, std::move(made), principal, interrupt);
}

Result<KnownUser> Oidc::sign_up(const OidcProvider& provider, const Word& word, const std::string& principal,
                                const std::string& email, const Interrupt& interrupt) {
  if (!is_email(email)) return nobody("the provider gives no e-mail address, without which nobody becomes a user");
  const std::string name = is_email(principal) ? name_in(principal) : lower(principal);
  JsonWriter out;
  out.begin_object().key("name").string(name).key("email").string(lower(email));
  if (const std::string shown = word.text(provider.display_name_claim); !shown.empty() && shown.size() <= 256)
    out.key("displayName").string(shown);
  out.end_object();
  // Nobody is logged in yet: the server itself makes the user, as for any sign-up.
  WriteOptions options;
  options.as.name = name;
  options.interrupt = interrupt;
  const auto written = catalog_.create("user", out.text(), options);
  const Code code = written.error().code();
  if (code == Code::InvalidArgument || code == Code::TooLarge)
    return nobody("no user can be made for this identity: " + std::string(written.error().message()));
  if (!written.ok() && code != Code::AlreadyExists) return written.error();
  // Of two who come at once, one makes the user; a name that somebody else has is not given away.
  MD_LET(found, catalog_.access().find_user(principal, interrupt));
  if (!found || found->is_bot) return nobody("the name " + name + " belongs to another user");
  if (written.ok()) log_.write(LogLevel::Info, "user " + name + " signed up by " + provider.name);
  return *std::move(found);
}

Result<KnownUser> Oidc::make_admin(const OidcProvider& provider, KnownUser user, const std::string& principal,
                                   const Interrupt& interrupt) {
  if (user.is_admin || !has(provider.admin_principals, lower(principal))) return user;
  MD_LET(patch, Patch::parse(R"([{"op":"add","path":"/isAdmin","value":true}])"));
  WriteOptions options;
  options.interrupt = interrupt;
  MD_OK(catalog_.patch(EntityRef::by_id("user", user.id), patch, options).error());
  log_.write(LogLevel::Info, "user " + user.name + " is an admin by " + provider.name);
  user.is_admin = true;
  return user;
}

}  // namespace metadata::server
