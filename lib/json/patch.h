#ifndef METADATA_LIB_JSON_PATCH_H
#define METADATA_LIB_JSON_PATCH_H

#include <memory>
#include <string_view>
#include <vector>

#include "json/pointer.h"
#include "json/value.h"
#include "metadata/error.h"
#include "metadata/patch.h"

namespace metadata::json {

enum class Op { Add, Remove, Replace, Move, Copy, Test };

/// The word of RFC 6902 for an operation.
std::string_view op_name(Op op) noexcept;

/// One operation of a patch.
struct Operation {
  Op op = Op::Test;
  Pointer path;
  Pointer from;                  // of move and copy
  const Value* value = nullptr;  // of add, replace and test; inside ParsedPatch::source
};

/// A patch as operations. Cheap to copy apart from the pointers.
struct ParsedPatch {
  std::shared_ptr<const Document> source;  // an array of objects, as RFC 6902 spells it; null: no operations
  std::vector<Operation> operations;
};

/// No bounds, for patches that the library made itself.
PatchLimits unlimited() noexcept;

/// Reads the operations out of a tree. Anything that RFC 6902 does not allow is InvalidArgument; the message begins
/// with the operation's index.
Result<ParsedPatch> read_patch(std::shared_ptr<const Document> source, const PatchLimits& limits = {});
Result<ParsedPatch> read_patch(Document&& source, const PatchLimits& limits = {});

/// Applies every operation, or none: after an error the document is as it was.
/// The message of an error begins "operation 1 (test /a): ".
Error apply(const ParsedPatch& patch, Document& document, const PatchLimits& limits = {});

/// apply() on a copy.
Result<Document> patched(const Value& document, const ParsedPatch& patch, const PatchLimits& limits = {});

/// apply() on a document that nobody needs any more when it fails: nothing is copied.
Result<Document> patched(Document&& document, const ParsedPatch& patch, const PatchLimits& limits = {});

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_PATCH_H
