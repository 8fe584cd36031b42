#include "lineage/details.h"

#include <algorithm>
#include <array>

#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"
#include "view/compose.h"

namespace metadata::lineage {
namespace {

constexpr std::size_t kMaxSqlBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxColumnPairs = 10'000;

constexpr std::array<std::string_view, 11> kSources = {
    "Manual",       "ViewLineage", "QueryLineage",         "PipelineLineage",      "DashboardLineage", "DbtLineage",
    "SparkLineage", "OpenLineage", "ExternalTableLineage", "CrossDatabaseLineage", "ChildAssets"};
// The server's own; a body that was read and is sent back has them.
constexpr std::array<std::string_view, 4> kManaged = {"createdAt", "createdBy", "updatedAt", "updatedBy"};
constexpr std::array<std::string_view, 9> kReferenceMembers = {
    "id", "type", "name", "fullyQualifiedName", "displayName", "description", "deleted", "inherited", "href"};

template <std::size_t n>
bool among(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Error unknown_member(std::string_view name, const std::string& field) {
  return invalid_argument(field + ": Unrecognized field " + json::quoted_excerpt(name),
                          field + "." + std::string(name.substr(0, 100)));
}

Error wrong(const std::string& field, const std::string& what) { return invalid_argument(field + " " + what, field); }

Error read_text(const json::Value& value, const std::string& field, std::size_t most, std::string& out) {
  if (value.IsNull()) return {};
  if (!value.IsString()) return wrong(field, "must be a string");
  const auto text = json::view(value);
  if (text.size() > most) return wrong(field, "may have at most " + std::to_string(most) + " bytes");
  out = text;
  return {};
}

Result<Mapping> read_mapping(const json::Value& value, const std::string& field) {
  if (!value.IsObject()) return wrong(field, "must be an object");
  Mapping mapping;
  for (const auto& member : value.GetObject()) {
    const auto name = json::view(member.name);
    const std::string at = field + "." + std::string(name.substr(0, 100));
    if (name == "toColumn") {
      MD_OK(read_text(member.value, at, kMaxTextBytes, mapping.to));
    } else if (name == "function") {
      MD_OK(read_text(member.value, at, kMaxTextBytes, mapping.function));
    } else if (name == "fromColumns") {
      if (member.value.IsNull()) continue;
      if (!member.value.IsArray()) return wrong(at, "must be a list of column names");
      for (const auto& column : member.value.GetArray()) {
        std::string text;
        MD_OK(read_text(column, at, kMaxTextBytes, text));
        if (text.empty()) return wrong(at, "must hold names of columns");
        if (std::find(mapping.from.begin(), mapping.from.end(), text) == mapping.from.end())
          mapping.from.push_back(std::move(text));
      }
    } else {
      return unknown_member(name, field);
    }
  }
  if (mapping.to.empty()) return wrong(field + ".toColumn", "is required");
  return mapping;
}

Error read_columns(const json::Value& value, Details& details) {
  const std::string field = "lineageDetails.columnsLineage";
  if (value.IsNull()) return {};
  if (!value.IsArray()) return wrong(field, "must be a list");
  std::size_t pairs = 0;
  for (json::SizeType i = 0; i < value.Size(); ++i) {
    MD_LET(mapping, read_mapping(value[i], field + "[" + std::to_string(i) + "]"));
    pairs += std::max<std::size_t>(mapping.from.size(), 1);
    if (pairs > kMaxColumnPairs) return wrong(field, "may map at most " + std::to_string(kMaxColumnPairs) + " columns");
    details.columns.push_back(std::move(mapping));
  }
  return {};
}

void add_text(json::Document& body, std::string_view name, const std::string& text) {
  if (!text.empty()) json::set_string(body, name, text, body.GetAllocator());
}

void add_number(json::Document& body, std::string_view name, std::int64_t number) {
  json::Value value;
  value.SetInt64(number);
  json::append(body, name, std::move(value), body.GetAllocator());
}

}  // namespace

bool is_source(std::string_view word) { return among(kSources, word); }

Result<EntityRef> read_reference(const json::Value& value, std::string_view field) {
  const std::string at(field);
  if (!value.IsObject()) return wrong(at, "must be a reference with id and type");
  for (const auto& member : value.GetObject()) {
    if (!among(kReferenceMembers, json::view(member.name))) return unknown_member(json::view(member.name), at);
  }
  EntityRef ref;
  ref.type = json::string_or(value, "type");
  if (ref.type.empty()) return wrong(at + ".type", "field is required");
  const json::Value* id = json::find(value, "id");
  if (id == nullptr) return wrong(at + ".id", "field is required");
  const auto parsed = id->IsString() ? EntityId::parse(json::view(*id)) : std::nullopt;
  if (!parsed) return wrong(at + ".id", "must be a UUID");
  ref.id = *parsed;
  return ref;
}

Result<Details> read_details(const json::Value& value) {
  const std::string field = "lineageDetails";
  Details details;
  if (value.IsNull()) return details;
  if (!value.IsObject()) return wrong(field, "must be an object");
  for (const auto& member : value.GetObject()) {
    const auto name = json::view(member.name);
    const std::string at = field + "." + std::string(name.substr(0, 100));
    if (name == "sqlQuery") {
      MD_OK(read_text(member.value, at, kMaxSqlBytes, details.sql_query));
    } else if (name == "description") {
      MD_OK(read_text(member.value, at, kMaxTextBytes, details.description));
    } else if (name == "source") {
      if (member.value.IsNull()) continue;
      details.source = json::view(member.value);
      if (!is_source(details.source)) return wrong(at, "unknown source " + json::quoted_excerpt(details.source));
    } else if (name == "columnsLineage") {
      MD_OK(read_columns(member.value, details));
    } else if (name == "pipeline") {
      if (member.value.IsNull()) continue;
      MD_LET(pipeline, read_reference(member.value, at));
      details.pipeline = std::move(pipeline);
    } else if (name == "assetEdges") {
      if (member.value.IsNull()) continue;
      if (!member.value.IsInt64()) return wrong(at, "must be an integer");
      details.asset_edges = member.value.GetInt64();
    } else if (!among(kManaged, name)) {
      return unknown_member(name, field);
    }
  }
  return details;
}

std::string body_of(const Details& details, const Audit& audit) {
  json::Document body;
  body.SetObject();
  add_text(body, "sqlQuery", details.sql_query);
  add_text(body, "description", details.description);
  if (details.asset_edges) add_number(body, "assetEdges", *details.asset_edges);
  add_number(body, "createdAt", audit.created_at);
  add_text(body, "createdBy", audit.created_by);
  add_number(body, "updatedAt", audit.updated_at);
  add_text(body, "updatedBy", audit.updated_by);
  return json::write(body);
}

Audit audit_of(std::string_view text) {
  json::Document body;
  if (!json::parse_trusted(text, body).ok()) return {};
  return {json::int_member(body, "createdAt").value_or(0), std::string(json::string_or(body, "createdBy")),
          json::int_member(body, "updatedAt").value_or(0), std::string(json::string_or(body, "updatedBy"))};
}

bool same_but_audit(std::string_view a, std::string_view b) {
  json::Document one, other;
  if (!json::parse_trusted(a, one).ok() || !json::parse_trusted(b, other).ok()) return false;
  for (const auto name : kManaged) {
    json::erase(one, name);
    json::erase(other, name);
  }
  return json::equal(one, other);
}

std::string shown(const store::LineageRow& row, std::span<const store::LineageColumn> columns,
                  std::string_view from_key, std::string_view to_key, const store::RefRow* pipeline) {
  const auto add_column = [](std::string& out, std::string_view stored, std::string_view entity_fqn) {
    json::append_quoted(out, stored.starts_with('.') ? std::string(entity_fqn).append(stored) : std::string(stored));
  };
  std::string text;
  text.reserve(row.body.size() + 64);
  text.append(row.body.size() < 2 ? "{" : std::string_view(row.body).substr(0, row.body.size() - 1));
  text += text.size() > 1 ? ",\"source\":" : "\"source\":";
  json::append_quoted(text, row.source);
  text += ",\"columnsLineage\":[";
  // Most edges have no columns, and names cost more than the rest.
  const std::string from_fqn = columns.empty() ? std::string() : model::fqn_of_key(from_key);
  const std::string to_fqn = columns.empty() ? std::string() : model::fqn_of_key(to_key);
  for (std::size_t i = 0; i < columns.size();) {
    const store::LineageColumn& first = columns[i];
    if (i > 0) text += ',';
    text += "{\"fromColumns\":[";
    bool comma = false;
    for (; i < columns.size() && columns[i].mapping == first.mapping; ++i) {
      if (columns[i].from_column.empty()) continue;
      if (std::exchange(comma, true)) text += ',';
      add_column(text, columns[i].from_column, from_fqn);
    }
    text += "],\"toColumn\":";
    add_column(text, first.to_column, to_fqn);
    if (!first.function.empty()) {
      text += ",\"function\":";
      json::append_quoted(text, first.function);
    }
    text += '}';
  }
  text += ']';
  if (pipeline != nullptr) text.append(",\"pipeline\":").append(view::reference_text(*pipeline));
  return text += '}';
}

std::string shown_in_part(const store::LineageRow& row) {
  json::Document body;
  if (!json::parse_trusted(row.body, body).ok() || !body.IsObject()) body.SetObject();
  json::erase(body, "sqlQuery");
  store::LineageRow part = row;
  part.body = json::write(body);
  return shown(part, {}, {}, {}, nullptr);
}

}  // namespace metadata::lineage
