"""--session-window: patches of one person that follow one another closely are one version."""

import json
import time

import pytest

from client import Api, Chain
from persons import make_user
from harness import Server


@pytest.fixture(scope="module")
def folding():
    server = Server(env={"METADATA_SESSION_WINDOW": "600"}).start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture(scope="module")
def api(folding):
    return Api(folding.base, folding.login())


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api)


def describe(api, table, text, **options):
    return api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/description", "value": text}], **options)


def numbers(api, table):
    return [json.loads(version)["version"] for version in api.get(f"/tables/{table['id']}/versions")["versions"]]


def test_patches_that_follow_are_one_version(api, chain):
    table = chain.table(description="zero")
    assert describe(api, table, "one")["version"] == 0.2  # the first one after the creation never folds
    second = describe(api, table, "two")
    shown = api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/displayName", "value": "Shown"}])
    assert (second["version"], shown["version"]) == (0.2, 0.2)
    # An answer tells the change of its own request, the version that of all of them.
    assert second["changeDescription"]["fieldsUpdated"] == [{"name": "description", "oldValue": "one", "newValue": "two"}]
    assert second["incrementalChangeDescription"] == second["changeDescription"]
    assert shown["changeDescription"]["fieldsAdded"] == [{"name": "displayName", "newValue": "Shown"}]
    whole = api.get(f"/tables/{table['id']}")["changeDescription"]
    assert whole["fieldsUpdated"] == [{"name": "description", "oldValue": "zero", "newValue": "two"}]
    assert whole["fieldsAdded"] == [{"name": "displayName", "newValue": "Shown"}] and whole["previousVersion"] == 0.1
    assert numbers(api, table) == [0.2, 0.1]
    assert api.get(f"/tables/{table['id']}/versions/0.1")["description"] == "zero"


def test_what_is_taken_back_is_no_version(api, chain):
    table = chain.table(description="zero")
    describe(api, table, "one")
    columns = api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/columns/-", "value": {"name": "c", "dataType": "INT"}}])
    assert columns["version"] == 0.2
    back = api.patch(f"/tables/{table['id']}", [{"op": "remove", "path": "/columns/2"}, {"op": "replace", "path": "/description", "value": "zero"}])
    assert back["version"] == 0.1 and numbers(api, table) == [0.1]
    assert describe(api, table, "again")["version"] == 0.2 and numbers(api, table) == [0.2, 0.1]


def test_a_column_that_goes_within_a_session_makes_it_major(api, chain):
    table = chain.table()
    describe(api, table, "one")
    assert api.patch(f"/tables/{table['id']}", [{"op": "remove", "path": "/columns/1"}])["version"] == 1.1
    assert numbers(api, table) == [1.1, 0.1]
    old = api.get(f"/tables/{table['id']}/versions/0.1")
    assert [column["name"] for column in old["columns"]] == ["id", "email"] and "description" not in old


def test_labels_and_owners_are_folded_too(folding, api, chain):
    entity, _ = make_user(folding, api)
    table = chain.table(tags=[{"tagFQN": "Tier.Tier1", "source": "Classification"}])
    describe(api, table, "one")
    api.patch(f"/tables/{table['id']}", [
        {"op": "add", "path": "/owners", "value": [{"id": entity["id"], "type": "user"}]},
        {"op": "replace", "path": "/tags", "value": [{"tagFQN": "Tier.Tier2", "source": "Classification"}]}])
    change = api.get(f"/tables/{table['id']}")["changeDescription"]
    assert sorted(field["name"] for field in change["fieldsAdded"]) == ["description", "owners", "tags"]
    assert [field["name"] for field in change["fieldsDeleted"]] == ["tags"]
    old = api.get(f"/tables/{table['id']}/versions/0.1")
    assert [tag["tagFQN"] for tag in old["tags"]] == ["Tier.Tier1"] and old["owners"] == []
    back = api.patch(f"/tables/{table['id']}", [
        {"op": "remove", "path": "/owners/0"}, {"op": "remove", "path": "/description"},
        {"op": "replace", "path": "/tags", "value": [{"tagFQN": "Tier.Tier1", "source": "Classification"}]}])
    assert back["version"] == 0.1


def test_somebody_else_a_put_a_state_and_a_restore_end_a_session(folding, api, chain):
    other = Api(folding.base, folding.bot_token())
    table = chain.table()
    path = f"/tables/{table['id']}"
    describe(api, table, "one")
    assert describe(other, table, "two")["version"] == 0.3
    assert describe(api, table, "three")["version"] == 0.4
    tag = api.call("GET", path).headers["ETag"]
    assert describe(api, table, "four", headers={"If-Match": tag})["version"] == 0.5
    assert api.put("/tables", chain.body(table["name"], description="five"))["version"] == 0.6
    api.delete(path)
    api.put("/tables/restore", {"id": table["id"]})
    assert describe(api, table, "six")["version"] == 0.9
    assert numbers(api, table) == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]


def test_events_tell_every_patch(api, chain):
    table = chain.table()
    after = int(describe_seq(api, table, "one"))
    describe(api, table, "two")
    describe(api, table, "three")
    events = api.get(f"/events?after={after}&limit=10")["data"]
    said = [event["changeDescription"]["fieldsUpdated"][0]["newValue"] for event in events if event["entityId"] == table["id"]]
    assert said == ["two", "three"]


def describe_seq(api, table, text):
    answer = api.call("PATCH", f"/tables/{table['id']}", json=[{"op": "add", "path": "/description", "value": text}],
                      headers={"Content-Type": "application/json-patch+json"})
    return answer.headers["X-Metadata-Seq"]


def test_long_histories_stay_readable(api, folding, chain):
    """Every sixteenth past version is kept whole; sessions change what the newest of them is told from."""
    other = Api(folding.base, folding.bot_token())
    table = chain.table(description="0")
    for number in range(1, 40):
        writer = (api, other)[number % 2]
        describe(writer, table, f"{number} begun")
        describe(writer, table, str(number))
    versions = [json.loads(version) for version in api.get(f"/tables/{table['id']}/versions")["versions"]]
    assert [version["description"] for version in versions] == [str(number) for number in range(39, 0, -1)] + ["0"]


def test_the_window_ends(folding):
    server = Server(env={"METADATA_SESSION_WINDOW": "1"}).start()
    try:
        api = Api(server.base, server.login())
        table = Chain(api).table()
        versions = [describe(api, table, f"text {number}")["version"] for number in range(50)]
        assert len(set(versions)) < 50, "none came within a second of the one before it"
        time.sleep(1.1)  # the server's clock is the system's
        assert describe(api, table, "later")["version"] == pytest.approx(versions[-1] + 0.1)
    finally:
        server.stop()
        server.remove()


def test_without_the_setting_every_patch_is_a_version(server, admin_token):
    api = Api(server.base, admin_token)
    table = Chain(api).table()
    describe(api, table, "one")
    assert describe(api, table, "two")["version"] == 0.3
