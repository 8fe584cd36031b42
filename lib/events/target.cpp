#include "events/target.h"

#include <algorithm>
#include <tuple>

#include "base/base64.h"
#include "base/hash.h"
#include "metadata/json.h"
#include "metadata/version.h"

namespace metadata::events {
namespace {

constexpr std::size_t kMaxReason = 500;

std::vector<std::string> one(const Json& value) {
  const auto text = value.as_string();
  return text ? std::vector<std::string>{std::string(*text)} : std::vector<std::string>{};
}

EventFilter filter_of(const Json& value) {
  EventFilter filter;
  filter.event_types = one(value["eventType"]);
  filter.entity_types = one(value["entityType"]);
  filter.fqn = value["fqnPattern"].as_string().value_or("");
  filter.owners = one(value["owner"]);
  filter.tags = one(value["tag"]);
  filter.domains = one(value["domain"]);
  return filter;
}

auto tied(const EventFilter& f) {
  return std::tie(f.event_types, f.entity_types, f.ids, f.fqn, f.owners, f.tags, f.domains);
}

void put_time(JsonWriter& out, std::string_view key, std::int64_t at) {
  if (at > 0) out.key(key).integer(at);
}

}  // namespace

bool Settings::operator==(const Settings& other) const {
  const auto same_filter = [](const EventFilter& a, const EventFilter& b) { return tied(a) == tied(b); };
  return endpoint == other.endpoint && secret == other.secret && enabled == other.enabled && batch == other.batch &&
         timeout == other.timeout && fqn == other.fqn &&
         std::equal(filters.begin(), filters.end(), other.filters.begin(), other.filters.end(), same_filter);
}

Settings settings_of(const Entity& entity) {
  Settings settings;
  settings.ref = entity.ref();
  settings.fqn = entity.fqn();
  const auto text = [&](std::string_view pointer) -> std::string {
    const auto value = entity.get(pointer);
    return value ? std::string(value->as_string().value_or("")) : std::string();
  };
  const auto number = [&](std::string_view pointer, std::int64_t otherwise) {
    const auto value = entity.get(pointer);
    return value ? value->as_int().value_or(otherwise) : otherwise;
  };
  settings.endpoint = text("/endpoint");
  settings.secret = text("/secretKey");
  if (const auto enabled = entity.get("/enabled")) settings.enabled = enabled->as_bool().value_or(true);
  settings.batch = static_cast<std::size_t>(std::clamp<std::int64_t>(number("/batchSize", 10), 1, 1000));
  settings.timeout = std::chrono::seconds(std::clamp<std::int64_t>(number("/timeout", 10), 1, 300));
  if (const auto filters = entity.get("/eventFilters")) {
    for (std::size_t i = 0; i < filters->size(); ++i) settings.filters.push_back(filter_of(filters->at(i)));
  }
  return settings;
}

std::string Standing::text(bool enabled, std::int64_t now_ms) const {
  std::string_view status = "active";
  if (failed) {
    status = "failed";
  } else if (!enabled) {
    status = "disabled";
  } else if (attempts > 0) {
    status = "awaitingRetry";
  }
  JsonWriter out;
  out.begin_object();
  out.key("id").string(kDeliveryKey);
  out.key("timestamp").integer(now_ms);
  out.key("status").string(status);
  out.key("position").integer(position);
  out.key("delivered").integer(delivered);
  out.key("attempts").integer(attempts);
  out.key("failingForMs").integer(failing_for_ms);
  put_time(out, "lastSuccessfulAt", last_success_at);
  put_time(out, "lastFailedAt", last_failed_at);
  if (last_failed_status > 0) out.key("lastFailedStatusCode").integer(last_failed_status);
  if (!last_failed_reason.empty()) out.key("lastFailedReason").string(last_failed_reason);
  put_time(out, "nextAttempt", next_attempt_at);
  return std::move(out.end_object()).text();
}

Result<Standing> Standing::parse(std::string_view text) {
  MD_LET(json, Json::parse(text));
  const auto number = [&](std::string_view name) { return json[name].as_int().value_or(0); };
  Standing standing;
  standing.position = number("position");
  standing.delivered = number("delivered");
  standing.attempts = number("attempts");
  standing.failing_for_ms = number("failingForMs");
  standing.failed = json["status"].as_string() == "failed";
  standing.last_success_at = number("lastSuccessfulAt");
  standing.last_failed_at = number("lastFailedAt");
  standing.last_failed_status = static_cast<int>(number("lastFailedStatusCode"));
  standing.last_failed_reason = std::string(json["lastFailedReason"].as_string().value_or("")).substr(0, kMaxReason);
  standing.next_attempt_at = number("nextAttempt");
  return standing;
}

void Standing::forgive() {
  attempts = 0;
  failing_for_ms = 0;
  failed = false;
  next_attempt_at = 0;
}

std::chrono::milliseconds pause_after(std::int64_t failures, std::chrono::milliseconds first,
                                      std::chrono::milliseconds last) {
  auto pause = first;
  for (std::int64_t i = 1; i < failures && pause < last; ++i) pause *= 2;
  return std::min(pause, last);
}

std::string body_of(const std::vector<std::string>& payloads) {
  if (payloads.size() == 1) return payloads.front();
  std::string body = "[";
  for (const std::string& payload : payloads) body.append(body.size() > 1 ? "," : "").append(payload);
  return body += ']';
}

PostRequest request_for(const Settings& settings, std::string body, Seq last, std::int64_t now_ms) {
  PostRequest request;
  request.url = settings.endpoint;
  request.timeout = settings.timeout;
  request.headers = {{"Content-Type", "application/json"}, {"User-Agent", "libmetadata/" METADATA_VERSION}};
  if (last > 0) request.headers.emplace_back("X-Metadata-Seq", std::to_string(last));
  if (!settings.secret.empty()) {
    const std::string at = std::to_string(now_ms / 1000);
    const base::Sha256 plain = base::hmac_sha256(settings.secret, body);
    const base::Sha256 timed = base::hmac_sha256(settings.secret, at + "." + body);
    request.headers.emplace_back("X-OM-Signature", "sha256=" + base::encode_base64(base::as_text(plain)));
    request.headers.emplace_back("X-Metadata-Signature", "t=" + at + ",v1=" + base::hex(timed));
  }
  request.body = std::move(body);
  return request;
}

}  // namespace metadata::events
