"""What every entity type can do, by the same table of types."""

import uuid

import pytest

from client import name_path
from fixture_content import pages
from kinds import KINDS

OPEN = {"X-Metadata-Dialect": "openmetadata"}
every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)


@every_kind
def test_created_entity_is_found_by_id_by_name_and_in_the_list(api, chain, kind):
    body = kind.body(chain)
    answer = api.call("POST", kind.collection, json=body, status=201)
    made = answer.json()
    assert uuid.UUID(made["id"]) and made["name"] == body["name"]
    assert made["fullyQualifiedName"] == kind.fqn(chain, body)
    assert made["version"] == 0.1 and made["updatedBy"] == "admin" and isinstance(made["updatedAt"], int)
    assert made.get("deleted") is (False if kind.soft else None)
    assert made["href"].endswith("/api/v1" + kind.collection + "/" + made["id"])
    assert answer.headers["Location"] == made["href"]
    assert "changeDescription" not in made

    assert api.get(f"{kind.collection}/{made['id']}")["fullyQualifiedName"] == made["fullyQualifiedName"]
    assert api.get(f"{kind.collection}/name/{name_path(made['fullyQualifiedName'])}")["id"] == made["id"]
    assert made["id"] in [entity["id"] for entity in pages(api, kind.collection + "?include=non-deleted", headers=OPEN)]


@every_kind
def test_post_of_an_existing_name_is_a_conflict(api, chain, kind):
    body = kind.body(chain)
    api.post(kind.collection, body)
    assert "exists" in api.error("POST", kind.collection, 409, json=body)["message"]


@every_kind
def test_put_creates_then_updates_then_changes_nothing(api, chain, kind):
    body = kind.body(chain) | {"description": "one"}
    made = api.put(kind.collection, body, status=201)
    again = api.put(kind.collection, body, status=200)
    assert (again["id"], again["version"], again["updatedAt"]) == (made["id"], made["version"], made["updatedAt"])
    changed = api.put(kind.collection, body | {"displayName": "Shown"}, status=200)
    assert changed["id"] == made["id"] and changed["displayName"] == "Shown" and changed["version"] == 0.2


@every_kind
def test_patch_changes_a_field_and_makes_a_version(api, chain, kind):
    made = api.post(kind.collection, kind.body(chain))
    patched = api.patch(f"{kind.collection}/{made['id']}", [{"op": "add", "path": "/displayName", "value": "Shown"}])
    assert patched["displayName"] == "Shown" and patched["version"] == 0.2
    change = patched["changeDescription"]
    assert change["previousVersion"] == 0.1
    assert change["fieldsAdded"] == [{"name": "displayName", "newValue": "Shown"}]
    assert change["fieldsUpdated"] == [] and change["fieldsDeleted"] == []
    by_name = api.patch(f"{kind.collection}/name/{name_path(made['fullyQualifiedName'])}",
                        [{"op": "replace", "path": "/displayName", "value": "Other"}])
    assert by_name["displayName"] == "Other" and by_name["version"] == 0.3
    as_json = api.patch(f"{kind.collection}/{made['id']}", [{"op": "remove", "path": "/displayName"}],
                        headers={"Content-Type": "application/json"})
    assert "displayName" not in as_json and as_json["version"] == 0.4


@every_kind
def test_versions_are_listed_newest_first_and_read_one_by_one(api, chain, kind):
    import json
    made = api.post(kind.collection, kind.body(chain))
    api.patch(f"{kind.collection}/{made['id']}", [{"op": "add", "path": "/displayName", "value": "A"}])
    api.patch(f"{kind.collection}/{made['id']}", [{"op": "replace", "path": "/displayName", "value": "B"}])
    history = api.get(f"{kind.collection}/{made['id']}/versions")
    assert set(history) == {"entityType", "versions"} and history["entityType"] == kind.type
    versions = [json.loads(text) for text in history["versions"]]
    assert [version["version"] for version in versions] == [0.3, 0.2, 0.1]
    assert [version.get("displayName") for version in versions] == ["B", "A", None]
    for number, shown in (("0.1", None), ("0.2", "A"), ("0.3", "B")):
        assert api.get(f"{kind.collection}/{made['id']}/versions/{number}").get("displayName") == shown
    api.error("GET", f"{kind.collection}/{made['id']}/versions/7.7", 404)
    api.error("GET", f"{kind.collection}/{made['id']}/versions/x", (400, 404))


@every_kind
def test_soft_deleted_entity_is_hidden_restored_and_at_last_removed(api, chain, kind):
    made = api.post(kind.collection, kind.body(chain))
    path = f"{kind.collection}/{made['id']}"
    api.delete(path)
    assert kind.type in api.error("GET", path, 404)["message"]
    if not kind.soft:
        api.error("GET", path + "?include=all", 404)
        api.error("PUT", kind.collection + "/restore", 404, json={"id": made["id"]})
        return
    api.error("GET", path + "?include=non-deleted", 404)
    assert api.get(path + "?include=deleted")["deleted"] is True
    assert api.get(path + "?include=all")["version"] == 0.2
    restored = api.put(kind.collection + "/restore", {"id": made["id"]}, status=200)
    assert restored["deleted"] is False and restored["version"] == 0.3
    api.error("GET", path + "?include=deleted", 404)
    api.delete(path + "?hardDelete=true&recursive=true")
    api.error("GET", path + "?include=all", 404)
    api.error("GET", path + "/versions", 404)


@every_kind
def test_delete_by_name(api, chain, kind):
    made = api.post(kind.collection, kind.body(chain))
    api.delete(f"{kind.collection}/name/{name_path(made['fullyQualifiedName'])}?hardDelete=true")
    api.error("GET", f"{kind.collection}/{made['id']}?include=all", 404)


@every_kind
def test_a_missing_required_field_is_named(api, chain, kind):
    full = kind.body(chain)
    for field in (*(["name"] if kind.named else []), *kind.required):
        body = {key: value for key, value in full.items() if key != field}
        wrong = api.error("POST", kind.collection, 400, json=body)
        assert wrong["message"] == "Invalid request body", wrong
        assert wrong["details"] == {"field": field, "error": f"{field} field is required"}, wrong


@every_kind
def test_an_unknown_field_is_refused_by_name(api, chain, kind):
    wrong = api.error("POST", kind.collection, 400, json=kind.body(chain) | {"noSuchField": 1})
    assert wrong["details"]["field"] == "noSuchField", wrong


@every_kind
def test_server_managed_fields_in_a_body_are_ignored(api, chain, kind):
    body = kind.body(chain)
    other = str(uuid.uuid4())
    made = api.put(kind.collection, body | {"id": other, "version": 9.9, "updatedAt": 1, "updatedBy": "mallory", "href": "http://x/y"}
                   | ({} if kind.given else {"fullyQualifiedName": "x"})
                   | ({"deleted": False} if kind.soft else {}), status=201)
    assert made["id"] != other and made["version"] == 0.1 and made["updatedBy"] == "admin"
    assert made["fullyQualifiedName"] == kind.fqn(chain, body)


@every_kind
def test_entity_as_it_was_read_can_be_put_back(api, chain, kind):
    made = api.post(kind.collection, kind.body(chain))
    read = api.get(f"{kind.collection}/{made['id']}?fields=*", headers=OPEN)
    again = api.put(kind.collection, read, status=200)
    assert again["id"] == made["id"] and again["version"] == 0.1


@every_kind
def test_wrong_types_of_plain_fields_are_refused_by_name(api, chain, kind):
    for field, value in (("description", 7), ("displayName", []), ("name", {})):
        wrong = api.error("POST", kind.collection, 400, json=kind.body(chain) | {field: value})
        assert wrong["details"]["field"] == field, wrong


@every_kind
def test_absent_things_are_404_with_the_type_in_the_message(api, kind):
    absent = str(uuid.uuid4())
    assert api.error("GET", f"{kind.collection}/{absent}", 404)["message"] == f"{kind.type} instance for {absent} not found"
    message = api.error("GET", f"{kind.collection}/name/no.such.thing.here", 404)["message"]
    assert kind.type in message and "not found" in message
    api.error("PATCH", f"{kind.collection}/{absent}", 404, json=[], headers={"Content-Type": "application/json-patch+json"})
    api.error("DELETE", f"{kind.collection}/{absent}", 404)
    api.error("PUT", f"{kind.collection}/restore", 404, json={"id": absent})
    api.error("GET", f"{kind.collection}/{absent}/versions", 404)


@every_kind
def test_an_id_that_is_none_is_refused(api, kind):
    api.error("GET", f"{kind.collection}/not-a-uuid", (400, 404))
    api.error("PUT", f"{kind.collection}/restore", 400, json={"id": "not-a-uuid"})
    api.error("PUT", f"{kind.collection}/restore", 400, json={})


@every_kind
def test_without_a_token_nothing_but_401(nobody, kind):
    absent = str(uuid.uuid4())
    for method, path in (("GET", ""), ("POST", ""), ("PUT", ""), ("GET", "/" + absent), ("PATCH", "/" + absent),
                         ("DELETE", "/" + absent), ("GET", "/name/x"), ("PUT", "/restore"), ("GET", f"/{absent}/versions")):
        nobody.error(method, kind.collection + path, 401)


@every_kind
def test_an_ordinary_person_reads_but_does_not_write(user, api, chain, kind):
    body = kind.body(chain)
    made = api.post(kind.collection, body)
    path = f"{kind.collection}/{made['id']}"
    assert user.get(path)["id"] == made["id"]
    user.get(kind.collection)
    user.get(path + "/versions")
    user.error("POST", kind.collection, 403, json=kind.body(chain))
    user.error("PUT", kind.collection, 403, json=kind.body(chain))
    user.error("DELETE", path, 403)
    user.error("PATCH", path, 403, json=[{"op": "add", "path": "/displayName", "value": "x"}],
               headers={"Content-Type": "application/json-patch+json"})
    assert user.patch(path, [{"op": "add", "path": "/description", "value": "by a person"}])["description"] == "by a person"
    if kind.soft:
        api.delete(path)
    user.error("PUT", kind.collection + "/restore", 403, json={"id": made["id"]})


def test_answers_carry_parents_as_references(api, chain):
    made = chain.table()
    for field, entity, kind in (("databaseSchema", chain.schema, "databaseSchema"), ("database", chain.database, "database"),
                                ("service", chain.service, "databaseService")):
        reference = made[field]
        assert reference["id"] == entity["id"] and reference["type"] == kind
        assert reference["fullyQualifiedName"] == entity["fullyQualifiedName"] and reference["deleted"] is False
        assert reference["href"].startswith("http://")
    assert made["serviceType"] == "SQLite" and made["tableType"] == "Regular"


def test_unknown_parent_is_404(api, chain):
    message = api.error("POST", "/tables", 404, json=chain.body(databaseSchema="no.such.schema"))["message"]
    assert message == "databaseSchema instance for no.such.schema not found"


def test_database_beside_the_schema_is_taken_when_it_is_its_ancestor(api, chain):
    made = api.post("/tables", chain.body(database=chain.database["fullyQualifiedName"]))
    assert made["database"]["id"] == chain.database["id"]
    wrong = api.error("POST", "/tables", 400, json=chain.body(database="other.db"))
    assert wrong["details"]["field"] == "database"
