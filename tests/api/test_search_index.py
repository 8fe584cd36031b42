"""The search index as an operator meets it: readiness, the commands, and a directory whose index is gone."""

import shutil
import sqlite3
import subprocess

import pytest
import requests

from client import Api
from harness import Server, server_binary


@pytest.fixture(scope="module")
def server():
    own = Server().start()
    api = Api(own.base, own.login())
    api.post("/services/databaseServices", {"name": "svc", "serviceType": "SQLite"})
    api.post("/databases", {"name": "db", "service": "svc"})
    api.post("/databaseSchemas", {"name": "s", "database": "svc.db"})
    for number in range(5):
        api.post("/tables", {"name": f"orders_{number}", "databaseSchema": "svc.db.s", "columns": []})
    yield own
    own.stop()
    own.remove()


def found(server):
    api = Api(server.base, server.bot_token())
    total = api.get("/search/query?q=orders&index=table")["hits"]["total"]
    api.session.close()
    return total["value"] if isinstance(total, dict) else total


def search_state(server):
    answer = requests.get(server.root + "/readyz", timeout=30)
    assert answer.status_code == 200 and answer.json()["status"] == "ready"
    return answer.json()["search"]


def command(server, name):
    return subprocess.run([server_binary(), name, "--data", server.data], capture_output=True, text=True, timeout=600)


def test_readiness_tells_where_the_index_stands(server):
    assert found(server) == 5
    state = search_state(server)
    assert state["state"] == "current" and state["position"] == state["logEnd"] > 0


def test_i2_a_server_without_its_index_starts_and_finds_everything(server):
    server.kill()
    server.start()
    with_it = server.started_in_s
    server.kill()
    shutil.rmtree(server.data / "search")
    server.start()
    assert server.started_in_s < 5 + 5 * with_it
    assert found(server) == 5
    assert search_state(server)["state"] == "current"


def test_i3_the_commands_build_the_index_anew_and_compare_it(server):
    server.stop()
    shutil.rmtree(server.data / "search")
    done = command(server, "reindex")
    assert done.returncode == 0 and "built anew" in done.stdout, done.stderr
    checked = command(server, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    server.start()
    assert found(server) == 5


def test_i2_an_entity_that_lost_its_body_keeps_none_of_the_others_out_of_the_index(server):
    server.stop()
    with sqlite3.connect(server.data / "catalog.db") as store:
        lost = store.execute("DELETE FROM body WHERE rid = (SELECT rid FROM entity WHERE type = 'table' AND name = 'orders_2')")
        assert lost.rowcount == 1
    store.close()
    shutil.rmtree(server.data / "search")
    server.start()
    assert found(server) == 4
    assert search_state(server)["state"] == "current"
    # It is among what is looked at again when the service above it is deleted.
    api = Api(server.base, server.login())
    service = api.get("/services/databaseServices/name/svc")
    api.delete(f"/services/databaseServices/{service['id']}?recursive=true")
    assert found(server) == 0
    api.session.close()
    server.stop()
    assert server.check().returncode == 1
