#include "metadata/search.h"

#include "json/write.h"
#include "search/fields.h"
#include "search/parts.h"
#include "search/run.h"
#include "search/source.h"

namespace metadata {
namespace {

using search::Clause;
using search::Run;

}  // namespace

Result<SearchHits> Search::query(const SearchQuery& query) const {
  Run run(*parts_, query);
  MD_OK(run.read());
  return run.hits();
}

Result<SearchHits> Search::field_query(const SearchQuery& query, std::string_view field,
                                       std::string_view pattern) const {
  if (field.empty()) return invalid_argument("a field is needed", "fieldName");
  constexpr std::size_t kValueBytes = 4096;  // an FQN has 3,072 characters at most
  const std::size_t most = search::has_wildcard(pattern) ? parts_->limits.text_bytes : kValueBytes;
  if (pattern.size() > most)
    return invalid_argument("the value is longer than " + std::to_string(most) + " bytes", "fieldValue");
  Clause clause;
  clause.kind = search::has_wildcard(pattern) ? Clause::Kind::Wildcard : Clause::Kind::Value;
  clause.fields.emplace_back(field);
  clause.text = pattern;
  if (clause.kind == Clause::Kind::Value) clause.values.push_back(search::literal_prefix(pattern));
  Run run(*parts_, query);
  MD_OK(run.read({std::move(clause)}));
  return run.hits();
}

Result<std::string> Search::document(const SearchQuery& query, EntityId id) const {
  MD_LET(types, search::types_of_indexes(parts_->layouts.registry(), query.indexes));
  MD_LET(reader, parts_->store.snapshot(query.interrupt));
  const std::vector<EntityId> ids = {id};
  MD_LET(sources, search::compose_sources(*reader, parts_->layouts, query.as, ids, search::SourceFilter(query), true));
  for (const auto& source : sources) {
    for (const auto* type : types) {
      if (type == source.type) return json::write(source.document);
    }
  }
  return not_found("there is no document " + id.text() + " in the index");
}

Result<Facet> Search::aggregate(const SearchQuery& query, std::string_view field, std::string_view containing) const {
  if (field.empty()) return invalid_argument("a field is needed", "field");
  Run run(*parts_, query);
  MD_OK(run.read());
  return run.aggregate(field, containing);
}

Result<SearchMatches> Search::matching(const SearchQuery& query, std::span<const EntityId> ids) const {
  if (ids.size() > parts_->limits.exact_matches)
    return invalid_argument("at most " + std::to_string(parts_->limits.exact_matches) + " entities at once", "ids");
  Run run(*parts_, query);
  MD_OK(run.read());
  return run.matching(ids);
}

Result<SearchHits> Search::suggest(const SearchQuery& query) const {
  if (query.text.find_first_not_of(" \t") == std::string::npos) return SearchHits{};
  SearchQuery names = query;
  names.text.clear();
  Run run(*parts_, names);
  MD_OK(run.read());
  MD_OK(run.begin_with(query.text));
  return run.hits();
}

}  // namespace metadata
