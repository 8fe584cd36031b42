#include <algorithm>
#include <string>
#include <vector>

#include "change/describe.h"
#include "types.h"

using namespace metadata;
using change_test::parsed;
using change_test::table;

namespace {

constexpr change::Author kAnn = {"ann", false, "Manual", 1};
constexpr change::Author kBot = {"ingestion-bot", true, "Ingested", 2};

std::string first(std::string_view after, const change::Author& author = kAnn) {
  return change::provenance("{}", table(), nullptr, parsed(after), author);
}

std::string next(std::string_view stored, std::string_view before, std::string_view after,
                 const change::Author& author = kBot) {
  const auto old_state = parsed(before);
  return change::provenance(stored, table(), &old_state, parsed(after), author);
}

constexpr const char* kAnnsDescription = R"({"description":{"by":"ann","kind":"user","source":"Manual","at":1}})";
constexpr const char* kBotsDescription =
    R"({"description":{"by":"ingestion-bot","kind":"bot","source":"Ingested","at":2}})";

}  // namespace

TEST_CASE("a new entity's given fields are its author's") {
  CHECK(first(R"({"name":"t","version":0.1,"displayName":"T","description":null,"owners":[{"id":"1","type":"user"}],)"
              R"("tags":[],)"
              R"("extension":{"k":1},"password":"x"})") ==
        R"({"displayName":{"by":"ann","kind":"user","source":"Manual","at":1},)"
        R"("owners":{"by":"ann","kind":"user","source":"Manual","at":1},)"
        R"("extension":{"by":"ann","kind":"user","source":"Manual","at":1}})");
  CHECK(first("{}") == "{}");
}

TEST_CASE("columns are recorded by their names in lower case, with their parents") {
  CHECK(first(R"({"columns":[{"name":"Id","dataType":"INT","description":"d","dataLength":1},)"
              R"({"name":"p.q","dataType":"STRUCT","displayName":"P","children":[{"name":"C","dataType":"INT",)"
              R"("tags":[{"tagFQN":"a","source":"Glossary"}]}]}]})",
              kBot) ==
        R"({"columns.id.description":{"by":"ingestion-bot","kind":"bot","source":"Ingested","at":2},)"
        R"("columns.\"p.q\".displayName":{"by":"ingestion-bot","kind":"bot","source":"Ingested","at":2},)"
        R"("columns.\"p.q\".c.tags":{"by":"ingestion-bot","kind":"bot","source":"Ingested","at":2}})");
}

TEST_CASE("only what changed gets a new author") {
  CHECK(next(kAnnsDescription, R"({"description":"a"})", R"({"description":"a"})") == kAnnsDescription);
  CHECK(next(kAnnsDescription, R"({"description":"a"})", R"({"description":"b"})") == kBotsDescription);
  CHECK(next(R"({"owners":{"by":"ann"}})", R"({"owners":[{"id":"1"},{"id":"2"}]})",
             R"({"owners":[{"id":"2"},{"id":"1"}]})") == R"({"owners":{"by":"ann"}})");
  CHECK(next(R"({"columns.a.description":{"by":"ann"},"columns.b.description":{"by":"ann"}})",
             R"({"columns":[{"name":"a","dataType":"INT","description":"a"},{"name":"b","dataType":"INT",)"
             R"("description":"b"}]})",
             R"({"columns":[{"name":"b","dataType":"INT","description":"b"},{"name":"a","dataType":"INT",)"
             R"("description":"c"}]})") ==
        R"({"columns.b.description":{"by":"ann"},"columns.a.description":{"by":"ingestion-bot","kind":"bot",)"
        R"("source":"Ingested","at":2}})");
}

TEST_CASE("what is there but was never recorded stays unrecorded") {
  CHECK(next("{}", R"({"description":"a"})", R"({"description":"a"})") == "{}");
}

TEST_CASE("entries of what vanished are dropped") {
  CHECK(next(kAnnsDescription, R"({"description":"a"})", R"({})") == "{}");
  CHECK(
      next(R"({"columns.a.description":{"by":"ann"},"columns.gone.description":{"by":"ann"},"nonsense":{"by":"ann"}})",
           R"({"columns":[{"name":"a","dataType":"INT","description":"a"},{"name":"gone","dataType":"INT",)"
           R"("description":"b"}]})",
           R"({"columns":[{"name":"a","dataType":"INT","description":"a"}]})") ==
      R"({"columns.a.description":{"by":"ann"}})");
}

TEST_CASE("a column that changed its type or the case of its name keeps who described it") {
  CHECK(next(R"({"columns.a.description":{"by":"ann"}})",
             R"({"columns":[{"name":"a","dataType":"INT","description":"d"}]})",
             R"({"columns":[{"name":"A","dataType":"TEXT","description":"d"}]})") ==
        R"({"columns.a.description":{"by":"ann"}})");
}

TEST_CASE("two columns that share a path keep the newer entry") {
  CHECK(next(R"({"columns.a.description":{"by":"ann"}})",
             R"({"columns":[{"name":"a","dataType":"INT","description":"1"},{"name":"A","dataType":"INT",)"
             R"("description":"2"}]})",
             R"({"columns":[{"name":"a","dataType":"INT","description":"1"},{"name":"A","dataType":"INT",)"
             R"("description":"3"}]})") ==
        R"({"columns.a.description":{"by":"ingestion-bot","kind":"bot","source":"Ingested","at":2}})");
}

TEST_CASE("entries are found wherever their columns have gone, and in the order of the columns") {
  constexpr int kColumns = 100;
  const auto entry = [](int i) {
    return "\"columns.c" + std::to_string(i) + ".description\":{\"by\":\"ann\",\"at\":" + std::to_string(i) + "}";
  };
  const auto column = [](int i) {
    return R"({"name":"c)" + std::to_string(i) + R"(","dataType":"INT","description":"d"})";
  };
  const std::string fresh = R"({"name":"new","dataType":"INT","description":"d"})";
  const std::string bots =
      R"("columns.new.description":{"by":"ingestion-bot","kind":"bot","source":"Ingested","at":2})";
  const auto joined = [](const std::vector<std::string>& texts) {
    std::string text;
    for (const std::string& one : texts) text.append(text.empty() ? "" : ",").append(one);
    return text;
  };
  std::vector<std::string> stored, before, backwards, entries_backwards, odd, odd_entries;
  for (int i = 0; i < kColumns; ++i) {
    stored.push_back(entry(i));
    before.push_back(column(i));
    backwards.insert(backwards.begin(), column(i));
    entries_backwards.insert(entries_backwards.begin(), entry(i));
    if (i % 2 == 0) continue;
    odd.push_back(column(i));
    odd_entries.push_back(entry(i));
  }
  backwards.push_back(fresh);
  entries_backwards.push_back(bots);
  odd.insert(odd.begin(), fresh);
  odd_entries.insert(odd_entries.begin(), bots);
  const auto written = [&](const std::vector<std::string>& columns) {
    return next('{' + joined(stored) + '}', R"({"columns":[)" + joined(before) + "]}",
                R"({"columns":[)" + joined(columns) + "]}");
  };
  CHECK(written(before) == '{' + joined(stored) + '}');
  CHECK(written(backwards) == '{' + joined(entries_backwards) + '}');
  CHECK(written(odd) == '{' + joined(odd_entries) + '}');
}

TEST_CASE("an object's nested list is recorded item by item, beside the object") {
  CHECK(change::provenance("{}", change_test::topic(), nullptr,
                           parsed(R"({"messageSchema":{"schemaFields":[{"name":"F","dataType":"INT",)"
                                  R"("description":"d"}]}})"),
                           kAnn) ==
        R"({"messageSchema":{"by":"ann","kind":"user","source":"Manual","at":1},)"
        R"("messageSchema.schemaFields.f.description":{"by":"ann","kind":"user","source":"Manual","at":1}})");
}

TEST_CASE("a damaged text counts as an empty one") {
  for (const std::string_view stored : {"", "nonsense", "[]", "{\"description\":"}) {
    CAPTURE(stored);
    CHECK(next(stored, R"({"description":"a"})", R"({"description":"b"})") == kBotsDescription);
  }
  for (const std::string_view stored :
       {R"({"description":{"by":"ann"})", R"({"description":{"by":"ann"},)", R"({"description":{"by":"ann"}}x)",
        R"({"description":{"by":"ann"},"owners)", R"({"description":{"by":"ann})", R"({"description":"ann"})"}) {
    CAPTURE(stored);
    CHECK(next(stored, R"({"description":"a"})", R"({"description":"a"})") == "{}");
  }
}

TEST_CASE("entries of columns with quotes, braces and commas in their names are passed on as they are") {
  const char* columns = R"({"columns":[{"name":"a\"},{b.","dataType":"INT","description":"d"},)"
                        R"({"name":"\\","dataType":"INT","tags":[{"tagFQN":"a","source":"Glossary"}]}]})";
  const std::string stored = first(columns, {"o\"},{", false, "Manual", 1});
  CHECK(std::ranges::count(stored, 'M') == 2);
  CHECK(next(stored, columns, columns) == stored);
}

TEST_CASE("an author's name is written as JSON") {
  CHECK(first(R"({"description":"x"})", {"o\"neil", false, "Manual", 3}) ==
        R"({"description":{"by":"o\"neil","kind":"user","source":"Manual","at":3}})");
}
