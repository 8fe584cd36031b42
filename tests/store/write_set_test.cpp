#include "fixture.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;
using Keys = std::vector<std::string>;

namespace {

/// An update of the entity to the given version and document, with its history.
std::vector<Operation> update_of(const StoredEntity& before, std::string document) {
  AppendHistory past{before.row.id, {}};
  past.row.version = before.row.version;
  past.row.revision = before.row.revision;
  past.row.updated_at = before.row.updated_at;
  past.row.updated_by = before.row.updated_by;
  past.row.deleted = before.row.deleted;
  past.row.mark = before.row.mark;
  past.row.change = before.body.change;
  past.row.body = "[]";
  UpdateEntity update{before.row, before.body, {}};
  update.row.version = before.row.version.next_minor();
  update.row.revision = before.row.revision + 1;
  update.row.updated_by = "bob";
  update.body.document = std::move(document);
  update.body.change = R"({"fieldsUpdated":[]})";
  return {past, update};
}

}  // namespace

TEST_CASE("an inserted entity is found by id and by key with all it was given") {
  auto store = open(":memory:");
  EntityRow made = row(7, "s", "service");
  made.display_name = "The service";
  InsertEntity operation = insert(made, {}, R"({"a":"ü"})");
  operation.body.provenance = R"({"a":1})";
  commit(*store, set_of({operation}));

  const StoredEntity by_id = get(*store, 7);
  CHECK(by_id.row.rid > 0);
  CHECK(by_id.row.id == id(7));
  CHECK(by_id.row.type == "service");
  CHECK(by_id.row.tree == "service");
  CHECK(by_id.row.name == "s");
  CHECK(by_id.row.display_name == "The service");
  CHECK(by_id.row.revision == 1);
  CHECK(by_id.row.version.text() == "0.1");
  CHECK(by_id.row.updated_at == 1000);
  CHECK(by_id.row.updated_by == "ann");
  CHECK_FALSE(by_id.row.deleted);
  CHECK(by_id.body.document == R"({"a":"ü"})");
  CHECK(by_id.body.provenance == R"({"a":1})");
  CHECK(by_id.body.change.empty());
  const auto by_key = must(look(*store)->find_key("service", "s"));
  REQUIRE(by_key);
  CHECK(by_key->row.id == id(7));
  CHECK_FALSE(must(look(*store)->find_key("table", "s")));
  CHECK_FALSE(must(look(*store)->find(id(8))));
}

TEST_CASE("an update changes row and body and appends the past version") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  commit(*store, set_of(update_of(get(*store, 2), R"({"n":2})")));
  commit(*store, set_of(update_of(get(*store, 2), R"({"n":3})")));

  const StoredEntity now = get(*store, 2);
  CHECK(now.row.version.text() == "0.3");
  CHECK(now.row.revision == 3);
  CHECK(now.row.updated_by == "bob");
  CHECK(now.body.document == R"({"n":3})");
  auto reader = look(*store);
  const auto past = must(reader->history(now.row.rid, 10, 0));
  REQUIRE(past.size() == 2);
  CHECK(past[0].version.text() == "0.2");
  CHECK(past[0].change == R"({"fieldsUpdated":[]})");
  CHECK(past[1].version.text() == "0.1");
  CHECK(past[1].updated_by == "ann");
  CHECK(must(reader->history(now.row.rid, 1, 1)).front().version.text() == "0.1");
  CHECK(must(reader->history_count(now.row.rid)) == 2);
}

TEST_CASE("the rows for an old version begin at the nearest full form") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({"t"});
  for (int tenths = 1; tenths <= 9; ++tenths) {
    AppendHistory past{id(2), {}};
    past.row.version = Version{tenths};
    past.row.revision = tenths;
    past.row.full = tenths == 4 || tenths == 8;
    set.operations.emplace_back(past);
  }
  commit(*store, set);
  auto reader = look(*store);
  const Rid rid = must(reader->find(id(2)))->row.rid;
  const auto versions = [&](int tenths) {
    std::vector<int> found;
    for (const HistoryRow& past : must(reader->history_down_to(rid, Version{tenths})))
      found.push_back(past.version.tenths);
    return found;
  };
  CHECK(versions(2) == std::vector<int>{4, 3, 2});
  CHECK(versions(4) == std::vector<int>{4});
  CHECK(versions(5) == std::vector<int>{8, 7, 6, 5});
  CHECK(versions(9) == std::vector<int>{9});
  CHECK(versions(10).empty());
}

TEST_CASE("a taken key is AlreadyExists, with the precondition and without it") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  const Operation again = insert(row(9, "s/t"));
  const Error with = refused(*store, set_of({again}, {KeyAbsent{"table", key("s/t")}}));
  CHECK(with.code() == Code::AlreadyExists);
  CHECK(with.message() == "Entity already exists");
  const Error without = refused(*store, set_of({again}));
  CHECK(without.code() == Code::AlreadyExists);
  CHECK(without.message() == "Entity already exists");
  commit(*store, set_of({insert(row(9, "s/u"))}, {KeyAbsent{"table", key("s/u")}}));
}

TEST_CASE("a row at another revision, a missing row and a deleted row are a Conflict") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  const Operation harmless = PutSetting{"x", "y"};
  CHECK(refused(*store, set_of({harmless}, {RowAt{id(2), 2}})).code() == Code::Conflict);
  CHECK(refused(*store, set_of({harmless}, {RowAt{id(99), 1}})).code() == Code::Conflict);
  CHECK(refused(*store, set_of({harmless}, {RowAlive{id(99)}})).code() == Code::Conflict);
  commit(*store, set_of({harmless}, {RowAt{id(2), 1}, RowAlive{id(2)}}));
  commit(*store, set_of({MarkRange{{"table"}, "service", "s", true, 5, "bob"}}));
  CHECK(refused(*store, set_of({harmless}, {RowAlive{id(2)}})).code() == Code::Conflict);
}

TEST_CASE("a record that is not there, or not as it was, is a Conflict; those that are there are found by their keys") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  commit(*store, set_of({PutSide{{"note", "a", id(2), 0, "1"}}, PutSide{{"note", "b", {}, 0, "2"}}}));
  const Operation harmless = PutSetting{"x", "y"};
  commit(*store, set_of({harmless}, {SideIs{"note", "a", "1"}, SideIs{"note", "b", "2"}}));
  for (const SideIs& wrong : {SideIs{"note", "a", "2"}, SideIs{"note", "c", "1"}, SideIs{"other", "a", "1"}})
    CHECK(refused(*store, set_of({harmless}, {wrong})).code() == Code::Conflict);
  const std::vector<std::string> keys = {"b", "c", "a"};
  CHECK(must(look(*store)->sides("note", keys)).size() == 2);
  CHECK(must(look(*store)->sides("note", std::vector<std::string>{})).empty());
  commit(*store, set_of({DeleteEntity{id(2)}}));
  CHECK(refused(*store, set_of({harmless}, {SideIs{"note", "a", "1"}})).code() == Code::Conflict);
  const auto left = must(look(*store)->sides("note", keys));
  REQUIRE(left.size() == 1);
  CHECK(left.front().body == "2");
}

TEST_CASE("a container with something in it is not empty, deleted content included") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  const Operation harmless = PutSetting{"x", "y"};
  const NothingUnder nothing{"service", {"table", "view"}, "service", "s"};
  const Error error = refused(*store, set_of({harmless}, {nothing}));
  CHECK(error.code() == Code::InvalidArgument);
  CHECK(error.message() == "service is not empty");
  commit(*store, set_of({MarkRange{{"table"}, "service", "s", true, 5, "bob"}}));
  CHECK(refused(*store, set_of({harmless}, {nothing})).code() == Code::InvalidArgument);
  commit(*store, set_of({harmless}, {NothingUnder{"service", {"view"}, "service", "s"}}));
  commit(*store, set_of({harmless}, {NothingUnder{"service", {"table"}, "other", "s"}}));
  commit(*store, set_of({harmless}, {NothingUnder{"table", {"table"}, "service", key("s/t")}}));
}

TEST_CASE("an edge that must not be there is named by its entity's type") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({"t"});
  set.operations.emplace_back(PutRelation{id(1), "has", id(2), 0, ""});
  commit(*store, set);
  const Error error = refused(*store, set_of({PutSetting{"x", "y"}}, {NoRelation{"team", id(1), "has"}}));
  CHECK(error.code() == Code::InvalidArgument);
  CHECK(error.message() == "team is not empty");
  commit(*store, set_of({PutSetting{"x", "y"}}, {NoRelation{"team", id(1), "owns"}, NoRelation{"team", id(2), "has"}}));
}

TEST_CASE("a set whose last operation fails leaves nothing behind") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  const EntityRow fresh = row(50, "s/fresh");
  const Error error = refused(
      *store, set_of({insert(fresh), log_of(fresh), PutSetting{"x", "y"}, PutRelation{id(50), "owns", id(99), 0, ""}}));
  CHECK(error.code() == Code::Conflict);
  auto reader = look(*store);
  CHECK_FALSE(must(reader->find(id(50))));
  CHECK_FALSE(must(reader->setting("x")));
  CHECK(must(reader->last_seq()) == 0);
  CHECK(must(reader->count(listing("table"))) == 1);
}

TEST_CASE("edges are read from both ends, ordered, and may name entities of the same set") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({"a", "b", "c"});
  set.operations.emplace_back(PutRelation{id(1), "owns", id(3), 1, R"({"x":1})"});
  set.operations.emplace_back(PutRelation{id(1), "owns", id(4), 0, ""});
  set.operations.emplace_back(PutRelation{id(1), "has", id(2), 0, ""});
  set.operations.emplace_back(PutRelation{id(2), "owns", id(4), 0, ""});
  commit(*store, set);
  auto reader = look(*store);
  const Rid service = must(reader->find(id(1)))->row.rid;
  const Rid c = must(reader->find(id(4)))->row.rid;

  const std::vector<Rid> from_rids = {service};
  const Keys both = {"owns", "has"};
  const auto from = must(reader->relations(from_rids, Direction::From, both));
  REQUIRE(from.size() == 3);
  CHECK(from[0].kind == "has");
  CHECK(slashed(from[1].other.fqn_key) == "s/c");
  CHECK(slashed(from[2].other.fqn_key) == "s/b");
  CHECK(from[2].body == R"({"x":1})");
  CHECK(from[2].self == service);
  const std::vector<Rid> to_rids = {c};
  const auto to = must(reader->relations(to_rids, Direction::To, both));
  REQUIRE(to.size() == 2);
  CHECK(to[0].other.name == "s");
  CHECK(to[1].other.name == "a");
  CHECK(must(reader->relations(to_rids, Direction::From, both)).empty());
  CHECK(must(reader->relations(from_rids, Direction::From, Keys{})).empty());
}

TEST_CASE("an edge that is put again gets the new position and body, and a deleted one is gone") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({"a", "b"});
  set.operations.emplace_back(PutRelation{id(1), "owns", id(2), 0, ""});
  set.operations.emplace_back(PutRelation{id(1), "owns", id(3), 1, ""});
  commit(*store, set);
  commit(*store, set_of({PutRelation{id(1), "owns", id(2), 5, "{}"}}));
  const std::vector<Rid> rids = {get(*store, 1).row.rid};
  const Keys owns = {"owns"};
  auto found = must(look(*store)->relations(rids, Direction::From, owns));
  REQUIRE(found.size() == 2);
  CHECK(found[1].other.name == "a");
  CHECK(found[1].position == 5);
  CHECK(found[1].body == "{}");
  commit(*store, set_of({DeleteRelation{id(1), "owns", id(2)}, DeleteRelation{id(1), "owns", id(99)}}));
  CHECK(must(look(*store)->relations(rids, Direction::From, owns)).size() == 1);
}

TEST_CASE("labels are replaced whole, read with their tag, and counted for a tag and its container") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({"t", "u"});
  const auto tag_row = [](std::uint64_t number, const std::string& at, const std::string& type) {
    EntityRow made = row(number, at, type);
    made.tree = "classification";
    return made;
  };
  set.operations.emplace_back(insert(tag_row(20, "PII", "classification")));
  set.operations.emplace_back(insert(tag_row(21, "PII/Email", "tag"), {}, R"({"description":"mail"})"));
  set.operations.emplace_back(insert(tag_row(22, "PII/Name", "tag")));
  set.operations.emplace_back(insert(tag_row(23, "PII2", "classification")));
  TagUsage email{"", id(21), "Classification", "Manual", "Confirmed", "because", 1};
  TagUsage name{"", id(22), "Classification", "Manual", "Confirmed", "", 0};
  TagUsage column{"c1", id(21), "Classification", "Derived", "Suggested", "", 0};
  set.operations.emplace_back(ReplaceTags{id(2), {email, name, column}});
  set.operations.emplace_back(ReplaceTags{id(3), {email}});
  commit(*store, set);

  auto reader = look(*store);
  const std::vector<Rid> rids = {must(reader->find(id(2)))->row.rid};
  const auto labels = must(reader->tags(rids));
  REQUIRE(labels.size() == 3);
  CHECK(labels[0].tag.name == "Name");
  CHECK(labels[1].tag.name == "Email");
  CHECK(labels[1].usage.reason == "because");
  CHECK(labels[1].usage.tag_id == id(21));
  CHECK(labels[1].tag_document == R"({"description":"mail"})");
  CHECK(labels[2].usage.path == "c1");
  CHECK(labels[2].usage.label_type == "Derived");
  CHECK(labels[2].usage.state == "Suggested");
  const Keys asked = {"PII2", key("PII/Email"), "PII", key("PII/Name"), "none"};
  CHECK(must(reader->tag_usage_counts("classification", asked)) == std::vector<std::int64_t>{0, 3, 4, 1, 0});
  CHECK(must(reader->tag_usage_counts("service", asked)) == std::vector<std::int64_t>{0, 0, 0, 0, 0});
  reader.reset();

  commit(*store, set_of({ReplaceTags{id(2), {}}}));
  CHECK(must(look(*store)->tags(rids)).empty());
  CHECK(refused(*store, set_of({ReplaceTags{id(2), {{"", id(99), "", "", "", "", 0}}}})).code() == Code::Conflict);
}

TEST_CASE("a removed tag takes its labels along and a removed entity all that hangs on it") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({"t", "u"});
  set.operations.emplace_back(insert(row(20, "tag", "tag")));
  set.operations.emplace_back(ReplaceTags{id(2), {{"", id(20), "C", "Manual", "Confirmed", "", 0}}});
  set.operations.emplace_back(PutRelation{id(1), "owns", id(2), 0, ""});
  set.operations.emplace_back(PutRelation{id(2), "feeds", id(3), 0, ""});
  set.operations.emplace_back(PutSeries{id(2), "profile", {"x", 5, "{}"}});
  set.operations.emplace_back(PutSide{{"session", "k", id(2), 0, "b"}});
  commit(*store, set);
  const Rid rid = get(*store, 2).row.rid;
  const std::vector<Rid> rids = {rid};
  commit(*store, set_of({DeleteEntity{id(20)}}));
  CHECK(must(look(*store)->tags(rids)).empty());
  commit(*store, set_of({DeleteEntity{id(2)}}));
  auto reader = look(*store);
  CHECK_FALSE(must(reader->find(id(2))));
  CHECK_FALSE(must(reader->side("session", "k")));
  CHECK_FALSE(must(reader->series_value(rid, "profile", "x")));
  CHECK(must(reader->count(listing("table"))) == 1);
  CHECK(must(reader->count(listing("tag", Rows::All))) == 0);
  reader.reset();
  CHECK(refused(*store, set_of({DeleteEntity{id(2)}})).code() == Code::Conflict);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("a removed row's number is never given again") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  const Rid gone = get(*store, 2).row.rid;
  commit(*store, set_of({DeleteEntity{id(2)}}));
  commit(*store, set_of({insert(row(3, "s/t"))}));
  CHECK(get(*store, 3).row.rid > gone);
}

TEST_CASE("series values are replaced by id and read newest first within their time") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t", "u"}));
  commit(*store, set_of({PutSeries{id(2), "status", {"r1", 10, "a"}}, PutSeries{id(2), "status", {"r2", 20, "b"}},
                         PutSeries{id(2), "status", {"r3", 30, "c"}}, PutSeries{id(2), "other", {"r1", 15, "o"}},
                         PutSeries{id(3), "status", {"r1", 5, "u"}}}));
  commit(*store, set_of({PutSeries{id(2), "status", {"r1", 25, "a2"}}, DeleteSeries{id(2), "status", "r3"}}));
  auto reader = look(*store);
  const Rid t = must(reader->find(id(2)))->row.rid;
  const Rid u = must(reader->find(id(3)))->row.rid;
  const auto values = must(reader->series(t, "status", 0, 100, 10));
  REQUIRE(values.size() == 2);
  CHECK(values[0].id == "r1");
  CHECK(values[0].body == "a2");
  CHECK(values[1].id == "r2");
  CHECK(must(reader->series(t, "status", 21, 25, 10)).size() == 1);
  CHECK(must(reader->series(t, "status", 0, 100, 1)).size() == 1);
  CHECK(must(reader->series_value(t, "status", "r2"))->ts == 20);
  const std::vector<Rid> owners = {t, u, 999};
  const auto latest = must(reader->latest_series(owners, "status"));
  REQUIRE(latest.size() == 2);
  CHECK(latest[0].first == t);
  CHECK(latest[0].second.id == "r1");
  CHECK(latest[1].second.body == "u");
}

TEST_CASE("series values are read and counted in the order of their ids, and the last below each prefix") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t", "u"}));
  const auto put = [](unsigned owner, const std::string& item, const std::string& at) {
    return PutSeries{id(owner), "profile", {item + kKeySeparator + at, 1, item + at}};
  };
  commit(*store, set_of({put(2, "a", "1"), put(2, "a", "2"), put(2, "ab", "9"), put(2, "b", "3"), put(3, "a", "7")}));
  auto reader = look(*store);
  const Rid t = must(reader->find(id(2)))->row.rid;
  const Rid u = must(reader->find(id(3)))->row.rid;
  const std::string from = std::string("a") + kKeySeparator;
  const std::string to = std::string("a") + kKeyEnd;
  const auto rows = must(reader->series_down(t, "profile", from, to, 10));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].body == "a2");
  CHECK(rows[1].body == "a1");
  CHECK(must(reader->series_down(t, "profile", from, to, 1)).size() == 1);
  CHECK(must(reader->series_down(t, "profile", from, rows[0].id, 10)).size() == 1);
  CHECK(must(reader->series_count(t, "profile", from, to)) == 2);
  CHECK(must(reader->series_count(t, "other", from, to)) == 0);
  const std::vector<std::pair<Rid, std::string>> items = {{t, "a"}, {t, "b"}, {t, "c"}, {u, "a"}, {999, "a"}};
  std::vector<std::string> last;
  for (const auto& [owner, row] : must(reader->last_series(items, "profile"))) last.push_back(row.body);
  CHECK(last == std::vector<std::string>{"a2", "b3", "a7"});
}

TEST_CASE("side records are put, replaced, expired, and removed one by one or by owner") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"t"}));
  commit(*store, set_of({PutSide{{"session", "a", id(2), 100, "1"}}, PutSide{{"session", "b", id(2), 200, "2"}},
                         PutSide{{"session", "c", {}, 0, "3"}}, PutSide{{"password", "a", id(2), 0, "4"}}}));
  CHECK(must(look(*store)->side("session", "a"))->owner == id(2));
  CHECK(must(look(*store)->side("session", "c"))->owner.empty());
  commit(*store, set_of({PutSide{{"session", "a", {}, 100, "5"}}}));
  CHECK(must(look(*store)->side("session", "a"))->body == "5");
  CHECK(must(look(*store)->side("session", "a"))->owner.empty());
  commit(*store, set_of({ExpireSide{100}}));
  CHECK_FALSE(must(look(*store)->side("session", "a")));
  CHECK(must(look(*store)->side("session", "b")));
  CHECK(must(look(*store)->side("session", "c")));
  commit(*store, set_of({DeleteSideOf{"session", id(2)}}));
  CHECK_FALSE(must(look(*store)->side("session", "b")));
  CHECK(must(look(*store)->side("password", "a")));
  commit(*store, set_of({DeleteSide{"password", "a"}}));
  CHECK_FALSE(must(look(*store)->side("password", "a")));
  CHECK(refused(*store, set_of({PutSide{{"session", "z", id(99), 0, ""}}})).code() == Code::Conflict);
}

TEST_CASE("settings are kept, and the store's own cannot be written") {
  auto store = open(":memory:");
  commit(*store, set_of({PutSetting{"seed", "1"}}));
  commit(*store, set_of({PutSetting{"seed", "2"}}));
  CHECK(must(look(*store)->setting("seed")) == "2");
  CHECK_FALSE(must(look(*store)->setting("none")));
  CHECK(refused(*store, set_of({PutSetting{"store.id", "x"}})).code() == Code::InvalidArgument);
}

TEST_CASE("log records are numbered without gaps and name their store") {
  auto store = open(":memory:");
  EntityRow service = row(1, "s", "service");
  CHECK(commit(*store, set_of({insert(service), log_of(service)})).seq == 1);
  LogRecord full = log_of(service, LogKind::SoftDeleted).record;
  full.subtree = true;
  full.facts = R"({"owners":[]})";
  full.change = R"({"a":1})";
  CHECK(refused(*store, set_of({AppendLog{full}, DeleteEntity{id(99)}})).code() == Code::Conflict);
  CHECK(commit(*store, set_of({AppendLog{full}, log_of(service)})).seq == 3);
  CHECK(commit(*store, set_of({PutSetting{"a", "b"}})).seq == 0);

  auto reader = look(*store);
  CHECK(must(reader->last_seq()) == 3);
  const auto records = must(reader->log(1, 10));
  REQUIRE(records.size() == 2);
  CHECK(records[0].seq == 2);
  CHECK(records[0].kind == LogKind::SoftDeleted);
  CHECK(records[0].subtree);
  CHECK(records[0].facts == R"({"owners":[]})");
  CHECK(records[0].change == R"({"a":1})");
  CHECK(records[0].id == id(1));
  CHECK(records[0].actor == "ann");
  CHECK(records[0].event_id.ends_with("-2"));
  CHECK(records[0].event_id.size() > 10);
  CHECK(must(reader->log(0, 1)).size() == 1);
  CHECK(must(reader->log(3, 10)).empty());
}
