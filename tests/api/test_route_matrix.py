"""Z2: everybody on every route, on what is their own, others', deleted, or not there; by the rules of route_rules.py."""

import collections
import json
import time

import pytest

import route_rules
from described import operations
from harness import Server
from route_cells import ROOT, World
from route_rules import ANYBODY, PERSONS, STRANGERS, WHOSE, expected

# What ends sessions, gives new tokens, or has the whole index built anew comes last.
LAST = ("/search/reindex", "/security/token/revoke", "/generateToken/", "/revokeToken", "/logout")


def order(route):
    method, path = route
    return next((i + 1 for i, word in enumerate(LAST) if word in path), 0), ("GET", "PATCH", "PUT", "POST", "DELETE").index(method), path


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    server = Server(env={"METADATA_LOGIN_LIMIT": "off"}).start()
    yield World(server, tmp_path_factory.mktemp("matrix"), PERSONS, STRANGERS)
    server.stop()
    server.remove()


def wait_for_index(world):
    for _ in range(2400):
        if world.admin.ask("GET", "/readyz")[1].count('"current"'):
            return
        time.sleep(0.05)
    raise AssertionError("the search index does not catch up")


def ask(world, route, rule, who, whose):
    """(status, text) of one cell, and what it changed is set right."""
    kind = rule.kind
    actor = world.actor(who, "user" if "/v1/users" in route[1] and kind != "team" else kind or "-")
    path, body = world.request(route, kind, who, whose)
    status, text = actor.asker.ask(route[0], path, body)
    if status < 300 and route[0] != "GET" and kind and kind not in ("run", "csvJob"):
        repair(world, route, kind, who, whose, actor)
    if status < 300 and any(word in route[1] for word in LAST[2:]) and who in PERSONS:
        actor.log_in()
    return status, text


def repair(world, route, kind, who, whose, actor):
    if kind == "user" and whose == "own":
        if route[0] == "DELETE" and not route[1].endswith("/{keyId}"):
            world.admin.put("/users/restore", {"id": actor.entity["id"]})
            actor.log_in()
    elif route[0] == "DELETE" or whose == "deleted":
        world.forget(kind, who, whose)


def test_z2_every_person_on_every_route_on_everything(world):
    document = json.loads(world.admin.ask("GET", "/openapi.json")[1])
    routes = sorted({(method, path) for method, path, _ in operations(document)}, key=order)
    collections_ = {ROOT + kind.collection: name for name, kind in world.kinds.items()}
    rules = route_rules.rules(collections_, routes)
    assert {route for route, rule in rules.items() if rule.open or "anonymous" in rule.of} == ANYBODY
    began, cells, wrong, seen = time.monotonic(), 0, [], collections.Counter()
    for route in routes:
        rule = rules[route]
        if "/search/get/" in route[1]:
            for who in PERSONS + STRANGERS:
                [world.thing(rule.kind, who, whose) for whose in WHOSE]
            wait_for_index(world)
        for who in STRANGERS + PERSONS:
            for whose in WHOSE if rule.kind else ("-",):
                status, text = ask(world, route, rule, who, whose)
                cells += 1
                seen[status] += 1
                allowed = expected(rule, who, whose)
                if status not in allowed:
                    wrong.append((*route, who, whose, status, allowed, text[:150]))
                elif status >= 400:
                    said = json.loads(text)
                    if said["code"] != status or not said["message"] or set(said) != {"code", "message", "responseType", "details"}:
                        wrong.append((*route, who, whose, said))
    untouched = unchanged(world)
    took = time.monotonic() - began
    print(f"Z2: {cells} cells of {len(routes)} routes in {took:.1f} s; answers {dict(sorted(seen.items()))}")
    assert not wrong, f"{len(wrong)} of {cells} cells:\n" + "\n".join(map(str, wrong[:60]))
    assert cells > 11_000 and len(routes) > 400 and untouched > 90 and seen[403] > 1000 and seen[404] > 2000


def unchanged(world):
    """What belongs to others is as it was made, for those who may change nothing of it: how many things were looked at."""
    looked = 0
    for (kind, who, whose), thing in world.things.items():
        if whose == "foreign" and who in ("viewer", "owner", "team owner") and kind not in ("run", "csvJob"):
            now = world.admin.get(f"{world.collection(kind)}/{thing['id']}?include=all")
            assert now["version"] == 0.1 and not now.get("deleted"), (kind, who, now)
            looked += 1
    for kind in world.kinds:
        for whose in ("own", "foreign"):
            if (kind, "somebody", whose) in world.things and (kind, whose) != ("user", "own"):
                thing = world.things[kind, "somebody", whose]
                assert world.admin.get(f"{world.collection(kind)}/{thing['id']}?include=all")["version"] == 0.1, kind
                looked += 1
    return looked
