#include "entity/slice.h"

#include <memory>

#include "store/row_condition.h"
#include "view/computed.h"

namespace metadata::entity {

void narrow(store::ListQuery& query, store::RowFact fact) {
  using Kind = store::RowCondition::Step::Kind;
  store::RowCondition all = query.condition == nullptr ? store::RowCondition() : *query.condition;
  const bool first = all.steps.empty();
  all.steps.push_back({Kind::Fact, all.facts.size(), false});
  all.facts.push_back(std::move(fact));
  if (!first) all.steps.push_back({Kind::And});
  query.condition = std::make_shared<const store::RowCondition>(std::move(all));
}

Result<Page> slice(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                   const store::Survey& query, const ListOptions& options) {
  MD_LET(asked, view::Asked::parse(*layout.type, options.fields));
  MD_LET(found, reader.survey(query));
  Page page;
  page.total = found.total;
  std::vector<store::Rid> rids;
  for (const auto& row : found.rows) rids.push_back(row.rid);
  if (rids.empty()) return page;
  MD_LET(rows, reader.find_rows(rids));
  MD_LET(entities, compose_rows(context, reader, layout, rows, asked, options));
  page.entities = std::move(entities);
  return page;
}

}  // namespace metadata::entity
