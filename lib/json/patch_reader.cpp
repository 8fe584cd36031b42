// The reading half of json/patch.h: from the JSON form of RFC 6902 to operations.
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "json/patch.h"
#include "json/patch_words.h"
#include "json/write.h"

namespace metadata::json {
namespace {

struct OpWord {
  std::string_view word;
  Op op;
};
constexpr std::array<OpWord, 6> kOpWords = {{{"add", Op::Add},
                                             {"remove", Op::Remove},
                                             {"replace", Op::Replace},
                                             {"move", Op::Move},
                                             {"copy", Op::Copy},
                                             {"test", Op::Test}}};

const OpWord* find_op(std::string_view word) noexcept {
  for (const OpWord& entry : kOpWords) {
    if (entry.word == word) return &entry;
  }
  return nullptr;
}

bool needs_value(Op op) noexcept { return op == Op::Add || op == Op::Replace || op == Op::Test; }
bool needs_from(Op op) noexcept { return op == Op::Move || op == Op::Copy; }

Result<Pointer> read_pointer(const Value& object, std::string_view member, const PatchLimits& limits) {
  const Value* text = find(object, member);
  if (text == nullptr) return invalid_argument("the member \"" + std::string(member) + "\" is missing");
  if (!text->IsString()) return invalid_argument("the member \"" + std::string(member) + "\" is not a string");
  Result<Pointer> pointer = Pointer::parse(view(*text), limits.max_pointer_segments);
  if (!pointer.ok())
    return invalid_argument(quoted_excerpt(view(*text)) + ": " + std::string(pointer.error().message()));
  return pointer;
}

Result<Op> read_op(const Value& object) {
  if (!object.IsObject()) return invalid_argument("it is not an object");
  const Value* word = find(object, "op");
  if (word == nullptr) return invalid_argument("the member \"op\" is missing");
  if (!word->IsString()) return invalid_argument("the member \"op\" is not a string");
  const OpWord* known = find_op(view(*word));
  if (known == nullptr) return invalid_argument("unknown op " + quoted_excerpt(view(*word)));
  return known->op;
}

Result<Operation> read_operation(const Value& object, const PatchLimits& limits) {
  Operation out;
  MD_LET(op, read_op(object));
  out.op = op;
  MD_LET(path, read_pointer(object, "path", limits));
  out.path = std::move(path);
  if (needs_from(op)) {
    MD_LET(from, read_pointer(object, "from", limits));
    out.from = std::move(from);
  }
  if (needs_value(op)) {
    out.value = find(object, "value");
    if (out.value == nullptr) return invalid_argument("the member \"value\" is missing");
  }
  return out;
}

// "operation 2 (replace /a/b)", with as much of it as can be read.
std::string name_raw(std::size_t index, const Value& object) {
  const std::string_view op = string_or(object, "op");
  if (find_op(op) == nullptr) return name_operation(index, {}, {});
  const Value* path = find(object, "path");
  if (path == nullptr || !path->IsString()) return name_operation(index, op, {});
  return name_operation(index, op, view(*path));
}

}  // namespace

std::string_view op_name(Op op) noexcept {
  for (const OpWord& entry : kOpWords) {
    if (entry.op == op) return entry.word;
  }
  return "";
}

std::string name_operation(std::size_t index, std::string_view op, std::optional<std::string_view> path) {
  std::string out = "operation " + std::to_string(index);
  if (op.empty()) return out;
  out += " (" + std::string(op);
  if (path && path->empty()) {
    out += " the whole document";
  } else if (path) {
    const std::string quoted = quoted_excerpt(*path);  // for its escapes and its cut; the quotes go
    out += ' ' + quoted.substr(1, quoted.size() - 2);
  }
  return out + ')';
}

PatchLimits unlimited() noexcept {
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  return {kAny, kAny, kAny, kAny, kAny, kAny, kAny, kAny, kAny, kAny};
}

Result<ParsedPatch> read_patch(std::shared_ptr<const Document> source, const PatchLimits& limits) {
  if (source == nullptr) return ParsedPatch();
  if (!source->IsArray()) return invalid_argument("a JSON Patch is an array of operations");
  if (source->Size() > limits.max_operations) {
    return invalid_argument("the patch has " + std::to_string(source->Size()) + " operations, more than " +
                            std::to_string(limits.max_operations));
  }
  ParsedPatch out;
  out.operations.reserve(source->Size());
  for (const Value& object : source->GetArray()) {
    Result<Operation> operation = read_operation(object, limits);
    if (!operation.ok()) {
      return invalid_argument(name_raw(out.operations.size(), object) + ": " +
                              std::string(operation.error().message()));
    }
    out.operations.push_back(*std::move(operation));
  }
  out.source = std::move(source);
  return out;
}

Result<ParsedPatch> read_patch(Document&& source, const PatchLimits& limits) {
  return read_patch(std::make_shared<const Document>(std::move(source)), limits);
}

}  // namespace metadata::json
