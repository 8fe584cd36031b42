#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "json/parse.h"
#include "json/write.h"
#include "logic/evaluate.h"

namespace {

using namespace metadata;

constexpr char kData[] = R"({"name": "orders", "n": 7, "nothing": null, "empty": "", "yes": true,
  "updatedAt": 1700000000000, "version": 0.2,
  "owners": [{"id": "u1", "type": "user", "name": "amy"}, {"id": "t1", "type": "team", "name": "sales"}],
  "columns": [{"name": "id", "size": 4, "tags": []}, {"name": "né", "size": 12,
    "tags": [{"tagFQN": "PII.None", "source": "Classification"}]}]})";

json::Document parsed(std::string_view text) {
  json::Document document;
  const Error error = json::parse(text, document);
  REQUIRE_MESSAGE(error.ok(), std::string(error.message()));
  return document;
}

/// What the rule gives, as the list of it: [value] says what JSON says of one.
std::string computed(std::string_view rule, std::size_t most_steps = logic::kMaxSteps) {
  const json::Document data = parsed(kData);
  const Interrupt never;
  const auto in_team = [](std::string_view user, std::span<const std::string_view> teams) {
    return Result<bool>(user == "bob" && teams.size() == 1 && teams.front() == "t1");
  };
  json::Document logic;
  if (const Error error = logic::parse_rule(rule, logic); !error.ok()) return std::string(error.message());
  logic::Evaluator evaluator(data, in_team, never, most_steps);
  const auto value = evaluator.evaluate(logic);
  if (!value.ok()) return std::string(value.error().message());
  logic::Steps steps(1000);
  return value->is_text() ? "\"" + std::string(value->text()) + "\"" : value->to_text(steps);
}

struct Case {
  std::string rule, value;
};

}  // namespace

TEST_CASE("values come from the data by path, and missing ones are told") {
  for (const Case& one : {
           Case{R"({"var": "name"})", "\"orders\""},
           {R"({"var": ["name"]})", "\"orders\""},
           {R"({"var": "columns.1.name"})", "\"né\""},
           {R"({"var": "columns.2.name"})", "null"},
           {R"({"var": "columns.one"})", "null"},
           {R"({"var": ["no.such", 5]})", "5"},
           {R"({"var": ["nothing", 5]})", "null"},
           {R"({"var": "name.x"})", "null"},
           {R"({"var": "name."})", "null"},
           {R"({"map": [{"var": "columns"}, {"var": "size"}]})", "4,12"},
           {R"({"map": [[1, 2], {"var": ""}]})", "1,2"},
           {R"({"missing": ["name", "empty", "nothing", "x"]})", "empty,nothing,x"},
           {R"({"missing": {"merge": ["a", {"if": [{"var": "yes"}, ["b"], []]}]}})", "a,b"},
           {R"({"missing_some": [1, ["x", "name", "y"]]})", ""},
           {R"({"missing_some": [2, ["x", "name", "y"]]})", "x,y"},
       }) {
    CAPTURE(one.rule);
    CHECK(computed(one.rule) == one.value);
  }
}

TEST_CASE("lists are filtered, mapped, folded and asked") {
  for (const Case& one : {
           Case{R"({"map": [{"filter": [{"var": "columns"}, {">": [{"var": "size"}, 5]}]}, {"var": "name"}]})", "né"},
           {R"({"reduce": [{"var": "columns"}, {"+": [{"var": "accumulator"}, {"var": "current.size"}]}, 1]})", "17"},
           {R"({"all": [{"var": "columns"}, {"var": "name"}]})", "true"},
           {R"({"all": [[], true]})", "false"},
           {R"({"none": [[], true]})", "true"},
           {R"({"some": [{"var": "columns"}, {"in": ["é", {"var": "name"}]}]})", "true"},
           {R"({"some": [{"var": "name"}, true]})", "false"},
           {R"({"in": ["id", {"map": [{"var": "columns"}, {"var": "name"}]}]})", "true"},
           {R"({"contains": ["rd", {"var": "name"}]})", "true"},
           {R"({"merge": [1, [2, [3]], []]})", "1,2,3"},
           {R"({"==": [{"var": "columns"}, {"var": "columns"}]})", "true"},
           {R"({"===": [[1, ["a"]], [1.0, ["a"]]]})", "true"},
       }) {
    CAPTURE(one.rule);
    CHECK(computed(one.rule) == one.value);
  }
}

TEST_CASE("operations about entities know owners, labels and moments") {
  for (const Case& one : {
           Case{R"({"length": {"var": "owners"}})", "2"},
           {R"({"length": {"var": "columns.1.name"}})", "2"},
           {R"({"length": {"var": "none"}})", "0"},
           {R"({"length": [1, 2, 3]})", "3"},
           {R"({"isOwner": "amy"})", "true"},
           {R"({"isOwner": "bob"})", "true"},
           {R"({"isOwner": "eve"})", "false"},
           {R"({"isReviewer": "amy"})", "false"},
           {R"({"isUpdatedBefore": 1700000000001})", "true"},
           {R"({"isUpdatedAfter": 1700000000001})", "false"},
           {R"({"multipleUsersOrSingleTeamOwnership": {"var": "owners"}})", "false"},
           {R"({"multipleUsersOrSingleTeamOwnership": {"filterReferenceByType": [{"var": "owners"}, "team"]}})",
            "true"},
           {R"({"multipleUsersOrSingleTeamOwnership": {"var": "no"}})", "true"},
           {R"({"length": {"filterTagsBySource": [{"var": "columns.1.tags"}, "Classification"]}})", "1"},
           {R"({"length": {"filterTagsBySource": [{"var": "columns.1.tags"}, "Glossary"]}})", "0"},
       }) {
    CAPTURE(one.rule);
    CHECK(computed(one.rule) == one.value);
  }
  CHECK(computed(R"({"isChanged": {"var": "owners"}})").find("change") != std::string::npos);
  CHECK(computed(R"({"log": "x"})").find("no operation \"log\"") != std::string::npos);
  CHECK(computed(R"({"method": ["x", "sort"]})").find("no operation") != std::string::npos);
}

TEST_CASE("numbers are read and written as JavaScript does") {
  for (const Case& one : {
           Case{R"({"cat": [1, 1.5, 1e21, 1e-7, 1.5e20, -0.0, 0.1, 1e300]})",
                "\"11.51e+211e-715000000000000000000000.11e+300\""},
           {R"({"+": ["3.14abc", "1"]})", "4.140000000000001"},
           {R"({"+": "-5"})", "-5"},
           {R"({"+": [" .5", "Infinity"]})", "Infinity"},
           {R"({"+": ["inf"]})", "NaN"},
           {R"({"+": ["1e999", 1]})", "Infinity"},
           {R"({"+": ["1e-999", 1]})", "1"},
           {R"({"-": ["0x10", ""]})", "16"},
           {R"({"-": ["1 2", 0]})", "NaN"},
           {R"({"%": [-7, 3]})", "-1"},
           {R"({"/": [1, 0]})", "Infinity"},
           {R"({"max": []})", "-Infinity"},
           {R"({"min": [3, "2", null]})", "0"},
           {R"({"<": ["10", "9"]})", "true"},
           {R"({"<": [10, "9"]})", "false"},
           {R"({"<": [1, 2, 2]})", "false"},
           {R"({"<=": [1, 2, 2]})", "true"},
           {R"({"==": [null, 0]})", "false"},
           {R"({"==": [false, "0"]})", "true"},
           {R"({"==": [[3], 3]})", "true"},
           {R"({"substr": ["jsonlogic", -5]})", "\"logic\""},
           {R"({"substr": ["jsonlogic", 1, -5]})", "\"son\""},
           {R"({"substr": ["né", 1]})", "\"é\""},
       }) {
    CAPTURE(one.rule);
    CHECK(computed(one.rule) == one.value);
  }
}

TEST_CASE("a rule cannot take more than its share of time, memory and stack") {
  const std::string deep = [] {
    std::string text = "1";
    for (int i = 0; i < 40; ++i) text = "{\"!\":[" + text + "]}";
    return text;
  }();
  CHECK(computed(deep).find("more than 32") != std::string::npos);
  CHECK(computed("\"" + std::string(logic::kMaxRuleBytes, 'x') + "\"").find("bytes") != std::string::npos);
  CHECK(computed("{\"==\": [").find("invalid JSON") != std::string::npos);

  // A list of ten thousand, by doubling; and what is then done for each pair of its elements.
  std::string many = R"([0,1,2,3,4,5,6,7,8,9])";
  for (int i = 0; i < 3; ++i)
    many = R"({"reduce":[[0,1,2,3,4,5,6,7,8,9],{"merge":[{"var":"accumulator"},)" + many + "]},[]]}";
  CHECK(computed(R"({"length":)" + many + "}").find("1000") == 0);
  CHECK(computed(R"({"map":[)" + many + R"(,{"map":[)" + many + R"(,{"map":[)" + many + R"(,1]}]}]})").find("steps") !=
        std::string::npos);
  // Lists in lists, which texts and comparisons would walk: each fold makes one more level, or twice as much.
  const std::string levels = R"({"reduce":[)" + many + R"(,[{"var":"accumulator"}],1]})";
  CHECK(computed(levels).find("levels") != std::string::npos);
  std::string forty = "[";
  for (int i = 0; i < 40; ++i) forty += i == 0 ? "0" : ",0";
  const std::string twice = R"({"reduce":[)" + forty + R"(],[{"var":"accumulator"},{"var":"accumulator"}],1]})";
  CHECK(computed(R"({"cat":)" + twice + "}").find("steps") != std::string::npos);
  CHECK(computed(R"({"===":[)" + twice + "," + twice + "]}").find("steps") != std::string::npos);
  // Texts that double.
  CHECK(computed(R"({"reduce":[)" + forty + R"(],{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"ab"]})")
            .find("steps") != std::string::npos);
  CHECK(computed(R"({"+":[1,2]})", 2).find("more than 2 steps") != std::string::npos);
}

TEST_CASE("a rule stops when nobody waits for it") {
  const json::Document data = parsed(kData);
  std::atomic<bool> gone = true;
  Interrupt interrupt;
  interrupt.gone = &gone;
  const json::Document rule =
      parsed(R"({"map":[[0,1,2,3,4,5,6,7,8,9],{"map":[[0,1,2,3,4,5,6,7,8,9],{"map":[[0,1,2,3,4,5,6,7,8,9],
    {"map":[[0,1,2,3,4,5,6,7,8,9],1]}]}]}]})");
  logic::Evaluator evaluator(data, {}, interrupt);
  const auto value = evaluator.evaluate(rule);
  REQUIRE_FALSE(value.ok());
  CHECK(value.error().code() == Code::Interrupted);
}
