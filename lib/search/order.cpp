#include "search/order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/interrupt.h"
#include "search/analyzer.h"
#include "search/fields.h"
#include "search/ranking.h"
#include "search/slots.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using By = Order::By;

constexpr std::pair<std::string_view, By> kFields[] = {
    {"_score", By::Score},           {"name", By::Name}, {"displayName", By::DisplayName}, {"updatedAt", By::UpdatedAt},
    {"fullyQualifiedName", By::Fqn},
};

Error bad_after(const std::string& text) {
  return invalid_argument(
      "search_after must be the sort values of the last hit joined by commas, not '" + text.substr(0, 100) + "'",
      "search_after");
}

/// All but the last value, and the id behind the last comma.
Error split_after(const std::string& text, Order& order) {
  const auto comma = text.rfind(',');
  if (comma == std::string::npos) return bad_after(text);
  const auto id = EntityId::parse(std::string_view(text).substr(comma + 1));
  if (!id) return bad_after(text);
  order.id = *id;
  order.value = text.substr(0, comma);
  return {};
}

/// Shortest text that reads back as the same number.
std::string text_of(double number) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

bool read_number(const std::string& text, double& number) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

bool read_number(const std::string& text, std::uint64_t& number) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

/// The value of a field to order by, in such bytes that their order is that of the field.
class Keys : public Xapian::KeyMaker {
 public:
  explicit Keys(const Order& order) : order_(order) {}

  std::string value(const Xapian::Document& document) const {
    if (order_.by == By::UpdatedAt) return document.get_value(terms::kSlotUpdatedAt);
    std::string text = order_.by == By::DisplayName ? document.get_value(terms::kSlotDisplayName) : std::string();
    return text.empty() ? document.get_value(terms::kSlotName) : text;
  }
  /// Ids break ties, smaller ones first, whichever way the values go.
  std::string key(std::string value, std::string_view id) const {
    if (order_.by != By::UpdatedAt) value.push_back('\0');
    if (order_.descending) {
      for (char& c : value) c = static_cast<char>(~c);
    }
    return value.append(id);
  }
  std::string operator()(const Xapian::Document& document) const override {
    return key(value(document), document.get_value(terms::kSlotId));
  }

 private:
  const Order& order_;
};

/// Lets through what comes behind a hit.
class Behind : public Xapian::MatchDecider {
 public:
  Behind(const Keys& keys, std::string last, const Interrupt& interrupt)
      : keys_(keys), last_(std::move(last)), deadline_(interrupt) {}
  bool operator()(const Xapian::Document& document) const override {
    deadline_(document);
    return keys_(document) > last_;
  }

 private:
  const Keys& keys_;
  std::string last_;
  Deadline deadline_;
};

Result<Row> row_of(const Xapian::MSetIterator& match) {
  Row row;
  const auto id = id_of_slot(match.get_document().get_value(terms::kSlotId));
  if (!id) return corrupt("a document of the search index has no id");
  row.id = *id;
  row.score = match.get_weight();
  return row;
}

Result<std::vector<Row>> by_field(Planning& planning, const Xapian::Query& query, const Order& order, std::size_t from,
                                  std::size_t size) {
  const Keys keys(order);
  std::string last;
  if (order.after) {
    std::string value = order.value;
    if (order.by == By::UpdatedAt) {
      std::uint64_t number = 0;
      if (!read_number(value, number)) return bad_after(value);
      value = slot_of_number(number);
    }
    last = keys.key(std::move(value), slot_of_id(order.id));
  }
  const Behind behind(keys, last, planning.interrupt);
  Xapian::Enquire enquire(planning.database);
  enquire.set_query(query);
  enquire.set_weighting_scheme(Xapian::BoolWeight());
  enquire.set_sort_by_key(const_cast<Keys*>(&keys), false);
  const Xapian::MSet matches =
      enquire.get_mset(static_cast<Xapian::doccount>(from), static_cast<Xapian::doccount>(size), 0, nullptr, &behind);
  std::vector<Row> rows;
  for (auto match = matches.begin(); match != matches.end(); ++match) {
    MD_LET(row, row_of(match));
    row.score = 0;
    std::string value = keys.value(match.get_document());
    if (order.by == By::UpdatedAt) value = std::to_string(number_of_slot(value));
    row.sort = {std::move(value), row.id.text()};
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Below this many documents no search takes long enough to look at the clock in it.
constexpr Xapian::doccount kQuick = 50'000;

/// Whether Xapian may lose documents while it leaves out those that are not good enough for a page (WordSource): it has
/// to add up weights itself. Conditions have no weights, and what is scaled is one of them, or a phrase or a term.
bool adds_up(const Xapian::Query& query) {
  using Query = Xapian::Query;
  std::vector<Query> open{query};
  while (!open.empty()) {
    const Query one = open.back();
    open.pop_back();
    switch (one.get_type()) {
      case Query::OP_AND:
        for (std::size_t i = 0; i < one.get_num_subqueries(); ++i) open.push_back(one.get_subquery(i));
        break;
      case Query::OP_FILTER:
      case Query::OP_AND_NOT:
        open.push_back(one.get_subquery(0));
        break;
      case Query::OP_OR:
      case Query::OP_AND_MAYBE:
      case Query::OP_XOR:
        return true;
      default:
        break;
    }
  }
  return false;
}

Result<std::vector<Row>> best(Planning& planning, const Xapian::Query& query, std::size_t from, std::size_t size) {
  const Deadline deadline(planning.interrupt);
  Xapian::Enquire enquire(planning.database);
  enquire.set_query(query);
  rank(enquire);
  const Xapian::MatchDecider* decider = planning.database.get_doccount() > kQuick ? &deadline : nullptr;
  const Xapian::doccount looked_at = adds_up(query) ? planning.database.get_doccount() : 0;
  const Xapian::MSet matches = enquire.get_mset(static_cast<Xapian::doccount>(from),
                                                static_cast<Xapian::doccount>(size), looked_at, nullptr, decider);
  std::vector<Row> rows;
  for (auto match = matches.begin(); match != matches.end(); ++match) {
    MD_LET(row, row_of(match));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Worst ones first, or from behind a hit: Xapian can do neither, so all matches are ranked.
Result<std::vector<Row>> all_ranked(Planning& planning, const Xapian::Query& query, const Order& order,
                                    std::size_t from, std::size_t size) {
  MD_LET(rows, best(planning, query, 0, planning.database.get_doccount()));
  const auto before = [&](const Row& a, const Row& b) {
    if (a.score > b.score || a.score < b.score) return order.descending ? a.score > b.score : a.score < b.score;
    return a.id < b.id;
  };
  std::sort(rows.begin(), rows.end(), before);
  auto begin = rows.begin();
  if (order.after) {
    Row last;
    last.id = order.id;
    if (!read_number(order.value, last.score)) return bad_after(order.value);
    begin = std::upper_bound(rows.begin(), rows.end(), last, before);
  }
  begin += static_cast<std::ptrdiff_t>(std::min<std::size_t>(from, static_cast<std::size_t>(rows.end() - begin)));
  const auto count = std::min<std::size_t>(size, static_cast<std::size_t>(rows.end() - begin));
  return std::vector<Row>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

bool Deadline::operator()(const Xapian::Document&) const {
  if ((++seen_ & 0xff) == 0 && base::has_tripped(interrupt_)) throw TookTooLong();
  return true;
}

Result<Order> read_order(const SearchQuery& query, const Planning&) {
  Order order;
  order.descending = query.descending;
  const std::string field = query.sort_field.empty() ? std::string("_score") : canonical_field(query.sort_field);
  const auto known =
      std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& row) { return row.first == field; });
  if (known == std::end(kFields)) {
    return invalid_argument("sort_field must be _score, name, displayName, updatedAt or fullyQualifiedName, not '" +
                                query.sort_field.substr(0, 100) + "'",
                            "sort_field");
  }
  order.by = known->second;
  if (query.search_after.empty()) return order;
  if (query.from != 0) return invalid_argument("from must be 0 beside search_after", "from");
  order.after = true;
  if (order.by == By::Fqn) {
    order.value = query.search_after;
    return order;
  }
  MD_OK(split_after(query.search_after, order));
  return order;
}

Result<std::vector<Row>> ordered(Planning& planning, const Xapian::Query& query, const Order& order, std::size_t from,
                                 std::size_t size) {
  if (size == 0) return std::vector<Row>();
  if (order.by == By::Fqn) return ordered_by_fqn(planning, query, order, from, size);
  if (order.by != By::Score) return by_field(planning, query, order, from, size);
  MD_LET(rows, order.descending && !order.after ? best(planning, query, from, size)
                                                : all_ranked(planning, query, order, from, size));
  for (Row& row : rows) row.sort = {text_of(row.score), row.id.text()};
  return rows;
}

}  // namespace metadata::search
