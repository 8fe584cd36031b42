"""Version numbers and change descriptions."""

import json

import pytest

LISTS = ("fieldsAdded", "fieldsUpdated", "fieldsDeleted")


def add(path, value):
    return {"op": "add", "path": path, "value": value}


def names(change, kind):
    return [field["name"] for field in change[kind]]


def test_scalars_stand_as_values(api, chain):
    path = f"/tables/{chain.table()['id']}"
    change = api.patch(path, [add("/description", "a")])["changeDescription"]
    assert change["fieldsAdded"] == [{"name": "description", "newValue": "a"}]
    change = api.patch(path, [{"op": "replace", "path": "/description", "value": "b"}])["changeDescription"]
    assert change["fieldsUpdated"] == [{"name": "description", "oldValue": "a", "newValue": "b"}]
    change = api.patch(path, [{"op": "remove", "path": "/description"}])["changeDescription"]
    assert change["fieldsDeleted"] == [{"name": "description", "oldValue": "b"}]
    assert change["previousVersion"] == 0.3 and all(kind in change for kind in LISTS)


def test_lists_stand_as_json_text_of_the_items(api, chain, person):
    path = f"/tables/{chain.table()['id']}"
    change = api.patch(path, [add("/owners", [{"id": person[0]["id"], "type": "user"}])])["changeDescription"]
    assert names(change, "fieldsAdded") == ["owners"]
    value = json.loads(change["fieldsAdded"][0]["newValue"])
    assert isinstance(value, list) and value[0]["id"] == person[0]["id"]
    change = api.patch(path, [add("/tags", [{"tagFQN": "Tier.Tier1", "source": "Classification"}])])["changeDescription"]
    assert json.loads(change["fieldsAdded"][0]["newValue"])[0]["tagFQN"] == "Tier.Tier1"
    change = api.patch(path, [{"op": "remove", "path": "/owners/0"}])["changeDescription"]
    assert names(change, "fieldsDeleted") == ["owners"]
    assert json.loads(change["fieldsDeleted"][0]["oldValue"])[0]["id"] == person[0]["id"]


def test_columns_are_named_by_their_names(api, chain):
    path = f"/tables/{chain.table()['id']}"
    change = api.patch(path, [add("/columns/0/description", "key")])["changeDescription"]
    assert change["fieldsAdded"] == [{"name": "columns.id.description", "newValue": "key"}]
    change = api.patch(path, [add("/columns/1/tags", [{"tagFQN": "PII.Email", "source": "Classification"}])])["changeDescription"]
    assert names(change, "fieldsAdded") == ["columns.email.tags"]
    changed = api.patch(path, [add("/columns/-", {"name": "extra", "dataType": "INT"})])
    assert names(changed["changeDescription"], "fieldsAdded") == ["columns"]
    assert json.loads(changed["changeDescription"]["fieldsAdded"][0]["newValue"])[0]["name"] == "extra"
    assert changed["version"] == 0.4


@pytest.mark.parametrize("change, version", [
    (lambda columns: columns[:1], 1.1),
    (lambda columns: [columns[0], columns[1] | {"dataLength": 100}], 1.1),
    (lambda columns: [columns[0], columns[1] | {"dataLength": 300}], 0.2),
    (lambda columns: [columns[0] | {"dataType": "INT"}, columns[1]], 1.1),
    (lambda columns: columns + [{"name": "more", "dataType": "INT"}], 0.2),
    (lambda columns: [columns[0], columns[1] | {"description": "x"}], 0.2),
], ids=["column removed", "narrowed", "widened", "type changed", "column added", "described"])
def test_what_breaks_readers_is_a_major_version(api, chain, change, version):
    body = chain.body()
    api.post("/tables", body)
    assert api.put("/tables", body | {"columns": change(body["columns"])})["version"] == version


def test_a_type_change_is_a_removal_and_an_addition_and_keeps_the_description(api, chain):
    body = chain.body(columns=[{"name": "id", "dataType": "BIGINT", "description": "the key"}])
    api.post("/tables", body)
    changed = api.put("/tables", body | {"columns": [{"name": "id", "dataType": "INT"}]})
    assert names(changed["changeDescription"], "fieldsAdded") == ["columns"]
    assert names(changed["changeDescription"], "fieldsDeleted") == ["columns"]
    assert changed["columns"][0]["description"] == "the key"


def test_ten_small_steps_make_a_whole_one(api, chain):
    path, seen = f"/tables/{chain.table()['id']}", []
    for number in range(11):
        seen.append(api.patch(path, [add("/description", f"step {number}")])["version"])
    assert seen == [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2]
    versions = [json.loads(text)["version"] for text in api.get(path + "/versions")["versions"]]
    assert versions == seen[::-1] + [0.1]


def test_versions_are_exact_in_the_text(api, chain):
    path = f"/tables/{chain.table()['id']}"
    text = api.call("PATCH", path, json=[add("/description", "x")],
                    headers={"Content-Type": "application/json-patch+json"}).text
    api.patch(path, [add("/description", "y")])
    text += api.call("GET", path).text
    assert '"version":0.2' in text.replace(" ", "") and '"version":0.3' in text.replace(" ", "")
    assert "0.30000000000000004" not in text


def test_every_version_reads_as_it_was(api, chain, person):
    table = chain.table(description="one")
    path = f"/tables/{table['id']}"
    api.patch(path, [add("/description", "two")])
    api.patch(path, [add("/owners", [{"id": person[0]["id"], "type": "user"}])])
    api.patch(path, [add("/tags", [{"tagFQN": "Tier.Tier2", "source": "Classification"}])])
    api.patch(path, [{"op": "remove", "path": "/columns/1"}])
    old = [api.get(f"{path}/versions/{version}") for version in ("0.1", "0.2", "0.3", "0.4", "1.4")]
    assert [version["description"] for version in old] == ["one", "two", "two", "two", "two"]
    assert [len(version["columns"]) for version in old] == [2, 2, 2, 2, 1]
    assert [bool(version.get("owners")) for version in old] == [False, False, True, True, True]
    assert [bool(version.get("tags")) for version in old] == [False, False, False, True, True]
    assert [version["updatedBy"] for version in old] == ["admin"] * 5
    assert "changeDescription" not in old[0] and old[1]["changeDescription"]["previousVersion"] == 0.1


def test_writes_without_effect_make_no_version(api, chain):
    body = chain.body(description="d")
    made = api.post("/tables", body)
    path = f"/tables/{made['id']}"
    for operations in ([], [add("/description", "d")], [{"op": "test", "path": "/description", "value": "d"}],
                       [add("/displayName", "x"), {"op": "remove", "path": "/displayName"}],
                       [{"op": "replace", "path": "/version", "value": 5.5}]):
        after = api.patch(path, operations)
        assert (after["version"], after["updatedAt"]) == (0.1, made["updatedAt"]), operations
    assert api.put("/tables", body)["version"] == 0.1
    assert len(api.get(path + "/versions")["versions"]) == 1


def test_the_list_of_versions_can_be_paged(api, chain):
    path = f"/tables/{chain.table()['id']}"
    for number in range(5):
        api.patch(path, [add("/description", str(number))])
    listed = [json.loads(text)["version"] for text in api.get(path + "/versions?limit=2&offset=1")["versions"]]
    assert listed == [0.5, 0.4]
