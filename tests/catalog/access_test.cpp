#include <set>

#include "world.h"

using namespace metadata;
using namespace metadata::test;

namespace {

const std::string kViewAll = R"({"name":"view","effect":"allow","resources":["All"],"operations":["ViewAll"]})";

std::string rule(const std::string& effect, const std::string& operations, const std::string& condition,
                 const std::string& resources = "table", const std::string& name = "r") {
  return R"({"name":")" + name + R"(","effect":")" + effect + R"(","resources":[")" + resources +
         R"("],"operations":[)" + operations + R"(],"condition":")" + condition + R"("})";
}

/// The names on all pages of the tables that somebody sees; checks that pages are full and that the total is right.
std::set<std::string> listed(World& world, const Principal& as, const std::string& type = "table") {
  std::set<std::string> names;
  ListOptions options{.as = as, .limit = 2};
  std::int64_t total = -1;
  do {
    const Page page = world.must(world.catalog->list(type, options));
    for (const Entity& entity : page.entities) names.insert(std::string(entity.name()));
    if (!page.after.empty()) CHECK(page.entities.size() == 2);
    total = page.total;
    options.after = page.after;
  } while (!options.after.empty());
  CHECK(total == static_cast<std::int64_t>(names.size()));
  return names;
}

Principal again(World& world, const Principal& who) { return world.must(world.catalog->access().principal(who.name)); }

Code read(World& world, const std::string& table, const Principal& as) {
  return world.catalog->get(EntityRef::by_fqn("table", "svc.db.main." + table), {.as = as}).error().code();
}

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("Z5: lists, pages and totals hold what somebody owns, and nothing else") {
  World world;
  const Principal ann = acting(*world.catalog, "ann", "[" + rule("allow", R"("ViewAll")", "isOwner()", "All") + "]");
  for (const char* name : {"a", "b", "c", "d", "e"})
    world.table(name, R"(,"owners":[{"type":"user","id":")" + ann.id.text() + R"("}])");
  for (const char* name : {"x", "y", "z"}) world.table(name);
  CHECK(listed(world, ann) == Names{"a", "b", "c", "d", "e"});
  CHECK(read(world, "a", ann) == Code::Ok);
  CHECK(read(world, "x", ann) == Code::NotFound);
  CHECK(read(world, "nope", ann) == Code::NotFound);
}

TEST_CASE("Z2: a decision that is kept is right after every change that it follows from") {
  World world;
  Catalog& catalog = *world.catalog;
  put_or_fail(catalog, "classification", R"({"name":"PII","description":"d"})");
  put_or_fail(catalog, "tag", R"({"name":"Email","classification":"PII","description":"d"})");
  const Principal ann = acting(catalog, "ann",
                               "[" + kViewAll + "," + rule("allow", R"("EditAll")", "isOwner()", "All") + "," +
                                   rule("allow", R"("Delete")", "matchAnyTag('PII.Email')", "All", "tagged") + "," +
                                   rule("allow", R"("Create")", "noOwner()", "All", "free") + "]");
  world.table("t");
  const auto table = EntityRef::by_fqn("table", "svc.db.main.t");
  const std::string me = R"([{"type":"user","id":")" + ann.id.text() + R"("}])";
  const auto change = [&](const char* type, const char* fqn, const std::string& operation) {
    return world.must(catalog.patch(EntityRef::by_fqn(type, fqn), world.must(Patch::parse("[" + operation + "]")))).seq;
  };
  // Asked twice, so that the second answer is one that was kept.
  const auto may = [&](const char* operation, bool expected) {
    for (int i = 0; i < 2; ++i) CHECK(catalog.check_allowed(ann, {operation}, table).ok() == expected);
  };
  may("EditAll", false);
  may("Create", true);
  change("table", "svc.db.main.t", R"({"op":"add","path":"/owners","value":)" + me + "}");
  may("EditAll", true);
  may("Create", false);
  change("table", "svc.db.main.t", R"({"op":"remove","path":"/owners"})");
  may("EditAll", false);
  for (const auto& [type, fqn] :
       {std::pair{"databaseSchema", "svc.db.main"}, {"database", "svc.db"}, {"databaseService", "svc"}}) {
    change(type, fqn, R"({"op":"add","path":"/owners","value":)" + me + "}");
    may("EditAll", true);
    may("Create", false);
    change(type, fqn, R"({"op":"remove","path":"/owners"})");
    may("EditAll", false);
    may("Create", true);
  }
  may("Delete", false);
  change("table", "svc.db.main.t",
         R"({"op":"add","path":"/tags/0","value":{"tagFQN":"PII.Email","source":"Classification"}})");
  may("Delete", true);
  world.must(catalog.remove(EntityRef::by_fqn("tag", "PII.Email"), {.hard = true, .recursive = true}));
  may("Delete", false);
  world.must(catalog.remove(table, {.hard = true}));
  CHECK(catalog.check_allowed(ann, {"Create"}, table).code() == Code::NotFound);
  world.table("t");
  may("Create", true);
}

TEST_CASE("Z3: what one may not see answers as if absent") {
  World world;
  const Principal ann = acting(*world.catalog, "ann", "[" + rule("allow", R"("All")", "isOwner()", "All") + "]");
  world.table("hidden");
  const auto hidden = EntityRef::by_fqn("table", "svc.db.main.hidden");
  const auto absent = EntityRef::by_fqn("table", "svc.db.main.absent");
  const auto patch = world.must(Patch::parse(R"([{"op":"add","path":"/description","value":"d"}])"));
  const auto told = [](const Error& error) {
    std::string text = std::string(error.message());
    for (const char* name : {"hidden", "absent"}) {
      if (const auto at = text.find(name); at != std::string::npos) text.replace(at, 6, "?");
    }
    return text;
  };
  CHECK(told(world.catalog->get(hidden, {.as = ann}).error()) == told(world.catalog->get(absent, {.as = ann}).error()));
  CHECK(told(world.catalog->patch(hidden, patch, {.as = ann}).error()) ==
        told(world.catalog->patch(absent, patch, {.as = ann}).error()));
  CHECK(told(world.catalog->remove(hidden, {.as = ann}).error()) ==
        told(world.catalog->remove(absent, {.as = ann}).error()));
  CHECK(told(world.catalog->restore(hidden, {.as = ann}).error()) ==
        told(world.catalog->restore(absent, {.as = ann}).error()));
  CHECK(told(world.catalog->versions(hidden, {.as = ann}).error()) ==
        told(world.catalog->versions(absent, {.as = ann}).error()));
  CHECK(told(world.catalog->lineage().walk(hidden, {.as = ann}).error()) ==
        told(world.catalog->lineage().walk(absent, {.as = ann}).error()));
  CHECK(told(world.catalog->check_allowed(ann, {"ViewBasic"}, hidden)) ==
        told(world.catalog->check_allowed(ann, {"ViewBasic"}, absent)));
}

TEST_CASE("owners are inherited from the nearest container that has some") {
  World world;
  const Principal ann =
      acting(*world.catalog, "ann", "[" + rule("allow", R"("ViewAll","EditAll")", "isOwner()", "All") + "]");
  const Principal bob = user(*world.catalog, "bob");
  const auto owned_by = [](const Principal& who) {
    return R"(,"owners":[{"type":"user","id":")" + who.id.text() + R"("}])";
  };
  world.table("own", owned_by(ann));
  world.table("others", owned_by(bob));
  world.table("bare");
  CHECK(listed(world, ann) == Names{"own"});
  world.patched(world.get("database", "svc.db"),
                R"([{"op":"add","path":"/owners","value":[{"type":"user","id":")" + ann.id.text() + R"("}]}])");
  CHECK(listed(world, ann) == Names{"bare", "own"});
  CHECK(listed(world, ann, "databaseSchema") == Names{"main"});
  CHECK(read(world, "bare", ann) == Code::Ok);
  CHECK(read(world, "others", ann) == Code::NotFound);
  // A nearer one that is another's takes it away.
  world.patched(world.get("databaseSchema", "svc.db.main"),
                R"([{"op":"add","path":"/owners","value":[{"type":"user","id":")" + bob.id.text() + R"("}]}])");
  CHECK(listed(world, ann) == Names{"own"});
  CHECK(read(world, "bare", ann) == Code::NotFound);
  // What is in it may be made by who owns the container.
  const Principal maker =
      acting(*world.catalog, "maker", "[" + kViewAll + "," + rule("allow", R"("Create")", "isOwner()") + "]");
  const std::string body =
      R"({"name":"made","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}],"owners":[{"type":"user","id":")" +
      maker.id.text() + R"("}]})";
  CHECK(world.catalog->create("table", body, {.as = maker}).error().code() == Code::PermissionDenied);
  world.patched(world.get("databaseSchema", "svc.db.main"),
                R"([{"op":"add","path":"/owners","value":[{"type":"user","id":")" + maker.id.text() + R"("}]}])");
  CHECK(world.catalog->create("table", body, {.as = maker}).ok());
}

TEST_CASE("a deny wins over every allow, and says which rule it was") {
  World world;
  world.must(world.catalog->put("classification", R"({"name":"PII","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"Secret","classification":"PII","description":"d"})"));
  const Principal ann =
      acting(*world.catalog, "ann",
             "[" + kViewAll + "," + rule("deny", R"("EditAll")", "matchAnyTag('PII.Secret')") +
                 R"(,{"name":"edit","effect":"allow","resources":["table"],"operations":["EditAll"]}])");
  const Entity table = world.table("t").entity;
  const auto patch = world.must(Patch::parse(R"([{"op":"add","path":"/description","value":"d"}])"));
  CHECK(world.catalog->patch(table.ref(), patch, {.as = ann}).ok());
  world.patched(table, R"([{"op":"add","path":"/tags/0","value":{"tagFQN":"PII.Secret","source":"Classification"}}])");
  const auto denied = world.catalog->patch(
      table.ref(), world.must(Patch::parse(R"([{"op":"add","path":"/description","value":"e"}])")), {.as = ann});
  CHECK(denied.error().message() ==
        "Principal: CatalogPrincipal{name='ann'} operation EditDescription denied by role role-ann, policy policy-ann, "
        "rule r");
  const auto missing = world.catalog->remove(table.ref(), {.as = ann});
  CHECK(missing.error().message() == "Principal: CatalogPrincipal{name='ann'} operations [Delete] not allowed");
}

TEST_CASE("Z5: what hides by a label is in no list, search, walk or reference, and their counts do not tell") {
  World world;
  world.must(world.catalog->put("classification", R"({"name":"PII","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"Secret","classification":"PII","description":"d"})"));
  const Principal ann = acting(*world.catalog, "ann",
                               "[" + kViewAll + "," + rule("deny", R"("ViewAll")", "matchAnyTag('PII.Secret')") + "]");
  for (const char* name : {"shown_a", "shown_b", "shown_c"}) world.table(name);
  const Entity hidden = world.table("hidden", R"(,"tags":[{"tagFQN":"PII.Secret","source":"Classification"}])").entity;
  CHECK(listed(world, ann) == Names{"shown_a", "shown_b", "shown_c"});
  CHECK(read(world, "hidden", ann) == Code::NotFound);
  const Entity schema = world.must(
      world.catalog->get(EntityRef::by_fqn("databaseSchema", "svc.db.main"), {.as = ann, .fields = "tables"}));
  CHECK(schema.text().find("shown_a") != std::string::npos);
  CHECK(schema.text().find("hidden") == std::string::npos);

  auto& lineage = world.catalog->lineage();
  const auto at = [](const char* name) { return EntityRef::by_fqn("table", std::string("svc.db.main.") + name); };
  world.must(lineage.put_edge(at("shown_a"), at("hidden"), ""));
  world.must(lineage.put_edge(at("hidden"), at("shown_b"), ""));
  world.must(lineage.put_edge(at("shown_a"), at("shown_c"), ""));
  const LineageGraph graph = world.must(lineage.walk(at("shown_a"), {.as = ann, .downstream_depth = 3}));
  CHECK(graph.nodes.size() == 1);
  CHECK(lineage.path(at("shown_a"), at("shown_b"), {.as = ann}).error().code() == Code::NotFound);
  CHECK(world.must(lineage.impact_counts(at("shown_a"), {.as = ann})).total == 1);
  CHECK(lineage.edge(at("shown_a"), at("hidden"), {}, ann).error().code() == Code::NotFound);

  SearchQuery query;
  query.as = ann;
  query.facets = {"entityType"};
  const SearchHits hits = world.must(world.catalog->search().query(query));
  std::int64_t tables = 0;
  for (const auto& facet : hits.facets) {
    for (const auto& count : facet.counts) tables += count.value == "table" ? count.count : 0;
  }
  CHECK(tables == 3);
  query.text = "hidden";
  CHECK(world.must(world.catalog->search().query(query)).total == 0);
  query.as = {};
  CHECK(world.must(world.catalog->search().query(query)).total == 1);
}

TEST_CASE("Z7: owning something gives nobody power: no roles, no policies, no teams, no admins") {
  World world;
  const Principal ann = acting(*world.catalog, "ann",
                               "[" + kViewAll + "," + rule("allow", R"("EditAll")", "isOwner()", "All") + "," +
                                   rule("allow", R"("EditAll")", "noOwner()", "team", "free") + "]");
  put_or_fail(
      *world.catalog, "policy",
      R"({"name":"strong","rules":[{"name":"all","effect":"allow","resources":["All"],"operations":["All"]}]})");
  put_or_fail(*world.catalog, "role", R"({"name":"Strong","policies":["strong"]})");
  put_or_fail(*world.catalog, "team", R"({"name":"crew","teamType":"Group"})");
  const std::string role = world.get("role", "Strong").id().text(), crew = world.get("team", "crew").id().text();
  const auto patch = [&](const char* type, const std::string& name, const std::string& operation) {
    return world.catalog
        ->patch(EntityRef::by_fqn(type, name), world.must(Patch::parse("[" + operation + "]")), {.as = ann})
        .error()
        .code();
  };
  CHECK(patch("user", "ann", R"({"op":"add","path":"/displayName","value":"Ann"})") == Code::Ok);
  CHECK(patch("user", "ann", R"({"op":"add","path":"/isAdmin","value":true})") == Code::PermissionDenied);
  CHECK(patch("user", "ann", R"({"op":"replace","path":"/isBot","value":true})") == Code::PermissionDenied);
  CHECK(patch("user", "ann", R"({"op":"add","path":"/roles/0","value":{"type":"role","id":")" + role + "\"}}") ==
        Code::PermissionDenied);
  CHECK(patch("user", "ann", R"({"op":"add","path":"/teams/0","value":{"type":"team","id":")" + crew + "\"}}") ==
        Code::PermissionDenied);
  CHECK(patch("team", "crew", R"({"op":"add","path":"/description","value":"d"})") == Code::Ok);
  CHECK(patch("team", "crew",
              R"({"op":"add","path":"/users/0","value":{"type":"user","id":")" + ann.id.text() + "\"}}") ==
        Code::PermissionDenied);
  CHECK(
      patch("team", "crew", R"({"op":"add","path":"/defaultRoles/0","value":{"type":"role","id":")" + role + "\"}}") ==
      Code::PermissionDenied);
}

TEST_CASE("teams lend their default roles and policies to all below, and foreign ones govern what they own") {
  World world;
  Catalog& catalog = *world.catalog;
  put_or_fail(catalog, "policy", R"({"name":"view","rules":[)" + kViewAll + "]}");
  put_or_fail(catalog, "role", R"({"name":"Viewer","policies":["view"]})");
  put_or_fail(catalog, "team", R"({"name":"Organization","teamType":"Organization","defaultRoles":["Viewer"]})");
  put_or_fail(catalog, "policy",
              R"({"name":"own","rules":[)" + rule("allow", R"("EditAll")", "matchTeam()", "All") + "]}");
  put_or_fail(catalog, "team",
              R"({"name":"data","teamType":"Department","parents":["Organization"],"policies":["own"]})");
  put_or_fail(catalog, "team", R"({"name":"crew","teamType":"Group","parents":["data"]})");
  put_or_fail(catalog, "user", R"({"name":"ann","email":"ann@example.org","teams":["crew"]})");
  put_or_fail(catalog, "user", R"({"name":"bob","email":"bob@example.org"})");
  const Principal ann = world.must(catalog.access().principal("ann")),
                  bob = world.must(catalog.access().principal("bob"));
  const std::string crew = world.get("team", "crew").id().text();
  const Entity table = world.table("t", R"(,"owners":[{"type":"team","id":")" + crew + R"("}])").entity;
  const Entity other = world.table("u").entity;
  CHECK(catalog.check_allowed(bob, {"ViewBasic"}, table.ref()).ok());
  CHECK(catalog.check_allowed(ann, {"EditAll"}, table.ref()).ok());
  CHECK(catalog.check_allowed(ann, {"EditAll"}, other.ref()).code() == Code::PermissionDenied);
  CHECK(catalog.check_allowed(bob, {"EditAll"}, table.ref()).code() == Code::PermissionDenied);
  // A policy of the team that owns something is asked about everybody.
  put_or_fail(catalog, "policy",
              R"({"name":"closed","rules":[)" + rule("deny", R"("ViewAll")", "!inAnyTeam('data')", "All") + "]}");
  put_or_fail(catalog, "team", R"({"name":"crew","teamType":"Group","parents":["data"],"policies":["closed"]})");
  CHECK(listed(world, again(world, bob)) == Names{"u"});
  CHECK(listed(world, again(world, ann)) == Names{"t", "u"});
}

TEST_CASE("labels, tiers and custom properties need rights of their own") {
  World world;
  Catalog& catalog = *world.catalog;
  put_or_fail(catalog, "classification", R"({"name":"Tier","description":"d"})");
  put_or_fail(catalog, "tag", R"({"name":"Tier1","classification":"Tier","description":"d"})");
  put_or_fail(catalog, "classification", R"({"name":"PII","description":"d"})");
  put_or_fail(catalog, "tag", R"({"name":"Email","classification":"PII","description":"d"})");
  const auto may = [&](const std::string& operations) {
    return acting(
        catalog, "ann",
        "[" + kViewAll + R"(,{"name":"e","effect":"allow","resources":["table"],"operations":[)" + operations + "]}]");
  };
  const Entity table = world.table("t").entity;
  const auto patch = [&](const Principal& as, const std::string& tag) {
    return catalog
        .patch(table.ref(),
               world.must(Patch::parse(R"([{"op":"add","path":"/tags","value":[{"tagFQN":")" + tag +
                                       R"(","source":"Classification"}]}])")),
               {.as = as})
        .error();
  };
  const Principal tagger = may(R"("EditTags")");
  CHECK(patch(tagger, "Tier.Tier1").message().find("[EditTier]") != std::string_view::npos);
  CHECK(patch(tagger, "PII.Email").ok());
  const Principal tierer = may(R"("EditTier")");
  CHECK(patch(tierer, "Tier.Tier1").message().find("[EditTags]") != std::string_view::npos);  // PII.Email would go
  CHECK(catalog
            .patch(table.ref(),
                   world.must(Patch::parse(
                       R"([{"op":"add","path":"/tags/1","value":{"tagFQN":"Tier.Tier1","source":"Classification"}}])")),
                   {.as = tierer})
            .ok());
}

TEST_CASE("conditions are checked when a policy is saved") {
  World world;
  const auto save = [&](const std::string& condition) {
    return world.catalog->put("policy", R"({"name":"p","rules":[)" + rule("allow", R"("ViewAll")", condition) + "]}")
        .error();
  };
  CHECK(save("isOwner() || noOwner()").ok());
  CHECK(save("isOwner( ||").code() == Code::InvalidArgument);
  CHECK(save("isOwner( ||").message().substr(0, 18) == "Failed to parse - ");
  CHECK(save("isKing()").message().substr(0, 21) == "Failed to evaluate - ");
  CHECK(save("matchAnyTag('No.Such')").code() == Code::NotFound);
  CHECK(save("inAnyTeam('nobody')").code() == Code::NotFound);
  CHECK(save("hasAnyRole('None')").code() == Code::NotFound);
  const auto bad = world.must(Patch::parse(R"([{"op":"replace","path":"/rules/0/condition","value":"x("}])"));
  CHECK(world.catalog->patch(EntityRef::by_fqn("policy", "p"), bad).error().code() == Code::InvalidArgument);
}
