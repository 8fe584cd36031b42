#ifndef METADATA_AUDIT_H
#define METADATA_AUDIT_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace metadata {

/// Who did what, when, from where, and whether it was allowed. Holds no secret: whoever makes one leaves passwords,
/// tokens and bodies out.
struct AuditRecord {
  std::string id;        ///< of the record; larger ones are later. Given when it is stored
  std::int64_t at = 0;   ///< ms since the epoch
  std::string actor;     ///< user name; empty: nobody that we know
  std::string action;    ///< "login", "table.updated" …
  std::string target;    ///< what it was done to: an FQN, a path
  std::string outcome;   ///< "allowed", "denied" or "failed"
  std::string from;      ///< address; empty for changes of entities
  std::string request;   ///< id of the request; empty for changes of entities
  std::int64_t seq = 0;  ///< place in the change log; 0: no change of an entity
};

/// Which records. Texts that are empty match all.
struct AuditQuery {
  std::string actor;         ///< exactly
  std::string action;        ///< exactly, or its beginning when it ends with '*'
  std::string outcome;       ///< exactly
  std::string target;        ///< exactly, or its beginning when it ends with '*'
  std::int64_t from_ms = 0;  ///< at or after
  std::int64_t to_ms = 0;    ///< at or before; 0: now
  std::size_t limit = 100;   ///< 1 to 1000
  std::string after;         ///< cursor of an earlier page
};

/// Newest first.
struct AuditPage {
  std::vector<AuditRecord> records;
  std::string after;  ///< cursor of older records; empty: there are none. A page may be short, even empty, and have one
};

}  // namespace metadata

#endif  // METADATA_AUDIT_H
