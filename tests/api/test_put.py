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
def test_the_display_name_is_always_taken_from_who_set_it(api, writers, chain, who):
    body = chain.body(displayName="Old")
    writers[who].post("/tables", body)
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


# Who wrote last ---------------------------------------------------------------------------------------------------------


def answered(writer, body, query="", **more):
    """(the entity, which fields were kept as the header says)"""
    answer = writer.call("PUT", "/tables" + query, json=body | more, status=200)
    return answer.json(), answer.headers.get("X-Metadata-Kept-Fields")


def test_a_bot_overwrites_what_a_bot_has_set_and_keeps_it_when_it_says_nothing(bot, chain):
    body = chain.body(description="one")
    bot.post("/tables", body)
    after, kept = answered(bot, body, description="two")
    assert (after["description"], kept) == ("two", None)
    plain = {key: value for key, value in body.items() if key != "description"}
    assert answered(bot, plain)[0]["description"] == "two"


def test_the_last_writer_counts_not_the_first(api, bot, chain):
    body = chain.body(description="by machine")
    made = bot.post("/tables", body)
    api.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/description", "value": "by hand"}])
    after, kept = answered(bot, body, description="by machine again")
    assert (after["description"], after["version"], kept) == ("by hand", 0.2, "description")
    # A patch overwrites, whoever makes it, and from then on the words are the bot's.
    bot.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/description", "value": "patched"}])
    after, kept = answered(bot, body, description="by machine again")
    assert (after["description"], kept) == ("by machine again", None)


def test_a_bot_keeps_a_display_name_of_a_person(api, bot, chain):
    body = chain.body()
    made = bot.post("/tables", body | {"displayName": "Machine"})
    api.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/displayName", "value": "Hand"}])
    assert answered(bot, body)[0]["displayName"] == "Hand"
    after, kept = answered(bot, body, displayName="Machine")
    assert (after["displayName"], kept) == ("Hand", "displayName")


def test_who_wrote_is_known_of_each_column(api, bot, chain):
    columns = [{"name": "a", "dataType": "INT", "description": "m"}, {"name": "b.c", "dataType": "INT", "description": "m"},
               {"name": "s", "dataType": "STRUCT", "children": [{"name": "x", "dataType": "INT", "description": "m"}]}]
    body = chain.body(columns=columns)
    made = bot.post("/tables", body)
    api.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/columns/1/description", "value": "h"},
                                        {"op": "replace", "path": "/columns/2/children/0/description", "value": "h"}])
    again = [dict(columns[0], description="n"), dict(columns[1], description="n"),
             dict(columns[2], children=[{"name": "X", "dataType": "INT", "description": "n"}])]
    after, kept = answered(bot, body, columns=again)
    said = (after["columns"][0]["description"], after["columns"][1]["description"], after["columns"][2]["children"][0]["description"])
    assert said == ("n", "h", "h")
    assert kept == "columns.%22b.c%22.description,columns.s.x.description"  # percent-encoded, for a header is ASCII
    assert answered(api, body, columns=again)[1] is None  # a person's PUT keeps nothing


def test_what_is_the_same_is_not_told_as_kept(api, bot, chain):
    body = chain.body(description="same")
    api.post("/tables", body)
    after, kept = answered(bot, body)
    assert (after["version"], kept) == (0.1, None)


def test_overwrite_lets_the_caller_decide_for_each_field(api, bot, chain):
    column = {"name": "id", "dataType": "BIGINT"}
    body = chain.body(description="hand", displayName="Hand", columns=[column | {"description": "hand", "displayName": "Hand"}])
    api.post("/tables", body)
    sent = {"description": "machine", "displayName": "Machine", "columns": [column | {"description": "machine", "displayName": "Machine"}]}
    after, kept = answered(bot, body, "?overwrite=description,columns.displayName", **sent)
    assert (after["description"], after["displayName"]) == ("machine", "Hand")
    assert (after["columns"][0]["description"], after["columns"][0]["displayName"]) == ("hand", "Machine")
    assert kept == "displayName,columns.id.description"
    after, kept = answered(bot, body, "?overwrite=*", **sent)
    assert (after["displayName"], after["columns"][0]["description"], kept) == ("Machine", "machine", None)


def test_overwrite_keeps_what_is_not_sent(api, bot, chain):
    body = chain.body(description="hand", tags=[{"tagFQN": "Tier.Tier1", "source": "Classification"}])
    api.post("/tables", body)
    plain = {key: value for key, value in body.items() if key not in ("description", "tags")}
    after, _ = answered(bot, plain, "?overwrite=*")
    assert after["description"] == "hand" and [tag["tagFQN"] for tag in stored(api, body)["tags"]] == ["Tier.Tier1"]
    answered(bot, plain, "?overwrite=tags", tags=[{"tagFQN": "Tier.Tier2", "source": "Classification"}])
    assert [tag["tagFQN"] for tag in stored(api, body)["tags"]] == ["Tier.Tier2"]


@pytest.mark.parametrize("name", ["nothing", "columns.nothing", "description.more", "columns.", "."])
def test_overwrite_of_what_is_no_field_is_refused(api, chain, name):
    body = chain.body()
    api.post("/tables", body)
    assert "overwrite" in text_of(api.error("PUT", f"/tables?overwrite={name}", 400, json=body))


@pytest.mark.parametrize("who", ["bot", "person"])
def test_with_replace_the_body_is_the_whole_truth(api, writers, chain, person, who):
    tag = {"tagFQN": "PII.Sensitive", "source": "Classification"}
    column = {"name": "id", "dataType": "BIGINT"}
    body = chain.body(columns=[column])
    api.post("/tables", body | {
        "description": "d", "displayName": "D", "owners": [{"id": person[0]["id"], "type": "user"}], "tags": [tag],
        "lifeCycle": {"created": {"timestamp": 1000}}, "columns": [column | {"description": "d", "displayName": "D", "tags": [tag]}]})
    after, kept = answered(writers[who], body, "?replace=true")
    assert kept is None and not {"description", "displayName", "lifeCycle"} & set(after)
    after = stored(api, body)
    assert after["owners"] == [] and after["tags"] == [] and after["version"] == 0.2
    assert not {"description", "displayName"} & set(after["columns"][0]) and not after["columns"][0].get("tags")
    assert api.get(f"/tables/{after['id']}/versions/0.1")["description"] == "d"


def test_domains_and_custom_values_of_people_outlive_a_bot(api, bot, chain):
    first, second = unique("domain"), unique("domain")
    for name in (first, second):
        api.post("/domains", {"name": name, "description": "d", "domainType": "Aggregate"})
    body = chain.body()
    bot.post("/tables", body | {"domains": [first]})
    after, kept = answered(bot, body, domains=[second])
    assert ([ref["name"] for ref in after["domains"]], kept) == ([second], None)
    answered(api, body, domains=[first])
    after, kept = answered(bot, body, domains=[second])
    assert ([ref["name"] for ref in after["domains"]], kept) == ([first], "domains")
