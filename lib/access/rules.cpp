#include "access/rules.h"

namespace metadata::access {
namespace {

bool user_may(std::string_view operation) {
  return operation.substr(0, 4) == "View" || operation == "EditDescription" || operation == "EditTags";
}

}  // namespace

Error check(const Principal& principal, const std::vector<std::string>& operations, std::string_view entity_type) {
  if (principal.kind != Principal::Kind::User) return {};
  std::string denied;
  for (const std::string& operation : operations) {
    if (user_may(operation)) continue;
    if (!denied.empty()) denied += ", ";
    denied += operation;
  }
  if (denied.empty()) return {};
  return permission_denied("Principal: CatalogPrincipal{name='" + principal.name + "'} operations [" + denied + "] not allowed on " +
                           std::string(entity_type));
}

}  // namespace metadata::access
