#ifndef METADATA_LINEAGE_H
#define METADATA_LINEAGE_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/ids.h"
#include "metadata/options.h"
#include "metadata/patch.h"

namespace metadata {

/// Which way along the data: to where it comes from, or to where it goes.
enum class Flow { Upstream, Downstream };

/// As far as there is anything.
inline constexpr int kAnyDepth = std::numeric_limits<int>::max();

/// An entity that a walk met: as much of it as a reference shows.
struct LineageNode {
  EntityId id;
  std::string type;
  std::string name;
  std::string display_name;
  std::string fqn;
  bool deleted = false;  ///< soft-deleted
  int depth = 0;         ///< edges away from where the walk began; negative upstream
};

/// An edge: data flows from `from` to `to`.
struct LineageEdge {
  EntityId from;
  EntityId to;
  std::string description;  ///< of the edge itself, or empty
  std::string details;      ///< lineageDetails as JSON text; empty when they were not asked for
};

/// What a walk found. Nodes hold each entity once, without the one it began at.
struct LineageGraph {
  LineageNode entity;
  std::vector<LineageNode> nodes;       ///< in the order they were met: upstream first
  std::vector<LineageEdge> upstream;    ///< each edge once in a direction, nearest first
  std::vector<LineageEdge> downstream;  ///< the same
  bool complete = true;                 ///< false: a budget ended it; `cursor` goes on, unless it is empty
  std::string cursor;                   ///< for LineageOptions::cursor
};

/// Says of each of some entities, a few hundred at a time, whether a walk may enter it: one answer an entity, in their
/// order. It may ask the catalog, but not for another walk that asks. An error ends the walk with it.
using Admit = std::function<Result<std::vector<bool>>(std::span<const EntityId> ids)>;

/// How far a walk goes. What is beyond a budget comes with the cursor, never silently not at all.
struct LineageOptions {
  Principal as = {};
  int upstream_depth = 1;               ///< 0: nothing upstream; kAnyDepth: all of it
  int downstream_depth = 1;             ///< the same downstream
  std::string column = {};              ///< only what this column of the entity comes from and goes to; by name or FQN
  bool deleted = true;                  ///< false: soft-deleted entities are neither shown nor passed through
  std::vector<std::string> types = {};  ///< only entities of these types are shown and passed through; empty: all
  Admit admit = {};                     ///< only entities that it lets in are shown and passed through; empty: all
  bool details = true;                  ///< false: edges come without their details, which is cheaper
  std::size_t max_nodes = 1000;         ///< shown in one answer
  std::size_t max_edges = 5000;         ///< shown in one answer
  std::size_t max_visited = 4'000'000;  ///< entities met in all; 16 to 32 bytes each. Beyond it there is no cursor
  std::chrono::milliseconds budget{10'000};  ///< of new work in one answer
  std::string cursor = {};                   ///< of an earlier answer about the same entity with the same options
  Interrupt interrupt = {};
};

/// How impact analysis goes through everything that depends on an entity.
struct ImpactOptions {
  Principal as = {};
  Flow flow = Flow::Downstream;
  int depth = kAnyDepth;
  std::string column = {};              ///< as LineageOptions::column
  bool deleted = true;                  ///< as LineageOptions::deleted
  std::vector<std::string> types = {};  ///< only these are told of; others are passed through
  Admit admit = {};                     ///< as LineageOptions::admit
  std::size_t max_visited = 4'000'000;  ///< as LineageOptions::max_visited; beyond it: TooLarge
  std::string cursor = {};              ///< of an earlier page
  Interrupt interrupt = {};
};

/// A piece of an impact analysis.
struct ImpactPage {
  LineageNode entity;
  std::vector<LineageNode> nodes;  ///< nearest first
  std::string after;               ///< cursor of the next page, or empty: this is the last
};

/// How much depends on an entity, by groups, largest first.
struct ImpactCounts {
  using Group = std::vector<std::pair<std::string, std::int64_t>>;
  LineageNode entity;
  std::int64_t total = 0;
  Group by_type;
  Group by_depth;  ///< "1", "2" …, nearest first
  Group by_owner;  ///< own owners by FQN; "" is who has none of its own
  Group by_tier;   ///< labels of the classification Tier; "" is who has none
};

/// How many edges reach and leave an entity, counted to a bound.
struct LineageDegrees {
  EntityId id;
  std::int64_t upstream = 0;
  std::int64_t downstream = 0;
};

/// Edges between the services that contain the ends of edges.
struct PlatformLineage {
  struct Edge {
    EntityId from;
    EntityId to;
    std::int64_t assets = 0;  ///< edges between entities of the two
  };
  std::vector<LineageNode> services;  ///< those that have an edge
  std::vector<Edge> edges;
  bool complete = true;  ///< false: the budget ended the count; `cursor` goes on
  std::string cursor;
};

/// What a write of an edge did.
struct LineageWritten {
  LineageEdge edge;
  Seq seq = 0;  ///< orders it against every other write; 0 when nothing changed
  bool created = false;
  bool changed = false;
};

/// Lineage: which entity's data comes from which. Edges run between entities of any types, two of them have one edge a
/// direction at most, and it follows them: a rename shows at once, a hard delete takes the edges along, a soft delete
/// leaves them. Column mappings follow columns: one that is removed from its table leaves all mappings in that write.
///
/// Walks are iterative, safe on cycles, and read narrow index rows only; references and details are filled in
/// afterwards for what is shown. Safe for use from many threads. Owned by its Catalog.
///
/// Entities are named by EntityRef, types in any case; by id the type may be empty. Errors that all calls share are
/// those of Catalog; EditLineage on both ends is what writing needs.
class METADATA_API Lineage {
 public:
  /// Adds an edge or replaces the details of an existing one: `{"edge": {"fromEntity": {"id", "type"}, "toEntity": …,
  /// "description"?, "lineageDetails"?}}`. The same again changes nothing. NotFound: an end or the pipeline is not
  /// there or is deleted. InvalidArgument: an edge from an entity to itself, an unknown member, a column that neither
  /// end has.
  Result<LineageWritten> put_edge(std::string_view json, const WriteOptions& options = {});
  /// The same with the ends apart; `json` is lineageDetails, or empty.
  Result<LineageWritten> put_edge(const EntityRef& from, const EntityRef& to, std::string_view json,
                                  const WriteOptions& options = {});
  /// Applies a JSON Patch to lineageDetails; an absent list counts as empty. NotFound: no such edge.
  Result<LineageWritten> patch_edge(const EntityRef& from, const EntityRef& to, const Patch& patch,
                                    const WriteOptions& options = {});
  /// NotFound: no such edge.
  Result<LineageWritten> remove_edge(const EntityRef& from, const EntityRef& to, const WriteOptions& options = {});
  /// Removes all edges into the entity that have this source ("ViewLineage"); for PipelineLineage and OpenLineage also
  /// those that run through it. How many. Large numbers go in several commits.
  Result<std::size_t> remove_by_source(const EntityRef& target, std::string_view source,
                                       const WriteOptions& options = {});

  /// One edge with its details. NotFound: no such edge.
  Result<LineageEdge> edge(const EntityRef& from, const EntityRef& to, const Interrupt& interrupt = {},
                           const Principal& as = {}) const;
  /// What is around an entity that is not deleted. An entity that edges name as their pipeline has their sources
  /// upstream and their targets downstream, drawn as edges to and from it.
  Result<LineageGraph> walk(const EntityRef& target, const LineageOptions& options = {}) const;
  /// The fewest edges that lead from one entity to another, nodes in order; NotFound when none do. Uses depth of
  /// neither direction; max_visited bounds it.
  Result<LineageGraph> path(const EntityRef& from, const EntityRef& to, const LineageOptions& options = {}) const;

  /// Takes some entities; false: no more.
  using Visit = std::function<bool(std::span<const LineageNode>)>;
  /// Streams everything that depends on an entity, nearest first, in blocks of some hundreds. Memory: what was met.
  Error impact(const EntityRef& target, const ImpactOptions& options, const Visit& visit) const;
  /// The same by pages of `limit` entities.
  Result<ImpactPage> impact_page(const EntityRef& target, const ImpactOptions& options, std::size_t limit) const;
  /// The same as counts.
  Result<ImpactCounts> impact_counts(const EntityRef& target, const ImpactOptions& options) const;

  /// Degrees of entities by id, those that are there; more than `at_most` edges a side are not counted.
  Result<std::vector<LineageDegrees>> degrees(std::span<const EntityId> ids, std::size_t at_most = 10'000,
                                              const Interrupt& interrupt = {}, const Principal& as = {}) const;
  /// Edges between services, counted over all edges from `cursor` on within the budget.
  Result<PlatformLineage> platform(std::chrono::milliseconds budget, const std::string& cursor = {},
                                   const Interrupt& interrupt = {}, const Principal& as = {}) const;
  /// What walk() finds as CSV (RFC 4180), one line an edge or a column mapping, with a head line. `complete` as there.
  struct Csv {
    std::string text;
    bool complete = true;
    std::string cursor;
  };
  Result<Csv> export_csv(const EntityRef& target, const LineageOptions& options = {}) const;

  struct Parts;  // for the library itself
  explicit Lineage(std::unique_ptr<const Parts> parts);
  ~Lineage();
  Lineage(const Lineage&) = delete;
  Lineage& operator=(const Lineage&) = delete;

 private:
  std::unique_ptr<const Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_LINEAGE_H
