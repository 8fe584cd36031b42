#include "change/items.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <unordered_map>

#include "json/write.h"
#include "model/formats.h"

namespace metadata::change {
namespace {

using json::SizeType;
using json::Value;

// What is a label's or a reference's own; everything else in it is filled in from the tag or entity that it names.
constexpr std::array<std::string_view, 5> kLabelMembers = {"tagFQN", "source", "labelType", "state", "reason"};
constexpr std::array<std::string_view, 4> kReferenceMembers = {"id", "type", "name", "fullyQualifiedName"};

constexpr SizeType kUnpaired = std::numeric_limits<SizeType>::max();

void append_number_key(const Value& value, std::string& out) {
  // 1 and 1.0 are one number (RFC 6902), so both have one text.
  if (value.IsDouble()) {
    const double number = value.GetDouble();
    if (std::trunc(number) == number && std::abs(number) < 0x1p53) {
      out += std::to_string(static_cast<std::int64_t>(number));
      return;
    }
  }
  json::write(value, out);
}

/// JSON text that is the same for equal values: members sorted by name.
void append_key(const Value& value, std::string& out) {
  if (value.IsNumber()) return append_number_key(value, out);
  if (value.IsArray()) {
    out += '[';
    for (const Value& element : value.GetArray()) {
      append_key(element, out);
      out += ',';
    }
    out += ']';
    return;
  }
  if (!value.IsObject()) return json::write(value, out);
  std::vector<const Value::Member*> members;
  members.reserve(value.MemberCount());
  for (const auto& member : value.GetObject()) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return json::view(a->name) < json::view(b->name); });
  out += '{';
  for (const auto* member : members) {
    json::append_quoted(out, json::view(member->name));
    out += ':';
    append_key(member->value, out);
    out += ',';
  }
  out += '}';
}

void append_member_key(const Value& item, std::string_view member, NameCase name_case, std::string& out) {
  const Value* value = json::find(item, member);
  if (value == nullptr || value->IsNull()) {
    out += '-';
  } else if (name_case == NameCase::Ignored && member == "name" && value->IsString()) {
    json::append_quoted(out, model::lower_ascii(json::view(*value)));
  } else {
    append_key(*value, out);
  }
  out += '\n';  // never inside JSON text as it is written here
}

void write_members(const Value& item, std::span<const std::string_view> members, std::string& out) {
  out += '{';
  bool first = true;
  for (const std::string_view name : members) {
    const Value* value = json::find(item, name);
    if (value == nullptr || value->IsNull()) continue;
    if (!first) out += ',';
    first = false;
    json::append_quoted(out, name);
    out += ':';
    json::write(*value, out);
  }
  out += '}';
}

bool same_label(const Value& a, const Value& b) {
  const auto same = [&](std::string_view member, std::string_view fallback) {
    return json::string_or(a, member, fallback) == json::string_or(b, member, fallback);
  };
  return same("labelType", "Manual") && same("state", "Confirmed") && same("reason", "");
}

SizeType size_of(const Value* list) { return list == nullptr ? 0 : list->Size(); }

/// Finds partners for the items of one list by key, each once, in order.
class Partners {
 public:
  Partners(const ItemKind& kind, NameCase name_case) : kind_(kind), name_case_(name_case) {}

  void offer(const Value& item, SizeType position) {
    waiting_[kind_.key(item, name_case_)].positions.push_back(position);
  }

  SizeType take(const Value& item) {
    const auto place = waiting_.find(kind_.key(item, name_case_));
    if (place == waiting_.end()) return kUnpaired;
    Queue& queue = place->second;
    return queue.next == queue.positions.size() ? kUnpaired : queue.positions[queue.next++];
  }

 private:
  struct Queue {
    std::vector<SizeType> positions;
    std::size_t next = 0;
  };

  const ItemKind& kind_;
  NameCase name_case_;
  std::unordered_map<std::string, Queue> waiting_;
};

}  // namespace

ItemKind::ItemKind(const model::ValueType& item, const std::vector<std::string>& match)
    : kind_(item.format == model::Format::TagLabel    ? Kind::Label
            : item.format == model::Format::Reference ? Kind::Reference
            : match.empty()                           ? Kind::Whole
                                                      : Kind::Members),
      match_(match) {}

std::string ItemKind::key(const Value& item, NameCase name_case) const {
  std::string text;
  if (!item.IsObject() || kind_ == Kind::Whole) {
    append_key(item, text);
  } else if (kind_ == Kind::Label) {
    append_member_key(item, "tagFQN", NameCase::Exact, text);
    append_member_key(item, "source", NameCase::Exact, text);
  } else if (kind_ == Kind::Reference) {
    append_member_key(item, json::string_or(item, "id").empty() ? "fullyQualifiedName" : "id", NameCase::Exact, text);
  } else {
    for (const std::string& member : match_) append_member_key(item, member, name_case, text);
  }
  return text;
}

bool ItemKind::same(const Value& a, const Value& b) const {
  if (!a.IsObject() || !b.IsObject() || kind_ == Kind::Whole) return json::equal(a, b);
  const auto agree = [&](std::string_view member) {
    const Value* in_a = json::find(a, member);
    const Value* in_b = json::find(b, member);
    const bool has_a = in_a != nullptr && !in_a->IsNull();
    const bool has_b = in_b != nullptr && !in_b->IsNull();
    return has_a && has_b ? json::equal(*in_a, *in_b) : has_a == has_b;
  };
  switch (kind_) {
    case Kind::Label:
      return agree("tagFQN") && agree("source");
    case Kind::Reference: {
      const bool by_name = json::string_or(a, "id").empty();
      return by_name == json::string_or(b, "id").empty() && agree(by_name ? "fullyQualifiedName" : "id");
    }
    case Kind::Members:
      return std::all_of(match_.begin(), match_.end(), agree);
    case Kind::Whole:
      break;
  }
  return false;
}

bool ItemKind::unchanged(const Value& before, const Value& after) const {
  switch (kind_) {
    case Kind::Label:
      return same_label(before, after);
    case Kind::Members:
      return json::equal(before, after);
    case Kind::Reference:
    case Kind::Whole:
      break;
  }
  return true;
}

void ItemKind::write(const Value& item, std::string& out) const {
  if (item.IsObject() && kind_ == Kind::Label) return write_members(item, kLabelMembers, out);
  if (item.IsObject() && kind_ == Kind::Reference) return write_members(item, kReferenceMembers, out);
  json::write(item, out);
}

bool ItemKind::has_name() const {
  return kind_ == Kind::Members && std::find(match_.begin(), match_.end(), "name") != match_.end();
}

bool Pairing::reordered() const {
  return !std::is_sorted(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.before < b.before; });
}

Pairing pair_up(const ItemKind& kind, const Value* before, const Value* after) {
  const SizeType old_size = size_of(before);
  const SizeType new_size = size_of(after);
  std::vector<SizeType> partner(new_size, kUnpaired);  // of each item of the later list
  std::vector<bool> taken(old_size, false);

  const auto pass = [&](NameCase name_case) {
    Partners partners(kind, name_case);
    for (SizeType i = 0; i < old_size; ++i) {
      if (!taken[i]) partners.offer((*before)[i], i);
    }
    for (SizeType i = 0; i < new_size; ++i) {
      if (partner[i] != kUnpaired) continue;
      partner[i] = partners.take((*after)[i]);
      if (partner[i] != kUnpaired) taken[partner[i]] = true;
    }
  };
  // Most lists begin as they did, and those items pair so whatever follows: of a key that appears twice the first ones
  // pair first. What is left of wide tables is little.
  SizeType begun = 0;
  while (begun < old_size && begun < new_size && kind.same((*before)[begun], (*after)[begun])) {
    partner[begun] = begun;
    taken[begun] = true;
    ++begun;
  }
  const bool all = begun == old_size && begun == new_size;
  // Exact names first: a source may have the columns "id" and "ID" side by side.
  if (!all) pass(NameCase::Exact);
  if (!all && kind.has_name()) pass(NameCase::Ignored);

  Pairing pairing;
  for (SizeType i = 0; i < new_size; ++i) {
    if (partner[i] == kUnpaired) {
      pairing.added.push_back(i);
    } else {
      pairing.pairs.push_back({partner[i], i});
    }
  }
  for (SizeType i = 0; i < old_size; ++i) {
    if (!taken[i]) pairing.removed.push_back(i);
  }
  return pairing;
}

}  // namespace metadata::change
