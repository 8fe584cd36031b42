#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/sight.h"
#include "base/day.h"
#include "entity/allowed.h"
#include "entity/items.h"
#include "entity/series.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"
#include "model/validate.h"
#include "view/joins.h"

namespace metadata::entity {
namespace {

constexpr std::size_t kMostTables = 500;  // others that one request names

/// One end of a join: a table, or a column of one, by its key parts below it.
struct End {
  store::EntityRow row;
  std::string below;

  std::string fqn() const {
    return model::fqn_of_key(below.empty() ? row.fqn_key : row.fqn_key + model::kKeySeparator + below);
  }
};

/// The days of the tables of one request, by id: read once, written once.
class Days {
 public:
  Days(store::Reader& reader, std::int64_t day) : reader_(reader), day_(day) {}

  /// Says how often `at` was joined with `with`; what was said before goes.
  Error count(const End& at, const End& with, std::int64_t count) {
    MD_LET(day, of(at.row));
    const char* kind = at.below.empty() ? "tables" : "columns";
    json::Value* counts = member(*day, kind, *day);
    if (!at.below.empty()) counts = member(*counts, at.below, *day);
    json::set(*counts, with.fqn(), json::Value(count), day->GetAllocator());
    return {};
  }

  void write(store::WriteSet& set) {
    for (const auto& [id, day] : days_) {
      set.preconditions.push_back(store::RowAlive{id});
      set.operations.push_back(
          store::PutSeries{id, std::string(view::kJoins), {base::day_text(day_), day_, json::write(day)}});
    }
  }

 private:
  Result<json::Document*> of(const store::EntityRow& row) {
    auto [at, fresh] = days_.try_emplace(row.id);
    if (!fresh) return &at->second;
    at->second.SetObject();
    MD_LET(stored, reader_.series_value(row.rid, view::kJoins, base::day_text(day_)));
    if (stored) MD_OK(json::parse_trusted(stored->body, at->second));
    return &at->second;
  }
  static json::Value* member(json::Value& object, std::string_view name, json::Document& document) {
    if (json::find(object, name) == nullptr) {
      json::Value made;
      made.SetObject();
      json::set(object, name, std::move(made), document.GetAllocator());
    }
    return json::find(object, name);
  }

  store::Reader& reader_;
  const std::int64_t day_;
  std::map<EntityId, json::Document> days_;
};

/// Reads one request into the days of all that it names.
class Telling {
 public:
  Telling(store::Reader& reader, const view::TypeLayout& layout, const Principal& as, const store::StoredEntity& self,
          std::int64_t day)
      : reader_(reader), layout_(layout), as_(as), self_(self), days_(reader, day) {}

  Error read(const json::Value& body) {
    if (const json::Value* columns = json::find(body, "columnJoins")) {
      for (const json::Value& join : columns->GetArray()) {
        const std::string_view name = json::string_or(join, "columnName");
        MD_LET(end, own_column(name));
        MD_OK(joined(end, json::find(join, "joinedWith")));
      }
    }
    return joined({self_.row, {}}, json::find(body, "directTableJoins"));
  }
  Days& days() { return days_; }

 private:
  Result<End> own_column(std::string_view name) const {
    json::Document document;
    MD_OK(json::parse_trusted(self_.body.document, document));
    if (!item_pointer(layout_, document, kColumns, name).empty()) return End{self_.row, std::string(name)};
    const auto key = model::key_of_any_fqn(name);
    if (key.ok() && !item_pointer(layout_, document, kColumns, *key).empty()) return End{self_.row, *key};
    return invalid_argument("Invalid column name " + std::string(name.substr(0, 300)));
  }

  Error joined(const End& self, const json::Value* with) {
    if (with == nullptr) return {};
    for (const json::Value& one : with->GetArray()) {
      const std::string fqn(json::string_or(one, "fullyQualifiedName"));
      MD_LET(end, other(fqn, !self.below.empty()));
      const std::int64_t count = json::int_member(one, "joinCount").value_or(0);
      MD_OK(days_.count(self, end, count));
      MD_OK(days_.count(end, self, count));
    }
    return {};
  }

  /// The other end of a join; one that may not be seen is not there.
  Result<End> other(const std::string& fqn, bool column) {
    MD_LET(place, find_with_item(reader_, layout_, fqn));
    if (tables_.insert(place.stored.row.id).second) {
      if (tables_.size() > kMostTables)
        return invalid_argument("one request tells of joins with at most " + std::to_string(kMostTables) + " others");
      MD_OK(check_stored(reader_, layout_, as_, {}, place.stored.row, EntityRef::by_fqn(layout_.type->name, fqn)));
    }
    json::Document document;
    MD_OK(json::parse_trusted(place.stored.body.document, document));
    const bool there = place.below.empty() || !item_pointer(layout_, document, kColumns, place.below).empty();
    if (there && place.below.empty() != column) return End{std::move(place.stored.row), std::move(place.below)};
    return invalid_argument((column ? "Invalid column name " : "Invalid table name ") + fqn.substr(0, 300));
  }

  static constexpr std::string_view kColumns = "columns";
  store::Reader& reader_;
  const view::TypeLayout& layout_;
  const Principal& as_;
  const store::StoredEntity& self_;
  Days days_;
  std::set<EntityId> tables_;
};

/// The day that a body tells of, in ms.
Result<std::int64_t> day_in(const json::Value& body, std::int64_t now) {
  const std::int64_t today = base::day_of(now);
  const std::string_view date = json::string_or(body, "startDate");
  if (date.empty()) return today;
  const auto day = base::parse_day(date);
  if (day && *day <= today && *day >= today - view::kJoinDays * base::kDayMs) return *day;
  return invalid_argument("Date range can only include past 30 days starting today");
}

}  // namespace

Error put_joins(const Context& context, const EntityRef& target, std::string_view text, const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_kept(*layout, view::kJoins));
  const std::vector<std::string> edits = edits_of(*series);
  MD_OK(access::check_outright(options.as, edits, layout->type->name));
  json::Document body;
  MD_OK(json::parse(text, body, context.limits.body));
  MD_OK(model::validate_value(series->type, series->name, body, body.GetAllocator(), context.limits));
  const std::int64_t now = context.clock.now_ms();
  MD_LET(day, day_in(body, now));
  // What was told of the day before is read and written in one turn, so that nothing that others tell is lost.
  MD_LET(turn, context.store.exclusive(options.interrupt));
  MD_LET(stored, find(*turn, *layout, target, Include::Live));
  MD_OK(check_stored(*turn, *layout, options.as, edits, stored.row, target));
  Telling telling(*turn, *layout, options.as, stored, day);
  MD_OK(telling.read(body));
  store::WriteSet set;
  telling.days().write(set);
  if (set.empty()) return {};
  tell_series(stored.row, series->name, options, now, set);
  if (const auto applied = turn->apply(set); !applied.ok()) return applied.error();
  return turn->commit();
}

}  // namespace metadata::entity
