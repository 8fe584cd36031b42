"""How often entities are used, who ran queries, and what belongs to domains and the like."""

import concurrent.futures

import pytest

from client import Chain, name_path, unique
from persons import make_user


def stats(count, rank=0.0):
    return {"count": count, "percentileRank": rank}


def usage(api, table, day, **more):
    return api.get(f"/usage/table/{table['id']}", params={"date": day, **more})["usage"]


def test_usage_is_counted_by_day_week_and_month(api, chain):
    table = chain.table()
    assert api.get(f"/tables/{table['id']}?fields=usageSummary")["usageSummary"]["dailyStats"] == stats(0)
    for day, count in (("2024-03-31", 5), ("2024-03-02", 100), ("2024-03-25", 2), ("2024-03-24", 3), ("2024-03-01", 1000)):
        api.call("POST", f"/usage/table/{table['id']}", json={"date": day, "count": count}, status=201)
    newest = api.get(f"/tables/{table['id']}?fields=usageSummary")
    assert newest["usageSummary"] == {"dailyStats": stats(5), "weeklyStats": stats(7), "monthlyStats": stats(110), "date": "2024-03-31"}
    assert newest["version"] == table["version"]
    days = usage(api, table, "2024-03-31", days=31)
    assert [day["date"] for day in days] == ["2024-03-31", "2024-03-25", "2024-03-24", "2024-03-02", "2024-03-01"]
    assert [day["monthlyStats"]["count"] for day in days] == [110, 1105, 1103, 1100, 1000]
    assert usage(api, table, "2024-03-30") == [] and api.get(f"/usage/table/{table['id']}")["usage"] == []


def test_a_post_says_the_count_and_a_put_adds_to_it_and_containers_are_used_too(api):
    chain = Chain(api, "used")
    first, second = chain.table(), chain.table()
    at = f"/usage/table/{first['id']}"
    api.call("POST", at, json={"date": "2024-05-01", "count": 7}, status=201)
    answer = api.call("POST", at, json={"date": "2024-05-01", "count": 4}, status=201).json()
    assert answer["entity"]["id"] == first["id"] and answer["usage"][0]["dailyStats"] == stats(4)
    api.put(f"/usage/TABLE/name/{name_path(second['fullyQualifiedName'])}", {"date": "2024-05-01", "count": 2}, status=200)
    api.put(f"/usage/table/{second['id']}", {"date": "2024-05-01", "count": 1}, status=200)
    for collection, entity, count in (("tables", first, 4), ("tables", second, 3), ("databaseSchemas", chain.schema, 7), ("databases", chain.database, 7)):
        shown = api.get(f"/{collection}/{entity['id']}?fields=usageSummary")["usageSummary"]
        assert shown["dailyStats"]["count"] == count, collection


def test_usage_is_ranked_against_all_of_a_type(api):
    chain = Chain(api, "ranked")
    tables = [chain.table() for _ in range(5)]
    for table, count in zip(tables, (1, 2, 2, 9, 4)):
        api.call("POST", f"/usage/table/{table['id']}", json={"date": "2031-01-01", "count": count}, status=201)
    api.call("POST", "/usage/compute.percentile/table/2031-01-01", status=201)
    ranks = [usage(api, table, "2031-01-01")[0]["dailyStats"]["percentileRank"] for table in tables]
    assert ranks == [0.0, 25.0, 25.0, 100.0, 75.0]
    api.put(f"/usage/table/{tables[0]['id']}", {"date": "2031-01-01", "count": 1}, status=200)
    assert usage(api, tables[4], "2031-01-01")[0]["dailyStats"] == stats(4, 75.0)


def test_usages_at_once_are_all_counted(api):
    chain = Chain(api, "busy")
    tables = [chain.table() for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: api.put(f"/usage/table/{tables[i % 4]['id']}", {"date": "2024-06-01", "count": 1}, status=200), range(100)))
    assert [usage(api, table, "2024-06-01")[0]["dailyStats"]["count"] for table in tables] == [25] * 4
    assert api.get(f"/databases/{chain.database['id']}?fields=usageSummary")["usageSummary"]["dailyStats"]["count"] == 100


@pytest.mark.parametrize("body", [{}, {"date": "2024-02-30", "count": 1}, {"date": "yesterday", "count": 1}, {"date": "2024-02-01"},
                                  {"date": "2024-02-01", "count": -1}, {"date": "2024-02-01", "count": 1.5}, {"date": "2024-02-01", "count": 10**15}])
def test_usage_that_says_no_day_or_number_is_refused(api, chain, body):
    assert api.error("POST", f"/usage/table/{chain.table()['id']}", 400, json=body)["details"]["field"] in ("date", "count")


def test_usage_is_of_types_that_have_it(api, chain):
    assert "not counted" in api.error("POST", f"/usage/databaseService/{chain.service['id']}", 400, json={"date": "2024-01-01", "count": 1})["message"]
    api.error("GET", f"/usage/nothing/{chain.service['id']}", 404)
    api.error("POST", "/usage/compute.percentile/nothing/2024-01-01", 404)
    api.error("GET", f"/usage/table/{chain.table()['id']}?days=0", 400)


def test_a_query_gathers_what_it_reads_and_who_runs_it(api, chain, server):
    tables = [chain.table() for _ in range(2)]
    person, _ = make_user(server, api)
    query = api.post("/queries", {"query": unique("select"), "service": chain.service["fullyQualifiedName"], "usedBy": ["alice"]})
    at = f"/queries/{query['id']}"
    refs = [{"id": table["id"], "type": "table"} for table in tables]
    api.put(at + "/usage", refs[:1], status=200)
    api.put(at + "/usage", refs, status=200)
    api.put(at + "/users", [person["fullyQualifiedName"]], status=200)
    api.put(at + "/users", [person["fullyQualifiedName"]], status=200)
    api.put(at + "/usedBy", ["bob", "alice", "bob"], status=200)
    whole = api.get(at + "?fields=queryUsedIn,users")
    assert {ref["id"] for ref in whole["queryUsedIn"]} == {table["id"] for table in tables}
    assert [ref["id"] for ref in whole["users"]] == [person["id"]] and whole["usedBy"] == ["alice", "bob"]
    for table in tables:
        assert [one["id"] for one in api.get(f"/queries?entityId={table['id']}")["data"]] == [query["id"]]
    api.call("DELETE", at + "/usage", json=refs[:1], status=200)
    assert api.get(f"/queries?entityId={tables[0]['id']}")["data"] == []
    api.error("PUT", at + "/usage", 404, json=[{"id": "00000000-0000-4000-8000-000000000000", "type": "table"}])
    api.error("PUT", at + "/usage", 400, json={"id": tables[0]["id"]})
    api.error("PUT", at + "/usedBy", 400, json=[1])


def test_assets_are_added_to_a_domain_and_taken_out_one_by_one(api, chain):
    domain = api.post("/domains", {"name": unique("Domain"), "domainType": "Aggregate", "description": "d"})
    table, other = chain.table(), chain.table()
    lost = {"id": "00000000-0000-4000-8000-000000000000", "type": "table"}
    assets = [{"id": table["id"], "type": "table"}, lost, {"type": "table", "fullyQualifiedName": other["fullyQualifiedName"], "id": other["id"]}]
    dry = api.put(f"/domains/{domain['name']}/assets/add", {"assets": assets, "dryRun": True}, status=200)
    assert (dry["dryRun"], dry["status"], dry["numberOfRowsPassed"], dry["numberOfRowsFailed"]) == (True, "partialSuccess", 2, 1)
    assert "domains" not in api.get(f"/tables/{table['id']}?fields=domains") or not api.get(f"/tables/{table['id']}?fields=domains")["domains"]
    done = api.put(f"/domains/{domain['name']}/assets/add", {"assets": assets}, status=200)
    assert done["numberOfRowsProcessed"] == 3 and done["failedRequest"] == [
        {"request": lost, "message": f"table instance for {lost['id']} not found", "status": 404}]
    shown = api.get(f"/tables/{table['id']}?fields=domains")
    assert [ref["id"] for ref in shown["domains"]] == [domain["id"]] and shown["version"] == 0.2
    assert {ref["id"] for ref in api.get(f"/domains/{domain['id']}?fields=assets")["assets"]} == {table["id"], other["id"]}
    again = api.put(f"/domains/{domain['id']}/assets/add", {"assets": assets[:1]}, status=200)
    assert again["status"] == "success" and api.get(f"/tables/{table['id']}")["version"] == 0.2
    api.put(f"/domains/{domain['id']}/assets/remove", {"assets": assets[:1]}, status=200)
    assert [ref["id"] for ref in api.get(f"/domains/{domain['id']}?fields=assets")["assets"]] == [other["id"]]


def test_labels_and_owners_are_given_to_many_at_once(api, chain, user):
    table = chain.table()
    ref = {"id": table["id"], "type": "table"}
    glossary = api.post("/glossaries", {"name": unique("Words"), "description": "d"})
    term = api.post("/glossaryTerms", {"name": "term", "glossary": glossary["name"], "description": "d"})
    tag = api.get("/tags/name/PII.Sensitive")
    team = api.post("/teams", {"name": unique("team"), "teamType": "Group"})
    for collection, entity in (("glossaryTerms", term), ("tags", tag), ("teams", team)):
        at = f"/{collection}/{entity['id']}/assets"
        assert api.put(at + "/add", {"assets": [ref]}, status=200)["status"] == "success"
        user.error("PUT", at + "/add", 403, json={"assets": [ref]})
    shown = api.get(f"/tables/{table['id']}?fields=tags,owners")
    assert {(label["tagFQN"], label["source"]) for label in shown["tags"]} >= {
        ("PII.Sensitive", "Classification"), (term["fullyQualifiedName"], "Glossary")}
    assert [owner["id"] for owner in shown["owners"]] == [team["id"]]
    api.put(f"/tags/{tag['id']}/assets/remove", {"assets": [ref]}, status=200)
    assert "PII.Sensitive" not in [label["tagFQN"] for label in api.get(f"/tables/{table['id']}?fields=tags")["tags"]]
    api.error("PUT", f"/teams/{team['id']}/assets/add", 400, json={})
    api.error("PUT", "/teams/nobody/assets/add", 404, json={"assets": []})
