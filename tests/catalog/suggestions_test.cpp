#include "world.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace metadata;
using metadata::test::acting;
using metadata::test::at;
using metadata::test::World;

namespace {

constexpr char kTable[] = "svc.db.main.orders";

std::string link(const std::string& rest = "") { return "<#E::table::" + std::string(kTable) + rest + ">"; }

std::string description(const std::string& text, const std::string& where = link()) {
  return R"({"type":"SuggestDescription","entityLink":")" + where + R"(","description":")" + text + "\"}";
}

std::string labels(const std::vector<std::string>& tags, const std::string& where = link()) {
  std::string list;
  for (const auto& tag : tags)
    list.append(list.empty() ? "" : ",").append(R"({"tagFQN":")" + tag + R"(","source":"Classification"})");
  return R"({"type":"SuggestTagLabel","entityLink":")" + where + R"(","tagLabels":[)" + list + "]}";
}

EntityId id_of(const Json& suggestion) { return EntityId::parse(suggestion["id"].as_string().value_or("")).value(); }
std::string text(const Json& json, std::string_view member) {
  return std::string(json[member].as_string().value_or("-"));
}

template <class T>
Code code(const Result<T>& result) {
  return result.ok() ? Code::Ok : result.error().code();
}

struct Office : World {
  Suggestions& office = catalog->suggestions();

  Json made(const std::string& body, const Principal& as = {}) { return must(office.create(body, {.as = as})); }
  std::vector<std::string> ids(SuggestionQuery query = {}) {
    std::vector<std::string> found;
    for (const Json& one : must(office.list(query)).suggestions) found.push_back(text(one, "id"));
    return found;
  }
  std::int64_t total(SuggestionQuery query = {}) { return must(office.list(query)).total; }
  Principal person(const std::string& name,
                   const std::string& operations = R"("ViewAll","EditDescription","EditTags")") {
    return acting(*catalog, name,
                  R"([{"name":"r","effect":"allow","resources":["All"],"operations":[)" + operations + "]}]");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Office, "a suggestion tells what it is and of whom, and changes nothing of its entity") {
  const auto before = table("orders").entity;
  const Principal ann = person("ann");
  const Json made = this->made(description("All orders"), ann);
  CHECK(text(made, "type") == "SuggestDescription");
  CHECK(text(made, "status") == "Open");
  CHECK(text(made, "entityLink") == link());
  CHECK(text(made, "description") == "All orders");
  CHECK(text(made["createdBy"], "name") == "ann");
  CHECK(text(made, "updatedBy") == "ann");
  CHECK(made["createdAt"].as_int() == clock.now);
  CHECK_FALSE(made.contains("tagLabels"));
  CHECK(must(office.get(id_of(made))) == made);
  CHECK(get("table", kTable).revision() == before.revision());
  CHECK(must(catalog->check()).empty());
}

TEST_CASE_FIXTURE(Office, "accepting makes the change, and the suggestion accepted, in one commit") {
  table("orders");
  const Json made = this->made(description("The key", link("::columns::id::description")));
  const auto before = must(catalog->changes(0, 1000)).size();
  const Principal ann = person("ann");
  const auto people = must(catalog->changes(0, 1000)).size() - before;
  const Json accepted = must(office.accept(id_of(made), {.as = ann}));
  CHECK(text(accepted, "status") == "Accepted");
  CHECK(text(accepted, "updatedBy") == "ann");
  const Entity now = get("table", kTable);
  CHECK(at(now, "/columns/0/description") == "\"The key\"");
  CHECK(now.version().text() == "0.2");
  CHECK(at(now, "/updatedBy") == "\"ann\"");
  const auto events = must(catalog->changes(0, 1000));
  REQUIRE(events.size() == before + people + 2);
  CHECK(events[events.size() - 2].kind == ChangeEvent::Kind::Updated);
  CHECK(events.back().kind == ChangeEvent::Kind::SuggestionAccepted);
  CHECK(events.back().entity_fqn == kTable);
  CHECK(events.back().actor == "ann");
  CHECK(event_type(events.back()) == "suggestionAccepted");
  CHECK(code(office.accept(id_of(made))) == Code::Conflict);
  CHECK(code(office.reject(id_of(made))) == Code::Conflict);
  CHECK(code(office.update(id_of(made), R"({"description":"x"})")) == Code::Conflict);
  CHECK(get("table", kTable).version().text() == "0.2");
}

TEST_CASE_FIXTURE(Office, "accepting what the entity says already makes no version") {
  table("orders", R"(,"description":"Same")");
  const Json made = this->made(description("Same"));
  CHECK(text(must(office.accept(id_of(made))), "status") == "Accepted");
  CHECK(get("table", kTable).version().text() == "0.1");
}

TEST_CASE_FIXTURE(Office, "labels are added, and take the place of those that exclude them") {
  must(catalog->put("classification", R"({"name":"Tier","description":"d","mutuallyExclusive":true})"));
  must(catalog->put("classification", R"({"name":"Free","description":"d"})"));
  for (const char* tag : {R"({"name":"One","classification":"Tier","description":"d"})",
                          R"({"name":"Two","classification":"Tier","description":"d"})",
                          R"({"name":"A","classification":"Free","description":"d"})",
                          R"({"name":"B","classification":"Free","description":"d"})"})
    must(catalog->put("tag", tag));
  table("orders",
        R"(,"tags":[{"tagFQN":"Tier.One","source":"Classification"},{"tagFQN":"Free.A","source":"Classification"}])");
  const Json made = this->made(labels({"Tier.Two", "Free.A", "Free.B"}));
  must(office.accept(id_of(made)));
  const Entity now = get("table", kTable, "tags");
  const auto tags = now.get("/tags");
  REQUIRE(tags);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < tags->size(); ++i) names.push_back(text(tags->at(i), "tagFQN"));
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"Free.A", "Free.B", "Tier.Two"});
  must(office.accept(id_of(this->made(labels({"Free.B"}, link("::columns::id"))))));
  CHECK(at(get("table", kTable, "tags"), "/columns/0/tags/0/tagFQN") == "\"Free.B\"");
  CHECK(code(office.create(labels({"Free.None"}))) == Code::NotFound);
  CHECK(code(office.create(labels({"Tier.One", "Tier.Two"}))) == Code::InvalidArgument);
  CHECK(code(office.create(labels({}))) == Code::InvalidArgument);
  const Json late = this->made(labels({"Free.A"}, link("::columns::id::tags")));
  must(catalog->remove(EntityRef::by_fqn("tag", "Free.A"), {.hard = true, .recursive = true}));
  CHECK(code(office.accept(id_of(late))) == Code::NotFound);
  CHECK(text(must(office.get(id_of(late))), "status") == "Open");
}

TEST_CASE_FIXTURE(Office, "of those who accept at once one does, and neither do two who decide differently") {
  table("orders");
  for (int round = 0; round < 20; ++round) {
    const EntityId id = id_of(made(description("Text " + std::to_string(round))));
    std::vector<Code> codes(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < codes.size(); ++i)
      threads.emplace_back([&, i] { codes[i] = i % 2 == 0 ? code(office.accept(id)) : code(office.reject(id)); });
    for (auto& thread : threads) thread.join();
    CHECK(std::ranges::count(codes, Code::Ok) == 1);
    CHECK(std::ranges::count(codes, Code::Conflict) == 3);
    const bool accepted = codes[0] == Code::Ok || codes[2] == Code::Ok;
    CHECK(text(must(office.get(id)), "status") == (accepted ? "Accepted" : "Rejected"));
    CHECK((at(get("table", kTable), "/description") == "\"Text " + std::to_string(round) + "\"") == accepted);
  }
}

TEST_CASE_FIXTURE(Office, "what is not there any more cannot be accepted, and the error says what") {
  const auto written = table("orders");
  const Json made = this->made(description("The key", link("::columns::id")));
  patched(written.entity, R"([{"op":"replace","path":"/columns/0/name","value":"key"}])");
  const auto failed = office.accept(id_of(made));
  CHECK(code(failed) == Code::NotFound);
  CHECK(failed.error().message().find("has no \"id\" among its columns") != std::string_view::npos);
  CHECK(text(must(office.get(id_of(made))), "status") == "Open");
  CHECK(text(must(office.reject(id_of(made))), "status") == "Rejected");
}

TEST_CASE_FIXTURE(Office, "it follows its entity, is hidden while that is deleted, and goes with it") {
  must(catalog->put("glossary", R"({"name":"words","description":"d"})"));
  const auto term = must(catalog->put("glossaryTerm", R"({"name":"a","glossary":"words","description":"d"})"));
  const Json made = this->made(description("better", "<#E::glossaryTerm::words.a>"));
  patched(term.entity, R"([{"op":"replace","path":"/name","value":"b"}])");
  patched(get("glossary", "words"), R"([{"op":"replace","path":"/name","value":"terms"}])");
  CHECK(text(must(office.get(id_of(made))), "entityLink") == "<#E::glossaryTerm::terms.b>");
  CHECK(ids({.entity_fqn = "terms.b"}) == std::vector<std::string>{text(made, "id")});
  CHECK(ids({.entity_fqn = "words.a"}).empty());

  must(catalog->remove(EntityRef::by_fqn("glossaryTerm", "terms.b"), {}));
  CHECK(code(office.get(id_of(made))) == Code::NotFound);
  CHECK(code(office.accept(id_of(made))) == Code::NotFound);
  CHECK(total() == 0);
  must(catalog->restore(EntityRef::by_id("glossaryTerm", term.entity.id())));
  CHECK(total() == 1);
  must(office.accept(id_of(made)));
  CHECK(at(get("glossaryTerm", "terms.b"), "/description") == "\"better\"");
  this->made(description("best", "<#E::glossaryTerm::terms.b>"));
  must(catalog->remove(EntityRef::by_fqn("glossary", "terms"), {.hard = true, .recursive = true}));
  CHECK(code(office.get(id_of(made))) == Code::NotFound);
  CHECK(total() == 0);
  CHECK(must(catalog->check()).empty());
}

TEST_CASE_FIXTURE(Office, "pages go down and up again, by author, type and status too") {
  must(catalog->put("classification", R"({"name":"Free","description":"d"})"));
  must(catalog->put("tag", R"({"name":"A","classification":"Free","description":"d"})"));
  table("orders");
  table("other");
  const Principal ann = person("ann"), bob = person("bob");
  std::vector<std::string> all;
  for (int i = 0; i < 25; ++i) {
    clock.now += i % 3;  // some of one moment
    const std::string where = i % 2 == 0 ? link() : "<#E::table::svc.db.main.other>";
    const Principal& who = i % 5 == 0 ? ann : bob;
    all.push_back(text(made(i % 4 == 0 ? labels({"Free.A"}, where) : description("d", where), who), "id"));
  }
  for (const std::string fqn : {"", kTable}) {
    const auto whole = ids({.entity_fqn = fqn, .limit = 100});
    CHECK(whole.size() == (fqn.empty() ? 25 : 13));
    std::vector<std::string> down;
    SuggestionQuery query{.entity_fqn = fqn, .limit = 4};
    SuggestionPage page;
    do {
      page = must(office.list(query));
      CHECK(page.total == static_cast<std::int64_t>(whole.size()));
      for (const Json& one : page.suggestions) down.push_back(text(one, "id"));
      query.after = page.after;
    } while (!page.after.empty());
    CHECK(down == whole);
    std::vector<std::string> up;
    query.after.clear();
    query.before = page.before;
    for (const Json& one : page.suggestions) up.push_back(text(one, "id"));
    while (!query.before.empty()) {
      page = must(office.list(query));
      std::vector<std::string> part;
      for (const Json& one : page.suggestions) part.push_back(text(one, "id"));
      up.insert(up.begin(), part.begin(), part.end());
      query.before = page.before;
    }
    CHECK(up == whole);
  }
  CHECK(total({.author = ann.id}) == 5);
  CHECK(total({.author = ann.id, .type = "SuggestTagLabel"}) == 2);
  CHECK(total({.entity_fqn = kTable, .author = ann.id}) == 3);
  CHECK(total({.status = "Accepted"}) == 0);
  must(office.accept(EntityId::parse(all[1]).value()));
  must(office.reject(EntityId::parse(all[2]).value()));
  CHECK(ids({.status = "Accepted"}) == std::vector<std::string>{all[1]});
  CHECK(ids({.status = "Rejected"}) == std::vector<std::string>{all[2]});
  CHECK(total({.status = "Open"}) == 23);
  CHECK(total() == 25);
  CHECK(total({.entity_fqn = "svc.db.main.nothing"}) == 0);
  CHECK(must(office.list({.limit = 0})).suggestions.empty());
  for (const SuggestionQuery& bad :
       {SuggestionQuery{.limit = -1}, SuggestionQuery{.status = "open"}, SuggestionQuery{.type = "x"},
        SuggestionQuery{.after = "Zm9v"}, SuggestionQuery{.after = "?"}, SuggestionQuery{.before = "a", .after = "b"}})
    CHECK(code(office.list(bad)) == Code::InvalidArgument);
}

TEST_CASE_FIXTURE(
    Office, "the author and admins change it and take it away; who may edit decides, of what is owned the owner") {
  const auto written = table("orders");
  const Principal ann = person("ann", R"("ViewAll")"), bob = person("bob");
  const EntityId id = id_of(made(description("first"), ann));
  CHECK(code(office.update(id, R"({"description":"x"})", {.as = bob})) == Code::PermissionDenied);
  CHECK(code(office.remove(id, {.as = bob})) == Code::PermissionDenied);
  CHECK(code(office.accept(id, {.as = ann})) == Code::PermissionDenied);
  CHECK(code(office.reject(id, {.as = ann})) == Code::PermissionDenied);
  const Json read = must(office.get(id, {.as = ann}));
  clock.now += 5;
  const Json second = must(office.update(
      id, R"({"description":"second","id":")" + id.text() + R"(","tagLabels":null,"entityLink":")" + link() + "\"}",
      {.as = ann}));
  CHECK(text(second, "description") == "second");
  CHECK(second["createdAt"] == read["createdAt"]);
  CHECK(second["updatedAt"].as_int() == clock.now);
  for (const char* wrong :
       {R"({"description":"x","type":"SuggestTagLabel"})", R"({"description":"x","status":"Accepted"})",
        R"({"description":"x","entityLink":"<#E::table::other>"})", R"({"description":"x","more":1})", "{}"})
    CHECK(code(office.update(id, wrong, {.as = ann})) == Code::InvalidArgument);
  patched(written.entity,
          R"([{"op":"add","path":"/owners","value":[{"id":")" + ann.id.text() + R"(","type":"user"}]}])");
  CHECK(code(office.accept(id, {.as = bob})) == Code::PermissionDenied);
  CHECK(code(office.accept_all({kTable, ann.id, "SuggestDescription"}, {.as = bob})) == Code::PermissionDenied);
  const Principal carl =
      acting(*catalog, "carl", R"([{"name":"r","effect":"allow","resources":["All"],"operations":["All"]}])", true);
  CHECK(text(must(office.accept(id, {.as = carl})), "status") == "Accepted");
  CHECK(at(get("table", kTable), "/description") == "\"second\"");
  const EntityId other = id_of(made(description("third"), ann));
  CHECK(code(office.remove_all(EntityRef::by_fqn("table", kTable), {.as = bob})) == Code::PermissionDenied);
  must(office.remove(other, {.as = ann}));
  CHECK(code(office.get(other)) == Code::NotFound);
  CHECK(must(office.remove_all(EntityRef::by_fqn("table", kTable))) == 1);
  CHECK(must(office.remove_all(EntityRef::by_fqn("table", kTable))) == 0);
  CHECK(total() == 0);
}

TEST_CASE_FIXTURE(Office, "who does not see the entity sees nothing suggested about it") {
  table("orders");
  table("other");
  const Principal ann = person("ann");
  const Principal eve = acting(*catalog, "eve", R"x([
      {"name":"v","effect":"allow","resources":["All"],"operations":["ViewAll","EditDescription"]},
      {"name":"n","effect":"deny","resources":["table"],"operations":["All"],"condition":"!isOwner()"}])x");
  const EntityId id = id_of(made(description("secret"), ann));
  made(description("open to all", "<#E::table::svc.db.main.other>"), ann);
  patched(get("table", "svc.db.main.other"),
          R"([{"op":"add","path":"/owners","value":[{"id":")" + eve.id.text() + R"(","type":"user"}]}])");
  CHECK(total({.as = ann}) == 2);
  const auto seen = must(office.list({.as = eve}));
  REQUIRE(seen.suggestions.size() == 1);
  CHECK(seen.total == 1);
  CHECK(text(seen.suggestions[0], "description") == "open to all");
  CHECK(total({.as = eve, .entity_fqn = kTable}) == 0);
  CHECK(total({.as = eve, .author = ann.id}) == 1);
  const auto absent = office.get(EntityId::parse("00000000-0000-4000-8000-000000000001").value(), {.as = eve});
  for (const Code found : {code(office.get(id, {.as = eve})), code(office.accept(id, {.as = eve})),
                           code(office.reject(id, {.as = eve})), code(office.update(id, "{}", {.as = eve})),
                           code(office.remove(id, {.as = eve})), code(office.create(description("x"), {.as = eve})),
                           code(office.accept_all({kTable, ann.id, "SuggestDescription"}, {.as = eve}))})
    CHECK(found == Code::NotFound);
  CHECK(office.get(id, {.as = eve}).error().message() == "suggestion instance for " + id.text() + " not found");
  CHECK(code(absent) == Code::NotFound);
}

TEST_CASE_FIXTURE(Office, "all of an author are accepted in one version, or none when one cannot be") {
  const auto written = table("orders");
  const Principal ann = person("ann"), bob = person("bob");
  for (const char* one : {"first", "second", "third"}) made(description(one), ann);
  made(description("The key", link("::columns::id")), ann);
  made(description("of another"), bob);
  clock.now += 1;
  const auto accepted = must(office.accept_all({kTable, ann.id, "SuggestDescription"}));
  CHECK(accepted.size() == 4);
  for (const Json& one : accepted) CHECK(text(one, "status") == "Accepted");
  const Entity now = get("table", kTable);
  CHECK(now.version().text() == "0.2");
  CHECK(at(now, "/columns/0/description") == "\"The key\"");
  CHECK(must(office.accept_all({kTable, ann.id, "SuggestDescription"})).empty());
  CHECK(must(office.reject_all({kTable, bob.id, "SuggestDescription"})).size() == 1);
  CHECK(total({.status = "Open"}) == 0);
  CHECK(code(office.accept_all({"svc.none", ann.id, "SuggestDescription"})) == Code::NotFound);
  CHECK(code(office.accept_all({kTable, ann.id, "x"})) == Code::InvalidArgument);

  made(description("good"), ann);
  const Json lost = made(description("lost", link("::columns::id")), ann);
  patched(now, R"([{"op":"replace","path":"/columns/0/name","value":"key"}])");
  const auto failed = office.accept_all({kTable, ann.id, "SuggestDescription"});
  CHECK(code(failed) == Code::NotFound);
  CHECK(failed.error().message().find(text(lost, "id")) != std::string_view::npos);
  CHECK(total({.status = "Open"}) == 2);
  CHECK(at(get("table", kTable), "/description") != "\"good\"");
}

TEST_CASE_FIXTURE(Office, "more than a thousand are accepted in as few transactions as there are thousands") {
  table("orders");
  for (int i = 0; i < 1'050; ++i) {
    clock.now += 1;
    made(description("Text " + std::to_string(i)));
  }
  clock.now += 1;
  CHECK(must(office.accept_all({kTable, {}, "SuggestDescription"})).size() == 1'050);
  const Entity now = get("table", kTable);
  CHECK(now.version().text() == "0.3");
  CHECK(at(now, "/description") == "\"Text 1049\"");
  CHECK(total({.status = "Open"}) == 0);
}

TEST_CASE("an entity has no more than it may, and the oldest that was decided on makes room") {
  Options options;
  options.path = ":memory:";
  options.limits.max_suggestions = 3;
  options.limits.max_suggested_bytes = 10;
  auto catalog = World::must(Catalog::open(options));
  auto& office = catalog->suggestions();
  World::must(catalog->put("glossary", R"({"name":"g","description":"d"})"));
  const std::string where = "<#E::glossary::g>";
  std::vector<Json> made;
  for (int i = 0; i < 3; ++i) made.push_back(World::must(office.create(description("d", where))));
  CHECK(code(office.create(description("d", where))) == Code::TooLarge);
  World::must(office.reject(id_of(made[1])));
  World::must(office.create(description("d", where)));
  CHECK(code(office.get(id_of(made[1]))) == Code::NotFound);
  CHECK(code(office.get(id_of(made[0]))) == Code::Ok);
  CHECK(World::must(office.list({.entity_fqn = "g"})).total == 3);
  CHECK(code(office.update(id_of(made[0]), R"({"description":"longer than it"})")) == Code::TooLarge);
}

TEST_CASE_FIXTURE(Office, "a body that is none says what to change") {
  table("orders");
  for (const std::string& bad :
       {std::string("[]"), std::string("{"), std::string("{}"), std::string(R"({"type":"SuggestDescription"})"),
        std::string(R"({"type":"SuggestDescription","entityLink":5,"description":"d"})"),
        std::string(R"({"type":"SuggestNothing","entityLink":")") + link() + R"(","description":"d"})",
        description("d", "table"), description("", link()), description("d", link("::columns")),
        description("d", link("::rows::id")), description("d", link("::columns::id::tags")),
        description("d", link("::tags")),
        std::string(R"({"type":"SuggestDescription","entityLink":")") + link() + R"(","description":7})",
        std::string(R"({"type":"SuggestDescription","entityLink":")") + link() + R"(","description":"d","extra":1})",
        std::string(R"({"type":"SuggestDescription","entityLink":")") + link() +
            R"(","description":"d","tagLabels":[{"tagFQN":"a.b","source":"Classification"}]})",
        std::string(R"({"type":"SuggestTagLabel","entityLink":")") + link() + R"(","tagLabels":"x"})",
        std::string(R"({"type":"SuggestTagLabel","entityLink":")") + link() + R"(","tagLabels":[{"tagFQN":"a.b"}]})"}) {
    CAPTURE(bad);
    CHECK(code(office.create(bad)) == Code::InvalidArgument);
  }
  CHECK(code(office.create(description("d", link("::columns::none")))) == Code::NotFound);
  CHECK(code(office.create(description("d", "<#E::table::svc.none>"))) == Code::NotFound);
  CHECK(code(office.create(description("d", "<#E::nothing::svc>"))) == Code::NotFound);
  CHECK(total() == 0);
}
