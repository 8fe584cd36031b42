#include "lineage/context.h"

#include "access/sight.h"
#include "model/fqn.h"

namespace metadata::lineage {
namespace {

Error no_instance(std::string_view type, const EntityRef& target) {
  return not_found(std::string(type.empty() ? "entity" : type) + " instance for " + target.text().substr(0, 4096) +
                   " not found");
}

const model::AccessShape& shape_of(const Context& context, std::string_view type) {
  static const model::EntityType kUnknownType;
  static const model::AccessShape kUnknown = model::shape_of(kUnknownType);
  const model::EntityType* known = context.layouts.registry().type(type);
  return known == nullptr ? kUnknown : context.layouts.of(*known).shape;
}

}  // namespace

Result<base::Gate::Pass> may_ask(const Context& context, const Admit& admit) {
  if (!admit) return base::Gate::Pass();
  if (context.asking == nullptr) return unimplemented("walks that ask for each entity need two reading connections");
  return context.asking->enter();
}

Result<store::StoredEntity> find(const Context& context, store::Reader& reader, const EntityRef& target,
                                 Deleted deleted, const Principal& as) {
  const model::EntityType* type = target.type.empty() ? nullptr : context.layouts.registry().type_any_case(target.type);
  if (type == nullptr && (!target.type.empty() || target.id.empty())) {
    return not_found("Entity type " + target.type.substr(0, 100) + " not found");
  }
  const auto absent = [&] { return no_instance(type == nullptr ? std::string_view() : type->name, target); };
  std::optional<store::StoredEntity> found;
  if (!target.id.empty()) {
    MD_LET(by_id, reader.find(target.id));
    found = std::move(by_id);
  } else {
    const auto key = model::key_of_fqn(*type, target.fqn);
    if (!key.ok()) return absent();
    MD_LET(by_key, reader.find_key(type->name, *key));
    found = std::move(by_key);
  }
  if (!found || (type != nullptr && found->row.type != type->name)) return absent();
  if (found->row.deleted && deleted == Deleted::Refuse) return absent();
  MD_OK(access::check_entity(reader, as, {}, shape_of(context, found->row.type), found->row.rid, absent()));
  return *std::move(found);
}

Error may_edit(const Context& context, store::Reader& reader, const Principal& as, const store::EntityRow& row) {
  const auto& shape = shape_of(context, row.type);
  const access::StoredResource resource(reader, shape, row.rid);
  return access::check(as, {"EditLineage"}, row.type, &resource);
}

std::string named(const EntityRef& target) {
  return target.type.empty() ? target.text() : target.type + " " + target.text();
}

EntityRef ref_of(const store::EntityRow& row) { return EntityRef::by_id(row.type, row.id); }

LineageNode node_of(const store::RefRow& row, int depth) {
  return {row.id, row.type, row.name, row.display_name, model::fqn_of_key(row.fqn_key), row.deleted, depth};
}

LineageNode node_of(const store::EntityRow& row, int depth) {
  return {row.id, row.type, row.name, row.display_name, model::fqn_of_key(row.fqn_key), row.deleted, depth};
}

}  // namespace metadata::lineage
