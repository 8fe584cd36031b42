#include "entity/mask.h"

#include <algorithm>
#include <vector>

#include "entity/among.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"
#include "view/items.h"

namespace metadata::entity {
namespace {

constexpr std::string_view kMasked = "********";
constexpr std::string_view kMaskedName = " [MASKED]";

/// A sample with columns: the names and values of those that bear the label.
void mask_columns(const model::Series& series, const std::set<std::string>& paths, json::Document& sample) {
  json::Value* columns = json::find(sample, series.columns);
  if (columns == nullptr || !columns->IsArray()) return;
  auto& memory = sample.GetAllocator();
  std::vector<json::SizeType> hidden;
  for (json::SizeType i = 0; i < columns->Size(); ++i) {
    const std::string name(json::view((*columns)[i]));
    if (!paths.contains(series.of + model::kKeySeparator + view::folded(name))) continue;
    (*columns)[i] = json::make_string(name + std::string(kMaskedName), memory);
    hidden.push_back(i);
  }
  json::Value* rows = json::find(sample, series.rows);
  if (rows == nullptr || !rows->IsArray()) return;
  for (json::Value& row : rows->GetArray()) {
    for (const json::SizeType i : hidden) {
      if (row.IsArray() && i < row.Size()) row[i] = json::make_string(kMasked, memory);
    }
  }
}

/// A sample whose parts are not told apart: all of it, when anything bears the label.
void mask_rows(const model::Series& series, const std::set<std::string>& paths, json::Document& sample) {
  json::Value* rows = json::find(sample, series.rows);
  if (rows == nullptr || !rows->IsArray() || paths.empty()) return;
  for (json::Value& row : rows->GetArray()) row = json::make_string(kMasked, sample.GetAllocator());
}

Error mask_sample(const model::Series& series, const std::set<std::string>& paths, std::string& text) {
  if (paths.empty()) return {};
  json::Document sample;
  MD_OK(json::parse_trusted(text, sample));
  if (series.columns.empty()) {
    mask_rows(series, paths, sample);
  } else {
    mask_columns(series, paths, sample);
  }
  text = json::write(sample);
  return {};
}

bool is_person(const Principal& as) { return as.kind == Principal::Kind::User; }

/// What of this entity is shown from series with a label that is sensitive.
Error mask_one(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
               const store::StoredEntity& stored, const Principal& as, view::Surroundings& around) {
  const store::Rid rid = stored.row.rid;
  for (const model::Series& series : layout.type->series) {
    if (series.sensitive.empty()) continue;
    std::vector<std::string*> samples;
    for (const model::Field* field : layout.computed) {
      if (layout.type->series_of(*field) != &series) continue;
      const auto shown = around.computed.find({rid, field->name});
      if (shown != around.computed.end()) samples.push_back(&shown->second);
    }
    const auto items = series.shown_in.empty() ? around.item_values.end() : around.item_values.find(rid);
    if (samples.empty() && items == around.item_values.end()) continue;
    MD_LET(paths, labelled(reader, rid, series.sensitive));
    if (paths.empty()) continue;
    MD_LET(open, sees_sensitive(context, reader, layout, stored, as));
    if (open) return {};
    for (std::string* sample : samples) MD_OK(mask_sample(series, paths, *sample));
    if (items == around.item_values.end()) continue;
    for (auto& [path, text] : items->second) {
      if (paths.contains(path)) text = masked_value(series, text);
    }
  }
  return {};
}

}  // namespace

Result<std::set<std::string>> labelled(store::Reader& reader, store::Rid entity, std::string_view label) {
  MD_LET(rows, reader.tags(std::span(&entity, 1)));
  std::set<std::string> paths;
  for (const auto& row : rows) {
    if (model::fqn_of_key(row.tag.fqn_key) == label) paths.insert(row.usage.path);
  }
  return paths;
}

Result<bool> sees_sensitive(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                            const store::StoredEntity& stored, const Principal& as) {
  if (!is_person(as)) return true;
  const model::Field* owners = layout.shape.owners;
  if (owners == nullptr || as.id.empty()) return false;
  MD_LET(asked, view::Asked::parse(*layout.type, owners->name));
  MD_LET(around,
         view::Surroundings::fetch(reader, context.layouts, layout, std::span(&stored, 1), asked, context.limits, 0));
  return is_among(reader, effective_edges(around, stored.row, layout, *owners), as.id);
}

std::string masked_value(const model::Series& series, std::string_view text) {
  json::Document value, left;
  left.SetObject();
  if (!json::parse_trusted(text, value).ok()) return "{}";
  for (const std::string& member : {series.item, series.timestamp}) {
    const json::Value* kept = json::find(value, member);
    if (kept != nullptr) json::set(left, member, json::copy(*kept, left.GetAllocator()), left.GetAllocator());
  }
  return json::write(left);
}

Error mask_sensitive(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     std::span<const store::StoredEntity> entities, const Principal& as, view::Surroundings& around) {
  if (!is_person(as)) return {};
  for (const auto& stored : entities) MD_OK(mask_one(context, reader, layout, stored, as, around));
  return {};
}

}  // namespace metadata::entity
