"""The real client asks our server for what it asked the recorded one for, and is answered alike (tests/contract/traffic.json)."""

import json
import pathlib
import re
import sqlite3

import pytest

from client import Api
from harness import Server
from test_ingest import SDK, YAML
from workflow import PROGRAM, requests_of, run_client

pytestmark = [pytest.mark.ingest, pytest.mark.skipif(not PROGRAM.exists(), reason="the real client is not installed: tools/test-venv")]
RECORDED = json.loads((pathlib.Path(__file__).parent.parent / "contract" / "traffic.json").read_text())
SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, born DATE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), amount REAL);
CREATE VIEW big_orders AS SELECT id, amount FROM orders WHERE amount > 100;
"""


def asked(server, since):
    """(method, path, status) of the requests from one line of the log on, and how many lines there are now."""
    said, now = requests_of(server, since)
    found = []
    for one in said:
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "{id}", one["target"].removeprefix("/api/v1"))
        found.append([one["method"], path, one["status"]])
    return found, now


@pytest.fixture
def talkative():
    """A server that logs every request."""
    server = Server(args=["--access-log"]).start()
    yield server
    server.stop()
    server.remove()


def test_o9_the_recorded_requests_are_answered_alike(talkative, tmp_path):
    server, file = talkative, tmp_path / "shop.db"

    def sql(text):
        with sqlite3.connect(file) as database:
            database.executescript(text)
        database.close()

    def run():
        nonlocal at
        run_client("ingest", tmp_path, YAML.format(file=file, url=server.url, token=token))
        found, at = asked(server, at)
        return found

    token = server.bot_token()
    sql(SCHEMA)
    _, at = asked(server, 0)
    first = run()
    assert first == RECORDED["first"]
    assert len(first) == RECORDED["counts"]["first"]
    second = run()
    assert len(second) == RECORDED["counts"]["second"], second
    assert {(method, path.split("/")[-1]) for method, path, _ in second if method != "GET"} == {("PUT", "pipelineStatus")}
    sql("DROP VIEW big_orders; CREATE TABLE items (id INTEGER PRIMARY KEY); ALTER TABLE customers ADD COLUMN phone VARCHAR(20);")
    third = run()
    assert len(third) == RECORDED["counts"]["third"], third
    assert [method for method, _, _ in third if method not in ("GET",)].count("DELETE") == 1
    api = Api(server.base, server.login())
    assert {table["name"] for table in api.get("/tables?limit=10", headers=SDK)["data"]} == {"customers", "orders", "items"}
