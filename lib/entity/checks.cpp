#include "entity/checks.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "entity/extension.h"
#include "json/parse.h"
#include "model/entity_link.h"
#include "model/formats.h"

namespace metadata::entity {
namespace {

using json::Value;
using Check = Error (*)(const model::Registry& registry, store::Reader& reader, const Value& working);

// Test cases: what their definition asks for.

constexpr std::string_view kUnchecked = "tableDiff";  // its parameters bear names that no definition lists
constexpr std::string_view kForeignPlatform = "GreatExpectations";  // neither are theirs

using Given = std::map<std::string, std::string, std::less<>>;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<double> number_of(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

bool is_list(const Value* value) { return value != nullptr && value->IsArray(); }

std::string names_of(const Value& parameters) {
  std::string text = "[";
  for (const Value& parameter : parameters.GetArray())
    text.append(text.size() > 1 ? ", " : "").append(json::string_or(parameter, "name"));
  return text += ']';
}

const Value* find_parameter(const Value& parameters, std::string_view name) {
  for (const Value& parameter : parameters.GetArray()) {
    if (json::string_or(parameter, "name") == name) return &parameter;
  }
  return nullptr;
}

Error check_value(const Value& parameter, const std::string& name, const std::string& value) {
  const std::string_view type = json::string_or(parameter, "dataType");
  const auto refused = [&](std::string_view must_be) {
    return invalid_argument("Value " + model::shown(value) + " of parameter " + name + " must be " +
                            std::string(must_be));
  };
  if (is_one_of(type, {"NUMBER", "INT", "FLOAT", "DOUBLE", "DECIMAL"}) && !number_of(value)) return refused("a number");
  if (type == "BOOLEAN" && !is_one_of(model::lower_ascii(value), {"true", "false"})) return refused("true or false");
  const Value* options = json::find(parameter, "optionValues");
  if (!is_list(options) || options->Empty()) return {};
  std::string list;
  for (const Value& option : options->GetArray()) {
    const std::string_view word = option.IsString() ? json::view(option) : json::string_or(option, "name");
    if (word == value) return {};
    list.append(list.empty() ? "" : ", ").append(word);
  }
  return refused("one of " + list);
}

Error compare(const std::string& name, const std::string& value, std::string_view rule, const std::string& other_name,
              const std::string& other) {
  const auto left = number_of(value);
  const auto right = number_of(other);
  if (!left || !right) return {};
  struct Word {
    std::string_view rule, text;
    bool holds;
  };
  for (const Word& word : {Word{"EQUALS", "equal to", *left == *right},
                           {"NOT_EQUALS", "different from", *left != *right},
                           {"GREATER_THAN_OR_EQUALS", "greater than or equal to", *left >= *right},
                           {"LESS_THAN_OR_EQUALS", "less than or equal to", *left <= *right}}) {
    if (word.rule != rule || word.holds) continue;
    return invalid_argument("Value for parameter " + name + " must be " + std::string(word.text) + " the value of " +
                            other_name + ", but " + value + " is not so to " + other);
  }
  return {};
}

/// The rule that a definition gives a parameter; else the one that the names say: minX is not above maxX.
Error check_rule(const Value& parameters, const Value& parameter, const Given& given) {
  const std::string name(json::string_or(parameter, "name"));
  const auto value = given.find(name);
  if (value == given.end()) return {};
  if (const Value* rule = json::find(parameter, "validationRule"); rule != nullptr && rule->IsObject()) {
    const std::string other_name(json::string_or(*rule, "parameterField"));
    const auto other = given.find(other_name);
    if (other == given.end()) return {};
    return compare(name, value->second, json::string_or(*rule, "rule"), other_name, other->second);
  }
  if (!name.starts_with("min")) return {};
  const std::string other_name = "max" + name.substr(3);
  const auto other = given.find(other_name);
  if (other == given.end() || find_parameter(parameters, other_name) == nullptr) return {};
  return compare(name, value->second, "LESS_THAN_OR_EQUALS", other_name, other->second);
}

Result<Given> read_given(const Value* values, const Value& parameters) {
  Given given;
  if (!is_list(values)) return given;
  for (const Value& value : values->GetArray()) {
    const std::string name(json::string_or(value, "name"));
    if (find_parameter(parameters, name) == nullptr) {
      return invalid_argument("Parameter '" + name.substr(0, 100) + "' is not defined in the test definition. " +
                              "Defined parameters are: " + names_of(parameters));
    }
    const std::string text(json::string_or(value, "value"));
    if (!model::is_blank(text)) given[name] = text;
  }
  return given;
}

Error check_parameters(const Value& definition, const Value& working) {
  const Value* values = json::find(working, "parameterValues");
  const Value* parameters = json::find(definition, "parameterDefinition");
  const bool any_given = is_list(values) && !values->Empty();
  if (!is_list(parameters) || parameters->Empty()) {
    if (!any_given) return {};
    return invalid_argument("Parameter Values doesn't match Test Definition Parameters");
  }
  MD_LET(given, read_given(values, *parameters));
  for (const Value& parameter : parameters->GetArray()) {
    const std::string name(json::string_or(parameter, "name"));
    const auto value = given.find(name);
    if (value != given.end()) {
      MD_OK(check_value(parameter, name, value->second));
    } else if (json::bool_or(parameter, "required", false)) {
      return invalid_argument("Required parameter " + name + " is not passed in parameterValues");
    }
    MD_OK(check_rule(*parameters, parameter, given));
  }
  return {};
}

bool is_for(const Value& definition, std::string_view platform) {
  const Value* platforms = json::find(definition, "testPlatforms");
  return is_list(platforms) && std::any_of(platforms->Begin(), platforms->End(), [&](const Value& word) {
           return word.IsString() && json::view(word) == platform;
         });
}

Error check_link(const Value& definition, const Value& working) {
  if (json::string_or(definition, "entityType") != "COLUMN") return {};
  MD_LET(link, model::parse_entity_link(json::string_or(working, "entityLink")));
  if (!link.field.empty() && !link.item.empty()) return {};
  return invalid_argument(
      "Column test case must have a field name and an array field name in the entity link. e.g. "
      "<#E::table::{entityFqn}::columns::{columnName}>");
}

Error follows_definition(const model::Registry&, store::Reader& reader, const Value& working) {
  const Value* reference = json::find(working, "testDefinition");
  const auto id = reference == nullptr ? std::nullopt : EntityId::parse(json::string_or(*reference, "id"));
  if (!id) return {};
  MD_LET(stored, reader.find(*id));
  if (!stored) return not_found("testDefinition instance for " + id->text() + " not found");
  json::Document definition;
  MD_OK(json::parse_trusted(stored->body.document, definition));
  MD_OK(check_link(definition, working));
  if (stored->row.name == kUnchecked || is_for(definition, kForeignPlatform)) return {};
  return check_parameters(definition, working);
}

/// A filter for a type that there is not would never let anything through.
Error known_entity_types(const model::Registry& registry, store::Reader&, const Value& working) {
  const Value* filters = json::find(working, "eventFilters");
  if (!is_list(filters)) return {};
  for (json::SizeType i = 0; i < filters->Size(); ++i) {
    const std::string_view type = json::string_or((*filters)[i], "entityType");
    if (type.empty() || type == "*" || type == "all" || registry.type_any_case(type) != nullptr) continue;
    return invalid_argument("there is no entity type '" + std::string(type.substr(0, 100)) + "'",
                            "eventFilters[" + std::to_string(i) + "].entityType");
  }
  return {};
}

/// Properties are of types that are there for fields, and say what those ask for; each has a name of its own.
Error custom_properties(const model::Registry&, store::Reader& reader, const Value& working) {
  const Value* properties = json::find(working, "customProperties");
  if (!is_list(properties)) return {};
  std::set<std::string_view> names;
  for (const Value& property : properties->GetArray()) {
    const std::string_view name = json::string_or(property, "name");
    if (!names.insert(name).second)
      return invalid_argument("Custom property " + model::shown(name) + " is repeated", "customProperties");
    const Value* type = json::find(property, "propertyType");
    const auto id = type == nullptr ? std::nullopt : EntityId::parse(json::string_or(*type, "id"));
    if (!id) return invalid_argument("Custom property " + model::shown(name) + " needs a propertyType", "propertyType");
    MD_LET(stored, reader.find(*id));
    if (!stored || stored->row.type != "type" || stored->row.name != json::string_or(*type, "name"))
      return invalid_argument("Custom property " + model::shown(name) + ": there is no type of this id and name",
                              "propertyType");
    json::Document document;
    MD_OK(json::parse_trusted(stored->body.document, document));
    if (json::string_or(document, "category") != "field")
      return invalid_argument(
          "Custom property " + model::shown(name) + ": " + stored->row.name + " is no type of fields", "propertyType");
    MD_OK(check_property(property));
  }
  return {};
}

struct Named {
  std::string_view name;
  Check check;
};
constexpr Named kChecks[] = {{"followsDefinition", follows_definition},
                             {"knownEntityTypes", known_entity_types},
                             {"customProperties", custom_properties}};

Check find_check(std::string_view name) {
  for (const Named& named : kChecks) {
    if (named.name == name) return named.check;
  }
  return nullptr;
}

}  // namespace

Error run_checks(const model::Registry& registry, store::Reader& reader, const model::EntityType& type,
                 const Value& working) {
  for (const std::string& name : type.checks) MD_OK(find_check(name)(registry, reader, working));
  return {};
}

Error check_names(const model::Registry& registry) {
  for (const auto& type : registry.types()) {
    for (const std::string& name : type->checks) {
      if (find_check(name) == nullptr)
        return invalid_argument("entity type " + type->name + ": unknown check \"" + name + "\"");
    }
  }
  return {};
}

}  // namespace metadata::entity
