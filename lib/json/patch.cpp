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

// The value that holds the place a pointer names, and the last segment.
struct Place {
  Value* parent = nullptr;
  std::string_view name;
};

Error no_such(std::string_view what, std::string_view name) {
  return invalid_argument("there is no " + std::string(what) + " " + quoted_excerpt(name));
}

// One run of a patch over a document of its own.
class Run {
 public:
  Run(Document document, const PatchLimits& limits)
      : document_(std::move(document)), limits_(limits), size_(measure(document_)) {}

  Error perform(const Operation& operation) {
    MD_OK(perform_one(operation));
    if (size_.text_bytes > limits_.max_result_bytes) {
      return invalid_argument("the document grows beyond " + std::to_string(limits_.max_result_bytes) + " bytes");
    }
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
    MD_LET(copied, copied_for(path, value));
    return put(path, std::move(copied));
  }

  Error remove(const Pointer& path) {
    MD_LET(removed, take_out(path));
    return drop(removed);
  }

  Error replace(const Pointer& path, const Value& value) {
    MD_LET(target, at(path));
    MD_LET(copied, copied_for(path, value));
    MD_OK(drop(*target));
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
    return put(path, std::move(value));
  }

  Error copy_from(const Pointer& from, const Pointer& path) {
    MD_LET(source, at(from));
    return add_copy(path, *source);
  }

  Error test(const Pointer& path, const Value& expected) {
    MD_LET(target, at(path));
    MD_OK(spend(measure(expected).memory_bytes));
    return equal(*target, expected) ? Error() : invalid_argument("values differ");
  }

  // A copy that is paid for, fits where it shall go, and is counted as part of the document.
  Result<Value> copied_for(const Pointer& path, const Value& value) {
    const Measure added = measure(value);
    MD_OK(spend(added.memory_bytes));
    MD_OK(check_depth(path, added));
    size_.text_bytes += added.text_bytes;
    size_.memory_bytes += added.memory_bytes;
    return copy(value, document_.GetAllocator());
  }

  // Counts a value out of the document and into the garbage.
  Error drop(const Value& value) {
    const Measure dropped = measure(value);
    MD_OK(spend(dropped.values));
    size_.text_bytes -= std::min(size_.text_bytes, dropped.text_bytes);
    size_.memory_bytes -= std::min(size_.memory_bytes, dropped.memory_bytes);
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
      MD_OK(spend(value.MemberCount() / 2));
      Value* member = find(value, name);
      if (member == nullptr) return no_such("member", name);
      return member;
    }
    if (!value.IsArray())
      return invalid_argument("a value that is no object or array has no member " + quoted_excerpt(name));
    MD_LET(index, index_of(value, name, value.Size()));
    return &value[index];
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

  Result<Place> place(const Pointer& path) {
    const std::span<const std::string> segments(path.segments());
    MD_LET(parent, walk(segments.first(segments.size() - 1)));
    return Place{parent, segments.back()};
  }

  // Puts a value of the document's own memory where RFC 6902's "add" says.
  Error put(const Pointer& path, Value value) {
    if (path.is_root()) {
      MD_OK(drop(document_));
      static_cast<Value&>(document_) = std::move(value);
      return {};
    }
    MD_LET(target, place(path));
    if (target.parent->IsArray()) return insert(*target.parent, target.name, std::move(value));
    if (target.parent->IsObject()) return put_member(*target.parent, target.name, std::move(value));
    return invalid_argument("a value that is no object or array takes no member " + quoted_excerpt(target.name));
  }

  Error put_member(Value& object, std::string_view name, Value value) {
    MD_OK(spend(object.MemberCount() / 2));
    if (Value* there = find(object, name)) {
      MD_OK(drop(*there));
      *there = std::move(value);
      return {};
    }
    size_.text_bytes += name.size() + 4;
    garbage_ += kGrowthCost;
    append(object, name, std::move(value), document_.GetAllocator());
    return {};
  }

  Error insert(Value& array, std::string_view name, Value value) {
    SizeType index = array.Size();
    if (name != "-") {
      MD_LET(given, index_of(array, name, std::size_t{array.Size()} + 1));
      index = given;
    }
    const SizeType behind = array.Size() - index;
    MD_OK(spend(behind));
    if (array.Size() == array.Capacity()) {
      MD_OK(spend(std::size_t{array.Size()} * kGrowthCost));
      garbage_ += std::size_t{array.Size()} * kGrowthCost;
    }
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
    MD_LET(target, place(path));
    MD_LET(found, child(*target.parent, target.name));
    Value value(std::move(*found));
    if (target.parent->IsObject()) {
      size_.text_bytes -= std::min(size_.text_bytes, target.name.size() + 4);
      erase(*target.parent, target.name);
    } else {
      MD_OK(spend(static_cast<std::size_t>(target.parent->End() - found)));
      target.parent->Erase(found);
    }
    return value;
  }

  Error check_depth(const Pointer& path, const Measure& added) const {
    if (path.segments().size() + added.depth <= std::min(limits_.max_result_depth, kMaxTreeDepth)) return {};
    return invalid_argument("the document becomes deeper than " + std::to_string(limits_.max_result_depth) + " levels");
  }

  Error spend(std::size_t bytes) {
    work_ += bytes;
    if (work_ <= limits_.max_work) return {};
    return invalid_argument("the patch needs more work than " + std::to_string(limits_.max_work) +
                            " bytes copied, moved and compared");
  }

  void collect_garbage() {
    if (garbage_ <= std::max(kGarbageAllowed, size_.memory_bytes)) return;
    document_ = copy(document_);
    garbage_ = 0;
  }

  Document document_;
  const PatchLimits& limits_;
  Measure size_;  // of the document as it is; the depth is of the beginning
  std::size_t work_ = 0;
  std::size_t garbage_ = 0;
};

}  // namespace

Result<Document> patched(const Value& document, const ParsedPatch& patch, const PatchLimits& limits) {
  Run run(copy(document), limits);
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
