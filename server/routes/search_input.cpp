#include "routes/search_input.h"

#include <algorithm>
#include <array>
#include <optional>

#include "dialect/choose.h"

namespace metadata::server {
namespace {

constexpr std::string_view kDefaultIndex = "table_search_index";
constexpr std::array<std::string_view, 6> kUsualFacets = {"entityType",  "service.name", "tags.tagFQN",
                                                          "owners.name", "domains.name", "tier.tagFQN"};

// Parameters with a meaning of their own; whatever else names a field is a filter.
constexpr std::string_view kOwnParameters[] = {"q",
                                               "query",
                                               "index",
                                               "from",
                                               "size",
                                               "deleted",
                                               "filters",
                                               "query_filter",
                                               "post_filter",
                                               "sort_field",
                                               "sort_order",
                                               "search_after",
                                               "track_total_hits",
                                               "fetch_source",
                                               "include_source_fields",
                                               "exclude_source_fields",
                                               "getHierarchy",
                                               "explain",
                                               "highlight",
                                               "facets",
                                               "facet_size",
                                               "fuzzy",
                                               "seq",
                                               "refresh",
                                               "field",
                                               "value",
                                               "fieldName",
                                               "fieldValue",
                                               "sourceFields",
                                               "sourceUrl",
                                               "fields",
                                               "include",
                                               "semantic",
                                               "trace"};

bool is_own(std::string_view name) {
  return std::find(std::begin(kOwnParameters), std::end(kOwnParameters), name) != std::end(kOwnParameters);
}

/// Fields of documents that no entity has, and former names.
bool is_made_field(std::string_view head) {
  for (const std::string_view known :
       {"tier", "owner", "domain", "classificationTags", "glossaryTags", "entityType", "descriptionStatus"}) {
    if (head == known) return true;
  }
  return false;
}

bool is_field(const Registry& registry, std::string_view name) {
  const std::string_view head = name.substr(0, name.find('.'));
  if (is_made_field(head)) return true;
  for (const TypeInfo& type : registry.types()) {
    for (const FieldInfo& field : type.fields) {
      if (field.name == head) return true;
    }
  }
  return false;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const auto comma = list.find(',');
    std::string_view part = list.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

/// All values of a parameter that may be repeated, each a list apart by commas.
std::vector<std::string> repeated(const Query& query, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : query.pairs()) {
    if (key != name) continue;
    for (std::string& part : split(value)) values.push_back(std::move(part));
  }
  return values;
}

Error bad_filters(std::string_view text) {
  return invalid_argument(
      "filters must be like database:snowflake.sales_db, several of them apart by commas, or "
      "{\"field\": value or [values]}, not '" +
          std::string(text.substr(0, 100)) + "'",
      "filters");
}

Result<std::string> scalar(const Json& value) {
  if (const auto text = value.as_string()) return std::string(*text);
  const Json::Type type = value.type();
  if (type == Json::Type::Boolean || type == Json::Type::Integer || type == Json::Type::Number) return value.text();
  return bad_filters(value.text());
}

Result<std::vector<Filter>> json_filters(std::string_view text) {
  auto parsed = Json::parse(text);
  if (!parsed.ok() || !parsed->is_object()) return bad_filters(text);
  std::vector<Filter> filters;
  Error refused;
  parsed->for_each_member([&](std::string_view name, const Json& value) {
    const std::size_t count = value.is_array() ? value.size() : 1;
    if (count == 0 || name.empty()) refused = bad_filters(text);
    for (std::size_t i = 0; i < count && refused.ok(); ++i) {
      auto one = scalar(value.is_array() ? value.at(i) : value);
      if (one.ok()) {
        filters.push_back({std::string(name), *std::move(one)});
      } else {
        refused = one.error();
      }
    }
  });
  MD_OK(refused);
  return filters;
}

/// Where the next filter ends: at a comma that is not within quotes.
std::size_t end_of_filter(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == ',' && !quoted) return i;
  }
  return text.size();
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// "asc" or "desc"; nothing said is descending, as the API has it.
Result<bool> is_descending(std::string_view order) {
  if (order.empty() || order == "desc" || order == "DESC") return true;
  if (order == "asc" || order == "ASC") return false;
  return invalid_argument("sort_order must be asc or desc, not '" + std::string(order.substr(0, 100)) + "'",
                          "sort_order");
}

Result<std::size_t> count_of(long long number, std::string_view name) {
  if (number < 0) return invalid_argument(std::string(name) + " must not be negative", std::string(name));
  return static_cast<std::size_t>(number);
}

std::size_t cut_page(const Call& call, std::size_t size) {
  return std::min(size, static_cast<std::size_t>(max_page(call.dialect)));
}

/// `refresh=false` takes what is there; `seq` waits for a position of its own.
Error read_position(const Call& call, SearchQuery& search) {
  MD_LET(seq, call.query.number("seq", 0));
  if (seq < 0) return invalid_argument("query param seq must not be negative", "seq");
  const std::string refresh = call.query.text("refresh");
  if (!refresh.empty() && refresh != "true" && refresh != "false" && refresh != "wait_for") {
    return invalid_argument("query param refresh must be true, false or wait_for, not '" + refresh.substr(0, 100) + "'",
                            "refresh");
  }
  search.at_least = seq > 0 ? seq : (refresh == "false" ? 1 : 0);
  return {};
}

Error read_source(const Call& call, SearchQuery& search) {
  MD_LET(source, call.query.flag("fetch_source", true));
  search.source = source;
  search.include_fields = repeated(call.query, "include_source_fields");
  search.exclude_fields = repeated(call.query, "exclude_source_fields");
  return {};
}

Error read_facets(const Call& call, SearchQuery& search) {
  for (std::string& facet : repeated(call.query, "facets")) {
    if (facet == "true" || facet == "*") {
      search.facets.insert(search.facets.end(), kUsualFacets.begin(), kUsualFacets.end());
    } else if (facet != "false") {
      search.facets.push_back(std::move(facet));
    }
  }
  MD_LET(size, call.query.number("facet_size", 10));
  if (size < 1 || size > 1000) return invalid_argument("query param facet_size must be from 1 to 1000", "facet_size");
  search.facet_size = static_cast<std::size_t>(size);
  return {};
}

Error read_filters(const Call& call, SearchQuery& search) {
  for (const auto& [name, value] : call.query.pairs()) {
    if (name == "filters") {
      MD_LET(filters, parse_filters(value));
      search.filters.insert(search.filters.end(), filters.begin(), filters.end());
    } else if (!is_own(name) && !value.empty() && is_field(call.server.catalog.registry(), name)) {
      search.filters.push_back({name, value});
    }
  }
  return {};
}

/// Flags of the API that mean nothing here, but must be flags.
Error check_flags(const Call& call) {
  MD_LET(total, call.query.flag("track_total_hits", false));
  MD_LET(explain, call.query.flag("explain", false));
  MD_LET(hierarchy, call.query.flag("getHierarchy", false));
  static_cast<void>(total);
  if (explain || hierarchy) {
    return unimplemented(std::string("search does not know ") + (explain ? "explain" : "getHierarchy") + "=true yet");
  }
  return {};
}

// ---- bodies --------------------------------------------------------------------------------------------------------

Error bad_member(std::string_view name, std::string_view what) {
  return invalid_argument(std::string(name) + " must be " + std::string(what), std::string(name));
}

Result<std::size_t> count_member(const Json& body, std::string_view name, std::size_t otherwise) {
  if (!body.contains(name) || body[name].is_null()) return otherwise;
  const auto number = body[name].as_int();
  if (!number || *number < 0) return bad_member(name, "a whole number, 0 or more");
  return static_cast<std::size_t>(*number);
}

Result<std::vector<std::string>> texts_member(const Json& value, std::string_view name) {
  std::vector<std::string> texts;
  if (const auto one = value.as_string()) return std::vector<std::string>{std::string(*one)};
  if (value.is_null()) return texts;
  if (!value.is_array()) return bad_member(name, "a text or a list of texts");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Json item = value.at(i);
    const auto text = item.as_string();
    if (!text) return bad_member(name, "a text or a list of texts");
    texts.emplace_back(*text);
  }
  return texts;
}

Error read_body_source(const Json& source, SearchQuery& search) {
  if (source.is_null()) return {};
  if (const auto flag = source.as_bool()) {
    search.source = *flag;
    return {};
  }
  if (!source.is_object()) {
    MD_LET(names, texts_member(source, "_source"));
    search.include_fields = std::move(names);
    return {};
  }
  for (const auto& [name, into] :
       {std::pair{"includes", &search.include_fields}, std::pair{"include", &search.include_fields},
        std::pair{"excludes", &search.exclude_fields}, std::pair{"exclude", &search.exclude_fields}}) {
    MD_LET(names, texts_member(source[name], "_source"));
    into->insert(into->end(), names.begin(), names.end());
  }
  return {};
}

/// One field to sort by; ids break ties always, so a second field that is `_id` may be said or not.
Error read_sort(const Json& sort, SearchQuery& search) {
  if (sort.is_null()) return {};
  const Json first = sort.is_array() ? sort.at(0) : sort;
  if (sort.is_array() && sort.size() > 1) return bad_member("sort", "of one field");
  if (const auto name = first.as_string()) {
    search.sort_field = *name;
    search.descending = search.sort_field == "_score";
    return {};
  }
  if (!first.is_object() || first.size() != 1) return bad_member("sort", "{\"field\": \"asc\" or \"desc\"}");
  Error refused;
  first.for_each_member([&](std::string_view name, const Json& value) {
    search.sort_field = name;
    const Json said = value.is_object() ? value["order"] : value;
    const auto word = said.as_string();
    auto descending = is_descending(word.value_or(name == "_score" ? "desc" : "asc"));
    if (descending.ok()) search.descending = *descending;
    refused = descending.ok() ? Error() : descending.error();
  });
  return refused;
}

Error read_search_after(const Json& after, SearchQuery& search) {
  if (after.is_null()) return {};
  if (!after.is_array()) return bad_member("search_after", "the list of sort values of the last hit");
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Json item = after.at(i);
    const auto text = item.as_string();
    if (i > 0) search.search_after += ',';
    search.search_after += text ? std::string(*text) : item.text();
  }
  return {};
}

/// {"name": {"terms": {"field": "service.name", "size": 10}}}: answered under the field's name.
Error read_aggregations(const Json& aggregations, SearchQuery& search) {
  if (aggregations.is_null()) return {};
  if (!aggregations.is_object()) return bad_member("aggs", "an object");
  Error refused;
  aggregations.for_each_member([&](std::string_view, const Json& value) {
    const Json terms = value["terms"];
    const Json name = terms["field"];
    const auto field = name.as_string();
    if (!field || value.size() != 1) {
      refused = bad_member("aggs", "of terms only: {\"name\": {\"terms\": {\"field\": \"service.name\"}}}");
      return;
    }
    search.facets.emplace_back(*field);
    auto size = count_member(terms, "size", search.facet_size);
    if (!size.ok()) refused = size.error();
    if (size.ok()) search.facet_size = std::clamp<std::size_t>(*size, search.facet_size, 1000);
  });
  return refused;
}

}  // namespace

Result<std::vector<Filter>> parse_filters(std::string_view text) {
  text = without_blanks(text);
  if (text.starts_with('{')) return json_filters(text);
  std::vector<Filter> filters;
  while (!text.empty()) {
    const std::size_t end = end_of_filter(text);
    const std::string_view one = without_blanks(text.substr(0, end));
    const auto colon = one.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == one.size()) return bad_filters(text);
    filters.push_back({std::string(one.substr(0, colon)), std::string(without_blanks(one.substr(colon + 1)))});
    if (end + 1 == text.size()) return bad_filters(text);  // nothing behind the comma
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return filters;
}

std::vector<std::string> index_names(std::string_view list) {
  std::vector<std::string> names = split(list);
  if (names.empty()) names.emplace_back(kDefaultIndex);
  return names;
}

Result<std::string> contained_text(std::string_view pattern) {
  if (pattern.starts_with(".*")) pattern.remove_prefix(2);
  if (pattern.ends_with(".*")) pattern.remove_suffix(2);
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      text += pattern[++i];
    } else if (std::string_view("[](){}|+?*^$").find(c) != std::string_view::npos) {
      return invalid_argument("query param value must be like .*text.*: other patterns are not known", "value");
    } else {
      text += c;
    }
  }
  return text;
}

Result<SearchQuery> search_query(const Call& call) {
  SearchQuery search;
  search.as = call.who;
  search.interrupt = call.interrupt;
  MD_OK(check_flags(call));
  search.text = call.query.text("q");
  search.indexes = index_names(call.query.text("index"));
  MD_LET(deleted, call.query.flag("deleted", false));
  search.include = deleted ? Include::Deleted : Include::Live;
  MD_LET(from, call.query.number("from", 0));
  MD_LET(size, call.query.number("size", 10));
  MD_LET(from_count, count_of(from, "from"));
  MD_LET(size_count, count_of(size, "size"));
  search.from = from_count;
  search.size = cut_page(call, size_count);
  search.sort_field = call.query.text("sort_field");
  MD_LET(descending, is_descending(call.query.text("sort_order")));
  search.descending = descending;
  search.search_after = call.query.text("search_after");
  search.query_filter = call.query.text("query_filter");
  search.post_filter = call.query.text("post_filter");
  MD_LET(highlight, call.query.flag("highlight", false));
  MD_LET(fuzzy, call.query.flag("fuzzy", false));
  search.highlight = highlight;
  search.fuzzy = fuzzy;
  MD_OK(read_source(call, search));
  MD_OK(read_filters(call, search));
  MD_OK(read_facets(call, search));
  MD_OK(read_position(call, search));
  return search;
}

Result<SearchQuery> search_body(const Call& call, const Json& body) {
  MD_LET(search, search_query(call));
  Error refused;
  body.for_each_member([&](std::string_view name, const Json&) {
    for (const std::string_view known : {"query", "from", "size", "sort", "_source", "post_filter", "search_after",
                                         "aggs", "aggregations", "track_total_hits", "highlight", "index", "deleted"}) {
      if (name == known) return;
    }
    refused = invalid_argument("unknown member \"" + std::string(name.substr(0, 100)) + "\" of a search",
                               std::string(name.substr(0, 100)));
  });
  MD_OK(refused);
  const Json query = body["query"];
  if (const auto text = query.as_string()) {
    search.text = *text;
  } else if (!query.is_null()) {
    search.query_filter = "{\"query\":" + query.text() + "}";
  }
  if (!body["post_filter"].is_null()) search.post_filter = "{\"query\":" + body["post_filter"].text() + "}";
  MD_LET(from, count_member(body, "from", search.from));
  MD_LET(size, count_member(body, "size", search.size));
  search.from = from;
  search.size = cut_page(call, size);
  MD_LET(indexes, texts_member(body["index"], "index"));
  if (!indexes.empty()) {
    search.indexes.clear();
    for (const std::string& index : indexes) {
      for (std::string& name : index_names(index)) search.indexes.push_back(std::move(name));
    }
  }
  if (const Json deleted = body["deleted"]; !deleted.is_null()) {
    const auto flag = deleted.as_bool();
    if (!flag) return bad_member("deleted", "true or false");
    search.include = *flag ? Include::Deleted : Include::Live;
  }
  search.highlight = search.highlight || body["highlight"].is_object();
  MD_OK(read_body_source(body["_source"], search));
  MD_OK(read_sort(body["sort"], search));
  MD_OK(read_search_after(body["search_after"], search));
  MD_OK(read_aggregations(body["aggs"], search));
  MD_OK(read_aggregations(body["aggregations"], search));
  return search;
}

}  // namespace metadata::server
