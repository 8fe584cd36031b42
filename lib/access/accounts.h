#ifndef METADATA_LIB_ACCESS_ACCOUNTS_H
#define METADATA_LIB_ACCESS_ACCOUNTS_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"
#include "metadata/ids.h"
#include "metadata/options.h"
#include "store/generations.h"
#include "store/reader.h"
#include "store/write_set.h"

namespace metadata::access {

/// What this room knows of a user: the entity's own words, and what stands beside it. A plain value.
struct Account {
  store::Rid rid = 0;
  EntityId id;
  std::string name;
  std::string email;
  bool is_admin = false;
  bool is_bot = false;
  /// Grows when all access tokens issued so far are to be refused.
  std::int64_t generation = 0;
};

// Each of these finds accounts that are not deleted, and reads from one snapshot.

/// By user name, in any case of letters.
Result<std::optional<Account>> find_account(store::Reader& reader, std::string_view name);
/// By the user's identity.
Result<std::optional<Account>> find_account_by_id(store::Reader& reader, const EntityId& id);
/// By what people log in with: a user name, or an e-mail address in any case of letters.
Result<std::optional<Account>> find_login(store::Reader& reader, std::string_view name_or_email);
/// The bot's user, by the name of either.
Result<std::optional<Account>> find_bot(store::Reader& reader, std::string_view name);

/// The names of the roles that the user has itself. `places`, when given, gets what they were read from.
Result<std::vector<std::string>> find_roles(store::Reader& reader, const Account& account,
                                            store::Footprint* places = nullptr);

/// What an account itself was read from.
void add_places(store::Footprint& places, const Account& account);

Principal principal_of(const Account& account, std::vector<std::string> roles);

/// The operation after which the account's tokens so far are refused.
store::Operation next_generation(const Account& account);

/// What two spellings of a name or an address have in common when case does not count.
std::string folded(std::string_view text);
/// The name that an e-mail address or a name stands for: what is before the '@', folded.
std::string login_name(std::string_view name_or_email);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_ACCOUNTS_H
