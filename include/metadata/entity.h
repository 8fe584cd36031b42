#ifndef METADATA_ENTITY_H
#define METADATA_ENTITY_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/export.h"
#include "metadata/ids.h"
#include "metadata/json.h"

namespace metadata {

/// Names one entity: its type, and its id or its fully qualified name.
struct METADATA_API EntityRef {
  std::string type;
  EntityId id;      ///< wins when given
  std::string fqn;  ///< looked at when id is empty

  static EntityRef by_id(std::string type, EntityId id) { return {std::move(type), id, {}}; }
  static EntityRef by_fqn(std::string type, std::string fqn) { return {std::move(type), {}, std::move(fqn)}; }
  /// The id, or the FQN, as messages show it.
  std::string text() const { return id.empty() ? fqn : id.text(); }
};

/// An entity as a reader sees it. Immutable; cheap to copy; safe for use from many threads.
class METADATA_API Entity {
 public:
  struct Data {
    std::string type;
    EntityId id;
    std::string fqn;
    std::string name;
    Version version;
    Revision revision = 0;
    bool deleted = false;
    std::string text;  ///< the whole entity as JSON
    /// Where the references to other entities begin in the text, in order.
    std::vector<std::uint32_t> references = {};
  };
  explicit Entity(Data data) : data_(std::make_shared<const Data>(std::move(data))) {}

  const std::string& type() const noexcept { return data_->type; }
  const EntityId& id() const noexcept { return data_->id; }
  const std::string& fqn() const noexcept { return data_->fqn; }
  const std::string& name() const noexcept { return data_->name; }
  Version version() const noexcept { return data_->version; }
  Revision revision() const noexcept { return data_->revision; }
  bool deleted() const noexcept { return data_->deleted; }
  /// The entity as JSON text. References carry no href: hosts that serve HTTP add it.
  const std::string& text() const noexcept { return data_->text; }
  /// Positions in text() of the references to other entities (owners, containers, children …; not labels), in order.
  /// Each is an object that begins with its members id and type: {"id":"…","type":"…"
  const std::vector<std::uint32_t>& references() const noexcept { return data_->references; }
  /// The value at a JSON Pointer, e.g. "/columns/0/name", or nothing. Parses the text at every call.
  std::optional<Json> get(std::string_view pointer) const;
  EntityRef ref() const { return EntityRef::by_id(data_->type, data_->id); }

 private:
  std::shared_ptr<const Data> data_;
};

/// A piece of a listing, in FQN order.
struct Page {
  std::vector<Entity> entities;
  std::int64_t total = 0;  ///< how many the filters match in all
  std::string before;      ///< cursor of the page before, or empty: there is none
  std::string after;       ///< cursor of the next page, or empty: this is the last
};

/// A page of values over time, the newest first.
struct ValuePage {
  std::vector<Json> values;
  std::int64_t total = 0;  ///< how many there are between the two moments
  std::string after;       ///< cursor of the next page, or empty: this is the last
};

/// Some of the items of a list in an entity, in its order.
struct ItemPage {
  std::vector<Json> items;
  std::int64_t total = 0;  ///< how many there are in all, or match
};

/// One value over time with the entity that it is of, as JSON text of a reference.
struct OwnedValue {
  EntityId id;  ///< the same whenever this value is read
  std::string owner;
  std::string series;
  std::int64_t at = 0;  ///< ms since the epoch
  Json value;
};

/// The versions of an entity, newest first.
struct History {
  std::string type;
  std::vector<std::string> versions;  ///< each the entity as JSON text, as it was
  std::int64_t total = 0;
};

/// What a write did.
struct Written {
  enum class Change { Created, Updated, None, SoftDeleted, Deleted, Restored };
  Entity entity;
  Seq seq = 0;  ///< orders it against every other write; 0 when nothing changed
  Change change = Change::None;
  /// Of a put by a bot: paths of values that it sent and that were not taken because a person wrote them last
  /// ("description", "columns.id.description"). At most 100.
  std::vector<std::string> kept = {};
  bool created() const noexcept { return change == Change::Created; }
};

}  // namespace metadata

#endif  // METADATA_ENTITY_H
