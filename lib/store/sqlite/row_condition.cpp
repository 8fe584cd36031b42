#include "store/sqlite/row_condition.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <span>
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
        out_.parameters.insert(out_.parameters.end(), 2, json_list(fact.others));
        // From the row's own few labels: the label that is asked for may be on very many entities.
        return "(EXISTS (SELECT 1 FROM tag_usage u WHERE u.rid = e.rid AND u.path = '' AND u.tag_rid IN (SELECT value "
               "FROM json_each(?))) OR EXISTS (SELECT 1 FROM tag_usage u CROSS JOIN tag_usage b ON b.rid = u.tag_rid "
               "AND b.path = '' AND b.source <> 'Glossary' AND b.tag_rid IN (SELECT value FROM json_each(?)) WHERE "
               "u.rid = e.rid AND u.path = '' AND u.source = 'Glossary'))";
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

namespace {

using StepKind = RowCondition::Step::Kind;

// SQLite's parser keeps a hundred places, and its trees are a thousand high; so many operands stand side by side.
constexpr std::size_t kSideBySide = 16;

/// A condition's text, or one that is to be joined with others.
struct Operand {
  ConditionSql sql;
  std::size_t height = 1;  ///< places that the parser keeps while it reads it
};

/// Operands of one operator. Which of them comes first is the same for the outcome, not for the parser: while it reads
/// one, it keeps those before.
struct Part {
  std::vector<Operand> operands;
  StepKind kind = StepKind::And;
};

Operand side_by_side(std::span<Operand> operands, StepKind kind) {
  std::ranges::stable_sort(operands, std::greater(), &Operand::height);
  Operand all{{"(", {}, false}, 0};
  for (const Operand& one : operands) {
    const bool first = all.height == 0;
    all.sql.text += (first ? "" : kind == StepKind::And ? " AND " : " OR ") + one.sql.text;
    all.sql.parameters.insert(all.sql.parameters.end(), one.sql.parameters.begin(), one.sql.parameters.end());
    all.height = std::max(all.height, one.height + (first ? 1 : 3));
  }
  all.sql.text += ')';
  return all;
}

Operand closed(Part part) {
  while (part.operands.size() > 1) {
    std::vector<Operand> fewer;
    for (std::size_t at = 0; at < part.operands.size(); at += kSideBySide) {
      const std::size_t many = std::min(kSideBySide, part.operands.size() - at);
      fewer.push_back(side_by_side(std::span(part.operands).subspan(at, many), part.kind));
    }
    part.operands = std::move(fewer);
  }
  return std::move(part.operands.front());
}

Part joined(Part first, Part second, StepKind kind) {
  Part made;
  made.kind = kind;
  for (Part* part : {&first, &second}) {
    if (part->kind != kind && part->operands.size() > 1) {
      made.operands.push_back(closed(std::move(*part)));
    } else {
      std::ranges::move(part->operands, std::back_inserter(made.operands));
    }
  }
  return made;
}

}  // namespace

ConditionSql sql_of(const RowCondition& condition) {
  // Each with its opposite, so that there is no NOT around anything but facts.
  std::vector<std::pair<Part, Part>> stack;
  const auto single = [](ConditionSql sql) {
    Part part;
    part.operands.push_back({std::move(sql), 1});
    return part;
  };
  for (const auto& step : condition.steps) {
    if (step.kind == StepKind::Fact) {
      ConditionSql sql;
      sql.text = Writer(sql).fact(condition.facts[step.fact]);
      ConditionSql opposite = sql;
      opposite.text = "NOT (" + sql.text + ")";
      stack.emplace_back(single(std::move(sql)), single(std::move(opposite)));
    } else if (step.kind == StepKind::Constant) {
      stack.emplace_back(single({step.constant ? "1" : "0", {}, false}),
                         single({step.constant ? "0" : "1", {}, false}));
    } else if (step.kind == StepKind::Not) {
      std::swap(stack.back().first, stack.back().second);
    } else {
      auto [yes, no] = std::move(stack.back());
      stack.pop_back();
      auto& [first, opposite] = stack.back();
      const bool both = step.kind == StepKind::And;
      first = joined(std::move(first), std::move(yes), step.kind);
      opposite = joined(std::move(opposite), std::move(no), both ? StepKind::Or : StepKind::And);
    }
  }
  return stack.empty() ? ConditionSql{"1", {}, false} : closed(std::move(stack.back().first)).sql;
}

namespace {

using Facts = std::optional<Cover>;

// More than rules that somebody wrote ask for; what is beyond is looked at row by row.
constexpr std::size_t kMostCovers = 16;

bool is_indexed(const RowFact& fact, Lead lead) {
  switch (fact.kind) {
    case RowFact::Kind::Edge:
      // Rows with any edge are found by looking at each for one; still less than what the containers of each have.
      return !fact.others.empty() || lead == Lead::Rows;
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

/// The rows that bear one of a fact's labels, and those that bear a glossary term which brings one along. There are
/// fewer terms than rows with a label, so it is the terms that are looked through.
void add_labelled(const RowFact& fact, ConditionSql& out) {
  add_select("SELECT u.rid FROM tag_usage u WHERE u.path = '' AND u.tag_rid IN (SELECT value FROM json_each(?))", out);
  add_select(
      "SELECT u.rid FROM entity t CROSS JOIN tag_usage b ON b.rid = t.rid AND b.path = '' AND b.source <> 'Glossary'"
      " AND b.tag_rid IN (SELECT value FROM json_each(?)) CROSS JOIN tag_usage u ON u.tag_rid = t.rid AND u.path = ''"
      " WHERE t.type = 'glossaryTerm'",
      out);
  out.parameters.insert(out.parameters.end(), 2, json_list(fact.others));
}

/// The rows at the other ends of edges to a fact's others.
void add_edges(const RowFact& fact, ConditionSql& out) {
  const std::string self = fact.outgoing ? "r.from_rid" : "r.to_rid", other = fact.outgoing ? "r.to_rid" : "r.from_rid";
  add_select(
      "SELECT " + self + " FROM relation r WHERE " + other + " IN (SELECT value FROM json_each(?)) AND r.kind = ?",
      out);
  out.parameters.push_back(json_list(fact.others));
  out.parameters.push_back(fact.name);
}

/// The rows of the type that have an edge, and those below containers that have one: all of them have it.
void add_any(const RowFact& fact, std::string_view type, ConditionSql& out) {
  const std::string self = fact.outgoing ? "r.from_rid" : "r.to_rid";
  const std::string has = "EXISTS (SELECT 1 FROM relation r WHERE " + self + " = ";
  add_select("SELECT o.rid FROM entity o WHERE o.type = ? AND " + has + "o.rid AND r.kind = ?)", out);
  out.parameters.emplace_back(type);
  out.parameters.push_back(fact.name);
  if (fact.holders.empty()) return;
  std::vector<std::string> holders;
  for (const RowFact::Holder& holder : fact.holders) holders.push_back(holder.type);
  add_select(
      "SELECT h.rid FROM json_each(?) k CROSS JOIN entity c ON c.type = k.value CROSS JOIN entity h ON h.type = "
      "? AND h.fqn_key > c.fqn_key || char(31) AND h.fqn_key < c.fqn_key || char(32) AND h.tree = c.tree WHERE " +
          has + "c.rid AND r.kind = ?)",
      out);
  out.parameters.push_back(json_list(std::span<const std::string>(holders)));
  out.parameters.emplace_back(type);
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

Covers covers_of(const RowCondition& condition, Lead lead) {
  std::vector<Covers> stack;
  for (const auto& step : condition.steps) {
    using Kind = RowCondition::Step::Kind;
    switch (step.kind) {
      case Kind::Fact: {
        const bool indexed = is_indexed(condition.facts[step.fact], lead);
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
    if (fact.kind == RowFact::Kind::Edge && fact.others.empty()) {
      add_any(fact, type, direct);
    } else if (fact.kind == RowFact::Kind::Edge) {
      add_edges(fact, direct);
    } else if (fact.kind == RowFact::Kind::Label) {
      add_labelled(fact, direct);
    } else {
      add_select("SELECT value FROM json_each(?)", direct);
      direct.parameters.push_back(json_list(fact.others));
    }
  }
  // One in a container may have some of its own instead.
  for (const std::size_t at : cover.facts) {
    const RowFact& fact = condition.facts[at];
    if (!fact.holders.empty() && !fact.others.empty()) add_below(fact, type, rows.possible);
  }
  return rows;
}

RowCondition negated(const RowCondition& condition) {
  RowCondition opposite = condition;
  auto& steps = opposite.steps;
  if (!steps.empty() && steps.back().kind == StepKind::Not) {
    steps.pop_back();
  } else {
    steps.push_back({StepKind::Not});
  }
  return opposite;
}

}  // namespace metadata::store::sqlite
