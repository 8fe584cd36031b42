#include "json/diff_arrays.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>

namespace metadata::json {
namespace {

constexpr std::array<std::string_view, 3> kIdentityMembers = {"name", "tagFQN", "id"};

using Named = std::pair<std::string_view, std::size_t>;  // an element's identity and index

// The elements sorted by identity; empty when one has none or two have the same.
std::vector<Named> by_identity(const Value& array, std::string_view member) {
  std::vector<Named> out;
  out.reserve(array.Size());
  for (const Value& element : array.GetArray()) {
    const Value* identity = find(element, member);
    if (identity == nullptr || !identity->IsString()) return {};
    out.emplace_back(view(*identity), out.size());
  }
  std::sort(out.begin(), out.end());
  const auto same = [](const Named& a, const Named& b) { return a.first == b.first; };
  if (std::adjacent_find(out.begin(), out.end(), same) != out.end()) return {};
  return out;
}

// Whether the element at each index of one has the identity of the one there in the other: nearly always so, and seen
// without sorting either.
bool same_order(const Value& a, const Value& b, std::string_view member) {
  if (a.Size() != b.Size()) return false;
  for (SizeType i = 0; i < a.Size(); ++i) {
    const Value* in_a = find(a[i], member);
    const Value* in_b = find(b[i], member);
    if (in_a == nullptr || in_b == nullptr || !in_a->IsString() || !equal(*in_a, *in_b)) return false;
  }
  return true;
}

std::vector<std::size_t> match_sorted(const std::vector<Named>& in_a, const std::vector<Named>& in_b) {
  std::vector<std::size_t> out(in_b.size(), kNoMatch);
  auto candidate = in_a.begin();
  for (const auto& [name, index] : in_b) {
    while (candidate != in_a.end() && candidate->first < name) ++candidate;
    if (candidate != in_a.end() && candidate->first == name) out[index] = candidate->second;
  }
  return out;
}

std::size_t mix(std::size_t seed, std::size_t hash) noexcept {
  return seed ^ (hash + 0x9E3779B97F4A7C15u + (seed << 6) + (seed >> 2));
}

// Equal values have equal hashes: numbers go by their double, members of an object add up without order.
std::size_t hash_of(const Value& value) {
  const std::size_t type = value.GetType();
  switch (value.GetType()) {
    case rapid::kNumberType:
      return mix(type, std::hash<double>()(value.GetDouble()));
    case rapid::kStringType:
      return mix(type, std::hash<std::string_view>()(view(value)));
    case rapid::kArrayType: {
      std::size_t hash = type;
      for (const Value& element : value.GetArray()) hash = mix(hash, hash_of(element));
      return hash;
    }
    case rapid::kObjectType: {
      std::size_t hash = type;
      for (const auto& member : value.GetObject()) {
        hash += mix(std::hash<std::string_view>()(view(member.name)), hash_of(member.value));
      }
      return hash;
    }
    default:
      return type;
  }
}

// A number for each element, the same for equal ones, so that they are compared once and not pair by pair.
class Numbering {
 public:
  Numbering(const Value& a, std::size_t a_begin, std::size_t a_end, const Value& b, std::size_t b_begin,
            std::size_t b_end) {
    for (std::size_t i = a_begin; i < a_end; ++i) add(a[static_cast<SizeType>(i)]);
    for (std::size_t i = b_begin; i < b_end; ++i) add(b[static_cast<SizeType>(i)]);
    std::sort(hashed_.begin(), hashed_.end(), [](const Hashed& x, const Hashed& y) { return x.hash < y.hash; });
    numbers_.resize(hashed_.size());
    for (auto first = hashed_.begin(); first != hashed_.end();) {
      const auto last = std::find_if(first, hashed_.end(), [&](const Hashed& x) { return x.hash != first->hash; });
      number_group(first, last);
      first = last;
    }
  }

  const std::vector<std::uint32_t>& numbers() const noexcept { return numbers_; }

 private:
  struct Hashed {
    std::size_t hash;
    std::size_t index;
    const Value* value;
  };
  using Iterator = std::vector<Hashed>::iterator;

  void add(const Value& value) { hashed_.push_back({hash_of(value), hashed_.size(), &value}); }

  // Different values of one hash are rare unless somebody wants them: beyond a few each counts as different.
  void number_group(Iterator first, Iterator last) {
    constexpr std::size_t kMaxKinds = 8;
    std::vector<std::pair<const Value*, std::uint32_t>> kinds;
    for (auto element = first; element != last; ++element) {
      const auto kind =
          std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return equal(*k.first, *element->value); });
      const bool known = kind != kinds.end();
      const std::uint32_t number = known ? kind->second : next_++;
      if (!known && kinds.size() < kMaxKinds) kinds.emplace_back(element->value, number);
      numbers_[element->index] = number;
    }
  }

  std::vector<Hashed> hashed_;
  std::vector<std::uint32_t> numbers_;
  std::uint32_t next_ = 0;
};

// The lengths of the longest common subsequences of all tails of two sequences.
class TailTable {
 public:
  TailTable(const std::uint32_t* a, std::size_t a_size, const std::uint32_t* b, std::size_t b_size)
      : width_(b_size + 1), cells_((a_size + 1) * width_) {
    for (std::size_t i = a_size; i-- > 0;) {
      for (std::size_t j = b_size; j-- > 0;) {
        cell(i, j) = a[i] == b[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }

  std::uint32_t at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }

 private:
  std::uint32_t& cell(std::size_t i, std::size_t j) { return cells_[i * width_ + j]; }

  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

std::vector<Gap> gaps_in_middle(const Value& a, const Value& b, const Gap& middle) {
  const Numbering numbering(a, middle.from_begin, middle.from_end, b, middle.to_begin, middle.to_end);
  const std::size_t a_size = middle.from_end - middle.from_begin;
  const std::size_t b_size = middle.to_end - middle.to_begin;
  const std::uint32_t* a_numbers = numbering.numbers().data();
  const std::uint32_t* b_numbers = a_numbers + a_size;
  const TailTable tails(a_numbers, a_size, b_numbers, b_size);

  std::vector<Gap> gaps;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a_size || j < b_size) {
    const Gap open{middle.from_begin + i, 0, middle.to_begin + j, 0};
    // Steps that keep the rest's common length leave the gap only at a pair that belongs to it.
    while (i < a_size || j < b_size) {
      if (i < a_size && j < b_size && a_numbers[i] == b_numbers[j]) break;
      if (j == b_size || (i < a_size && tails.at(i + 1, j) >= tails.at(i, j + 1))) {
        ++i;
      } else {
        ++j;
      }
    }
    const Gap gap{open.from_begin, middle.from_begin + i, open.to_begin, middle.to_begin + j};
    if (gap.from_begin != gap.from_end || gap.to_begin != gap.to_end) gaps.push_back(gap);
    for (; i < a_size && j < b_size && a_numbers[i] == b_numbers[j]; ++i) ++j;
  }
  return gaps;
}

}  // namespace

std::optional<std::vector<std::size_t>> match_by_identity(const Value& a, const Value& b) {
  if (a.Empty() || b.Empty()) return std::nullopt;
  for (const std::string_view member : kIdentityMembers) {
    if (same_order(a, b, member)) {
      std::vector<std::size_t> out(b.Size());
      std::iota(out.begin(), out.end(), std::size_t{0});
      return out;
    }
    const std::vector<Named> in_a = by_identity(a, member);
    if (in_a.empty()) continue;
    const std::vector<Named> in_b = by_identity(b, member);
    if (!in_b.empty()) return match_sorted(in_a, in_b);
  }
  return std::nullopt;
}

std::vector<bool> longest_rising(const std::vector<std::size_t>& numbers) {
  std::vector<std::size_t> ends;  // per length: the index of the smallest number that ends a run of that length
  std::vector<std::size_t> before(numbers.size(), kNoMatch);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto place = std::lower_bound(ends.begin(), ends.end(), numbers[i],
                                        [&](std::size_t end, std::size_t number) { return numbers[end] < number; });
    if (place != ends.begin()) before[i] = *(place - 1);
    if (place == ends.end()) {
      ends.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<bool> out(numbers.size(), false);
  for (std::size_t i = ends.empty() ? kNoMatch : ends.back(); i != kNoMatch; i = before[i]) out[i] = true;
  return out;
}

std::optional<std::vector<Gap>> gaps_between(const Value& a, const Value& b, std::size_t& budget) {
  Gap middle{0, a.Size(), 0, b.Size()};
  const auto equal_at = [&](std::size_t i, std::size_t j) {
    return equal(a[static_cast<SizeType>(i)], b[static_cast<SizeType>(j)]);
  };
  while (middle.from_begin < middle.from_end && middle.to_begin < middle.to_end &&
         equal_at(middle.from_begin, middle.to_begin)) {
    ++middle.from_begin, ++middle.to_begin;
  }
  while (middle.from_begin < middle.from_end && middle.to_begin < middle.to_end &&
         equal_at(middle.from_end - 1, middle.to_end - 1)) {
    --middle.from_end, --middle.to_end;
  }
  const std::size_t a_size = middle.from_end - middle.from_begin;
  const std::size_t b_size = middle.to_end - middle.to_begin;
  if (a_size == 0 && b_size == 0) return std::vector<Gap>();
  if (a_size == 0 || b_size == 0) return std::vector<Gap>{middle};
  if (a_size > budget / b_size) return std::nullopt;
  budget -= a_size * b_size;
  return gaps_in_middle(a, b, middle);
}

}  // namespace metadata::json
