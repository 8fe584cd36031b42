#include <optional>
#include <string>

#include "store/sqlite/operations.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

Error not_empty(const std::string& type) { return invalid_argument(type + " is not empty"); }

/// Does the query find a row?
Result<bool> finds(Statement& query) { return query.step(); }

Error check(Connection& writer, const RowAt& at) {
  Statement query(writer, "SELECT revision FROM entity WHERE id = ?", at.id);
  MD_LET(found, query.step());
  if (!found) return gone(at.id);
  if (query.integer(0) == at.revision) return {};
  return Error(Code::Conflict, "entity " + at.id.text() + " is at revision " + std::to_string(query.integer(0)) +
                                   ", not " + std::to_string(at.revision));
}

Error check(Connection& writer, const KeyAbsent& absent) {
  Statement query(writer, "SELECT 1 FROM entity WHERE type = ? AND fqn_key = ?", absent.type, absent.fqn_key);
  MD_LET(found, finds(query));
  return found ? already_exists("Entity already exists") : Error();
}

Error check(Connection& writer, const RowAlive& alive) {
  Statement query(writer, "SELECT 1 FROM entity WHERE id = ? AND deleted = 0", alive.id);
  MD_LET(found, finds(query));
  return found ? Error() : gone(alive.id);
}

Error check(Connection& writer, const NothingUnder& nothing) {
  Statement query(writer,
                  "SELECT 1 FROM entity WHERE type IN (SELECT value FROM json_each(?1)) AND fqn_key > ?2 AND fqn_key < "
                  "?3 AND tree = ?4"
                  " LIMIT 1",
                  json_list(nothing.types), nothing.fqn_key + kKeySeparator, nothing.fqn_key + kKeyEnd, nothing.tree);
  MD_LET(found, finds(query));
  return found ? not_empty(nothing.type) : Error();
}

Error check(Connection& writer, const NoRelation& none) {
  Statement query(writer,
                  "SELECT 1 FROM entity e CROSS JOIN relation r ON r.from_rid = e.rid AND r.kind = ?2 WHERE e.id = ?1"
                  " AND EXISTS (SELECT 1 FROM entity o WHERE o.rid = r.to_rid) LIMIT 1",
                  none.from, none.kind);
  MD_LET(found, finds(query));
  return found ? not_empty(none.type) : Error();
}

Error check(Connection& writer, const AnotherHas& another) {
  // The first attribute's index leads, so it should be the rarest.
  std::string text =
      "SELECT 1 FROM attribute f CROSS JOIN entity e ON e.rid = f.rid WHERE f.type = ? AND f.name = ? AND f.value = ?";
  for (std::size_t i = 1; i < another.attributes.size(); ++i)
    text += " AND EXISTS (SELECT 1 FROM attribute a WHERE a.rid = e.rid AND a.name = ? AND a.value = ?)";
  Statement query(writer, text + " AND e.deleted = 0 AND e.id <> ? LIMIT 1", another.type);
  for (const Attribute& attribute : another.attributes) {
    query.bind(attribute.name);
    query.bind(attribute.value);
  }
  query.bind(another.than);
  MD_LET(found, finds(query));
  return found ? Error() : invalid_argument(another.message);
}

Error check(Connection& writer, const SideIs& side) {
  Statement query(writer,
                  "SELECT 1 FROM side s WHERE s.kind = ? AND s.key = ? AND s.body = ?"
                  " AND (s.owner_rid IS NULL OR EXISTS (SELECT 1 FROM entity e WHERE e.rid = s.owner_rid))",
                  side.kind, side.key, side.body);
  MD_LET(found, finds(query));
  return found ? Error() : Error(Code::Conflict, side.kind + " " + side.key + " is not as it was");
}

Error check(Connection& writer, const LineageAt& at) { return check_lineage(writer, at); }

}  // namespace

Error check(Connection& writer, const Precondition& precondition) {
  return std::visit([&](const auto& one) { return check(writer, one); }, precondition);
}

Error gone(const EntityId& id) { return Error(Code::Conflict, "entity " + id.text() + " is not there any more"); }

Error wrote_row(Connection& writer, const EntityId& id) { return writer.changes() > 0 ? Error() : gone(id); }

}  // namespace metadata::store::sqlite
