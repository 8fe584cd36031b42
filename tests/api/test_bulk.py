"""PUT /{collection}/bulk: many creates and updates at once, each with a result of its own."""

import json as jsonlib
import threading
import time

import pytest

from client import Api, Chain, name_path, text_of, unique
from persons import make_user
from harness import Server
from kinds import KINDS

SDK = {"X-Metadata-Dialect": "openmetadata"}


def counts(result):
    return tuple(result["numberOfRows" + word] for word in ("Processed", "Passed", "Failed"))


def bulk(api, path, bodies, query="", **options):
    return api.put(f"{path}/bulk{query}", bodies, status=200, **options)


def test_each_item_is_created_or_updated_and_says_so(api, chain):
    old = chain.body(description="old")
    api.post("/tables", old)
    fresh = chain.body(description="fresh")
    same = chain.body()
    api.post("/tables", same)
    result = bulk(api, "/tables", [old | {"description": "new"}, fresh, same])
    assert (result["dryRun"], result["status"], counts(result)) == (False, "success", (3, 3, 0))
    fqns = [f"{chain.fqn}.{body['name']}" for body in (old, fresh, same)]
    assert [(row["request"], row["status"], row["message"]) for row in result["successRequest"]] == [
        (fqns[0], 200, "entityUpdated"), (fqns[1], 201, "entityCreated"), (fqns[2], 200, "entityNoChange")]
    assert result["failedRequest"] == []
    after = [api.get(f"/tables/name/{name_path(fqn)}") for fqn in fqns]
    assert [(table.get("description"), table["version"]) for table in after] == [("new", 0.2), ("fresh", 0.1), (None, 0.1)]


def test_an_item_that_fails_touches_no_other(api, chain):
    good, last = chain.body(), chain.body()
    bodies = [good, chain.body(databaseSchema="no.such.schema"), {"name": unique("t")}, 7, chain.body(columns=[{"name": "a"}]), last]
    result = bulk(api, "/tables", bodies)
    assert (result["status"], counts(result)) == ("partialSuccess", (6, 2, 4))
    failed = result["failedRequest"]
    assert [row["status"] for row in failed] == [404, 400, 400, 400]
    assert [row["request"] for row in failed] == [bodies[1]["name"], bodies[2]["name"], "", bodies[4]["name"]]
    assert failed[0]["message"] == "item 1: databaseSchema instance for no.such.schema not found"
    assert "databaseSchema" in failed[1]["message"] and failed[2]["message"] == "item 3: the body must be a JSON object"
    for body in (good, last):
        api.get(f"/tables/name/{chain.fqn}.{body['name']}")


def test_when_all_fail_the_status_says_failure(api):
    result = bulk(api, "/tables", [{"name": "t"}, {}])
    assert (result["status"], counts(result)) == ("failure", (2, 0, 2))


def test_later_items_see_earlier_ones(api):
    parent, child = unique("parent"), unique("child")
    result = bulk(api, "/domains", [
        {"name": parent, "description": "d", "domainType": "Aggregate"},
        {"name": child, "description": "d", "domainType": "Aggregate", "parent": parent},
        {"name": parent, "description": "again", "domainType": "Aggregate"},
        {"name": unique("orphan"), "description": "d", "domainType": "Aggregate", "parent": unique("nobody")},
    ])
    assert counts(result) == (4, 3, 1)
    assert [row["request"] for row in result["successRequest"]] == [parent, f"{parent}.{child}", parent]
    assert api.get(f"/domains/name/{parent}")["description"] == "again"


def test_the_same_entity_twice_is_as_two_puts(api, chain):
    first, second = chain.body("twice", description="one"), chain.body("twice", description="two")
    result = bulk(api, "/tables", [first, second, first])
    assert [row["message"] for row in result["successRequest"]] == ["entityCreated", "entityUpdated", "entityUpdated"]
    table = api.get(f"/tables/name/{chain.fqn}.twice")
    assert (table["description"], table["version"]) == ("one", 0.3)
    # Prepared from the same state, the second would change nothing.
    bulk(api, "/tables", [second, first])
    assert (api.get(f"/tables/name/{chain.fqn}.twice")["version"]) == 0.5


def test_a_trial_checks_everything_and_writes_nothing(api, chain):
    bodies = [chain.body("trial"), chain.body("trial", description="again"), {"name": "bad"}]
    result = bulk(api, "/tables", bodies, "?dryRun=true")
    assert (result["dryRun"], result["status"], counts(result)) == (True, "partialSuccess", (3, 2, 1))
    assert [row["message"] for row in result["successRequest"]] == ["entityCreated", "entityUpdated"]
    api.error("GET", f"/tables/name/{chain.fqn}.trial", 404)
    assert bulk(api, "/tables", bodies)["numberOfRowsPassed"] == 2
    assert api.get(f"/tables/name/{chain.fqn}.trial")["version"] == 0.2


def test_a_deleted_entity_is_revived(api, chain):
    table = chain.table("gone")
    api.delete(f"/tables/{table['id']}")
    assert bulk(api, "/tables", [chain.body("gone")])["status"] == "success"
    assert api.get(f"/tables/{table['id']}")["deleted"] is False


@pytest.mark.parametrize("body", [{}, "text", None, 3])
def test_what_is_no_list_is_refused(api, body):
    assert "array" in text_of(api.error("PUT", "/tables/bulk", 400, data=b"null" if body is None else None,
                                        json=body, headers={"Content-Type": "application/json"}))


def test_broken_json_is_refused_as_a_whole(api, chain):
    name = unique("t")
    text = f'[{{"name":"{name}","databaseSchema":"{chain.fqn}","columns":[]}},{{]'
    api.error("PUT", "/tables/bulk", 400, data=text.encode(), headers={"Content-Type": "application/json"})
    api.error("GET", f"/tables/name/{chain.fqn}.{name}", 404)


def test_an_empty_list_is_done(api):
    result = bulk(api, "/tables", [])
    assert (result["status"], counts(result), result["successRequest"]) == ("success", (0, 0, 0), [])


def test_a_thousand_are_taken_and_one_more_is_not(api):
    chain = Chain(api, "thousand")
    bodies = [chain.body() for _ in range(1001)]
    assert "at most 1000 items" in text_of(api.error("PUT", "/tables/bulk", 413, json=bodies))
    assert api.get(f"/tables?databaseSchema={chain.fqn}&limit=0")["paging"]["total"] == 0
    assert counts(bulk(api, "/tables", bodies[:1000])) == (1000, 1000, 0)
    assert api.get(f"/tables?databaseSchema={chain.fqn}&limit=0")["paging"]["total"] == 1000


def test_l4_a_bulk_body_is_bounded_as_a_whole_and_each_item_by_itself(api, chain):
    row = "[" + "0," * 9999 + "0]"
    text = "[" + ",".join([f'[{row},{row}]'] * 110) + "]"  # 2.2 million values
    wrong = api.error("PUT", "/tables/bulk", 400, data=text.encode(), headers={"Content-Type": "application/json"})
    assert "2000000" in text_of(wrong)
    good, large = chain.body(), '{"name":"large","x":[' + ",".join([row] * 30) + "]}"
    text = f'[{large},{jsonlib.dumps(good)}]'
    result = api.call("PUT", "/tables/bulk", data=text.encode(), headers={"Content-Type": "application/json"}, status=200).json()
    assert "200000" in result["failedRequest"][0]["message"] and counts(result) == (2, 1, 1)


def test_blanks_between_items_do_not_matter(api, chain):
    text = f' [\n {{"name" : "a[,]{{", "databaseSchema":"{chain.fqn}", "columns":[ ] }} \n , \t{{"name":"\\"b","databaseSchema":"{chain.fqn}","columns":[]}}\r\n] '
    result = api.call("PUT", "/tables/bulk", data=text.encode(), headers={"Content-Type": "application/json"}).json()
    assert [row["request"] for row in result["successRequest"]] == [f"{chain.fqn}.a[,]{{"]
    assert [row["request"] for row in result["failedRequest"]] == ['"b']  # no name has quotes in it


def test_rights_are_asked_for_each_item(server, api, chain):
    entity, person = make_user(server, api)
    mine = chain.body(owners=[{"id": entity["id"], "type": "user"}])
    api.post("/tables", mine)
    other = chain.body()
    api.post("/tables", other)
    result = bulk(person, "/tables", [mine | {"description": "mine"}, other | {"description": "not mine"}, chain.body()])
    assert counts(result) == (3, 1, 2)
    assert [row["status"] for row in result["failedRequest"]] == [403, 403]
    assert "description" not in api.get(f"/tables/name/{chain.fqn}.{other['name']}")
    api.error("PUT", "/tables/bulk", 401, json=[mine], headers={"Authorization": "Bearer nothing"})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_every_type_is_taken(api, kind):
    chain = Chain(api)
    bodies = [kind.body(chain), kind.body(chain)]
    result = bulk(api, kind.collection, bodies, headers=SDK)
    assert (result["status"], counts(result)) == ("success", (2, 2, 0)), result
    for row in result["successRequest"]:
        assert set(row) == {"request", "message"}  # as the strict model has it
        assert api.get(f"{kind.collection}/name/{name_path(row['request'])}")["fullyQualifiedName"] == row["request"]


def test_a_bulk_put_goes_by_who_wrote_last_too(api, bot, chain):
    body = chain.body(description="hand")
    api.post("/tables", body)
    said = bot.put("/tables/bulk", [body | {"description": "machine"}, chain.body()])["successRequest"]
    assert said[0]["message"] == "entityNoChange; kept: description" and said[1]["message"] == "entityCreated"
    bot.put("/tables/bulk?overwrite=description", [body | {"description": "machine"}])
    assert api.get(f"/tables/name/{chain.fqn}.{body['name']}")["description"] == "machine"
    api.put("/tables/bulk?replace=true", [{key: value for key, value in body.items() if key != "description"}])
    assert "description" not in api.get(f"/tables/name/{chain.fqn}.{body['name']}")


def test_other_writers_get_their_turns_and_nothing_is_lost(server, api):
    """Two bulk requests and single writes side by side, over the same tables."""
    chain = Chain(api, "beside")
    names = [unique("t") for _ in range(400)]
    results, waits = [], []

    def load(word):
        mine = Api(server.base, server.login())
        results.append(bulk(mine, "/tables", [chain.body(name, description=word) for name in names]))

    def write():
        mine = Api(server.base, server.login())
        for _ in range(20):
            began = time.monotonic()
            mine.post("/tables", chain.body())
            waits.append(time.monotonic() - began)

    threads = [threading.Thread(target=load, args=("one",)), threading.Thread(target=load, args=("two",)), threading.Thread(target=write)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [counts(result) for result in results] == [(400, 400, 0)] * 2 and len(waits) == 20
    made = [row["message"] for result in results for row in result["successRequest"]]
    assert made.count("entityCreated") == 400 and made.count("entityUpdated") == 400
    listed = api.get(f"/tables?databaseSchema={chain.fqn}&limit=0")["paging"]["total"]
    assert listed == 420


def test_w15_items_of_a_bulk_request_use_up_the_quota():
    server = Server(env={"METADATA_RATE_LIMIT": "admin=20", "METADATA_BULK_ITEMS_A_REQUEST": "10"}).start()
    try:
        api = Api(server.base, server.login())
        body = lambda: {"name": unique("domain"), "description": "d", "domainType": "Aggregate"}
        left = lambda answer: int(answer.headers["X-RateLimit-Remaining"])
        before = left(api.call("GET", "/domains"))
        assert left(api.call("PUT", "/domains/bulk", json=[body() for _ in range(25)], status=200)) == before - 3
        assert left(api.call("PUT", "/domains/bulk", json=[], status=200)) == before - 4
        # What is there is used up, and the next request is refused.
        assert left(api.call("PUT", "/domains/bulk", json=[body() for _ in range(500)], status=200)) == 0
        api.error("PUT", "/domains/bulk", 429, json=[body()])
        # Admins alone are limited here: a bot is not, by default, whatever it sends.
        bot = Api(server.base, server.bot_token())
        assert counts(bulk(bot, "/domains", [body() for _ in range(1000)])) == (1000, 1000, 0)
    finally:
        server.stop()
        server.remove()
