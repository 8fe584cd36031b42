#ifndef METADATA_LIB_CHANGE_DESCRIBE_H
#define METADATA_LIB_CHANGE_DESCRIBE_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/ids.h"
#include "model/registry.h"

namespace metadata::change {

/// Who makes a change, for the provenance of the fields.
struct Author {
  std::string_view name;
  bool bot = false;
  std::string_view source = "Manual";  ///< changeSource
  std::int64_t at = 0;                 ///< ms since the epoch
};

/// What differs between two states of an entity, in the terms of the API.
struct Change {
  /// Names as in the change description, each once; empty: nothing changed. When children of a nested item came, went
  /// or moved, their list ("columns") is among them too, beside the path ("columns.parent").
  std::vector<std::string> fields;
  bool versioned = false;   ///< a versioned field is among them
  bool major = false;       ///< the next version is a major one
  std::string description;  ///< changeDescription as JSON text, with previousVersion; empty when `fields` is

  bool empty() const { return fields.empty(); }
};

/// From which container into which other one an entity goes.
struct Move {
  std::string from;  ///< FQN; empty: none
  std::string to;    ///< FQN; empty: none. The same as `from`: it stays where it is
};

/// Compares two working forms of an entity (documents with tags, and references as
/// {id,type[,name,fullyQualifiedName]}).
///
/// Looked at are the fields of the row, the document, labels and relations, but for managed ones. Absent, null and, for
/// lists and the extension, empty are one and the same. A value that came is in fieldsAdded, one that went in
/// fieldsDeleted, another one in fieldsUpdated. Scalars stand as JSON values, lists and objects as JSON text:
///
/// * Lists: the items that came and went, under the list's name. Items are matched by Field::match, labels by tagFQN
/// and
///   source, references by id, others by their whole value. Matched items that changed are in fieldsUpdated, old and
///   new; a label whose type or state changed is deleted and added. When matched items stand in another order, the
///   stretch of the list that moved is in fieldsUpdated; edges and lists kept sorted (Field::order_by) have no order.
/// * Nested lists (PutRule::Nested): matched by Field::match, `name` without case (A to Z), then member by member.
///   `columns.<path>.description` and `.tags` have all parents and no quotes; other members are
///   `columns.<leaf>.dataLength`, the leaf quoted if it has a dot; children that came and went are `columns.<parent
///   path>`. Names are those of `before`. A move is told by the items' names.
/// * Objects: whole; but one that holds a nested list (a topic's messageSchema) member by member, with its name as
/// prefix.
/// * `extension`: an update is `extension.<property>` with the JSON texts; properties that came or went are together
///   under `extension`, as `[{"property":value}]`.
///
/// A move or a changed ordinalPosition is a (minor) change like any other. Major are, where Field::breaking says so:
/// "removed" — an item went, "narrowed" — dataLength was reduced or set, precision or scale reduced or removed.
/// Takes time in proportion to the two documents.
///
/// That the entity lies in another container now, its working forms do not say: `move` does, and is told as `parent`.
Change describe(const model::EntityType& type, const json::Value& before, const json::Value& after, Version previous,
                const Move& move = {});

/// The provenance text after a change: who set each value last, path → {"by","kind":"bot"|"user","source","at"}.
///
/// Paths are the fields that describe() looks at ("description", "displayName", "tags" …, not the name) and the
/// description, displayName and tags of nested items, by their names in lower case: `columns.a.b.description`,
/// `columns."a.b".tags` for a name with a dot. What `after` does not have has no entry. `stored` is the text before the
/// change ("{}" for a new entity, whose given fields are all recorded); damaged text counts as "{}".
std::string provenance(std::string_view stored, const model::EntityType& type, const json::Value* before,
                       const json::Value& after, const Author& author);

/// Reads a provenance text: who set the values that it names.
class Setters {
 public:
  /// Damaged text names nobody.
  explicit Setters(std::string_view provenance);
  Setters(const Setters&) = delete;
  Setters& operator=(const Setters&) = delete;

  /// Did a bot set the value at this path last? What nobody is named for counts as set by a person.
  bool is_bots(std::string_view path) const;

 private:
  json::Document known_;
  json::MemberIndex entries_;
};

/// The version after a change: unchanged, minor or major.
Version next_version(Version present, const Change& change);

}  // namespace metadata::change

#endif  // METADATA_LIB_CHANGE_DESCRIBE_H
