#include "quality/report_tree.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/day.h"
#include "json/splice.h"
#include "json/write.h"

namespace metadata::quality {
namespace {

constexpr std::size_t kMaxKept = 500'000;  // buckets and values
constexpr std::size_t kMaxRows = 10'000;
constexpr char kCount[] = "document_count";

std::int64_t start_of(std::int64_t at, Level::Step step) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds(at)};
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  sys_time<milliseconds> start = day;
  if (step == Level::Step::Hour) start = floor<hours>(moment);
  if (step == Level::Step::Week) start = day - (weekday{day} - Monday);
  if (step == Level::Step::Month) start = sys_days{date.year() / date.month() / 1};
  if (step == Level::Step::Year) start = sys_days{date.year() / January / 1};
  return start.time_since_epoch().count();
}

std::int64_t next_start(std::int64_t start, Level::Step step) {
  // Longer than the longest of them by less than the shortest, so that what follows begins in between.
  constexpr std::int64_t kHour = 3'600'000, kDay = base::kDayMs;
  if (step == Level::Step::Hour) return start + kHour;
  if (step == Level::Step::Day) return start + kDay;
  if (step == Level::Step::Week) return start + 7 * kDay;
  return start_of(start + (step == Level::Step::Month ? 32 : 367) * kDay, step);
}

/// As JSON spells it: 12.0, 3.5.
std::string number_text(double number) {
  json::Value value(number);
  return json::write(value);
}

std::string list_text(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ',';
    json::append_quoted(list, text);
  }
  return list + "]";
}

}  // namespace

/// What a level is asked of: a document, or within a nested level one item of a list in it.
struct ReportTree::Scope {
  const json::Value& document;
  const json::Value* item = nullptr;
  std::string_view path;  // of the item

  std::vector<const json::Value*> values(std::string_view field) const {
    const bool inside =
        item != nullptr && field.size() > path.size() + 1 && field.starts_with(path) && field[path.size()] == '.';
    return inside ? values_of(*item, field.substr(path.size() + 1)) : values_of(document, field);
  }
};

/// The rows of an answer while they are made.
struct ReportTree::Rows {
  const std::vector<Level>& levels;
  std::vector<std::pair<std::string_view, std::string>> dimensions;  // of the way down to the node in hand
  std::string text = "[";
  std::size_t count = 0;

  Error add(std::string_view metric, const std::optional<std::string>& value) {
    if (++count > kMaxRows)
      return too_large("the report has more than " + std::to_string(kMaxRows) + " rows; ask for fewer buckets");
    json::ObjectText row;
    for (const auto& [field, key] : dimensions) row.add_string(field, key);
    if (value) row.add_string(metric, *value);
    text.append(text.size() > 1 ? "," : "").append(row.take());
    return {};
  }

  Error add_metric(const Level& level, const Node& node) {
    using Kind = Level::Kind;
    if (level.kind == Kind::Cardinality) return add(level.field, std::to_string(node.values.size()));
    if (level.kind == Kind::Sum) return add(level.field, number_text(node.sum));
    if (node.numbers == 0) return add(level.field, std::nullopt);
    const double value = level.kind == Kind::Average ? node.sum / static_cast<double>(node.numbers)
                         : level.kind == Kind::Least ? node.least
                                                     : node.most;
    return add(level.field, number_text(value));
  }

  Error go_into(std::size_t level, const std::string& key, const Node& node) {
    dimensions.emplace_back(levels[level].field, key);
    const Error error = walk(node, level + 1);
    dimensions.pop_back();
    return error;
  }

  Error walk(const Node& node, std::size_t level) {
    if (level == levels.size()) return add(kCount, std::to_string(node.documents));
    const Level& here = levels[level];
    if (here.kind == Level::Kind::Nested) return walk(node, level + 1);
    if (here.is_metric()) return add_metric(here, node);
    if (here.kind == Level::Kind::Terms) {
      std::vector<const std::pair<const std::string, Node>*> order;
      for (const auto& bucket : node.buckets) order.push_back(&bucket);
      // By documents, then by key, which is the order they are in.
      std::stable_sort(order.begin(), order.end(),
                       [](const auto* a, const auto* b) { return a->second.documents > b->second.documents; });
      for (std::size_t i = 0; i < std::min(order.size(), here.size); ++i)
        MD_OK(go_into(level, order[i]->first, order[i]->second));
      return {};
    }
    if (node.moments.empty()) return {};
    // Moments in between that have no documents are told of, too.
    const Node none;
    const std::int64_t last = node.moments.rbegin()->first;
    std::size_t steps = 0;
    for (std::int64_t at = node.moments.begin()->first; at <= last; at = next_start(at, here.step)) {
      if (++steps > kMaxRows)
        return too_large("the report has more than " + std::to_string(kMaxRows) + " moments; narrow it by a range of " +
                         here.field);
      const auto found = node.moments.find(at);
      MD_OK(go_into(level, std::to_string(at), found == node.moments.end() ? none : found->second));
    }
    return {};
  }
};

Error ReportTree::take() {
  if (++kept_ <= kMaxKept) return {};
  return too_large("the report has more than " + std::to_string(kMaxKept) + " buckets and values; narrow it by q");
}

Error ReportTree::measure(Node& node, const Level& level, const Scope& scope) {
  for (const json::Value* value : scope.values(level.field)) {
    if (level.kind == Level::Kind::Cardinality) {
      std::string text = scalar_text(*value);
      if (!text.empty() && node.values.insert(std::move(text)).second) MD_OK(take());
      continue;
    }
    if (!value->IsNumber()) continue;
    const double number = value->GetDouble();
    node.least = node.numbers == 0 ? number : std::min(node.least, number);
    node.most = node.numbers == 0 ? number : std::max(node.most, number);
    node.sum += number;
    ++node.numbers;
  }
  return {};
}

Error ReportTree::add_values(Node& node, std::size_t level, const Scope& scope) {
  const Level& here = levels_[level];
  std::vector<std::string> seen;  // a document is once in a bucket
  for (const json::Value* value : scope.values(here.field)) {
    if (here.kind == Level::Kind::Days) {
      constexpr std::int64_t kLatest = 253'402'300'799'999;  // the year 9999
      if (!value->IsInt64() || value->GetInt64() < 0 || value->GetInt64() > kLatest) continue;
      const auto [at, fresh] = node.moments.try_emplace(start_of(value->GetInt64(), here.step));
      if (fresh) MD_OK(take());
      MD_OK(add(at->second, level + 1, scope));
      continue;
    }
    std::string text = scalar_text(*value);
    if (text.empty() || std::find(seen.begin(), seen.end(), text) != seen.end()) continue;
    const auto [at, fresh] = node.buckets.try_emplace(text);
    seen.push_back(std::move(text));
    if (fresh) MD_OK(take());
    MD_OK(add(at->second, level + 1, scope));
  }
  return {};
}

Error ReportTree::add(Node& node, std::size_t level, const Scope& scope) {
  ++node.documents;
  if (level == levels_.size()) return {};
  const Level& here = levels_[level];
  if (here.is_metric()) return measure(node, here, scope);
  if (here.kind != Level::Kind::Nested) return add_values(node, level, scope);
  for (const json::Value* item : scope.values(here.field))
    MD_OK(add(node, level + 1, {scope.document, item, here.field}));
  return {};
}

Error ReportTree::add(const json::Value& document) { return add(root_, 0, {document, nullptr, {}}); }

Result<std::string> ReportTree::text() const {
  std::vector<std::string> keys, dimensions, metrics;
  for (const Level& level : levels_) {
    keys.push_back(level.key());
    if (level.is_metric()) {
      metrics.push_back(level.field);
    } else if (level.kind != Level::Kind::Nested) {
      dimensions.push_back(level.field);
    }
  }
  if (metrics.empty()) metrics.emplace_back(kCount);
  Rows rows{levels_, {}};
  MD_OK(rows.walk(root_, 0));
  json::ObjectText about, whole;
  about.add_raw("keys", list_text(keys)).add_raw("dimensions", list_text(dimensions));
  about.add_raw("metrics", list_text(metrics));
  whole.add_raw("metadata", about.take()).add_raw("data", rows.text + "]");
  return whole.take();
}

}  // namespace metadata::quality
