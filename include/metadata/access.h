#ifndef METADATA_ACCESS_H
#define METADATA_ACCESS_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/audit.h"
#include "metadata/credentials.h"
#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/ids.h"
#include "metadata/options.h"

namespace metadata {

/// What a log-in hands out.
struct Session {
  std::string user;               ///< name of whose it is
  std::string access_token;       ///< RS256 JWT
  std::string refresh_token;      ///< opaque; only its hash is stored. Empty from refresh() without rotation
  std::int64_t expires_at = 0;    ///< of the access token, ms since the epoch
  std::int64_t expires_in_s = 0;  ///< the same from now, seconds
};

/// What showed who somebody is. Provider: a token that an identity provider signed, which the host has checked.
enum class Credential { Session, BotToken, PersonalToken, ApiKey, Provider };

/// Who somebody is, and what showed it.
struct Authenticated {
  Principal principal;
  Credential credential = Credential::Session;
};

/// A user as somebody else's word may be about it.
struct KnownUser {
  EntityId id;
  std::string name;
  std::string email;
  bool is_admin = false;
  bool is_bot = false;
};

/// What becomes of the tokens that earlier signing keys signed.
enum class OldTokens { Keep, Refuse };

/// What a principal's rules say of one operation.
struct Permission {
  /// The first that applies counts. Conditional: it depends on the entity.
  enum class Access { Deny, Allow, ConditionalDeny, ConditionalAllow, NotAllow };
  std::string operation;  ///< "EditTags"
  Access access = Access::NotAllow;
  std::string rule, policy, role;  ///< what says so; empty when nothing does, or for whom no rules are asked
};

/// A function that conditions of rules may call.
struct ConditionFunction {
  std::string name;         ///< "matchAnyTag"
  std::string description;  ///< for people
  std::string example;      ///< "matchAnyTag('Tier.Tier1')"
  std::string names;        ///< what its arguments name: "tag", "team", "role"; empty: it takes none
};

/// Who is who and who may what: passwords, tokens, keys, rules.
/// Safe for use from many threads. Owned by the Catalog. Hashing a password takes about 0.1 s and 64 MiB; two at a time
/// run, a bounded number waits, the rest is RateLimited.
class METADATA_API Access {
 public:
  struct Parts;
  explicit Access(std::unique_ptr<Parts> parts);
  ~Access();
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  /// E-mail or user name, and password. Unauthenticated with one message, whether or not the account exists; bots
  /// cannot log in. `alternative`, when given, is another reading of what the client sent as password (Base64 undone);
  /// both are one attempt. `from`, when given, says where the attempt comes from (an address): failures are counted for
  /// the account and for that place, and RateLimited when there were too many; an account's own places are not held
  /// back by failures from elsewhere.
  Result<Session> login(std::string_view email, std::string_view password, std::string_view alternative = {},
                        std::string_view from = {});
  /// A new access token for a refresh token, which stays good until it expires or is revoked; with
  /// Options::rotate_refresh_tokens another refresh token takes its place.
  Result<Session> refresh(std::string_view refresh_token);
  /// Ends a session: the access token is refused from now on, and the refresh token, when given, with it.
  Error logout(std::string_view access_token, std::string_view refresh_token);
  /// The principal behind a token (of a log-in, a bot's, a personal one) or an API key. Unauthenticated: "Expired
  /// token!", "Invalid token" …
  Result<Principal> authenticate(std::string_view token, const Interrupt& interrupt = {});
  /// The same, and which kind of credential it was.
  Result<Authenticated> identify(std::string_view token, const Interrupt& interrupt = {});

  /// A new token of a bot, without expiry unless a lifetime is given; the bot's earlier ones are refused from now on.
  Result<std::string> issue_bot_token(std::string_view bot, std::int64_t lifetime_s = 0);

  // Keys and tokens that programs act with (docs/authentication.md). `as` is who asks: each may do it for itself, an
  // admin and the host for everybody; else PermissionDenied. A user that is not there is NotFound. None of them
  // outlives the user.

  /// A new key for a user or a bot. `expires_at_ms`: 0 for none, else in the future. InvalidArgument for a name that is
  /// empty, longer than 256 bytes or has control characters, and when the user has 50 keys; AlreadyExists when
  /// one of them has the name.
  Result<NewApiKey> create_api_key(const EntityId& user, std::string_view name, std::int64_t expires_at_ms,
                                   const Principal& as);
  /// The user's keys that have not expired, oldest first.
  Result<std::vector<ApiKey>> api_keys(const EntityId& user, const Principal& as) const;
  /// The key is refused from now on. NotFound when the user has no such key.
  Error revoke_api_key(const EntityId& user, const EntityId& key, const Principal& as);
  /// Is the text written like a key of create_api_key()? Whether it is one, authenticate() says.
  static bool looks_like_api_key(std::string_view text) noexcept;

  /// A new token for a user that is no bot; bounds and errors are those of create_api_key(). `lifetime_s`: 0 for none.
  Result<NewPersonalToken> create_personal_token(const EntityId& user, std::string_view name, std::int64_t lifetime_s,
                                                 const Principal& as);
  /// The user's tokens that have not expired, oldest first.
  Result<std::vector<PersonalToken>> personal_tokens(const EntityId& user, const Principal& as) const;
  /// These tokens are refused from now on, and no others; an empty list means all. Ids that are none of the user's are
  /// passed over.
  Error revoke_personal_tokens(const EntityId& user, const std::vector<EntityId>& tokens, const Principal& as);

  /// As issue_bot_token(), for the bot's user. InvalidArgument when that is no bot.
  Result<BotToken> renew_bot_token(const EntityId& user, std::int64_t lifetime_s, const Principal& as);
  /// The bot's token, which only admins and the bot itself are shown. InvalidArgument when the user is no bot.
  Result<BotToken> bot_token(const EntityId& user, const Principal& as) const;
  /// The bot's token is refused from now on, and it has none.
  Error revoke_bot_token(const EntityId& user, const Principal& as);

  /// Sets a user's password and ends the user's sessions. InvalidArgument as check_rule().
  Error set_password(std::string_view user, std::string_view password);
  /// The same for who knows the old one; InvalidArgument with field "oldPassword" when it is not right. Wrong ones
  /// count like failed log-ins.
  Error change_password(std::string_view user, std::string_view old_password, std::string_view password,
                        std::string_view from = {});
  /// A token that is good once, for an hour, to set the user's password with: for admins and the host, to be handed to
  /// the user. A later one ends it. PermissionDenied, NotFound.
  Result<std::string> create_password_reset(std::string_view user, const Principal& as);
  /// Sets the password of the user that the token was made for. Unauthenticated when the token is not good.
  Error reset_password(std::string_view token, std::string_view password);
  /// Ok when a password may be chosen: at least 8 characters and at most 256 bytes of UTF-8, and not one of the most
  /// common, in whatever case. Passwords are taken byte for byte: neither trimmed nor normalised. InvalidArgument with
  /// field "password" says what is wrong with it.
  static Error check_rule(std::string_view password);
  /// Does the user have a password?
  Result<bool> has_password(std::string_view user) const;
  /// A random password that satisfies the rule.
  static std::string generate_password();

  /// Keeps a record of what was asked, beside the changes of entities, which are kept anyway. Costs no wait: what is
  /// noted is stored within a tenth of a second, by a thread that the first record begins. At most 4,096 wait; how many
  /// more there were becomes a record. Records are never changed and go after `keep_audit_for()`.
  void note(AuditRecord record);
  /// Records noted, and changes of entities, newest first. PermissionDenied but for admins and the host;
  /// InvalidArgument for a limit or a cursor that is none.
  Result<AuditPage> audit(const AuditQuery& query, const Principal& as) const;
  /// How long records that are noted from now on are kept, in days; 0: for ever. Without this call it is 90.
  void keep_audit_for(int days);

  /// Makes a new signing key, with which all tokens are signed from now on; durable when it returns; takes up to a
  /// second. Keep: what earlier keys signed stays good: people's tokens until they expire, a bot's until it gets
  /// another. Nothing else that an earlier key signs is accepted, and after an hour nothing but those bots' tokens.
  /// Refuse: all tokens so far are refused from now on, bots' too; issue_bot_token() gives them new ones.
  /// PreconditionFailed when 8 earlier keys are kept already.
  Error rotate_signing_key(OldTokens old = OldTokens::Keep);
  /// The public keys as a JWK Set (RFC 7517), JSON text: the present one first, then those whose tokens are still good.
  std::string jwks() const;

  /// The principal of a user or bot, with its rules as they are now; for hosts that know their users without a token.
  /// NotFound when there is no such user.
  Result<Principal> principal(std::string_view user, const Interrupt& interrupt = {}) const;

  // For hosts that let somebody else say who a user is, such as an identity provider. They have checked that word.

  /// The user with this name or e-mail address, as login() would find it; nothing when there is none, or when two have
  /// the address.
  Result<std::optional<KnownUser>> find_user(std::string_view name_or_email, const Interrupt& interrupt = {}) const;
  /// As principal(), by identity; quick when nothing that it follows from has changed.
  Result<Principal> principal(const EntityId& user, const Interrupt& interrupt = {}) const;
  /// A session for the user, as login() gives it, without a password. Unauthenticated when it is not there, or a bot.
  Result<Session> begin_session(const EntityId& user);

  /// May the principal do all of these operations ("Create", "EditDescription" …) on every entity of this type?
  /// PermissionDenied names the rule that denies one, or those that no rule allows. Catalog::check_allowed() asks about
  /// one entity.
  Error allowed(const Principal& principal, const std::vector<std::string>& operations,
                std::string_view entity_type) const;

  /// Somebody who has these policies and nothing else, to ask what they allow. What depends on who it is counts as
  /// depending on the entity. NotFound when there is no such policy.
  Result<Principal> holder_of(const std::vector<EntityId>& policies, const Interrupt& interrupt = {}) const;

  /// Ok when the text is a condition that a rule may have: at most 4,096 bytes, and all that it names is there.
  /// InvalidArgument "Failed to parse - …" or "Failed to evaluate - …", NotFound for an unknown tag, team or role.
  Error check_condition(std::string_view condition, const Interrupt& interrupt = {}) const;
  /// The functions that conditions may call.
  static std::vector<ConditionFunction> condition_functions();

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_ACCESS_H
