#ifndef METADATA_LIB_JSON_BRIDGE_H
#define METADATA_LIB_JSON_BRIDGE_H

// From the public Json and Patch to what they hold, and back.

#include <memory>

#include "json/patch.h"
#include "json/value.h"
#include "metadata/json.h"
#include "metadata/patch.h"

namespace metadata {

struct Json::Impl {
  std::shared_ptr<const json::Document> tree;
  const json::Value* value;  // within the tree
};

struct Patch::Impl {
  json::ParsedPatch parsed;
};

}  // namespace metadata

namespace metadata::json {

/// A public value that owns the document.
Json wrap(Document&& document);
Json wrap(std::shared_ptr<const Document> document);
/// The tree inside; lives as long as the Json or a copy of it.
const Value& tree(const Json& json) noexcept;

/// A public patch.
Patch wrap(ParsedPatch parsed);
/// The operations inside; they live as long as the Patch or a copy of it.
const ParsedPatch& operations(const Patch& patch) noexcept;

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_BRIDGE_H
