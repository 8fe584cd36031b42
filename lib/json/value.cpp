#include "json/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

namespace metadata::json {
namespace {

// Up to this many members a walk over them is quicker than an index.
constexpr SizeType kSmallObject = 16;

std::string_view name_at(const Value& object, SizeType index) noexcept {
  return view((object.MemberBegin() + index)->name);
}

bool integer_equals_double(const Value& integer, double number) {
  // The bounds are powers of two, so they are exact as doubles; between them a whole number converts without loss.
  if (std::trunc(number) != number) return false;
  if (integer.IsInt64()) {
    return number >= -0x1p63 && number < 0x1p63 && static_cast<std::int64_t>(number) == integer.GetInt64();
  }
  return number >= 0 && number < 0x1p64 && static_cast<std::uint64_t>(number) == integer.GetUint64();
}

bool numbers_equal(const Value& a, const Value& b) {
  if (a.IsDouble() && b.IsDouble()) return a.GetDouble() == b.GetDouble();
  if (a.IsDouble()) return integer_equals_double(b, a.GetDouble());
  if (b.IsDouble()) return integer_equals_double(a, b.GetDouble());
  if (a.IsInt64() != b.IsInt64()) return false;  // one is beyond int64
  return a.IsInt64() ? a.GetInt64() == b.GetInt64() : a.GetUint64() == b.GetUint64();
}

bool arrays_equal(const Value& a, const Value& b) {
  return a.Size() == b.Size() && std::equal(a.Begin(), a.End(), b.Begin(), equal);
}

bool objects_equal(const Value& a, const Value& b) {
  if (a.MemberCount() != b.MemberCount()) return false;
  std::optional<MemberIndex> index;  // made when the orders differ, which is rare
  for (SizeType i = 0; i < a.MemberCount(); ++i) {
    const std::string_view name = name_at(a, i);
    const Value* other = name_at(b, i) == name ? &(b.MemberBegin() + i)->value : nullptr;
    if (other == nullptr) {
      if (!index) index.emplace(b);
      other = index->find(name);
    }
    if (other == nullptr || !equal((a.MemberBegin() + i)->value, *other)) return false;
  }
  return true;
}

void add_measure(const Value& value, std::size_t depth, Measure& out) {
  ++out.values;
  out.memory_bytes += sizeof(Value);
  switch (value.GetType()) {
    case rapid::kNullType:
    case rapid::kTrueType:
      out.text_bytes += 4;
      break;
    case rapid::kFalseType:
      out.text_bytes += 5;
      break;
    case rapid::kNumberType:
      out.text_bytes += value.IsInt() ? 4 : 16;
      break;
    case rapid::kStringType:
      out.text_bytes += value.GetStringLength() + 2;
      out.memory_bytes += value.GetStringLength();
      break;
    case rapid::kArrayType:
      out.depth = std::max(out.depth, depth + 1);
      out.text_bytes += 2 + value.Size();
      for (const Value& element : value.GetArray()) add_measure(element, depth + 1, out);
      break;
    case rapid::kObjectType:
      out.depth = std::max(out.depth, depth + 1);
      out.text_bytes += 2;
      for (const auto& member : value.GetObject()) {
        out.text_bytes += member.name.GetStringLength() + 4;
        out.memory_bytes += sizeof(Value) + member.name.GetStringLength();
        add_measure(member.value, depth + 1, out);
      }
      break;
  }
}

}  // namespace

std::string_view view(const Value& value) noexcept {
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength()) : std::string_view();
}

SizeType find_index(const Value& object, std::string_view key) noexcept {
  if (!object.IsObject()) return 0;
  // Most names are told apart by their length or first letter: memcmp is called for few.
  const auto is_it = [&](const Value& name) {
    if (name.GetStringLength() != key.size()) return false;
    return key.empty() ||
           (*name.GetString() == key.front() && std::memcmp(name.GetString(), key.data(), key.size()) == 0);
  };
  SizeType index = 0;
  for (auto member = object.MemberBegin(); member != object.MemberEnd() && !is_it(member->name); ++member) ++index;
  return index;
}

const Value* find(const Value& object, std::string_view key) noexcept {
  if (!object.IsObject()) return nullptr;
  const SizeType index = find_index(object, key);
  return index == object.MemberCount() ? nullptr : &(object.MemberBegin() + index)->value;
}

Value* find(Value& object, std::string_view key) noexcept {
  return const_cast<Value*>(find(std::as_const(object), key));
}

Value make_string(std::string_view text, Allocator& allocator) {
  // RapidJSON does not take a null pointer, which an empty view may hold.
  return Value(text.empty() ? "" : text.data(), static_cast<SizeType>(text.size()), allocator);
}

Value copy(const Value& value, Allocator& allocator) { return Value(value, allocator); }

Document copy(const Value& value) {
  Document document;
  document.CopyFrom(value, document.GetAllocator());
  return document;
}

void set(Value& object, std::string_view key, Value value, Allocator& allocator) {
  if (Value* there = find(object, key)) {
    *there = std::move(value);
  } else {
    append(object, key, std::move(value), allocator);
  }
}

void set_string(Value& object, std::string_view key, std::string_view text, Allocator& allocator) {
  set(object, key, make_string(text, allocator), allocator);
}

void append(Value& object, std::string_view key, Value value, Allocator& allocator) {
  object.AddMember(make_string(key, allocator), std::move(value), allocator);
}

bool erase(Value& object, std::string_view key) {
  if (!object.IsObject()) return false;
  const SizeType index = find_index(object, key);
  if (index == object.MemberCount()) return false;
  object.EraseMember(object.MemberBegin() + index);
  return true;
}

bool equal(const Value& a, const Value& b) {
  if (a.GetType() != b.GetType()) return false;
  switch (a.GetType()) {
    case rapid::kNumberType:
      return numbers_equal(a, b);
    case rapid::kStringType:
      return view(a) == view(b);
    case rapid::kArrayType:
      return arrays_equal(a, b);
    case rapid::kObjectType:
      return objects_equal(a, b);
    default:
      return true;  // null, true and false are types of their own
  }
}

std::string_view string_or(const Value& object, std::string_view key, std::string_view fallback) noexcept {
  const Value* member = find(object, key);
  return member != nullptr && member->IsString() ? view(*member) : fallback;
}

bool bool_or(const Value& object, std::string_view key, bool fallback) noexcept {
  const Value* member = find(object, key);
  return member != nullptr && member->IsBool() ? member->IsTrue() : fallback;
}

std::optional<std::int64_t> int_member(const Value& object, std::string_view key) noexcept {
  const Value* member = find(object, key);
  if (member == nullptr || !member->IsInt64()) return std::nullopt;
  return member->GetInt64();
}

Measure measure(const Value& value) {
  Measure out;
  add_measure(value, 0, out);
  return out;
}

MemberIndex::MemberIndex(const Value& object) : object_(object) {
  if (object.MemberCount() <= kSmallObject) return;
  sorted_.resize(object.MemberCount());
  std::iota(sorted_.begin(), sorted_.end(), SizeType{0});
  std::sort(sorted_.begin(), sorted_.end(),
            [&](SizeType a, SizeType b) { return name_at(object, a) < name_at(object, b); });
}

const Value* MemberIndex::find(std::string_view key) const noexcept {
  if (sorted_.empty()) return json::find(object_, key);
  const auto place = std::lower_bound(sorted_.begin(), sorted_.end(), key, [&](SizeType index, std::string_view name) {
    return name_at(object_, index) < name;
  });
  if (place == sorted_.end() || name_at(object_, *place) != key) return nullptr;
  return &(object_.MemberBegin() + *place)->value;
}

}  // namespace metadata::json
