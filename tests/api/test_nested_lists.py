"""Lists inside of an object of an entity: fields of a message's schema, columns of a container's data, of an API's answers."""

import json

import pytest

from client import name_path, unique

PII = {"tagFQN": "PII.Sensitive", "source": "Classification"}


def topic(name, service):
    fields = [{"name": "id", "dataType": "LONG"},
              {"name": "buyer", "dataType": "RECORD", "children": [{"name": "email", "dataType": "STRING", "tags": [PII]}]}]
    return "/topics", {"name": name, "service": service, "partitions": 1,
                       "messageSchema": {"schemaType": "Avro", "schemaFields": fields}}, ("messageSchema", "schemaFields")


def container(name, service):
    columns = [{"name": "id", "dataType": "BIGINT"},
               {"name": "buyer", "dataType": "STRUCT", "children": [{"name": "email", "dataType": "STRING", "tags": [PII]}]}]
    return "/containers", {"name": name, "service": service, "dataModel": {"columns": columns}}, ("dataModel", "columns")


def endpoint(name, collection):
    fields = [{"name": "id", "dataType": "LONG"},
              {"name": "buyer", "dataType": "RECORD", "children": [{"name": "email", "dataType": "STRING", "tags": [PII]}]}]
    return "/apiEndpoints", {"name": name, "apiCollection": collection, "endpointURL": "https://example.com/",
                             "responseSchema": {"schemaFields": fields}}, ("responseSchema", "schemaFields")


@pytest.fixture(scope="module", params=[topic, container, endpoint], ids=["topic", "container", "apiEndpoint"])
def make(api, request):
    kind, service_type = {"topic": ("messaging", "Kafka"), "container": ("storage", "S3"), "endpoint": ("api", "Rest")}[request.param.__name__]
    home = api.post(f"/services/{kind}Services", {"name": unique("home"), "serviceType": service_type})["fullyQualifiedName"]
    if kind == "api":
        home = api.post("/apiCollections", {"name": "c", "service": home, "endpointURL": "https://example.com/"})["fullyQualifiedName"]
    return lambda: request.param(unique("x"), home)


def items(entity, at):
    return entity[at[0]][at[1]]


def labels(item):
    return [label["tagFQN"] for label in item["tags"]]


def test_items_have_names_and_labels_like_columns(api, make):
    collection, body, at = make()
    made = api.post(collection, body)
    for shown in (made, api.get(f"{collection}/{made['id']}?fields=tags")):
        flat, outer = items(shown, at)
        assert flat["fullyQualifiedName"] == made["fullyQualifiedName"] + ".id" and labels(flat) == []
        inner = outer["children"][0]
        assert inner["fullyQualifiedName"] == made["fullyQualifiedName"] + ".buyer.email"
        assert labels(inner) == ["PII.Sensitive"] and inner["tags"][0]["labelType"] == "Manual" and inner["tags"][0]["description"]
    bare = api.get(f"{collection}/{made['id']}")
    assert "tags" not in items(bare, at)[1]["children"][0]


def test_an_unknown_label_and_a_repeated_name_are_refused(api, make):
    collection, body, at = make()
    wrong = json.loads(json.dumps(body))
    items(wrong, at)[0]["tags"] = [{"tagFQN": "PII.Absent", "source": "Classification"}]
    api.error("POST", collection, 404, json=wrong)
    wrong = json.loads(json.dumps(body))
    items(wrong, at)[1]["name"] = "ID"
    assert "repeated" in api.error("POST", collection, 400, json=wrong)["details"]["error"]


def test_a_bots_put_keeps_what_people_wrote_and_drops_what_is_not_sent(api, bot, make):
    collection, body, at = make()
    made = bot.put(collection, body)
    path = "/" + "/".join(at)
    api.patch(f"{collection}/{made['id']}", [{"op": "add", "path": f"{path}/0/description", "value": "by a person"},
                                             {"op": "add", "path": f"{path}/0/tags", "value": [PII]}])
    again = json.loads(json.dumps(body))
    items(again, at)[0]["description"] = "by a bot"
    items(again, at).pop()
    items(again, at).append({"name": "more", "dataType": items(body, at)[0]["dataType"], "description": "new"})
    put = bot.put(collection, again, status=200)
    first, second = items(bot.get(f"{collection}/{put['id']}?fields=tags"), at)
    assert first["description"] == "by a person" and labels(first) == ["PII.Sensitive"]
    assert (second["name"], second["description"]) == ("more", "new")
    assert put["version"] == 1.2  # something was removed
    deleted = [change["name"] for change in put["changeDescription"]["fieldsDeleted"]]
    assert deleted == [".".join(at)], put["changeDescription"]
    assert bot.put(collection, again, status=200)["version"] == 1.2


def test_labels_of_items_are_patched_versioned_and_follow_a_rename(api, make):
    collection, body, at = make()
    home = api.post("/classifications", {"name": unique("home"), "description": "d"})["name"]
    tag = api.post("/tags", {"name": "Old", "classification": home, "description": "d"})
    made = api.post(collection, body)
    path = "/" + "/".join(at)
    patched = api.patch(f"{collection}/{made['id']}", [{"op": "add", "path": f"{path}/1/children/0/tags/0", "value": {
        "tagFQN": tag["fullyQualifiedName"], "source": "Classification"}}])
    assert patched["version"] == 0.2
    change = patched["changeDescription"]["fieldsAdded"]
    assert [one["name"] for one in change] == [".".join(at) + ".buyer.email.tags"], change
    api.patch(f"/tags/{tag['id']}", [{"op": "replace", "path": "/name", "value": "New"}])
    shown = api.get(f"{collection}/{made['id']}?fields=tags")
    assert sorted(labels(items(shown, at)[1]["children"][0])) == sorted(["PII.Sensitive", home + ".New"])
    before = api.get(f"{collection}/{made['id']}/versions/0.1")
    assert labels(items(before, at)[1]["children"][0]) == ["PII.Sensitive"]
    reverted = api.patch(f"{collection}/{made['id']}", [{"op": "remove", "path": f"{path}/1/children/0/tags/0"}])
    assert reverted["version"] == 0.3


def test_what_is_only_described_may_be_patched_by_who_may_describe(api, user, make):
    collection, body, at = make()
    made = api.post(collection, body)
    path = "/" + "/".join(at)
    user.patch(f"{collection}/{made['id']}", [{"op": "add", "path": f"{path}/0/description", "value": "said"}])
    user.patch(f"{collection}/{made['id']}", [{"op": "add", "path": f"{path}/0/tags", "value": [PII]}])
    user.error("PATCH", f"{collection}/{made['id']}", 403, json=[{"op": "replace", "path": f"{path}/0/dataType", "value": "STRING"}],
               headers={"Content-Type": "application/json-patch+json"})


def test_they_are_found_by_the_names_and_labels_of_their_items(api, make):
    collection, body, at = make()
    word = unique("needle").replace("_", "")
    items(body, at)[0]["name"] = word
    made = api.post(collection, body)
    hits = api.get(f"/search/query?q={word}&index=all")["hits"]["hits"]
    assert [hit["_id"] for hit in hits] == [made["id"]]
    tagged = api.get(f"/search/query?q=id:{made['id']}%20AND%20tags.tagFQN:PII.Sensitive&index=all")["hits"]["hits"]
    assert [hit["_id"] for hit in tagged] in ([made["id"]], []) and len(tagged) == 1


def test_lineage_between_items_is_checked(api, make):
    collection, body, at = make()
    one, two = api.post(collection, body), api.post(collection, make()[1])
    kind = {"/topics": "topic", "/containers": "container", "/apiEndpoints": "apiEndpoint"}[collection]
    edge = {"fromEntity": {"id": one["id"], "type": kind}, "toEntity": {"id": two["id"], "type": kind}, "lineageDetails": {
        "columnsLineage": [{"fromColumns": [one["fullyQualifiedName"] + ".buyer.email"], "toColumn": two["fullyQualifiedName"] + ".id"}]}}
    api.call("PUT", "/lineage", json={"edge": edge})
    edge["lineageDetails"]["columnsLineage"][0]["toColumn"] = two["fullyQualifiedName"] + ".none"
    api.error("PUT", "/lineage", 400, json={"edge": edge})
    seen = api.get(f"/lineage/{kind}/name/{name_path(one['fullyQualifiedName'])}", headers={"X-Metadata-Dialect": "openmetadata"})
    assert [column["toColumn"] for column in seen["downstreamEdges"][0]["lineageDetails"]["columnsLineage"]] == [two["fullyQualifiedName"] + ".id"]
