#include "search/plan.h"

#include <algorithm>
#include <utility>

#include "search/ranking.h"
#include "search/terms.h"
#include "search/vocabulary.h"
#include "search/word_source.h"

namespace metadata::search {
namespace {

using Kind = Clause::Kind;
using Queries = std::vector<Xapian::Query>;

constexpr double kMaxBoost = 1000;
constexpr std::size_t kMaxChoices = 256;  // ways to choose minimum_should_match of the clauses

Xapian::Query joined(Xapian::Query::op how, const Queries& queries) {
  if (queries.empty()) return Xapian::Query::MatchNothing;
  if (queries.size() == 1) return queries.front();
  return Xapian::Query(how, queries.begin(), queries.end());
}

Xapian::Query joined(Xapian::Query::op how, const std::vector<Planned>& planned) {
  Queries queries;
  for (const Planned& one : planned) queries.push_back(one.query);
  return joined(how, queries);
}

Xapian::Query unscored(const Xapian::Query& query) { return Xapian::Query(Xapian::Query::OP_SCALE_WEIGHT, query, 0); }

/// A clause with children, and what has become of those that are planned.
struct Frame {
  const Clause* clause;
  std::size_t next = 0;  ///< child
  std::vector<Planned> must = {}, should = {}, must_not = {}, filter = {};

  std::size_t children() const {
    return clause->must.size() + clause->should.size() + clause->must_not.size() + clause->filter.size();
  }
  // The child at a place in the order must, should, must_not, filter, and where its query goes.
  std::pair<const Clause*, std::vector<Planned>*> child(std::size_t at) {
    for (const auto& [list, into] : {std::pair{&clause->must, &must},
                                     {&clause->should, &should},
                                     {&clause->must_not, &must_not},
                                     {&clause->filter, &filter}}) {
      if (at < list->size()) return {&(*list)[at], into};
      at -= list->size();
    }
    return {nullptr, nullptr};
  }
};

bool has_children(const Clause& clause) { return clause.kind == Kind::Bool || clause.kind == Kind::Scored; }

// Documents that match at least so many of the queries.
Result<Planned> at_least(const std::vector<Planned>& queries, std::size_t least) {
  if (least > queries.size()) return Planned{};
  if (least <= 1) return any_of(queries);
  if (least == queries.size()) return Planned{joined(Xapian::Query::OP_AND, queries), {}};
  Queries ways;
  std::vector<bool> chosen(queries.size());
  std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(least), true);
  do {
    Queries all;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (chosen[i]) all.push_back(queries[i].query);
    }
    ways.push_back(unscored(joined(Xapian::Query::OP_AND, all)));
    if (ways.size() > kMaxChoices)
      return invalid_argument("minimum_should_match: " + std::to_string(least) + " of " +
                              std::to_string(queries.size()) + " clauses are too many combinations");
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  const Xapian::Query any = joined(Xapian::Query::OP_OR, ways);
  return Planned{Xapian::Query(Xapian::Query::OP_AND, any_of(queries).query, any), {}};
}

Result<Planned> finish(Frame& frame) {
  const Clause& clause = *frame.clause;
  // The words within have the boost in their own weights.
  if (clause.kind == Kind::Scored && frame.must.size() == 1) return std::move(frame.must.front());
  if (clause.kind == Kind::Scored) return Planned{joined(Xapian::Query::OP_AND, frame.must), {}};
  const bool needed = !frame.must.empty() || !frame.filter.empty();
  std::size_t least = clause.minimum_should_match;
  if (least == 0 && !needed && !frame.should.empty()) least = 1;
  if (!needed && least > 0 && frame.must_not.empty()) return at_least(frame.should, least);
  if (frame.must.size() == 1 && frame.should.empty() && frame.filter.empty() && frame.must_not.empty())
    return std::move(frame.must.front());
  Xapian::Query query;
  if (!frame.must.empty()) query = joined(Xapian::Query::OP_AND, frame.must);
  if (!frame.filter.empty()) {
    const Xapian::Query filter = joined(Xapian::Query::OP_AND, frame.filter);
    query = frame.must.empty() ? unscored(filter) : Xapian::Query(Xapian::Query::OP_FILTER, query, filter);
  }
  if (!frame.should.empty() && least > 0) {
    MD_LET(some, at_least(frame.should, least));
    query = needed ? Xapian::Query(Xapian::Query::OP_AND, query, some.query) : some.query;
  } else if (!frame.should.empty()) {
    query = Xapian::Query(Xapian::Query::OP_AND_MAYBE, query, any_of(frame.should).query);
  } else if (!needed) {
    query = match_all();
  }
  if (!frame.must_not.empty())
    query = Xapian::Query(Xapian::Query::OP_AND_NOT, query, joined(Xapian::Query::OP_OR, frame.must_not));
  return Planned{query, {}};
}

// One of the ways to match a whole value, in each of the fields.
template <class Plan>
Result<Planned> in_any_field(const Clause& clause, Plan plan_field) {
  Queries queries;
  for (const std::string& field : clause.fields) {
    MD_LET(query, plan_field(field));
    queries.push_back(std::move(query));
  }
  return Planned{unscored(joined(Xapian::Query::OP_OR, queries)), {}};
}

// Words in fields: those that words are looked for in, and others, whose whole value they have to be.
Result<Planned> plan_words(Planning& planning, const Clause& clause) {
  Clause text = clause;
  std::erase_if(text.fields, [&](const std::string& field) { return !is_text_field(planning, field); });
  std::vector<Planned> queries;
  if (clause.fields.empty() || !text.fields.empty()) {
    MD_LET(query, plan_text(planning, text));
    queries.push_back(std::move(query));
  }
  for (const std::string& field : clause.fields) {
    if (is_text_field(planning, field)) continue;
    const bool prefix = clause.kind == Kind::Prefix;
    auto query =
        prefix ? plan_wildcard(planning, field, clause.text + "*") : plan_value(planning, field, {clause.text});
    if (!query.ok()) return query.error();
    queries.push_back({unscored(*query), {}});
  }
  return any_of(std::move(queries));
}

Result<Planned> plan_leaf(Planning& planning, const Clause& clause);

// What is said of a whole clause holds for those within it.
Result<Planned> plan_leaf(Planning& planning, const Clause& clause, const std::vector<Frame>& within) {
  planning.boost = 1;
  for (const Frame& frame : within) {
    if (frame.clause->kind == Kind::Scored) planning.boost *= std::clamp(frame.clause->boost, 0.0, kMaxBoost);
  }
  const bool fuzzy = std::ranges::any_of(within, [](const Frame& frame) { return frame.clause->fuzzy; });
  if (!fuzzy || clause.fuzzy) return plan_leaf(planning, clause);
  Clause same = clause;
  same.fuzzy = true;
  return plan_leaf(planning, same);
}

Result<Planned> plan_leaf(Planning& planning, const Clause& clause) {
  switch (clause.kind) {
    case Kind::None:
      return Planned{};
    case Kind::Words:
    case Kind::Phrase:
    case Kind::Prefix:
      return plan_words(planning, clause);
    case Kind::Wildcard:
      if (clause.fields.empty()) return plan_text(planning, clause);
      return in_any_field(clause,
                          [&](const std::string& field) { return plan_wildcard(planning, field, clause.text); });
    case Kind::Value:
      return in_any_field(clause, [&](const std::string& field) { return plan_value(planning, field, clause.values); });
    case Kind::Exists:
      return in_any_field(clause, [&](const std::string& field) { return plan_exists(planning, field); });
    case Kind::Range:
      return in_any_field(
          clause, [&](const std::string& field) { return plan_range(planning, field, clause.low, clause.high); });
    case Kind::All:
    case Kind::Bool:
    case Kind::Scored:
      break;
  }
  return Planned{match_all(), {}};
}

std::size_t count_words(const Clause& root) {
  std::size_t words = 0;
  std::vector<const Clause*> open{&root};
  while (!open.empty()) {
    const Clause& clause = *open.back();
    open.pop_back();
    if (clause.kind == Kind::Words) words += units_of(clause.text).size();
    if (clause.kind == Kind::Phrase || clause.kind == Kind::Prefix || clause.kind == Kind::Wildcard) ++words;
    for (const auto* list : {&clause.must, &clause.should}) {
      for (const Clause& child : *list) open.push_back(&child);
    }
  }
  return words;
}

// What says how important something is raises it among equally good hits: tiers so far; usage belongs here too.
Result<Xapian::Query> raised(Planning& planning, const Xapian::Query& query) {
  constexpr std::size_t kTiers = 5;
  std::vector<store::TypedKey> keys;
  for (std::size_t tier = 1; tier <= kTiers; ++tier) {
    keys.push_back({"tag", std::string("Tier") + store::kKeySeparator + "Tier" + std::to_string(tier)});
  }
  MD_LET(tags, planning.reader.refs_by_key(keys));
  Places raises(planning.database);
  for (const store::RefRow& tag : tags) {
    const auto at = std::ranges::find(keys, tag.fqn_key, &store::TypedKey::fqn_key) - keys.begin();
    const double raise = kMostRaised * static_cast<double>(kTiers - static_cast<std::size_t>(at)) / kTiers;
    raises.add(terms::of_id(terms::kOwnTag, tag.id), raise);
  }
  return raises.raise(query);
}

}  // namespace

Result<Xapian::Query> plan(Planning& planning, const Clause& clause) {
  planning.words = count_words(clause);
  Planned result;
  std::vector<Frame> open;
  const Clause* next = &clause;
  while (true) {
    if (next != nullptr && has_children(*next)) {
      open.push_back({next});
    } else if (next != nullptr) {
      MD_LET(query, plan_leaf(planning, *next, open));
      result = std::move(query);
    }
    // Hand the result up, and go on with the next child of the innermost clause that has one.
    if (next == nullptr || !has_children(*next)) {
      if (open.empty()) break;
      Frame& frame = open.back();
      frame.child(frame.next++).second->push_back(result);
    }
    Frame& frame = open.back();
    if (frame.next < frame.children()) {
      next = frame.child(frame.next).first;
      continue;
    }
    MD_LET(query, finish(frame));
    result = std::move(query);
    open.pop_back();
    next = nullptr;
    if (open.empty()) break;
  }
  return planning.words > 0 ? raised(planning, result.query) : Result<Xapian::Query>(result.query);
}

}  // namespace metadata::search
