#include "access/rules.h"

namespace metadata::access {
namespace {

bool user_may(std::string_view operation) {
  return operation.substr(0, 4) == "View" || operation == "EditDescription" || operation == "EditTags";
}

// Only who is an admin makes others one.
bool bot_may(std::string_view operation) { return operation != "EditAdmins"; }

bool may(Principal::Kind kind, std::string_view operation) {
  switch (kind) {
    case Principal::Kind::Embedded:
    case Principal::Kind::Admin:
      return true;
    case Principal::Kind::Bot:
      return bot_may(operation);
    case Principal::Kind::User:
      return user_may(operation);
  }
  return false;
}

}  // namespace

Error check(const Principal& principal, const std::vector<std::string>& operations, std::string_view entity_type) {
  std::string denied;
  for (const std::string& operation : operations) {
    if (may(principal.kind, operation)) continue;
    if (!denied.empty()) denied += ", ";
    denied += operation;
  }
  if (denied.empty()) return {};
  return permission_denied("Principal: CatalogPrincipal{name='" + principal.name + "'} operations [" + denied +
                           "] not allowed on " + std::string(entity_type));
}

}  // namespace metadata::access
