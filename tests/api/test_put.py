"""PUT merges: a person and a bot writing over what stands there."""

import pytest

from client import Chain, text_of, unique

SDK = {"X-Metadata-Dialect": "openmetadata"}


@pytest.fixture
def writers(api, bot):
    return {"person": api, "bot": bot}


def stored(api, body, fields="*"):
    return api.get(f"/tables/name/{body['databaseSchema']}.{body['name']}?fields={fields}", headers=SDK)


def put(writer, body, **more):
    return writer.put("/tables", body | more, status=200)


@pytest.mark.parametrize("who, kept", [("bot", True), ("person", False)])
def test_a_bot_does_not_overwrite_a_description(api, writers, chain, who, kept):
    body = chain.body(description="by hand")
    api.post("/tables", body)
    assert put(writers[who], body, description="by machine")["description"] == ("by hand" if kept else "by machine")


def test_a_person_may_null_a_description(api, chain):
    body = chain.body(description="by hand")
    api.post("/tables", body)
    assert "description" not in put(api, body, description=None)


def test_a_bot_fills_an_empty_description(api, bot, chain):
    body = chain.body()
    api.post("/tables", body)
    assert put(bot, body, description="by machine")["description"] == "by machine"


@pytest.mark.parametrize("who", ["bot", "person"])
def test_the_display_name_is_always_taken(api, writers, chain, who):
    body = chain.body(displayName="Old")
    api.post("/tables", body)
    assert put(writers[who], body, displayName="New")["displayName"] == "New"
    plain = {key: value for key, value in body.items() if key != "displayName"}
    removed = put(writers[who], plain)
    assert "displayName" not in removed
    assert [field["name"] for field in removed["changeDescription"]["fieldsDeleted"]] == ["displayName"]


@pytest.mark.parametrize("who", ["bot", "person"])
def test_owners_stay_unless_new_ones_come(api, writers, chain, person, who):
    name = unique("newowner")
    other = api.post("/users", {"name": name, "email": f"{name}@example.com"})
    body = chain.body()
    api.post("/tables", body | {"owners": [{"id": person[0]["id"], "type": "user"}]})
    put(writers[who], body)
    assert [owner["id"] for owner in stored(api, body)["owners"]] == [person[0]["id"]]
    put(writers[who], body, owners=[])
    assert [owner["id"] for owner in stored(api, body)["owners"]] == [person[0]["id"]]
    put(api, body, owners=[{"id": other["id"], "type": "user"}])
    assert [owner["id"] for owner in stored(api, body)["owners"]] == [other["id"]]


@pytest.mark.parametrize("who", ["bot", "person"])
def test_tags_are_merged(api, writers, chain, who):
    tag = lambda fqn: {"tagFQN": fqn, "source": "Classification"}
    body = chain.body()
    api.post("/tables", body | {"tags": [tag("Tier.Tier1")]})
    put(writers[who], body, tags=[tag("PII.Sensitive")])
    assert [label["tagFQN"] for label in stored(api, body)["tags"]] == ["PII.Sensitive", "Tier.Tier1"]
    put(writers[who], body, tags=[])
    put(writers[who], body)
    assert len(stored(api, body)["tags"]) == 2


def test_a_second_tag_of_an_exclusive_classification_is_refused(api, chain):
    body = chain.body(tags=[{"tagFQN": "Tier.Tier1", "source": "Classification"}])
    api.post("/tables", body)
    again = body | {"tags": [{"tagFQN": "Tier.Tier2", "source": "Classification"}]}
    assert "mutually exclusive" in text_of(api.error("PUT", "/tables", 400, json=again))


@pytest.mark.parametrize("who, kept", [("bot", True), ("person", False)])
def test_column_descriptions_and_names_of_people_outlive_a_bot(api, writers, chain, who, kept):
    column = {"name": "id", "dataType": "BIGINT"}
    body = chain.body(columns=[column | {"description": "by hand", "displayName": "Hand"}])
    api.post("/tables", body)
    put(writers[who], body, columns=[column | {"description": "machine", "displayName": "Machine"}])
    after = stored(api, body)["columns"][0]
    assert (after["description"], after["displayName"]) == (("by hand", "Hand") if kept else ("machine", "Machine"))


def test_column_tags_are_merged(api, bot, chain):
    column = {"name": "id", "dataType": "BIGINT"}
    tag = lambda fqn: {"tagFQN": fqn, "source": "Classification"}
    body = chain.body(columns=[column | {"tags": [tag("PII.Email")]}])
    api.post("/tables", body)
    put(bot, body, columns=[column | {"tags": [tag("PersonalData.Personal")]}])
    assert [label["tagFQN"] for label in stored(api, body)["columns"][0]["tags"]] == ["PII.Email", "PersonalData.Personal"]
    put(bot, body, columns=[column])
    assert len(stored(api, body)["columns"][0]["tags"]) == 2


def test_columns_are_replaced_as_a_whole(api, bot, chain):
    body = chain.body()
    api.post("/tables", body)
    after = put(bot, body, columns=[{"name": "other", "dataType": "INT"}])
    assert [column["name"] for column in after["columns"]] == ["other"]


def test_columns_are_matched_whatever_their_case(api, bot, chain):
    body = chain.body(columns=[{"name": "Id", "dataType": "BIGINT", "description": "by hand"}])
    api.post("/tables", body)
    after = put(bot, body, columns=[{"name": "id", "dataType": "BIGINT"}])
    assert after["columns"][0]["description"] == "by hand"


@pytest.mark.parametrize("who, missing", [("bot", True), ("person", True), ("person", False)])
def test_life_cycle_is_kept_and_each_time_only_grows(api, writers, chain, who, missing):
    body = chain.body()
    api.post("/tables", body | {"lifeCycle": {"created": {"timestamp": 1000}, "updated": {"timestamp": 5000}}})
    if missing:
        assert put(writers[who], body)["lifeCycle"]["created"]["timestamp"] == 1000
    else:
        after = put(api, body, lifeCycle={"created": {"timestamp": 500}, "updated": {"timestamp": 9000}})["lifeCycle"]
        assert (after["created"]["timestamp"], after["updated"]["timestamp"]) == (1000, 9000)


@pytest.mark.parametrize("who", ["bot", "person"])
def test_plain_fields_are_replaced_and_dropped(api, writers, chain, who):
    body = chain.body()
    api.post("/tables", body | {"retentionPeriod": "P1D", "sourceUrl": "http://x/y", "sourceHash": "a"})
    after = put(writers[who], body, sourceHash="b")
    assert after["sourceHash"] == "b" and "retentionPeriod" not in after and "sourceUrl" not in after


def test_followers_votes_and_usage_are_not_touched(api, chain):
    made = chain.table()
    body = {key: made[key] for key in ("name", "columns")} | {"databaseSchema": chain.fqn, "description": "x"}
    assert api.put("/tables", body)["id"] == made["id"]


def test_deleted_cannot_be_set(api, chain):
    body = chain.body()
    made = api.post("/tables", body)
    answer = api.call("PUT", "/tables", json=body | {"deleted": True}, status=(200, 400))
    assert api.get(f"/tables/{made['id']}")["deleted"] is False, answer.text


def test_put_revives_a_deleted_container_with_what_it_held(api):
    chain = Chain(api, "revive")
    table = chain.table()
    api.delete(f"/databaseSchemas/{chain.schema['id']}?recursive=true")
    api.put("/databaseSchemas", {"name": "s", "database": chain.database["fullyQualifiedName"]}, status=200)
    assert api.get(f"/tables/{table['id']}")["deleted"] is False


@pytest.mark.parametrize("form", ["object", "id", "fqn"])
def test_references_come_as_objects_ids_or_names(api, chain, person, form):
    user = person[0]
    owner = {"object": {"id": user["id"], "type": "user"}, "id": {"id": user["id"], "type": "user"},
             "fqn": {"fullyQualifiedName": user["fullyQualifiedName"], "type": "user"}}[form]
    schema = {"object": {"id": chain.schema["id"], "type": "databaseSchema"}, "id": chain.schema["id"], "fqn": chain.fqn}[form]
    made = api.post("/tables", chain.body(owners=[owner], databaseSchema=schema))
    assert made["databaseSchema"]["id"] == chain.schema["id"]
    assert made["owners"][0]["id"] == user["id"]
