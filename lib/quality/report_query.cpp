#include "quality/report_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

#include "events/filter.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/formats.h"

namespace metadata::quality {
namespace {

constexpr std::size_t kMaxLevels = 6;
constexpr std::size_t kMaxText = 4096;  // of an aggregation
constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMaxBuckets = 10'000;
constexpr std::size_t kMaxQuery = std::size_t{64} << 10;
constexpr std::size_t kMaxClauses = 500;
constexpr std::size_t kMaxDepth = 12;

struct Word {
  std::string_view text;
  Level::Kind kind;
  std::string_view prefix;
};
constexpr Word kKinds[] = {
    {"terms", Level::Kind::Terms, "sterms"},   {"date_histogram", Level::Kind::Days, "date_histogram"},
    {"nested", Level::Kind::Nested, "nested"}, {"cardinality", Level::Kind::Cardinality, "cardinality"},
    {"avg", Level::Kind::Average, "avg"},      {"sum", Level::Kind::Sum, "sum"},
    {"min", Level::Kind::Least, "min"},        {"max", Level::Kind::Most, "max"},
};
constexpr std::pair<std::string_view, Level::Step> kSteps[] = {
    {"hour", Level::Step::Hour}, {"1h", Level::Step::Hour}, {"day", Level::Step::Day},     {"1d", Level::Step::Day},
    {"week", Level::Step::Week}, {"1w", Level::Step::Week}, {"month", Level::Step::Month}, {"1M", Level::Step::Month},
    {"year", Level::Step::Year}, {"1y", Level::Step::Year}};

Error bad_level(const std::string& what) { return invalid_argument("aggregationQuery: " + what); }

std::string shown(std::string_view text) { return "'" + std::string(text.substr(0, 100)) + "'"; }

/// The pieces between the separators.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0;;) {
    const auto end = text.find(separator, at);
    pieces.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return pieces;
    at = end + 1;
  }
}

Error set_word(Level& level, std::string_view name, std::string_view value) {
  if (value.empty() || value.size() > kMaxName)
    return bad_level(shown(name) + " has 1 to " + std::to_string(kMaxName) + " characters");
  if (name == "bucketName") {
    level.name = value;
  } else if (name == "field" || name == "path") {
    level.field = value;
  } else if (name == "size") {
    const auto read = std::from_chars(value.data(), value.data() + value.size(), level.size);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size() || level.size < 1 || level.size > kMaxBuckets)
      return bad_level("size must be a number from 1 to " + std::to_string(kMaxBuckets));
  } else if (name == "calendar_interval") {
    const auto found =
        std::find_if(std::begin(kSteps), std::end(kSteps), [&](const auto& s) { return s.first == value; });
    if (found == std::end(kSteps)) return bad_level("calendar_interval must be hour, day, week, month or year");
    level.step = found->second;
  } else {
    return bad_level("unknown parameter " + shown(name) +
                     "; there are bucketName, aggType, field, path, size and calendar_interval");
  }
  return {};
}

Result<Level> read_level(std::string_view text) {
  Level level;
  bool kind = false;
  for (const std::string_view part : split(text, ':')) {
    for (const std::string_view pair : split(part, '&')) {
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos) return bad_level(shown(pair) + " must be name=value");
      const std::string_view name = pair.substr(0, equals);
      std::string_view value = pair.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      if (name != "aggType") {
        MD_OK(set_word(level, name, value));
        continue;
      }
      const auto found =
          std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Word& w) { return w.text == value; });
      if (found == std::end(kKinds))
        return bad_level("aggType must be terms, date_histogram, nested, cardinality, avg, sum, min or max, not " +
                         shown(value));
      level.kind = found->kind;
      kind = true;
    }
  }
  if (!kind) return bad_level(shown(text) + " needs an aggType");
  if (level.name.empty()) return bad_level(shown(text) + " needs a bucketName");
  if (level.field.empty())
    return bad_level(shown(text) + (level.kind == Level::Kind::Nested ? " needs a path" : " needs a field"));
  return level;
}

/// What stands behind a field's name for how it is kept.
std::string_view plain(std::string_view field) {
  for (const std::string_view suffix : {".keyword", ".nonNormalized", ".raw"}) {
    if (field.size() > suffix.size() && field.ends_with(suffix)) return field.substr(0, field.size() - suffix.size());
  }
  return field;
}

/// Whatever its case, as all text of a report is compared.
bool same(std::string_view a, std::string_view b) { return model::lower_ascii(a) == model::lower_ascii(b); }
bool fits(std::string_view pattern, std::string_view text) {
  return events::matches_pattern(model::lower_ascii(text), model::lower_ascii(pattern));
}

std::optional<double> number(const json::Value& value) {
  if (value.IsNumber()) return value.GetDouble();
  if (!value.IsString()) return std::nullopt;
  double read = 0;
  const std::string_view text = json::view(value);
  const auto end = std::from_chars(text.data(), text.data() + text.size(), read);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return read;
}

constexpr std::string_view kBounds[] = {"gt", "gte", "lt", "lte"};

bool in_range(const json::Value& value, const json::Value& range) {
  const auto is = number(value);
  if (!is) return false;
  for (const auto& bound : range.GetObject()) {
    const std::string_view name = json::view(bound.name);
    const auto limit = number(bound.value);
    if (!limit) continue;
    if ((name == "gt" && !(*is > *limit)) || (name == "gte" && !(*is >= *limit))) return false;
    if ((name == "lt" && !(*is < *limit)) || (name == "lte" && !(*is <= *limit))) return false;
  }
  return true;
}

/// The value that a clause gives its field: `{"field": x}` or `{"field": {"value": x}}`.
const json::Value& value_in(const json::Value& body) {
  const json::Value& said = body.MemberBegin()->value;
  if (!said.IsObject()) return said;
  const json::Value* inner = json::find(said, "value");
  if (inner == nullptr) inner = json::find(said, "wildcard");
  return inner == nullptr ? said : *inner;
}

constexpr std::string_view kOneField[] = {"term", "terms", "range", "wildcard", "prefix", "match"};
constexpr std::string_view kLists[] = {"must", "filter", "should", "must_not"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Reads a query once, so that matching need not look whether it is one.
class Check {
 public:
  explicit Check(std::set<std::string, std::less<>>& fields) : fields_(fields) {}

  Error clause(const json::Value& query, std::size_t depth) {
    if (depth > kMaxDepth) return bad("clauses lie at most " + std::to_string(kMaxDepth) + " deep");
    if (++clauses_ > kMaxClauses) return bad("there are at most " + std::to_string(kMaxClauses) + " clauses");
    if (!query.IsObject() || query.MemberCount() != 1) return bad("a clause is an object with one member");
    const std::string_view kind = json::view(query.MemberBegin()->name);
    const json::Value& body = query.MemberBegin()->value;
    if (!body.IsObject()) return bad(std::string(kind.substr(0, 100)) + " must be an object");
    if (kind == "match_all") return {};
    if (kind == "exists") return exists(body);
    if (kind == "nested") {
      const json::Value* inner = json::find(body, "query");
      return inner == nullptr ? bad("nested needs a query") : clause(*inner, depth + 1);
    }
    if (kind == "bool") return lists(body, depth);
    if (is_one_of(kOneField, kind)) return one_field(kind, body);
    return bad("unknown clause " + shown(kind) +
               "; there are bool, term, terms, range, wildcard, prefix, match, exists, nested and match_all");
  }

 private:
  static Error bad(const std::string& what) { return invalid_argument("q: " + what); }

  Error exists(const json::Value& body) {
    const std::string_view field = json::string_or(body, "field");
    if (field.empty()) return bad("exists needs a field");
    fields_.emplace(field);
    return {};
  }

  Error lists(const json::Value& body, std::size_t depth) {
    for (const auto& member : body.GetObject()) {
      const std::string_view name = json::view(member.name);
      if (name == "minimum_should_match") {
        if (!member.value.IsInt()) return bad("minimum_should_match must be a number");
      } else if (!is_one_of(kLists, name)) {
        return bad("unknown member " + shown(name) + " of bool");
      } else if (!member.value.IsArray()) {
        MD_OK(clause(member.value, depth + 1));
      } else {
        for (const auto& one : member.value.GetArray()) MD_OK(clause(one, depth + 1));
      }
    }
    return {};
  }

  Error one_field(std::string_view kind, const json::Value& body) {
    const std::string name(kind);
    if (body.MemberCount() != 1) return bad(name + " is about one field");
    fields_.emplace(json::view(body.MemberBegin()->name));
    const json::Value& value = value_in(body);
    if (kind == "terms") {
      if (!value.IsArray() || value.Size() > kMaxBuckets) return bad("terms needs a list");
      for (const auto& one : value.GetArray()) {
        if (one.IsObject() || one.IsArray()) return bad("terms needs a list of values");
      }
      return {};
    }
    if (kind != "range") return value.IsObject() || value.IsArray() ? bad(name + " needs a value") : Error();
    if (!value.IsObject()) return bad("range needs bounds");
    for (const auto& bound : value.GetObject()) {
      const std::string_view word = json::view(bound.name);
      if (word == "format" || word == "boost") continue;
      if (!is_one_of(kBounds, word)) return bad("unknown bound " + shown(word) + "; there are gt, gte, lt and lte");
      if (!bound.value.IsNull() && !number(bound.value)) return bad("bounds of range must be numbers");
    }
    return {};
  }

  std::set<std::string, std::less<>>& fields_;
  std::size_t clauses_ = 0;
};

bool any_value(const json::Value& document, std::string_view kind, const json::Value& body) {
  const json::Value& wanted = value_in(body);
  const std::string text = scalar_text(wanted);
  for (const json::Value* value : values_of(document, json::view(body.MemberBegin()->name))) {
    if (kind == "range") {
      if (in_range(*value, wanted)) return true;
      continue;
    }
    const std::string is = scalar_text(*value);
    if (kind == "terms") {
      for (const auto& one : wanted.GetArray()) {
        if (same(is, scalar_text(one))) return true;
      }
    } else if (kind == "wildcard" ? fits(text, is) : kind == "prefix" ? fits(text + "*", is) : same(is, text)) {
      return true;
    }
  }
  return false;
}

bool holds(const json::Value& query, const json::Value& document);

/// How many of a clause or a list of clauses hold.
std::size_t count_holding(const json::Value& clauses, const json::Value& document) {
  if (!clauses.IsArray()) return holds(clauses, document) ? 1 : 0;
  std::size_t count = 0;
  for (const auto& one : clauses.GetArray()) count += holds(one, document) ? 1 : 0;
  return count;
}

std::size_t size_of(const json::Value& clauses) { return clauses.IsArray() ? clauses.Size() : 1; }

bool bool_holds(const json::Value& body, const json::Value& document) {
  bool required = false;
  for (const char* name : {"must", "filter"}) {
    const json::Value* all = json::find(body, name);
    if (all == nullptr) continue;
    required = required || size_of(*all) > 0;
    if (count_holding(*all, document) != size_of(*all)) return false;
  }
  if (const json::Value* none = json::find(body, "must_not"); none != nullptr && count_holding(*none, document) > 0)
    return false;
  const json::Value* any = json::find(body, "should");
  if (any == nullptr || size_of(*any) == 0) return true;
  const auto least = json::int_member(body, "minimum_should_match").value_or(required ? 0 : 1);
  return static_cast<std::int64_t>(count_holding(*any, document)) >= least;
}

bool holds(const json::Value& query, const json::Value& document) {
  const std::string_view kind = json::view(query.MemberBegin()->name);
  const json::Value& body = query.MemberBegin()->value;
  if (kind == "match_all") return true;
  if (kind == "exists") return !values_of(document, json::string_or(body, "field")).empty();
  if (kind == "nested") return holds(*json::find(body, "query"), document);
  return kind == "bool" ? bool_holds(body, document) : any_value(document, kind, body);
}

}  // namespace

std::string Level::key() const {
  const auto found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Word& word) { return word.kind == kind; });
  return std::string(found->prefix) + "#" + name;
}

Result<std::vector<Level>> read_levels(std::string_view text) {
  if (text.empty()) return bad_level("say what to count: bucketName=status:aggType=terms:field=testCaseStatus");
  if (text.size() > kMaxText) return bad_level("it has at most " + std::to_string(kMaxText) + " characters");
  if (text.find(';') != std::string_view::npos || text.find("::") != std::string_view::npos)
    return unimplemented("aggregationQuery: aggregations side by side (;, ::) are not built; ask for each by itself");
  std::vector<Level> levels;
  for (const std::string_view piece : split(text, ',')) {
    if (!levels.empty() && levels.back().is_metric())
      return bad_level("nothing can lie in " + shown(levels.back().name));
    if (levels.size() == kMaxLevels) return bad_level("there are at most " + std::to_string(kMaxLevels) + " levels");
    MD_LET(level, read_level(piece));
    levels.push_back(std::move(level));
  }
  if (levels.back().kind == Level::Kind::Nested) return bad_level("a nested level needs one in it");
  return levels;
}

std::vector<const json::Value*> values_of(const json::Value& document, std::string_view field) {
  std::vector<const json::Value*> at{&document}, next;
  const std::string_view path = plain(field);
  for (const std::string_view name : split(path, '.')) {
    next.clear();
    for (const json::Value* value : at) {
      const json::Value* member = json::find(*value, name);
      if (member == nullptr || member->IsNull()) continue;
      if (!member->IsArray()) {
        next.push_back(member);
        continue;
      }
      for (const auto& item : member->GetArray()) next.push_back(&item);
    }
    at.swap(next);
  }
  return at;
}

std::string scalar_text(const json::Value& value) {
  if (value.IsString()) return std::string(json::view(value));
  return value.IsObject() || value.IsArray() || value.IsNull() ? std::string() : json::write(value);
}

Result<Query> Query::read(std::string_view text) {
  Query query;
  if (text.empty() || text == "*") return query;
  if (text.size() > kMaxQuery) return invalid_argument("q: it has at most " + std::to_string(kMaxQuery) + " bytes");
  const Error parsed = json::parse(text, query.source_);
  if (!parsed.ok()) return invalid_argument("q: " + std::string(parsed.message()));
  if (!query.source_.IsObject())
    return invalid_argument(R"(q: it must be an object like {"query":{"bool":{"must":[]}}})");
  query.root_ = json::find(query.source_, "query");
  if (query.root_ == nullptr)
    return query.source_.MemberCount() == 0 ? Result<Query>(std::move(query))
                                            : invalid_argument(R"(q: it needs a member "query")");
  MD_OK(Check(query.fields_).clause(*query.root_, 1));
  return query;
}

bool Query::matches(const json::Value& document) const { return root_ == nullptr || holds(*root_, document); }

std::pair<std::int64_t, std::int64_t> Query::times(std::string_view field) const {
  std::pair<std::int64_t, std::int64_t> times{0, std::numeric_limits<std::int64_t>::max()};
  const json::Value* body = root_ == nullptr ? nullptr : json::find(*root_, "bool");
  if (body == nullptr) return times;
  constexpr double kBeyond = 9e15;  // what a double has exactly
  for (const char* list : {"must", "filter"}) {
    const json::Value* all = json::find(*body, list);
    if (all == nullptr || !all->IsArray()) continue;
    for (const auto& clause : all->GetArray()) {
      const json::Value* range = json::find(clause, "range");
      if (range == nullptr || plain(json::view(range->MemberBegin()->name)) != field) continue;
      for (const auto& bound : value_in(*range).GetObject()) {
        const auto limit = number(bound.value);
        if (!limit || *limit < 0 || *limit > kBeyond) continue;
        const auto at = static_cast<std::int64_t>(*limit);
        // Wider by one at most: the query itself is asked too.
        if (json::view(bound.name).starts_with('g')) times.first = std::max(times.first, at);
        if (json::view(bound.name).starts_with('l')) times.second = std::min(times.second, at + 1);
      }
    }
  }
  return times;
}

}  // namespace metadata::quality
