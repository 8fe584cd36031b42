"""The change log over HTTP."""

import time

from client import Api, unique
from harness import Server


def service(api):
    return api.post("/services/databaseServices", {"name": unique("ev"), "serviceType": "Mysql"})


def test_events_of_types_since_a_time_are_newest_first(api):
    since = int(time.time() * 1000) - 1
    entity = service(api)
    path = f"/services/databaseServices/{entity['id']}"
    api.patch(path, [{"op": "add", "path": "/description", "value": "d"}])
    api.delete(path)
    api.call("PUT", "/services/databaseServices/restore", json={"id": entity["id"]})
    query = f"timestamp={since}&id={entity['id']}"
    page = api.get(f"/events?entityCreated=databaseService&entityUpdated=*&{query}")
    assert [event["eventType"] for event in page["data"]] == ["entityUpdated", "entityCreated"]
    assert page["paging"]["total"] == 2
    created = page["data"][1]
    assert created["entityId"] == entity["id"] and created["entityFullyQualifiedName"] == entity["name"]
    assert created["currentVersion"] == 0.1 and created["userName"] == "admin" and "changeDescription" not in created
    assert page["data"][0]["changeDescription"]["fieldsAdded"][0]["name"] == "description"
    gone = api.get(f"/events?entityDeleted=table,databaseService&entityRestored=*&{query}")
    assert [event["eventType"] for event in gone["data"]] == ["entityRestored", "entitySoftDeleted"]
    assert api.get(f"/events?entityCreated=table&{query}")["data"] == []
    assert len(api.get(f"/events?{query}")["data"]) == 4


def test_h6_pages_from_a_position_have_neither_gap_nor_repeat(api):
    entity = service(api)
    for i in range(9):
        api.patch(f"/services/databaseServices/{entity['id']}", [{"op": "add", "path": "/description", "value": f"d{i}"}])
    seen, at = [], "0"
    while True:
        page = api.get(f"/events?after={at}&limit=4&id={entity['id']}")
        assert len(page["data"]) <= 4
        seen += [event["seq"] for event in page["data"]]
        if not page["data"] and page["paging"]["after"] == at:
            break
        at = page["paging"]["after"]
    assert len(seen) == 10 and seen == sorted(set(seen))


def test_the_strict_clients_dialect_has_no_key_that_it_does_not_know(api):
    service(api)
    event = api.call("GET", "/events?limit=1", headers={"X-Metadata-Dialect": "openmetadata"}).json()["data"][0]
    assert set(event) <= {"id", "eventType", "entityType", "entityId", "entityFullyQualifiedName", "domains", "previousVersion",
                          "currentVersion", "userName", "timestamp", "changeDescription", "incrementalChangeDescription", "entity"}


def test_what_cannot_be_meant_is_refused(api, nobody):
    for query in ("entityCreated=tabel", "timestamp=x", "after=-1", "after=x", "limit=0", "limit=x", "id=7", "eventType=changed"):
        api.call("GET", f"/events?{query}", status=400)
    nobody.call("GET", "/events", status=401)
    api.call("POST", "/events", json={}, status=405)


def test_subscriptions_say_that_webhooks_do_it(api):
    for method in ("GET", "POST", "PUT"):
        wrong = api.call(method, "/events/subscriptions", json={} if method != "GET" else None, status=501).json()
        assert "/api/v1/webhooks" in wrong["message"]
    api.call("GET", "/events/subscriptions/name/x", status=501)


def test_h6_a_cursor_goes_on_across_kills_and_restarts_without_gap_or_repeat():
    server = Server().start()
    token = server.login()
    written, seen, at = [], [], 0
    for round_number in range(4):
        api = Api(server.base, token)
        for i in range(6):
            made = api.put("/services/databaseServices", {"name": f"h6_{round_number}_{i}", "serviceType": "Mysql"})
            written.append(made["id"])
        for _ in range(2):  # half of what there is, then the rest after the restart
            page = api.get(f"/events?after={at}&limit=2&entityType=databaseService")
            seen += page["data"]
            at = int(page["paging"]["after"])
        server.kill() if round_number % 2 else server.stop()
        server.start()
    api = Api(server.base, token)
    while (page := api.get(f"/events?after={at}&limit=5&entityType=databaseService"))["data"]:
        seen += page["data"]
        at = int(page["paging"]["after"])
    assert [row["entityId"] for row in seen] == written and len({row["id"] for row in seen}) == len(seen)
    assert [row["seq"] for row in seen] == sorted({row["seq"] for row in seen})
    server.stop()
    server.remove()
