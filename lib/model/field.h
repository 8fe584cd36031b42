#ifndef METADATA_LIB_MODEL_FIELD_H
#define METADATA_LIB_MODEL_FIELD_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace metadata::model {

struct StructType;

enum class Shape { Any, Boolean, Integer, Number, String, Object, Array, Map, Struct };
enum class Format { None, Name, Fqn, Uuid, Email, Uri, Date, DateTime, Timestamp, Reference, TagLabel };

/// What a value may be. Immutable.
struct ValueType {
  std::string name;  ///< as the description spells it: "Column", "timestamp", "[string]"
  Shape shape = Shape::Any;
  Format format = Format::None;
  std::shared_ptr<const StructType> fields;  ///< Struct; shared, since types may hold themselves (Column.children)
  std::shared_ptr<const ValueType> element;  ///< Array, Map
  std::vector<std::string> values;           ///< of an enumeration; empty: any
  bool any_case = false;  ///< the enumeration is read whatever its case, and kept as it is spelled here
  std::optional<std::int64_t> min_length, max_length;  ///< of text in characters, of an array in elements
  std::optional<double> minimum, maximum;
};

/// Where a field's value lives.
enum class Place {
  Row,        ///< id, name, displayName's mirror, version …: in the narrow row
  Document,   ///< in the entity's own JSON
  Tags,       ///< labels: tag_usage rows
  Relation,   ///< edges to other entities
  Container,  ///< the direct parent, when it is of one of `types`: the FQN says it
  Ancestor,   ///< the nearest container of one of `types`, at any height (the direct one too): the FQN says it
  Children,   ///< entities directly below
  Computed,   ///< counted or looked up when read
  Write,      ///< accepted in bodies, never stored here and never answered (password, botName …)
};

/// How PUT treats a field of an entity that exists (contract: what PUT may and may not change).
enum class PutRule {
  Replace,      ///< the request's value, absent means removed
  KeepMissing,  ///< absent or empty keeps the stored value
  Merge,        ///< labels: union by identity; lifeCycle: the later one of each
  HumanFirst,   ///< as Replace, but a bot may not overwrite what a person set last; absent from a bot keeps any value
  HumanFirstKeepMissing,  ///< as HumanFirst, and absent or empty keeps the stored value whoever sent it
  PersonFirst,            ///< as Replace, but a bot neither overwrites nor removes what a person set last
  Nested,  ///< an object merged member by member; list items matched by `match`, each merged so, those not sent removed
  Ignore,  ///< PUT never changes it
};

/// What is to be true of a value besides its form, and can only be said by looking at other entities.
enum class Check {
  None,
  Condition,  ///< a condition of an access rule: it can be parsed, and the tags, teams and roles that it names are
              ///< there
};

/// The operation that a change of some items of a list needs, instead of the list's own.
struct ItemEdit {
  std::string member;   ///< of the item: "tagFQN"
  std::string value;    ///< what the member is
  bool prefix = false;  ///< what it begins with instead
  std::string edit;     ///< "EditTier"
};

/// Edges behind a reference field.
struct RelationRule {
  std::string kind;                ///< name of the edge kind: "owns"
  bool outgoing = false;           ///< true: edges run from this entity to the referenced ones
  std::vector<std::string> types;  ///< allowed types of the other end; empty: any
  bool many = true;
  bool inherited = false;  ///< without edges of its own, an entity shows its container's
  bool described = false;  ///< its references show the description of what they name
};

struct Field {
  std::string name;
  ValueType type;
  Place place = Place::Document;
  bool on_request = false;  ///< shown only when `fields` names it
  bool in_create = true;    ///< accepted in a create body
  bool required = false;    ///< a create body must have it
  bool managed = false;     ///< the server's own; in bodies it is ignored
  bool versioned = true;    ///< a change of it makes a version
  bool secret = false;      ///< sealed at rest; `secret_names` for objects
  bool searchable_name = false;
  bool hidden = false;             ///< never shown: only says where the entity lies or what hangs on it
  bool fixed = false;              ///< as the create body gave it for good: a patch leaves it
  std::string route;               ///< last word of a route of its own below the entity's id, or empty
  std::string fills;               ///< a list whose items get what they lack from its member of that name; or empty
  std::string item_list, item_by;  ///< a value that names an item of that list by that member is kept in the item
  std::optional<std::string> default_json;  ///< JSON text of the value when a body does not give one
  std::string from;  ///< Place::Computed: where the value comes from ("service.serviceType", "hasContainer"), or empty
  std::string digest_of;  ///< the value is the MD5 of that other field's text, worked out at every write
  std::string reset_by;   ///< a change of this other field sets the value back to its default
  PutRule put = PutRule::Replace;
  std::string edit;                  ///< operation needed to change it: "EditDescription"; empty: EditAll
  std::string view;                  ///< operation needed to see it on request: "ViewUsage"; empty: ViewAll
  std::vector<ItemEdit> edit_items;  ///< of labels: the first that fits counts
  Check check = Check::None;
  std::vector<std::string> match;     ///< list items: the members that identify one
  std::vector<std::string> breaking;  ///< changes of list items that are major: "removed", "narrowed"
  std::string order_by;               ///< list items are kept sorted by this member; empty: as sent
  RelationRule relation;              ///< Place::Relation
  std::vector<std::string> types;     ///< Place::Container, Ancestor, Children: entity types there
};

/// A nested object's members. `open` ones accept any further key.
struct StructType {
  std::string name;
  std::vector<Field> fields;
  bool open = false;

  const Field* find(std::string_view name) const;
};

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_FIELD_H
