#include "change/move.h"

#include <array>
#include <string>
#include <utility>

#include "change/record.h"
#include "json/write.h"

namespace metadata::change {
namespace {

constexpr std::string_view kParent = "parent";

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out;
}

Change move_alone(std::string_view old_parent, std::string_view new_parent, Version previous) {
  Record record;
  const std::string name(kParent);
  if (old_parent.empty()) {
    record.added(name, quoted(new_parent), Weight::Versioned);
  } else if (new_parent.empty()) {
    record.deleted(name, quoted(old_parent), Weight::Versioned);
  } else {
    record.updated(name, quoted(old_parent), quoted(new_parent), Weight::Versioned);
  }
  return record.take(previous);
}

constexpr std::array<std::string_view, 4> kMembers = {"fieldsAdded", "fieldsUpdated", "fieldsDeleted",
                                                      "previousVersion"};

std::string member(std::string_view name) { return '"' + std::string(name) + "\":"; }

/// Puts the entry of one description's list into the same list of another. What is looked for cannot stand in a value:
/// within a JSON string quotes are escaped.
void insert_entry(std::size_t list, std::string_view from, std::string& into) {
  const std::string open = member(kMembers[list]) + '[';
  const auto begin = from.find(open) + open.size();
  const auto end = from.find("]," + member(kMembers[list + 1]), begin);
  if (begin == end) return;
  const auto at = into.find(open) + open.size();
  std::string entry(from.substr(begin, end - begin));
  if (into[at] != ']') entry += ',';
  into.insert(at, entry);
}

}  // namespace

void add_move(Change& change, std::string_view old_parent, std::string_view new_parent, Version previous) {
  Change move = move_alone(old_parent, new_parent, previous);
  if (change.empty()) {
    change = std::move(move);
    return;
  }
  change.fields.insert(change.fields.end(), move.fields.begin(), move.fields.end());
  change.versioned = true;
  for (std::size_t list = 0; list + 1 < kMembers.size(); ++list)
    insert_entry(list, move.description, change.description);
}

}  // namespace metadata::change
