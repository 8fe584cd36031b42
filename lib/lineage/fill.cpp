#include "lineage/fill.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "lineage/details.h"

namespace metadata::lineage {
namespace {

// Rows a statement: enough that its own cost does not matter, few enough that none of them is long.
constexpr std::size_t kAtOnce = 512;
// Details may weigh a megabyte each.
constexpr std::size_t kDetailsAtOnce = 64;

/// The edges of one statement with their columns and pipelines, to be asked for in the order of the pairs.
class Piece {
 public:
  static Result<Piece> read(store::Reader& reader, std::span<const store::LineagePair> pairs,
                            const References& references, const access::Seeing& seeing) {
    Piece piece;
    MD_LET(rows, reader.lineage_rows(pairs));
    piece.rows_ = std::move(rows);
    std::vector<store::Rid> edges, pipelines;
    for (const auto& row : piece.rows_) {
      edges.push_back(row.edge);
      if (row.pipeline != 0) pipelines.push_back(row.pipeline);
    }
    MD_LET(columns, reader.lineage_columns(edges));
    piece.columns_ = std::move(columns);
    MD_OK(fetch_references(reader, pipelines, piece.pipelines_));
    MD_OK(piece.look(references, seeing));
    return piece;
  }

  /// Nothing when there is no such edge.
  std::optional<LineageEdge> next(const store::LineagePair& pair, const store::RefRow& from, const store::RefRow& to) {
    if (row_ == rows_.size() || rows_[row_].ends != pair) return std::nullopt;
    const store::LineageRow& row = rows_[row_++];
    const std::size_t first = column_;
    while (column_ < columns_.size() && columns_[column_].edge == row.edge) ++column_;
    const auto pipeline = pipelines_.find(row.pipeline);
    const store::RefRow* through = pipeline == pipelines_.end() ? nullptr : &pipeline->second;
    const auto columns = std::span(columns_).subspan(first, column_ - first);
    const bool hidden = is_hidden(from.rid) || is_hidden(to.rid) || (through != nullptr && is_hidden(through->rid));
    return LineageEdge{from.id, to.id, row.description,
                       hidden ? shown_in_part(row) : shown(row, columns, from.fqn_key, to.fqn_key, through)};
  }

 private:
  /// What of the ends and the pipelines may be seen.
  Error look(const References& references, const access::Seeing& seeing) {
    if (seeing.everything()) return {};
    std::vector<store::RefRow> named;
    for (const auto& row : rows_) {
      for (const store::Rid rid : {row.ends.from, row.ends.to}) {
        if (const auto end = references.find(rid); end != references.end()) named.push_back(end->second);
      }
    }
    for (const auto& [rid, pipeline] : pipelines_) named.push_back(pipeline);
    MD_LET(seen, seeing.of(named));
    for (const auto& row : named) {
      if (!seen.contains(row.rid)) hidden_.insert(row.rid);
    }
    return {};
  }
  bool is_hidden(store::Rid rid) const { return hidden_.contains(rid); }

  std::unordered_set<store::Rid> hidden_;
  std::vector<store::LineageRow> rows_;
  std::vector<store::LineageColumn> columns_;
  References pipelines_;
  std::size_t row_ = 0, column_ = 0;  // of the next edge
};

}  // namespace

Error fetch_references(store::Reader& reader, std::span<const store::Rid> rids, References& references) {
  std::vector<store::Rid> wanted;
  for (const store::Rid rid : rids) {
    if (!references.contains(rid)) wanted.push_back(rid);
  }
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (std::size_t at = 0; at < wanted.size(); at += kAtOnce) {
    MD_LET(rows, reader.refs_by_rid(std::span(wanted).subspan(at, std::min(kAtOnce, wanted.size() - at))));
    for (auto& row : rows) references.emplace(row.rid, std::move(row));
  }
  return {};
}

Result<std::vector<LineageEdge>> fill_edges(store::Reader& reader, std::span<const store::LineagePair> pairs,
                                            const References& references, const access::Seeing& seeing,
                                            bool with_details, std::size_t most_bytes) {
  std::vector<LineageEdge> edges;
  edges.reserve(pairs.size());
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < pairs.size(); at += kDetailsAtOnce) {
    const auto some = pairs.subspan(at, std::min(kDetailsAtOnce, pairs.size() - at));
    Piece piece;
    if (with_details) {
      MD_LET(read, Piece::read(reader, some, references, seeing));
      piece = std::move(read);
    }
    for (const auto& pair : some) {
      const auto from = references.find(pair.from), to = references.find(pair.to);
      if (from == references.end() || to == references.end())
        return corrupt("a lineage edge has an end that is not there");
      if (!with_details) {
        edges.push_back({from->second.id, to->second.id, {}, {}});
        continue;
      }
      auto edge = piece.next(pair, from->second, to->second);
      if (!edge) return corrupt("a lineage edge that was walked along is not there");
      bytes += edge->details.size();
      if (bytes > most_bytes && !edges.empty()) return edges;
      edges.push_back(*std::move(edge));
    }
  }
  return edges;
}

}  // namespace metadata::lineage
