#include <utility>

#include "json/bridge.h"
#include "json/diff.h"
#include "json/parse.h"
#include "json/patch.h"
#include "json/write.h"
#include "metadata/patch.h"

namespace metadata {

Patch::Patch() = default;
Patch::~Patch() = default;
Patch::Patch(const Patch&) = default;
Patch::Patch(Patch&&) noexcept = default;
Patch& Patch::operator=(const Patch&) = default;
Patch& Patch::operator=(Patch&&) noexcept = default;
Patch::Patch(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<Patch> Patch::parse(std::string_view text, const PatchLimits& limits, const JsonLimits& json) {
  json::Document document;
  MD_OK(json::parse(text, document, json));
  MD_LET(parsed, json::read_patch(std::move(document), limits));
  return json::wrap(std::move(parsed));
}

Patch Patch::diff(const Json& from, const Json& to) {
  Result<json::ParsedPatch> parsed = json::read_patch(json::diff(json::tree(from), json::tree(to)), json::unlimited());
  return json::wrap(*std::move(parsed));  // a diff is a patch
}

Result<Json> Patch::apply(const Json& document, const PatchLimits& limits) const {
  MD_LET(result, json::patched(json::tree(document), json::operations(*this), limits));
  return json::wrap(std::move(result));
}

std::size_t Patch::size() const noexcept { return json::operations(*this).operations.size(); }

std::string Patch::text() const {
  const json::ParsedPatch& parsed = json::operations(*this);
  return parsed.source == nullptr ? "[]" : json::write(*parsed.source);
}

namespace json {

Patch wrap(ParsedPatch parsed) { return Patch(std::make_shared<const Patch::Impl>(Patch::Impl{std::move(parsed)})); }

const ParsedPatch& operations(const Patch& patch) noexcept {
  static const ParsedPatch none;
  return patch.impl() == nullptr ? none : patch.impl()->parsed;
}

}  // namespace json
}  // namespace metadata
