"""Columns and constraints of tables."""

import pytest

from client import unique

SDK = {"X-Metadata-Dialect": "openmetadata"}


def test_every_property_of_a_column_comes_back(api, chain):
    columns = [
        {"name": "n", "dataType": "DECIMAL", "precision": 10, "scale": 2, "ordinalPosition": 1, "description": "money",
         "displayName": "N", "constraint": "NOT_NULL", "dataTypeDisplay": "decimal(10,2)"},
        {"name": "c", "dataType": "CHAR", "dataLength": 3},
        {"name": "l", "dataType": "ARRAY", "arrayDataType": "INT", "dataTypeDisplay": "array<int>"},
        {"name": "j", "dataType": "JSON", "jsonSchema": "{\"type\":\"object\"}"},
        {"name": "e", "dataType": "ENUM"}, {"name": "u", "dataType": "UNKNOWN"}, {"name": "d", "dataType": "DATE"},
    ]
    made = api.post("/tables", chain.body(columns=columns))
    for sent, got in zip(columns, made["columns"], strict=True):
        assert sent.items() <= got.items()
        assert got["fullyQualifiedName"] == f"{made['fullyQualifiedName']}.{sent['name']}"


def test_nested_columns(api, chain):
    columns = [
        {"name": "address", "dataType": "STRUCT", "dataTypeDisplay": "struct<city:struct<zip:int>>", "children": [
            {"name": "city", "dataType": "STRUCT", "children": [
                {"name": "zip", "dataType": "INT", "tags": [{"tagFQN": "PII.Sensitive", "source": "Classification"}]}]}]},
        {"name": "people", "dataType": "ARRAY", "arrayDataType": "STRUCT", "children": [
            {"name": "name", "dataType": "VARCHAR", "dataLength": 20}]},
        {"name": "map", "dataType": "MAP", "children": [{"name": "key", "dataType": "STRING"}, {"name": "value", "dataType": "INT"}]},
    ]
    made = api.post("/tables", chain.body(columns=columns))
    fqn = made["fullyQualifiedName"]
    leaf = made["columns"][0]["children"][0]["children"][0]
    assert leaf["fullyQualifiedName"] == f"{fqn}.address.city.zip" and leaf["tags"][0]["labelType"] == "Manual"
    assert made["columns"][1]["children"][0]["fullyQualifiedName"] == f"{fqn}.people.name"
    read = api.get(f"/tables/{made['id']}?fields=tags", headers=SDK)
    assert read["columns"][0]["children"][0]["children"][0]["tags"][0]["tagFQN"] == "PII.Sensitive"
    bare = api.get(f"/tables/{made['id']}", headers=SDK)
    assert not bare["columns"][0]["children"][0]["children"][0].get("tags")
    deep = api.patch(f"/tables/{made['id']}", [
        {"op": "add", "path": "/columns/0/children/0/children/0/description", "value": "post code"}])
    assert deep["changeDescription"]["fieldsAdded"] == [{"name": "columns.address.city.zip.description", "newValue": "post code"}]
    gone = api.patch(f"/tables/{made['id']}", [{"op": "remove", "path": "/columns/2/children/1"}])
    assert gone["version"] == 1.2 and gone["changeDescription"]["fieldsDeleted"][0]["name"] == "columns.map"


@pytest.mark.parametrize("column, word", [
    ({"name": "x", "dataType": "VARCHAR"}, "dataLength"),
    ({"name": "x", "dataType": "CHAR"}, "dataLength"),
    ({"name": "x", "dataType": "BINARY"}, "dataLength"),
    ({"name": "x", "dataType": "VARBINARY"}, "dataLength"),
    ({"name": "x", "dataType": "ARRAY"}, "arrayDataType"),
    ({"name": "x", "dataType": "INT", "arrayDataType": "INT"}, "arrayDataType"),
    ({"name": "x", "dataType": "STRUCT"}, "children"),
    ({"name": "x", "dataType": "BIGINTT"}, "BIGINTT"),
    ({"name": "x", "dataType": "bigint"}, "bigint"),
    ({"name": "x"}, "dataType"),
    ({"dataType": "INT"}, "name"),
    ({"name": "", "dataType": "INT"}, "name"),
    ({"name": "x" * 257, "dataType": "INT"}, "name"),
    ({"name": "x", "dataType": "INT", "extra": 1}, "extra"),
    ({"name": "x", "dataType": "INT", "constraint": "SOMETIMES"}, "SOMETIMES"),
    ({"name": "x", "dataType": "VARCHAR", "dataLength": "long"}, "dataLength"),
    ({"name": "x", "dataType": "VARCHAR", "dataLength": 1.5}, "dataLength"),
    ({"name": "x", "dataType": "INT", "children": {}}, "children"),
    ("x", "columns"), (None, "columns"), ([], "columns"),
])
def test_a_column_that_cannot_be_is_refused_by_its_place(api, chain, column, word):
    wrong = api.error("POST", "/tables", 400, json=chain.body(columns=[{"name": "ok", "dataType": "INT"}, column]))
    text = wrong["message"] + wrong["details"]["field"] + wrong["details"]["error"]
    assert word in text and "columns" in text, wrong


def test_the_place_in_the_message_is_exact(api, chain):
    wrong = api.error("POST", "/tables", 400, json=chain.body(columns=[
        {"name": "s", "dataType": "STRUCT", "children": [{"name": "t", "dataType": "NOPE"}]}]))
    assert "columns[0].children[0].dataType" in wrong["message"] + wrong["details"]["field"] + wrong["details"]["error"], wrong


def test_two_columns_of_one_name_are_refused(api, chain):
    for names in (("a", "a"), ("a", "A")):
        api.error("POST", "/tables", 400, json=chain.body(columns=[{"name": name, "dataType": "INT"} for name in names]))


def test_columns_may_be_empty_but_must_be_there(api, chain):
    assert api.post("/tables", chain.body(columns=[]))["columns"] == []
    wrong = api.error("POST", "/tables", 400, json={"name": unique("t"), "databaseSchema": chain.fqn})
    assert wrong == {"code": 400, "message": "Invalid request body", "responseType": "BAD_REQUEST",
                     "details": {"field": "columns", "error": "columns field is required"}}


@pytest.mark.parametrize("value", [None, {}, "x", 3])
def test_columns_must_be_a_list(api, chain, value):
    assert api.error("POST", "/tables", 400, json=chain.body(columns=value))["details"]["field"] == "columns"


def test_constraints_come_back_and_must_name_columns(api, chain):
    target = chain.table()
    made = api.post("/tables", chain.body(tableConstraints=[
        {"constraintType": "PRIMARY_KEY", "columns": ["id"]},
        {"constraintType": "FOREIGN_KEY", "columns": ["id"], "referredColumns": [target["fullyQualifiedName"] + ".id"]}]))
    read = api.get(f"/tables/{made['id']}?fields=tableConstraints", headers=SDK)["tableConstraints"]
    assert {constraint["constraintType"] for constraint in read} == {"PRIMARY_KEY", "FOREIGN_KEY"}
    for wrong in ({"constraintType": "UNIQUE", "columns": ["nope"]}, {"constraintType": "SOMETIMES", "columns": ["id"]}):
        api.error("POST", "/tables", 400, json=chain.body(tableConstraints=[wrong]))


def test_duplicate_constraints_are_refused(api, chain):
    unique_id = {"constraintType": "UNIQUE", "columns": ["id"]}
    api.error("POST", "/tables", 400, json=chain.body(tableConstraints=[unique_id, unique_id]))


def test_the_definition_of_a_view_resets_the_lineage_mark(api, chain):
    made = chain.table(tableType="View", schemaDefinition="select 1")
    path = f"/tables/{made['id']}"
    assert api.patch(path, [{"op": "add", "path": "/processedLineage", "value": True}])["processedLineage"] is True
    after = api.patch(path, [{"op": "replace", "path": "/schemaDefinition", "value": "select 2"}])
    assert after["processedLineage"] is False


def test_a_wide_table(api, chain):
    columns = [{"name": f"c{number}", "dataType": "INT"} for number in range(1000)]
    made = api.post("/tables", chain.body(columns=columns))
    assert len(made["columns"]) == 1000
    assert len(api.get(f"/tables/{made['id']}")["columns"]) == 1000

