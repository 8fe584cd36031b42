#include "model/put_rules.h"

#include "fixture.h"

using namespace metadata;
using test::parsed;
using test::type;

namespace {

enum class By { Human, Bot };

std::string merged(std::string_view stored, std::string_view incoming, By by = By::Human,
                   std::string_view of = "table") {
  const json::Document before = parsed(stored);
  json::Document after = parsed(incoming);
  model::merge_put(type(of), before, after, {.by_bot = by == By::Bot});
  return json::write(after);
}

struct Case {
  const char* stored;
  const char* incoming;
  const char* human;
  const char* bot;
};

void check(const Case& c) {
  CAPTURE(c.stored);
  CAPTURE(c.incoming);
  CHECK(merged(c.stored, c.incoming, By::Human) == c.human);
  CHECK(merged(c.stored, c.incoming, By::Bot) == c.bot);
}

std::string label(std::string_view fqn, std::string_view type = "Manual") {
  return R"({"tagFQN":")" + std::string(fqn) + R"(","source":"Classification","labelType":")" + std::string(type) +
         "\"}";
}

}  // namespace

TEST_CASE("a PUT treats every field of an entity by its rule") {
  const Case kCases[] = {
      // description: people's words stay before a bot's
      {R"({"description":"a"})", R"({"description":"b"})", R"({"description":"b"})", R"({"description":"a"})"},
      {R"({"description":"a"})", R"({})", R"({})", R"({"description":"a"})"},
      {R"({"description":""})", R"({"description":"b"})", R"({"description":"b"})", R"({"description":"b"})"},
      // displayName: the request's, but for a bot where a person wrote
      {R"({"displayName":"a"})", R"({"displayName":"b"})", R"({"displayName":"b"})", R"({"displayName":"a"})"},
      {R"({"displayName":"a"})", R"({})", R"({})", R"({"displayName":"a"})"},
      // owners: empty keeps
      {R"({"owners":[{"id":"1"}]})", R"({})", R"({"owners":[{"id":"1"}]})", R"({"owners":[{"id":"1"}]})"},
      {R"({"owners":[{"id":"1"}]})", R"({"owners":[]})", R"({"owners":[{"id":"1"}]})", R"({"owners":[{"id":"1"}]})"},
      {R"({"owners":[{"id":"1"}]})", R"({"owners":[{"id":"2"}]})", R"({"owners":[{"id":"2"}]})",
       R"({"owners":[{"id":"2"}]})"},
      // extension: missing keeps, a bot never replaces
      {R"({"extension":{"a":1}})", R"({})", R"({"extension":{"a":1}})", R"({"extension":{"a":1}})"},
      {R"({"extension":{"a":1}})", R"({"extension":{"b":2}})", R"({"extension":{"b":2}})", R"({"extension":{"a":1}})"},
      // domains: a bot may only fill
      {R"({"domains":[{"id":"1"}]})", R"({"domains":[{"id":"2"}]})", R"({"domains":[{"id":"2"}]})",
       R"({"domains":[{"id":"1"}]})"},
      {R"({"domains":[{"id":"1"}]})", R"({"domains":[]})", R"({"domains":[{"id":"1"}]})",
       R"({"domains":[{"id":"1"}]})"},
      {R"({})", R"({"domains":[{"id":"2"}]})", R"({"domains":[{"id":"2"}]})", R"({"domains":[{"id":"2"}]})"},
      // dataProducts: the request's list
      {R"({"dataProducts":[{"id":"1"}]})", R"({})", R"({})", R"({})"},
      // certification, status, followers: not by PUT
      {R"({"certification":{"a":1}})", R"({})", R"({"certification":{"a":1}})", R"({"certification":{"a":1}})"},
      {R"({})", R"({"entityStatus":"Draft"})", R"({})", R"({})"},
      // a field without a rule is replaced
      {R"({"tableType":"View","sourceUrl":"u"})", R"({"tableType":"Regular"})", R"({"tableType":"Regular"})",
       R"({"tableType":"Regular"})"},
      // a connector's run does not take what other workflows wrote
      {R"({"dataModel":{"modelType":"DBT"}})", R"({})", R"({"dataModel":{"modelType":"DBT"}})",
       R"({"dataModel":{"modelType":"DBT"}})"},
  };
  for (const Case& c : kCases) check(c);
}

TEST_CASE("reviewers are the request's list and style is kept when missing") {
  CHECK(merged(R"({"reviewers":[{"id":"1"}],"style":{"color":"red"}})", "{}", By::Human, "tag") ==
        R"({"style":{"color":"red"}})");
  CHECK(merged(R"({"isAdmin":true,"isBot":true})", R"({"isBot":false})", By::Human, "user") ==
        R"({"isBot":true,"isAdmin":true})");
}

TEST_CASE("the name and the container stay") {
  CHECK(merged(R"({"name":"joe","email":"a@b.c"})", R"({"name":"JOE","email":"a@b.c"})", By::Human, "user") ==
        R"({"name":"joe","email":"a@b.c"})");
  CHECK(merged(R"({"databaseSchema":{"id":"1"}})", R"({"databaseSchema":"a.b.c"})") ==
        R"({"databaseSchema":{"id":"1"}})");
}

TEST_CASE("labels are united, sorted and kept once") {
  const std::string stored = R"({"tags":[)" + label("A.x") + "," + label("C.x") + "]}";
  const std::string sent = R"({"tags":[)" + label("B.x") + "," + label("A.x", "Automated") + "]}";
  CHECK(merged(stored, sent) ==
        R"({"tags":[)" + label("A.x", "Automated") + "," + label("B.x") + "," + label("C.x") + "]}");
  CHECK(merged(stored, "{}") == stored);
  CHECK(merged("{}", R"({"tags":[)" + label("B.x") + "]}") == R"({"tags":[)" + label("B.x") + "]}");
}

TEST_CASE("of a lifeCycle each part keeps the later one") {
  CHECK(merged(R"({"lifeCycle":{"created":{"timestamp":5},"updated":{"timestamp":5},"accessed":{"timestamp":1}}})",
               R"({"lifeCycle":{"created":{"timestamp":9},"updated":{"timestamp":2}}})") ==
        R"({"lifeCycle":{"created":{"timestamp":9},"updated":{"timestamp":5},"accessed":{"timestamp":1}}})");
  CHECK(merged(R"({"lifeCycle":{"created":{"timestamp":5}}})", "{}") == R"({"lifeCycle":{"created":{"timestamp":5}}})");
}

TEST_CASE("columns are matched by name without case and by data type") {
  const Case kCases[] = {
      // what is not sent is removed, what is sent again keeps people's words from bots
      {R"({"columns":[{"name":"A","dataType":"INT","description":"x","displayName":"d"},)"
       R"({"name":"b","dataType":"INT"}]})",
       R"({"columns":[{"name":"a","dataType":"INT","description":"y","displayName":"e"}]})",
       R"({"columns":[{"name":"a","dataType":"INT","description":"y","displayName":"e"}]})",
       R"({"columns":[{"name":"a","dataType":"INT","description":"x","displayName":"d"}]})"},
      // another data type makes it another column; its description is carried over
      {R"({"columns":[{"name":"a","dataType":"INT","description":"x","displayName":"d"}]})",
       R"({"columns":[{"name":"a","dataType":"BIGINT"}]})",
       R"({"columns":[{"name":"a","dataType":"BIGINT","description":"x"}]})",
       R"({"columns":[{"name":"a","dataType":"BIGINT","description":"x"}]})"},
      // nested
      {R"({"columns":[{"name":"s","dataType":"STRUCT","children":[{"name":"c","dataType":"INT","description":"x"}]}]})",
       R"({"columns":[{"name":"s","dataType":"STRUCT","children":[{"name":"C","dataType":"INT","description":"y"}]}]})",
       R"({"columns":[{"name":"s","dataType":"STRUCT","children":[{"name":"C","dataType":"INT","description":"y"}]}]})",
       R"({"columns":[{"name":"s","dataType":"STRUCT","children":[)"
       R"({"name":"C","dataType":"INT","description":"x"}]}]})"},
      // lengths and constraints are the request's
      {R"({"columns":[{"name":"a","dataType":"CHAR","dataLength":9,"constraint":"UNIQUE"}]})",
       R"({"columns":[{"name":"a","dataType":"CHAR","dataLength":3}]})",
       R"({"columns":[{"name":"a","dataType":"CHAR","dataLength":3}]})",
       R"({"columns":[{"name":"a","dataType":"CHAR","dataLength":3}]})"},
  };
  for (const Case& c : kCases) check(c);
}

TEST_CASE("a column's labels are united too") {
  const std::string stored = R"({"columns":[{"name":"a","dataType":"INT","tags":[)" + label("A.x") + "]}]}";
  const std::string sent = R"({"columns":[{"name":"a","dataType":"INT","tags":[)" + label("B.x") + "]}]}";
  CHECK(merged(stored, sent, By::Bot) ==
        R"({"columns":[{"name":"a","dataType":"INT","tags":[)" + label("A.x") + "," + label("B.x") + "]}]}");
}

namespace {

struct Outcome {
  std::string entity;
  std::vector<std::string> kept;
};

/// A bot's PUT of an entity of which a person wrote last what stands at the paths.
Outcome by_bot(std::string_view stored, std::string_view incoming, const std::vector<std::string>& persons,
               model::PutManner manner = {}) {
  const json::Document before = parsed(stored);
  json::Document after = parsed(incoming);
  manner.by_bot = true;
  manner.by_person = [&](std::string_view path) {
    return std::find(persons.begin(), persons.end(), path) != persons.end();
  };
  std::vector<std::string> kept = model::merge_put(type("table"), before, after, manner);
  return {json::write(after), std::move(kept)};
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("a bot renews what a bot wrote, and tells what it left because a person wrote it") {
  const char* stored = R"({"description":"a","displayName":"A"})";
  const char* incoming = R"({"description":"b","displayName":"B"})";
  const Outcome both = by_bot(stored, incoming, {});
  CHECK(both.entity == incoming);
  CHECK(both.kept.empty());
  const Outcome one = by_bot(stored, incoming, {"description"});
  CHECK(one.entity == R"({"description":"a","displayName":"B"})");
  CHECK(one.kept == Paths{"description"});
  CHECK(by_bot(stored, R"({})", {}).entity == R"({"description":"a"})");  // said nothing: a description stays
  CHECK(by_bot(stored, stored, {"description"}).kept.empty());            // the same was sent
}

TEST_CASE("who wrote is asked of each column by its name, inner ones below their parents") {
  const char* stored =
      R"({"columns":[{"name":"A.b","dataType":"INT","description":"1"},)"
      R"({"name":"s","dataType":"STRUCT","children":[{"name":"X","dataType":"INT","description":"1"}]}]})";
  const char* incoming =
      R"({"columns":[{"name":"a.B","dataType":"INT","description":"2"},)"
      R"({"name":"s","dataType":"STRUCT","children":[{"name":"x","dataType":"INT","description":"2"}]}]})";
  CHECK(by_bot(stored, incoming, {}).entity == incoming);
  const Paths all{R"(columns."a.b".description)", "columns.s.x.description"};
  CHECK(by_bot(stored, incoming, all).kept == all);
}

TEST_CASE("fields that the caller names are overwritten as far as they are sent") {
  const char* stored =
      R"({"description":"a","columns":[{"name":"c","dataType":"INT","description":"a","displayName":"A"}]})";
  const char* incoming = R"({"columns":[{"name":"c","dataType":"INT","description":"b","displayName":"B"}]})";
  const Paths persons{"description", "columns.c.description", "columns.c.displayName"};
  const auto with = [&](const Paths& names) { return by_bot(stored, incoming, persons, {.overwrite = names}); };
  CHECK(with({"columns.description"}).kept == Paths{"columns.c.displayName"});
  CHECK(with({"columns"}).entity ==
        R"({"columns":[{"name":"c","dataType":"INT","description":"b","displayName":"B"}],"description":"a"})");
  CHECK(with({"*"}).kept.empty());
  CHECK(with({"col"}).kept.size() == 2);
  CHECK(model::check_overwrite(type("table"), {"*", "tags", "columns.children.description"}).ok());
  for (const char* wrong : {"col", "columns.", "columns.x", "description.x", "", ".", "**"})
    CHECK(model::check_overwrite(type("table"), {wrong}).code() == Code::InvalidArgument);
}

TEST_CASE("a PUT that replaces takes the body as the whole truth") {
  const std::string stored = R"({"description":"a","owners":[{"id":"1"}],"tags":[)" + label("x") +
                             R"(],"columns":[{"name":"c","dataType":"INT","description":"a"}]})";
  const char* incoming = R"({"columns":[{"name":"c","dataType":"BIGINT"}]})";
  CHECK(by_bot(stored, incoming, {"description"}, {.replace = true}).entity == incoming);
}
