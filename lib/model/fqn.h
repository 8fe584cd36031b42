#ifndef METADATA_LIB_MODEL_FQN_H
#define METADATA_LIB_MODEL_FQN_H

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"
#include "metadata/options.h"
#include "model/registry.h"

namespace metadata::model {

/// The separator of key parts; equal to store::kKeySeparator (a test holds them together).
inline constexpr char kKeySeparator = '\x1f';

/// The key under which an entity of this type with this bare name lies below `parent_key` (empty: at the root).
/// A name that cannot be part of an FQN, or a result that is too long, is InvalidArgument with field "name".
Result<std::string> make_key(const EntityType& type, std::string_view parent_key, std::string_view name,
                             const Limits& limits);

/// The key that an FQN names, as an entity of this type: flat types take the whole text as one name, quoted or not.
/// Where the create body says the FQN, all of it is one part of a key.
Result<std::string> key_of_fqn(const EntityType& type, std::string_view fqn);
/// The same for a container given in a filter, whatever its type.
Result<std::string> key_of_any_fqn(std::string_view fqn);

/// The FQN a key stands for: its parts quoted where needed and joined by dots.
std::string fqn_of_key(std::string_view key);
std::string_view parent_key(std::string_view key);  ///< empty at the root
std::vector<std::string_view> key_parts(std::string_view key);

/// Gives every nested item that has a fullyQualifiedName (columns, their children) the one that belongs to it.
/// InvalidArgument, naming the item, when one becomes too long.
Error fill_nested_fqns(const EntityType& type, std::string_view entity_fqn, json::Value& entity,
                       json::Allocator& allocator, const Limits& limits);

/// The fullyQualifiedName of everything inside of the entity that has one (columns, their children, fields of a
/// schema), in an order that the same items always have. `entity` is a document or a working form; references in it
/// are not followed. The texts live as long as the tree.
std::vector<std::string_view> nested_fqns(const json::Value& entity);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_FQN_H
