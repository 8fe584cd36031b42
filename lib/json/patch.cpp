#include "json/patch.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "json/patch_words.h"
#include "json/write.h"

namespace metadata::json {
namespace {

// Memory of replaced values that is put up with before the document is copied to a fresh pool: the pool frees nothing.
constexpr std::size_t kGarbageAllowed = std::size_t{4} << 20;
// An element more may make the pool give the whole array (16 bytes an element) a new place.
constexpr std::size_t kGrowthCost = 2 * sizeof(Value);

// Moving elements within an array costs so much less than copying values.
constexpr std::size_t kElementsPerUnit = 16;
// A name is compared in steps of so many bytes.
constexpr std::size_t kNameStep = 4;

// Where "add" puts a value: over one that is there, or as a new member or element of the parent.
struct Slot {
  Value* there = nullptr;
  Value* parent = nullptr;
  std::string_view name;
  SizeType index = 0;  // in an array
};

// What the patch may work: see PatchLimits.
std::size_t work_allowed(const PatchLimits& limits, std::size_t text_bytes) noexcept {
  const bool beyond = text_bytes > 0 && limits.max_work_factor > limits.max_work / text_bytes;
  const std::size_t by_size = beyond ? limits.max_work : limits.max_work_factor * text_bytes;
  return std::min(limits.max_work, std::max(limits.min_work, by_size));
}

Error no_such(std::string_view what, std::string_view name) {
  return invalid_argument("there is no " + std::string(what) + " " + quoted_excerpt(name));
}

// One run of a patch over a document of its own.
class Run {
 public:
  Run(Document document, const PatchLimits& limits)
      : document_(std::move(document)),
        limits_(limits),
        size_(measure(document_)),
        max_bytes_(std::max(limits.max_result_bytes, size_.text_bytes)),
        max_values_(std::max(limits.max_result_values, size_.values)),
        max_work_(work_allowed(limits, size_.text_bytes)) {}

  Error perform(const Operation& operation) {
    MD_OK(perform_one(operation));
    MD_OK(check_size(size_.text_bytes, size_.values));  // names of members count too
    collect_garbage();
    return {};
  }

  Document take() { return std::move(document_); }

 private:
  Error perform_one(const Operation& operation) {
    switch (operation.op) {
      case Op::Add:
        return add_copy(operation.path, *operation.value);
      case Op::Remove:
        return remove(operation.path);
      case Op::Replace:
        return replace(operation.path, *operation.value);
      case Op::Move:
        return move(operation.from, operation.path);
      case Op::Copy:
        return copy_from(operation.from, operation.path);
      case Op::Test:
        return test(operation.path, *operation.value);
    }
    return internal_error("a patch operation without a meaning");
  }

  Error add_copy(const Pointer& path, const Value& value) {
    MD_LET(slot, slot_for(path));
    MD_LET(copied, copied_for(path, value, slot.there));
    return fill(slot, std::move(copied));
  }

  Error remove(const Pointer& path) {
    MD_LET(removed, take_out(path));
    return drop(removed);
  }

  Error replace(const Pointer& path, const Value& value) {
    MD_LET(target, at(path));
    MD_LET(copied, copied_for(path, value, target));
    *target = std::move(copied);
    return {};
  }

  Error move(const Pointer& from, const Pointer& path) {
    if (from.is_proper_prefix_of(path)) return invalid_argument("a value cannot be moved into itself");
    MD_LET(source, at(from));
    if (from.segments() == path.segments()) return {};
    const Measure moved = measure(*source);
    MD_OK(spend(moved.memory_bytes));
    MD_OK(check_depth(path, moved));
    MD_LET(value, take_out(from));
    MD_LET(slot, slot_for(path));
    if (slot.there != nullptr) MD_OK(drop(*slot.there));
    return fill(slot, std::move(value));
  }

  Error copy_from(const Pointer& from, const Pointer& path) {
    MD_LET(source, at(from));
    MD_OK(spend(measure(*source).memory_bytes));
    return add_copy(path, *source);
  }

  // No more work than the text of the expected value was: at the first difference it ends.
  Error test(const Pointer& path, const Value& expected) {
    MD_LET(target, at(path));
    return equal(*target, expected) ? Error() : invalid_argument("values differ");
  }

  // A copy that fits where it shall go, perhaps over another value, and is counted as part of the document.
  Result<Value> copied_for(const Pointer& path, const Value& value, const Value* replaced) {
    const Measure added = measure(value);
    MD_OK(check_depth(path, added));
    if (replaced != nullptr) MD_OK(drop(*replaced));
    MD_OK(check_size(size_.text_bytes + added.text_bytes, size_.values + added.values));
    size_.text_bytes += added.text_bytes;
    size_.memory_bytes += added.memory_bytes;
    size_.values += added.values;
    return copy(value, document_.GetAllocator());
  }

  // Counts a value out of the document and into the garbage.
  Error drop(const Value& value) {
    const Measure dropped = measure(value);
    MD_OK(spend(dropped.values));
    size_.text_bytes -= std::min(size_.text_bytes, dropped.text_bytes);
    size_.memory_bytes -= std::min(size_.memory_bytes, dropped.memory_bytes);
    size_.values -= std::min(size_.values, dropped.values);
    garbage_ += dropped.memory_bytes;
    return {};
  }

  Result<Value*> at(const Pointer& path) { return walk(path.segments()); }

  Result<Value*> walk(std::span<const std::string> segments) {
    Value* value = &document_;
    for (const std::string& segment : segments) {
      MD_LET(next, child(*value, segment));
      value = next;
    }
    return value;
  }

  Result<Value*> child(Value& value, std::string_view name) {
    if (value.IsObject()) {
      MD_LET(member, look_up(value, name));
      if (member == nullptr) return no_such("member", name);
      return member;
    }
    if (!value.IsArray())
      return invalid_argument("a value that is no object or array has no member " + quoted_excerpt(name));
    MD_LET(index, index_of(value, name, value.Size()));
    return &value[index];
  }

  Result<Value*> look_up(Value& object, std::string_view name) {
    MD_OK(spend(object.MemberCount() / 2 * (1 + name.size() / kNameStep)));
    return find(object, name);
  }

  // The index that the segment spells, below `end`.
  Result<SizeType> index_of(const Value& array, std::string_view name, std::size_t end) const {
    if (name == "-") return invalid_argument("\"-\" names the place behind the array's end, where no value is");
    const std::optional<std::size_t> index = array_index(name);
    if (!index) return invalid_argument(quoted_excerpt(name) + " is not an array index");
    if (*index >= end) {
      return invalid_argument("the index " + quoted_excerpt(name) + " is beyond the array of " +
                              std::to_string(array.Size()) + " elements");
    }
    return static_cast<SizeType>(*index);
  }

  Result<Value*> parent_of(const Pointer& path) {
    const std::span<const std::string> segments(path.segments());
    return walk(segments.first(segments.size() - 1));
  }

  // Where RFC 6902's "add" puts a value, within the limits of what stands there.
  Result<Slot> slot_for(const Pointer& path) {
    Slot slot;
    if (path.is_root()) {
      slot.there = &document_;
      return slot;
    }
    MD_LET(parent, parent_of(path));
    slot.parent = parent;
    slot.name = path.segments().back();
    if (parent->IsArray()) {
      slot.index = parent->Size();
      if (slot.name != "-") {
        MD_LET(given, index_of(*parent, slot.name, std::size_t{parent->Size()} + 1));
        slot.index = given;
      }
      if (parent->Size() < limits_.max_result_elements) return slot;
      return too_many(limits_.max_result_elements, "elements in one array");
    }
    if (!parent->IsObject()) {
      return invalid_argument("a value that is no object or array takes no member " + quoted_excerpt(slot.name));
    }
    MD_LET(there, look_up(*parent, slot.name));
    slot.there = there;
    if (there != nullptr || parent->MemberCount() < limits_.max_result_members) return slot;
    return too_many(limits_.max_result_members, "members in one object");
  }

  // Puts a value of the document's own memory into its slot. What was there has been dropped.
  Error fill(const Slot& slot, Value value) {
    if (slot.there != nullptr) {
      *slot.there = std::move(value);
      return {};
    }
    if (slot.parent->IsArray()) return insert(*slot.parent, slot.index, std::move(value));
    size_.text_bytes += slot.name.size() + 4;
    garbage_ += kGrowthCost;
    append(*slot.parent, slot.name, std::move(value), document_.GetAllocator());
    return {};
  }

  Error insert(Value& array, SizeType index, Value value) {
    const SizeType behind = array.Size() - index;
    MD_OK(spend(behind / kElementsPerUnit));
    if (array.Size() == array.Capacity()) garbage_ += std::size_t{array.Size()} * kGrowthCost;
    array.PushBack(Value(), document_.GetAllocator());
    // RapidJSON has no insertion; like its own Erase this moves the elements as bytes, and leaves a null in the gap.
    Value* gap = array.Begin() + index;
    std::memmove(static_cast<void*>(gap + 1), static_cast<const void*>(gap), std::size_t{behind} * sizeof(Value));
    new (gap) Value(std::move(value));
    return {};
  }

  // Removes the value from the tree, for another place or for none.
  Result<Value> take_out(const Pointer& path) {
    if (path.is_root()) return invalid_argument("the whole document cannot be removed");
    const std::string_view name = path.segments().back();
    MD_LET(parent, parent_of(path));
    MD_LET(found, child(*parent, name));
    Value value(std::move(*found));
    if (parent->IsObject()) {
      size_.text_bytes -= std::min(size_.text_bytes, name.size() + 4);
      erase(*parent, name);
    } else {
      MD_OK(spend(static_cast<std::size_t>(parent->End() - found) / kElementsPerUnit));
      parent->Erase(found);
    }
    return value;
  }

  Error check_depth(const Pointer& path, const Measure& added) const {
    if (path.segments().size() + added.depth <= std::min(limits_.max_result_depth, kMaxTreeDepth)) return {};
    return invalid_argument("the document becomes deeper than " + std::to_string(limits_.max_result_depth) + " levels");
  }

  Error check_size(std::size_t text_bytes, std::size_t values) const {
    if (text_bytes > max_bytes_) {
      return invalid_argument("the document grows beyond " + std::to_string(max_bytes_) + " bytes");
    }
    if (values > max_values_) {
      return invalid_argument("the document grows beyond " + std::to_string(max_values_) + " values");
    }
    return {};
  }

  static Error too_many(std::size_t limit, std::string_view what) {
    return invalid_argument("there would be more than " + std::to_string(limit) + " " + std::string(what));
  }

  Error spend(std::size_t units) {
    work_ += units;
    if (work_ <= max_work_) return {};
    return invalid_argument("the patch needs more work than " + std::to_string(max_work_) +
                            " bytes copied, moved and walked over");
  }

  void collect_garbage() {
    if (garbage_ <= std::max(kGarbageAllowed, size_.memory_bytes)) return;
    document_ = copy(document_);
    garbage_ = 0;
  }

  Document document_;
  const PatchLimits& limits_;
  Measure size_;  // of the document as it is; the depth is of the beginning
  const std::size_t max_bytes_;
  const std::size_t max_values_;
  const std::size_t max_work_;
  std::size_t work_ = 0;
  std::size_t garbage_ = 0;
};

}  // namespace

Result<Document> patched(const Value& document, const ParsedPatch& patch, const PatchLimits& limits) {
  return patched(copy(document), patch, limits);
}

Result<Document> patched(Document&& document, const ParsedPatch& patch, const PatchLimits& limits) {
  Run run(std::move(document), limits);
  for (std::size_t i = 0; i < patch.operations.size(); ++i) {
    const Operation& operation = patch.operations[i];
    if (const Error error = run.perform(operation); !error.ok()) {
      const std::string name = name_operation(i, op_name(operation.op), operation.path.text());
      return Error(error.code(), name + ": " + std::string(error.message()));
    }
  }
  return run.take();
}

Error apply(const ParsedPatch& patch, Document& document, const PatchLimits& limits) {
  MD_LET(result, patched(document, patch, limits));
  document = std::move(result);
  return {};
}

}  // namespace metadata::json
