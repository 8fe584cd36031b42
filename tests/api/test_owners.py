"""Who may own: several people, or one team of type Group."""

import uuid

import pytest

from client import Chain, text_of, unique

SDK = {"X-Metadata-Dialect": "openmetadata"}


@pytest.fixture(scope="module")
def people(api):
    made = []
    for _ in range(2):
        name = unique("owner")
        made.append(api.post("/users", {"name": name, "email": f"{name}@example.com"}))
    return made


def team(api, kind="Group"):
    return api.post("/teams", {"name": unique("team"), "teamType": kind})


def reference(entity, kind="user"):
    return {"id": entity["id"], "type": kind}


def test_several_people(api, chain, people):
    made = chain.table(owners=[reference(person) for person in people])
    assert {owner["id"] for owner in made["owners"]} == {person["id"] for person in people}
    assert [owner["name"] for owner in made["owners"]] == sorted(person["name"] for person in people)


def test_one_team(api, chain):
    made = chain.table(owners=[reference(team(api), "team")])
    assert made["owners"][0]["type"] == "team"


def test_not_both_and_not_two_teams(api, chain, people):
    mixed = [reference(people[0]), reference(team(api), "team")]
    assert "Data Assets can have up to 5 users or a Team but not both as owners." in text_of(
        api.error("POST", "/tables", 400, json=chain.body(owners=mixed)))
    teams = [reference(team(api), "team"), reference(team(api), "team")]
    assert "Only One Team is allowed to own Data Assets." in text_of(
        api.error("POST", "/tables", 400, json=chain.body(owners=teams)))


def test_only_groups_own(api, chain):
    department = team(api, "Department")
    assert "Only Team of type Group can own entities" in text_of(api.error(
        "POST", "/tables", 400, json=chain.body(owners=[reference(department, "team")])))


def test_other_things_do_not_own(api, chain):
    table = chain.table()
    api.error("POST", "/tables", 400, json=chain.body(owners=[reference(table, "table")]))
    api.error("POST", "/tables", 404, json=chain.body(owners=[{"id": str(uuid.uuid4()), "type": "user"}]))
    api.error("POST", "/tables", 404, json=chain.body(owners=["no-such-user"]))
    for wrong in ({"type": "user"}, {"id": "x", "type": "user"}, {"id": table["id"]}, 7):
        api.error("POST", "/tables", 400, json=chain.body(owners=[wrong]))


def test_owners_come_down_from_the_container_and_are_not_stored(api, people):
    chain = Chain(api, "inherit")
    table = chain.table()
    read = lambda: api.get(f"/tables/{table['id']}?fields=owners", headers=SDK).get("owners")
    assert not read()
    api.patch(f"/databaseSchemas/{chain.schema['id']}", [{"op": "add", "path": "/owners", "value": [reference(people[0])]}])
    assert [(owner["id"], owner["inherited"]) for owner in read()] == [(people[0]["id"], True)]
    api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/owners", "value": [reference(people[1])]}])
    assert [owner["id"] for owner in read()] == [people[1]["id"]] and not read()[0].get("inherited")


def test_a_renamed_display_name_shows_at_once(api, chain, people):
    made = chain.table(owners=[reference(people[0])])
    api.patch(f"/users/{people[0]['id']}", [{"op": "add", "path": "/displayName", "value": "New Name"}])
    assert api.get(f"/tables/{made['id']}?fields=owners", headers=SDK)["owners"][0]["displayName"] == "New Name"


def test_teams_know_their_members(api, people):
    made = api.post("/teams", {"name": unique("team"), "teamType": "Group", "users": [person["id"] for person in people]})
    read = api.get(f"/teams/{made['id']}?fields=users", headers=SDK)
    assert {user["id"] for user in read["users"]} == {person["id"] for person in people}
    user = api.get(f"/users/{people[0]['id']}?fields=teams", headers=SDK)
    assert made["id"] in [reference["id"] for reference in user["teams"]]
