#include <algorithm>
#include <utility>

#include "store/sqlite/listing.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

/// A row of the answer before its value is read.
struct Hit {
  Rid rid = 0;
  bool valued = false;
  std::int64_t ts = 0;
  std::int64_t rowid = 0;  ///< of the value
  std::int64_t place = 0;  ///< in the order of keys
};

bool is_before(Survey::Order order, const Hit& a, const Hit& b) {
  // What has no value comes last, in the order of keys.
  if (!a.valued || !b.valued) return a.valued != b.valued ? a.valued : a.place < b.place;
  const auto one = std::pair(a.ts, a.rowid), other = std::pair(b.ts, b.rowid);
  return order == Survey::Order::Newest ? one > other : one < other;
}

/// The hits that stand on the page, without keeping those beyond it.
class Page {
 public:
  explicit Page(const Survey& query)
      : order_(query.order), offset_(query.offset), end_(query.offset + std::min(query.limit, kMost - query.offset)) {}

  void add(const Hit& hit) {
    const auto place = static_cast<std::size_t>(total_++);
    if (order_ == Survey::Order::Key) {
      if (place >= offset_ && place < end_) hits_.push_back(hit);
      return;
    }
    const auto before = [this](const Hit& a, const Hit& b) { return is_before(order_, a, b); };
    if (end_ == 0 || (hits_.size() == end_ && !before(hit, hits_.front()))) return;
    hits_.push_back(hit);
    std::push_heap(hits_.begin(), hits_.end(), before);  // the last of them is in front
    if (hits_.size() <= end_) return;
    std::pop_heap(hits_.begin(), hits_.end(), before);
    hits_.pop_back();
  }

  std::vector<Hit> taken() {
    if (order_ == Survey::Order::Key) return std::move(hits_);
    std::sort(hits_.begin(), hits_.end(), [this](const Hit& a, const Hit& b) { return is_before(order_, a, b); });
    hits_.erase(hits_.begin(), hits_.begin() + static_cast<std::ptrdiff_t>(std::min(offset_, hits_.size())));
    return std::move(hits_);
  }
  std::int64_t total() const { return total_; }

  static constexpr std::size_t kMost = 1'000'000;

 private:
  Survey::Order order_;
  std::size_t offset_, end_;
  std::vector<Hit> hits_;
  std::int64_t total_ = 0;
};

/// The values of the listed entities, or their newest ones. Parameters: kind, from, to, then each member's.
std::string join_of(const Survey& query) {
  std::string join = query.without ? " LEFT JOIN series s ON " : " CROSS JOIN series s ON ";
  // The times are asked of the index; with `latest` of the one value that there is.
  join += query.latest ? "s.rowid = (SELECT n.rowid FROM series n WHERE n.owner_rid = e.rid AND n.kind = ? ORDER BY "
                         "n.ts DESC, n.rowid DESC LIMIT 1) AND s.ts BETWEEN ? AND ?"
                       : "s.owner_rid = e.rid AND s.kind = ? AND s.ts BETWEEN ? AND ?";
  for (std::size_t i = 0; i < query.members.size(); ++i) join += " AND json_extract(s.body, ?) = ?";
  return join;
}

void bind_join(Statement& statement, const Survey& query) {
  statement.bind(query.series);
  statement.bind(query.from);
  statement.bind(query.to);
  for (const auto& member : query.members) {
    statement.bind(member.path);
    statement.bind(member.text);
  }
}

Error check_survey(const Survey& query) {
  MD_OK(check_query(query.of));
  if (query.offset > Page::kMost)
    return invalid_argument("a survey's offset is at most " + std::to_string(Page::kMost));
  if (query.members.size() > kMaxAttributes)
    return invalid_argument("a survey asks for at most " + std::to_string(kMaxAttributes) + " members");
  return {};
}

}  // namespace

Result<Surveyed> SqliteReader::survey(const Survey& query) {
  MD_OK(check_survey(query));
  const bool values = !query.series.empty();
  Surveyed found;
  if (!values) {
    // Entities alone: their number is mostly known, and the page ends early.
    MD_LET(total, count(query.of));
    found.total = total;
    const ConditionSql condition = condition_of(query.of, Lead::Key);
    Statement statement(connection_, rows_sql(query.of, condition, "e.rid", "") + " ORDER BY " +
                                         std::string(order_column(query.of)) + (query.of.descending ? " DESC" : "") +
                                         " LIMIT ? OFFSET ?");
    bind_query(statement, query.of, condition);
    statement.bind(sql_limit(query.limit));
    statement.bind(sql_limit(query.offset));
    MD_OK(statement.each([&](const Statement& row) { found.rows.push_back({row.integer(0), std::nullopt}); }));
    return found;
  }
  Page page(query);
  {
    const ConditionSql condition = condition_of(query.of, Lead::Rows);
    Statement statement(connection_, rows_sql(query.of, condition, "e.rid, s.ts, s.rowid", join_of(query)) +
                                         (query.order == Survey::Order::Key || query.without
                                              ? " ORDER BY " + std::string(order_column(query.of)) +
                                                    (query.of.descending ? " DESC" : "")
                                              : std::string()));
    bind_join(statement, query);
    bind_query(statement, query.of, condition);
    std::int64_t place = 0;
    MD_OK(statement.each([&](const Statement& row) {
      page.add({row.integer(0), !row.is_null(2), row.integer(1), row.integer(2), place++});
    }));
  }
  found.total = page.total();
  const std::vector<Hit> hits = page.taken();
  std::vector<std::int64_t> rowids;
  for (const Hit& hit : hits) {
    found.rows.push_back({hit.rid, std::nullopt});
    rowids.push_back(hit.valued ? hit.rowid : 0);
  }
  if (rowids.empty()) return found;
  Statement bodies(connection_,
                   "SELECT s.id, s.ts, s.body, n.value FROM numbers(?1) n LEFT JOIN series s ON s.rowid = n.value",
                   Numbers(rowids));
  std::size_t at = 0;
  MD_OK(bodies.each([&](const Statement& row) {
    if (at < hits.size() && hits[at].valued && !row.is_null(0))
      found.rows[at].value = SeriesRow{row.text(0), row.integer(1), row.text(2)};
    ++at;
  }));
  return found;
}

}  // namespace metadata::store::sqlite
