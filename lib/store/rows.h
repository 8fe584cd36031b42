#ifndef METADATA_LIB_STORE_ROWS_H
#define METADATA_LIB_STORE_ROWS_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metadata/ids.h"

namespace metadata::store {

/// The store's own key of an entity; never shown outside the library and never reused. 0 means "none".
using Rid = std::int64_t;

/// Separates the parts of an fqn_key. Names cannot hold it, so "everything under" is a range of keys.
inline constexpr char kKeySeparator = '\x1f';
/// The byte after the separator: `key + kKeyEnd` is the first key that is not under `key`.
inline constexpr char kKeyEnd = '\x20';

/// What last happened to a row as part of a subtree, when no document was written with it.
/// Such a version's change description is derived from the mark, so that marking a subtree rewrites narrow rows only.
enum class Mark : std::uint8_t { None = 0, SoftDeleted = 1, Restored = 2 };

/// What listing, ranges and checks need of an entity; no JSON.
struct EntityRow {
  Rid rid = 0;
  EntityId id;
  std::string type;
  std::string
      tree;  ///< entity type at the root of the containment tree; keeps equal names of two trees apart in ranges
  std::string fqn_key;  ///< the FQN's bare parts joined by kKeySeparator, compared as bytes
  std::string name;
  std::string display_name;
  bool deleted = false;
  Revision revision = 1;
  Version version{1};
  std::int64_t updated_at = 0;  ///< ms since the epoch
  std::string updated_by;
  Mark mark = Mark::None;
};

/// The JSON of an entity: its own document (no relations, tags or row members), who set its fields, and what the last
/// version changed.
struct EntityBody {
  std::string document = "{}";
  std::string provenance = "{}";
  std::string change;  ///< changeDescription of the current version; empty for the first one
};

struct StoredEntity {
  EntityRow row;
  EntityBody body;
};

/// As much of an entity as a reference shows.
struct RefRow {
  Rid rid = 0;
  EntityId id;
  std::string type;
  std::string fqn_key;
  std::string name;
  std::string display_name;
  bool deleted = false;
};

/// One typed edge, seen from one of its ends.
struct RelationRow {
  Rid self = 0;
  std::string kind;
  RefRow other;
  std::int32_t position = 0;  ///< order among the edges of one kind of the `from` end
  std::string body;
};

/// The ends of a lineage edge: data flows from `from` to `to`.
struct LineagePair {
  Rid from = 0;
  Rid to = 0;
  auto operator<=>(const LineagePair&) const = default;
};

/// A lineage edge with all that is kept of it but its columns.
struct LineageRow {
  Rid edge = 0;  ///< the edge's own key, never reused
  LineagePair ends;
  std::string source;  ///< how it became known: "Manual", "ViewLineage" …
  Rid pipeline = 0;    ///< what moves the data, or 0
  Seq seq = 0;         ///< of the commit that wrote it last; tells one state of the edge from another
  std::string description;
  std::string body;  ///< further details as JSON
};

/// One source column of one column mapping of an edge. Rows with the same `mapping` make one mapping.
struct LineageColumn {
  Rid edge = 0;
  std::int32_t mapping = 0;
  std::int32_t item = 0;    ///< order within the mapping
  std::string from_column;  ///< below the entity (".address.city"), or a whole FQN; empty: a mapping without sources
  std::string to_column;
  std::string function;
};

/// One column of one entity, as lineage knows it.
struct ColumnOf {
  Rid entity = 0;
  std::string column;
};

/// How many edges reach and leave an entity.
struct LineageDegree {
  Rid entity = 0;
  std::int64_t incoming = 0, outgoing = 0;
};

/// Edges of one kind between entities of two types.
struct EdgeShape {
  std::string from_type;
  std::string kind;
  std::string to_type;
  EntityId from, to;  ///< the ends of one of them
  std::int64_t count = 0;
};

/// One label on an entity or on one of its nested items.
struct TagUsage {
  std::string path;  ///< empty: the entity itself; else the nested item's case-folded name path joined by kKeySeparator
  EntityId tag_id;
  std::string source;
  std::string label_type;
  std::string state;
  std::string reason;
  std::int32_t position = 0;  ///< order among the labels of one path
};

/// A label as read back, with the tag it names.
struct TagRow {
  Rid rid = 0;  ///< the labelled entity
  TagUsage usage;
  RefRow tag;
  std::string tag_document;  ///< the tag's document, for its description and style
};

/// A past version. The state of version v is made by starting from the nearest newer full form and applying deltas
/// downwards.
struct HistoryRow {
  Version version;
  Revision revision = 0;
  std::int64_t updated_at = 0;
  std::string updated_by;
  bool deleted = false;
  Mark mark = Mark::None;
  std::string change;  ///< changeDescription of this version
  bool full = false;   ///< body is the whole versioned form, not a delta
  std::string body;    ///< RFC 6902 patch from the next newer form to this one; empty when they are equal
};

/// One value of a time series of an entity.
struct SeriesRow {
  std::string id;       ///< the value's own key, unique within (owner, kind)
  std::int64_t ts = 0;  ///< ms since the epoch
  std::string body;
};

/// What a log record tells of. The numbers are stored: new ones go to the end.
enum class LogKind {
  Created,
  Updated,
  SoftDeleted,
  Restored,
  Deleted,
  Renamed,
  Series,
  LineagePut,         ///< an edge from the entity; `change` names both ends
  LineageRemoved,     ///< the same of an edge that went
  SuggestionCreated,  ///< somebody suggests a change of the entity; `change` tells which, here and below
  SuggestionUpdated,
  SuggestionAccepted,
  SuggestionRejected,
  SuggestionDeleted,
};

/// Does the record tell of what is kept beside the entity, and nothing of what it is itself or has edges to?
constexpr bool is_beside(LogKind kind) noexcept {
  return kind == LogKind::Series || kind >= LogKind::SuggestionCreated;
}

/// One entry of the change log. Whatever follows the log needs only this row.
struct LogRecord {
  Seq seq = 0;           ///< given at commit
  std::string event_id;  ///< given at commit, from the store's id and seq
  std::int64_t at = 0;
  LogKind kind = LogKind::Updated;
  std::string type;
  EntityId id;
  std::string tree;
  std::string fqn_key;
  bool subtree = false;  ///< everything under fqn_key changed with it
  Revision revision = 0;
  Version version;
  std::string actor;
  std::string actor_kind;
  std::string source;  ///< Manual, Automated …
  std::string facts;   ///< JSON: ids of owners, tags, domains at that moment
  std::string change;  ///< changeDescription
};

/// A small keyed record that belongs to the store or to one entity: credentials, sessions, revoked tokens.
struct SideRow {
  std::string kind;
  std::string key;
  EntityId owner;               ///< empty: nobody; else it vanishes with this entity
  std::int64_t expires_at = 0;  ///< ms since the epoch; 0 never
  std::string body;
};

struct RowCondition;

enum class Rows { Live, Deleted, All };

/// A value of a field that lists filter by.
struct Attribute {
  std::string name;
  std::string value;
};

/// An edge that listed entities must have.
struct Related {
  EntityId other;
  std::string kind;
  bool outgoing = false;  ///< true: it runs from the listed entity to `other`
};

/// A piece of a listing in fqn_key order.
struct ListQuery {
  std::string type;
  Rows rows = Rows::Live;
  std::string lower;                  ///< keys above this one only (exclusive); empty: from the start
  std::string upper;                  ///< keys below this one only (exclusive); empty: to the end
  std::vector<Attribute> attributes;  ///< all must hold
  std::vector<Related> related;       ///< all must hold
  bool descending = false;            ///< the last `limit` of the range, answered last first
  std::size_t limit = 10;
  std::shared_ptr<const RowCondition> condition = nullptr;  ///< must hold of each row; null: no condition
  bool leave_out_damaged = false;  ///< rows that lost their body; else a list with one is Corrupt
  std::string words = {};  ///< the key as an FQN without quotes, or the display name, holds this text, ASCII case aside
  std::size_t min_parts = 0, max_parts = 0;  ///< of the key; 0: any number
};

/// Entities by position instead of by key, or values of their series.
struct Survey {
  /// Text that the member of a value at this JSON path ("$.status") must be.
  struct Member {
    std::string path;
    std::string text;
  };
  enum class Order {
    Key,     ///< of the entities; backwards when `of.descending`
    Newest,  ///< later values first, of one moment those that were written later; what has no value comes last
    Oldest,  ///< earlier ones first, of one moment those that were written earlier; what has no value comes last
  };
  ListQuery of;                           ///< which entities; its paging is not looked at
  std::string series;                     ///< a value for each row; empty: entities without values
  std::int64_t from = 0, to = INT64_MAX;  ///< times of the values
  std::vector<Member> members = {};       ///< of the values; all must hold
  bool latest = false;                    ///< only the newest value of each entity counts
  bool without = false;                   ///< with `latest`: entities without any value are among the rows
  Order order = Order::Key;
  std::size_t limit = 10, offset = 0;
};

/// What a survey found.
struct Surveyed {
  struct Row {
    Rid rid = 0;
    std::optional<SeriesRow> value;
  };
  std::vector<Row> rows;
  std::int64_t total = 0;  ///< how many there are in all
};

struct TypedKey {
  std::string type;
  std::string fqn_key;
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_ROWS_H
