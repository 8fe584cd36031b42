#ifndef METADATA_LIB_ENTITY_BODY_H
#define METADATA_LIB_ENTITY_BODY_H

#include <string_view>

#include "entity/context.h"
#include "model/validate.h"

namespace metadata::entity {

/// Parses and validates a create body.
Result<json::Document> read_body(const Context& context, const view::TypeLayout& layout, std::string_view json);

/// Takes references that a container lends out of an entity's tree: they are shown, but never the entity's own.
void drop_inherited(const view::TypeLayout& layout, json::Value& entity);

/// Takes out what is not part of the working form: containers and members that are only written.
void drop_unkept(const view::TypeLayout& layout, json::Value& working);

/// Seals the secrets of a working form. The mask, or a secret that has not changed, keeps what is stored.
Error seal_secrets(const Context& context, const model::EntityType& type, json::Document* before,
                   json::Document& after);

/// The same for an entity that is stored, when its type has secrets at all.
Error keep_secrets(const Context& context, const view::TypeLayout& layout, const Loaded& before, json::Document& after);

/// A text with every sealed secret in it replaced by the mask: for change descriptions, which everybody may read.
std::string mask_sealed(std::string text);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_BODY_H
