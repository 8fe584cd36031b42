#include <algorithm>
#include <map>
#include <unordered_set>

#include "lineage/cursor.h"
#include "lineage/fill.h"
#include "lineage/filter.h"
#include "lineage/search.h"
#include "lineage/walk.h"
#include "model/fqn.h"

namespace metadata::lineage {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::string_view kTierClassification = "Tier";

/// Goes through what depends on an entity and hands it out in blocks of stored rows, nearest first.
class Impact {
 public:
  /// Takes a block; false: no more. `last` is the step that met the block's last row.
  using Visit = std::function<Result<bool>(std::span<const store::RefRow> rows, std::span<const Hop> hops)>;

  Impact(const Context& context, store::Reader& reader, const store::StoredEntity& root, const ImpactOptions& options)
      : context_(context), reader_(reader), root_(root), options_(options) {}

  Error run(const Hop& after, const Visit& visit) {
    if (options_.depth < 0) return invalid_argument("the depth must not be negative", "depth");
    MD_LET(ground, ground_of(context_, reader_, root_, options_.column));
    MD_LET(entered, filter_of(context_, options_.deleted, {}, options_.as));
    entered.admit = options_.admit;
    MD_LET(told, filter_of(context_, true, options_.types, options_.as));
    References references;
    const auto admit = admit_by(entered, reader_, *ground.graph, references);
    Search search(*ground.graph, options_.flow, options_.max_visited, options_.interrupt);
    Error failed;
    std::unordered_set<store::Rid> columns_met;
    const bool by_column = !options_.column.empty();
    const auto give = [&]() -> bool {
      const auto more = hand_out(told, visit);
      if (!more.ok()) failed = more.error();
      return more.ok() && *more;
    };
    MD_LET(end, search.run(ground.root, options_.depth, admit, [&](const Hop& hop) {
      if (!hop.first) return true;
      const store::Rid rid = ground.graph->entity(hop.head);
      if (by_column && (rid == root_.row.rid || !columns_met.insert(rid).second)) return true;
      if (after.depth > 0 && hop <= after) return true;
      rids_.push_back(rid);
      hops_.push_back(hop);
      return rids_.size() < kBlock || give();
    }));
    MD_OK(failed);
    if (end == Search::End::TooMany)
      return too_large("more than " + std::to_string(options_.max_visited) + " entities depend on this one");
    if (end == Search::End::Done) give();
    return failed;
  }

 private:
  Result<bool> hand_out(const Filter& told, const Visit& visit) {
    if (rids_.empty()) return true;
    MD_LET(found, reader_.refs_by_rid(rids_));
    std::unordered_map<store::Rid, std::size_t> places;
    for (std::size_t i = 0; i < found.size(); ++i) places.emplace(found[i].rid, i);
    std::vector<store::RefRow> rows;
    std::vector<Hop> hops;
    for (std::size_t i = 0; i < rids_.size(); ++i) {
      const auto place = places.find(rids_[i]);
      if (place == places.end() || !told.takes(found[place->second])) continue;
      rows.push_back(std::move(found[place->second]));
      hops.push_back(hops_[i]);
    }
    rids_.clear();
    hops_.clear();
    if (rows.empty()) return true;
    return visit(rows, hops);
  }

  const Context& context_;
  store::Reader& reader_;
  const store::StoredEntity& root_;
  const ImpactOptions& options_;
  std::vector<store::Rid> rids_;
  std::vector<Hop> hops_;
};

int signed_depth(Flow flow, int depth) { return flow == Flow::Upstream ? -depth : depth; }

ImpactCounts::Group by_size(const std::map<std::string, std::int64_t>& counts) {
  ImpactCounts::Group group(counts.begin(), counts.end());
  std::ranges::stable_sort(group, [](const auto& a, const auto& b) { return a.second > b.second; });
  return group;
}

/// Counts the rows of a block by their own owners and tiers.
class Groups {
 public:
  Groups(store::Reader& reader, access::Seeing seeing) : reader_(reader), seeing_(std::move(seeing)) {}

  Error add(std::span<const store::RefRow> rows) {
    std::vector<store::Rid> rids;
    for (const auto& row : rows) rids.push_back(row.rid);
    static const std::vector<std::string> kOwns{"owns"};
    MD_LET(owners, reader_.relations(rids, store::Direction::To, kOwns));
    MD_LET(tags, reader_.tags(rids));
    std::vector<store::RefRow> named;
    for (const auto& owner : owners) named.push_back(owner.other);
    for (const auto& tag : tags) named.push_back(tag.tag);
    MD_LET(seen, seeing_.of(named));
    std::erase_if(owners, [&](const auto& owner) { return !seen.contains(owner.other.rid); });
    std::erase_if(tags, [&](const auto& tag) { return !seen.contains(tag.tag.rid); });
    std::unordered_set<store::Rid> owned, tiered;
    for (const auto& owner : owners) {
      owned.insert(owner.self);
      ++by_owner[model::fqn_of_key(owner.other.fqn_key)];
    }
    for (const auto& tag : tags) {
      if (!tag.usage.path.empty() || model::key_parts(tag.tag.fqn_key).front() != kTierClassification) continue;
      tiered.insert(tag.rid);
      ++by_tier[model::fqn_of_key(tag.tag.fqn_key)];
    }
    if (const auto rest = static_cast<std::int64_t>(rows.size() - owned.size()); rest > 0) by_owner[""] += rest;
    if (const auto rest = static_cast<std::int64_t>(rows.size() - tiered.size()); rest > 0) by_tier[""] += rest;
    return {};
  }

  std::map<std::string, std::int64_t> by_owner, by_tier;

 private:
  store::Reader& reader_;
  access::Seeing seeing_;
};

}  // namespace

Error impact(const Context& context, const EntityRef& target, const ImpactOptions& options,
             const Lineage::Visit& visit) {
  MD_LET(turn, may_ask(context, options.admit));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(root, find(context, *reader, target, Deleted::Refuse, options.as));
  Hop after;
  if (!options.cursor.empty()) {
    MD_LET(cursor, Cursor::from_text(options.cursor, root.row.rid));
    after = cursor.at[0].last;
  }
  return Impact(context, *reader, root, options)
      .run(after, [&](std::span<const store::RefRow> rows, std::span<const Hop> hops) -> Result<bool> {
        std::vector<LineageNode> nodes;
        nodes.reserve(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
          nodes.push_back(node_of(rows[i], signed_depth(options.flow, hops[i].depth)));
        return visit(nodes);
      });
}

Result<ImpactPage> impact_page(const Context& context, const EntityRef& target, const ImpactOptions& options,
                               std::size_t limit) {
  if (limit == 0) return invalid_argument("a page must have room for an entity", "limit");
  MD_LET(turn, may_ask(context, options.admit));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(root, find(context, *reader, target, Deleted::Refuse, options.as));
  ImpactPage page;
  page.entity = node_of(root.row, 0);
  Cursor cursor;
  cursor.root = root.row.rid;
  if (!options.cursor.empty()) {
    MD_LET(given, Cursor::from_text(options.cursor, root.row.rid));
    cursor = given;
  }
  const Hop after = cursor.at[0].last;
  MD_OK(Impact(context, *reader, root, options)
            .run(after, [&](std::span<const store::RefRow> rows, std::span<const Hop> hops) -> Result<bool> {
              for (std::size_t i = 0; i < rows.size(); ++i) {
                if (page.nodes.size() == limit) {
                  page.after = cursor.to_text();
                  return false;
                }
                page.nodes.push_back(node_of(rows[i], signed_depth(options.flow, hops[i].depth)));
                cursor.at[0].last = hops[i];
              }
              return true;
            }));
  return page;
}

Result<ImpactCounts> impact_counts(const Context& context, const EntityRef& target, const ImpactOptions& options) {
  MD_LET(turn, may_ask(context, options.admit));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(root, find(context, *reader, target, Deleted::Refuse, options.as));
  ImpactCounts counts;
  counts.entity = node_of(root.row, 0);
  std::map<std::string, std::int64_t> by_type;
  std::map<int, std::int64_t> by_depth;
  Groups groups(*reader, seeing_of(context, *reader, options.as));
  const auto add = [&](std::span<const store::RefRow> rows, std::span<const Hop> hops) -> Result<bool> {
    counts.total += static_cast<std::int64_t>(rows.size());
    for (const auto& row : rows) ++by_type[row.type];
    for (const auto& hop : hops) ++by_depth[hop.depth];
    MD_OK(groups.add(rows));
    return true;
  };
  MD_OK(Impact(context, *reader, root, options).run({}, add));
  counts.by_type = by_size(by_type);
  for (const auto& [depth, count] : by_depth) counts.by_depth.emplace_back(std::to_string(depth), count);
  counts.by_owner = by_size(groups.by_owner);
  counts.by_tier = by_size(groups.by_tier);
  return counts;
}

}  // namespace metadata::lineage
