#include "json/parse.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "json/reader.h"

namespace metadata::json {
namespace {

Error parse_by(const ReadRules& rules, std::string_view text, Document& out) {
  if (text.size() > rules.limits.max_bytes) {
    return too_large("the JSON text has " + std::to_string(text.size()) + " bytes, more than " +
                     std::to_string(rules.limits.max_bytes));
  }
  try {
    Document fresh;
    Reader reader(text, rules, fresh);
    fresh.Populate(reader);
    if (!reader.failure().ok()) return reader.failure();
    out = std::move(fresh);
    return {};
  } catch (const Misuse& misuse) {
    return internal_error(std::string("the JSON reader broke a promise: ") + misuse.what());
  }
}

}  // namespace

Error parse(std::string_view text, Document& out, const JsonLimits& limits) {
  out = Document();
  ReadRules rules{limits, true};
  rules.limits.max_depth = std::min(limits.max_depth, kMaxTreeDepth);
  rules.limits.max_bytes = std::min<std::size_t>(limits.max_bytes, std::numeric_limits<std::int32_t>::max());
  return parse_by(rules, text, out);
}

Error parse_trusted(std::string_view text, Document& out) {
  out = Document();
  constexpr std::size_t kAny = std::numeric_limits<std::int32_t>::max();
  static const ReadRules rules{{.max_bytes = kAny,
                                .max_depth = kMaxTreeDepth,
                                .max_values = kAny,
                                .max_members = kAny,
                                .max_elements = kAny,
                                .max_string_bytes = kAny},
                               false};
  const Error error = parse_by(rules, text, out);
  return error.ok() ? error : corrupt("stored " + std::string(error.message()));
}

}  // namespace metadata::json
