#ifndef METADATA_SERVER_AUTH_LOGIN_H
#define METADATA_SERVER_AUTH_LOGIN_H

#include <optional>
#include <string>
#include <string_view>

#include "metadata/access.h"
#include "metadata/error.h"

namespace metadata::server {

/// The bytes of standard Base64 (RFC 4648, with padding), or nothing when the text is not that.
std::optional<std::string> decode_base64(std::string_view text);

/// Logs in with the password as it was sent, or, when that fails, with what it says in Base64: the API's own clients
/// encode it, people with curl do not.
/// `from` as for Access::login().
Result<Session> login_either_way(Access& access, std::string_view email, std::string_view password,
                                 std::string_view from);

/// What a log-in answers, in the guide's words and the API's side by side.
std::string session_text(const Session& session);
/// The same for a refresh: with the session's own refresh token, else with the one that was shown, which stays good.
std::string refreshed_text(const Session& session, std::string_view refresh_token);

}  // namespace metadata::server

#endif  // METADATA_SERVER_AUTH_LOGIN_H
