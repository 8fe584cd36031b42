#include "model/rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "json/write.h"
#include "model/formats.h"

namespace metadata::model {
namespace {

constexpr std::size_t kMaxColumns = 10'000;  // of one entity, nested ones included

// Columns

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool needs_length(std::string_view data_type) {
  return is_one_of(data_type, {"CHAR", "VARCHAR", "BINARY", "VARBINARY"});
}

std::string length_text(const json::Value& column, std::string_view data_type) {
  const auto length = json::int_member(column, "dataLength");
  const auto precision = json::int_member(column, "precision");
  const auto scale = json::int_member(column, "scale");
  if (needs_length(data_type) && length) return "(" + std::to_string(*length) + ")";
  if (!is_one_of(data_type, {"DECIMAL", "NUMERIC", "NUMBER"}) || !precision) return {};
  return "(" + std::to_string(*precision) + (scale ? "," + std::to_string(*scale) : std::string()) + ")";
}

std::string type_text(const json::Value& column) {
  const std::string_view data_type = json::string_or(column, "dataType");
  const std::string text = lower_ascii(data_type);
  if (data_type == "ARRAY") return text + "<" + lower_ascii(json::string_or(column, "arrayDataType")) + ">";
  return text + length_text(column, data_type);
}

/// `path` answers where the column stands.
template <class Path>
Error check_data_type(const json::Value& column, const Path& path) {
  const std::string_view data_type = json::string_or(column, "dataType");
  const bool array_type = json::find(column, "arrayDataType") != nullptr;
  if (needs_length(data_type) && json::find(column, "dataLength") == nullptr)
    return invalid_argument("For column data types char, varchar, binary, varbinary dataLength must not be null",
                            path() + ".dataLength");
  if (data_type == "ARRAY" && !array_type)
    return invalid_argument("For column data type array, arrayDataType must not be null", path() + ".arrayDataType");
  if (data_type != "ARRAY" && array_type)
    return invalid_argument("arrayDataType is only for column data type array, not " + lower_ascii(data_type),
                            path() + ".arrayDataType");
  if (data_type == "STRUCT" && json::find(column, "children") == nullptr)
    return invalid_argument("For column data type struct, children must not be null", path() + ".children");
  return {};
}

Error check_columns(json::Value& columns, const std::string& path, std::size_t& count, json::Allocator& allocator) {
  for (json::SizeType i = 0; i < columns.Size(); ++i) {
    json::Value& column = columns[i];
    const auto at = [&] { return path + "[" + std::to_string(i) + "]"; };
    if (++count > kMaxColumns)
      return invalid_argument("An entity may have at most " + std::to_string(kMaxColumns) + " columns", path);
    MD_OK(check_data_type(column, at));
    if (json::find(column, "dataTypeDisplay") == nullptr)
      json::set_string(column, "dataTypeDisplay", type_text(column), allocator);
    json::Value* children = json::find(column, "children");
    if (children != nullptr) MD_OK(check_columns(*children, at() + ".children", count, allocator));
  }
  return {};
}

Error columns_rule(json::Value& body, json::Allocator& allocator, const Limits&) {
  json::Value* columns = json::find(body, "columns");
  std::size_t count = 0;
  return columns == nullptr ? Error() : check_columns(*columns, "columns", count, allocator);
}

// Table constraints

std::unordered_set<std::string> column_names(const json::Value& body) {
  std::unordered_set<std::string> names;
  const json::Value* columns = json::find(body, "columns");
  if (columns == nullptr) return names;
  for (const json::Value& column : columns->GetArray()) names.insert(lower_ascii(json::string_or(column, "name")));
  return names;
}

// What makes a constraint that one and no other.
std::string constraint_identity(const json::Value& constraint) {
  std::string identity(json::string_or(constraint, "constraintType"));
  for (const char* list : {"columns", "referredColumns"}) {
    const json::Value* values = json::find(constraint, list);
    identity.append("|");
    if (values != nullptr) json::write(*values, identity);
  }
  return identity;
}

Error table_constraints_rule(json::Value& body, json::Allocator&, const Limits&) {
  const json::Value* constraints = json::find(body, "tableConstraints");
  if (constraints == nullptr) return {};
  const std::unordered_set<std::string> known = column_names(body);
  std::unordered_set<std::string> seen;
  for (json::SizeType i = 0; i < constraints->Size(); ++i) {
    const json::Value& constraint = (*constraints)[i];
    const std::string at = "tableConstraints[" + std::to_string(i) + "]";
    if (!seen.insert(constraint_identity(constraint)).second)
      return invalid_argument("Table Constraint is Duplicate: " + shown(json::write(constraint)), at);
    const json::Value* columns = json::find(constraint, "columns");
    if (columns == nullptr) continue;
    for (json::SizeType j = 0; j < columns->Size(); ++j) {
      const std::string_view name = json::view((*columns)[j]);
      if (!known.contains(lower_ascii(name)))
        return invalid_argument("Invalid column name " + shown(name) + " in a table constraint",
                                at + ".columns[" + std::to_string(j) + "]");
    }
  }
  return {};
}

// Owners

Error owners_rule(json::Value& body, json::Allocator&, const Limits&) {
  const json::Value* owners = json::find(body, "owners");
  if (owners == nullptr) return {};
  const auto teams = std::ranges::count_if(
      owners->GetArray(), [](const json::Value& owner) { return json::string_or(owner, "type") == "team"; });
  if (teams > 1) return invalid_argument("Only One Team is allowed to own Data Assets.", "owners");
  if (teams == 1 && owners->Size() > 1)
    return invalid_argument("Data Assets can have up to 5 users or a Team but not both as owners.", "owners");
  return {};
}

// Policies

Error policy_rules_rule(json::Value& body, json::Allocator&, const Limits&) {
  const json::Value* rules = json::find(body, "rules");
  if (rules == nullptr) return {};
  std::set<std::string_view> names;
  for (json::SizeType i = 0; i < rules->Size(); ++i) {
    const json::Value& rule = (*rules)[i];
    const std::string at = "rules[" + std::to_string(i) + "]";
    const std::string_view name = json::string_or(rule, "name");
    if (!names.insert(name).second) return invalid_argument("Rule name " + shown(name) + " is repeated", at + ".name");
    for (const char* list : {"operations", "resources"}) {
      if (json::find(rule, list)->Empty())
        return invalid_argument(at + "." + list + " must not be empty", at + "." + list);
    }
  }
  return {};
}

// Users

Error passwords_rule(json::Value& body, json::Allocator&, const Limits&) {
  const json::Value* confirmed = json::find(body, "confirmPassword");
  if (confirmed == nullptr || json::view(*confirmed) == json::string_or(body, "password")) return {};
  return invalid_argument("password and confirmPassword differ", "confirmPassword");
}

// Webhooks

// Where requests may be sent at all; to which addresses, whoever sends them decides when the name is resolved.
Error endpoint_rule(json::Value& body, json::Allocator&, const Limits&) {
  const std::string_view url = json::string_or(body, "endpoint");
  if (url.empty()) return {};
  const std::string_view rest = url.starts_with("https://")  ? url.substr(8)
                                : url.starts_with("http://") ? url.substr(7)
                                                             : "";
  if (rest.empty()) return invalid_argument("endpoint must begin with http:// or https://", "endpoint");
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || authority.front() == ':') return invalid_argument("endpoint names no host", "endpoint");
  if (authority.find('@') != std::string_view::npos)
    return invalid_argument("endpoint must hold no user name or password: sign with secretKey instead", "endpoint");
  if (url.find_first_of("\\#") != std::string_view::npos)
    return invalid_argument("endpoint must hold neither a backslash nor a fragment", "endpoint");
  return {};
}

// Test definitions

// What a definition is for follows from the data types that it names, and clients need that list of every one for
// columns.
Error test_definition_rule(json::Value& body, json::Allocator& allocator, const Limits&) {
  const json::Value* types = json::find(body, "supportedDataTypes");
  if (json::find(body, "entityType") == nullptr)
    json::set_string(body, "entityType", types != nullptr && !types->Empty() ? "COLUMN" : "TABLE", allocator);
  if (types == nullptr && json::string_or(body, "entityType") == "COLUMN")
    json::set(body, "supportedDataTypes", json::Value(json::rapid::kArrayType), allocator);
  std::set<std::string_view> names;
  const json::Value* parameters = json::find(body, "parameterDefinition");
  if (parameters == nullptr) return {};
  for (json::SizeType i = 0; i < parameters->Size(); ++i) {
    const std::string_view name = json::string_or((*parameters)[i], "name");
    if (names.insert(name).second) continue;
    return invalid_argument("Parameter " + shown(name) + " is repeated",
                            "parameterDefinition[" + std::to_string(i) + "].name");
  }
  return {};
}

// Aims of a time

Error period_rule(json::Value& body, json::Allocator&, const Limits&) {
  const auto start = json::int_member(body, "startDate");
  const auto end = json::int_member(body, "endDate");
  if (!start || !end || *start <= *end) return {};
  return invalid_argument("endDate must not be before startDate", "endDate");
}

// Glossary terms

// A term that somebody is to review begins as a draft; others are approved from the start.
Error term_status_rule(json::Value& body, json::Allocator& allocator, const Limits&) {
  if (json::find(body, "entityStatus") != nullptr) return {};
  const json::Value* reviewers = json::find(body, "reviewers");
  const bool reviewed = reviewers != nullptr && reviewers->IsArray() && !reviewers->Empty();
  json::set_string(body, "entityStatus", reviewed ? "Draft" : "Approved", allocator);
  return {};
}

constexpr std::array<std::pair<std::string_view, Rule>, 9> kRules{{
    {"columns", columns_rule},
    {"tableConstraints", table_constraints_rule},
    {"owners", owners_rule},
    {"policyRules", policy_rules_rule},
    {"passwords", passwords_rule},
    {"endpoint", endpoint_rule},
    {"testDefinition", test_definition_rule},
    {"period", period_rule},
    {"termStatus", term_status_rule},
}};

}  // namespace

Rule find_rule(std::string_view name) {
  for (const auto& [known, rule] : kRules) {
    if (known == name) return rule;
  }
  return nullptr;
}

}  // namespace metadata::model
