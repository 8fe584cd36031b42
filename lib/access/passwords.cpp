#include "access/passwords.h"

#include <utility>

#include "base/password.h"
#include "json/parse.h"
#include "metadata/json.h"
#include "model/formats.h"

namespace metadata::access {
namespace {

constexpr std::string_view kKind = "password";
constexpr std::size_t kMinCharacters = 8;
constexpr std::size_t kMaxBytes = 256;

/// How many bytes the UTF-8 character (RFC 3629) at the start of the text has; 0 when there is none.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                           : (lead & 0xF0) == 0xE0        ? 3
                           : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                          : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return 0;
  }
  // Neither overlong forms, nor surrogates, nor anything beyond U+10FFFF.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
  if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  return size;
}

/// How many characters the text has; nothing when it is not UTF-8.
std::optional<std::size_t> characters(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    if (size == 0) return std::nullopt;
    text.remove_prefix(size);
    ++count;
  }
  return count;
}

/// Is it one of the list, in whatever case? The list has one in lower case a line, between line feeds.
bool is_common(std::string_view password) {
  if (password.find('\n') != std::string_view::npos) return false;
  const std::string line = "\n" + model::lower_ascii(password) + "\n";
  return embedded_common_passwords().front().text.find(line) != std::string_view::npos;
}

Error refused(std::string why) { return invalid_argument(std::move(why), "password"); }

}  // namespace

Error check_password_rule(std::string_view password) {
  if (password.size() > kMaxBytes) {
    return refused("a password has at most " + std::to_string(kMaxBytes) + " bytes; this one has " +
                   std::to_string(password.size()));
  }
  const std::optional<std::size_t> count = characters(password);
  if (!count) return refused("the password is not UTF-8");
  if (*count < kMinCharacters) {
    return refused("a password has at least " + std::to_string(kMinCharacters) + " characters; this one has " +
                   std::to_string(*count));
  }
  if (is_common(password)) return refused("this password is one of the most common ones; choose another");
  return {};
}

Result<store::Operation> store_password(const EntityId& user, std::string_view password, std::int64_t now_ms) {
  MD_OK(check_password_rule(password));
  MD_LET(hash, base::hash_password(password));
  JsonWriter body;
  body.begin_object().key("hash").string(hash).key("set_at").integer(now_ms).end_object();
  return store::Operation(store::PutSide{{std::string(kKind), user.text(), user, 0, std::move(body).text()}});
}

Result<std::optional<std::string>> find_password(store::Reader& reader, const EntityId& user) {
  MD_LET(row, reader.side(kKind, user.text()));
  if (!row) return std::optional<std::string>();
  json::Document body;
  MD_OK(json::parse_trusted(row->body, body));
  return std::optional<std::string>(json::string_or(body, "hash"));
}

Error check_password(const std::optional<std::string>& hash, std::string_view password) {
  return hash ? base::check_password(*hash, password) : base::check_unknown_account(password);
}

}  // namespace metadata::access
