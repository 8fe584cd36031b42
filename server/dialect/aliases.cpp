#include "dialect/aliases.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "metadata/ids.h"
#include "metadata/json.h"

namespace metadata::server {
namespace {

struct Alias {
  std::string_view said;
  std::string_view canonical;
};

// The guide's names of fields that the API spells differently.
constexpr Alias kFieldAliases[] = {
    {"owner", "owners"},
};

// Types without a container whose names hold a dot: "SQLite.testConnectionDefinition".
constexpr std::string_view kDottedNames[] = {"testConnectionDefinition"};

std::string_view canonical_field(std::string_view name) {
  for (const Alias& alias : kFieldAliases) {
    if (alias.said == name) return alias.canonical;
  }
  return name;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool is_about_owner(const Json& operation) {
  return operation.is_object() && operation["path"].as_string() == std::string_view("/owner");
}

/// `{"op":"replace","path":"/owner","value":X}` as `{"op":"add","path":"/owners","value":[X]}`: the list may be absent,
/// and a null owner is none.
void write_owner_operation(JsonWriter& out, const Json& operation) {
  const std::string_view op = operation["op"].as_string().value_or(std::string_view{});
  const bool sets = op == "add" || op == "replace";
  out.begin_object();
  operation.for_each_member([&](std::string_view name, const Json& value) {
    out.key(name);
    if (name == "path") {
      out.string("/owners");
    } else if (name == "op" && sets) {
      out.string("add");
    } else if (name == "value") {
      out.begin_array();
      if (!value.is_null()) out.raw(value.text());
      out.end_array();
    } else {
      out.raw(value.text());
    }
  });
  out.end_object();
}

/// What clients call a filter. With a value: that value of theirs means `means`.
struct FilterAlias {
  std::string_view entity_type, name, filter;
  std::optional<std::string_view> value;
  std::string_view means;
};
constexpr FilterAlias kFilterAliases[] = {
    {"testSuite", "testSuiteType", "basic", "basic", "true"},
    {"testSuite", "testSuiteType", "basic", "executable", "true"},
    {"testSuite", "testSuiteType", "basic", "logical", "false"},
    {"testDefinition", "testPlatform", "testPlatforms", std::nullopt, ""},
    {"testDefinition", "supportedDataType", "supportedDataTypes", std::nullopt, ""},
};

/// A link to a table with includeAllTests means its columns' tests too: all that lies below it.
void widen_link(Filter& filter) {
  constexpr std::string_view kStart = "<#E::table::";
  if (filter.name != "entityLink" || !filter.value.starts_with(kStart) || !filter.value.ends_with('>')) return;
  const std::string fqn = filter.value.substr(kStart.size(), filter.value.size() - kStart.size() - 1);
  if (fqn.find("::") == std::string::npos) filter = {"table", fqn};
}

}  // namespace

FieldsAsked canonical_fields(std::string_view fields) {
  FieldsAsked asked;
  while (!fields.empty()) {
    const auto comma = fields.find(',');
    const std::string_view said = trimmed(fields.substr(0, comma));
    fields = comma == std::string_view::npos ? std::string_view{} : fields.substr(comma + 1);
    if (said.empty()) continue;
    asked.owner = asked.owner || said == "owner";
    if (!asked.fields.empty()) asked.fields.push_back(',');
    asked.fields += canonical_field(said);
  }
  return asked;
}

std::string canonical_fqn(std::string_view entity_type, const std::string& said) {
  if (std::ranges::find(kDottedNames, entity_type) == std::end(kDottedNames) || said.starts_with('"')) return said;
  auto quoted = fqn::quote(said);
  return quoted.ok() ? *std::move(quoted) : said;
}

std::vector<Filter> canonical_filters(std::string_view entity_type, const std::vector<std::string>& known,
                                      const Query& query) {
  std::vector<Filter> filters;
  for (const std::string& name : known) {
    if (std::string value = query.text(name); !value.empty()) filters.push_back({name, std::move(value)});
  }
  for (const FilterAlias& alias : kFilterAliases) {
    if (alias.entity_type != entity_type || query.text(alias.name) != alias.value.value_or(query.text(alias.name)))
      continue;
    const std::string value = alias.means.empty() ? query.text(alias.name) : std::string(alias.means);
    if (!query.text(alias.name).empty()) filters.push_back({std::string(alias.filter), value});
  }
  if (entity_type == "testCase" && query.text("includeAllTests") == "true") {
    for (Filter& filter : filters) widen_link(filter);
  }
  return filters;
}

std::string canonical_patch(const std::string& body) {
  if (body.find("/owner\"") == std::string::npos) return body;
  const auto parsed = Json::parse(body);
  if (!parsed.ok() || !parsed->is_array()) return body;
  JsonWriter out;
  out.begin_array();
  for (std::size_t i = 0; i < parsed->size(); ++i) {
    const Json operation = parsed->at(i);
    if (is_about_owner(operation)) {
      write_owner_operation(out, operation);
    } else {
      out.raw(operation.text());
    }
  }
  out.end_array();
  return std::move(out).text();
}

}  // namespace metadata::server
