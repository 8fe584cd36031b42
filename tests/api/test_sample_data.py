"""Samples of data: of tables, topics, search indexes and worksheets; what is marked as sensitive is for owners, admins and bots."""

import uuid

import pytest

from client import Chain, unique
from persons import make_user
from kinds import KINDS
from test_permissions import VIEW_ALL, person_with, ref, rule

SENSITIVE = [{"tagFQN": "PII.Sensitive", "source": "Classification"}]
SAMPLE = {"columns": ["id", "email"], "rows": [[1, "a@example.com"], [2, None]]}


def at(table):
    return f"/tables/{table['id']}/sampleData"


def shown(client, table):
    return client.get(at(table)).get("sampleData")


def test_a_sample_is_kept_shown_and_removed(api, chain):
    table = chain.table(unique("sampled"))
    assert "sampleData" not in api.get(at(table))
    answer = api.put(at(table), SAMPLE)
    assert answer["id"] == table["id"] and answer["sampleData"] == {"columns": ["id", "email"], "rows": [[1, "a@example.com"], [2, None]]}
    assert shown(api, table) == SAMPLE and api.get(f"/tables/{table['id']}?fields=sampleData")["sampleData"] == SAMPLE
    assert "sampleData" not in api.get(f"/tables/{table['id']}")
    api.put(at(table), {"columns": ["id"], "rows": [[3]]})  # in its place
    assert shown(api, table) == {"columns": ["id"], "rows": [[3]]}
    assert "sampleData" not in api.call("DELETE", at(table), status=200).json()
    assert shown(api, table) is None
    api.error("DELETE", at(table), 404)
    assert api.get(f"/tables/{table['id']}")["version"] == 0.1 and len(api.get(f"/tables/{table['id']}/versions")["versions"]) == 1


def test_a_sample_fits_the_table(api, chain):
    table = chain.table(unique("fits"))
    unknown = api.error("PUT", at(table), 400, json={"columns": ["id", "nope"], "rows": []})
    assert "Invalid column name nope" in unknown["message"]
    wide = api.error("PUT", at(table), 400, json={"columns": ["id", "email"], "rows": [[1, 2, 3]]})
    assert "Number of columns is 2 but row has 3 sample values" in wide["message"]
    for wrong in ({"columns": "id"}, {"rows": [1]}, {"columns": [1]}, {"more": 1}, [], 1, None):
        api.error("PUT", at(table), 400, json=wrong) if wrong is not None else api.error("PUT", at(table), 400, data="null")
    large = api.error("PUT", at(table), 413, json={"columns": ["id"], "rows": [["x" * 2000]] * 900})
    assert "1048576 bytes" in large["message"]
    api.error("PUT", f"/tables/{uuid.uuid4()}/sampleData", 404, json=SAMPLE)
    api.delete(f"/tables/{table['id']}")
    api.error("PUT", at(table), 404, json=SAMPLE)
    api.error("GET", at(table), 404)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.type in ("topic", "searchIndex")], ids=str)
def test_messages_are_samples_too(api, chain, kind):
    made = api.post(kind.collection, kind.body(chain))
    path = f"{kind.collection}/{made['id']}/sampleData"
    assert api.put(path, {"messages": ["{\"a\":1}", "b"]})["sampleData"] == {"messages": ["{\"a\":1}", "b"]}
    assert api.get(path)["sampleData"]["messages"] == ["{\"a\":1}", "b"]
    api.error("PUT", path, 400, json={"messages": [1]})
    api.call("DELETE", path, status=200)
    assert "sampleData" not in api.get(path)


def test_messages_of_what_is_sensitive_are_masked_as_a_whole(api, chain, person):
    kind = next(one for one in KINDS if one.type == "topic")
    topic = api.post(kind.collection, kind.body(chain))
    path = f"{kind.collection}/{topic['id']}/sampleData"
    api.put(path, {"messages": ["one", "two"]})
    assert person[1].get(path)["sampleData"]["messages"] == ["one", "two"]
    api.patch(f"{kind.collection}/{topic['id']}", [{"op": "add", "path": "/tags", "value": SENSITIVE}])
    assert person[1].get(path)["sampleData"]["messages"] == ["********"] * 2
    assert api.get(path)["sampleData"]["messages"] == ["one", "two"]


def test_worksheets_have_samples_as_tables_have(api, chain):
    kind = next(one for one in KINDS if one.type == "worksheet")
    sheet = api.post(kind.collection, kind.body(chain) | {"columns": [{"name": "a", "dataType": "INT"}]})
    path = f"{kind.collection}/{sheet['id']}/sampleData"
    assert api.put(path, {"columns": ["a"], "rows": [[1]]})["sampleData"]["rows"] == [[1]]
    api.error("PUT", path, 400, json={"columns": ["b"], "rows": []})
    assert [one["name"] for one in api.get(f"{kind.collection}/{sheet['id']}/columns")["data"]] == ["a"]


def test_sensitive_columns_are_masked_but_for_owners_admins_and_bots(server, api, bot, chain, person):
    team = api.post("/teams", {"name": unique("crew"), "teamType": "Group"})
    owner, as_owner = make_user(server, api)
    member, as_member = make_user(server, api, teams=[team["id"]])
    columns = [{"name": "id", "dataType": "INT"}, {"name": "Email", "dataType": "STRING", "tags": SENSITIVE}]
    table = chain.table(unique("pii"), columns=columns, owners=[ref(owner, "user")])
    sample = {"columns": ["id", "Email"], "rows": [[1, "a@example.com"], [2, "b@example.com"]]}
    api.put(at(table), sample)
    viewer, _ = person_with(server, api, VIEW_ALL)[1], None
    masked = {"columns": ["id", "Email [MASKED]"], "rows": [[1, "********"], [2, "********"]]}
    for client in (api, bot, as_owner):
        assert shown(client, table) == sample
    for client in (person[1], viewer, as_member):
        assert shown(client, table) == masked
        assert client.get(f"/tables/{table['id']}?fields=sampleData")["sampleData"] == masked
        page = client.get(f"/tables?databaseSchema={chain.fqn}&fields=sampleData&limit=100")["data"]
        assert [one["sampleData"] for one in page if one["id"] == table["id"]] == [masked]
    api.patch(f"/tables/{table['id']}", [{"op": "replace", "path": "/owners", "value": [ref(team, "team")]}])
    assert shown(as_member, table) == sample and shown(as_owner, table) == masked


def test_owners_of_what_contains_it_see_it_too(server, api):
    owner, client = make_user(server, api)
    chain = Chain(api, "inherit")
    api.patch(f"/databases/{chain.database['id']}", [{"op": "add", "path": "/owners", "value": [ref(owner, "user")]}])
    table = chain.table(unique("pii"), columns=[{"name": "e", "dataType": "STRING", "tags": SENSITIVE}])
    api.put(at(table), {"columns": ["e"], "rows": [["secret"]]})
    assert shown(client, table)["rows"] == [["secret"]]


def test_samples_need_rights_of_their_own(server, api, chain):
    table = chain.table(unique("rights"))
    api.put(at(table), SAMPLE)
    denies = lambda operation: person_with(server, api, VIEW_ALL, rule("deny", [operation], None, ["table"], "not"))[1]
    assert "ViewSampleData" in denies("ViewSampleData").error("GET", at(table), 403)["message"]
    _, sees = person_with(server, api, VIEW_ALL)[:2]
    assert shown(sees, table) == SAMPLE
    assert "EditSampleData" in sees.error("PUT", at(table), 403, json=SAMPLE)["message"]
    sees.error("DELETE", at(table), 403)
    # Who may bring one, and not see it, gets the entity without it.
    edits = person_with(server, api, rule("allow", ["EditSampleData"], None, ["table"], "brings"),
                        rule("deny", ["ViewSampleData"], None, ["table"], "not"))[1]
    assert "sampleData" not in edits.put(at(table), {"columns": ["id"], "rows": [[9]]})
    assert shown(api, table)["rows"] == [[9]]
