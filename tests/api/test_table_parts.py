"""What is set of a table by a route of its own: data model, metrics, profiler settings, joins, columns."""

import datetime
import time
import uuid

import pytest

from client import Chain, name_path, unique
from test_permissions import VIEW_ALL, person_with, rule

TAG = {"tagFQN": "PII.None", "source": "Classification"}


def path(table, word):
    return f"/tables/{table['id']}/{word}"


# Data model ---------------------------------------------------------------------------------------------------------

def test_a_data_model_fills_what_columns_lack(api, chain):
    owner = api.get("/users/name/admin")
    columns = [{"name": "id", "dataType": "INT", "description": "kept"}, {"name": "Mail", "dataType": "STRING"},
               {"name": "at", "dataType": "STRUCT", "children": [{"name": "day", "dataType": "DATE"}]}]
    table = chain.table(unique("model"), columns=columns)
    model = {"modelType": "DBT", "sql": "select 1", "rawSql": "select {{ one }}", "path": "models/m.sql", "tags": [TAG],
             "owners": [{"id": owner["id"], "type": "user"}], "resourceType": "model", "dbtSourceProject": None,
             "columns": [{"name": "ID", "dataType": "INT", "description": "not taken", "tags": [TAG]},
                         {"name": "mail", "dataType": "STRING", "description": "from dbt", "tags": [TAG]},
                         {"name": "at", "dataType": "STRUCT", "children": [{"name": "day", "dataType": "DATE", "description": "the day"}]},
                         {"name": "gone", "dataType": "INT", "description": "nowhere"}]}
    answer = api.put(path(table, "dataModel"), model)
    assert answer["dataModel"]["sql"] == "select 1" and len(answer["dataModel"]["columns"]) == 4 and answer["version"] == 0.2
    now = api.get(f"/tables/{table['id']}?fields=tags,owners,columns")
    assert [column["description"] for column in now["columns"][:2]] == ["kept", "from dbt"]
    assert now["columns"][2]["children"][0]["description"] == "the day"
    assert [[tag["tagFQN"] for tag in column["tags"]] for column in now["columns"]] == [["PII.None"], ["PII.None"], []]
    assert [tag["tagFQN"] for tag in now["tags"]] == ["PII.None"] and now["owners"][0]["id"] == owner["id"]
    again = api.put(path(table, "dataModel"), model)
    assert again["version"] == 0.2  # nothing new
    less = api.put(path(table, "dataModel"), {"modelType": "DBT", "path": "models/n.sql"})["dataModel"]
    assert less["sql"] == "select 1" and less["rawSql"] == "select {{ one }}" and less["path"] == "models/n.sql"
    assert api.get(path(table, "dataModel"))["dataModel"] == less
    assert "dataModel" not in api.call("DELETE", path(table, "dataModel"), status=200).json()


def test_a_data_model_is_one(api, chain):
    table = chain.table(unique("model"))
    for wrong in ({}, [], {"modelType": "GUESS"}, {"modelType": "DBT", "more": 1}, {"modelType": "DBT", "columns": [{}]}):
        api.error("PUT", path(table, "dataModel"), 400, json=wrong)
    api.error("PUT", f"/tables/{uuid.uuid4()}/dataModel", 404, json={"modelType": "DBT"})


# Settings of profilers --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("collection, of, word", [
    ("/tables", "table", "tableProfilerConfig"), ("/databases", "database", "databaseProfilerConfig"),
    ("/databaseSchemas", "schema", "databaseSchemaProfilerConfig")])
def test_settings_of_profilers_make_no_version(api, collection, of, word):
    chain = Chain(api, "config")
    entity = chain.table() if of == "table" else getattr(chain, of)
    at = f"{collection}/{entity['id']}/{word}"
    assert word not in api.get(at)
    config = {"profileSample": 50.0, "profileSampleType": "PERCENTAGE", "sampleDataCount": 7}
    answer = api.put(at, config | {"samplingMethodType": None})
    assert answer[word] == config and answer["version"] == entity["version"]
    assert api.get(f"{collection}/{entity['id']}?fields={word}")[word] == config
    api.error("PUT", at, 400, json={"profileSampleType": "GUESS"})
    assert api.put(at, {"sampleDataCount": 8})[word] == {"sampleDataCount": 8}
    assert word not in api.call("DELETE", at, status=200).json() and word not in api.get(at)
    assert len(api.get(f"{collection}/{entity['id']}/versions")["versions"]) == 1


def test_how_the_connection_was_tested_is_kept_with_the_service(api, chain):
    at = f"/services/databaseServices/{chain.service['id']}/testConnectionResult"
    result = {"lastUpdatedAt": 1_700_000_000_000, "status": "Failed", "steps": [
        {"name": "CheckAccess", "mandatory": True, "passed": False, "message": "no route"}]}
    assert api.put(at, result)["testConnectionResult"] == result
    assert api.get(f"/services/databaseServices/{chain.service['id']}")["testConnectionResult"] == result
    api.error("PUT", at, 400, json={"status": "Maybe"})


# Metrics ------------------------------------------------------------------------------------------------------------------

def test_metrics_of_a_table_and_of_its_columns(api, chain):
    table = chain.table(unique("metric"))
    made = api.put(path(table, "customMetric"), {"name": "big", "expression": "select count(*)"})
    metric = made["customMetrics"][0]
    assert metric["name"] == "big" and metric["updatedBy"] == "admin" and uuid.UUID(metric["id"]) and made["version"] == 0.1
    api.put(path(table, "customMetric"), {"name": "long", "columnName": "email", "expression": "select max(length(email))"})
    changed = api.put(path(table, "customMetric"), {"name": "big", "expression": "select 2", "description": "said"})
    assert [(one["expression"], one["id"]) for one in changed["customMetrics"]] == [("select 2", metric["id"])]
    now = api.get(f"/tables/{table['id']}?fields=customMetrics")
    assert [one["name"] for one in now["columns"][1]["customMetrics"]] == ["long"] and "customMetrics" not in now["columns"][0]
    for wrong in ({}, {"name": "x"}, {"name": "x", "expression": 1}, {"name": "x", "expression": "e", "columnName": "nope"}):
        api.error("PUT", path(table, "customMetric"), 400, json=wrong)
    api.error("DELETE", path(table, "customMetric/none"), 404)
    api.error("DELETE", path(table, "customMetric/id/long"), 404)
    api.call("DELETE", path(table, "customMetric/email/long"), status=200)
    left = api.call("DELETE", path(table, "customMetric/big"), status=200).json()
    assert not left.get("customMetrics") and not left["columns"][1].get("customMetrics")


# Joins ----------------------------------------------------------------------------------------------------------------------

@pytest.fixture
def one_day():
    """Joins are told of days: one that is about to end is waited for."""
    now = datetime.datetime.now(datetime.timezone.utc)
    left = 86_400 - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    time.sleep(left + 0.1 if left < 60 else 0)


def day(back):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=back)).strftime("%Y-%m-%d")


def joins(api, table):
    return api.get(f"/tables/{table['id']}?fields=joins").get("joins")


def test_joins_are_known_on_both_sides_and_summed_over_days(one_day, api, chain):
    a, b = chain.table(unique("join")), chain.table(unique("join"))
    column = b["fullyQualifiedName"] + ".email"
    assert joins(api, a) is None
    tell = lambda back, count: api.put(path(a, "joins"), {
        "startDate": day(back), "dayCount": 1, "directTableJoins": [{"fullyQualifiedName": b["fullyQualifiedName"], "joinCount": count}],
        "columnJoins": [{"columnName": "id", "joinedWith": [{"fullyQualifiedName": column, "joinCount": count}]}]})
    assert tell(0, 2)["joins"]["columnJoins"][0]["columnName"] == "id"
    tell(30, 3)
    tell(0, 5)  # the day is told again
    told = joins(api, a)
    assert told["dayCount"] == 30 and told["startDate"] == day(30)
    assert told["columnJoins"] == [{"columnName": "id", "joinedWith": [{"fullyQualifiedName": column, "joinCount": 8}]}]
    assert told["directTableJoins"] == [{"fullyQualifiedName": b["fullyQualifiedName"], "joinCount": 8}]
    other = joins(api, b)
    assert other["columnJoins"] == [{"columnName": "email", "joinedWith": [{"fullyQualifiedName": a["fullyQualifiedName"] + ".id", "joinCount": 8}]}]
    assert api.get(f"/tables/{a['id']}")["version"] == 0.1
    api.delete(f"/tables/{b['id']}?hardDelete=true")
    assert joins(api, a)["columnJoins"] == [] and joins(api, a)["directTableJoins"] == []


def test_joins_are_of_the_last_days_and_of_what_is_there(one_day, api, chain):
    a, b = chain.table(unique("join")), chain.table(unique("join"))
    other = [{"fullyQualifiedName": b["fullyQualifiedName"], "joinCount": 1}]
    for back in (31, -1):
        said = api.error("PUT", path(a, "joins"), 400, json={"startDate": day(back), "directTableJoins": other})
        assert "past 30 days" in said["message"]
    for wrong in ([], {"startDate": "today"}, {"directTableJoins": [{"joinCount": 1}]}, {"dayCount": 0},
                  {"columnJoins": [{"columnName": "nope", "joinedWith": []}]},
                  {"columnJoins": [{"columnName": "id", "joinedWith": other}]},  # a table, not a column
                  {"columnJoins": [{"columnName": "id", "joinedWith": [{"fullyQualifiedName": b["fullyQualifiedName"] + ".nope", "joinCount": 1}]}]},
                  {"directTableJoins": [{"fullyQualifiedName": b["fullyQualifiedName"], "joinCount": -1}]}):
        api.error("PUT", path(a, "joins"), 400, json=wrong)
    api.error("PUT", path(a, "joins"), 404, json={"directTableJoins": [{"fullyQualifiedName": "no.such.table.x", "joinCount": 1}]})
    assert joins(api, a) is None


def test_joins_with_hidden_tables_are_not_told(server, api, chain):
    a, b = chain.table(unique("join")), chain.table(unique("join"), tags=[TAG])
    api.put(path(a, "joins"), {"startDate": day(0), "directTableJoins": [{"fullyQualifiedName": b["fullyQualifiedName"], "joinCount": 4}]})
    _, narrow = person_with(server, api, VIEW_ALL, rule("deny", ["ViewAll"], "matchAnyTag('PII.None')", ["table"], "marked"))[:2]
    assert joins(narrow, a)["directTableJoins"] == [] and b["name"] not in str(joins(narrow, a))
    assert len(joins(api, a)["directTableJoins"]) == 1


# Columns ----------------------------------------------------------------------------------------------------------------------

def test_columns_come_in_pages(api):
    chain = Chain(api, "paging")
    columns = [{"name": f"c{i:03}", "dataType": "INT", "tags": [TAG] if i == 3 else []} for i in range(120)]
    table = chain.table(unique("wide"), columns=columns)
    for at in (path(table, "columns"), f"/tables/name/{name_path(table['fullyQualifiedName'])}/columns"):
        first = api.get(at)
        assert [one["name"] for one in first["data"]] == [f"c{i:03}" for i in range(50)]
        assert first["paging"] == {"total": 120, "offset": 0, "limit": 50}
        last = api.get(at + "?limit=100&offset=100&fields=tags")
        assert [one["name"] for one in last["data"]] == [f"c{i:03}" for i in range(100, 120)]
        assert api.get(at + "?offset=500")["data"] == []
        assert api.get(at + "?limit=5&fields=tags")["data"][3]["tags"][0]["tagFQN"] == "PII.None"
        found = api.get(at + "/search?q=C01")
        assert [one["name"] for one in found["data"]] == [f"c{i:03}" for i in range(10, 20)] and found["paging"]["total"] == 10
        for wrong in ("limit=0", "limit=1001", "offset=-1", "fields=nope", "limit=x"):
            api.error("GET", f"{at}?{wrong}", 400)
    api.delete(f"/tables/{table['id']}")
    api.error("GET", path(table, "columns"), 404)
    assert api.get(path(table, "columns") + "?include=all")["paging"]["total"] == 120


def test_a_column_is_changed_by_its_name(api, chain):
    columns = [{"name": "a.b", "dataType": "INT", "constraint": "UNIQUE"},
               {"name": "at", "dataType": "STRUCT", "children": [{"name": "day", "dataType": "DATE"}]}]
    table = chain.table(unique("named"), columns=columns)
    at = lambda column: f"/columns/name/{name_path(table['fullyQualifiedName'] + '.' + column)}?entityType=table"
    column = api.put(at('"a.b"'), {"displayName": "AB", "description": "said", "tags": [TAG], "constraint": None})
    assert (column["displayName"], column["description"], column["constraint"]) == ("AB", "said", "UNIQUE")
    assert column["tags"][0]["tagFQN"] == "PII.None"
    assert "constraint" not in api.put(at('"a.b"'), {"removeConstraint": True, "description": ""})
    assert api.put(at("at.day"), {"description": "the day"})["description"] == "the day"
    now = api.get(f"/tables/{table['id']}?fields=tags")
    assert "description" not in now["columns"][0] and now["columns"][1]["children"][0]["description"] == "the day" and now["version"] == 0.4
    for wrong in ({"name": "x"}, {"dataType": "STRING"}, {"colour": 1}, [], {"description": 1}, {"tags": [{}]}):
        api.error("PUT", at("at"), 400, json=wrong)
    api.error("PUT", at("nope"), 404, json={"description": "x"})
    api.error("PUT", "/columns/name/no.such.table.x.y", 404, json={"description": "x"})
    api.error("PUT", f"/columns/name/{name_path(table['fullyQualifiedName'] + '.at')}?entityType=planet", 400, json={"description": "x"})


def test_a_column_is_changed_by_whom_its_table_may_be(server, api, chain):
    table = chain.table(unique("rights"))
    at = f"/columns/name/{name_path(table['fullyQualifiedName'] + '.id')}"
    _, reads = person_with(server, api, VIEW_ALL)[:2]
    assert "EditDisplayName" in reads.error("PUT", at, 403, json={"displayName": "x"})["message"]
    _, edits = person_with(server, api, VIEW_ALL, rule("allow", ["EditAll"], None, ["table"], "edit"))[:2]
    assert edits.put(at, {"description": "x"})["description"] == "x"
    _, narrow = person_with(server, api, VIEW_ALL, rule("deny", ["ViewAll"], "matchAnyTag('PII.None')", ["table"], "marked"))[:2]
    api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/tags", "value": [TAG]}])
    narrow.error("PUT", at, 404, json={"description": "x"})
    narrow.error("GET", path(table, "columns"), 404)


def took(calls):
    """(what they answer, the least time that one of them takes: the machine may be busy with something else most of the time)"""
    answers, times = [], []
    for call in calls:
        began = time.monotonic()
        answers.append(call())
        times.append(time.monotonic() - began)
    return answers, min(times)


def test_two_thousand_columns_are_paged_and_changed_in_moments(api):
    """Ten times the columns: ten times the work at most, and not a hundred times as much."""
    chain, times = Chain(api, "twothousand"), {}
    for count in (200, 2000):
        table = chain.table(unique("wide"), columns=[{"name": f"c{i}", "dataType": "INT"} for i in range(count)])
        at = lambda offset: path(table, f"columns?limit=100&offset={offset % count}")
        pages, paged = took([lambda offset=offset: api.get(at(offset))["data"] for offset in range(0, 2000, 100)])
        assert [one["name"] for page in pages[:count // 100] for one in page] == [f"c{i}" for i in range(count)]
        fqn = lambda i: name_path(f"{table['fullyQualifiedName']}.c{i * (count - 1) // 9}")
        _, changed = took([lambda i=i: api.put(f"/columns/name/{fqn(i)}", {"description": f"d{i}"}) for i in range(10)])
        print(f"{count} columns: a page of 100 in {paged * 1000:.1f} ms, a change of one in {changed * 1000:.1f} ms")
        times[count] = paged, changed
    assert all(many < 0.05 + 25 * few for few, many in zip(times[200], times[2000])), times
