"""Who did what, when, from where, allowed or denied."""

import json
import time

import pytest
import requests

from client import Api, Chain, unique
from persons import USER_PASSWORD, make_user
from harness import ADMIN_EMAIL, ADMIN_PASSWORD, Server

KEYS = {"id", "timestamp", "userName", "action", "target", "outcome"}


@pytest.fixture(scope="module")
def watched():
    """A server on which a little of everything has happened, and a client of its admin."""
    server = Server().start()
    admin = Api(server.base, server.login())
    yield server, admin
    server.stop()
    assert server.check().returncode == 0
    server.remove()


def records(admin, **params):
    return admin.get("/audit/logs", params={"limit": 1000} | params)["data"]


def test_log_ins_are_recorded_whether_or_not_they_succeed(watched):
    server, admin = watched
    entity, _ = make_user(server, admin, "watched")
    requests.post(server.base + "/users/login", json={"email": entity["email"], "password": "wrong-" + USER_PASSWORD}, timeout=30)
    seen = [one for one in records(admin, action="login") if one["target"] == entity["email"]]
    assert [one["outcome"] for one in seen] == ["denied", "allowed"]
    assert seen[0]["userName"] == "" and seen[1]["userName"] == entity["name"]
    for one in seen:
        assert set(one) == KEYS | {"from", "requestId"} and one["from"] == "127.0.0.1" and one["requestId"]
        assert abs(one["timestamp"] / 1000 - time.time()) < 60


def test_what_is_refused_is_recorded(watched):
    server, admin = watched
    entity, mine = make_user(server, admin, "curious")
    answer = mine.call("POST", "/tables", json={}, status=403)
    mine.error("GET", "/audit/logs", 403)
    requests.get(server.base + "/tables", headers={"Authorization": "Bearer guess"}, timeout=30)
    denied = records(admin, outcome="denied", userName=entity["name"])
    assert [(one["action"], one["target"]) for one in denied] == [("request", "GET /api/v1/audit/logs"), ("request", "POST /api/v1/tables")]
    assert denied[1]["requestId"] == answer.headers["X-Request-Id"]
    assert records(admin, action="authenticate")[0]["outcome"] == "denied"


def test_keys_and_passwords_are_recorded(watched):
    server, admin = watched
    entity, mine = make_user(server, admin, "keyed")
    made = mine.post(f"/users/{entity['id']}/apiKeys", {"name": "k"})
    mine.delete(f"/users/{entity['id']}/apiKeys/{made['id']}")
    mine.error("PUT", "/users/changePassword", 400, json={"oldPassword": "x", "newPassword": "y", "confirmPassword": "y"})
    mine.post("/users/logout", {}, status=200)
    seen = [(one["action"], one["outcome"]) for one in records(admin, userName=entity["name"])]
    assert seen == [("logout", "allowed"), ("password.change", "failed"), ("apiKey.revoke", "allowed"), ("apiKey.create", "allowed"), ("login", "allowed")]


def test_changes_of_entities_are_among_them_without_a_second_record(watched):
    _, admin = watched
    table = Chain(admin).table()
    admin.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/description", "value": "x"}])
    admin.delete(f"/tables/{table['id']}?hardDelete=true")
    seen = records(admin, target=table["fullyQualifiedName"])
    assert [one["action"] for one in seen] == ["table.deleted", "table.updated", "table.created"]
    assert all(one["userName"] == "admin" and one["outcome"] == "allowed" and one["seq"] > 0 for one in seen)


def test_pages_join_without_gap_or_repeat_newest_first(watched):
    _, admin = watched
    whole = records(admin, endTs=int(time.time() * 1000))
    assert len(whole) > 15 and [one["timestamp"] for one in whole] == sorted((one["timestamp"] for one in whole), reverse=True)
    assert len({one["id"] for one in whole}) == len(whole)
    pages, after = [], None
    while True:
        page = admin.get("/audit/logs", params={"limit": 7, "endTs": whole[0]["timestamp"]} | ({"after": after} if after else {}))
        pages += page["data"]
        after = page["paging"].get("after")
        if not after:
            break
    assert pages == whole


def test_it_is_filtered_by_time_and_by_beginnings(watched):
    _, admin = watched
    whole = records(admin)
    middle = whole[len(whole) // 2]["timestamp"]
    end = whole[0]["timestamp"]
    assert records(admin, startTs=middle, endTs=end) == [one for one in whole if middle <= one["timestamp"] <= end]
    assert {one["action"] for one in records(admin, action="table.*")} == {"table.created", "table.updated", "table.deleted"}
    for params in ({"limit": 0}, {"limit": 1001}, {"startTs": -1}, {"after": "x"}, {"limit": "x"}):
        admin.error("GET", "/audit/logs", 400, params=params)


def test_it_is_exported_a_line_each(watched):
    _, admin = watched
    end = int(time.time() * 1000)
    whole = records(admin, endTs=end)
    answer = admin.call("GET", "/audit/logs/export", params={"endTs": end})
    assert answer.headers["Content-Type"].startswith("application/x-ndjson") and "X-Audit-After" not in answer.headers
    assert [json.loads(line) for line in answer.text.splitlines()] == whole
    part = admin.call("GET", "/audit/logs/export", params={"limit": 5, "endTs": end})
    rest = admin.call("GET", "/audit/logs/export", params={"after": part.headers["X-Audit-After"], "endTs": end})
    assert part.text + rest.text == answer.text


def test_no_secret_stands_in_it(watched):
    server, admin = watched
    text = admin.call("GET", "/audit/logs/export").text
    for secret in (USER_PASSWORD, ADMIN_PASSWORD, "mdk_", "eyJ", "guess"):
        assert secret not in text


def test_nobody_but_admins_reads_it_and_nobody_changes_it(watched):
    server, admin = watched
    bot = Api(server.base, server.bot_token())
    bot.error("GET", "/audit/logs", 403)
    bot.error("GET", "/audit/logs/export", 403)
    Api(server.base).error("GET", "/audit/logs", 401)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert admin.call(method, "/audit/logs", json={}, status=405).headers["Allow"] == "OPTIONS, GET, HEAD"


def test_it_survives_a_restart(tmp_path):
    server = Server(data=tmp_path / "data").start()
    requests.post(server.base + "/users/login", json={"email": ADMIN_EMAIL, "password": "wrong"}, timeout=30)
    server.stop()
    again = Server(data=server.data).start()
    assert records(Api(again.base, again.login()), outcome="denied", action="login")[0]["target"] == ADMIN_EMAIL
    again.stop()


def test_a_flood_of_refusals_costs_no_more_than_a_bounded_memory(watched):
    server, admin = watched
    with requests.Session() as session:
        for _ in range(300):
            assert session.get(server.base + "/tables", headers={"Authorization": "Bearer guess"}, timeout=30).status_code == 401
    assert len(records(admin, action="authenticate")) >= 300
