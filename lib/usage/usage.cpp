#include "metadata/usage.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "access/sight.h"
#include "base/day.h"
#include "entity/allowed.h"
#include "entity/series.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/formats.h"
#include "usage/parts.h"
#include "view/compose.h"

namespace metadata {
namespace usage {
namespace {

using base::kDayMs;

constexpr char kSummary[] = "usageSummary";
constexpr char kSeries[] = "usage";
constexpr std::int64_t kMaxTimes = 1'000'000'000'000;
constexpr int kMonth = 30, kMaxDays = 400;
constexpr std::size_t kPage = 1000;

struct Span {
  const char* name;
  int days;
};
constexpr std::array<Span, 3> kSpans{{{"dailyStats", 1}, {"weeklyStats", 7}, {"monthlyStats", kMonth}}};

Result<std::int64_t> parse_day(std::string_view text) {
  if (const auto day = base::parse_day(text)) return *day;
  return invalid_argument("date must be a day as 2024-01-31, not " + model::shown(text), "date");
}

/// What is kept of a day: counts of the spans that end with it, and how they rank.
struct Kept {
  std::array<std::int64_t, kSpans.size()> counts{};
  std::array<double, kSpans.size()> ranks{};
};

Result<Kept> read_kept(const std::string& text) {
  json::Document document;
  MD_OK(json::parse_trusted(text, document));
  Kept kept;
  for (std::size_t i = 0; i < kSpans.size(); ++i) {
    const json::Value* stats = json::find(document, kSpans[i].name);
    if (stats == nullptr) return corrupt("a day of usage without " + std::string(kSpans[i].name));
    kept.counts[i] = json::int_member(*stats, "count").value_or(0);
    const json::Value* rank = json::find(*stats, "percentileRank");
    kept.ranks[i] = rank != nullptr && rank->IsNumber() ? rank->GetDouble() : 0;
  }
  return kept;
}

store::PutSeries put_day(const EntityId& owner, std::int64_t day, const Kept& kept) {
  JsonWriter out;
  out.begin_object();
  for (std::size_t i = 0; i < kSpans.size(); ++i) {
    out.key(kSpans[i].name).begin_object().key("count").integer(kept.counts[i]);
    out.key("percentileRank").number(kept.ranks[i]).end_object();
  }
  out.key("date").string(base::day_text(day)).end_object();
  store::SeriesRow row;
  row.id = base::day_text(day);
  row.ts = day;
  row.body = std::move(out).text();
  return {owner, kSeries, std::move(row)};
}

/// Writes what changes when so many usages of a day more (or less) are known: the day's counts, and those of later days
/// whose weeks and months it is in. `times` of How::Set become the difference, which containers are to be given.
Error add_times(store::Reader& reader, const store::RefRow& entity, std::int64_t day, std::int64_t& times,
                Usage::How how, store::WriteSet& set) {
  MD_LET(rows, reader.series(entity.rid, kSeries, day - kMonth * kDayMs, day + kMonth * kDayMs, 2 * kMonth + 1));
  std::map<std::int64_t, Kept> days;
  for (const auto& row : rows) {
    MD_LET(kept, read_kept(row.body));
    days[row.ts] = kept;
  }
  Kept& that = days[day];
  if (how == Usage::How::Set) times -= that.counts[0];
  that.counts[0] = std::clamp<std::int64_t>(that.counts[0] + times, 0, kMaxTimes);
  for (auto at = days.find(day); at != days.end() && at->first < day + kMonth * kDayMs; ++at) {
    for (std::size_t i = 1; i < kSpans.size(); ++i) {
      std::int64_t sum = 0;
      const auto from = days.upper_bound(at->first - kSpans[i].days * kDayMs);
      for (auto one = from; one != std::next(at); ++one) sum += one->second.counts[0];
      at->second.counts[i] = sum;
    }
    set.operations.push_back(put_day(entity.id, at->first, at->second));
  }
  MD_LET(old, reader.series(entity.rid, kSeries, 0, day - kMaxDays * kDayMs, kMonth));
  for (const auto& row : old) set.operations.push_back(store::DeleteSeries{entity.id, kSeries, row.id});
  return {};
}

Error check_used(const model::EntityType& type) {
  if (type.has(kSummary)) return {};
  return invalid_argument("the usage of entities of type " + type.name + " is not counted");
}

/// Used entities of a type whose newest day is the wanted one.
struct Ranked {
  EntityId id;
  Kept kept;
};
Result<std::vector<Ranked>> used_on(store::Reader& reader, const std::string& type, std::int64_t day) {
  std::vector<Ranked> used;
  store::ListQuery query;
  query.type = type;
  query.limit = kPage;
  for (;;) {
    MD_LET(page, reader.list(query));
    if (page.empty()) return used;
    std::vector<store::Rid> rids;
    std::map<store::Rid, EntityId> ids;
    for (const auto& stored : page) {
      rids.push_back(stored.row.rid);
      ids[stored.row.rid] = stored.row.id;
    }
    MD_LET(latest, reader.latest_series(rids, kSeries));
    for (const auto& [rid, row] : latest) {
      if (row.ts != day) continue;
      MD_LET(kept, read_kept(row.body));
      used.push_back({ids[rid], kept});
    }
    query.lower = page.back().row.fqn_key;
  }
}

/// Of n entities, the share that has less, in percent, of the n - 1 others.
void give_ranks(std::vector<Ranked>& used) {
  for (std::size_t i = 0; i < kSpans.size(); ++i) {
    std::sort(used.begin(), used.end(),
              [i](const Ranked& a, const Ranked& b) { return a.kept.counts[i] < b.kept.counts[i]; });
    std::size_t less = 0;
    for (std::size_t at = 0; at < used.size(); ++at) {
      if (at > 0 && used[at].kept.counts[i] != used[at - 1].kept.counts[i]) less = at;
      used[at].kept.ranks[i] =
          used.size() < 2 ? 0 : 100.0 * static_cast<double>(less) / static_cast<double>(used.size() - 1);
    }
  }
}

}  // namespace
}  // namespace usage

Usage::Usage(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Usage::~Usage() = default;

Error Usage::count(const EntityRef& target, std::string_view day_text, std::int64_t times, How how,
                   const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(layout, context.layout(target.type));
  MD_OK(access::check_outright(options.as, {"EditUsage"}, layout->type->name));
  MD_OK(usage::check_used(*layout->type));
  MD_LET(day, usage::parse_day(day_text));
  if (times < 0 || times > usage::kMaxTimes)
    return invalid_argument("count must be from 0 to " + std::to_string(usage::kMaxTimes), "count");
  const std::lock_guard lock(parts_->turn);
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, entity::find(*reader, *layout, target, Include::Live));
    MD_OK(entity::check_stored(*reader, *layout, options.as, {"EditUsage"}, stored.row, target));
    MD_LET(loaded, entity::load(context, *reader, *layout, std::move(stored)));
    const store::EntityRow& row = loaded.stored.row;
    const store::RefRow self{row.rid, row.id, row.type, row.fqn_key, row.name, row.display_name, false};
    MD_OK(usage::add_times(*reader, self, day, times, how, set));
    for (const auto& field : layout->containers) {
      const store::RefRow* container = loaded.around.container(row, field);
      if (container == nullptr || container->deleted) continue;
      const model::EntityType* type = context.registry().type(container->type);
      if (type == nullptr || !type->has(usage::kSummary)) continue;
      set.preconditions.push_back(store::RowAlive{container->id});
      MD_OK(usage::add_times(*reader, *container, day, times, How::Add, set));
    }
    entity::tell_series(row, usage::kSeries, options, context.clock.now_ms(), set);
  }
  return entity::commit_told(context, set, *layout, target, options.interrupt);
}

Result<Json> Usage::read(const EntityRef& target, std::string_view day_text, int days,
                         const ReadOptions& options) const {
  const entity::Context& context = parts_->entities;
  MD_LET(layout, context.layout(target.type));
  MD_OK(usage::check_used(*layout->type));
  std::int64_t last = context.clock.now_ms();
  if (!day_text.empty()) {
    MD_LET(day, usage::parse_day(day_text));
    last = day;
  }
  if (days < 1 || days > usage::kMaxDays)
    return invalid_argument("days must be from 1 to " + std::to_string(usage::kMaxDays), "days");
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(stored, entity::find(*reader, *layout, target, options.include));
  MD_OK(entity::check_stored(*reader, *layout, options.as, {"ViewUsage"}, stored.row, target));
  const store::EntityRow& row = stored.row;
  MD_LET(rows, reader->series(row.rid, usage::kSeries, last - days * base::kDayMs + 1, last, usage::kMaxDays));
  std::string text = "{\"entity\":";
  text += view::reference_text({row.rid, row.id, row.type, row.fqn_key, row.name, row.display_name, row.deleted});
  text += ",\"usage\":[";
  for (const auto& one : rows) text.append(text.back() == '[' ? "" : ",").append(one.body);
  return Json::parse(text += "]}");
}

Error Usage::rank(std::string_view type, std::string_view day_text, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(layout, context.layout(type));
  MD_OK(access::check_outright(options.as, {"EditUsage"}, layout->type->name));
  if (access::sight_of(options.as, layout->type->name, "EditUsage").all != access::Truth::Yes)
    return permission_denied("ranking changes every " + layout->type->name +
                             ": it needs EditUsage on all of them, whoever owns them");
  MD_OK(usage::check_used(*layout->type));
  MD_LET(day, usage::parse_day(day_text));
  const std::lock_guard lock(parts_->turn);
  std::vector<usage::Ranked> used;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(found, usage::used_on(*reader, layout->type->name, day));
    used = std::move(found);
  }
  usage::give_ranks(used);
  for (const usage::Ranked& one : used) {
    store::WriteSet set;
    set.preconditions.push_back(store::RowAlive{one.id});
    set.operations.push_back(usage::put_day(one.id, day, one.kept));
    const auto applied = context.store.commit(set, options.interrupt);
    // One that was deleted meanwhile has no rank.
    if (!applied.ok() && applied.error().code() != Code::Conflict) return applied.error();
  }
  return {};
}

}  // namespace metadata
