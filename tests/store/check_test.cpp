#include "fixture.h"

#include <algorithm>
#include <fstream>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

// A small catalog that has something in every table. Rids are 1 for the service s, 2 for s/a, 3 for s/a/x, 4 for a tag.
void fill(Store& store) {
  const EntityRow service = row(1, "s", "service"), a = row(2, "s/a"), x = row(3, "s/a/x");
  EntityRow tag = row(4, "tag", "tag");
  tag.tree = "tag";
  commit(store, set_of({insert(service), log_of(service), insert(a, {{"color", "red"}}), log_of(a), insert(x),
                        log_of(x), insert(tag)}));
  StoredEntity before = get(store, 2);
  AppendHistory past{id(2), {}};
  past.row.version = Version{1};
  past.row.revision = 1;
  UpdateEntity update{before.row, before.body, {{"color", "red"}}};
  update.row.version = Version{2};
  update.row.revision = 2;
  commit(store,
         set_of({past, update, PutRelation{id(1), "owns", id(2), 0, ""}, PutSeries{id(2), "status", {"r", 1, "{}"}},
                 ReplaceTags{id(2), {{"", id(4), "C", "Manual", "Confirmed", "", 0}}},
                 PutSide{{"session", "k", id(2), 0, "b"}}}));
}

struct Damage {
  const char* rule;
  const char* sql;
};

const std::vector<Damage> kDamages = {
    {"row-without-body", "DELETE FROM body WHERE rid = 3"},
    {"body-without-row", "INSERT INTO body VALUES (99, '', '{}', '{}')"},
    {"history-without-row", "INSERT INTO history VALUES (99, 1, 1, 0, '', 0, 0, 0, '', '')"},
    {"relation-without-row", "INSERT INTO relation VALUES (1, 'owns', 99, 0, 1, '')"},
    {"relation-without-row", "INSERT INTO relation VALUES (99, 'owns', 1, 0, 1, '')"},
    {"tag-without-row", "INSERT INTO tag_usage VALUES (2, 'c', 99, 0, '', '', '', '')"},
    {"tag-without-row", "INSERT INTO tag_usage VALUES (99, '', 4, 0, '', '', '', '')"},
    {"attribute-without-row", "INSERT INTO attribute VALUES ('table', 'color', 'red', 'q', 99)"},
    {"series-without-row", "INSERT INTO series VALUES (99, 'status', 'r', 1, '{}')"},
    {"side-without-owner", "INSERT INTO side VALUES ('session', 'z', 99, 0, '')"},
    {"foreign-key", "INSERT INTO side VALUES ('session', 'z', 99, 0, '')"},
    {"gone-but-there", "INSERT INTO gone VALUES (3)"},
    {"gone-never-there", "INSERT INTO gone VALUES (99)"},
    {"rid-sequence-low", "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'entity'"},
    {"key-malformed", "UPDATE entity SET fqn_key = char(31) || 'x' WHERE rid = 3"},
    {"tree-differs", "UPDATE entity SET tree = 'table' WHERE rid = 1"},
    {"mark-differs", "UPDATE entity SET mark = 1 WHERE rid = 3"},
    {"schema-differs", "DROP INDEX side_owner"},
    {"schema-differs", "CREATE VIEW peep AS SELECT * FROM side"},
    {"version-too-low", "UPDATE entity SET version = 0 WHERE rid = 3"},
    {"version-too-low", "UPDATE history SET version = 0"},
    {"history-not-older", "UPDATE history SET version = 2"},
    {"history-not-older", "UPDATE history SET revision = 9"},
    {"history-twice", "DROP INDEX history_version; INSERT INTO history SELECT * FROM history"},
    {"name-differs", "UPDATE entity SET name = 'y' WHERE rid = 3"},
    {"name-differs", "UPDATE entity SET name = 'a' WHERE rid = 3"},
    {"root-missing", "DELETE FROM entity WHERE rid = 1"},
    {"live-under-deleted", "UPDATE entity SET deleted = 1 WHERE rid = 2"},
    {"counter-differs", "UPDATE counter SET n = n + 1 WHERE type = 'table'"},
    {"counter-differs", "DELETE FROM counter WHERE type = 'service'"},
    {"counter-differs", "INSERT INTO counter VALUES ('view', 0, 'service', 1)"},
    {"attribute-differs", "UPDATE attribute SET fqn_key = 's'"},
    {"attribute-differs", "UPDATE attribute SET type = 'view'"},
    {"log-gap", "DELETE FROM change_log WHERE seq = 2"},
    {"log-end-differs", "DELETE FROM change_log WHERE seq = 3"},
    {"log-ahead-of-row", "UPDATE change_log SET revision = 9 WHERE seq = 1"},
    {"bad-json", "UPDATE body SET document = '{' WHERE rid = 1"},
    {"bad-json", "UPDATE body SET provenance = '' WHERE rid = 1"},
    {"bad-json", "UPDATE body SET change = 'x' WHERE rid = 1"},
    {"bad-json", "UPDATE history SET body = '['"},
    {"bad-json", "UPDATE change_log SET facts = '[' WHERE seq = 1"},
    {"bad-json", "UPDATE relation SET body = '['"},
};

}  // namespace

TEST_CASE("a whole store has no broken rules") {
  Folder folder;
  auto store = open(folder);
  fill(*store);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("every kind of damage is found by its rule and said where it is") {
  for (const Damage& one : kDamages) {
    CAPTURE(one.sql);
    Folder folder;
    {
      auto store = open(folder);
      fill(*store);
    }
    damage(folder.file(), one.sql);
    auto store = open(folder);
    const auto problems = must(store->check());
    const auto found = std::ranges::find(problems, std::string(one.rule), &Problem::rule);
    REQUIRE(found != problems.end());
    CHECK(found->text.size() > 10);
  }
}

TEST_CASE("damage below the level of SQL is found by its rule") {
  Folder folder;
  {
    auto store = open(folder);
    fill(*store);
  }
  // Index pages without their rows: the entry of the index is gone, the row is there.
  damage(folder.file(),
         "PRAGMA writable_schema=ON;"
         "UPDATE sqlite_schema SET sql = 'CREATE INDEX entity_list ON entity (type, deleted, name, tree)' WHERE name = "
         "'entity_list'");
  auto store = open(folder);
  const auto rules = broken_rules(*store);
  CHECK(std::ranges::find(rules, "file-damaged") != rules.end());
}

TEST_CASE("a key that is there twice is found though its index is gone") {
  Folder folder;
  {
    auto store = open(folder);
    fill(*store);
  }
  damage(folder.file(),
         "PRAGMA writable_schema=ON;"
         "UPDATE sqlite_schema SET sql = replace(sql, 'UNIQUE (type, fqn_key)', 'CHECK (1)') WHERE name = 'entity';"
         "DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_entity_2'");
  damage(folder.file(),
         "INSERT INTO entity SELECT 50, randomblob(16), type, tree, fqn_key, name, display_name, deleted, revision, "
         "version, updated_at,"
         " updated_by, mark FROM entity WHERE rid = 2");
  auto store = open(folder);
  const auto rules = broken_rules(*store);
  CHECK(std::ranges::find(rules, "key-taken-twice") != rules.end());
}

TEST_CASE("a torn page is a finding or a Corrupt, never a crash") {
  for (int page = 2; page < 14; ++page) {
    CAPTURE(page);
    Folder folder;
    {
      auto store = open(folder);
      fill(*store);
    }
    {
      std::fstream file(folder.file(), std::ios::binary | std::ios::in | std::ios::out);
      file.seekp((page - 1) * 16384);
      file << std::string(16384, '\x5a');
    }
    const auto store = Store::open(options_for(folder.path()));
    if (!store.ok()) {
      CHECK(store.error().code() == Code::Corrupt);
      continue;
    }
    CHECK_FALSE(broken_rules(**store).empty());
  }
}
