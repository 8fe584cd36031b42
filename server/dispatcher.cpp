#include "dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <random>

#include "auth/credentials.h"
#include "auth/oidc_settings.h"
#include "guard/addresses.h"
#include "guard/cors.h"
#include "guard/limits.h"
#include "http/url.h"
#include "render/error.h"

namespace metadata::server {
namespace {

std::string random_prefix() {
  std::random_device random;
  return fmt::format("{:08x}", random());
}

// Answers are private to who asked, and are data, whatever a browser would make of them: they run nothing, load
// nothing, stand in no other page and are kept nowhere. A page that is to be shown says itself what it loads.
void add_common_headers(Response& response, std::string request_id) {
  response.set("X-Request-Id", std::move(request_id));
  response.set("X-Content-Type-Options", "nosniff");
  const auto unless_set = [&](const char* name, const char* value) {
    const auto same = [&](const auto& header) { return header.first == name; };
    if (std::none_of(response.headers.begin(), response.headers.end(), same)) response.set(name, value);
  };
  unless_set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.set("X-Frame-Options", "DENY");
  response.set("Referrer-Policy", "no-referrer");
  unless_set("Cache-Control", "no-store");
}

bool has_body(const Request& request) {
  return request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

/// The process lives while it drains, and /readyz says itself that it does.
bool tells_of_life(const Request& request) {
  const std::string_view path = path_of(request.target);
  return path == "/healthz" || path == "/readyz";
}

/// The target as the log has it: a provider's code and our state are for nobody else.
std::string_view loggable_target(const Request& request) {
  const std::string_view path = path_of(request.target);
  return path == kCallbackPath ? path : std::string_view(request.target);
}

/// Text of a client as it can stand in a record: bounded, printable ASCII.
std::string quotable(std::string_view text) {
  std::string out(text.substr(0, 300));
  for (char& c : out) c = c >= ' ' && c < '\x7f' ? c : '?';
  return out;
}

Response options_answer(const std::string& allow) {
  Response response;
  response.status = 204;
  response.set("Allow", allow);
  return response;
}

}  // namespace

Dispatcher::Dispatcher(Context& context, const Router& router)
    : context_(context), router_(router), limiter_(context.config.rate_limits), id_prefix_(random_prefix()) {}

std::string Dispatcher::next_request_id() { return fmt::format("{}-{:08x}", id_prefix_, ++count_); }

Response Dispatcher::handle(const Request& request) {
  const auto began = std::chrono::steady_clock::now();
  Trace trace;
  Response response;
  // Handlers return their failures; what may still be thrown is the standard library's, out of memory above all.
  try {
    trace.from = client_address(request, context_.config.proxies);
    response = answer(request, began, trace);
  } catch (const std::exception& error) {
    trace.error = error.what();
    response = render::error(internal_error(trace.error));
  }
  const std::string id = next_request_id();
  if (context_.log.wants_request(request.method, response.status)) {
    const auto took = std::chrono::steady_clock::now() - began;
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    context_.log.request({id, request.method, loggable_target(request), trace.from, trace.principal, response.status,
                          micros, trace.error});
  }
  note(request, response, trace, id);
  add_cors_headers(request, context_.config.cors_origins, response);
  finish(response, id);
  return response;
}

void Dispatcher::finish(Response& response, std::string id) {
  ++answered_;
  if (response.status == 500) ++faults_;
  add_common_headers(response, std::move(id));
}

Response Dispatcher::refuse(int status, const std::string& message) {
  const std::string id = next_request_id();
  context_.log.request({id, "", "", "", "", status, 0, message});
  Response response = render::refusal(status, message);
  finish(response, id);
  return response;
}

Response Dispatcher::answer(const Request& request, Steady began, Trace& trace) {
  if (auto refused = beyond_limits(request)) return *std::move(refused);
  // Requests that came earlier are finished; whoever comes now is sent to come again.
  if (context_.stopping && !tells_of_life(request)) return render::refusal(503, "the server is stopping");
  if (request.target == "*") return options_answer("OPTIONS, GET, HEAD, POST, PUT, PATCH, DELETE");
  const Match match = router_.match(request.method, request.target);
  if (match.kind == Match::Kind::NoMethod && request.method == "OPTIONS") return options_answer(match.allow);
  const Interrupt interrupt{began + context_.config.request_timeout, request.gone};
  Entrance entrance = enter(request, match, began, interrupt, trace);
  std::optional<Allowance>& allowance = entrance.allowance;
  if (allowance && !allowance->granted) {
    Response refused = over_quota(*allowance);
    add_rate_headers(refused, *allowance);
    return refused;
  }
  const std::optional<Identity> counted = allowance && entrance.who.ok() ? std::optional(*entrance.who) : std::nullopt;
  Response response = lead(request, match, std::move(entrance.who), interrupt, trace);
  if (counted && response.requests > 1)
    allowance = limiter_.spend(*counted, response.requests - 1, began, std::chrono::system_clock::now());
  if (allowance) add_rate_headers(response, *allowance);
  return response;
}

Dispatcher::Entrance Dispatcher::enter(const Request& request, const Match& match, Steady began,
                                       const Interrupt& interrupt, Trace& trace) {
  const bool is_public = match.kind == Match::Kind::Found && match.route->need.open;
  if (is_public && !match.route->need.counted) return {Identity{}, std::nullopt};
  const auto date = std::chrono::system_clock::now();
  // Whoever cannot say who it is uses up the quota of its address, so that guessing has an end.
  if (is_public) return {Identity{}, limiter_.take_anonymous(trace.from, began, date)};
  Result<Identity> who = identify(request, context_.catalog.access(), interrupt, context_.oidc);
  if (!who.ok()) return {who.error(), limiter_.take_anonymous(trace.from, began, date)};
  trace.principal = who->principal.name;
  const std::optional<Allowance> allowance = limiter_.take(*who, began, date);
  return {std::move(who), allowance};
}

Response Dispatcher::lead(const Request& request, const Match& match, Result<Identity> who, const Interrupt& interrupt,
                          Trace& trace) {
  switch (match.kind) {
    case Match::Kind::NoPath:
      return render::no_route(request.method, request.target);
    case Match::Kind::NoMethod:
      return render::method_not_allowed(request.method, request.target, match.allow);
    case Match::Kind::BadPath:
      return render::error(invalid_argument("the path holds an empty name or one that is not percent-encoded UTF-8"));
    case Match::Kind::Found:
      break;
  }
  Reply reply = run(request, match, std::move(who), interrupt, trace);
  return reply.ok() ? *std::move(reply) : failure(request, reply.error(), trace);
}

void Dispatcher::note(const Request& request, const Response& response, const Trace& trace, const std::string& id) {
  const int status = response.status;
  const bool shows_credential =
      request.headers.field("Authorization") != nullptr || request.headers.field("X-API-Key") != nullptr;
  std::string action(trace.action);
  if (action.empty() && status == 403) action = "request";
  if (action.empty() && status == 401 && shows_credential) action = "authenticate";
  if (action.empty()) return;
  AuditRecord record;
  record.actor = trace.principal;
  record.action = std::move(action);
  record.target = trace.subject.empty() ? request.method + " " + quotable(path_of(request.target)) : trace.subject;
  record.outcome = status < 400 ? "allowed" : status == 401 || status == 403 || status == 429 ? "denied" : "failed";
  record.from = trace.from;
  record.request = id;
  context_.catalog.access().note(std::move(record));
}

Response Dispatcher::failure(const Request& request, const Error& error, Trace& trace) {
  Response response;
  if (error.code() == Code::Interrupted) {
    // Whoever has gone gets no answer; the transport drops it.
    response = render::took_too_long(context_.config.request_timeout);
  } else if (error.code() == Code::Unavailable) {
    response = render::store_trouble(context_.catalog.writes());
  } else {
    response = has_body(request) ? render::body_error(error) : render::error(error);
  }
  if (response.status >= 500) trace.error = error.text();
  return response;
}

Reply Dispatcher::run(const Request& request, const Match& match, Result<Identity> who, const Interrupt& interrupt,
                      Trace& trace) {
  trace.action = match.route->audited;
  MD_LET(identity, std::move(who));
  MD_LET(query, Query::parse(request.target));
  MD_LET(dialect, choose_dialect(request, context_.config.dialect));
  const Config& config = context_.config;
  const Call call{context_,
                  request,
                  query,
                  match.params,
                  match.route->type,
                  match.route->series,
                  match.route->field,
                  std::move(identity.principal),
                  std::move(identity.token),
                  identity.credential,
                  dialect,
                  trace.from,
                  &trace.principal,
                  &trace.subject,
                  base_url(request, config.public_url, client_is_secure(request, config.proxies)),
                  interrupt};
  return match.route->handler(call);
}

}  // namespace metadata::server
