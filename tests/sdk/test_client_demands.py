"""What the real client demands of any server, point by point: its models and transport (`test_demand_…`), and its patches (`test_dialect_…`)."""

import json
import re
import string

import pytest
import requests

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.lineage.addLineage import AddLineageRequest
from metadata.generated.schema.entity.data.table import Column, DataType, Table
from metadata.generated.schema.entity.services.databaseService import DatabaseService
from metadata.generated.schema.entity.teams.user import User
from metadata.generated.schema.type.entityLineage import EntitiesEdge
from metadata.generated.schema.type.entityReference import EntityReference
from metadata.generated.schema.type.entityReferenceList import EntityReferenceList
from metadata.ingestion.ometa.client import APIError

from client import unique
from harness import Server
from test_client import Tree, label

SDK = {"X-Metadata-Dialect": "openmetadata"}


@pytest.fixture(scope="module")
def tree(metadata):
    return Tree(metadata)


def path_of(table, more=""):
    return f"/tables/{table.id.root}{more}"


def patched(bot, table, *operations):
    return bot.patch(path_of(table), list(operations), headers=SDK)


# ---- models and transport --------------------------------------------------------------------------------------------

def test_demand_1_answers_have_only_members_that_the_models_know(bot, tree):
    table = tree.table(description="d", tags=[label("Tier.Tier1")])
    for path, model in ((path_of(table, "?fields=*"), Table), ("/users/name/admin?fields=*", User),
                        (f"/services/databaseServices/{tree.service.id.root}?fields=*", DatabaseService)):
        answer = bot.get(path, headers=SDK)
        assert set(answer) <= set(model.model_fields), set(answer) - set(model.model_fields)
        needed = {name for name, field in model.model_fields.items() if field.is_required()}
        assert needed <= set(answer)
        model.model_validate(answer)
    shown = bot.get(path_of(table, "?fields=*"), headers=SDK)
    assert {"tagFQN", "source", "labelType", "state"} <= set(shown["tags"][0])
    assert "name" not in {key for key, value in shown.items() if value is None}  # nothing is null: it is left out
    assert None not in shown.values()


def test_demand_2_versions_have_one_decimal(bot, tree):
    table = tree.table()
    for number in range(12):
        patched(bot, table, {"op": "add", "path": "/description", "value": f"d{number}"})
    text = bot.call("GET", path_of(table), headers=SDK).text
    assert re.search(r'"version":1\.3[,}]', text), text[:300]
    listed = bot.get(path_of(table, "/versions"), headers=SDK)["versions"]
    said = [re.search(r'"version":([0-9.]+)', version).group(1) for version in listed]
    assert said == ["1.3", "1.2", "1.1", "1.0", *[f"0.{n}" for n in range(9, 0, -1)]]


def test_demand_3_lists_have_a_total_and_cursors_that_need_no_escape(bot, tree):
    names = [tree.table('odd "name"'.replace('"', "") + f" & + % # ü {number}") for number in range(3)]
    where, seen = f"/tables?limit=1&database={tree.database.fullyQualifiedName.root}", []
    total = bot.get(where, headers=SDK)["paging"]["total"]
    after = ""
    while True:
        page = bot.get(where + (f"&after={after}" if after else ""), headers=SDK)
        assert page["paging"]["total"] == total
        seen += [entry["name"] for entry in page["data"]]
        after = page["paging"].get("after")
        if not after:
            break
        assert set(after) <= set(string.ascii_letters + string.digits + "-_")
    assert len(seen) == len(set(seen)) == total and {table.name.root for table in names} <= set(seen)


def test_demand_4_errors_have_a_code_and_a_message(metadata, bot):
    for method, path, body, status in (("GET", "/tables/name/no.such.table.here", None, 404), ("GET", "/tables/no-uuid", None, 400),
                                       ("PUT", "/tables", {"name": "x"}, 400), ("GET", "/no/such/route", None, 404)):
        answer = bot.error(method, path, status, json=body)
        assert answer["code"] == status and type(answer["code"]) is int and answer["message"]
    assert metadata.get_by_name(Table, "no.such.table.here") is None
    with pytest.raises(APIError) as raised:
        metadata.client.get("/tables/no-uuid")
    assert raised.value.status_code == 400


def test_demand_5_empty_answers_are_taken_and_nobody_is_sent_elsewhere(metadata, bot, server, tree):
    source, target = tree.table(), tree.table()
    edge = AddLineageRequest(edge=EntitiesEdge(fromEntity=EntityReference(id=source.id, type="table"),
                                               toEntity=EntityReference(id=target.id, type="table")))
    body = json.loads(edge.model_dump_json(exclude_none=True))
    answer = bot.call("PUT", "/lineage", json=body, headers=SDK)
    assert answer.status_code == 200 and answer.content == b""
    assert [found["toEntity"] for found in metadata.add_lineage(edge)["downstreamEdges"]] == [str(target.id.root)]
    for path in ("/tables/", "/tables//", "/system/version/", ""):
        assert not 300 <= requests.get(server.base + path, timeout=30, allow_redirects=False).status_code < 400


def test_demand_6_a_bot_is_never_told_to_wait():
    server = Server(env={"METADATA_RATE_LIMIT": ""}).start()  # with the limits that it has by default
    try:
        bot = requests.Session()
        bot.headers["Authorization"] = "Bearer " + server.bot_token()
        for _ in range(1100):  # more than a person may in an hour
            answer = bot.get(server.base + "/tables?limit=0", timeout=30)
            assert answer.status_code == 200 and "X-RateLimit-Limit" not in answer.headers
        person = {"Authorization": "Bearer " + server.login()}
        assert requests.get(server.base + "/tables?limit=0", headers=person, timeout=30).headers["X-RateLimit-Limit"] == "10000"
    finally:
        server.stop()
        server.remove()


def test_demand_7_the_version_is_the_clients_own(metadata, nobody):
    assert re.match(r"1\.10\.", nobody.get("/system/version")["version"])
    assert metadata.get_server_version().startswith("1.10.")


def test_demand_8_the_token_stands_in_the_bearer_header(server, bot_token):
    for spelled in ("Bearer", "bearer"):
        answer = requests.get(server.base + "/tables?limit=0", headers={"Authorization": f"{spelled} {bot_token}"}, timeout=30)
        assert answer.status_code == 200
    assert requests.get(server.base + "/tables?limit=0", timeout=30).status_code == 401


def test_demand_9_patches_of_deep_places_are_taken(bot, tree):
    table = tree.table()
    after = patched(bot, table, {"op": "add", "path": "/columns/1/tags/0", "value": {
        "tagFQN": "PII.Email", "source": "Classification", "labelType": "Manual", "state": "Confirmed"}},
        {"op": "add", "path": "/columns/0/description", "value": "the key"})
    assert after["columns"][1]["tags"][0]["tagFQN"] == "PII.Email" and after["columns"][0]["description"] == "the key"
    bot.error("PATCH", path_of(table), 415, data=b"[]", headers={"Content-Type": "text/plain"})


def test_demand_10_deletes_have_their_switches_in_lower_case(bot, metadata, tree):
    table = tree.table()
    answer = bot.delete(path_of(table, "?recursive=false&hardDelete=false"), headers=SDK)
    assert answer.status_code == 200 and answer.json()["deleted"] is True
    metadata.delete(Table, table.id, recursive=True, hard_delete=True)
    bot.error("GET", path_of(table, "?include=all"), 404, headers=SDK)


# ---- the dialect of patches ------------------------------------------------------------------------------------------

def test_dialect_1_an_absent_array_is_an_empty_one(bot, tree):
    table = tree.table()
    tag = {"tagFQN": "Tier.Tier1", "source": "Classification", "labelType": "Manual", "state": "Confirmed"}
    owner = {"id": bot.get("/users/name/admin")["id"], "type": "user"}
    after = patched(bot, table, {"op": "add", "path": "/tags/0", "value": tag}, {"op": "add", "path": "/owners/-", "value": owner},
                    {"op": "add", "path": "/columns/0/tags/0", "value": tag | {"tagFQN": "PII.None"}})
    assert after["tags"][0]["tagFQN"] == "Tier.Tier1" and after["owners"][0]["id"] == owner["id"]
    assert after["columns"][0]["tags"][0]["tagFQN"] == "PII.None"


@pytest.mark.covers("patch_owner")
def test_dialect_2_owners_come_back_resolved(metadata, tree, bot):
    table, admin = tree.table(), bot.get("/users/name/admin")
    after = metadata.patch_owner(entity=Table, source=table, owners=EntityReferenceList(root=[EntityReference(id=admin["id"], type="user")]))
    owner = after.owners.root[0]
    assert (owner.name, owner.fullyQualifiedName, owner.deleted) == ("admin", "admin", False) and str(owner.href.root).startswith("http")


def test_dialect_3_an_element_that_goes_is_null_first(bot, tree):
    table = tree.table()
    more = patched(bot, table, *({"op": "add", "path": "/columns/-", "value": {"name": name, "dataType": "INT"}} for name in "abc"))
    assert [column["name"] for column in more["columns"]] == ["id", "email", "a", "b", "c"]
    after = patched(bot, table, {"op": "replace", "path": "/columns/2", "value": None}, {"op": "replace", "path": "/columns/3", "value": None},
                    {"op": "remove", "path": "/columns/2"}, {"op": "remove", "path": "/columns/2"})
    assert [column["name"] for column in after["columns"]] == ["id", "email", "c"]


def test_dialect_4_arrays_keep_the_order_that_was_shown(metadata, bot, tree):
    table = tree.table(tags=[label("Tier.Tier1"), label("PII.Sensitive"), label("PersonalData.Personal")])
    read = lambda: bot.get(path_of(table, "?fields=tags,owners"), headers=SDK)
    shown = read()
    assert [tag["tagFQN"] for tag in shown["tags"]] == [tag["tagFQN"] for tag in read()["tags"]]
    after = patched(bot, table, {"op": "remove", "path": "/tags/1"})
    assert [tag["tagFQN"] for tag in after["tags"]] == [tag["tagFQN"] for number, tag in enumerate(shown["tags"]) if number != 1]
    # What `fields` left out is there all the same.
    assert patched(bot, table, {"op": "replace", "path": "/tags", "value": []}).get("tags", []) == []


def test_dialect_5_a_new_column_gets_its_name(metadata, tree):
    table = tree.table()
    changed = table.model_copy(deep=True)
    changed.columns.append(Column(name="new.one", dataType=DataType.STRUCT, children=[Column(name="inner", dataType=DataType.INT)]))
    after = metadata.patch(Table, table, changed)
    fqn = table.fullyQualifiedName.root
    assert after.columns[2].fullyQualifiedName.root == f'{fqn}."new.one"'
    assert after.columns[2].children[0].fullyQualifiedName.root == f'{fqn}."new.one".inner'


def test_dialect_6_the_source_hash_rides_along(bot, metadata, tree):
    table = tree.table(sourceHash="a" * 32)
    changed = table.model_copy(deep=True)
    changed.sourceHash, changed.columns = "b" * 32, table.columns[:1]
    metadata.patch(Table, table, changed)
    listed = bot.get(f"/tables?fields=sourceHash&limit=1000&database={tree.schema.fullyQualifiedName.root}", headers=SDK)["data"]
    assert [entry["sourceHash"] for entry in listed if entry["id"] == str(table.id.root)] == ["b" * 32]


@pytest.mark.parametrize("path", ["id", "fullyQualifiedName", "version", "updatedAt", "updatedBy", "href", "changeDescription"])
def test_dialect_7_what_the_server_manages_stays(bot, tree, path):
    table = tree.table()
    before = bot.get(path_of(table), headers=SDK)
    value = {"id": "5f1cbd2c-9d1f-4c0e-8d0f-2f4f0e1e9b11", "version": 7.7, "updatedAt": 1, "changeDescription": {}}.get(path, "http://x.example/y")
    answer = bot.call("PATCH", path_of(table), json=[{"op": "add", "path": "/" + path, "value": value}],
                      headers=SDK | {"Content-Type": "application/json-patch+json"}, status=(200, 400))
    after = bot.get(path_of(table), headers=SDK)
    assert after == before and answer.status_code in (200, 400)


def test_dialect_8_a_patch_without_effect_makes_no_version(metadata, bot, tree):
    table = tree.table(description="d")
    after = patched(bot, table, {"op": "replace", "path": "/description", "value": "d"}, {"op": "test", "path": "/name", "value": table.name.root})
    assert after["version"] == 0.1
    assert len(bot.get(path_of(table, "/versions"), headers=SDK)["versions"]) == 1
    assert metadata.patch(Table, table, table.model_copy(deep=True)) is None  # the client sends nothing


def test_two_clients_share_no_edit_that_is_lost(bot, tree, api):
    """Two writers of different places of one table, one after the other from the same copy: both are kept."""
    table = tree.table()
    first = table.model_copy(deep=True)
    first.displayName = "Shown"
    tree.metadata.patch(Table, table, first)
    second = table.model_copy(deep=True)
    second.columns[0].displayName = unique("key")
    tree.metadata.patch(Table, table, second)
    after = api.get(path_of(table))
    assert after["displayName"] == "Shown" and after["columns"][0]["displayName"] == second.columns[0].displayName
