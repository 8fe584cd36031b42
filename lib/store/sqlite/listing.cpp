#include "store/sqlite/listing.h"

#include <algorithm>
#include <limits>

namespace metadata::store::sqlite {
namespace {

std::string from_clause(const ListQuery& query) {
  // CROSS JOIN keeps the order of the tables: the filter's index leads.
  return query.attributes.empty() ? " FROM entity e" : " FROM attribute a CROSS JOIN entity e ON e.rid = a.rid";
}

std::string_view key_column(const ListQuery& query) { return query.attributes.empty() ? "e.fqn_key" : "a.fqn_key"; }

// The parameters stand in the order in which bind_query() gives them.
std::string where_clause(const ListQuery& query, const ConditionSql& condition) {
  const std::string key(key_column(query));
  const std::string plus = condition.leads ? "+" : "";
  std::string where =
      query.attributes.empty() ? " WHERE " + plus + "e.type = ?" : " WHERE a.type = ? AND a.name = ? AND a.value = ?";
  if (query.rows == Rows::Live) where += " AND " + plus + "e.deleted = 0";
  if (query.rows == Rows::Deleted) where += " AND " + plus + "e.deleted = 1";
  if (!query.lower.empty()) where += " AND " + key + " > ?";
  if (!query.upper.empty()) where += " AND " + key + " < ?";
  for (std::size_t i = 1; i < query.attributes.size(); ++i) {
    where +=
        " AND EXISTS (SELECT 1 FROM attribute b WHERE b.type = e.type AND b.name = ? AND b.value = ?"
        " AND b.fqn_key = e.fqn_key AND b.rid = e.rid)";
  }
  for (const Related& related : query.related) {
    const bool out = related.outgoing;
    where += std::string(" AND EXISTS (SELECT 1 FROM relation r JOIN entity o ON o.rid = r.") +
             (out ? "to_rid" : "from_rid") + " WHERE r." + (out ? "from_rid" : "to_rid") +
             " = e.rid AND r.kind = ? AND o.id = ?)";
  }
  if (!query.words.empty())
    where += " AND (instr(lower(replace(e.fqn_key, char(31), '.')), ?) > 0 OR instr(lower(e.display_name), ?) > 0)";
  if (query.min_parts > 0 || query.max_parts > 0)
    where += " AND length(e.fqn_key) - length(replace(e.fqn_key, char(31), '')) + 1 BETWEEN ? AND ?";
  if (!condition.text.empty()) where += " AND (" + condition.text + ")";
  return where;
}

/// As SQLite's lower() has it.
std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

std::string rows_sql(const ListQuery& query, const ConditionSql& condition, std::string_view columns,
                     std::string_view join) {
  return "SELECT " + std::string(columns) + from_clause(query) + std::string(join) + where_clause(query, condition);
}

std::string_view order_column(const ListQuery& query) { return key_column(query); }

std::string list_sql(const ListQuery& query, const ConditionSql& condition, std::string_view columns) {
  // LEFT JOIN: a row that lost its body must be seen as damage, not be missing from lists.
  return "SELECT " + std::string(columns) + from_clause(query) + " LEFT JOIN body b ON b.rid = e.rid" +
         where_clause(query, condition) + (query.leave_out_damaged ? " AND b.rid IS NOT NULL" : "") + " ORDER BY " +
         std::string(key_column(query)) + (query.descending ? " DESC" : "") + " LIMIT ?";
}

std::string count_sql(const ListQuery& query, const ConditionSql& condition) {
  return "SELECT count(*)" + from_clause(query) + where_clause(query, condition);
}

ConditionSql condition_of(const ListQuery& query, Lead lead) {
  if (query.condition == nullptr) return {};
  ConditionSql whole = sql_of(*query.condition);
  const Covers covers = covers_of(*query.condition, lead);
  if (!covers.held) return whole;
  CoveredRows rows = rows_of_cover(*query.condition, *covers.held, query.type);
  ConditionSql sql;
  const auto add = [&](const std::string& text, const ConditionSql& part) {
    sql.text += text;
    sql.parameters.insert(sql.parameters.end(), part.parameters.begin(), part.parameters.end());
  };
  if (rows.certain.text.empty() && rows.possible.text.empty()) return {"0", {}, false};
  if (lead == Lead::Key) {
    // The plus keeps SQLite from leading with the rows.
    if (!rows.certain.text.empty()) add("+e.rid IN (" + rows.certain.text + ")", rows.certain);
    if (rows.possible.text.empty()) return sql;
    add((sql.text.empty() ? "+e.rid IN (" : " OR +e.rid IN (") + rows.possible.text + ")", rows.possible);
    add(" AND (" + whole.text + ")", whole);
    return sql;
  }
  if (!rows.certain.text.empty()) add(rows.certain.text, rows.certain);
  if (!rows.possible.text.empty()) {
    add(std::string(sql.text.empty() ? "" : " UNION ") + "SELECT e.rid FROM entity e WHERE e.rid IN (" +
            rows.possible.text + ")",
        rows.possible);
    add(" AND +e.type = ? AND (", {{}, {query.type}, false});
    add(whole.text + ")", whole);
  }
  sql.text = "e.rid IN (" + sql.text + ")";
  sql.leads = true;
  return sql;
}

void bind_query(Statement& statement, const ListQuery& query, const ConditionSql& condition) {
  statement.bind(query.type);
  if (!query.attributes.empty()) {
    statement.bind(query.attributes.front().name);
    statement.bind(query.attributes.front().value);
  }
  if (!query.lower.empty()) statement.bind(query.lower);
  if (!query.upper.empty()) statement.bind(query.upper);
  for (std::size_t i = 1; i < query.attributes.size(); ++i) {
    statement.bind(query.attributes[i].name);
    statement.bind(query.attributes[i].value);
  }
  for (const Related& related : query.related) {
    statement.bind(related.kind);
    statement.bind(related.other);
  }
  if (!query.words.empty()) {
    const std::string words = lower(query.words);
    statement.bind(words);
    statement.bind(words);
  }
  if (query.min_parts > 0 || query.max_parts > 0) {
    statement.bind(sql_limit(query.min_parts));
    statement.bind(query.max_parts > 0 ? sql_limit(query.max_parts) : std::numeric_limits<std::int64_t>::max());
  }
  for (const std::string& parameter : condition.parameters) statement.bind(parameter);
}

Error check_query(const ListQuery& query) {
  const std::size_t filters = query.attributes.size() + query.related.size();
  if (filters <= kMaxAttributes) return {};
  return invalid_argument("a listing has " + std::to_string(filters) + " filters, at most " +
                          std::to_string(kMaxAttributes) + " are allowed");
}

std::int64_t sql_limit(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace metadata::store::sqlite
