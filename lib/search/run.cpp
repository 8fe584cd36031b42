#include "search/run.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/interrupt.h"
#include "json/write.h"
#include "search/counting.h"
#include "search/fields.h"
#include "search/highlight.h"
#include "search/named.h"
#include "search/source.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using Xapian::Query;
using Clock = std::chrono::steady_clock;

Error within_page(const SearchQuery& query, const SearchLimits& limits) {
  if (query.size > limits.page) return invalid_argument("size must be at most " + std::to_string(limits.page), "size");
  if (query.from > limits.window || query.from + query.size > limits.window) {
    return invalid_argument("from + size must be at most " + std::to_string(limits.window) +
                                ": go on with search_after, or narrow the search",
                            "from");
  }
  return {};
}

/// The same failure, said of a parameter.
Error of_parameter(const std::string& name, const Error& error) {
  if (error.ok()) return {};
  return Error(error.code(), name + ": " + std::string(error.message()), name);
}

bool is_all(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos || text == "*";
}

bool includes(const std::optional<Include>& include, bool deleted) {
  if (!include || *include == Include::All) return true;
  return deleted == (*include == Include::Deleted);
}

/// Every indexed type: then nothing need be said of types.
bool are_all(const std::vector<const model::EntityType*>& types, const model::Registry& registry) {
  const auto indexed = std::count_if(registry.types().begin(), registry.types().end(),
                                     [](const auto& type) { return static_cast<bool>(type->search); });
  return types.size() == static_cast<std::size_t>(indexed);
}

}  // namespace

Error Run::read(std::vector<Clause> more) {
  const SearchLimits& limits = parts_.limits;
  MD_OK(within_page(query_, limits));
  MD_LET(types, types_of_indexes(parts_.layouts.registry(), query_.indexes));
  types_ = std::move(types);
  clause_.kind = Clause::Kind::Bool;
  if (!is_all(query_.text)) {
    auto text = parse_text(query_.text, limits);
    if (!text.ok()) return of_parameter("q", text.error());
    text->fuzzy = text->fuzzy || query_.fuzzy;
    clause_.must.push_back(*std::move(text));
  }
  if (!query_.filters.empty()) {
    auto filters = parse_filters(query_.filters, limits);
    if (!filters.ok()) return filters.error();
    clause_.filter.push_back(*std::move(filters));
  }
  if (!query_.query_filter.empty()) {
    auto filter = parse_body(query_.query_filter, limits);
    if (!filter.ok()) return of_parameter("query_filter", filter.error());
    // Without words of its own, a search is ranked by those of the body.
    (clause_.must.empty() ? clause_.must : clause_.filter).push_back(*std::move(filter));
  }
  for (Clause& clause : more) clause_.must.push_back(std::move(clause));
  if (query_.post_filter.empty()) return {};
  auto post = parse_body(query_.post_filter, limits);
  if (!post.ok()) return of_parameter("post_filter", post.error());
  post_ = *std::move(post);
  return {};
}

Error Run::begin_with(std::string_view text) {
  if (text.size() > parts_.limits.text_bytes) {
    return invalid_argument("q: the text is longer than " + std::to_string(parts_.limits.text_bytes) + " bytes", "q");
  }
  beginning_ = text;
  return {};
}

Error Run::with_index(const Body& body) {
  const Seq wanted = query_.at_least > 0 ? query_.at_least : parts_.store.last_seq();
  MD_LET(standing, parts_.index->wait_for(wanted, parts_.limits.wait, query_.interrupt));
  seq_ = standing.seq;
  complete_ = standing.complete;
  interrupt_ = query_.interrupt;
  interrupt_.deadline = std::min(interrupt_.deadline, Clock::now() + parts_.limits.deadline);
  return parts_.index->read([&](const Xapian::Database& database) -> Error {
    MD_LET(reader, parts_.store.snapshot(interrupt_));
    Planning planning{*reader, parts_.layouts, database, parts_.limits, types_, query_.as, {}, interrupt_};
    try {
      MD_LET(visible, visible_to(planning));
      planning.visible = std::move(visible);
      MD_LET(query, whole_query(planning));
      return body(planning, query);
    } catch (const TookTooLong&) {
      return base::why(interrupt_);
    }
  });
}

Query Run::filtered(Planning& planning, const Query& query) const {
  std::vector<Query> filters;
  if (!are_all(types_, parts_.layouts.registry())) filters.push_back(of_types(types_));
  const std::string deleted = terms::of_text(terms::kState, "1");
  if (query_.include == Include::Deleted) filters.emplace_back(deleted);
  if (query_.include == Include::Live && planning.database.term_exists(deleted))
    filters.emplace_back(terms::of_text(terms::kState, "0"));
  if (!sees_all(planning)) filters.push_back(planning.visible);
  if (filters.empty()) return query;
  const Query all(Query::OP_AND, filters.begin(), filters.end());
  return Query(Query::OP_FILTER, query, all);
}

Result<Query> Run::asked(Planning& planning) const {
  const bool everything = clause_.must.empty() && clause_.filter.empty();
  if (beginning_.empty()) return everything ? Result<Query>(match_all()) : plan(planning, clause_);
  MD_LET(names, plan_suggest(planning, beginning_));
  if (everything) return names;
  MD_LET(rest, plan(planning, clause_));
  return Query(Query::OP_FILTER, names, rest);
}

Result<Query> Run::whole_query(Planning& planning) const {
  MD_LET(query, asked(planning));
  return filtered(planning, query);
}

/// Counts of a query that asks for everything: the index has them.
void Run::count_types(Planning& planning, const std::vector<FacetField>& fields, std::vector<Facet>& facets) const {
  const bool everything = beginning_.empty() && clause_.must.empty() && clause_.filter.empty();
  const bool all_states =
      !query_.include || *query_.include == Include::All ||
      (*query_.include == Include::Live && planning.database.get_termfreq(terms::of_text(terms::kState, "1")) == 0);
  if (!everything || !all_states || !sees_all(planning)) return;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].kind != FacetField::Kind::Type) continue;
    facets[i].exact = true;
    facets[i].counts.clear();
    for (const auto* type : types_) {
      const auto found = planning.database.get_termfreq(terms::of_text(terms::kType, type->name));
      if (found > 0) facets[i].counts.push_back({type->name, static_cast<std::int64_t>(found)});
    }
    std::sort(facets[i].counts.begin(), facets[i].counts.end(), [](const FacetCount& a, const FacetCount& b) {
      return a.count != b.count ? a.count > b.count : a.value < b.value;
    });
    if (facets[i].counts.size() > query_.facet_size) facets[i].counts.resize(query_.facet_size);
  }
}

Error Run::count(Planning& planning, const Query& query, SearchHits& hits) const {
  std::vector<FacetField> fields;
  for (const std::string& facet : query_.facets) {
    MD_LET(field, facet_field(planning, facet));
    fields.push_back(std::move(field));
  }
  const std::size_t most = planning.limits.exact_matches;
  Matches matches = count_matches(planning.database, query, most, planning.interrupt, nullptr);
  if (!fields.empty()) {
    // The first of too many would be the oldest ones; some from everywhere stand for all. How many there are may be a
    // guess, so that it may take another try with fewer of them. Half as many as are counted exactly are enough.
    const bool few = matches.exact && matches.found <= static_cast<std::int64_t>(most);
    const auto size = static_cast<std::int64_t>(most / 2);
    const std::int64_t about = std::max(matches.found, matches.estimated);
    auto step = static_cast<Xapian::docid>(
        few ? 1 : std::max<std::int64_t>(2, (about + size - 1) / std::max<std::int64_t>(size, 1)));
    std::vector<Facet> facets;
    for (int tries = 0; tries < 4; ++tries, step *= 4) {
      const std::size_t counted = few ? most : 4 * most;
      EveryNth some(step);
      FacetSpy spy(planning, fields, counted);
      const Query among = few ? query : Query(Query::OP_FILTER, query, Query(&some));
      const Matches seen = count_matches(planning.database, among, counted, planning.interrupt, &spy);
      const bool too_many = seen.found > static_cast<std::int64_t>(counted);
      if (too_many && tries < 3) continue;
      // Of a number that is known the shares are right, and otherwise what the step says.
      const std::int64_t total = matches.exact ? matches.found : spy.counted() * static_cast<std::int64_t>(step);
      MD_LET(made, spy.facets(planning, query_.facet_size, std::max(spy.counted(), total)));
      facets = std::move(made);
      break;
    }
    count_types(planning, fields, facets);
    hits.facets = std::move(facets);
  }
  if (!query_.post_filter.empty()) {
    MD_LET(post, plan(planning, post_));
    const Query filtered_once_more(Query::OP_FILTER, query, post);
    matches = count_matches(planning.database, filtered_once_more, most, planning.interrupt, nullptr);
  }
  hits.total = matches.found;
  hits.total_exact = matches.exact;
  return {};
}

Error Run::compose(Planning& planning, std::vector<Row> rows, SearchHits& hits) const {
  std::vector<EntityId> ids;
  for (const Row& row : rows) ids.push_back(row.id);
  const SourceFilter filter(query_);
  const SourceFilter everything({}, {});  // what is marked may stand in members that are not shown
  MD_LET(sources, compose_sources(planning.reader, planning.layouts, planning.as, ids,
                                  query_.highlight ? everything : filter, query_.source || query_.highlight));
  const Highlighter highlighter(clause_);
  auto source = sources.begin();
  for (Row& row : rows) {
    if (source == sources.end()) break;
    if (source->row.id != row.id) continue;  // gone since it was indexed
    SearchHit hit;
    hit.index = source->type->search.index;
    hit.type = source->type->name;
    hit.id = row.id;
    hit.score = row.score;
    hit.sort = std::move(row.sort);
    if (query_.highlight) {
      hit.highlights = highlighter.of(*source->type, source->document);
      filter.apply(source->document);
    }
    if (query_.source) hit.source = json::write(source->document);
    // What was deleted or restored since it was indexed is not what was asked for.
    if (includes(query_.include, source->row.deleted)) hits.hits.push_back(std::move(hit));
    ++source;
  }
  return {};
}

Error Run::answer(Planning& planning, const Query& query, SearchHits& hits) const {
  MD_LET(order, read_order(query_, planning));
  MD_OK(count(planning, query, hits));
  // The index's words are everybody's: who does not see all of it gets none of them.
  if (!is_all(query_.text) && sees_all(planning)) hits.suggestion = suggestion(planning, query_.text);
  Query wanted = query;
  if (!query_.post_filter.empty()) {
    MD_LET(post, plan(planning, post_));
    wanted = Query(Query::OP_FILTER, query, post);
  }
  MD_LET(rows, ordered(planning, wanted, order, query_.from, query_.size));
  for (const Row& row : rows) hits.max_score = std::max(hits.max_score, row.score);
  return compose(planning, std::move(rows), hits);
}

Result<SearchMatches> Run::matching(std::span<const EntityId> ids) {
  SearchMatches answer;
  MD_OK(with_index([&](Planning& planning, const Query& query) -> Error {
    answer.matched.assign(ids.size(), false);
    if (ids.empty()) return {};
    std::vector<Query> wanted;
    for (const EntityId& id : ids) wanted.emplace_back(terms::of_id(terms::kId, id));
    const Query any(Query::OP_OR, wanted.begin(), wanted.end());
    MD_LET(rows, ordered(planning, Query(Query::OP_FILTER, any, query), Order{}, 0, ids.size()));
    std::set<EntityId> found;
    for (const Row& row : rows) found.insert(row.id);
    for (std::size_t i = 0; i < ids.size(); ++i) answer.matched[i] = found.contains(ids[i]);
    return {};
  }));
  answer.seq = seq_;
  answer.complete = complete_;
  return answer;
}

Result<SearchHits> Run::hits() {
  SearchHits hits;
  MD_OK(with_index([&](Planning& planning, const Query& query) {
    hits = {};
    return answer(planning, query, hits);
  }));
  hits.seq = seq_;
  hits.complete = complete_;
  return hits;
}

}  // namespace metadata::search
