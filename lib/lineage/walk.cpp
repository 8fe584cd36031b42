#include "lineage/walk.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <unordered_set>

#include "lineage/columns.h"
#include "lineage/cursor.h"
#include "lineage/fill.h"
#include "lineage/filter.h"
#include "lineage/search.h"

namespace metadata::lineage {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::array kFlows = {Flow::Upstream, Flow::Downstream};
// Of the details of one answer; what is beyond comes with the cursor.
constexpr std::size_t kMaxDetailBytes = std::size_t{16} << 20;
// Edges of one pipeline that an answer looks at.
constexpr std::size_t kMaxRuns = 20'000;

/// What may still be shown.
struct Room {
  std::size_t nodes = 0;
  std::size_t edges = 0;
};

/// The steps of one direction that an answer shows.
class Half {
 public:
  /// `by_column`: several places may be columns of one entity, so its edges may come several times.
  Half(const Graph& graph, Cursor::At from, Room room, SteadyClock::time_point deadline, bool by_column)
      : graph_(graph), at_(from), room_(room), deadline_(deadline), by_column_(by_column) {}

  /// Takes a step of the search; false when the answer is full.
  bool take(const Hop& hop, store::Rid root) {
    if (at_.last.depth > 0 && hop <= at_.last) {
      if (hop.first && by_column_) entered_.insert(graph_.entity(hop.head));
      return true;
    }
    if (!begun_ || (hops_.size() & 255) == 0) {
      // What was shown before is no work of this answer.
      const auto now = SteadyClock::now();
      if (!begun_) deadline_ += now - start_;
      if (begun_ && now > deadline_) return false;
      begun_ = true;
    }
    const store::Rid tail = graph_.entity(hop.tail), head = graph_.entity(hop.head);
    const bool new_node = head != root && (by_column_ ? !entered_.contains(head) : hop.first);
    const bool new_edge = !by_column_ || !seen_.contains({tail, head});
    if ((new_node && nodes_ >= room_.nodes) || (new_edge && edges_ >= room_.edges)) return false;
    nodes_ += new_node ? 1 : 0;
    edges_ += new_edge ? 1 : 0;
    if (by_column_) {
      entered_.insert(head);
      seen_.insert({tail, head});
    }
    if (new_edge) hops_.push_back(hop);
    at_.last = hop;
    return true;
  }

  void done() { at_.done = true; }
  /// Only the first so many of the kept steps are shown after all.
  void cut(std::size_t hops) {
    if (hops >= hops_.size()) return;
    at_.done = false;
    at_.last = hops_[hops - 1];
    hops_.resize(hops);
  }
  const std::vector<Hop>& hops() const { return hops_; }
  const Cursor::At& at() const { return at_; }
  std::size_t nodes() const { return nodes_; }
  std::size_t edges() const { return edges_; }

 private:
  const Graph& graph_;
  Cursor::At at_;
  const Room room_;
  const SteadyClock::time_point start_ = SteadyClock::now();
  SteadyClock::time_point deadline_;
  const bool by_column_;
  std::vector<Hop> hops_;
  std::unordered_set<store::Rid> entered_;
  std::set<std::pair<store::Rid, store::Rid>> seen_;
  std::size_t nodes_ = 0, edges_ = 0;
  bool begun_ = false;
};

store::LineagePair pair_of(const Graph& graph, Flow flow, const Hop& hop) {
  const store::Rid tail = graph.entity(hop.tail), head = graph.entity(hop.head);
  return flow == Flow::Downstream ? store::LineagePair{tail, head} : store::LineagePair{head, tail};
}

/// One answer, from the search to what is shown.
class Answer {
 public:
  Answer(const Context& context, store::Reader& reader, const store::StoredEntity& root, const LineageOptions& options)
      : context_(context), reader_(reader), root_(root), options_(options) {}

  Result<LineageGraph> make() {
    MD_LET(ground, ground_of(context_, reader_, root_, options_.column));
    ground_ = std::move(ground);
    cursor_.root = root_.row.rid;
    if (!options_.cursor.empty()) {
      MD_LET(cursor, Cursor::from_text(options_.cursor, root_.row.rid));
      cursor_ = cursor;
    }
    MD_LET(filter, filter_of(context_, options_.deleted, options_.types, options_.as));
    filter.admit = options_.admit;
    const auto admit = admit_by(filter, reader_, *ground_.graph, references_);
    graph_.entity = node_of(root_.row, 0);
    const std::array depths = {options_.upstream_depth, options_.downstream_depth};
    Room room{options_.max_nodes, options_.max_edges};
    bool further = true;
    for (std::size_t i = 0; i < kFlows.size(); ++i) {
      // Upstream leaves half to what is downstream, when both are asked for.
      const bool share = i == 0 && depths[1] > 0 && !cursor_.at[1].done;
      const Room own = share ? Room{(room.nodes + 1) / 2, (room.edges + 1) / 2} : room;
      MD_OK(search(kFlows[i], depths[i], own, admit, cursor_.at[i], further));
      room.nodes -= halves_.back().nodes();
      room.edges -= halves_.back().edges();
    }
    for (std::size_t i = 0; i < kFlows.size(); ++i) MD_OK(show(kFlows[i], halves_[i]));
    for (std::size_t i = 0; i < kFlows.size(); ++i) cursor_.at[i] = halves_[i].at();
    graph_.complete = further && cursor_.at[0].done && cursor_.at[1].done;
    if (ground_.pipeline != nullptr && !ground_.pipeline->complete()) graph_.complete = false;
    if (further && !(cursor_.at[0].done && cursor_.at[1].done)) graph_.cursor = cursor_.to_text();
    return std::move(graph_);
  }

 private:
  Error search(Flow flow, int depth, const Room& room, const Search::Admit& admit, const Cursor::At& from,
               bool& further) {
    halves_.emplace_back(*ground_.graph, from, room, SteadyClock::now() + options_.budget, !options_.column.empty());
    Half& half = halves_.back();
    if (from.done || depth == 0) {
      half.done();
      return {};
    }
    Search search(*ground_.graph, flow, options_.max_visited, options_.interrupt);
    MD_LET(end, search.run(ground_.root, depth, admit, [&](const Hop& hop) { return half.take(hop, root_.row.rid); }));
    if (end == Search::End::Done) half.done();
    if (end == Search::End::TooMany) further = false;
    return {};
  }

  Error show(Flow flow, Half& half) {
    std::vector<store::LineagePair> pairs, stored;
    std::vector<store::Rid> rids;
    for (const Hop& hop : half.hops()) {
      pairs.push_back(pair_of(*ground_.graph, flow, hop));
      stored.push_back(ground_.pipeline != nullptr ? ground_.pipeline->stored(pairs.back()) : pairs.back());
      rids.insert(rids.end(), {pairs.back().from, pairs.back().to, stored.back().from, stored.back().to});
    }
    MD_OK(fetch_references(reader_, rids, references_));
    MD_LET(edges, fill_edges(reader_, stored, references_, seeing_of(context_, reader_, options_.as), options_.details,
                             kMaxDetailBytes));
    half.cut(edges.size());
    auto& shown = flow == Flow::Upstream ? graph_.upstream : graph_.downstream;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      edges[i].from = references_.at(pairs[i].from).id;
      edges[i].to = references_.at(pairs[i].to).id;
      shown.push_back(std::move(edges[i]));
      const store::Rid head = flow == Flow::Upstream ? pairs[i].from : pairs[i].to;
      if (head == root_.row.rid || !half.hops()[i].first || !listed_.insert(head).second) continue;
      const int depth = half.hops()[i].depth;
      graph_.nodes.push_back(node_of(references_.at(head), flow == Flow::Upstream ? -depth : depth));
    }
    return {};
  }

  const Context& context_;
  store::Reader& reader_;
  const store::StoredEntity& root_;
  const LineageOptions& options_;
  Ground ground_;
  Cursor cursor_;
  References references_;
  std::vector<Half> halves_;
  std::unordered_set<store::Rid> listed_;
  LineageGraph graph_;
};

}  // namespace

Result<Ground> ground_of(const Context& context, store::Reader& reader, const store::StoredEntity& stored,
                         const std::string& column) {
  Ground ground;
  if (!column.empty()) {
    MD_LET(columns, Columns::of(context, reader, stored));
    auto resolved = columns.resolve(column);
    if (!resolved.ok()) return resolved.error().with_field("column");
    auto graph = std::make_unique<ColumnGraph>(reader);
    ground.root = graph->place(stored.row.rid, *resolved);
    ground.graph = std::move(graph);
    return ground;
  }
  ground.root = stored.row.rid;
  MD_LET(runs, PipelineGraph::read(reader, stored.row.rid, kMaxRuns));
  if (runs.empty()) {
    ground.graph = std::make_unique<EntityGraph>(reader);
  } else {
    auto graph = std::make_unique<PipelineGraph>(std::move(runs));
    ground.pipeline = graph.get();
    ground.graph = std::move(graph);
  }
  return ground;
}

Result<LineageGraph> walk(const Context& context, const EntityRef& target, const LineageOptions& options) {
  if (options.upstream_depth < 0 || options.downstream_depth < 0)
    return invalid_argument("depths must not be negative", "upstreamDepth");
  if (options.max_nodes == 0 || options.max_edges == 0)
    return invalid_argument("an answer must have room for a node and an edge", "size");
  MD_LET(turn, may_ask(context, options.admit));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(root, find(context, *reader, target, Deleted::Refuse, options.as));
  return Answer(context, *reader, root, options).make();
}

}  // namespace metadata::lineage
