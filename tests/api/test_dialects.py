"""Where the guide and the real client differ, row by row: one running server gives each its own (a test a row, in both dialects)."""

import base64
import re
import time

import pytest
import requests

from client import Chain, name_path, text_of, unique
from persons import USER_PASSWORD, make_user

GUIDE, CLIENT = {"X-Metadata-Dialect": "guide"}, {"X-Metadata-Dialect": "openmetadata"}
in_both = pytest.mark.parametrize("dialect", [GUIDE, CLIENT], ids=["guide", "client"])
SENSITIVE = {"tagFQN": "PII.Sensitive", "source": "Classification"}


@pytest.fixture(scope="module")
def tables(api, chain):
    """A table with an owner, and eleven more, in a service that has nothing else."""
    owner = {"id": api.get("/users/name/admin")["id"], "type": "user"}
    made = [chain.table(owners=[owner])]
    return made + [chain.table() for _ in range(11)]


def read(api, table, query, dialect):
    return api.get(f"/tables/{table['id']}?{query}", headers=dialect)


def test_the_owner_is_one_for_the_guide_and_a_list_for_the_client(api, tables):
    guide, client = read(api, tables[0], "fields=owner", GUIDE), read(api, tables[0], "fields=owner", CLIENT)
    assert guide["owner"]["name"] == "admin" and guide["owners"] == client["owners"] and "owner" not in client
    for dialect in (GUIDE, CLIENT):
        assert "owner" not in read(api, tables[0], "fields=owners", dialect) and "owner" not in read(api, tables[0], "fields=*", dialect)


@in_both
def test_a_patch_of_the_owner_is_one_of_the_owners(api, chain, dialect):
    table = chain.table()
    after = api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/owner", "value": {"id": api.get("/users/name/admin")["id"], "type": "user"}}],
                      headers=dialect)
    assert [owner["name"] for owner in after["owners"]] == ["admin"] and "owner" not in after


@in_both
def test_a_table_may_name_its_database_beside_its_schema(api, chain, dialect):
    body = {"name": unique("both"), "columns": [], "databaseSchema": chain.fqn, "database": chain.database["fullyQualifiedName"]}
    assert api.post("/tables", body, headers=dialect)["database"]["id"] == chain.database["id"]
    api.error("POST", "/tables", 400, json=body | {"name": unique("both"), "database": "another.db"}, headers=dialect)


@in_both
def test_labels_need_only_a_name_and_a_source(api, chain, dialect):
    made = api.post("/tables", {"name": unique("lab"), "columns": [], "databaseSchema": chain.fqn, "tags": [SENSITIVE]}, headers=dialect)
    assert [(tag["tagFQN"], tag["labelType"], tag["state"]) for tag in made["tags"]] == [("PII.Sensitive", "Manual", "Confirmed")]


@in_both
def test_the_guides_label_is_there(api, dialect):
    assert api.get("/tags/name/PII.Email", headers=dialect)["fullyQualifiedName"] == "PII.Email"


def test_pages_hold_ten_when_nobody_says_and_a_hundred_for_the_guide(api, chain, tables):
    where = f"/tables?database={chain.database['fullyQualifiedName']}"
    for dialect in (GUIDE, CLIENT):
        page = api.get(where, headers=dialect)
        assert len(page["data"]) == 10 and page["paging"]["after"]
        api.get(where + "&limit=1000000", headers=dialect)
        assert api.get(where + "&limit=0", headers=dialect)["data"] == []
    for number in range(120 - len(tables)):
        chain.table()
    assert len(api.get(where + "&limit=500", headers=GUIDE)["data"]) == 100
    assert len(api.get(where + "&limit=500", headers=CLIENT)["data"]) >= 120


@in_both
def test_a_filter_takes_a_container_at_any_height(api, chain, tables, dialect):
    totals = {api.get(f"/tables?limit=0&database={name}", headers=dialect)["paging"]["total"]
              for name in (chain.database["fullyQualifiedName"], chain.fqn)}
    assert len(totals) == 1 and totals.pop() >= len(tables)


@in_both
def test_all_fields_may_be_asked_for(api, tables, dialect):
    shown = read(api, tables[0], "fields=*", dialect)
    assert {"owners", "tags", "followers", "usageSummary", "columns"} <= set(shown)


@in_both
@pytest.mark.parametrize("path", ["/tags/-", "/tags/0"])
def test_a_label_is_added_to_an_absent_list(api, chain, path, dialect):
    after = api.patch(f"/tables/{chain.table()['id']}", [{"op": "add", "path": path, "value": SENSITIVE}], headers=dialect)
    assert [tag["tagFQN"] for tag in after["tags"]] == ["PII.Sensitive"]


@in_both
def test_a_last_page_has_a_total_and_no_cursor(api, chain, dialect):
    one = Chain(api)
    one.table()
    assert api.get(f"/tables?database={one.database['fullyQualifiedName']}", headers=dialect)["paging"] == {"total": 1}


@in_both
def test_a_search_by_value_finds_whole_values_only(api, tables, dialect):
    query = "/search/fieldQuery?fieldName=fullyQualifiedName&index=table_search_index&fieldValue="
    names = lambda value: [hit["_source"]["id"] for hit in api.get(query + name_path(value), headers=dialect)["hits"]["hits"]]
    fqn = tables[0]["fullyQualifiedName"]
    assert names(fqn) == [tables[0]["id"]] and names(fqn[:-1]) == [] and names("*" + fqn[3:]) == [tables[0]["id"]]


@in_both
def test_a_search_takes_both_spellings_and_says_everything(api, chain, tables, dialect):
    service = chain.service["name"]
    by_guide = f"/search/query?q=*&index=table&filters=database:{chain.database['fullyQualifiedName']}&size=3&sort_field=name.keyword&sort_order="
    by_client = ("/search/query?q=&index=table_search_index&size=3&sort_field=fullyQualifiedName&query_filter="
                 + name_path('{"query":{"bool":{"must":[{"term":{"service.name.keyword":"%s"}}]}}}' % service))
    for answer in (api.get(by_guide + "asc", headers=dialect), api.get(by_client, headers=dialect)):
        hits = answer["hits"]
        assert hits["total"]["relation"] == "eq" and hits["total"]["value"] >= len(tables) and len(hits["hits"]) == 3
        assert all({"_index", "_id", "_score", "_source", "sort"} <= set(hit) and all(isinstance(value, str) for value in hit["sort"])
                   for hit in hits["hits"])
    first = [hit["_source"]["name"] for hit in api.get(by_guide + "asc", headers=dialect)["hits"]["hits"]]
    last = [hit["_source"]["name"] for hit in api.get(by_guide + "desc", headers=dialect)["hits"]["hits"]]
    assert first == sorted(first) and last == sorted(last, reverse=True) and first != last


def edge_of(source, target, **details):
    return {"edge": {"fromEntity": {"id": source["id"], "type": "table"}, "toEntity": {"id": target["id"], "type": "table"}}
            | ({"lineageDetails": details} if details else {})}


def test_lineage_has_numbers_for_the_guide_and_lists_for_the_client(api, chain):
    source, target = chain.table(), chain.table()
    api.call("PUT", "/lineage", json=edge_of(source, target))
    by_name = f"/lineage/table/name/{name_path(source['fullyQualifiedName'])}"
    client = api.get(by_name, headers=CLIENT)
    assert [edge["toEntity"] for edge in client["downstreamEdges"]] == [target["id"]] and client["upstreamEdges"] == []
    assert isinstance(client["downstreamEdges"][0]["lineageDetails"], dict) and "edges" not in client
    guide = api.get(by_name, headers=GUIDE)
    assert len(guide["edges"]) == 1 and guide["entity"]["id"] == client["entity"]["id"]
    by_id = {dialect["X-Metadata-Dialect"]: api.get(f"/lineage/table/{source['id']}", headers=dialect) for dialect in (GUIDE, CLIENT)}
    assert by_id["guide"]["downstreamEdges"] == by_id["openmetadata"]["downstreamEdges"]


@in_both
def test_lineage_that_is_no_edge_or_goes_too_far_is_refused(api, chain, dialect):
    source, target = chain.table(), chain.table()
    wrong = api.error("PUT", "/lineage", 400, json=edge_of(source, target)["edge"], headers=dialect)
    assert wrong["code"] == 400 and "edge" in text_of(wrong)
    api.error("GET", f"/lineage/table/{source['id']}?upstreamDepth=4", 400, headers=dialect)


@in_both
def test_columns_of_an_edge_may_be_named_shortly(api, chain, dialect):
    columns = [{"name": "order_id", "dataType": "INT"}]
    source, target = chain.table(columns=columns), chain.table(columns=columns)
    mapping = {"fromColumns": ["source.order_id"], "toColumn": target["fullyQualifiedName"] + ".order_id"}
    api.call("PUT", "/lineage", json=edge_of(source, target, columnsLineage=[mapping]), headers=dialect)
    told = api.get(f"/lineage/getLineageEdge/{source['id']}/{target['id']}", headers=dialect)["edge"]["columnsLineage"]
    assert told == [mapping | {"fromColumns": [source["fullyQualifiedName"] + ".order_id"]}]
    mapping["fromColumns"] = ["source.no_such"]
    api.error("PUT", "/lineage", 400, json=edge_of(source, target, columnsLineage=[mapping]), headers=dialect)


@in_both
def test_a_definition_need_not_say_what_it_is_for(api, dialect):
    body = {"name": unique("def"), "description": "d", "testPlatforms": ["OpenMetadata"]}
    assert api.post("/dataQuality/testDefinitions", body, headers=dialect)["entityType"] == "TABLE"
    of_columns = body | {"name": unique("def"), "supportedDataTypes": ["INT"]}
    assert api.post("/dataQuality/testDefinitions", of_columns, headers=dialect)["entityType"] == "COLUMN"


@in_both
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_results_of_tests_are_taken_by_both_methods(api, chain, method, dialect):
    case = api.post("/dataQuality/testCases", {
        "name": unique("rows"), "entityLink": f"<#E::table::{chain.table()['fullyQualifiedName']}>", "testDefinition": "tableRowCountToEqual",
        "parameterValues": [{"name": "value", "value": "3"}]}, headers=dialect)
    path = f"/dataQuality/testCases/testCaseResults/{name_path(case['fullyQualifiedName'])}"
    api.call(method, path, json={"timestamp": int(time.time() * 1000), "testCaseStatus": "Success"}, headers=dialect, status=(200, 201))
    assert [result["testCaseStatus"] for result in api.get(path, headers=dialect)["data"]] == ["Success"]


@in_both
@pytest.mark.parametrize("path", ["/users/login", "/auth/login"])
@pytest.mark.parametrize("coded", [False, True], ids=["plain", "base64"])
def test_who_logs_in_is_understood_and_told_in_both_words(server, api, nobody, path, coded, dialect):
    entity, _ = make_user(server, api)
    password = base64.b64encode(USER_PASSWORD.encode()).decode() if coded else USER_PASSWORD
    told = nobody.call("POST", path, json={"email": entity["email"], "password": password}, headers=dialect, status=200).json()
    assert {"accessToken", "refreshToken", "tokenType", "expiresIn", "expiryDuration"} <= set(told)
    refreshed = nobody.call("POST", path.replace("login", "refresh"), json={"refreshToken": told["refreshToken"]}, headers=dialect, status=200).json()
    assert refreshed["accessToken"] and refreshed.get("newAccessToken", refreshed["accessToken"]) == refreshed["accessToken"]


@in_both
def test_a_bot_shows_its_token_in_either_header(server, bot_token, dialect):
    for header in ({"Authorization": "Bearer " + bot_token}, {"X-API-Key": bot_token}):
        assert requests.get(server.base + "/tables?limit=0", headers=header | dialect, timeout=30).status_code == 200


@in_both
def test_errors_are_told_in_the_words_of_both(api, nobody, dialect):
    for asker, method, path, status in ((api, "GET", "/tables/name/no.such.table.x", 404), (nobody, "GET", "/tables", 401)):
        wrong = asker.error(method, path, status, headers=dialect)
        assert wrong["code"] == status and wrong["message"] and wrong["responseType"] and set(wrong["details"]) == {"field", "error"}


def test_a_deletion_is_silent_for_the_guide_and_tells_the_client(api, chain):
    answer = api.delete(f"/tables/{chain.table()['id']}", headers=GUIDE)
    assert answer.status_code == 204 and answer.content == b""
    table = chain.table()
    answer = api.delete(f"/tables/{table['id']}", headers=CLIENT)
    assert answer.status_code == 200 and answer.json()["id"] == table["id"] and answer.json()["deleted"] is True


@in_both
def test_a_put_makes_or_updates_by_name(api, chain, dialect):
    body = {"name": unique("put"), "databaseSchema": chain.fqn, "columns": []}
    made = api.call("PUT", "/tables", json=body, headers=dialect, status=201).json()
    again = api.call("PUT", "/tables", json=body | {"description": "d"}, headers=dialect, status=200).json()
    assert again["id"] == made["id"] and again["version"] == 0.2


@in_both
def test_the_version_is_the_clients(nobody, dialect):
    assert re.match(r"1\.10\.\d+$", nobody.get("/system/version", headers=dialect)["version"])


@in_both
def test_usage_is_counted_from_nothing(api, chain, dialect):
    summary = read(api, chain.table(), "fields=usageSummary", dialect)["usageSummary"]
    assert summary["date"] and {summary[span]["count"] for span in ("dailyStats", "weeklyStats", "monthlyStats")} == {0}


def test_a_dialect_that_is_none_is_refused(api):
    assert "guide" in api.error("GET", "/tables?limit=0", 400, headers={"X-Metadata-Dialect": "french"})["message"]
