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

namespace {

using Facts = std::optional<std::vector<std::size_t>>;

// More than rules that somebody wrote ask for; what is beyond is looked at row by row.
constexpr std::size_t kMostCovers = 16;

bool is_indexed(const RowFact& fact) {
  switch (fact.kind) {
    case RowFact::Kind::Edge:
      return !fact.others.empty();
    case RowFact::Kind::Label:
    case RowFact::Kind::Self:
      return true;
    case RowFact::Kind::Member:
      return false;
  }
  return false;
}

/// What covers rows of which both hold: whichever is shorter.
Facts fewer(Facts a, Facts b) {
  if (!a || !b) return a ? a : b;
  return a->size() <= b->size() ? a : b;
}

Facts together(Facts a, const Facts& b) {
  if (!a || !b || a->size() + b->size() > kMostCovers) return std::nullopt;
  a->insert(a->end(), b->begin(), b->end());
  return a;
}

/// The rows at the other ends of edges to a fact's others, and what lies in those that are containers.
void add_edges(const RowFact& fact, std::string_view type, ConditionSql& out) {
  const std::string self = fact.outgoing ? "r.from_rid" : "r.to_rid", other = fact.outgoing ? "r.to_rid" : "r.from_rid";
  const std::string edges = other + " IN (SELECT value FROM json_each(?)) AND r.kind = ?";
  out.text += "SELECT " + self + " FROM relation r WHERE " + edges;
  out.parameters.push_back(json_list(fact.others));
  out.parameters.push_back(fact.name);
  if (fact.holders.empty()) return;
  std::vector<std::string> holders;
  for (const RowFact::Holder& holder : fact.holders) holders.push_back(holder.type);
  out.text += " UNION SELECT h.rid FROM relation r CROSS JOIN entity c ON c.rid = " + self +
              " CROSS JOIN entity h ON h.type = ? AND h.fqn_key > c.fqn_key || char(31) AND h.fqn_key < c.fqn_key || "
              "char(32) AND h.tree = c.tree WHERE " +
              edges + " AND c.type IN (SELECT value FROM json_each(?))";
  out.parameters.emplace_back(type);
  out.parameters.push_back(json_list(fact.others));
  out.parameters.push_back(fact.name);
  out.parameters.push_back(json_list(std::span<const std::string>(holders)));
}

}  // namespace

Covers covers_of(const RowCondition& condition) {
  std::vector<Covers> stack;
  for (const auto& step : condition.steps) {
    using Kind = RowCondition::Step::Kind;
    switch (step.kind) {
      case Kind::Fact: {
        const bool indexed = is_indexed(condition.facts[step.fact]);
        stack.push_back({indexed ? Facts(std::vector<std::size_t>{step.fact}) : Facts(), std::nullopt});
        break;
      }
      case Kind::Constant: {
        const Facts none{std::vector<std::size_t>()};
        stack.push_back(step.constant ? Covers{std::nullopt, none} : Covers{none, std::nullopt});
        break;
      }
      case Kind::Not:
        std::swap(stack.back().held, stack.back().not_held);
        break;
      case Kind::And:
      case Kind::Or: {
        const Covers last = std::move(stack.back());
        stack.pop_back();
        Covers& first = stack.back();
        const bool both = step.kind == Kind::And;
        first.held = both ? fewer(first.held, last.held) : together(first.held, last.held);
        first.not_held = both ? together(first.not_held, last.not_held) : fewer(first.not_held, last.not_held);
        break;
      }
    }
  }
  return stack.empty() ? Covers{} : std::move(stack.back());
}

ConditionSql rows_with(const RowCondition& condition, const std::vector<std::size_t>& facts, std::string_view type) {
  ConditionSql out;
  for (const std::size_t at : facts) {
    const RowFact& fact = condition.facts[at];
    if (!out.text.empty()) out.text += " UNION ";
    if (fact.kind == RowFact::Kind::Edge) {
      add_edges(fact, type, out);
      continue;
    }
    out.text +=
        fact.kind == RowFact::Kind::Label
            ? "SELECT u.rid FROM tag_usage u WHERE u.path = '' AND u.tag_rid IN (SELECT value FROM json_each(?))"
            : "SELECT value FROM json_each(?)";
    out.parameters.push_back(json_list(fact.others));
  }
  if (facts.empty()) out.text = "SELECT NULL WHERE 0";
  return out;
}

RowCondition negated(const RowCondition& condition) {
  RowCondition opposite = condition;
  opposite.steps.push_back({RowCondition::Step::Kind::Not});
  return opposite;
}

}  // namespace metadata::store::sqlite
