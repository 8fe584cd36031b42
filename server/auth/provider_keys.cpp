#include "auth/provider_keys.h"

#include <algorithm>
#include <utility>

#include "metadata/json.h"

namespace metadata::server {
namespace {

constexpr std::chrono::hours kConfigurationAge{1};

ClientRequest fetch_of(const std::string& url) {
  ClientRequest request;
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  request.timeout = ProviderKeys::kFetchTimeout;
  request.max_answer_bytes = JwkSet::kMaxBytes;
  request.keep_body = true;
  return request;
}

/// Empty when the answer can be read.
std::string trouble_of(const ClientAnswer& answer) {
  if (!answer.error.empty()) return answer.error;
  if (answer.status != 200) return "the answer's status is " + std::to_string(answer.status);
  if (answer.cut) return "the answer is longer than " + std::to_string(JwkSet::kMaxBytes) + " bytes";
  return {};
}

std::string text_of(const Json& object, std::string_view name) {
  return std::string(object[name].as_string().value_or(std::string_view{}));
}

bool lists(const Json& list, std::string_view word) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list.at(i).as_string() == word) return true;
  }
  return false;
}

Result<ProviderDoors> read_doors(const OidcProvider& provider, const std::string& text) {
  MD_LET(document, Json::parse(text));
  // Another issuer's configuration would send our users, and the client's secret, there.
  if (text_of(document, "issuer") != provider.issuer)
    return invalid_argument("the configuration is of another issuer than " + provider.issuer);
  ProviderDoors doors;
  doors.authorization = text_of(document, "authorization_endpoint");
  doors.token = text_of(document, "token_endpoint");
  doors.user_info = text_of(document, "userinfo_endpoint");
  doors.keys = text_of(document, "jwks_uri");
  for (const std::string* url : {&doors.authorization, &doors.token, &doors.keys}) {
    if (!is_provider_url(*url))
      return invalid_argument("the configuration lacks a URL, or has one that may not be used");
  }
  if (!is_provider_url(doors.user_info)) doors.user_info.clear();
  const Json methods = document["token_endpoint_auth_methods_supported"];
  doors.takes_secret_in_body = !lists(methods, "client_secret_basic") && lists(methods, "client_secret_post");
  doors.names_itself = document["authorization_response_iss_parameter_supported"].as_bool().value_or(false);
  return doors;
}

Error come_again(const OidcProvider& provider) {
  return unavailable("what the identity provider " + provider.name + " publishes could not be fetched yet");
}

}  // namespace

std::optional<JwkSet> ProviderKeys::known(const TokenHead& head, Steady now) const {
  if (keys_.has_key_for(head)) return keys_;
  if (now < former_until_ && former_.has_key_for(head)) return former_;
  return std::nullopt;
}

Result<JwkSet> ProviderKeys::keys_for(const TokenHead& head, Steady deadline) {
  const Steady now = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  if (auto found = known(head, now)) {
    // In passing, so that a key that the provider took back ends here too.
    if (now - fetched_ > settings_.key_age && may_begin(now)) begin(lock, now);
    return *std::move(found);
  }
  if (may_begin(now)) begin(lock, now);
  if (fetching_ && !wait(lock, now, deadline)) return come_again(provider_);
  if (auto found = known(head, std::chrono::steady_clock::now())) return *std::move(found);
  if (keys_.size() == 0) return come_again(provider_);
  return unauthenticated("Invalid token");
}

Result<ProviderDoors> ProviderKeys::doors(Steady deadline) {
  const Steady now = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  if (!doors_ && may_begin(now)) begin(lock, now);
  if (!doors_ && fetching_ && !wait(lock, now, deadline)) return come_again(provider_);
  if (!doors_) return come_again(provider_);
  return *doors_;
}

/// Lets go of the lock while it sends: the client may answer at once.
void ProviderKeys::begin(std::unique_lock<std::mutex>& lock, Steady now) {
  fetching_ = true;
  next_ = now + settings_.key_refresh;
  const bool knows_doors = doors_ && now - doors_fetched_ < kConfigurationAge;
  const std::string keys = knows_doors ? doors_->keys : std::string();
  lock.unlock();
  if (knows_doors) {
    fetch_keys(keys);
  } else {
    client_.send(fetch_of(provider_.discovery), [this](const ClientAnswer& answer) { take_configuration(answer); });
  }
  lock.lock();
}

/// False: there are too many that wait, or it takes too long.
bool ProviderKeys::wait(std::unique_lock<std::mutex>& lock, Steady now, Steady deadline) {
  if (waiting_ >= kMaxWaiting) return false;
  ++waiting_;
  const bool ended = ended_.wait_until(lock, std::min(deadline, now + kMaxWait), [this] { return !fetching_; });
  --waiting_;
  return ended;
}

void ProviderKeys::fetch_keys(const std::string& url) {
  client_.send(fetch_of(url), [this](const ClientAnswer& answer) { take_keys(answer); });
}

void ProviderKeys::take_configuration(const ClientAnswer& answer) {
  std::string trouble = trouble_of(answer);
  Result<ProviderDoors> doors = invalid_argument("nothing");
  if (trouble.empty()) {
    doors = read_doors(provider_, answer.body);
    if (!doors.ok()) trouble = doors.error().message();
  }
  std::string keys;
  {
    const std::lock_guard lock(mutex_);
    if (trouble.empty()) {
      doors_ = *doors;
      doors_fetched_ = std::chrono::steady_clock::now();
    }
    // An older configuration still says where the keys are.
    if (doors_) keys = doors_->keys;
  }
  if (!trouble.empty())
    log_.write(LogLevel::Warning, "identity provider " + provider_.name + ": configuration: " + trouble);
  if (keys.empty()) return finish({});
  fetch_keys(keys);
}

void ProviderKeys::take_keys(const ClientAnswer& answer) {
  std::string trouble = trouble_of(answer);
  if (trouble.empty()) {
    Result<JwkSet> keys = JwkSet::parse(answer.body);
    if (keys.ok()) {
      const std::lock_guard lock(mutex_);
      fetched_ = std::chrono::steady_clock::now();
      former_ = std::exchange(keys_, *std::move(keys));
      former_until_ = fetched_ + settings_.key_overlap;
    } else {
      trouble = keys.error().message();
    }
  }
  finish(trouble);
}

void ProviderKeys::finish(const std::string& trouble) {
  if (!trouble.empty()) log_.write(LogLevel::Warning, "identity provider " + provider_.name + ": keys: " + trouble);
  const std::lock_guard lock(mutex_);
  fetching_ = false;
  ended_.notify_all();
}

}  // namespace metadata::server
