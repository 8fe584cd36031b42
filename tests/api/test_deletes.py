"""Soft and hard deletes, one at a time and of whole trees."""

from client import Chain, name_path, unique

SDK = {"X-Metadata-Dialect": "openmetadata"}


def test_guide_answers_204_and_the_client_gets_the_entity(api, chain):
    one, two = chain.table(), chain.table()
    answer = api.call("DELETE", f"/tables/{one['id']}", status=204)
    assert answer.content == b""
    gone = api.call("DELETE", f"/tables/{two['id']}", headers=SDK, status=200).json()
    assert gone["id"] == two["id"] and gone["deleted"] is True and gone["version"] == 0.2


def test_a_container_with_children_is_not_empty(api):
    chain = Chain(api, "full")
    chain.table()
    for path, kind in ((f"/databaseSchemas/{chain.schema['id']}", "databaseSchema"),
                       (f"/databases/{chain.database['id']}", "database"),
                       (f"/services/databaseServices/{chain.service['id']}", "databaseService")):
        assert api.error("DELETE", path, 400)["message"] == f"{kind} is not empty"
        assert api.error("DELETE", path + "?hardDelete=true", 400)["message"] == f"{kind} is not empty"


def test_soft_deleted_children_count_too(api):
    chain = Chain(api, "ghosts")
    api.delete(f"/tables/{chain.table()['id']}")
    assert api.error("DELETE", f"/databaseSchemas/{chain.schema['id']}", 400)["message"] == "databaseSchema is not empty"


def test_recursive_soft_delete_and_restore_take_the_tree_along(api):
    chain = Chain(api, "tree")
    tables = [chain.table() for _ in range(5)]
    api.delete(f"/services/databaseServices/{chain.service['id']}?recursive=true")
    for path in [f"/tables/{table['id']}" for table in tables] + [f"/databaseSchemas/{chain.schema['id']}",
                                                                 f"/databases/{chain.database['id']}"]:
        api.error("GET", path, 404)
        assert api.get(path + "?include=all")["deleted"] is True
    assert api.get(f"/tables?service={chain.service['name']}")["paging"]["total"] == 0
    assert api.get(f"/tables?service={chain.service['name']}&include=deleted")["paging"]["total"] == 5
    api.put("/services/databaseServices/restore", {"id": chain.service["id"]}, status=200)
    assert api.get(f"/tables?service={chain.service['name']}")["paging"]["total"] == 5
    assert api.get(f"/tables/{tables[0]['id']}")["deleted"] is False


def test_recursive_hard_delete_leaves_nothing(api):
    chain = Chain(api, "razed")
    tables = [chain.table() for _ in range(5)]
    api.delete(f"/services/databaseServices/{chain.service['id']}?recursive=true&hardDelete=true")
    for table in tables:
        api.error("GET", f"/tables/{table['id']}?include=all", 404)
        api.error("GET", f"/tables/{table['id']}/versions", 404)
    assert api.get(f"/tables?service={chain.service['name']}&include=all")["paging"]["total"] == 0
    again = api.post("/services/databaseServices", {"name": chain.service["name"], "serviceType": "SQLite"})
    assert again["id"] != chain.service["id"]


def test_soft_deleted_name_is_taken_for_post_and_revived_by_put(api, chain):
    body = chain.body(description="first")
    made = api.post("/tables", body)
    api.delete(f"/tables/{made['id']}")
    api.error("POST", "/tables", 409, json=body)
    revived = api.put("/tables", body, status=200)
    assert revived["id"] == made["id"] and revived["deleted"] is False


def test_second_soft_delete_and_hard_delete_of_a_deleted_one_work(api, chain):
    made = chain.table()
    api.delete(f"/tables/{made['id']}")
    api.delete(f"/tables/{made['id']}")
    api.delete(f"/tables/{made['id']}?hardDelete=true")
    api.error("DELETE", f"/tables/{made['id']}", 404)


def test_soft_deleted_entity_cannot_be_patched(api, chain):
    made = chain.table()
    api.delete(f"/tables/{made['id']}")
    api.error("PATCH", f"/tables/{made['id']}", 404, json=[{"op": "add", "path": "/description", "value": "x"}],
              headers={"Content-Type": "application/json-patch+json"})


def test_soft_delete_is_a_version_and_history_outlives_it(api, chain):
    made = chain.table()
    gone = api.call("DELETE", f"/tables/{made['id']}", headers=SDK, status=200).json()
    change = gone["changeDescription"]
    assert change["fieldsUpdated"] == [{"name": "deleted", "oldValue": False, "newValue": True}]
    assert change["previousVersion"] == 0.1
    assert len(api.get(f"/tables/{made['id']}/versions")["versions"]) == 2
    api.put("/tables/restore", {"id": made["id"]}, status=200)
    assert len(api.get(f"/tables/{made['id']}/versions")["versions"]) == 3


def test_restore_of_a_live_entity_changes_nothing(api, chain):
    made = chain.table()
    assert api.put("/tables/restore", {"id": made["id"]}, status=200)["version"] == 0.1


def test_nothing_is_created_under_a_deleted_container(api):
    chain = Chain(api, "gone")
    api.delete(f"/databaseSchemas/{chain.schema['id']}")
    api.error("POST", "/tables", 404, json=chain.body())


def test_flags_must_be_true_or_false(api, chain):
    made = chain.table()
    for query in ("hardDelete=yes", "recursive=1x", "hardDelete=2"):
        api.error("DELETE", f"/tables/{made['id']}?{query}", 400)
    api.delete(f"/tables/{made['id']}?recursive=false&hardDelete=false")


def test_what_the_server_brought_is_not_deleted(api):
    for collection, name in (("/classifications", "PII"), ("/tags", "PII.Sensitive"), ("/roles", "DataConsumer"),
                             ("/policies", "OrganizationPolicy")):
        made = api.get(f"{collection}/name/{name_path(name)}")
        message = api.error("DELETE", f"{collection}/{made['id']}?recursive=true", 400)["message"]
        assert message.startswith("System entity ["), message


def test_owner_that_is_deleted_leaves_what_it_owned(api, chain):
    name = unique("leaver")
    user = api.post("/users", {"name": name, "email": f"{name}@example.com"})
    made = chain.table(owners=[{"id": user["id"], "type": "user"}])
    api.delete(f"/users/{user['id']}")
    shown = api.get(f"/tables/{made['id']}?fields=owners", headers=SDK)["owners"]
    assert shown[0]["deleted"] is True
    api.delete(f"/users/{user['id']}?hardDelete=true")
    assert not api.get(f"/tables/{made['id']}?fields=owners", headers=SDK).get("owners")
