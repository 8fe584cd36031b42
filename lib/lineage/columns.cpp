#include "lineage/columns.h"

#include <algorithm>

#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"

namespace metadata::lineage {
namespace {

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lowered;
}

Error unknown(std::string_view said) {
  return invalid_argument("Invalid column name " + json::quoted_excerpt(said), "columnsLineage");
}

}  // namespace

std::string column_fqn(std::string_view stored, std::string_view entity_fqn) {
  if (!stored.starts_with('.')) return std::string(stored);
  return std::string(entity_fqn).append(stored);
}

Result<Columns> Columns::of(const Context& context, store::Reader& reader, const store::StoredEntity& stored) {
  Columns columns;
  columns.entity_fqn_ = model::fqn_of_key(stored.row.fqn_key);
  json::Document document;
  MD_OK(json::parse_trusted(stored.body.document, document));
  auto items = model::nested_fqns(document);
  std::sort(items.begin(), items.end());
  for (const std::string_view fqn : items) {
    if (!fqn.starts_with(columns.entity_fqn_ + ".")) continue;
    columns.stored_.emplace_back(fqn.substr(columns.entity_fqn_.size()));
    columns.lowered_.push_back(lower(fqn));
  }
  // Parts that are entities of their own: a dashboard's charts.
  const model::EntityType* type = context.layouts.registry().type(stored.row.type);
  if (type == nullptr) return columns;
  std::vector<std::string> kinds;
  for (const model::Field* field : context.layouts.of(*type).relations) {
    if (field->relation.outgoing && field->relation.many && !field->relation.inherited)
      kinds.push_back(field->relation.kind);
  }
  if (kinds.empty()) return columns;
  MD_LET(parts, reader.relations(std::span(&stored.row.rid, 1), store::Direction::From, kinds));
  for (const auto& part : parts) {
    columns.stored_.push_back(model::fqn_of_key(part.other.fqn_key));
    columns.lowered_.push_back(lower(columns.stored_.back()));
  }
  return columns;
}

Result<std::string> Columns::resolve(std::string_view said) const {
  const std::string wanted = lower(said);
  for (std::size_t i = 0; i < stored_.size(); ++i) {
    if (column_fqn(stored_[i], entity_fqn_) == said) return stored_[i];
  }
  for (std::size_t i = 0; i < stored_.size(); ++i) {
    if (lowered_[i] == wanted) return stored_[i];
  }
  auto parts = fqn::split(wanted);
  if (!parts.ok()) return unknown(said);
  // The longest tail first: "x.address.city" is the column city within address where there is one.
  for (std::size_t from = 0; from < parts->size(); ++from) {
    const auto tail = fqn::join({parts->begin() + static_cast<std::ptrdiff_t>(from), parts->end()});
    if (!tail.ok()) return unknown(said);
    for (std::size_t i = 0; i < stored_.size(); ++i) {
      if (!stored_[i].starts_with('.') || lower(std::string_view(stored_[i]).substr(1)) != *tail) continue;
      // A name as long as the column's own is the whole name of another column.
      const auto whole = fqn::split(lowered_[i]);
      if (whole.ok() && parts->size() < whole->size()) return stored_[i];
    }
  }
  return unknown(said);
}

}  // namespace metadata::lineage
