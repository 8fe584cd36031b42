#include "model/entity_link.h"

#include <algorithm>
#include <vector>

#include "model/formats.h"

namespace metadata::model {
namespace {

constexpr std::string_view kStart = "<#E::";
constexpr std::string_view kSeparator = "::";
constexpr std::size_t kMaxParts = 5;

Error not_a_link(std::string_view text) {
  return invalid_argument("entityLink must be like <#E::table::service.database.schema.table> or " +
                          std::string("<#E::table::service.database.schema.table::columns::column>, not ") +
                          shown(text));
}

/// No bracket or bar, nothing empty; a single colon may stand inside.
bool is_part(std::string_view part) {
  return !part.empty() && part.front() != ':' && part.back() != ':' &&
         part.find_first_of("<>|") == std::string_view::npos;
}

bool is_word(std::string_view part) {
  return std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

Result<EntityLink> parse_entity_link(std::string_view text) {
  if (!text.starts_with(kStart) || !text.ends_with('>')) return not_a_link(text);
  std::string_view rest = text.substr(kStart.size(), text.size() - kStart.size() - 1);
  std::vector<std::string_view> parts;
  while (parts.size() <= kMaxParts) {
    const auto end = rest.find(kSeparator);
    parts.push_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + kSeparator.size());
  }
  const bool good =
      parts.size() >= 2 && parts.size() <= kMaxParts && std::ranges::all_of(parts, is_part) && is_word(parts.front());
  if (!good) return not_a_link(text);
  EntityLink link;
  std::string* const members[] = {&link.type, &link.fqn, &link.field, &link.item, &link.value};
  for (std::size_t i = 0; i < parts.size(); ++i) *members[i] = parts[i];
  return link;
}

}  // namespace metadata::model
