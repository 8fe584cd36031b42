"""Mechanisms of descriptions that few types use: names that are digests, FQNs that bodies give, templates."""

import hashlib

from client import name_path, unique

OPEN = {"X-Metadata-Dialect": "openmetadata"}


def test_a_query_without_a_name_is_named_by_the_checksum_of_its_text(api, chain):
    text = f"select '{unique('text')}' -- ü"
    checksum = hashlib.md5(text.encode()).hexdigest()
    made = api.put("/queries", {"query": text, "service": chain.service["fullyQualifiedName"]}, status=201)
    assert made["name"] == made["checksum"] == checksum
    assert made["fullyQualifiedName"] == f"{chain.service['fullyQualifiedName']}.{checksum}"
    again = api.put("/queries", {"query": text, "service": chain.service["fullyQualifiedName"]}, status=200)
    assert (again["id"], again["version"]) == (made["id"], made["version"])
    found = api.get(f"/queries/name/{name_path(made['fullyQualifiedName'])}")
    assert found["query"] == text and found["service"]["id"] == chain.service["id"]


def test_the_checksum_follows_the_text_and_the_name_stays(api, chain):
    made = api.post("/queries", {"query": unique("select"), "service": chain.service["fullyQualifiedName"]})
    flagged = api.patch(f"/queries/{made['id']}", [{"op": "replace", "path": "/processedLineage", "value": True}])
    assert flagged["processedLineage"] is True
    patched = api.patch(f"/queries/{made['id']}", [{"op": "replace", "path": "/query", "value": "select 2"},
                                                   {"op": "replace", "path": "/checksum", "value": "mine"}, {"op": "remove", "path": "/name"}])
    assert patched["name"] == made["name"] and patched["checksum"] == hashlib.md5(b"select 2").hexdigest()
    assert patched["processedLineage"] is False  # nobody has looked at the new text


def test_a_document_has_the_fqn_of_its_body_whatever_its_name(api):
    name, fqn = unique("Data Analyst"), f'persona.{unique("x")}."with.dot"'
    made = api.post("/docStore", {"name": name, "fullyQualifiedName": fqn, "entityType": "Page", "data": {"page": {"layout": [1]}}})
    assert made["name"] == name and made["fullyQualifiedName"] == fqn
    assert api.get(f"/docStore/name/{name_path(fqn)}")["id"] == made["id"]
    api.error("POST", "/docStore", 409, json={"name": "other", "fullyQualifiedName": fqn, "entityType": "Page", "data": {}})
    put = api.put("/docStore", {"name": "other", "fullyQualifiedName": fqn, "entityType": "Page", "data": {"page": {}}}, status=200)
    assert put["id"] == made["id"] and put["name"] == name and put["data"] == {"page": {}}
    patched = api.patch(f"/docStore/{made['id']}", [{"op": "replace", "path": "/fullyQualifiedName", "value": "stolen"},
                                                    {"op": "add", "path": "/data/more", "value": 1}])
    assert patched["fullyQualifiedName"] == fqn and patched["data"] == {"page": {}, "more": 1}
    wrong = api.error("POST", "/docStore", 400, json={"name": "x", "fullyQualifiedName": 'a."b', "entityType": "Page", "data": {}})
    assert wrong["details"]["field"] == "fullyQualifiedName"
    listed = api.get("/docStore?entityType=Page&limit=1000", headers=OPEN)["data"]
    assert made["id"] in [document["id"] for document in listed] and {document["entityType"] for document in listed} == {"Page"}


def test_an_app_takes_from_the_marketplace_what_its_body_does_not_say(api):
    name = unique("app")
    api.error("POST", "/apps", 404, json={"name": name})
    api.post("/apps/marketplace", {"name": name, "displayName": "Shown", "className": "org.example.App", "appType": "internal",
                                   "scheduleType": "Scheduled", "permission": "All", "appConfiguration": {"batch": 10}})
    app = api.post("/apps", {"name": name, "appSchedule": {"scheduleTimeline": "Hourly"}})
    assert app["className"] == "org.example.App" and app["displayName"] == "Shown" and app["appConfiguration"] == {"batch": 10}
    assert app["runtime"] == {"enabled": True} and app["appSchedule"] == {"scheduleTimeline": "Hourly"}
    again = api.put("/apps", {"name": name, "displayName": "Shown", "appConfiguration": {"batch": 20}}, status=200)
    assert again["className"] == "org.example.App" and again["appConfiguration"] == {"batch": 20}
    assert again["appSchedule"] == {"scheduleTimeline": "Hourly"}


def test_a_contract_lies_below_its_asset(api, chain):
    table = chain.table()
    ref = {"id": table["id"], "type": "table"}
    made = api.post("/dataContracts", {"name": "orders", "entity": ref, "schema": [
        {"name": "id", "dataType": "INT", "tags": [{"tagFQN": "PII.Sensitive", "source": "Classification"}]}]})
    assert made["fullyQualifiedName"] == table["fullyQualifiedName"] + ".dataContract_orders"
    assert made["entity"]["id"] == table["id"] and made["entityStatus"] == "Draft" and made["createdBy"] == "admin"
    assert made["createdAt"] == made["updatedAt"] and made["schema"][0]["tags"][0]["tagFQN"] == "PII.Sensitive"
    assert [contract["id"] for contract in api.get("/dataContracts?entityStatus=Draft&limit=1000", headers=OPEN)["data"]].count(made["id"]) == 1
    api.error("POST", "/dataContracts", 404, json={"name": "x", "entity": {"id": made["id"], "type": "table"}})
    api.delete(f"/tables/{table['id']}?recursive=true&hardDelete=true")
    api.error("GET", f"/dataContracts/{made['id']}?include=all", 404)


def test_an_aim_does_not_end_before_it_begins(api):
    api.put("/analytics/dataInsights/charts", {"name": "aimed"})
    wrong = api.error("POST", "/kpi", 400, json={"name": unique("kpi"), "description": "d", "dataInsightChart": "aimed", "startDate": 2, "endDate": 1,
                                                 "targetValue": 1, "metricType": "NUMBER"})
    assert wrong["details"]["field"] == "endDate"
