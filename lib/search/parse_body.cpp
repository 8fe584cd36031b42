// Query bodies in the language of Elasticsearch, as far as clients of this API send them. docs/search.md has the list.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "json/parse.h"
#include "json/value.h"
#include "search/fields.h"
#include "search/plan.h"

namespace metadata::search {
namespace {

using json::Value;
using Kind = Clause::Kind;

constexpr std::size_t kBodyBytes = std::size_t{64} << 10;
constexpr std::size_t kValues = 1024;  // of one `terms` or `ids`
constexpr std::size_t kFields = 32;    // of one clause
constexpr double kMaxBoost = 1000;

class Translator {
 public:
  explicit Translator(const SearchLimits& limits) : limits_(limits) {}

  Result<Clause> clause(const Value& value, const std::string& where, std::size_t depth);

 private:
  using Translate = Result<Clause> (Translator::*)(const Value&, const std::string&, std::size_t);
  struct Row {
    std::string_view name;
    Translate translate;
  };
  static const Row* find_row(std::string_view name);

  Result<Clause> boolean(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> term(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> terms(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> exists(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> match(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> match_phrase(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> multi_match(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> wildcard(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> prefix(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> query_string(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> match_all(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> match_none(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> ids(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> range(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> nested(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> constant_score(const Value& body, const std::string& where, std::size_t depth);
  Result<Clause> dis_max(const Value& body, const std::string& where, std::size_t depth);

  Error children(const Value& value, const std::string& where, std::size_t depth, std::vector<Clause>& into);

  const SearchLimits& limits_;
  std::size_t clauses_ = 0;
};

Error bad(const std::string& where, const std::string& what) { return invalid_argument(where + ": " + what); }

std::string shown(std::string_view text) { return "\"" + std::string(text.substr(0, 100)) + "\""; }

/// A text, a number or a truth value, as the text that fields are compared with.
Result<std::string> scalar(const Value& value, const std::string& where) {
  if (value.IsString()) return std::string(json::view(value));
  if (value.IsBool()) return std::string(value.GetBool() ? "true" : "false");
  if (value.IsInt64()) return std::to_string(value.GetInt64());
  if (value.IsUint64()) return std::to_string(value.GetUint64());
  if (value.IsDouble()) {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value.GetDouble()).ptr;
    return std::string(text.data(), end);
  }
  return bad(where, "must be a text, a number, true or false");
}

Result<std::string> text_member(const Value& body, std::string_view name, const std::string& where) {
  const Value* value = json::find(body, name);
  if (value == nullptr) return bad(where, "needs \"" + std::string(name) + "\"");
  return scalar(*value, where + "." + std::string(name));
}

Error only(const Value& body, std::initializer_list<std::string_view> allowed, const std::string& where) {
  if (!body.IsObject()) return bad(where, "must be an object");
  for (const auto& member : body.GetObject()) {
    bool known = false;
    for (const std::string_view name : allowed) known = known || name == json::view(member.name);
    if (!known) return bad(where, "unknown member " + shown(json::view(member.name)));
  }
  return {};
}

Result<Clause> boosted(Clause clause, const Value& body, const std::string& where) {
  const Value* boost = json::find(body, "boost");
  if (boost == nullptr) return clause;
  if (!boost->IsNumber() || boost->GetDouble() < 0 || boost->GetDouble() > kMaxBoost)
    return bad(where + ".boost", "must be a number from 0 to 1000");
  if (std::abs(boost->GetDouble() - 1.0) < 1e-9) return clause;
  Clause scored;
  scored.kind = Kind::Scored;
  scored.boost = boost->GetDouble();
  scored.must.push_back(std::move(clause));
  return scored;
}

/// The one field of a clause such as {"name": …}, with what is said of it.
struct OneField {
  std::string field;
  const Value* value = nullptr;
  std::string where;
};
Result<OneField> one_field(const Value& body, const std::string& where) {
  const bool one = body.IsObject() && body.MemberCount() == 1;
  if (!one) return bad(where, "must be an object with one field");
  const auto& member = *body.MemberBegin();
  const std::string name(json::view(member.name));
  if (name.empty() || name.size() > 256) return bad(where, "the field's name must have 1 to 256 bytes");
  return OneField{canonical_field(name), &member.value, where + "." + name.substr(0, 100)};
}

/// "name^5" is the field name; how fields weigh is the search room's to say.
std::string field_without_boost(std::string_view written) {
  return canonical_field(written.substr(0, written.find('^')));
}

Result<std::vector<std::string>> fields_of(const Value& body, const std::string& where) {
  std::vector<std::string> fields;
  if (const Value* one = json::find(body, "default_field")) {
    if (!one->IsString()) return bad(where + ".default_field", "must be a text");
    if (json::view(*one) != "*") fields.push_back(field_without_boost(json::view(*one)));
  }
  const Value* list = json::find(body, "fields");
  if (list == nullptr) return fields;
  if (!list->IsArray() || list->Size() > kFields)
    return bad(where + ".fields", "must be a list of at most " + std::to_string(kFields) + " fields");
  for (const Value& name : list->GetArray()) {
    if (!name.IsString() || name.GetStringLength() == 0) return bad(where + ".fields", "must be a list of texts");
    if (json::view(name) == "*") return std::vector<std::string>();
    fields.push_back(field_without_boost(json::view(name)));
  }
  return fields;
}

/// `operator` and `default_operator`: whether all words must match.
Result<bool> all_words(const Value& body, std::string_view member, const std::string& where) {
  const Value* value = json::find(body, member);
  if (value == nullptr) return false;
  const std::string_view word = json::view(*value);
  if (word == "and" || word == "AND") return true;
  if (word == "or" || word == "OR") return false;
  return bad(where + "." + std::string(member), "must be and or or");
}

Result<bool> is_fuzzy(const Value& body, const std::string& where) {
  const Value* value = json::find(body, "fuzziness");
  if (value == nullptr) return false;
  if (value->IsInt() && value->GetInt() >= 0 && value->GetInt() <= 2) return value->GetInt() > 0;
  const std::string_view word = json::view(*value);
  if (word == "0") return false;
  if (word == "1" || word == "2" || word.starts_with("AUTO") || word.starts_with("auto")) return true;
  return bad(where + ".fuzziness", "must be AUTO, 0, 1 or 2");
}

/// A list of values that must be there.
Result<std::vector<std::string>> values_of(const Value& list, const std::string& where) {
  if (!list.IsArray()) return bad(where, "must be a list of values");
  if (list.Size() > kValues) return bad(where, "has more than " + std::to_string(kValues) + " values");
  std::vector<std::string> values;
  for (const Value& item : list.GetArray()) {
    MD_LET(value, scalar(item, where));
    values.push_back(std::move(value));
  }
  return values;
}

Clause nothing() {
  Clause clause;
  clause.kind = Kind::None;
  return clause;
}

Clause of_values(std::string field, std::vector<std::string> values) {
  Clause clause;
  clause.kind = values.empty() ? Kind::None : Kind::Value;
  clause.fields.push_back(std::move(field));
  clause.values = std::move(values);
  return clause;
}

Clause of_text(Kind kind, std::vector<std::string> fields, std::string text) {
  Clause clause;
  clause.kind = kind;
  clause.fields = std::move(fields);
  clause.text = std::move(text);
  return clause;
}

Error check_text(const std::string& text, const SearchLimits& limits, const std::string& where) {
  if (text.size() <= limits.text_bytes) return {};
  return bad(where, "is longer than " + std::to_string(limits.text_bytes) + " bytes");
}

const Translator::Row* Translator::find_row(std::string_view name) {
  static constexpr Row kRows[] = {
      {"bool", &Translator::boolean},
      {"term", &Translator::term},
      {"terms", &Translator::terms},
      {"exists", &Translator::exists},
      {"match", &Translator::match},
      {"match_phrase", &Translator::match_phrase},
      {"multi_match", &Translator::multi_match},
      {"wildcard", &Translator::wildcard},
      {"prefix", &Translator::prefix},
      {"query_string", &Translator::query_string},
      {"simple_query_string", &Translator::query_string},
      {"match_all", &Translator::match_all},
      {"match_none", &Translator::match_none},
      {"ids", &Translator::ids},
      {"range", &Translator::range},
      {"nested", &Translator::nested},
      {"constant_score", &Translator::constant_score},
      {"dis_max", &Translator::dis_max},
  };
  for (const Row& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// Depth is bounded by SearchLimits::filter_depth.
Result<Clause> Translator::clause(const Value& value, const std::string& where, std::size_t depth) {
  if (depth > limits_.filter_depth)
    return bad(where, "clauses are nested more than " + std::to_string(limits_.filter_depth) + " deep");
  if (++clauses_ > limits_.filter_clauses)
    return bad(where, "the query has more than " + std::to_string(limits_.filter_clauses) + " clauses");
  const bool one = value.IsObject() && value.MemberCount() == 1;
  if (!one) return bad(where, "must be an object with one clause, such as {\"term\": {\"name\": \"orders\"}}");
  const auto& member = *value.MemberBegin();
  const std::string_view name = json::view(member.name);
  const Row* row = find_row(name);
  if (row == nullptr) return bad(where, "unknown clause " + shown(name));
  return (this->*row->translate)(member.value, where + "." + std::string(name), depth);
}

Error Translator::children(const Value& value, const std::string& where, std::size_t depth, std::vector<Clause>& into) {
  if (!value.IsArray()) {
    MD_LET(child, clause(value, where, depth + 1));
    into.push_back(std::move(child));
    return {};
  }
  std::size_t index = 0;
  for (const Value& item : value.GetArray()) {
    MD_LET(child, clause(item, where + "[" + std::to_string(index++) + "]", depth + 1));
    into.push_back(std::move(child));
  }
  return {};
}

Result<Clause> Translator::boolean(const Value& body, const std::string& where, std::size_t depth) {
  MD_OK(only(body,
             {"must", "should", "must_not", "filter", "minimum_should_match", "boost", "adjust_pure_negative", "_name"},
             where));
  Clause clause;
  clause.kind = Kind::Bool;
  for (const auto& [name, into] : {std::pair{"must", &clause.must}, std::pair{"should", &clause.should},
                                   std::pair{"must_not", &clause.must_not}, std::pair{"filter", &clause.filter}}) {
    if (const Value* value = json::find(body, name)) MD_OK(children(*value, where + "." + name, depth, *into));
  }
  if (const Value* least = json::find(body, "minimum_should_match")) {
    std::int64_t number = -1;
    if (least->IsInt64()) number = least->GetInt64();
    const std::string_view text = json::view(*least);
    if (!text.empty() &&
        std::from_chars(text.data(), text.data() + text.size(), number).ptr != text.data() + text.size())
      number = -1;
    if (number < 0) return bad(where + ".minimum_should_match", "must be a whole number, 0 or more");
    clause.minimum_should_match = static_cast<std::size_t>(number);
    if (clause.minimum_should_match > clause.should.size()) return nothing();
    // As many as that beside must and filter, too; 0 is said by leaving `should` to the score.
    if (number == 0 && clause.must.empty() && clause.filter.empty() && !clause.should.empty())
      clause.filter.push_back(Clause{});
  }
  return boosted(std::move(clause), body, where);
}

Result<Clause> Translator::term(const Value& body, const std::string& where, std::size_t) {
  MD_LET(one, one_field(body, where));
  if (!one.value->IsObject()) {
    MD_LET(value, scalar(*one.value, one.where));
    return of_values(one.field, {std::move(value)});
  }
  MD_OK(only(*one.value, {"value", "boost", "case_insensitive", "_name"}, one.where));
  MD_LET(value, text_member(*one.value, "value", one.where));
  return boosted(of_values(one.field, {std::move(value)}), *one.value, one.where);
}

Result<Clause> Translator::terms(const Value& body, const std::string& where, std::size_t) {
  if (!body.IsObject()) return bad(where, "must be an object with one field");
  const Value* list = nullptr;
  std::string field;
  for (const auto& member : body.GetObject()) {
    const std::string_view name = json::view(member.name);
    if (name == "boost" || name == "_name") continue;
    if (list != nullptr) return bad(where, "must have one field");
    field = name;
    list = &member.value;
  }
  if (list == nullptr) return bad(where, "must have one field");
  MD_LET(values, values_of(*list, where + "." + field.substr(0, 100)));
  return boosted(of_values(canonical_field(field), std::move(values)), body, where);
}

Result<Clause> Translator::exists(const Value& body, const std::string& where, std::size_t) {
  MD_OK(only(body, {"field", "boost", "_name"}, where));
  MD_LET(field, text_member(body, "field", where));
  Clause clause;
  clause.kind = Kind::Exists;
  clause.fields.push_back(canonical_field(field));
  return clause;
}

Result<Clause> Translator::match(const Value& body, const std::string& where, std::size_t) {
  MD_LET(one, one_field(body, where));
  if (!one.value->IsObject()) {
    MD_LET(text, scalar(*one.value, one.where));
    MD_OK(check_text(text, limits_, one.where));
    return of_text(Kind::Words, {one.field}, std::move(text));
  }
  MD_OK(only(*one.value, {"query", "operator", "fuzziness", "boost", "lenient", "minimum_should_match", "_name"},
             one.where));
  MD_LET(text, text_member(*one.value, "query", one.where));
  MD_OK(check_text(text, limits_, one.where));
  Clause clause = of_text(Kind::Words, {one.field}, std::move(text));
  MD_LET(all, all_words(*one.value, "operator", one.where));
  MD_LET(fuzzy, is_fuzzy(*one.value, one.where));
  clause.all_words = all;
  clause.fuzzy = fuzzy;
  return boosted(std::move(clause), *one.value, one.where);
}

Result<Clause> Translator::match_phrase(const Value& body, const std::string& where, std::size_t) {
  MD_LET(one, one_field(body, where));
  if (!one.value->IsObject()) {
    MD_LET(text, scalar(*one.value, one.where));
    MD_OK(check_text(text, limits_, one.where));
    return of_text(Kind::Phrase, {one.field}, std::move(text));
  }
  MD_OK(only(*one.value, {"query", "boost", "_name"}, one.where));
  MD_LET(text, text_member(*one.value, "query", one.where));
  MD_OK(check_text(text, limits_, one.where));
  return boosted(of_text(Kind::Phrase, {one.field}, std::move(text)), *one.value, one.where);
}

Result<Clause> Translator::multi_match(const Value& body, const std::string& where, std::size_t) {
  MD_OK(only(body,
             {"query", "fields", "type", "operator", "fuzziness", "boost", "tie_breaker", "lenient",
              "minimum_should_match", "max_expansions", "prefix_length", "_name"},
             where));
  MD_LET(text, text_member(body, "query", where));
  MD_OK(check_text(text, limits_, where));
  MD_LET(fields, fields_of(body, where));
  MD_LET(all, all_words(body, "operator", where));
  MD_LET(fuzzy, is_fuzzy(body, where));
  const std::string_view type = json::string_or(body, "type", "best_fields");
  Clause clause = of_text(Kind::Words, std::move(fields), std::move(text));
  if (type == "phrase") {
    clause.kind = Kind::Phrase;
  } else if (type != "best_fields" && type != "most_fields" && type != "cross_fields") {
    return bad(where + ".type", "must be best_fields, most_fields, cross_fields or phrase, not " + shown(type));
  }
  clause.all_words = all;
  clause.fuzzy = fuzzy;
  return boosted(std::move(clause), body, where);
}

Result<Clause> Translator::wildcard(const Value& body, const std::string& where, std::size_t) {
  MD_LET(one, one_field(body, where));
  if (!one.value->IsObject()) {
    MD_LET(pattern, scalar(*one.value, one.where));
    MD_OK(check_text(pattern, limits_, one.where));
    return of_text(Kind::Wildcard, {one.field}, std::move(pattern));
  }
  MD_OK(only(*one.value, {"value", "wildcard", "boost", "case_insensitive", "_name"}, one.where));
  const std::string_view member = json::find(*one.value, "value") != nullptr ? "value" : "wildcard";
  MD_LET(pattern, text_member(*one.value, member, one.where));
  MD_OK(check_text(pattern, limits_, one.where));
  return boosted(of_text(Kind::Wildcard, {one.field}, std::move(pattern)), *one.value, one.where);
}

Result<Clause> Translator::prefix(const Value& body, const std::string& where, std::size_t) {
  MD_LET(one, one_field(body, where));
  const bool plain = !one.value->IsObject();
  if (!plain) MD_OK(only(*one.value, {"value", "boost", "case_insensitive", "_name"}, one.where));
  MD_LET(text, plain ? scalar(*one.value, one.where) : text_member(*one.value, "value", one.where));
  MD_OK(check_text(text, limits_, one.where));
  return of_text(Kind::Wildcard, {one.field}, escape_pattern(text) + "*");
}

Result<Clause> Translator::query_string(const Value& body, const std::string& where, std::size_t) {
  MD_OK(only(body,
             {"query", "fields", "default_field", "default_operator", "fuzziness", "boost", "lenient",
              "analyze_wildcard", "allow_leading_wildcard", "tie_breaker", "type", "phrase_slop", "flags",
              "minimum_should_match", "fuzzy_max_expansions", "fuzzy_prefix_length", "_name"},
             where));
  MD_LET(text, text_member(body, "query", where));
  MD_LET(fields, fields_of(body, where));
  MD_LET(all, all_words(body, "default_operator", where));
  MD_LET(fuzzy, is_fuzzy(body, where));
  auto clause = parse_text(text, limits_, fields, all);
  if (!clause.ok()) return bad(where + ".query", std::string(clause.error().message()));
  clause->fuzzy = fuzzy;
  return boosted(*std::move(clause), body, where);
}

Result<Clause> Translator::match_all(const Value& body, const std::string& where, std::size_t) {
  MD_OK(only(body, {"boost", "_name"}, where));
  return Clause{};
}

Result<Clause> Translator::match_none(const Value& body, const std::string& where, std::size_t) {
  MD_OK(only(body, {"boost", "_name"}, where));
  return nothing();
}

Result<Clause> Translator::ids(const Value& body, const std::string& where, std::size_t) {
  MD_OK(only(body, {"values", "boost", "_name"}, where));
  const Value* list = json::find(body, "values");
  if (list == nullptr) return bad(where, "needs \"values\"");
  MD_LET(values, values_of(*list, where + ".values"));
  return of_values("id", std::move(values));
}

Result<Clause> Translator::range(const Value& body, const std::string& where, std::size_t) {
  MD_LET(one, one_field(body, where));
  if (one.field != "updatedAt") return bad(one.where, "ranges are of updatedAt only");
  MD_OK(only(*one.value, {"gt", "gte", "lt", "lte", "format", "boost", "_name"}, one.where));
  Clause clause;
  clause.kind = Kind::Range;
  clause.fields.push_back(one.field);
  for (const auto& member : one.value->GetObject()) {
    const std::string_view name = json::view(member.name);
    if (name != "gt" && name != "gte" && name != "lt" && name != "lte") continue;
    if (!member.value.IsInt64()) return bad(one.where + "." + std::string(name), "must be a time in ms since 1970");
    const std::int64_t bound = member.value.GetInt64();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max(),
                           kLeast = std::numeric_limits<std::int64_t>::min();
    if ((name == "gt" && bound == kMost) || (name == "lt" && bound == kLeast)) return nothing();
    if (name[0] == 'g') clause.low = std::max(clause.low, name == "gt" ? bound + 1 : bound);
    if (name[0] == 'l') clause.high = std::min(clause.high, name == "lt" ? bound - 1 : bound);
  }
  return clause;
}

Result<Clause> Translator::nested(const Value& body, const std::string& where, std::size_t depth) {
  MD_OK(only(body, {"path", "query", "score_mode", "ignore_unmapped", "boost", "_name"}, where));
  const Value* query = json::find(body, "query");
  if (query == nullptr) return bad(where, "needs \"query\"");
  return clause(*query, where + ".query", depth + 1);
}

Result<Clause> Translator::constant_score(const Value& body, const std::string& where, std::size_t depth) {
  MD_OK(only(body, {"filter", "boost", "_name"}, where));
  const Value* filter = json::find(body, "filter");
  if (filter == nullptr) return bad(where, "needs \"filter\"");
  Clause all;
  all.kind = Kind::Bool;
  MD_LET(child, clause(*filter, where + ".filter", depth + 1));
  all.filter.push_back(std::move(child));
  return all;
}

Result<Clause> Translator::dis_max(const Value& body, const std::string& where, std::size_t depth) {
  MD_OK(only(body, {"queries", "tie_breaker", "boost", "_name"}, where));
  const Value* queries = json::find(body, "queries");
  if (queries == nullptr) return bad(where, "needs \"queries\"");
  Clause any;
  any.kind = Kind::Bool;
  MD_OK(children(*queries, where + ".queries", depth, any.should));
  if (any.should.empty()) return nothing();
  return boosted(std::move(any), body, where);
}

}  // namespace

Result<Clause> parse_body(std::string_view text, const SearchLimits& limits) {
  JsonLimits bounds;
  bounds.max_bytes = bounds.max_string_bytes = kBodyBytes;
  json::Document body;
  MD_OK(json::parse(text, body, bounds));
  if (!body.IsObject()) return invalid_argument("must be a JSON object such as {\"query\": {\"match_all\": {}}}");
  Translator translator(limits);
  const Value* query = json::find(body, "query");
  if (query == nullptr) {
    if (body.MemberCount() == 0) return Clause{};
    return translator.clause(body, "query", 1);
  }
  MD_OK(only(body, {"query"}, "body"));
  if (query->IsObject() && query->MemberCount() == 0) return Clause{};
  return translator.clause(*query, "query", 1);
}

}  // namespace metadata::search
