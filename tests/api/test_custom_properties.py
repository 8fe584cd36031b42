"""Types, their custom properties, and what entities may have in `extension`."""

import pytest

from client import unique

OPEN = {"X-Metadata-Dialect": "openmetadata"}


@pytest.fixture(scope="module")
def define(api):
    """Adds a custom property to tables."""
    table = api.get("/metadata/types/name/table")

    def add(kind, config=None, name=None):
        name = name or unique("property").replace("_", "")
        body = {"name": name, "description": "d", "propertyType": {"id": api.get(f"/metadata/types/name/{kind}")["id"], "type": "type"}}
        if config is not None:
            body["customPropertyConfig"] = {"config": config}
        made = api.put(f"/metadata/types/{table['id']}", body, status=200)
        assert made["id"] == table["id"]
        return name
    return add


def test_types_of_fields_and_of_entities_are_there(api):
    fields = {one["name"] for one in api.get("/metadata/types?category=field&limit=1000", headers=OPEN)["data"]}
    assert fields == {"string", "integer", "number", "markdown", "date-cp", "dateTime-cp", "time-cp", "duration", "email", "sqlQuery", "timestamp",
                      "timeInterval", "enum", "table-cp", "entityReference", "entityReferenceList", "hyperlink-cp"}
    entities = {one["name"] for one in api.get("/metadata/types?category=entity&limit=1000", headers=OPEN)["data"]}
    assert {"table", "topic", "glossaryTerm", "dataContract"} <= entities
    assert api.get("/metadata/types/name/table?category=field")["name"] == "table"


def test_a_property_is_added_and_changed_as_a_version_of_the_type(api, define):
    before = api.get("/metadata/types/name/table")
    name = define("string")
    after = api.get("/metadata/types/name/table?fields=customProperties")
    assert after["version"] == pytest.approx(before["version"] + 0.1)
    [made] = [one for one in after["customProperties"] if one["name"] == name]
    assert made["propertyType"]["name"] == "string" and made["propertyType"]["type"] == "type"
    define("enum", {"values": ["a", "b"], "multiSelect": False}, name=name)
    [changed] = [one for one in api.get("/metadata/types/name/table?fields=customProperties")["customProperties"] if one["name"] == name]
    assert changed["propertyType"]["name"] == "enum" and changed["customPropertyConfig"]["config"]["values"] == ["a", "b"]


GOOD = [
    ("string", None, "text"), ("integer", None, 7), ("number", None, 0.5), ("markdown", None, "**b**"), ("date-cp", "dd-MM-yyyy", "31-01-2024"),
    ("dateTime-cp", "yyyy-MM-dd HH:mm:ss", "2024-01-31 23:59:59"), ("time-cp", "HH:mm", "23:59"), ("duration", None, "P1DT2H"),
    ("email", None, "a@example.com"), ("sqlQuery", None, "select 1"), ("timestamp", None, 1_700_000_000_000),
    ("timeInterval", None, {"start": 1, "end": 2}), ("enum", {"values": ["a", "b"], "multiSelect": True}, ["a", "b"]),
    ("table-cp", {"columns": ["x", "y"]}, {"columns": ["x", "y"], "rows": [{"x": "1", "y": "2"}]}),
    ("entityReference", ["user"], {"id": "00000000-0000-4000-8000-000000000000", "type": "user"}),
    ("entityReferenceList", ["user", "team"], [{"id": "00000000-0000-4000-8000-000000000000", "type": "team"}]),
    ("hyperlink-cp", None, {"url": "https://example.com", "displayText": "here"}),
]


@pytest.mark.parametrize("kind, config, value", GOOD, ids=[kind for kind, _, _ in GOOD])
def test_a_value_that_fits_its_property_comes_back(api, chain, define, kind, config, value):
    name = define(kind, config)
    table = chain.table(extension={name: value})
    assert api.get(f"/tables/{table['id']}?fields=extension")["extension"] == {name: value}


BAD = [
    ("string", None, 7, "has invalid JSON"), ("integer", None, 1.5, "has invalid JSON"), ("number", None, "1", "has invalid JSON"),
    ("date-cp", "dd-MM-yyyy", "2024-01-31", "value is not as per defined format dd-MM-yyyy"), ("time-cp", "HH:mm", "1:2", "format HH:mm"),
    ("duration", None, "two days", "has invalid JSON"), ("email", None, "nobody", "has invalid JSON"), ("timestamp", None, -1, "has invalid JSON"),
    ("timeInterval", None, {"start": 2, "end": 1}, "has invalid JSON"),
    ("enum", {"values": ["a", "b"], "multiSelect": False}, ["a", "b"], "Only one value allowed for non-multiSelect"),
    ("enum", {"values": ["a", "b"], "multiSelect": True}, ["z"], "Values '[z]' not supported for property"),
    ("table-cp", {"columns": ["x"]}, {"columns": ["x"], "rows": [{"y": "1"}]}, "but found undefined columns: [y]"),
    ("entityReference", ["user"], {"id": "00000000-0000-4000-8000-000000000000", "type": "table"}, "has invalid JSON"),
    ("entityReferenceList", ["user"], {"id": "x"}, "has invalid JSON"), ("hyperlink-cp", None, {}, "has invalid JSON"),
]


@pytest.mark.parametrize("kind, config, value, says", BAD, ids=range(len(BAD)))
def test_a_value_that_does_not_fit_is_refused_by_every_write(api, chain, define, kind, config, value, says):
    name = define(kind, config)
    wrong = api.error("POST", "/tables", 400, json=chain.body(extension={name: value}))
    assert says in wrong["details"]["error"] and wrong["details"]["field"] == f"extension.{name}", wrong
    table = chain.table()
    body = chain.body(name=table["name"], extension={name: value})
    assert says in api.error("PUT", "/tables", 400, json=body)["details"]["error"]
    patch = [{"op": "add", "path": "/extension", "value": {name: value}}]
    assert says in api.error("PATCH", f"/tables/{table['id']}", 400, json=patch, headers={
        "Content-Type": "application/json-patch+json"})["details"]["error"]
    assert api.get(f"/tables/{table['id']}")["version"] == 0.1


def test_a_property_that_the_type_does_not_have_is_unknown(api, chain):
    assert api.error("POST", "/tables", 400, json=chain.body(extension={"nobodyKnows": 1}))["details"]["error"] == \
        "Unknown custom field nobodyKnows"


def test_values_of_an_enumeration_are_kept_in_order(api, chain, define):
    name = define("enum", {"values": ["low", "high", "mid"], "multiSelect": True})
    assert chain.table(extension={name: ["mid", "high"]})["extension"] == {name: ["high", "mid"]}


def test_a_property_that_is_taken_away_leaves_values_that_stay_until_they_change(api, chain, define):
    name = define("string")
    table = chain.table(extension={name: "kept"})
    kind = api.get("/metadata/types/name/table?fields=customProperties")
    place = [one["name"] for one in kind["customProperties"]].index(name)
    api.patch(f"/metadata/types/{kind['id']}", [{"op": "remove", "path": f"/customProperties/{place}"}])
    at = f"/tables/{table['id']}"
    assert api.patch(at, [{"op": "add", "path": "/displayName", "value": "x"}])["extension"] == {name: "kept"}
    api.error("PATCH", at, 400, json=[{"op": "replace", "path": f"/extension/{name}", "value": "new"}], headers={
        "Content-Type": "application/json-patch+json"})
    assert api.patch(at, [{"op": "remove", "path": f"/extension/{name}"}]).get("extension", {}) == {}


@pytest.mark.parametrize("kind, config", [("enum", None), ("enum", {"values": []}), ("enum", {"values": ["a", "a"]}), ("table-cp", {"columns": list("abcd")}),
                                          ("entityReference", "user"), ("date-cp", 7)])
def test_a_property_must_say_what_its_type_asks_for(api, kind, config):
    table = api.get("/metadata/types/name/table")
    body = {"name": unique("p"), "propertyType": {"id": api.get(f"/metadata/types/name/{kind}")["id"], "type": "type"},
            "customPropertyConfig": {"config": config}}
    api.error("PUT", f"/metadata/types/{table['id']}", 400, json=body)


def test_a_property_is_of_a_type_for_fields(api, user):
    table = api.get("/metadata/types/name/table")
    body = {"name": unique("p"), "propertyType": {"id": table["id"], "type": "type"}}
    assert "no type of fields" in api.error("PUT", f"/metadata/types/{table['id']}", 400, json=body)["details"]["error"]
    api.error("PUT", f"/metadata/types/{table['id']}", 400, json={"name": "x"})
    user.error("PUT", f"/metadata/types/{table['id']}", 403, json=body)
