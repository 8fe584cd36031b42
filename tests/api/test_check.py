"""I3: `metadata-server check` on directories that were damaged by SQL, one kind each, and `check --repair`."""

import shutil
import sqlite3
import subprocess

import pytest

from client import Api
from harness import Server, server_binary

TABLE = "(SELECT rid FROM entity WHERE type = 'table')"
SCHEMA = "(SELECT rid FROM entity WHERE type = 'databaseSchema')"
OWNER = "(SELECT rid FROM entity WHERE type = 'user' AND name = 'owner')"
BOT = "(SELECT rid FROM entity WHERE type = 'bot' LIMIT 1)"
SEPARATOR = "char(31)"

# What is wrong: (rule, SQL). A repair mends it, for the rest of the catalog says how it was …
DERIVED = {
    "a count is wrong": (
        "counter-differs",
        "UPDATE counter SET n = n + 1 WHERE type = 'table' AND deleted = 0"),
    "a count is missing": (
        "counter-differs",
        "DELETE FROM counter WHERE type = 'table'"),
    "a count of nothing": (
        "counter-differs",
        "INSERT INTO counter VALUES ('kite', 0, 'kite', 3)"),
    "a body is nobody's": (
        "body-without-row",
        "INSERT INTO body VALUES (999999, '', '{}', '{}')"),
    "a history is nobody's": (
        "history-without-row",
        "INSERT INTO history SELECT 999999, version, revision, updated_at, updated_by,"
        " deleted, mark, \"full\", change, body FROM history LIMIT 1"),
    "an owner is gone": (
        "relation-without-row",
        "UPDATE relation SET from_rid = 999999 WHERE kind = 'owns'"),
    "an edge leads nowhere": (
        "relation-without-row",
        "UPDATE relation SET to_rid = 999999 WHERE kind = 'owns'"),
    "both ends of an edge are gone": (
        "relation-without-row",
        "INSERT INTO relation VALUES (999998, 'upstream', 999999, 0, 1, '{}')"),
    "a label names no tag": (
        "tag-without-row",
        "UPDATE tag_usage SET tag_rid = 999999"),
    "a label is nobody's": (
        "tag-without-row",
        "UPDATE tag_usage SET rid = 999999"),
    "a label hangs on no column": (
        "label-nowhere",
        f"UPDATE tag_usage SET path = 'columns' || {SEPARATOR} || 'gone'"
        " WHERE path <> ''"),
    "a run is nobody's": (
        "series-without-row",
        "UPDATE series SET owner_rid = 999999"),
    "a session is nobody's": (
        "side-without-owner",
        "UPDATE side SET owner_rid = 999999 WHERE owner_rid IS NOT NULL"),
    "an attribute is nobody's": (
        "attribute-without-row",
        "INSERT INTO attribute VALUES ('user', 'isBot', 'true', 'x', 999999)"),
    "an attribute is of another key": (
        "attribute-differs",
        "UPDATE attribute SET fqn_key = 'other' WHERE type = 'user'"),
    "an attribute is of another type": (
        "attribute-differs",
        "UPDATE attribute SET type = 'table' WHERE name = 'email'"),
    "an attribute lies": (
        "attribute-wrong",
        f"UPDATE attribute SET value = 'true' WHERE name = 'isAdmin' AND rid = {OWNER}"),
    "an attribute is missing": (
        "attribute-wrong",
        f"DELETE FROM attribute WHERE name = 'email' AND rid = {OWNER}"),
    "an attribute is too many": (
        "attribute-wrong",
        "INSERT INTO attribute SELECT type, 'colour', 'red', fqn_key, rid FROM"
        f" entity WHERE rid = {TABLE}"),
    "a display name is not the document's": (
        "display-name-differs",
        f"UPDATE entity SET display_name = 'Liar' WHERE rid = {TABLE}"),
    "an entity is there and removed": (
        "gone-but-there",
        f"INSERT INTO gone VALUES ({TABLE})"),
    "a number was never given": (
        "gone-never-there",
        "INSERT INTO gone VALUES (999999)"),
    "a number would be given twice": (
        "rid-sequence-low",
        "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'entity'"),
    "a position would be given twice": (
        "log-end-differs",
        "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'change_log'"),
    "the log has lost its end's number": (
        "log-end-differs",
        "DELETE FROM sqlite_sequence WHERE name = 'change_log'"),
    "a root stands in another tree": (
        "tree-differs",
        "UPDATE entity SET tree = 'glossary' WHERE type = 'classification'"),
    "an index is missing": (
        "schema-differs",
        "DROP INDEX relation_to"),
    "an index is another one": (
        "schema-differs",
        "DROP INDEX entity_list; CREATE INDEX entity_list ON entity (name)"),
    "an index lacks rows": (
        "file-damaged",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || ' WHERE path <> '''''"
        " WHERE name = 'tag_usage_tag'; PRAGMA writable_schema = RESET; REINDEX tag_usage_tag;"
        " PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql,"
        " ' WHERE path <> ''''', '') WHERE name = 'tag_usage_tag'"),
}
# … or it does not, because nothing else says so.
LOST = {
    "a body is gone": (
        "row-without-body",
        f"DELETE FROM body WHERE rid = {TABLE}"),
    "a document is no JSON": (
        "bad-json",
        f"UPDATE body SET document = '{{' WHERE rid = {TABLE}"),
    "a document is a list": (
        "document-unreadable",
        f"UPDATE body SET document = '[]' WHERE rid = {TABLE}"),
    "who wrote it is no JSON": (
        "bad-json",
        f"UPDATE body SET provenance = 'me' WHERE rid = {TABLE}"),
    "what changed is no JSON": (
        "bad-json",
        f"UPDATE body SET change = 'much' WHERE rid = {TABLE}"),
    "a delta is no JSON": (
        "bad-json",
        f"UPDATE history SET body = '[' WHERE rid = {TABLE}"),
    "a run is no JSON": (
        "bad-json",
        "UPDATE series SET body = '['"),
    "an edge's body is no JSON": (
        "bad-json",
        "UPDATE relation SET body = '[' WHERE kind = 'owns'"),
    "a log record is no JSON": (
        "bad-json",
        "UPDATE change_log SET facts = '[' WHERE seq = 1"),
    "a container is gone": (
        "container-missing",
        f"DELETE FROM body WHERE rid = {SCHEMA}; DELETE FROM entity WHERE rid = {SCHEMA}"),
    "a key is not under its container": (
        "container-missing",
        f"UPDATE entity SET fqn_key = 'svc' || {SEPARATOR} || 't' WHERE rid = {TABLE}"),
    "a root is gone": (
        "root-missing",
        "DELETE FROM entity WHERE type = 'databaseService'"),
    "a live table under a deleted schema": (
        "live-under-deleted",
        f"UPDATE entity SET deleted = 1 WHERE rid = {SCHEMA}"),
    "a flag contradicts the mark": (
        "mark-differs",
        f"UPDATE entity SET mark = 1 WHERE rid = {TABLE}"),
    "a past flag contradicts its mark": (
        "mark-differs",
        f"UPDATE history SET mark = 2, deleted = 1 WHERE rid = {TABLE}"),
    "a required reference is gone": (
        "reference-missing",
        f"DELETE FROM relation WHERE from_rid = {BOT}"),
    "a single reference is two": (
        "reference-twice",
        f"INSERT INTO relation SELECT from_rid, kind, {OWNER}, 1, since_seq, body"
        f" FROM relation WHERE from_rid = {BOT}"),
    "an edge between wrong types": (
        "edge-between-wrong-types",
        f"INSERT INTO relation VALUES ({TABLE}, 'owns', {SCHEMA}, 0, 1, '')"),
    "a label is of another source": (
        "label-source-differs",
        "UPDATE tag_usage SET source = 'Glossary'"),
    "a delta does not apply": (
        "history-broken",
        f"""UPDATE history SET body = '[{{"op":"remove","path":"/nope"}}]' WHERE rid = {TABLE}"""""),
    "a past version is newer than the present": (
        "history-not-older",
        "UPDATE history SET version = 99 WHERE version = 1"),
    "a version between is missing": (
        "history-gap",
        f"DELETE FROM history WHERE rid = {TABLE} AND version = 2"),
    "the first version is missing": (
        "history-gap",
        f"DELETE FROM history WHERE rid = {TABLE} AND version = 1"),
    "all past versions are missing": (
        "history-gap",
        f"DELETE FROM history WHERE rid = {TABLE}"),
    "a version is below the first": (
        "version-too-low",
        f"UPDATE entity SET version = 0 WHERE rid = {TABLE}"),
    "a past version is there twice": (
        "history-twice",
        "DROP INDEX history_version; INSERT INTO history SELECT * FROM history"),
    "an id is there twice": (
        "id-taken-twice",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
        " replace(sql, 'NOT NULL UNIQUE CHECK', 'NOT NULL CHECK') WHERE name = 'entity';"
        " DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_entity_1'; UPDATE sqlite_schema SET"
        " name = 'sqlite_autoindex_entity_1' WHERE name = 'sqlite_autoindex_entity_2';"
        " PRAGMA writable_schema = RESET;"
        f" UPDATE entity SET id = (SELECT id FROM entity WHERE rid = {TABLE}) WHERE rid = {SCHEMA}"),
    "a name is not the key's": (
        "name-differs",
        f"UPDATE entity SET name = 'other' WHERE rid = {TABLE}"),
    "a key has an empty part": (
        "key-malformed",
        f"UPDATE entity SET fqn_key = fqn_key || {SEPARATOR} WHERE rid = {TABLE}"),
    "a type that nobody knows": (
        "type-unknown",
        "INSERT INTO entity SELECT 999999, randomblob(16), 'kite', 'kite', 'k', 'k', '', 0,"
        f" 1, 1, 0, '', 0 FROM entity WHERE rid = {TABLE};"
        " INSERT INTO body VALUES (999999, '', '{}', '{}')"),
    "the log has a gap": (
        "log-gap",
        "DELETE FROM change_log WHERE seq = 5"),
    "the log has lost its end": (
        "log-end-differs",
        "DELETE FROM change_log WHERE seq = (SELECT max(seq) FROM change_log)"),
    "the log is ahead": (
        "log-ahead-of-row",
        "UPDATE change_log SET revision = 99 WHERE id = (SELECT id FROM entity WHERE"
        f" rid = {TABLE})"),
    "a trigger lies in the file": (
        "schema-differs",
        "CREATE TRIGGER spy AFTER UPDATE ON entity BEGIN DELETE FROM body; END"),
}
# Damage of an entity names it, so that somebody can look at it.
NAMELESS = {"bad-json", "log-gap", "log-end-differs", "schema-differs", "type-unknown", "reference-missing", "reference-twice",
            "root-missing"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A stopped server's directory: a labelled, owned table of three versions and a pipeline with a run."""
    server = Server().start()
    api = Api(server.base, server.login())
    label = {"tagFQN": "PII.Email", "source": "Classification"}
    owner = api.post("/users", {"name": "owner", "email": "owner@example.com"})
    api.post("/services/databaseServices", {"name": "svc", "serviceType": "SQLite"})
    api.post("/databases", {"name": "db", "service": "svc"})
    api.post("/databaseSchemas", {"name": "s", "database": "svc.db"})
    table = api.post("/tables", {"name": "t", "databaseSchema": "svc.db.s", "displayName": "T", "tags": [label],
                                 "columns": [{"name": "id", "dataType": "INT", "tags": [label]}],
                                 "owners": [{"id": owner["id"], "type": "user"}]})
    for text in ("d", "e"):
        api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/description", "value": text}])
    api.post("/services/pipelineServices", {"name": "flow", "serviceType": "Airflow"})
    api.post("/pipelines", {"name": "p", "service": "flow", "tasks": [{"name": "a", "tags": [label]}]})
    api.put("/pipelines/flow.p/status", {"timestamp": 1_700_000_000_000, "executionStatus": "Failed"})
    server.stop()
    server.table = table["id"]
    yield server
    server.remove()


@pytest.fixture
def copy(whole, tmp_path):
    def make(sql):
        data = tmp_path / "data"
        shutil.copytree(whole.data, data)
        database = sqlite3.connect(data / "catalog.db", isolation_level=None)
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.executescript(sql)
        database.close()
        return data
    return make


def run(data, *flags):
    return subprocess.run([server_binary(), "check", *flags, "--data", data], capture_output=True, text=True, timeout=120)


def rules_of(done, prefix=""):
    lines = [line for line in done.stdout.splitlines() if ": " in line and line.startswith(prefix)]
    return {line[len(prefix):].split(": ")[0] for line in lines}


def dump(path):
    with sqlite3.connect(path) as database:
        return list(database.iterdump())


def test_i3_thirty_kinds_are_seeded():
    assert len(DERIVED) + len(LOST) >= 60
    assert len({rule for rule, _ in [*DERIVED.values(), *LOST.values()]}) >= 30


def test_i3_a_whole_directory_passes_and_a_repair_does_nothing_to_it(whole, copy):
    done = run(whole.data)
    assert done.returncode == 0, done.stdout + done.stderr
    data = copy("")
    repaired = run(data, "--repair")
    assert repaired.returncode == 0 and "is whole" in repaired.stdout
    assert not list(data.glob("*before-repair*"))


@pytest.mark.parametrize("damage", DERIVED)
def test_i3_damage_that_the_rest_explains_is_found_and_mended(copy, damage):
    rule, sql = DERIVED[damage]
    data = copy(sql)
    found = run(data)
    assert found.returncode == 1 and rule in rules_of(found), found.stdout + found.stderr
    damaged = dump(data / "catalog.db") if rule != "file-damaged" else None
    done = run(data, "--repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert rule in rules_of(done, "mended "), done.stdout
    again = run(data)
    assert again.returncode == 0, again.stdout
    kept = data / "catalog.db.before-repair"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert damaged is None or dump(kept) == damaged


@pytest.mark.parametrize("damage", LOST)
def test_i3_damage_that_nothing_explains_is_found_and_left(whole, copy, damage):
    rule, sql = LOST[damage]
    data = copy(sql)
    found = run(data)
    assert found.returncode == 1 and rule in rules_of(found), found.stdout + found.stderr
    texts = [line for line in found.stdout.splitlines() if line.startswith(rule + ": ")]
    if rule not in NAMELESS:
        assert any(text.count("-") >= 4 for text in texts), texts
    done = run(data, "--repair")
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stderr.splitlines()[-1]
    assert rule in rules_of(done) and run(data).stderr.splitlines()[-1] == last and " finding" in last


def test_i3_a_mended_catalog_serves_what_it_had(whole, copy):
    everything = "; ".join(DERIVED[damage][1] for damage in (
        "a count is wrong", "an attribute lies", "a display name is not the document's", "a run is nobody's",
        "a label hangs on no column", "an index is missing", "a number would be given twice"))
    data = copy(everything)
    assert run(data, "--repair").returncode == 0
    server = Server(data=data).start()
    try:
        api = Api(server.base, server.login())
        shown = api.get(f"/tables/{whole.table}?fields=owners,tags")
        assert shown["displayName"] == "T" and shown["owners"][0]["name"] == "owner" and shown["tags"]
        assert shown["columns"][0]["tags"] == [] and shown["version"] == 0.3
        assert api.get("/tables?limit=0")["paging"]["total"] == 1
        assert api.get("/users?isAdmin=true")["data"][0]["name"] == "admin"
        assert api.get("/pipelines/name/flow.p?fields=pipelineStatus").get("pipelineStatus") is None
        api.post("/databases", {"name": "new", "service": "svc"})
    finally:
        server.stop()
    assert run(data).returncode == 0


def test_i3_a_repair_never_overwrites_the_copy_of_an_earlier_one(copy):
    data = copy(DERIVED["a count is wrong"][1])
    assert run(data, "--repair").returncode == 0
    kept = (data / "catalog.db.before-repair").read_bytes()
    with sqlite3.connect(data / "catalog.db") as database:
        database.executescript(DERIVED["a count is missing"][1])
    database.close()
    refused = run(data, "--repair")
    assert refused.returncode == 64 and "before-repair" in refused.stderr
    assert (data / "catalog.db.before-repair").read_bytes() == kept and run(data).returncode == 1


def test_i3_a_repair_needs_the_directory_for_itself(fresh_server):
    done = run(fresh_server.data, "--repair")
    assert done.returncode == 75, done.stderr
    assert run(fresh_server.data / "nowhere", "--repair").returncode == 66
    fresh_server.stop()
    assert run(fresh_server.data, "--repair", "--read-only").returncode == 64
