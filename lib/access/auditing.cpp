// The calls of Access about its records.
#include <utility>

#include "access/parts.h"

namespace metadata {

void Access::note(AuditRecord record) { parts_->trail.note(std::move(record)); }

Result<AuditPage> Access::audit(const AuditQuery& query, const Principal& as) const {
  if (as.kind != Principal::Kind::Embedded && as.kind != Principal::Kind::Admin) {
    return permission_denied("Principal: CatalogPrincipal{name='" + as.name + "'} may not read the audit log");
  }
  return parts_->trail.find(query);
}

void Access::keep_audit_for(int days) { parts_->trail.keep_for_ms(std::int64_t{days} * 24 * 3600 * 1000); }

}  // namespace metadata
