"""`metadata-server check` on directories that were damaged by SQL, one kind of damage each."""

import shutil
import sqlite3
import subprocess

import pytest

from client import Api
from harness import Server, server_binary

TABLE = "(SELECT rid FROM entity WHERE type = 'table')"
SCHEMA = "(SELECT rid FROM entity WHERE type = 'databaseSchema')"
DAMAGE = {
    "a body is gone": f"DELETE FROM body WHERE rid = {TABLE}",
    "a document is no JSON": f"UPDATE body SET document = '{{' WHERE rid = {TABLE}",
    "a container is gone": f"DELETE FROM body WHERE rid = {SCHEMA}; DELETE FROM entity WHERE rid = {SCHEMA}",
    "a live table under a deleted schema": f"UPDATE entity SET deleted = 1 WHERE rid = {SCHEMA};"
                                           " UPDATE counter SET n = n - 1 WHERE type = 'databaseSchema' AND deleted = 0;"
                                           " UPDATE counter SET n = n + 1 WHERE type = 'databaseSchema' AND deleted = 1",
    "an owner is gone": "UPDATE relation SET from_rid = 999999 WHERE kind = 'owns'",
    "a label names no tag": "UPDATE tag_usage SET tag_rid = 999999",
    "a delta does not apply": """UPDATE history SET body = '[{"op":"remove","path":"/nope"}]', "full" = 0""",
    "a past version is newer than the present": "UPDATE history SET version = 99",
    "a count is wrong": "UPDATE counter SET n = n + 1 WHERE type = 'table' AND deleted = 0",
    "a name is not the key's": f"UPDATE entity SET name = 'other' WHERE rid = {TABLE}",
    "an attribute is of another key": "UPDATE attribute SET fqn_key = 'other' WHERE type = 'user'",
    "a session is nobody's": "UPDATE side SET owner_rid = 999999 WHERE owner_rid IS NOT NULL",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A directory with a labelled, owned table of two versions, its server stopped."""
    server = Server().start()
    api = Api(server.base, server.login())
    owner = api.post("/users", {"name": "owner", "email": "owner@example.com"})
    api.post("/services/databaseServices", {"name": "svc", "serviceType": "SQLite"})
    api.post("/databases", {"name": "db", "service": "svc"})
    api.post("/databaseSchemas", {"name": "s", "database": "svc.db"})
    table = api.post("/tables", {"name": "t", "databaseSchema": "svc.db.s", "columns": [{"name": "id", "dataType": "INT"}],
                                 "owners": [{"id": owner["id"], "type": "user"}],
                                 "tags": [{"tagFQN": "PII.Email", "source": "Classification"}]})
    api.call("PATCH", f"/tables/{table['id']}", json=[{"op": "add", "path": "/description", "value": "d"}])
    server.stop()
    yield server.data
    server.remove()


def check(data):
    return subprocess.run([server_binary(), "check", "--data", data], capture_output=True, text=True, timeout=120)


def test_a_whole_directory_passes(whole):
    done = check(whole)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_and_listed(whole, tmp_path, damage):
    data = tmp_path / "data"
    shutil.copytree(whole, data)
    with sqlite3.connect(data / "catalog.db") as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        before = database.total_changes
        database.executescript(DAMAGE[damage])
        assert database.total_changes > before
    database.close()
    done = check(data)
    assert done.returncode == 1, done.stdout + done.stderr
    assert ": " in done.stdout
