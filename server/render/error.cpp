#include "render/error.h"

#include "http/url.h"
#include "metadata/json.h"

namespace metadata::server::render {
namespace {

struct Meaning {
  int status;
  std::string_view word;
};

Meaning meaning_of(Code code) {
  switch (code) {
    case Code::InvalidArgument:
      return {400, "BAD_REQUEST"};
    case Code::Unauthenticated:
      return {401, "UNAUTHORIZED"};
    case Code::PermissionDenied:
      return {403, "FORBIDDEN"};
    case Code::NotFound:
      return {404, "NOT_FOUND"};
    case Code::AlreadyExists:
    case Code::Conflict:
      return {409, "CONFLICT"};
    case Code::PreconditionFailed:
      return {412, "PRECONDITION_FAILED"};
    case Code::TooLarge:
      return {413, "PAYLOAD_TOO_LARGE"};
    case Code::RateLimited:
      return {429, "TOO_MANY_REQUESTS"};
    case Code::Unimplemented:
      return {501, "NOT_IMPLEMENTED"};
    case Code::Unavailable:
    case Code::Interrupted:
      return {503, "SERVICE_UNAVAILABLE"};
    case Code::Ok:
    case Code::Corrupt:
    case Code::Internal:
      break;
  }
  return {500, "INTERNAL_SERVER_ERROR"};
}

// Statuses of the protocol itself, beside those above.
std::string_view word_of(int status) {
  switch (status) {
    case 404:
      return "NOT_FOUND";
    case 405:
      return "METHOD_NOT_ALLOWED";
    case 408:
      return "REQUEST_TIMEOUT";
    case 413:
      return "PAYLOAD_TOO_LARGE";
    case 414:
      return "URI_TOO_LONG";
    case 415:
      return "UNSUPPORTED_MEDIA_TYPE";
    case 417:
      return "EXPECTATION_FAILED";
    case 429:
      return "TOO_MANY_REQUESTS";
    case 431:
      return "REQUEST_HEADER_FIELDS_TOO_LARGE";
    case 500:
      return "INTERNAL_SERVER_ERROR";
    case 501:
      return "NOT_IMPLEMENTED";
    case 503:
      return "SERVICE_UNAVAILABLE";
    case 505:
      return "HTTP_VERSION_NOT_SUPPORTED";
    default:
      return status < 500 ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR";
  }
}

// What passes by itself: the client should come again.
constexpr std::int64_t kRetryAfterS = 1;

Response body(Meaning meaning, std::string_view message, std::string_view field, std::string_view what,
              std::int64_t retry_after_s = kRetryAfterS) {
  JsonWriter out;
  out.begin_object();
  out.key("code").integer(meaning.status);
  out.key("message").string(message);
  out.key("responseType").string(meaning.word);
  out.key("details").begin_object().key("field").string(field).key("error").string(what).end_object();
  out.end_object();
  Response response;
  response.status = meaning.status;
  response.body = std::move(out).text();
  if (meaning.status == 429 || meaning.status == 503) response.set("Retry-After", std::to_string(retry_after_s));
  return response;
}

// A path may hold anything; what is quoted in a message is bounded and valid UTF-8.
std::string quotable(std::string_view text) {
  const std::string_view path = path_of(text).substr(0, 200);
  std::string out;
  for (const char c : path) out.push_back(c > ' ' && c < '\x7f' ? c : '?');
  return out;
}

Response failure(const Error& error, std::string_view message) {
  const Meaning meaning = meaning_of(error.code());
  if (meaning.status == 500) {
    return body(meaning, "Internal server error", "", "The server's log has more under this X-Request-Id");
  }
  // What the store says of its trouble names files and statements: that is for the log.
  if (error.code() == Code::Unavailable) return store_trouble(Writes::Open);
  const std::int64_t after_s = error.retry_after_s() > 0 ? error.retry_after_s() : kRetryAfterS;
  Response response = body(meaning, message, error.field(), error.message(), after_s);
  if (meaning.status == 401) response.set("WWW-Authenticate", "om-auth");
  return response;
}

}  // namespace

Told tell(const Error& error) {
  const Meaning meaning = meaning_of(error.code());
  if (meaning.status == 500) return {meaning.status, "Internal server error"};
  if (error.code() == Code::Unavailable)
    return {meaning.status, "The catalog cannot do this at the moment; try again later"};
  return {meaning.status, std::string(error.message())};
}

Response error(const Error& error) { return failure(error, error.message()); }

Response body_error(const Error& error) {
  const bool at_fault = error.code() == Code::InvalidArgument && !error.field().empty();
  return failure(error, at_fault ? std::string_view("Invalid request body") : error.message());
}

Response store_trouble(Writes writes) {
  switch (writes) {
    case Writes::Stopped:
      return refusal(503,
                     "Writing has stopped because the disk failed to store an earlier write; reading goes on, and "
                     "writing after a restart");
    case Writes::ReadOnly:
      return refusal(503, "This catalog is open for reading only");
    case Writes::Open:
      break;
  }
  return refusal(503, "The catalog cannot do this at the moment; try again later");
}

Response took_too_long(std::chrono::milliseconds limit) {
  std::string seconds = std::to_string(static_cast<double>(limit.count()) / 1000);
  seconds.erase(seconds.find_last_not_of('0') + 1);
  if (seconds.back() == '.') seconds.pop_back();
  return error(interrupted("the request took longer than " + seconds + " s; ask for less at once, or try again later"));
}

Response refusal(int status, const std::string& message) {
  return body({status, word_of(status)}, message, "", message);
}

Response no_route(std::string_view method, std::string_view target) {
  return refusal(404, "there is no route " + std::string(method) + " " + quotable(target));
}

Response method_not_allowed(std::string_view method, std::string_view target, const std::string& allow) {
  Response response = refusal(405, std::string(method) + " is not allowed on " + quotable(target));
  response.set("Allow", allow);
  return response;
}

Response unsupported_media_type(std::string_view type, std::string_view wanted) {
  return refusal(415, "Content-Type '" + quotable(type) + "' is not supported here: send " + std::string(wanted));
}

}  // namespace metadata::server::render
