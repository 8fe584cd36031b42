"""W11: whatever breaks inside, an answer tells nothing of the inside; the log tells it under the request's id."""

import json
import re
import shutil
import sqlite3

import pytest
import requests

from client import Api, Chain
from harness import Server

# What no client is to read: files, statements, tables and functions of the store, exceptions.
INSIDE = re.compile(r"/tmp|/data|catalog\.db|\.cpp|\.h\b|sqlite|select |insert |update |statement|no such|malformed|disk i/o|exception|what\(\)|std::|errno|"
                    r"0x[0-9a-f]{6}|rid\b|\(\d+\)", re.IGNORECASE)


def calls(api, table):
    path = f"/tables/{table['id']}"
    yield "GET", path, None
    yield "GET", path + "?fields=*", None
    yield "GET", "/tables?fields=*&limit=50", None
    yield "GET", path + "/versions", None
    yield "GET", path + "/versions/0.1", None
    yield "PATCH", path, [{"op": "add", "path": "/description", "value": "x"}]
    yield "PUT", "/databases", {"name": "more", "service": table["service"]["name"]}
    yield "POST", "/users/login", {"email": "admin@open-metadata.org", "password": "wrong password"}
    yield "DELETE", path + "?hardDelete=true", None


def sql(text):
    def damage(database):
        with sqlite3.connect(database, timeout=20) as store:
            store.execute("PRAGMA foreign_keys=OFF")
            store.executescript(text)
        store.close()
    return damage


def zeros(database):
    with open(database, "r+b") as file:
        file.seek(16384)
        file.write(bytes(16384 * 200))


DAMAGES = {
    "a document that is no JSON": sql("UPDATE body SET document = '{bad' WHERE length(document) > 0"),
    "a change that is no JSON": sql("UPDATE body SET change = '{bad', provenance = '{bad'"),
    "rows without body": sql("DELETE FROM body"),
    "a history that is no patch": sql("UPDATE history SET body = '[{\"op\":\"fly\"}]', \"full\" = 0"),
    "no table of relations": sql("DROP TABLE relation"),
    "no table of labels": sql("DROP TABLE tag_usage"),
    "no table of accounts": sql("DROP TABLE side"),
    "no log": sql("DROP TABLE change_log"),
    "zeros in the file": zeros,
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A directory with a table that has a history, to be copied and damaged."""
    server = Server(data=tmp_path_factory.mktemp("faults") / "data").start()
    api = Api(server.base, server.login())
    chain = Chain(api)
    table = chain.table(tags=[{"tagFQN": "PII.Sensitive", "source": "Classification"}])
    for text in ("a", "b", "c"):
        table = api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/description", "value": text}])
    server.stop()
    return server.data, table


@pytest.mark.parametrize("name", DAMAGES)
def test_w11_an_answer_tells_nothing_of_what_broke(prepared, tmp_path, name):
    data, table = prepared
    shutil.copytree(data, tmp_path / "data")
    server = Server(data=tmp_path / "data").start()
    try:
        token = server.bot_token()
        DAMAGES[name](server.data / "catalog.db")
        faults = []
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = "Bearer " + token
            for method, path, body in calls(None, table):
                answer = session.request(method, server.base + path, json=body, timeout=60)
                if answer.status_code < 400 or answer.status_code == 501:
                    continue
                error = answer.json()
                assert set(error) == {"code", "message", "responseType", "details"}
                told = " ".join((error["message"], error["details"]["field"], error["details"]["error"]))
                if answer.status_code >= 500:
                    faults.append((method, path, answer.status_code, answer.headers["X-Request-Id"]))
                    assert not INSIDE.search(told), (method, path, told)
                    assert str(tmp_path) not in answer.text
            assert session.get(server.root + "/healthz", timeout=30).status_code == 200  # the process can still answer
        lines = {line["id"]: line for line in map(json.loads, server.log().splitlines()) if "id" in line}
        for method, path, status, request_id in faults:
            line = lines[request_id]
            assert line["status"] == status and line["error"], line
            assert line["level"] == ("error" if status == 500 else "warning"), line
        print(name, [status for *_, status, _ in faults])
        if name in ("a document that is no JSON", "rows without body", "no table of relations"):
            assert faults
    finally:
        server.kill()  # with such damage an orderly end is not asked for


def test_w11_faults_are_counted(prepared, tmp_path):
    data, table = prepared
    shutil.copytree(data, tmp_path / "data")
    server = Server(data=tmp_path / "data").start()
    token = server.bot_token()
    get = lambda: requests.get(f"{server.base}/tables/{table['id']}", headers={"Authorization": "Bearer " + token}, timeout=30).status_code
    assert get() == 200
    with sqlite3.connect(server.data / "catalog.db", timeout=20) as store:
        store.execute("UPDATE body SET document = '{bad' WHERE rid = (SELECT rid FROM entity WHERE type = 'table')")
    store.close()
    answers = [get() for _ in range(3)]
    server.stop()
    [line] = [line for line in map(json.loads, server.log().splitlines()) if line["message"].startswith("stopped")]
    assert f"{answers.count(500)} of them with 500" in line["message"]
