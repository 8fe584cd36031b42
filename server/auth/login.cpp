#include "auth/login.h"

#include <cstdint>
#include <utility>

#include "http/url.h"
#include "metadata/json.h"

namespace metadata::server {
namespace {

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

void write_session(JsonWriter& out, const Session& session, std::string_view refresh_token) {
  out.key("accessToken").string(session.access_token);
  out.key("refreshToken").string(refresh_token);
  out.key("tokenType").string("Bearer");
  out.key("expiresIn").integer(session.expires_in_s);
  out.key("expiryDuration").integer(session.expires_at);
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>((bits >> held) & 0xFF));
  }
  return out;
}

Result<Session> login_either_way(Access& access, std::string_view email, std::string_view password,
                                 std::string_view from) {
  const auto decoded = decode_base64(password);
  if (!decoded || !is_utf8(*decoded)) return access.login(email, password, {}, from);
  return access.login(email, password, *decoded, from);
}

std::string session_text(const Session& session) {
  JsonWriter out;
  out.begin_object();
  write_session(out, session, session.refresh_token);
  out.end_object();
  return std::move(out).text();
}

std::string refreshed_text(const Session& session, std::string_view refresh_token) {
  JsonWriter out;
  out.begin_object();
  out.key("newAccessToken").string(session.access_token);
  write_session(out, session, session.refresh_token.empty() ? refresh_token : session.refresh_token);
  out.end_object();
  return std::move(out).text();
}

}  // namespace metadata::server
