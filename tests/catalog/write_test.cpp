#include "world.h"

namespace metadata::test {

TEST_CASE("a new table shows its containers, its columns' names and the defaults of its type") {
  World world;
  const Written written = world.table("orders");
  CHECK(written.created());
  CHECK(written.entity.fqn() == "svc.db.main.orders");
  CHECK(written.entity.version().text() == "0.1");
  CHECK(at(written.entity, "/columns/0/fullyQualifiedName") == R"("svc.db.main.orders.id")");
  CHECK(at(written.entity, "/service/name") == R"("svc")");
  CHECK(at(written.entity, "/database/fullyQualifiedName") == R"("svc.db")");
  CHECK(at(written.entity, "/databaseSchema/type") == R"("databaseSchema")");
  CHECK(at(written.entity, "/serviceType") == R"("SQLite")");
  CHECK(at(written.entity, "/tableType") == R"("Regular")");
  CHECK(at(written.entity, "/deleted") == "false");
  CHECK(at(written.entity, "/changeDescription") == "-");
}

TEST_CASE("creating what exists is AlreadyExists, also when it is soft-deleted") {
  World world;
  const auto body = R"({"name":"db","service":"svc"})";
  CHECK(world.catalog->create("database", body).error().code() == Code::AlreadyExists);
  world.must(world.catalog->remove(EntityRef::by_fqn("database", "svc.db"), {.recursive = true}));
  CHECK(world.catalog->create("database", body).error().code() == Code::AlreadyExists);
}

TEST_CASE("an unknown container is NotFound in the words of the API") {
  World world;
  const auto made = world.catalog->create("table", R"({"name":"t","databaseSchema":"svc.db.nope","columns":[]})");
  CHECK(made.error().code() == Code::NotFound);
  CHECK(made.error().message() == "databaseSchema instance for svc.db.nope not found");
}

TEST_CASE("the guide's database beside databaseSchema must be its ancestor") {
  World world;
  const std::string head = R"({"name":"t","databaseSchema":"svc.db.main","columns":[],"database":")";
  CHECK(world.catalog->create("table", head + R"(svc.db"})").ok());
  const auto wrong = world.catalog->create(
      "table", R"({"name":"u","databaseSchema":"svc.db.main","columns":[],"database":"svc.other"})");
  CHECK(wrong.error().code() == Code::InvalidArgument);
  CHECK(wrong.error().field() == "database");
}

TEST_CASE("a PUT without a difference makes no version") {
  World world;
  world.table("orders", R"(,"description":"all orders")");
  world.clock.now += 1000;
  const Written again = world.table("orders", R"(,"description":"all orders")");
  CHECK(again.change == Written::Change::None);
  CHECK(again.seq == 0);
  CHECK(again.entity.version().text() == "0.1");
  CHECK(at(again.entity, "/updatedAt") == "1700000000000");
}

TEST_CASE("an entity can be put as it was read") {
  World world;
  world.table("orders", R"(,"description":"all orders")");
  const Entity read = world.get("table", "svc.db.main.orders", "*");
  const Written again = world.must(world.catalog->put("table", read.text()));
  CHECK(again.change == Written::Change::None);
}

TEST_CASE("a bot does not overwrite a description that is there; a person does") {
  World world;
  world.table("orders", R"(,"description":"by hand")");
  const std::string body =
      R"({"name":"orders","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}],
          "description":"by bot"})";
  WriteOptions as_bot;
  as_bot.as = bot(*world.catalog);
  CHECK(at(world.must(world.catalog->put("table", body, as_bot)).entity, "/description") == R"("by hand")");
  CHECK(at(world.must(world.catalog->put("table", body)).entity, "/description") == R"("by bot")");
}

TEST_CASE("dropping a column is a major version and says what went") {
  World world;
  world.must(world.catalog->put("table", R"({"name":"t","databaseSchema":"svc.db.main",
      "columns":[{"name":"a","dataType":"INT"},{"name":"b","dataType":"INT"}]})"));
  const Written written = world.must(world.catalog->put(
      "table", R"({"name":"t","databaseSchema":"svc.db.main","columns":[{"name":"a","dataType":"INT"}]})"));
  CHECK(written.entity.version().text() == "1.1");
  CHECK(at(written.entity, "/changeDescription/fieldsDeleted/0/name") == R"("columns")");
  CHECK(at(written.entity, "/changeDescription/previousVersion") == "0.1");
}

TEST_CASE("a patch makes the next version and describes the change") {
  World world;
  const Entity table = world.table("orders").entity;
  const Written written = world.patched(table, R"([{"op":"add","path":"/description","value":"d"}])");
  CHECK(written.entity.version().text() == "0.2");
  CHECK(at(written.entity, "/changeDescription/fieldsAdded/0/name") == R"("description")");
  CHECK(at(written.entity, "/changeDescription/fieldsAdded/0/newValue") == R"("d")");
  CHECK(at(world.get("table", "svc.db.main.orders"), "/description") == R"("d")");
}

TEST_CASE("a patch that fails changes nothing") {
  World world;
  const Entity table = world.table("orders").entity;
  const auto patch = world.must(
      Patch::parse(R"([{"op":"add","path":"/description","value":"d"},{"op":"test","path":"/name","value":"other"}])"));
  const auto failed = world.catalog->patch(table.ref(), patch);
  CHECK(failed.error().code() == Code::InvalidArgument);
  CHECK(world.get("table", "svc.db.main.orders").version().text() == "0.1");
}

TEST_CASE("server-managed members in a patch are restored") {
  World world;
  const Entity table = world.table("orders").entity;
  const Written written =
      world.patched(table,
                    R"([{"op":"replace","path":"/name","value":"x"},{"op":"replace","path":"/version","value":9},
          {"op":"remove","path":"/service"}])");
  CHECK(written.change == Written::Change::None);
  CHECK(written.entity.name() == "orders");
}

TEST_CASE("an absent list counts as empty in a patch, and null then remove drops an item") {
  World world;
  world.must(world.catalog->put("classification", R"({"name":"PII","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"Email","classification":"PII","description":"d"})"));
  const Entity table = world.table("orders").entity;
  const Written tagged = world.patched(
      table, R"([{"op":"add","path":"/columns/0/tags/0","value":{"tagFQN":"PII.Email","source":"Classification"}},
      {"op":"add","path":"/tags/-","value":{"tagFQN":"PII.Email","source":"Classification"}}])");
  CHECK(at(tagged.entity, "/columns/0/tags/0/labelType") == R"("Manual")");
  CHECK(at(tagged.entity, "/tags/0/state") == R"("Confirmed")");
  const Written dropped =
      world.patched(table, R"([{"op":"replace","path":"/tags/0","value":null},{"op":"remove","path":"/tags/0"}])");
  CHECK(at(dropped.entity, "/tags") == "[]");
  CHECK(at(world.get("table", "svc.db.main.orders", "tags"), "/columns/0/tags/0/tagFQN") == R"("PII.Email")");
}

TEST_CASE("labels are shown only when they are asked for") {
  World world;
  world.must(world.catalog->put("classification", R"({"name":"PII","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"Email","classification":"PII","description":"d"})"));
  world.table("orders", R"(,"tags":[{"tagFQN":"PII.Email","source":"Classification"}])");
  CHECK(at(world.get("table", "svc.db.main.orders"), "/tags") == "-");
  CHECK(at(world.get("table", "svc.db.main.orders", "tags"), "/tags/0/name") == R"("Email")");
  CHECK(at(world.get("tag", "PII.Email", "usageCount"), "/usageCount") == "1");
}

TEST_CASE("nested columns show their own labels, however they are named and ordered") {
  World world;
  world.must(world.catalog->put("classification", R"({"name":"C","description":"c"})"));
  world.must(world.catalog->put("tag", R"({"name":"t","classification":"C","description":"the \"tag\"",)"
                                       R"("style":{"color":"#ff0000"}})"));
  const std::string labels =
      R"("tags":[{"tagFQN":"C.t","source":"Classification","labelType":"Manual","state":"Confirmed"}])";
  // The second table holds the same, but its text alone does not show where the labels belong.
  const std::string plain = R"({"name":"Outer","dataType":"STRUCT",)" + labels +
                            R"(,"children":[{"name":"inner","dataType":"INT",)" + labels +
                            R"(},{"name":"bare","dataType":"INT","description":"a \"name\": ]}"}]})";
  const std::string turned = R"({"children":[{"dataType":"INT",)" + labels +
                             R"(,"name":"inner"},{"dataType":"INT","description":"a \"name\": ]}","name":"bare"}],)" +
                             labels + R"(,"dataType":"STRUCT","name":"Outer"})";
  for (const auto& [case_name, columns] : {std::pair{"plain", plain}, std::pair{"turned", turned}}) {
    const std::string name = case_name;
    CAPTURE(name);
    world.must(world.catalog->put("table", R"({"name":")" + name + R"(","databaseSchema":"svc.db.main",)" +
                                               R"("columns":[)" + columns + R"(,{"name":"last","dataType":"INT"}]})"));
    const Entity table = world.get("table", "svc.db.main." + name, "tags,columns");
    CHECK(at(table, "/columns/0/tags/0/tagFQN") == R"("C.t")");
    CHECK(at(table, "/columns/0/tags/0/description") == R"("the \"tag\"")");
    CHECK(at(table, "/columns/0/tags/0/style") == R"({"color":"#ff0000"})");
    CHECK(at(table, "/columns/0/children/0/tags/0/tagFQN") == R"("C.t")");
    CHECK(at(table, "/columns/0/children/1/tags") == "[]");
    CHECK(at(table, "/columns/1/tags") == "[]");
    CHECK(at(table, "/tags") == "[]");
    CHECK(at(world.get("table", "svc.db.main." + std::string(name)), "/columns/0/tags") == "-");
  }
}

TEST_CASE("an unknown tag is NotFound, and exclusive tags do not go together") {
  World world;
  CHECK(world.catalog
            ->create("table", R"({"name":"t","databaseSchema":"svc.db.main","columns":[],
      "tags":[{"tagFQN":"PII.Foo","source":"Classification"}]})")
            .error()
            .message() == "tag instance for PII.Foo not found");
  world.must(world.catalog->put("classification", R"({"name":"Tier","description":"d","mutuallyExclusive":true})"));
  world.must(world.catalog->put("tag", R"({"name":"Tier1","classification":"Tier","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"Tier2","classification":"Tier","description":"d"})"));
  const Entity table = world.table("t", R"(,"tags":[{"tagFQN":"Tier.Tier1","source":"Classification"}])").entity;
  const auto second = world.catalog->put(
      "table", R"({"name":"t","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}],
      "tags":[{"tagFQN":"Tier.Tier2","source":"Classification"}]})");
  CHECK(second.error().code() == Code::InvalidArgument);
}

TEST_CASE("owners are found by id or name, filled when read, and inherited from the container") {
  World world;
  const Entity alice = world.must(world.catalog->put("user", R"({"name":"alice","email":"alice@x.org"})")).entity;
  world.must(world.catalog->put("databaseSchema", R"({"name":"main","database":"svc.db","owners":[{"id":")" +
                                                      alice.id().text() + R"(","type":"user"}]})"));
  world.table("orders");
  const Entity table = world.get("table", "svc.db.main.orders", "owners");
  CHECK(at(table, "/owners/0/name") == R"("alice")");
  CHECK(at(table, "/owners/0/inherited") == "true");
  CHECK(at(world.get("user", "alice", "owns"), "/owns/0/fullyQualifiedName") == R"("svc.db.main")");
}

TEST_CASE("If-Match guards against a change in between") {
  World world;
  const Entity table = world.table("orders").entity;
  world.patched(table, R"([{"op":"add","path":"/description","value":"first"}])");
  WriteOptions stale;
  stale.if_revision = table.revision();
  const auto lost = world.catalog->patch(
      table.ref(), world.must(Patch::parse(R"([{"op":"add","path":"/description","value":"b"}])")), stale);
  CHECK(lost.error().code() == Code::PreconditionFailed);
}

TEST_CASE("users who are neither admin nor bot may change descriptions and labels only") {
  World world;
  const Entity table = world.table("orders").entity;
  WriteOptions as;
  as.as = user(*world.catalog, "carol");
  CHECK(world.catalog
            ->patch(table.ref(), world.must(Patch::parse(R"([{"op":"add","path":"/description","value":"d"}])")), as)
            .ok());
  CHECK(world.catalog
            ->patch(table.ref(), world.must(Patch::parse(R"([{"op":"add","path":"/displayName","value":"d"}])")), as)
            .error()
            .code() == Code::PermissionDenied);
  CHECK(world.catalog->put("database", R"({"name":"x","service":"svc"})", as).error().code() == Code::PermissionDenied);
  CHECK(world.catalog->remove(table.ref(), {.as = user(*world.catalog, "carol")}).error().code() ==
        Code::PermissionDenied);
}

TEST_CASE("a batch is all or nothing, and later items see earlier ones") {
  World world;
  Batch good;
  good.put("database", R"({"name":"d2","service":"svc"})")
      .put("databaseSchema", R"({"name":"s2","database":"svc.d2"})");
  CHECK(world.must(world.catalog->write(good)).size() == 2);
  Batch bad;
  bad.put("database", R"({"name":"d3","service":"svc"})")
      .put("databaseSchema", R"({"name":"s3","database":"svc.nope"})");
  const auto failed = world.catalog->write(bad);
  CHECK(failed.error().message().substr(0, 7) == "item 1:");
  CHECK(world.catalog->get(EntityRef::by_fqn("database", "svc.d3")).error().code() == Code::NotFound);
}

TEST_CASE("secrets are sealed, masked for people, clear for bots, and kept when the mask comes back") {
  World world;
  const std::string body =
      R"({"name":"pg","serviceType":"Postgres","connection":{"config":{"type":"Postgres","username":"u",
      "hostPort":"h:1","authType":{"password":"MARKER-7"}}}})";
  const Entity made = world.must(world.catalog->put("databaseService", body)).entity;
  const auto read_as = [&](const Principal& as) { return world.must(world.catalog->get(made.ref(), {.as = as})); };
  CHECK(at(read_as(bot(*world.catalog)), "/connection/config/authType/password") == R"("MARKER-7")");
  CHECK(at(read_as(user(*world.catalog, "carol")), "/connection/config/authType/password") == R"("*********")");
  Principal admin;
  admin.kind = Principal::Kind::Admin;
  const Entity masked = read_as(admin);
  CHECK(masked.text().find("MARKER") == std::string::npos);
  WriteOptions as;
  as.as = admin;
  CHECK(world.must(world.catalog->put("databaseService", masked.text(), as)).change == Written::Change::None);
  CHECK(at(read_as(bot(*world.catalog)), "/connection/config/authType/password") == R"("MARKER-7")");
  const Written changed =
      world.patched(made, R"([{"op":"replace","path":"/connection/config/authType/password","value":"MARKER-8"}])");
  CHECK(changed.entity.text().find("sealed:v1:") == std::string::npos);
  CHECK(at(changed.entity, "/changeDescription").find("MARKER") == std::string::npos);
}

TEST_CASE("a renamed classification carries its tags and their labels along") {
  World world;
  const Entity old = world.must(world.catalog->put("classification", R"({"name":"Old","description":"d"})")).entity;
  world.must(world.catalog->put("tag", R"({"name":"T","classification":"Old","description":"d"})"));
  world.table("orders", R"(,"tags":[{"tagFQN":"Old.T","source":"Classification"}])");
  const Written renamed = world.patched(old, R"([{"op":"replace","path":"/name","value":"New"}])");
  CHECK(renamed.entity.fqn() == "New");
  CHECK(at(world.get("table", "svc.db.main.orders", "tags"), "/tags/0/tagFQN") == R"("New.T")");
  CHECK(at(world.get("tag", "New.T"), "/classification/name") == R"("New")");
  CHECK(world.must(world.catalog->check()).empty());
}

}  // namespace metadata::test
