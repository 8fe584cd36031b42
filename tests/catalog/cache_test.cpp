#include <array>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

#include "world.h"

// Kept answers against a catalog that keeps nothing: whatever is written, both must say the same.
namespace metadata::test {
namespace {

/// Identities in order, so that two catalogs that are told the same make the same.
class CountedIds final : public IdSource {
 public:
  EntityId next() override {
    EntityId id;
    ++count_;
    for (int i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(count_ >> (8 * i));
    id.bytes[0] = 0xC0;
    return id;
  }

 private:
  std::uint64_t count_ = 0;
};

std::string outcome(const Error& error) { return error.text(); }

/// One catalog that keeps answers and references, and one that keeps none; told the same.
class Twins {
 public:
  Twins() : warm_(open(true)), cold_(open(false)) {
    write("databaseService", R"({"name":"svc","serviceType":"SQLite"})");
    write("database", R"({"name":"db","service":"svc"})");
    write("databaseSchema", R"({"name":"main","database":"svc.db"})");
    write("databaseSchema", R"({"name":"other","database":"svc.db"})");
    for (const char* user : {"ann", "bob"}) {
      write("user", R"({"name":")" + std::string(user) + R"(","email":")" + user + R"(@example.org"})");
    }
    for (const char* name : {"Red", "Blue"}) {
      write("classification", R"({"name":")" + std::string(name) + R"(","description":"c"})");
      write("tag", R"({"name":"a","classification":")" + std::string(name) + R"(","description":"t"})");
    }
    write("role", R"({"name":"reader","policies":[]})");
    write("team", R"({"name":"crew","teamType":"Group"})");
    for (const char* name : {"t1", "t2", "t3"}) table(name);
  }

  void table(const std::string& name, const std::string& more = "") { write("table", table_body(name, more)); }
  static std::string table_body(const std::string& name, const std::string& more = "") {
    return R"({"name":")" + name +
           R"(","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"},{"name":"x","dataType":"INT"}])" +
           more + "}";
  }
  static std::string label(const std::string& tag) {
    return R"({"tagFQN":")" + tag + R"(","source":"Classification","labelType":"Manual","state":"Confirmed"})";
  }

  /// Does it to both; they must come to the same end.
  void both(const std::function<std::string(Catalog&)>& work) {
    clock.now += 1000;
    const std::string warm = work(*warm_);
    const std::string cold = work(*cold_);
    CHECK(warm == cold);
    last = warm;
  }
  void write(const std::string& type, const std::string& body) {
    both([&](Catalog& catalog) { return told(catalog.put(type, body)); });
  }
  void patch(const std::string& type, const std::string& fqn, const std::string& text, const WriteOptions& as = {}) {
    both([&](Catalog& catalog) {
      return told(catalog.patch(EntityRef::by_fqn(type, fqn), World::must(Patch::parse(text)), as));
    });
  }
  void remove(const std::string& type, const std::string& fqn, bool hard, bool recursive = false) {
    both([&](Catalog& catalog) {
      return told(catalog.remove(EntityRef::by_fqn(type, fqn), {.hard = hard, .recursive = recursive}));
    });
  }
  void restore(const std::string& type, const std::string& fqn) {
    both([&](Catalog& catalog) { return told(catalog.restore(EntityRef::by_fqn(type, fqn))); });
  }
  void batch(const Batch& items) {
    both([&](Catalog& catalog) {
      const auto written = catalog.write(items);
      return written.ok() ? std::string("ok") : outcome(written.error());
    });
  }

  /// Every way in which these catalogs can be read, twice over: what the first round kept, the second must prove.
  void compare() {
    static const std::vector<std::pair<std::string, std::string>> kTargets = {{"table", "svc.db.main.t1"},
                                                                              {"table", "svc.db.main.t2"},
                                                                              {"table", "svc.db.main.t3"},
                                                                              {"databaseSchema", "svc.db.main"},
                                                                              {"databaseSchema", "svc.db.other"},
                                                                              {"database", "svc.db"},
                                                                              {"databaseService", "svc"},
                                                                              {"user", "ann"},
                                                                              {"user", "bob"},
                                                                              {"tag", "Red.a"},
                                                                              {"tag", "Blue.a"},
                                                                              {"tag", "Green.a"},
                                                                              {"classification", "Red"},
                                                                              {"classification", "Green"},
                                                                              {"tag", "Red.b"},
                                                                              {"team", "crew"},
                                                                              {"role", "reader"}};
    for (int round = 0; round < 2; ++round) {
      for (const auto& [type, fqn] : kTargets) {
        for (const char* fields : {"", "owners,tags", "*"}) {
          for (const Include include : {Include::Live, Include::All}) compare_one(type, fqn, fields, include);
        }
      }
      for (const char* type : {"table", "tag", "user", "team"}) {
        for (const char* fields : {"", "*"}) compare_list(type, fields);
      }
    }
  }

  Catalog& warm() { return *warm_; }
  HandClock clock;
  std::string last;  ///< how the last write ended

 private:
  std::unique_ptr<Catalog> open(bool keeping) {
    Options options;
    options.path = ":memory:";
    options.clock = &clock;
    options.ids = keeping ? &warm_ids_ : &cold_ids_;
    if (!keeping) options.reference_cache_bytes = options.entity_cache_bytes = 0;
    return World::must(Catalog::open(options));
  }
  static std::string told(const Result<Written>& written) {
    return written.ok() ? written->entity.text() : outcome(written.error());
  }
  static std::string told(const Result<Entity>& read) { return read.ok() ? read->text() : outcome(read.error()); }

  void compare_one(const std::string& type, const std::string& fqn, const char* fields, Include include) {
    CAPTURE(type);
    CAPTURE(fqn);
    const ReadOptions options{.fields = fields, .include = include};
    const auto warm = warm_->get(EntityRef::by_fqn(type, fqn), options);
    const auto cold = cold_->get(EntityRef::by_fqn(type, fqn), options);
    REQUIRE(told(warm) == told(cold));
    if (!warm.ok()) return;
    REQUIRE(warm->revision() == cold->revision());
    REQUIRE(warm->references() == cold->references());
    const auto by_id = warm_->get(warm->ref(), options);
    REQUIRE(told(by_id) == told(cold));
    // Somebody who does not see secrets must not get what was kept for somebody who does.
    Principal admin;
    admin.kind = Principal::Kind::Admin;
    const ReadOptions masked{.as = admin, .fields = fields, .include = include};
    REQUIRE(told(warm_->get(warm->ref(), masked)) == told(cold_->get(cold->ref(), masked)));
  }
  void compare_list(const std::string& type, const char* fields) {
    CAPTURE(type);
    const ListOptions options{.fields = fields, .include = Include::All, .limit = 50};
    const auto warm = World::must(warm_->list(type, options));
    const auto cold = World::must(cold_->list(type, options));
    REQUIRE(warm.total == cold.total);
    REQUIRE(warm.entities.size() == cold.entities.size());
    for (std::size_t i = 0; i < warm.entities.size(); ++i) REQUIRE(warm.entities[i].text() == cold.entities[i].text());
  }

  CountedIds warm_ids_;
  CountedIds cold_ids_;
  std::unique_ptr<Catalog> warm_;
  std::unique_ptr<Catalog> cold_;
};

std::string owners(const Catalog& catalog, const std::string& name) {
  const auto user = catalog.get(EntityRef::by_fqn("user", name), {.include = Include::All});
  return user.ok() ? R"([{"op":"add","path":"/owners","value":[{"id":")" + user->id().text() + R"(","type":"user"}]}])"
                   : R"([{"op":"add","path":"/owners","value":[]}])";
}

std::string described(const std::string& text) {
  return R"([{"op":"add","path":"/description","value":")" + text + R"("}])";
}
std::string named(const std::string& name) { return R"([{"op":"replace","path":"/name","value":")" + name + R"("}])"; }
std::string shown(const std::string& name) {
  return R"([{"op":"add","path":"/displayName","value":")" + name + R"("}])";
}
std::string tagged(const std::string& tag) {
  return R"([{"op":"add","path":"/tags","value":[)" + Twins::label(tag) + "]}]";
}
std::string column_tagged(const std::string& tag) {
  return R"([{"op":"add","path":"/columns/0/tags","value":[)" + Twins::label(tag) + "]}]";
}

}  // namespace

TEST_CASE("a kept answer costs no statement, and 0 bytes keep none") {
  World world(false);  // the index has statements of its own
  world.table("t", R"(,"description":"d")");
  // Of "*" usage, joins and the like change beside the entity, so that nothing is kept.
  for (const char* fields : {"", "owners,tags", "owners,tags,domains,tableConstraints"}) {
    const Entity first = world.get("table", "svc.db.main.t", fields);
    const auto before = world.catalog->statements();
    CHECK(world.get("table", "svc.db.main.t", fields).text() == first.text());
    CHECK(world.catalog->statements() == before);
  }
  Options options;
  options.path = ":memory:";
  options.entity_cache_bytes = 0;
  const auto catalog = World::must(Catalog::open(options));
  World::must(catalog->put("user", R"({"name":"ann","email":"ann@example.org"})"));
  World::must(catalog->get(EntityRef::by_fqn("user", "ann")));
  const auto before = catalog->statements();
  World::must(catalog->get(EntityRef::by_fqn("user", "ann")));
  CHECK(catalog->statements() > before);
}

TEST_CASE("a read of what is not kept takes one statement once its containers are known") {
  World world(false);  // the index has statements of its own
  world.table("t1");
  world.table("t2");
  world.get("table", "svc.db.main.t1");
  const auto before = world.catalog->statements();
  world.get("table", "svc.db.main.t2");
  CHECK(world.catalog->statements() - before == 1);
}

TEST_CASE("where references stand in an entity is true, and each begins with its id and type") {
  Twins twins;
  twins.patch("table", "svc.db.main.t1", owners(twins.warm(), "ann"));
  const Entity table =
      World::must(twins.warm().get(EntityRef::by_fqn("table", "svc.db.main.t1"), {.fields = "owners,tags"}));
  CHECK(table.references().size() == 4);  // service, database, schema, owner
  std::size_t last = 0;
  for (const std::size_t at : table.references()) {
    CHECK(at > last);
    last = at;
    const std::string text = table.text().substr(at);
    CHECK(text.starts_with(R"({"id":")"));
    CHECK(text.substr(7 + 36, 10) == R"(","type":")");
  }
}

TEST_CASE("after every kind of write a kept answer is what the store has") {
  Twins twins;
  twins.compare();
  const auto step = [&](const char* what, const std::function<void()>& work, bool succeeds = true) {
    CAPTURE(what);
    work();
    CHECK((!twins.last.empty() && (twins.last.front() == '{' || twins.last == "ok")) == succeeds);
    twins.compare();
  };
  const auto table = [](const char* name) { return std::string("svc.db.main.") + name; };
  step("patch", [&] { twins.patch("table", table("t1"), described("new")); });
  step("put", [&] { twins.table("t1", R"(,"displayName":"put")"); });
  step("put without effect", [&] { twins.table("t1", R"(,"displayName":"put")"); });
  step("owner", [&] { twins.patch("table", table("t1"), owners(twins.warm(), "ann")); });
  step("owner's words", [&] { twins.patch("user", "ann", shown("Ann B.")); });
  step("schema's owner", [&] { twins.patch("databaseSchema", "svc.db.main", owners(twins.warm(), "bob")); });
  step("service's owner", [&] { twins.patch("databaseService", "svc", owners(twins.warm(), "ann")); });
  step("inherited owner's words", [&] { twins.patch("user", "bob", shown("Bob C.")); });
  step("container's words", [&] { twins.patch("database", "svc.db", shown("The database")); });
  step("tag", [&] { twins.patch("table", table("t2"), tagged("Red.a")); });
  step("column's tag", [&] { twins.patch("table", table("t3"), column_tagged("Blue.a")); });
  step("tag's words", [&] { twins.patch("tag", "Red.a", described("other words")); });
  step("tag's style",
       [&] { twins.patch("tag", "Red.a", R"([{"op":"add","path":"/style","value":{"color":"#ff0000"}}])"); });
  step("classification's name", [&] { twins.patch("classification", "Red", named("Green")); });
  step("tag's name", [&] { twins.patch("tag", "Green.a", named("b")); });
  step("tag's name back", [&] { twins.patch("tag", "Green.b", named("a")); });
  step("team's members", [&] {
    const std::string ann = World::must(twins.warm().get(EntityRef::by_fqn("user", "ann"))).id().text();
    twins.patch("team", "crew", R"([{"op":"add","path":"/users","value":[{"id":")" + ann + R"(","type":"user"}]}])");
  });
  step("team's words", [&] { twins.patch("team", "crew", shown("The crew")); });
  step(
      "refused patch", [&] { twins.patch("table", table("t1"), described("no"), {.if_revision = 1}); }, false);
  step("batch", [&] {
    twins.batch(Batch()
                    .put("table", Twins::table_body("t1", R"(,"displayName":"batch")"))
                    .patch(EntityRef::by_fqn("user", "bob"), World::must(Patch::parse(shown("Bobby")))));
  });
  step(
      "failing batch",
      [&] {
        twins.batch(Batch()
                        .put("table", Twins::table_body("t1", R"(,"displayName":"lost")"))
                        .create("table", Twins::table_body("t2")));
      },
      false);
  step("soft delete", [&] { twins.remove("table", table("t1"), false); });
  step("restore", [&] { twins.restore("table", table("t1")); });
  step("hard delete", [&] { twins.remove("table", table("t1"), true); });
  step("create again", [&] { twins.table("t1"); });
  step("owner soft deleted", [&] { twins.remove("user", "bob", false); });
  step("owner restored", [&] { twins.restore("user", "bob"); });
  step("owner deleted", [&] { twins.remove("user", "bob", true); });
  step("tag deleted", [&] { twins.remove("tag", "Blue.a", true); });
  step("classification deleted", [&] { twins.remove("classification", "Green", true, true); });
  step("subtree soft deleted", [&] { twins.remove("databaseService", "svc", false, true); });
  step("subtree restored", [&] { twins.restore("databaseService", "svc"); });
  step("team deleted", [&] { twins.remove("team", "crew", true); });
  step("subtree deleted", [&] { twins.remove("databaseSchema", "svc.db.main", true, true); });
  step("another day", [&] {
    twins.clock.now += 24LL * 3600 * 1000;
    twins.write("databaseSchema", R"({"name":"main","database":"svc.db"})");
  });
}

TEST_CASE("a kept answer shows the present day") {
  Twins twins;
  twins.compare();
  twins.clock.now += 24LL * 3600 * 1000;
  twins.compare();
}

TEST_CASE("random writes never leave a kept answer behind") {
  const char* given = std::getenv("METADATA_TEST_SEED");
  const char* longer = std::getenv("METADATA_TEST_STEPS");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
  const int steps = longer != nullptr ? std::atoi(longer) : 150;
  MESSAGE("METADATA_TEST_SEED=" << seed);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto any = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const auto coin = [&] { return any(2) == 0; };

  Twins twins;
  const std::array<std::pair<const char*, const char*>, 16> targets = {{{"table", "svc.db.main.t1"},
                                                                        {"table", "svc.db.main.t2"},
                                                                        {"table", "svc.db.main.t3"},
                                                                        {"databaseSchema", "svc.db.main"},
                                                                        {"database", "svc.db"},
                                                                        {"databaseService", "svc"},
                                                                        {"user", "ann"},
                                                                        {"user", "bob"},
                                                                        {"tag", "Red.a"},
                                                                        {"tag", "Green.a"},
                                                                        {"classification", "Red"},
                                                                        {"classification", "Green"},
                                                                        {"tag", "Red.b"},
                                                                        {"tag", "Blue.a"},
                                                                        {"team", "crew"},
                                                                        {"role", "reader"}}};
  for (int i = 0; i < steps; ++i) {
    CAPTURE(i);
    const auto [type, fqn] = targets[any(targets.size())];
    const auto [table, table_fqn] = targets[any(3)];
    const std::string word = "w" + std::to_string(i);
    switch (any(12)) {
      case 0:
        twins.patch(type, fqn, described(word));
        break;
      case 1:
        twins.patch(type, fqn, shown(word));
        break;
      case 2:
        twins.patch(targets[any(6)].first, targets[any(6)].second, owners(twins.warm(), coin() ? "ann" : "bob"));
        break;
      case 3:
        twins.patch(table, table_fqn, coin() ? tagged(coin() ? "Red.a" : "Green.a") : column_tagged("Blue.a"));
        break;
      case 4:
        twins.patch("classification", coin() ? "Red" : "Green", named(coin() ? "Red" : "Green"));
        break;
      case 5:
        twins.patch("tag", coin() ? "Red.a" : "Red.b", named(coin() ? "a" : "b"));
        break;
      case 6:
        twins.remove(type, fqn, false, coin());
        break;
      case 7:
        twins.restore(type, fqn);
        break;
      case 8:
        twins.remove(table, table_fqn, true);
        break;
      case 9:
        if (any(4) == 0) twins.remove(type, fqn, true, true);
        break;
      case 10:
        twins.batch(Batch()
                        .put("table", Twins::table_body("t1", R"(,"displayName":")" + word + "\""))
                        .patch(EntityRef::by_fqn(type, fqn), World::must(Patch::parse(shown(word)))));
        break;
      default:  // makes what was removed again
        twins.write("databaseService", R"({"name":"svc","serviceType":"SQLite"})");
        twins.write("database", R"({"name":"db","service":"svc"})");
        twins.write("databaseSchema", R"({"name":"main","database":"svc.db"})");
        twins.write("user", R"({"name":"ann","email":"ann@example.org"})");
        twins.write("user", R"({"name":"bob","email":"bob@example.org"})");
        twins.write("classification", R"({"name":"Red","description":"c"})");
        twins.write("tag", R"({"name":"a","classification":"Red","description":"t"})");
        twins.write("team", R"({"name":"crew","teamType":"Group"})");
        twins.table("t" + std::to_string(1 + any(3)));
        break;
    }
    twins.compare();
  }
}

}  // namespace metadata::test
