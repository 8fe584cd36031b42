#include "json/diff.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/diff_arrays.h"
#include "json/patch.h"
#include "json/pointer.h"

namespace metadata::json {
namespace {

// Steps spent on comparing elements of arrays, and on moving them, in one diff; beyond it arrays are replaced whole.
constexpr std::size_t kComparisons = std::size_t{4} << 20;
constexpr std::size_t kMoves = std::size_t{16} << 20;
// About the length of {"op":"replace","path":"","value":}, and of what `from` adds.
constexpr std::size_t kOperationBytes = 34;

// An operation that may yet be thrown away.
struct Draft {
  Op op;
  std::string path;
  std::string from;              // of a move
  const Value* value = nullptr;  // of add and replace
};

class Differ {
 public:
  void compare(const Value& a, const Value& b) {
    if (a.IsObject() && b.IsObject()) {
      compare_or_replace(a, b, &Differ::compare_objects);
    } else if (a.IsArray() && b.IsArray()) {
      compare_or_replace(a, b, &Differ::compare_arrays);
    } else if (!equal(a, b)) {
      draft(Op::Replace, path_, &b);
    }
  }

  void compare_members(const Value& a, const Value& b, const std::function<bool(std::string_view)>& is_compared) {
    const MemberIndex in_a(a);
    const MemberIndex in_b(b);
    for (const auto& member : a.GetObject()) {
      if (!is_compared(view(member.name))) continue;
      const Value* other = in_b.find(view(member.name));
      if (other == nullptr) {
        draft(Op::Remove, path_to(view(member.name)));
      } else {
        compare_at(view(member.name), member.value, *other);
      }
    }
    for (const auto& member : b.GetObject()) {
      if (!is_compared(view(member.name)) || in_a.find(view(member.name)) != nullptr) continue;
      draft(Op::Add, path_to(view(member.name)), &member.value);
    }
  }

  const std::vector<Draft>& drafts() const noexcept { return drafts_; }

 private:
  using Comparison = void (Differ::*)(const Value&, const Value&);

  // How far the drafts had come.
  struct Mark {
    std::size_t drafts;
    std::size_t bytes;
  };
  Mark mark() const noexcept { return {drafts_.size(), bytes_}; }

  void replace_since(const Mark& before, const Value& whole) {
    drafts_.resize(before.drafts);
    bytes_ = before.bytes;
    draft(Op::Replace, path_, &whole);
  }

  // Compares part by part, and throws the parts' operations away when to replace the whole is shorter. The root is not
  // replaced for that: there the parts say more.
  void compare_or_replace(const Value& a, const Value& b, Comparison comparison) {
    const Mark before = mark();
    (this->*comparison)(a, b);
    if (path_.empty() || drafts_.size() <= before.drafts + 1) return;
    if (bytes_ - before.bytes > kOperationBytes + path_.size() + measure(b).text_bytes) replace_since(before, b);
  }

  void compare_objects(const Value& a, const Value& b) {
    compare_members(a, b, [](std::string_view) { return true; });
  }

  void compare_arrays(const Value& a, const Value& b) {
    if (const std::optional<std::vector<std::size_t>> match = match_by_identity(a, b)) {
      compare_by_identity(a, b, *match);
    } else {
      compare_by_place(a, b);
    }
  }

  // First what is gone, from the back; then each element of `b` in turn gets its place; then what changed within.
  void compare_by_identity(const Value& a, const Value& b, const std::vector<std::size_t>& match) {
    const Mark before = mark();
    std::vector<std::size_t> target(a.Size(), kNoMatch);  // per element of a: its index in b
    for (std::size_t j = 0; j < match.size(); ++j) {
      if (match[j] != kNoMatch) target[match[j]] = j;
    }
    for (std::size_t i = target.size(); i-- > 0;) {
      if (target[i] == kNoMatch) draft(Op::Remove, path_to(i));
    }
    std::erase(target, kNoMatch);
    if (!arrange(std::move(target), match, b)) return replace_since(before, b);
    for (std::size_t j = 0; j < match.size(); ++j) {
      if (match[j] == kNoMatch || equal(element(a, match[j]), element(b, j))) continue;
      compare_at(std::to_string(j), element(a, match[j]), element(b, j));
    }
  }

  // `order` has the kept elements, by their index in b. A longest run of them that is in order already stays where it
  // is; every other element is put directly behind the one that precedes it in b. False when that is too much work.
  bool arrange(std::vector<std::size_t> order, const std::vector<std::size_t>& match, const Value& b) {
    const std::vector<bool> rising = longest_rising(order);
    std::vector<bool> stays(match.size(), false);
    for (std::size_t i = 0; i < order.size(); ++i) stays[order[i]] = rising[i];

    std::size_t next = 0;  // the place behind the last element that is in place
    for (std::size_t j = 0; j < match.size(); ++j) {
      if (stays[j]) {
        while (order[next] != j) ++next;
        ++next;
        continue;
      }
      if (!spend(moves_, match.size())) return false;
      if (match[j] == kNoMatch) {
        draft(Op::Add, path_to(next), &element(b, j));
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(next++), j);
        continue;
      }
      const auto from = static_cast<std::size_t>(std::find(order.begin(), order.end(), j) - order.begin());
      if (from < next) --next;  // taking it out moves the place
      order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(next), j);
      if (from != next) draft_move(path_to(from), path_to(next));
      ++next;
    }
    return true;
  }

  // From the back, so that the indices of what is yet to come stay true.
  void compare_by_place(const Value& a, const Value& b) {
    const std::optional<std::vector<Gap>> gaps = gaps_between(a, b, comparisons_);
    if (!gaps) return draft(Op::Replace, path_, &b);
    for (auto gap = gaps->rbegin(); gap != gaps->rend(); ++gap) close(*gap, a, b);
  }

  void close(const Gap& gap, const Value& a, const Value& b) {
    const std::size_t gone = gap.from_end - gap.from_begin;
    const std::size_t come = gap.to_end - gap.to_begin;
    const std::size_t pairs = std::min(gone, come);
    for (std::size_t i = gap.from_end; i-- > gap.from_begin + pairs;) draft(Op::Remove, path_to(i));
    for (std::size_t i = pairs; i < come; ++i) {
      draft(Op::Add, path_to(gap.from_begin + i), &element(b, gap.to_begin + i));
    }
    for (std::size_t i = 0; i < pairs; ++i) {
      compare_at(std::to_string(gap.from_begin + i), element(a, gap.from_begin + i), element(b, gap.to_begin + i));
    }
  }

  void compare_at(std::string_view segment, const Value& a, const Value& b) {
    const std::size_t length = path_.size();
    path_ += '/';
    append_segment(path_, segment);
    compare(a, b);
    path_.resize(length);
  }

  std::string path_to(std::string_view segment) const {
    std::string path = path_ + '/';
    append_segment(path, segment);
    return path;
  }
  std::string path_to(std::size_t index) const { return path_ + '/' + std::to_string(index); }

  static const Value& element(const Value& array, std::size_t index) { return array[static_cast<SizeType>(index)]; }

  static bool spend(std::size_t& budget, std::size_t steps) noexcept {
    if (steps > budget) return false;
    budget -= steps;
    return true;
  }

  void draft(Op op, std::string path, const Value* value = nullptr) {
    bytes_ += kOperationBytes + path.size() + (value == nullptr ? 0 : measure(*value).text_bytes);
    drafts_.push_back({op, std::move(path), {}, value});
  }
  void draft_move(std::string from, std::string path) {
    bytes_ += kOperationBytes + path.size() + from.size();
    drafts_.push_back({Op::Move, std::move(path), std::move(from), nullptr});
  }

  std::string path_;  // of what is being compared
  std::vector<Draft> drafts_;
  std::size_t bytes_ = 0;  // of the drafts as text, about
  std::size_t comparisons_ = kComparisons;
  std::size_t moves_ = kMoves;
};

Value operation_value(const Draft& draft, Allocator& allocator) {
  Value out(rapid::kObjectType);
  append(out, "op", make_string(op_name(draft.op), allocator), allocator);
  if (draft.op == Op::Move) append(out, "from", make_string(draft.from, allocator), allocator);
  append(out, "path", make_string(draft.path, allocator), allocator);
  if (draft.value != nullptr) append(out, "value", copy(*draft.value, allocator), allocator);
  return out;
}

// More operations than a patch may have by default: one that does it all is better.
bool too_many(const Differ& differ) { return differ.drafts().size() > PatchLimits().max_operations; }

Document patch_of(const std::vector<Draft>& drafts) {
  Document out(rapid::kArrayType);
  for (const Draft& draft : drafts) out.PushBack(operation_value(draft, out.GetAllocator()), out.GetAllocator());
  return out;
}

}  // namespace

Document diff(const Value& from, const Value& to) {
  Differ differ;
  differ.compare(from, to);
  return patch_of(too_many(differ) ? std::vector{Draft{Op::Replace, {}, {}, &to}} : differ.drafts());
}

Document diff(const Value& from, const Value& to, const std::function<bool(std::string_view)>& is_compared) {
  Differ differ;
  differ.compare_members(from, to, is_compared);
  return patch_of(differ.drafts());
}

}  // namespace metadata::json
