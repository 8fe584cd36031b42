"""What an answer holds, and what it holds when asked."""

import pytest

from client import Chain, name_path

SDK = {"X-Metadata-Dialect": "openmetadata"}
GUIDE = {"X-Metadata-Dialect": "guide"}


@pytest.fixture(scope="module")
def rich(api, person):
    """A table with an owner, tags on itself and on a column, constraints and a hash."""
    chain = Chain(api, "rich")
    return chain.table("rich", owners=[{"id": person[0]["id"], "type": "user"}], sourceHash="abc",
                       tags=[{"tagFQN": "Tier.Tier1", "source": "Classification"}],
                       tableConstraints=[{"constraintType": "PRIMARY_KEY", "columns": ["id"]}],
                       columns=[{"name": "id", "dataType": "BIGINT"},
                                {"name": "email", "dataType": "VARCHAR", "dataLength": 255,
                                 "tags": [{"tagFQN": "PII.Email", "source": "Classification"}]}])


def read(api, rich, fields=None, headers=SDK):
    return api.get(f"/tables/{rich['id']}" + (f"?fields={fields}" if fields is not None else ""), headers=headers)


def test_own_fields_are_always_there_and_relations_only_when_asked(api, rich):
    plain = read(api, rich)
    assert [column["name"] for column in plain["columns"]] == ["id", "email"]
    assert plain["sourceHash"] == "abc"
    for relation in ("owners", "tags", "followers", "votes", "domains", "usageSummary"):
        assert relation not in plain, relation
    assert all(not column.get("tags") for column in plain["columns"])


def test_asked_relations_come_filled(api, rich, person):
    full = read(api, rich, "owners,tags")
    owner = full["owners"][0]
    assert owner["id"] == person[0]["id"] and owner["type"] == "user" and owner["name"] == person[0]["name"]
    assert owner["fullyQualifiedName"] == person[0]["fullyQualifiedName"]
    assert [(tag["tagFQN"], tag["source"], tag["labelType"], tag["state"]) for tag in full["tags"]] == [
        ("Tier.Tier1", "Classification", "Manual", "Confirmed")]
    assert full["tags"][0]["name"] == "Tier1"
    assert full["columns"][1]["tags"][0]["tagFQN"] == "PII.Email"


def test_star_is_all_fields(api, rich):
    everything = read(api, rich, "*")
    assert everything["owners"] and everything["tags"] and everything["columns"][1]["tags"]
    assert "owner" not in everything


@pytest.mark.parametrize("headers", [SDK, GUIDE], ids=["client", "guide"])
def test_owner_by_that_name(api, rich, headers):
    answer = read(api, rich, "columns,owner,tags", headers)
    assert len(answer["owners"]) == 1
    if headers is GUIDE:
        assert answer["owner"] == answer["owners"][0]
    else:
        assert "owner" not in answer


def test_owner_never_appears_where_it_was_not_named(api, rich):
    for fields in ("owners", "*", "tags", ""):
        assert "owner" not in read(api, rich, fields, GUIDE)


def test_guide_words_are_accepted_in_lists_and_by_name(api, rich):
    listed = api.get(f"/tables?fields=columns,owner,tags,usageSummary&database={rich['database']['fullyQualifiedName']}")
    assert listed["data"][0]["owner"]["type"] == "user"
    named = api.get(f"/tables/name/{name_path(rich['fullyQualifiedName'])}?fields=columns,owner,tags,usageSummary")
    assert named["owner"] == named["owners"][0] and named["columns"][1]["tags"]


@pytest.mark.parametrize("headers", [SDK, GUIDE], ids=["client", "guide"])
@pytest.mark.parametrize("fields", ["nothing", "owners,nothing", "Owners", "columns.name", "*,nothing", "owners;drop"])
def test_an_unknown_field_is_refused_by_name(api, rich, fields, headers):
    wrong = api.error("GET", f"/tables/{rich['id']}?fields={fields}", 400, headers=headers)
    assert wrong["message"].startswith("Invalid field name "), wrong
    api.error("GET", f"/tables?fields={fields}", 400, headers=headers)
    api.error("GET", f"/tables/name/{name_path(rich['fullyQualifiedName'])}?fields={fields}", 400, headers=headers)


def test_blanks_and_empties_in_fields_are_nothing(api, rich):
    assert "owners" in read(api, rich, "%20owners%20,%20tags")
    assert "owners" not in read(api, rich, "")
    assert "owners" in read(api, rich, "owners,,tags,")


def test_every_name_that_the_client_asks_for_is_known(api, rich):
    for field in ("tableConstraints", "tablePartition", "usageSummary", "owners", "customMetrics", "columns", "sampleData",
                  "tags", "followers", "joins", "schemaDefinition", "dataModel", "extension", "testSuite", "domains",
                  "dataProducts", "lifeCycle", "sourceHash", "tableProfilerConfig", "serviceType", "profile", "votes",
                  "name", "description", "certification"):
        read(api, rich, field)


def test_usage_of_a_table_nobody_used_is_zero(api, rich):
    summary = read(api, rich, "usageSummary")["usageSummary"]
    assert summary["dailyStats"]["count"] == 0 and len(summary["date"]) == 10


def test_an_unknown_dialect_is_refused(api, rich):
    api.error("GET", "/tables", 400, headers={"X-Metadata-Dialect": "klingon"})


def test_a_script_with_a_content_type_on_every_call_is_served_as_the_guide_says(api, rich):
    # requests sends "Content-Type", the SDK "Content-type": only the latter is taken for the closed client.
    answer = api.get(f"/tables/{rich['id']}?fields=owner", headers={"Content-Type": "application/json"})
    assert answer["owner"]["type"] == "user"
    strict = api.get(f"/tables/{rich['id']}?fields=owner", headers={"Content-type": "application/json"})
    assert "owner" not in strict and strict["owners"]


def test_children_are_given_when_asked(api, chain):
    table = chain.table()
    schema = api.get(f"/databaseSchemas/{chain.schema['id']}?fields=tables", headers=SDK)
    assert table["id"] in [reference["id"] for reference in schema["tables"]]
    assert "tables" not in api.get(f"/databaseSchemas/{chain.schema['id']}", headers=SDK)
    assert "tables" in api.get(f"/databaseSchemas/{chain.schema['id']}?fields=*", headers=SDK)
