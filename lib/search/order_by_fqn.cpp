#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/interrupt.h"
#include "model/fqn.h"
#include "search/named.h"
#include "search/order.h"
#include "search/slots.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

/// A place in the order: key first, then the name of the type, for entities of two types may share an FQN.
struct Place {
  std::string key;
  std::string type;
  auto operator<=>(const Place&) const = default;
};

struct Found {
  Place place;
  EntityId id;
};

std::vector<std::string> sort_values(const Planning& planning, const Place& place) {
  std::vector<std::string> values = {model::fqn_of_key(place.key)};
  if (planning.types.size() > 1) values.push_back(place.type);
  return values;
}

Result<Place> read_place(const Planning& planning, const Order& order) {
  std::string fqn = order.value;
  Place place;
  // Only an FQN: behind whatever is called so.
  if (!order.descending) place.type = "\xff";
  if (planning.types.size() > 1) {
    const auto comma = fqn.rfind(',');
    const std::string type = comma == std::string::npos ? std::string() : fqn.substr(comma + 1);
    if (planning.layouts.registry().type(type) != nullptr) {
      place.type = type;
      fqn.resize(comma);
    }
  }
  auto key = model::key_of_any_fqn(fqn);
  if (!key.ok()) return key.error().with_field("search_after");
  place.key = *std::move(key);
  return place;
}

std::vector<Row> page_of(const Planning& planning, const std::vector<Found>& found, std::size_t from,
                         std::size_t size) {
  std::vector<Row> rows;
  for (std::size_t i = from; i < found.size() && rows.size() < size; ++i)
    rows.push_back({found[i].id, 0, sort_values(planning, found[i].place)});
  return rows;
}

/// Few matches: all of them are looked up and put in order.
Result<std::vector<Row>> sorted(Planning& planning, const std::vector<EntityId>& ids, const Order& order,
                                const std::optional<Place>& after, std::size_t from, std::size_t size) {
  MD_LET(refs, planning.reader.refs_by_id(ids));
  std::vector<Found> found;
  for (auto& ref : refs) {
    Found one{{std::move(ref.fqn_key), std::move(ref.type)}, ref.id};
    if (after && (order.descending ? one.place >= *after : one.place <= *after)) continue;
    found.push_back(std::move(one));
  }
  std::sort(found.begin(), found.end(),
            [&](const Found& a, const Found& b) { return order.descending ? b.place < a.place : a.place < b.place; });
  return page_of(planning, found, from, size);
}

/// Which of these entities match.
Result<std::set<EntityId>> matching(Planning& planning, const Xapian::Query& query, const std::vector<Found>& among) {
  std::vector<std::string> terms;
  for (const Found& one : among) terms.push_back(terms::of_id(terms::kId, one.id));
  MD_LET(ids, ids_of(planning, Xapian::Query(Xapian::Query::OP_FILTER, any_of(terms), query), "fullyQualifiedName"));
  return std::set<EntityId>(ids.begin(), ids.end());
}

/// Many matches: the store's rows are walked in their order, and the index says which of them match.
class Walk {
 public:
  Walk(Planning& planning, const Xapian::Query& query, const Order& order, std::optional<Place> after)
      : planning_(planning), query_(query), order_(order), at_(std::move(after)) {}

  Result<std::vector<Row>> run(std::size_t from, std::size_t size) {
    std::vector<Found> found;
    while (found.size() < from + size) {
      MD_OK(base::check(planning_.interrupt));
      MD_LET(piece, next_piece());
      if (piece.empty()) break;
      MD_LET(matches, matching(planning_, query_, piece));
      at_ = piece.back().place;
      for (Found& one : piece) {
        if (matches.count(one.id) != 0) found.push_back(std::move(one));
      }
    }
    return page_of(planning_, found, from, size);
  }

 private:
  static constexpr std::size_t kPiece = 500;

  /// The next rows of all types behind at_. Of each type as many are read, so the first as many of them are complete.
  Result<std::vector<Found>> next_piece() {
    std::vector<Found> piece;
    for (const auto* type : planning_.types) {
      store::ListQuery query;
      query.type = type->name;
      query.rows = store::Rows::All;
      query.descending = order_.descending;
      query.limit = kPiece;
      if (at_) (order_.descending ? query.upper : query.lower) = at_->key;
      MD_LET(rows, planning_.reader.list(query));
      for (auto& row : rows) piece.push_back({{std::move(row.row.fqn_key), type->name}, row.row.id});
      MD_OK(add_namesake(*type, piece));
    }
    std::sort(piece.begin(), piece.end(), [&](const Found& a, const Found& b) {
      return order_.descending ? b.place < a.place : a.place < b.place;
    });
    if (piece.size() > kPiece) piece.resize(kPiece);
    return piece;
  }

  /// Another type's entity with the very key where the walk stands, when its turn is still to come.
  Error add_namesake(const model::EntityType& type, std::vector<Found>& piece) {
    if (!at_ || at_->type.empty()) return {};
    const bool to_come = order_.descending ? type.name < at_->type : at_->type < type.name;
    if (!to_come) return {};
    MD_LET(stored, planning_.reader.find_key(type.name, at_->key));
    if (stored) piece.push_back({{at_->key, type.name}, stored->row.id});
    return {};
  }

  Planning& planning_;
  const Xapian::Query& query_;
  const Order& order_;
  std::optional<Place> at_;
};

}  // namespace

Result<std::vector<Row>> ordered_by_fqn(Planning& planning, const Xapian::Query& query, const Order& order,
                                        std::size_t from, std::size_t size) {
  std::optional<Place> after;
  if (order.after) {
    MD_LET(place, read_place(planning, order));
    after = std::move(place);
  }
  // Looked up all at once they cost some ms; many more are walked to instead.
  constexpr Xapian::doccount kFew = 2000;
  Xapian::Enquire enquire(planning.database);
  enquire.set_query(query);
  enquire.set_weighting_scheme(Xapian::BoolWeight());
  enquire.set_docid_order(Xapian::Enquire::ASCENDING);
  const Xapian::MSet first = enquire.get_mset(0, kFew + 1);
  if (first.size() > kFew) return Walk(planning, query, order, std::move(after)).run(from, size);
  MD_LET(ids, ids_of(planning, query, "fullyQualifiedName"));
  return sorted(planning, ids, order, after, from, size);
}

}  // namespace metadata::search
