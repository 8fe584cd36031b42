// Random writes, and after each of them questions whose answers are compared with a naive scan of the store.
//
//   METADATA_SEARCH_SEEDS=7,8   METADATA_SEARCH_STEPS=10000   METADATA_SEARCH_TRACE=1 (prints every step)
#include <array>
#include <atomic>
#include <iostream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "place.h"

namespace metadata::search::test {
namespace {

using Ids = std::set<std::string>;
using Names = std::vector<std::string>;

std::string setting(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

std::string member(const Json& json, std::string_view name) {
  return std::string(json[name].as_string().value_or(std::string_view()));
}

const Names kServices = {"north", "south"}, kDatabases = {"sales", "stock"}, kSchemas = {"raw", "mart"};
const Names kWords = {"alpha", "bravo", "delta", "gamma", "omega"};
const Names kUsers = {"ada", "bob", "eve"}, kClassifications = {"Red", "Blue", "Green"}, kTags = {"one", "two"};

class Run {
 public:
  explicit Run(unsigned seed) : random_(seed), seed_(seed), catalog_(open(folder_.path(), seed % 2 == 0)) {}

  void all(int steps) {
    for (step_ = 0; step_ < steps; ++step_) {
      one();
      ask_one();
      if (step_ % 250 == 249) ask_all();
      if (step_ % 500 == 499) reopen();
    }
    ask_all();
    check_against_fresh(*catalog_, folder_.path());
    CHECK(must(catalog_->check()).empty());
  }

  /// Asks beside somebody who writes as fast as they can, about what that one does not touch.
  void beside_a_writer(int steps) {
    must(catalog_->put("databaseService", R"({"name":"busy","serviceType":"SQLite"})"));
    must(catalog_->put("database", R"({"name":"d","service":"busy"})"));
    must(catalog_->put("databaseSchema", R"({"name":"s","database":"busy.d"})"));
    std::atomic<bool> over{false};
    std::atomic<int> written{0};
    std::thread writer([&] {
      for (int i = 0; !over; ++i) {
        const auto put =
            catalog_->put("table", R"({"name":"w)" + std::to_string(i % 5000) + R"(","description":"d)" +
                                       std::to_string(i) + R"(","databaseSchema":"busy.d.s","columns":[]})");
        if (put.ok()) ++written;
        std::this_thread::sleep_for(std::chrono::microseconds(700));
      }
    });
    while (written == 0) std::this_thread::yield();
    for (step_ = 0; step_ < steps; ++step_) {
      one();
      ask_one("busy");
    }
    over = true;
    writer.join();
    MESSAGE("beside a client that made " << written.load() << " writes in " << steps << " steps");
    CHECK(written > 0);
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  const std::string& any(const Names& names) { return names[pick(names.size())]; }
  std::string where() const {
    return "seed " + std::to_string(seed_) + ", step " + std::to_string(step_) + ": " + last_;
  }

  void reopen() {
    catalog_.reset();
    catalog_ = open(folder_.path(), pick(2) == 0);
  }

  // ---- the steps; what is refused (a container that is not there) is a step as well

  void note(const std::string& what, bool done) {
    last_ = what + (done ? "" : " (refused)");
    if (trace_) std::cerr << where() << "\n";
  }
  void put(const std::string& type, const std::string& body) {
    note("put " + type + " " + body, catalog_->put(type, body).ok());
  }
  std::string path(std::size_t depth) {
    std::string fqn = any(kServices);
    if (depth > 1) fqn += "." + any(kDatabases);
    if (depth > 2) fqn += "." + any(kSchemas);
    return fqn;
  }
  std::string table_name() { return any(kWords) + "_" + any(kWords); }
  EntityRef anything() {
    switch (pick(10)) {
      case 0:
        return EntityRef::by_fqn("databaseService", path(1));
      case 1:
      case 2:
        return EntityRef::by_fqn("database", path(2));
      case 3:
      case 4:
        return EntityRef::by_fqn("databaseSchema", path(3));
      default:
        return EntityRef::by_fqn("table", path(3) + "." + table_name());
    }
  }
  void patch(const EntityRef& target, const std::string& text) {
    note("patch " + target.type + " " + target.fqn + " " + text,
         catalog_->patch(target, must(Patch::parse(text))).ok());
  }
  std::string id_of_entity(const std::string& type, const std::string& fqn) {
    const auto entity = catalog_->get(EntityRef::by_fqn(type, fqn));
    return entity.ok() ? entity->id().text() : "";
  }
  std::string label() { return any(kClassifications) + "." + any(kTags); }

  void one() {
    switch (pick(24)) {
      case 0:
        return put("databaseService", R"({"name":")" + any(kServices) + R"(","serviceType":"SQLite"})");
      case 1:
        return put("database", R"({"name":")" + any(kDatabases) + R"(","service":")" + path(1) + R"("})");
      case 2:
        return put("databaseSchema", R"({"name":")" + any(kSchemas) + R"(","database":")" + path(2) + R"("})");
      case 3:
        return put("user", R"({"name":")" + any(kUsers) + R"(","email":"x@example.com"})");
      case 4:
        return put("classification", R"({"name":")" + any(kClassifications) + R"(","description":"d"})");
      case 5:
        return put("tag", R"({"name":")" + any(kTags) + R"(","description":"d","classification":")" +
                              any(kClassifications) + R"("})");
      case 6:
      case 7: {
        const std::string id = id_of_entity("user", any(kUsers));
        return patch(anything(),
                     id.empty() ? R"([{"op":"remove","path":"/owners"}])"
                                : R"([{"op":"add","path":"/owners","value":[{"type":"user","id":")" + id + R"("}]}])");
      }
      case 8:
      case 9:
        return patch(anything(),
                     R"([{"op":"add","path":"/tags","value":[{"source":"Classification","labelType":"Manual",)"
                     R"("state":"Confirmed","tagFQN":")" +
                         label() + R"("}]}])");
      case 10:
        return patch(anything(),
                     R"([{"op":"add","path":"/description","value":")" + any(kWords) + " " + any(kWords) + R"("}])");
      case 11:
        // Of tables only: a word that names a container finds all that lies in it.
        return patch(EntityRef::by_fqn("table", path(3) + "." + table_name()),
                     R"([{"op":"add","path":"/displayName","value":")" + any(kWords) + R"("}])");
      case 12: {
        const bool hard = pick(3) == 0;
        const EntityRef target = anything();
        return note(std::string(hard ? "hard " : "") + "remove " + target.type + " " + target.fqn,
                    catalog_->remove(target, {.hard = hard, .recursive = true}).ok());
      }
      case 13: {
        const EntityRef target = anything();
        return note("restore " + target.type + " " + target.fqn, catalog_->restore(target).ok());
      }
      case 14: {
        const std::string type = pick(2) == 0 ? "tag" : "classification";
        const EntityRef target = EntityRef::by_fqn(type, type == "tag" ? label() : any(kClassifications));
        return patch(target, R"([{"op":"replace","path":"/name","value":")" +
                                 any(type == "tag" ? kTags : kClassifications) + R"("}])");
      }
      case 15: {
        const bool hard = pick(2) == 0;
        const std::string type = pick(2) == 0 ? "user" : pick(2) == 0 ? "tag" : "classification";
        const EntityRef target = EntityRef::by_fqn(type, type == "user"  ? any(kUsers)
                                                         : type == "tag" ? label()
                                                                         : any(kClassifications));
        return note(std::string(hard ? "hard " : "") + "remove " + type + " " + target.fqn,
                    catalog_->remove(target, {.hard = hard, .recursive = true}).ok());
      }
      case 16: {
        Batch batch;
        for (int i = 0; i < 5; ++i) batch.put("table", table_body());
        return note("batch", catalog_->write(batch).ok());
      }
      default:
        return put("table", table_body());
    }
  }
  std::string table_body() {
    return R"({"name":")" + table_name() + R"(","databaseSchema":")" + path(3) + R"(","columns":[{"name":")" +
           any(kWords) + R"(","dataType":"INT"}]})";
  }

  // ---- the questions

  Ids found(SearchQuery query, Include include) {
    query.indexes = {"table"};
    query.include = include;
    query.size = 1000;
    query.source = false;
    const SearchHits hits = must(catalog_->search().query(query));
    CHECK_MESSAGE(hits.complete, where());
    CHECK_MESSAGE(hits.total == static_cast<std::int64_t>(hits.hits.size()), where());
    Ids ids;
    for (const SearchHit& hit : hits.hits) ids.insert(hit.id.text());
    return ids;
  }
  /// `not_of`: the service whose tables somebody else is writing.
  template <class Wanted>
  void compare(const std::string& question, SearchQuery query, const std::string& not_of, Wanted wanted) {
    const Include include = std::array{Include::Live, Include::Deleted, Include::All}[pick(3)];
    if (!not_of.empty())
      query.query_filter = R"({"query":{"bool":{"must_not":[{"term":{"service.name":")" + not_of + R"("}}]}}})";
    const Ids has = found(std::move(query), include);
    const Ids should = scan(include, wanted);
    CHECK_MESSAGE(has == should,
                  where() << " | " << question << " found " << has.size() << ", the store has " << should.size());
  }
  template <class Wanted>
  Ids scan(Include include, Wanted wanted) {
    Ids ids;
    for (const std::string& service : kServices) {
      ListOptions options{.fields = "owners,tags", .include = include, .limit = 1000};
      options.filters = {{"service", service}};
      const auto page = must(catalog_->list("table", options));
      REQUIRE(page.total <= 1000);
      for (const Entity& entity : page.entities) {
        if (wanted(must(Json::parse(entity.text())))) ids.insert(entity.id().text());
      }
    }
    return ids;
  }

  static bool has_part(const Json& json, std::string_view field, const std::string& word) {
    const std::string text = member(json, field);
    return text.find(word) != std::string::npos;  // no word is a part of another
  }
  static bool any_of(const Json& list, std::string_view field, const std::string& value) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (member(list.at(i), field) == value) return true;
    }
    return false;
  }

  void ask(std::size_t number, const std::string& not_of) {
    switch (number) {
      case 0:
        return compare("everything", {}, not_of, [](const Json&) { return true; });
      case 1: {
        const std::string word = any(kWords);
        return compare(word, {.text = word}, not_of, [&](const Json& json) {
          if (has_part(json, "name", word) || has_part(json, "displayName", word) ||
              has_part(json, "description", word))
            return true;
          const Json columns = json["columns"];
          for (std::size_t i = 0; i < columns.size(); ++i) {
            if (has_part(columns.at(i), "name", word)) return true;
          }
          return false;
        });
      }
      case 2: {
        const std::string name = any(kUsers);
        return compare("owner " + name, {.filters = {{"owners.name", name}}}, not_of,
                       [&](const Json& json) { return any_of(json["owners"], "name", name); });
      }
      case 3: {
        const std::string tag = label();
        return compare("tag " + tag, {.filters = {{"tags.tagFQN", tag}}}, not_of,
                       [&](const Json& json) { return any_of(json["tags"], "tagFQN", tag); });
      }
      case 4: {
        const std::string name = any(kServices);
        return compare("service " + name, {.filters = {{"service.name", name}}}, not_of,
                       [&](const Json& json) { return member(json["service"], "name") == name; });
      }
      default: {
        const std::string schema = path(3);
        return compare("schema " + schema, {.filters = {{"databaseSchema", schema}}}, not_of, [&](const Json& json) {
          return member(json["databaseSchema"], "fullyQualifiedName") == schema;
        });
      }
    }
  }
  void ask_one(const std::string& not_of = "") { ask(pick(6), not_of); }
  void ask_all() {
    for (std::size_t number = 0; number < 6; ++number) ask(number, "");
  }

  std::mt19937 random_;
  const unsigned seed_;
  const Folder folder_;
  std::unique_ptr<Catalog> catalog_;
  const bool trace_ = std::getenv("METADATA_SEARCH_TRACE") != nullptr;
  int step_ = 0;
  std::string last_;
};

std::vector<unsigned> seeds() {
  std::vector<unsigned> all;
  std::stringstream text(setting("METADATA_SEARCH_SEEDS", "1,2"));
  for (std::string one; std::getline(text, one, ',');) all.push_back(static_cast<unsigned>(std::stoul(one)));
  return all;
}

}  // namespace

TEST_CASE("I5: after each random write a search finds what a scan of the store finds") {
  const int steps = std::stoi(setting("METADATA_SEARCH_STEPS", "600"));
  for (const unsigned seed : seeds()) {
    MESSAGE("seed " << seed << ", " << steps << " steps");
    Run(seed).all(steps);
  }
}

TEST_CASE("I4: a search beside a client that writes without a pause finds what was acknowledged before it") {
  const int steps = std::stoi(setting("METADATA_SEARCH_STEPS", "300"));
  Run(4).beside_a_writer(steps);
}

}  // namespace metadata::search::test
