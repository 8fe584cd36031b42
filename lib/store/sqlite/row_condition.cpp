#include "store/sqlite/row_condition.h"

#include <string_view>
#include <utility>

#include <sqlite3.h>

#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

/// key_prefix(key, n): the first n parts of a key; NULL when it has no more parts than that.
void key_prefix(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  const std::string_view key(text == nullptr ? "" : text, static_cast<std::size_t>(sqlite3_value_bytes(values[0])));
  std::size_t end = 0;
  for (int left = sqlite3_value_int(values[1]); left > 0; --left) {
    end = key.find(kKeySeparator, end);
    if (end == std::string_view::npos) return sqlite3_result_null(context);
    if (left > 1) ++end;
  }
  sqlite3_result_text(context, key.data(), static_cast<int>(end), SQLITE_TRANSIENT);
}

class Writer {
 public:
  explicit Writer(ConditionSql& out) : out_(out) {}

  std::string fact(const RowFact& fact) {
    switch (fact.kind) {
      case RowFact::Kind::Edge:
        return edge(fact);
      case RowFact::Kind::Label:
        out_.parameters.push_back(json_list(fact.others));
        return "EXISTS (SELECT 1 FROM tag_usage u WHERE u.rid = e.rid AND u.path = '' AND u.tag_rid IN (SELECT value "
               "FROM "
               "json_each(?)))";
      case RowFact::Kind::Member:
        out_.parameters.push_back(fact.name);
        out_.parameters.push_back(json_list(std::span<const std::string>(fact.texts)));
        return "coalesce((SELECT json_extract(d.document, ?) FROM body d WHERE d.rid = e.rid) IN (SELECT value FROM "
               "json_each(?)), 0)";
      case RowFact::Kind::Self:
        out_.parameters.push_back(json_list(fact.others));
        return "e.rid IN (SELECT value FROM json_each(?))";
    }
    return "0";
  }

 private:
  /// Is there an edge at the row with this rid: any, or one to the fact's others?
  std::string edge_at(const RowFact& fact, const std::string& rid, bool any) {
    const char* self = fact.outgoing ? "r.from_rid" : "r.to_rid";
    const char* other = fact.outgoing ? "r.to_rid" : "r.from_rid";
    out_.parameters.push_back(fact.name);
    std::string sql = std::string("EXISTS (SELECT 1 FROM relation r WHERE ") + self + " = " + rid + " AND r.kind = ?";
    if (!any) {
      out_.parameters.push_back(json_list(fact.others));
      sql += std::string(" AND ") + other + " IN (SELECT value FROM json_each(?))";
    }
    return sql + ")";
  }

  std::string holder(const RowFact::Holder& holder) {
    // A key that is not as long has no such container.
    out_.parameters.push_back(holder.type);
    return "(SELECT c.rid FROM entity c WHERE c.type = ? AND c.fqn_key = key_prefix(e.fqn_key, " +
           std::to_string(holder.depth) + ") AND c.tree = e.tree)";
  }

  std::string edge(const RowFact& fact) {
    const bool any = fact.others.empty();
    if (fact.holders.empty()) return edge_at(fact, "e.rid", any);
    // The nearest that has edges decides.
    std::string sql = "CASE WHEN " + edge_at(fact, "e.rid", true);
    sql += " THEN " + (any ? std::string("1") : edge_at(fact, "e.rid", false));
    for (const auto& at : fact.holders) {
      sql += " WHEN " + edge_of_holder(fact, at, true);
      sql += " THEN " + (any ? std::string("1") : edge_of_holder(fact, at, false));
    }
    return sql + " ELSE 0 END";
  }

  // The parameter of the container comes before those of the edge, as in the text.
  std::string edge_of_holder(const RowFact& fact, const RowFact::Holder& at, bool any) {
    const std::string rid = holder(at);
    return edge_at(fact, rid, any);
  }

  ConditionSql& out_;
};

}  // namespace

int add_functions(sqlite3* connection) {
  return sqlite3_create_function_v2(connection, "key_prefix", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                    nullptr, key_prefix, nullptr, nullptr, nullptr);
}

ConditionSql sql_of(const RowCondition& condition) {
  ConditionSql out;
  // Operands come first, and their parameters in the order of the text, since an operator joins its operands in place.
  std::vector<std::string> stack;
  Writer writer(out);
  for (const auto& step : condition.steps) {
    using Kind = RowCondition::Step::Kind;
    switch (step.kind) {
      case Kind::Fact:
        stack.push_back(writer.fact(condition.facts[step.fact]));
        break;
      case Kind::Constant:
        stack.emplace_back(step.constant ? "1" : "0");
        break;
      case Kind::Not:
        stack.back() = "NOT (" + stack.back() + ")";
        break;
      case Kind::And:
      case Kind::Or: {
        const std::string last = std::move(stack.back());
        stack.pop_back();
        stack.back() = "(" + stack.back() + (step.kind == Kind::And ? ") AND (" : ") OR (") + last + ")";
        break;
      }
    }
  }
  out.text = stack.empty() ? "1" : std::move(stack.back());
  return out;
}

}  // namespace metadata::store::sqlite
