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

using Facts = std::optional<Cover>;

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

bool is_nothing(const Facts& cover) { return cover && cover->facts.empty() && cover->exact; }

/// What covers rows of which both hold: whichever is shorter, and it is exact no more.
Facts fewer(Facts a, Facts b) {
  if (is_nothing(a) || is_nothing(b)) return Cover{{}, true};
  if (!a || !b) {
    Facts one = a ? std::move(a) : std::move(b);
    if (one) one->exact = false;
    return one;
  }
  Facts one = a->facts.size() <= b->facts.size() ? std::move(a) : std::move(b);
  one->exact = false;
  return one;
}

Facts together(Facts a, const Facts& b) {
  if (!a || !b || a->facts.size() + b->facts.size() > kMostCovers) return std::nullopt;
  a->facts.insert(a->facts.end(), b->facts.begin(), b->facts.end());
  a->exact = a->exact && b->exact;
  return a;
}

void add_select(const std::string& text, ConditionSql& out) { out.text += (out.text.empty() ? "" : " UNION ") + text; }

/// The rows at the other ends of edges to a fact's others.
void add_edges(const RowFact& fact, ConditionSql& out) {
  const std::string self = fact.outgoing ? "r.from_rid" : "r.to_rid", other = fact.outgoing ? "r.to_rid" : "r.from_rid";
  add_select(
      "SELECT " + self + " FROM relation r WHERE " + other + " IN (SELECT value FROM json_each(?)) AND r.kind = ?",
      out);
  out.parameters.push_back(json_list(fact.others));
  out.parameters.push_back(fact.name);
}

/// What lies in those of them that are containers.
void add_below(const RowFact& fact, std::string_view type, ConditionSql& out) {
  const std::string self = fact.outgoing ? "r.from_rid" : "r.to_rid", other = fact.outgoing ? "r.to_rid" : "r.from_rid";
  std::vector<std::string> holders;
  for (const RowFact::Holder& holder : fact.holders) holders.push_back(holder.type);
  add_select("SELECT h.rid FROM relation r CROSS JOIN entity c ON c.rid = " + self +
                 " CROSS JOIN entity h ON h.type = ? AND h.fqn_key > c.fqn_key || char(31) AND h.fqn_key < c.fqn_key "
                 "|| char(32) AND h.tree = c.tree WHERE " +
                 other +
                 " IN (SELECT value FROM json_each(?)) AND r.kind = ? AND c.type IN (SELECT value FROM "
                 "json_each(?))",
             out);
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
        stack.push_back({indexed ? Facts(Cover{{step.fact}, true}) : Facts(), std::nullopt});
        break;
      }
      case Kind::Constant: {
        const Facts none{Cover{{}, true}};
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
        first.held = both ? fewer(std::move(first.held), last.held) : together(std::move(first.held), last.held);
        first.not_held =
            both ? together(std::move(first.not_held), last.not_held) : fewer(std::move(first.not_held), last.not_held);
        break;
      }
    }
  }
  return stack.empty() ? Covers{} : std::move(stack.back());
}

CoveredRows rows_of_cover(const RowCondition& condition, const Cover& cover, std::string_view type) {
  CoveredRows rows;
  ConditionSql& direct = cover.exact ? rows.certain : rows.possible;
  for (const std::size_t at : cover.facts) {
    const RowFact& fact = condition.facts[at];
    if (fact.kind == RowFact::Kind::Edge) {
      add_edges(fact, direct);
    } else {
      add_select(fact.kind == RowFact::Kind::Label
                     ? "SELECT u.rid FROM tag_usage u WHERE u.path = '' AND u.tag_rid IN (SELECT value FROM "
                       "json_each(?))"
                     : "SELECT value FROM json_each(?)",
                 direct);
      direct.parameters.push_back(json_list(fact.others));
    }
  }
  // One in a container may have some of its own instead.
  for (const std::size_t at : cover.facts) {
    if (!condition.facts[at].holders.empty()) add_below(condition.facts[at], type, rows.possible);
  }
  return rows;
}

RowCondition negated(const RowCondition& condition) {
  RowCondition opposite = condition;
  opposite.steps.push_back({RowCondition::Step::Kind::Not});
  return opposite;
}

}  // namespace metadata::store::sqlite
