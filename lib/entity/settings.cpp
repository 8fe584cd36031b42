#include <algorithm>
#include <string>

#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/formats.h"
#include "model/validate.h"

namespace metadata::entity {
namespace {

/// Under which name the store keeps it: the store has settings of its own beside.
std::string stored_name(const model::Setting& setting) { return "system." + setting.name; }

Result<const model::Setting*> find_setting(const Context& context, std::string_view name) {
  for (const auto& setting : context.registry().settings()) {
    if (setting->name == name) return setting.get();
  }
  return not_found("there is no setting " + model::shown(name));
}

}  // namespace

Result<std::string> setting(const Context& context, std::string_view name, const Interrupt& interrupt) {
  MD_LET(found, find_setting(context, name));
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(kept, reader->setting(stored_name(*found)));
  return kept ? *kept : found->value;
}

Error put_setting(const Context& context, std::string_view name, std::string_view text, const WriteOptions& options) {
  const auto kind = options.as.kind;
  if (kind != Principal::Kind::Admin && kind != Principal::Kind::Embedded)
    return permission_denied("only admins may change settings");
  MD_LET(found, find_setting(context, name));
  json::Document value;
  MD_OK(json::parse(text, value, context.limits.body));
  MD_OK(model::validate_value(found->type, found->name, value, value.GetAllocator(), context.limits));
  store::WriteSet set;
  set.operations.push_back(store::PutSetting{stored_name(*found), json::write(value)});
  const auto applied = context.store.commit(set, options.interrupt);
  return applied.ok() ? Error() : applied.error();
}

}  // namespace metadata::entity
