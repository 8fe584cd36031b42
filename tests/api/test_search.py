"""Search over HTTP, against a naive scan of the same catalog."""

import json

import pytest

from client import text_of, unique
from search_shop import SDK, Shop, body_of, buckets, counted, ids, own_tags, tags_of


@pytest.fixture(scope="module")
def shop(api):
    return Shop(api)


def owners_of(table):
    return {owner["name"] for owner in table.get("owners", [])}


# ---- the guide's route and its answer ------------------------------------------------------------------------------

def test_a_hit_has_every_key_that_some_client_reads(shop):
    answer = shop.search(q="customer", size=5)
    assert answer["timed_out"] is False and answer["took"] >= 0 and answer["_shards"]["failed"] == 0
    assert answer["hits"]["total"]["relation"] == "eq" and answer["hits"]["max_score"] > 0
    for hit in answer["hits"]["hits"]:
        assert hit["_index"] == "table_search_index" and hit["_score"] > 0 and all(isinstance(value, str) for value in hit["sort"])
        source = hit["_source"]
        assert source["id"] == hit["_id"] and source["entityType"] == "table" and source["deleted"] is False
        assert source["displayName"] and source["service"]["name"] == shop.service["name"] and source["serviceType"] == "Snowflake"
        assert source["columnNames"][0] == "id" and source["descriptionStatus"] in ("COMPLETE", "INCOMPLETE")
        assert source["fqnParts"][:2] == [shop.service["name"], ".".join(source["fullyQualifiedName"].split(".")[:2])]
        assert source["href"].endswith("/v1/tables/" + hit["_id"])
    scores = [hit["_score"] for hit in answer["hits"]["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_a_word_is_found_in_names_columns_and_descriptions(shop):
    wanted = {table["id"] for table in shop.scan()
              if "customer" in json.dumps([table["name"], table.get("description", ""), table["columns"]])}
    assert set(shop.ids(q="customer")) == wanted and len(wanted) > 10
    assert shop.search(q="customer")["hits"]["total"] == {"value": len(wanted), "relation": "eq"}


def test_everything_is_found_without_words(shop):
    every = {table["id"] for table in shop.scan()}
    for query in ("", "*", None):
        assert set(shop.ids(q=query)) == every
    assert "q" not in shop.search()  # and the answer is one object of hits


def test_a_write_is_found_by_the_next_search(shop, api):
    for _ in range(20):
        name = unique("fresh")
        table = api.post("/tables", {"name": name, "databaseSchema": shop.schemas[2]["fullyQualifiedName"], "columns": []})
        # By itself the search waits for the index, two seconds at most; on a busy machine it may have to be asked again.
        first = api.session.get(api.base + "/search/query", params={"q": name, "index": "table"}, timeout=60)
        assert first.status_code == 503 or first.headers["X-Search-Complete"] == "true" or first.elapsed.total_seconds() > 1.9
        answer = api.call("GET", "/search/query", params={"q": name, "index": "table"})
        assert answer.headers["X-Search-Complete"] == "true" and int(answer.headers["X-Metadata-Search-Seq"]) > 0
        assert all(ids(one.json())[0] == table["id"] for one in (first, answer) if one.headers.get("X-Search-Complete") == "true")
        api.delete(f"/tables/{table['id']}?hardDelete=true", headers=SDK)
        assert table["id"] not in ids(api.get("/search/query", params={"q": name, "index": "table"}))


def test_a_search_waits_for_a_position_it_is_given(api, chain):
    answer = api.call("POST", "/tables", json=chain.body(), status=201)
    seq = answer.headers["X-Metadata-Seq"]
    found = api.call("GET", "/search/query", params={"q": answer.json()["name"], "index": "table", "seq": seq})
    assert int(found.headers["X-Metadata-Search-Seq"]) >= int(seq) and ids(found.json())[0] == answer.json()["id"]
    for wrong in ({"seq": -1}, {"seq": "x"}, {"refresh": "maybe"}):
        api.error("GET", "/search/query", 400, params={"q": "x"} | wrong)
    api.get("/search/query", params={"q": "x", "refresh": "false"})


def test_deleted_ones_are_found_only_when_asked_for(shop):
    live = {table["id"] for table in shop.scan()}
    dead = {table["id"] for table in shop.scan("deleted")}
    assert set(shop.ids()) == live and set(shop.ids(deleted="true")) == dead and len(dead) > 3
    assert all(hit["_source"]["deleted"] for hit in shop.search(deleted="true")["hits"]["hits"])


# ---- filters -------------------------------------------------------------------------------------------------------

def test_the_guides_filter_by_a_database(shop):
    database = shop.databases[0]["fullyQualifiedName"]
    wanted = {table["id"] for table in shop.scan() if table["database"]["fullyQualifiedName"] == database}
    for filters in (f"database:{database}", json.dumps({"database": database}), json.dumps({"database": [database]}),
                    f"database.fullyQualifiedName:{database}", "database:sales_db", "database.name:SALES_DB",
                    f"database.id:{shop.databases[0]['id']}"):
        assert set(shop.ids(filters=[filters])) == wanted, filters
    assert len(wanted) > 10


def test_filters_of_several_fields_must_all_hold_and_values_of_one_are_alternatives(shop):
    tables = shop.scan()
    wanted = {t["id"] for t in tables if t["database"]["name"] == "sales_db" and t["tableType"] in ("View", "External")}
    for filters in (["database:sales_db,tableType:View,tableType:External"], ["database:sales_db", "tableType:View", "tableType:External"],
                    [json.dumps({"database": "sales_db", "tableType": ["View", "External"]})]):
        assert set(shop.ids(filters=filters)) == wanted, filters
    assert 0 < len(wanted) < len(tables)


def test_filters_by_owner_see_inherited_ones(shop):
    tables = shop.scan()
    for owner in shop.owners:
        wanted = {table["id"] for table in tables if owner["name"] in owners_of(table)}
        for field in ("owners.name", "owner", "owners.displayName", "owners.id"):
            value = {"owners.displayName": owner["displayName"], "owners.id": owner["id"]}.get(field, owner["name"])
            assert set(shop.ids(filters=[f"{field}:{value}"])) == wanted, field
    assert sum(len(owners_of(table)) > 0 and table["owners"][0].get("inherited", False) for table in tables) > 10


def test_owners_that_change_above_are_seen_below(shop, api):
    schema, owner = shop.schemas[2], shop.owners[2]
    below = {table["id"] for table in shop.scan() if table["databaseSchema"]["id"] == schema["id"]}
    api.patch(f"/databaseSchemas/{schema['id']}", [{"op": "add", "path": "/owners", "value": [{"id": owner["id"], "type": "user"}]}])
    found = set(shop.ids(filters=[f"owners.name:{owner['name']}"]))
    assert found == {table["id"] for table in shop.scan() if owner["name"] in owners_of(table)} and below & found
    api.patch(f"/databaseSchemas/{schema['id']}", [{"op": "remove", "path": "/owners"}])
    assert set(shop.ids(filters=[f"owners.name:{owner['name']}"])) == {
        table["id"] for table in shop.scan() if owner["name"] in owners_of(table)}


def test_filters_by_tag_see_columns_and_by_tier_do_not(shop):
    tables = shop.scan()
    for tag in (shop.tag, shop.other_tag, "PII.Sensitive"):
        wanted = {table["id"] for table in tables if tag in tags_of(table)}
        for field in ("tags.tagFQN", "tags", "classificationTags"):
            assert set(shop.ids(filters=[f"{field}:{tag}"])) == wanted, field
        assert len(wanted) > 5
    tier = {table["id"] for table in tables if "Tier.Tier1" in own_tags(table)}
    assert set(shop.ids(filters=["tier.tagFQN:Tier.Tier1"])) == tier == set(shop.ids(filters=["tier:Tier.Tier1"]))
    for hit in shop.search(filters=["tier:Tier.Tier1"])["hits"]["hits"]:
        source = hit["_source"]
        assert source["tier"]["tagFQN"] == "Tier.Tier1" and "Tier.Tier1" not in {tag["tagFQN"] for tag in source["tags"]}


def test_other_fields_are_matched_whole_and_without_case(shop):
    tables = shop.scan()
    one = tables[0]
    for filters in (f"name:{one['name'].upper()}", f"fullyQualifiedName:{one['fullyQualifiedName']}", f"id:{one['id']}",
                    f"fullyQualifiedName:{one['fullyQualifiedName'].upper()}"):
        assert shop.ids(filters=[filters]) == [one["id"]], filters
    column = one["columns"][1]["name"]
    assert set(shop.ids(filters=[f"columns.name:{column}"])) == {t["id"] for t in tables if t["columns"][1]["name"] == column}
    assert set(shop.ids(filters=["serviceType:snowflake"])) == {t["id"] for t in tables}
    described = {t["id"] for t in tables if t.get("description")}
    assert set(shop.ids(filters=["descriptionStatus:COMPLETE"])) == described
    assert set(shop.ids(filters=["descriptionStatus:INCOMPLETE"])) == {t["id"] for t in tables} - described
    assert shop.ids(filters=["name:customer"]) == [] and shop.ids(filters=["owners.name:nobody-at-all"]) == []


def test_a_parameter_that_names_a_field_is_a_filter(shop):
    assert set(shop.ids(tableType="View")) == {t["id"] for t in shop.scan() if t["tableType"] == "View"}
    assert len(shop.ids(_t="12345")) == len(shop.scan())


@pytest.mark.parametrize("filters", ["database", ":x", "database:", "a:b,", "a:b,,c:d", "{", "[1]", '{"a": {}}', '{"a": []}', '{"a": [[1]]}',
                                     '{"a": null}', '"text"', '{"": "x"}', "database:x,owner"])
def test_a_filter_of_another_form_is_refused(shop, filters):
    wrong = shop.search(status=400, filters=[filters])
    assert "filters" in text_of(wrong)


def test_a_field_without_values_to_match_is_refused_by_name(shop):
    wrong = shop.search(status=400, filters=["version:0.1"])
    assert "version" in text_of(wrong)


# ---- order and paging ----------------------------------------------------------------------------------------------

def key_of(table):
    return table["fullyQualifiedName"].split(".")


@pytest.mark.parametrize("field, key", [("name", lambda t: t["name"].lower()), ("name.keyword", lambda t: t["name"].lower()),
                                        ("displayName", lambda t: t["name"].lower()), ("updatedAt", lambda t: t["updatedAt"]),
                                        ("fullyQualifiedName", key_of)])
def test_orders_by_field_both_ways(shop, field, key):
    tables = {table["id"]: table for table in shop.scan()}
    for order in ("asc", "desc", None):
        hits = shop.search(sort_field=field, sort_order=order)["hits"]["hits"]
        keys = [key(tables[hit["_id"]]) for hit in hits]
        assert keys == sorted(keys, reverse=order != "asc") and len(keys) == len(tables)
        assert all(hit["_score"] is None and hit["sort"] and all(isinstance(value, str) for value in hit["sort"]) for hit in hits)


@pytest.mark.parametrize("field", ["_score", "name", "updatedAt", "fullyQualifiedName"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_by_search_after_are_the_whole_list(shop, field, order):
    whole = shop.ids(q="customer order", sort_field=field, sort_order=order)
    assert len(whole) > 20
    found, after = [], None
    for _ in range(100):
        page = shop.search(q="customer order", sort_field=field, sort_order=order, size=7, search_after=after)
        assert page["hits"]["total"]["value"] == len(whole)
        if not page["hits"]["hits"]:
            break
        found += ids(page)
        after = ",".join(page["hits"]["hits"][-1]["sort"])
    assert found == whole


def test_pages_by_offset_are_the_whole_list_and_the_same_each_time(shop):
    whole = shop.ids(q="customer order")
    found = []
    for begin in range(0, len(whole) + 10, 10):
        found += shop.ids(**{"q": "customer order", "from": begin, "size": 10})
    assert found == whole == shop.ids(q="customer order")


def test_a_page_is_bounded_by_the_dialect_and_the_window(shop, api):
    assert len(api.get("/search/query", params={"index": "all", "size": 500})["hits"]["hits"]) <= 100
    assert api.get("/search/query", params={"index": "all", "size": 0})["hits"]["hits"] == []
    wrong = shop.search(status=400, **{"from": 9990, "size": 11})
    assert "10000" in text_of(wrong) and "search_after" in text_of(wrong)
    assert shop.search(**{"from": 9990, "size": 10})["hits"]["hits"] == []


@pytest.mark.parametrize("params, word", [
    ({"from": -1}, "from"), ({"from": "x"}, "from"), ({"size": -1}, "size"), ({"size": "ten"}, "size"), ({"sort_field": "color"}, "sort_field"),
    ({"sort_order": "up"}, "sort_order"), ({"deleted": "perhaps"}, "deleted"), ({"index": "nothing_like_it"}, "nothing_like_it"),
    ({"search_after": "x"}, "search_after"), ({"search_after": "1,not-an-id"}, "search_after"), ({"sort_field": "updatedAt", "search_after": "x,"}, "search_after"),
    ({"search_after": "1,00000000-0000-0000-0000-000000000000", "from": 3}, "from"), ({"query_filter": "{"}, "query_filter"),
    ({"query_filter": '{"query": {"fuzzy": {"name": "x"}}}'}, "fuzzy"), ({"post_filter": '{"query": {"script": {}}}'}, "script"),
    ({"facets": "color"}, "color"), ({"facet_size": 0}, "facet_size"), ({"fetch_source": "x"}, "fetch_source"), ({"q": "a" * 1025}, "q"),
])
def test_a_bad_parameter_is_refused_by_name(api, params, word):
    wrong = api.error("GET", "/search/query", 400, params=params)
    assert word in text_of(wrong)


@pytest.mark.parametrize("params", [{"explain": "true"}, {"getHierarchy": "true"}])
def test_what_is_not_there_yet_says_so(api, params):
    api.error("GET", "/search/query", 501, params=params)


def test_indexes_by_name_alias_list_and_cluster_prefix(shop, api):
    name = shop.service["name"]

    def types(index):
        answer = api.get("/search/query", params={"q": "", "index": index, "size": 100, "filters": f"fullyQualifiedName:{name}.sales_db.public"})
        return {hit["_source"]["entityType"] for hit in answer["hits"]["hits"]}
    for index in ("databaseSchema", "database_schema_search_index", "database", "databaseService", "all", "dataAsset",
                  "table,database_schema_search_index", "openmetadata_database_schema_search_index"):
        assert types(index) == {"databaseSchema"}, index
    for index in ("table", "table_search_index", "", "user_search_index"):
        assert types(index) == set(), index


# ---- the source ----------------------------------------------------------------------------------------------------

def test_the_source_shows_what_was_asked_for(shop):
    hit = shop.search(size=1, include_source_fields=["name", "owners.name", "columns.dataType"])["hits"]["hits"][0]
    assert set(hit["_source"]) <= {"name", "owners", "columns", "href"} and "name" in hit["_source"]
    assert all(set(column) == {"dataType"} for column in hit["_source"]["columns"])
    hit = shop.search(size=1, exclude_source_fields=["columns", "service.id"])["hits"]["hits"][0]
    assert "columns" not in hit["_source"] and "name" in hit["_source"]["service"] and "id" not in hit["_source"]["service"]
    assert "_source" not in shop.search(size=1, fetch_source="false")["hits"]["hits"][0]


def test_highlights_show_the_words(shop):
    hits = shop.search(q="customer", highlight="true", size=20)["hits"]["hits"]
    for hit in hits:
        pieces = [piece for pieces in hit["highlight"].values() for piece in pieces]
        assert pieces and all("<em>customer" in piece.lower() for piece in pieces)
    assert all("highlight" not in hit for hit in shop.search(q="customer", size=20)["hits"]["hits"])


def test_secrets_are_masked_for_everybody(api, bot):
    name = unique("secretive")
    api.post("/services/databaseServices", {"name": name, "serviceType": "Postgres", "connection": {"config": {
        "type": "Postgres", "username": "u", "hostPort": "h:1", "database": "d", "authType": {"password": "pass-word-1234"}}}})
    for who in (api, bot):
        answer = who.call("GET", "/search/query", params={"q": name, "index": "databaseService"})
        assert name in answer.text and "pass-word-1234" not in answer.text
        assert api.get("/search/query", params={"q": "pass-word-1234", "index": "databaseService"})["hits"]["total"]["value"] == 0


# ---- facets --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("query", ["", "customer", "order payment"])
def test_facets_are_the_naive_counts(shop, query):
    tables = shop.scan()
    if query:
        found = set(shop.ids(q=query))
        tables = [table for table in tables if table["id"] in found]
    answer = shop.search(q=query, size=0, facets="true,tableType,database.name,databaseSchema.fullyQualifiedName,serviceType,owners.displayName",
                         facet_size=1000)
    assert answer["hits"]["hits"] == [] and answer["hits"]["total"]["value"] == len(tables)
    tags = [tag for table in tables for tag in tags_of(table)]
    expected = {
        "entityType": counted("table" for _ in tables), "service.name": counted(t["service"]["name"] for t in tables),
        "tableType": counted(t["tableType"] for t in tables), "database.name": counted(t["database"]["name"] for t in tables),
        "databaseSchema.fullyQualifiedName": counted(t["databaseSchema"]["fullyQualifiedName"] for t in tables),
        "serviceType": counted("Snowflake" for _ in tables), "owners.name": counted(o for t in tables for o in owners_of(t)),
        "owners.displayName": counted(o["displayName"] for t in tables for o in t.get("owners", [])),
        "tags.tagFQN": counted(tag for tag in tags if not tag.startswith("Tier.")),
        "tier.tagFQN": counted(tag for tag in tags if tag.startswith("Tier.")), "domains.name": {},
    }
    assert {field: buckets(answer, field) for field in expected} == expected


def test_facets_are_counted_without_the_post_filter(shop):
    answer = shop.search(size=100, facets="tableType", post_filter=body_of({"term": {"tableType": "View"}}))
    tables = shop.scan()
    assert buckets(answer, "tableType") == counted(t["tableType"] for t in tables)
    assert set(ids(answer)) == {t["id"] for t in tables if t["tableType"] == "View"}
    assert answer["hits"]["total"]["value"] == len(answer["hits"]["hits"])


def test_entity_type_counts(shop, api):
    answer = api.get("/search/entityTypeCounts", params={"q": "", "filters": f"service:{shop.service['name']}"})
    counts = {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["entityType"]["buckets"]}
    assert counts == {"table": len(shop.scan()), "database": 2, "databaseSchema": 4}


# ---- query bodies --------------------------------------------------------------------------------------------------

TABLE_QUERIES = [
    ({"match_all": {}}, lambda t: True),
    ({}, lambda t: True),
    ({"term": {"tableType": "View"}}, lambda t: t["tableType"] == "View"),
    ({"term": {"tableType.keyword": {"value": "View"}}}, lambda t: t["tableType"] == "View"),
    ({"terms": {"tableType": ["View", "External"]}}, lambda t: t["tableType"] != "Regular"),
    ({"bool": {"must_not": [{"term": {"tableType": "View"}}]}}, lambda t: t["tableType"] != "View"),
    ({"bool": {"should": [{"term": {"tableType": "View"}}, {"term": {"database.name": "hr_db"}}]}},
     lambda t: t["tableType"] == "View" or t["database"]["name"] == "hr_db"),
    ({"bool": {"should": [{"term": {"tableType": "View"}}, {"term": {"database.name.keyword": "hr_db"}}], "minimum_should_match": 2}},
     lambda t: t["tableType"] == "View" and t["database"]["name"] == "hr_db"),
    ({"bool": {"must": {"term": {"database.name": "hr_db"}}, "should": [{"term": {"tableType": "View"}}]}}, lambda t: t["database"]["name"] == "hr_db"),
    ({"bool": {"filter": [{"exists": {"field": "description"}}]}}, lambda t: bool(t.get("description"))),
    ({"bool": {"must_not": {"exists": {"field": "description"}}}}, lambda t: not t.get("description")),
    ({"exists": {"field": "owners"}}, lambda t: bool(t.get("owners"))),
    ({"exists": {"field": "tier"}}, lambda t: "Tier.Tier1" in own_tags(t)),
    ({"exists": {"field": "service"}}, lambda t: True),
    ({"exists": {"field": "noSuchField"}}, lambda t: False),
    ({"term": {"noSuchField": "x"}}, lambda t: False),
    ({"wildcard": {"name.keyword": "customer_*"}}, lambda t: t["name"].startswith("customer_")),
    ({"wildcard": {"name": {"value": "*_0?5"}}}, lambda t: t["name"][-4:-2] == "_0" and t["name"][-1] == "5"),
    ({"wildcard": {"columns.name": "ORDER*"}}, lambda t: t["columns"][1]["name"].startswith("order")),
    ({"wildcard": {"fullyQualifiedName": "*.sales_db.public.*"}}, lambda t: ".sales_db.public." in t["fullyQualifiedName"]),
    ({"wildcard": {"tags.tagFQN": "Tier.*"}}, lambda t: "Tier.Tier1" in tags_of(t)),
    ({"prefix": {"name": "order_"}}, lambda t: t["name"].startswith("order_")),
    ({"nested": {"path": "columns", "query": {"term": {"columns.name": "order_key"}}}}, lambda t: t["columns"][1]["name"] == "order_key"),
    ({"query_string": {"query": "tableType:View AND database.name:hr_db"}}, lambda t: t["tableType"] == "View" and t["database"]["name"] == "hr_db"),
    ({"term": {"deleted": False}}, lambda t: True),
    ({"term": {"processedLineage": False}}, lambda t: True),
    ({"term": {"isBot": False}}, lambda t: True),
    ({"range": {"updatedAt": {"gte": 0}}}, lambda t: True),
    ({"range": {"updatedAt": {"lt": 1000}}}, lambda t: False),
    ({"constant_score": {"filter": {"term": {"tableType": "View"}}}}, lambda t: t["tableType"] == "View"),
    ({"dis_max": {"queries": [{"term": {"tableType": "View"}}]}}, lambda t: t["tableType"] == "View"),
    ({"match_none": {}}, lambda t: False),
]


@pytest.mark.parametrize("query, holds", TABLE_QUERIES, ids=lambda value: json.dumps(value)[:80] if isinstance(value, dict) else "")
def test_a_query_body_means_what_it_says(shop, query, holds):
    wanted = {table["id"] for table in shop.scan() if holds(table)}
    assert set(shop.ids(query_filter=body_of(query))) == wanted


def test_times_in_a_query_body_are_exact(shop):
    tables = sorted(shop.scan(), key=lambda t: t["updatedAt"])
    middle = tables[len(tables) // 2]["updatedAt"]
    for word, holds in (("gt", lambda at: at > middle), ("gte", lambda at: at >= middle), ("lt", lambda at: at < middle), ("lte", lambda at: at <= middle)):
        found = shop.ids(query_filter=body_of({"range": {"updatedAt": {word: middle}}}))
        assert set(found) == {t["id"] for t in tables if holds(t["updatedAt"])}, word


@pytest.mark.parametrize("body, word", [
    ("[]", "object"), ('{"query": []}', "query"), ('{"query": {"term": {}, "terms": {}}}', "one clause"), ('{"size": 3, "query": {}}', "size"),
    ('{"query": {"bool": {"must": "x"}}}', "must"), ('{"query": {"bool": {"musst": []}}}', "musst"), ('{"query": {"term": {"a": {}}}}', "value"),
    ('{"query": {"term": {"a": [1]}}}', "text"), ('{"query": {"terms": {"a": "x"}}}', "list"), ('{"query": {"exists": {}}}', "field"),
    ('{"query": {"range": {"name": {"gt": 1}}}}', "updatedAt"), ('{"query": {"range": {"updatedAt": {"gt": "now-1d"}}}}', "ms"),
    ('{"query": {"regexp": {"name": ".*"}}}', "regexp"), ('{"query": {"more_like_this": {}}}', "more_like_this"),
    ('{"query": {"multi_match": {"query": "x", "type": "phrase_prefix"}}}', "phrase_prefix"), ('{"query": {"nested": {"path": "x"}}}', "query"),
    ('{"query": {"bool": {"minimum_should_match": "75%", "should": []}}}', "minimum_should_match"), ('{"a": 1', "JSON"), ("\x00", "JSON"),
])
def test_a_query_body_that_is_not_known_is_refused_with_its_place(api, body, word):
    wrong = api.error("GET", "/search/query", 400, params={"query_filter": body})
    assert word in text_of(wrong) and "query_filter" in text_of(wrong)


def test_a_body_by_post_is_a_whole_search(shop, api):
    service = {"term": {"service.name": shop.service["name"]}}
    tables = sorted(shop.scan(), key=key_of)
    found, after = [], None
    for _ in range(100):
        body = {"query": {"bool": {"must": [service]}}, "size": 20, "sort": [{"fullyQualifiedName": {"order": "asc"}}], "_source": ["name"],
                "aggs": {"types": {"terms": {"field": "tableType", "size": 50}}}}
        if after:
            body["search_after"] = after
        answer = api.post("/search/query?index=table", body, status=200)
        assert buckets(answer, "tableType") == counted(t["tableType"] for t in tables)
        if not answer["hits"]["hits"]:
            break
        assert all(set(hit["_source"]) <= {"name", "href"} for hit in answer["hits"]["hits"])
        found += ids(answer)
        after = answer["hits"]["hits"][-1]["sort"]
    assert found == [t["id"] for t in tables]


@pytest.mark.parametrize("body, word", [
    ({"query": {"x": {}}}, "x"), ({"from": -1}, "from"), ({"size": "x"}, "size"), ({"sort": [{"name": "asc"}, "id"]}, "sort"), ({"sort": {"name": "up"}}, "sort_order"),
    ({"_source": 3}, "_source"), ({"search_after": "x"}, "search_after"), ({"aggs": {"a": {"avg": {"field": "x"}}}}, "aggs"), ({"knn": {}}, "knn"),
    ({"index": 4}, "index"), ({"deleted": "x"}, "deleted"),
])
def test_a_bad_body_by_post_is_refused(api, body, word):
    wrong = api.error("POST", "/search/query", 400, json=body)
    assert word in text_of(wrong)


# ---- the other routes ----------------------------------------------------------------------------------------------

def field_query(api, value, name="fullyQualifiedName", index="table_search_index", **more):
    return api.get("/search/fieldQuery", params={"fieldName": name, "fieldValue": value, "index": index} | more)


def test_field_query_matches_the_whole_value(shop, api):
    table = shop.scan()[0]
    fqn, tail = table["fullyQualifiedName"], table["fullyQualifiedName"].split(".", 1)[1]
    for value in (fqn, fqn.upper(), f"*.{tail}", f"{shop.service['name']}.*.{tail.split('.', 1)[1]}", fqn[:-1] + "?", fqn[:-4] + "*" + fqn[-1:]):
        assert table["id"] in ids(field_query(api, value)), value
    for value in (table["name"], tail, fqn + "x", "*." + table["name"][:-1], "x*"):
        assert table["id"] not in ids(field_query(api, value)), value
    assert ids(field_query(api, table["name"], "name")) == [table["id"]]
    assert field_query(api, fqn, index="user_search_index")["hits"]["total"] == {"value": 0, "relation": "eq"}


def test_field_query_pages_and_sees_deleted_ones_only_when_asked(shop, api):
    every = f"{shop.service['name']}.*"
    count = len(shop.scan())
    found = [hit for begin in range(0, 100, 10) for hit in ids(field_query(api, every, **{"from": begin, "size": 10}))]
    assert len(found) == len(set(found)) == count
    dead = shop.scan("deleted")[0]
    assert ids(field_query(api, dead["fullyQualifiedName"])) == []
    assert ids(field_query(api, dead["fullyQualifiedName"], deleted="true")) == [dead["id"]]
    api.error("GET", "/search/fieldQuery", 400, params={"fieldValue": "x"})
    api.error("GET", "/search/fieldQuery", 400, params={"fieldName": "fullyQualifiedName", "fieldValue": "x", "index": "nothing_like_it"})


def test_a_document_by_its_id(shop, api):
    table = shop.scan()[0]
    document = api.get(f"/search/get/table_search_index/doc/{table['id']}")
    assert document["fullyQualifiedName"] == table["fullyQualifiedName"] and document["entityType"] == "table" and "columnNames" in document
    api.error("GET", f"/search/get/user_search_index/doc/{table['id']}", 404)
    api.error("GET", "/search/get/table/doc/00000000-0000-0000-0000-000000000001", 404)
    api.error("GET", "/search/get/table/doc/not-an-id", 400)
    api.error("GET", f"/search/get/nothing_like_it/doc/{table['id']}", 400)


def test_aggregate_counts_the_values_of_a_field(shop, api):
    tables = shop.scan()
    filters = f"service:{shop.service['name']}"

    def values(field, **more):
        answer = api.get("/search/aggregate", params={"index": "table_search_index", "field": field, "size": 1000, "filters": filters} | more)
        return buckets(answer, field)
    assert values("tableType") == counted(t["tableType"] for t in tables)
    assert values("owners.displayName.keyword") == counted(o["displayName"] for t in tables for o in t.get("owners", []))
    assert values("name.keyword", value=".*customer.*") == counted(t["name"] for t in tables if "customer" in t["name"])
    assert values("columns.name.keyword", value=".*ORDER.*") == counted(c["name"] for t in tables for c in t["columns"] if "order" in c["name"])
    assert values("tableType", q="customer") == counted(t["tableType"] for t in tables if t["id"] in set(shop.ids(q="customer")))
    assert values("entityType", deleted="true") == {"table": len(shop.scan("deleted"))}
    posted = api.post("/search/aggregate", {"index": "table", "fieldName": "tableType", "query": body_of({"term": {"service.name": shop.service["name"]}})}, status=200)
    assert buckets(posted, "tableType") == values("tableType")
    for wrong in ({"field": "color"}, {}, {"field": "tableType", "value": "a[bc]"}, {"field": "tableType", "size": -1}):
        api.error("GET", "/search/aggregate", 400, params={"index": "table"} | wrong)
    api.error("POST", "/search/aggregate", 400, json={"index": "table"})


def test_suggest_offers_names_that_begin_so(api, chain):
    word = "q" + unique("zx").replace("_", "")
    made = [chain.table(f"{word}_alpha"), chain.table(f"{word}_beta"), chain.table(f"other_{word}gamma")]
    for typed in (word[:3], word, f"{word}_al"):
        answer = api.get("/search/suggest", params={"q": typed, "index": "table_search_index", "size": 10})
        options = answer["suggest"]["metadata-suggest"][0]["options"]
        assert made[0]["name"] in [option["text"] for option in options], typed
        assert all(option["_source"]["name"] == option["text"] for option in options)
    assert api.get("/search/suggest", params={"q": ""})["suggest"]["metadata-suggest"][0]["options"] == []
    named = api.get("/search/aggregate", params={"q": word, "field": "name", "size": 5})["aggregations"]["suggest"]["buckets"]
    assert {bucket["key"] for bucket in named} >= {f"{word}_alpha", f"{word}_beta"}


def test_an_entity_is_found_by_the_url_it_came_from(api, chain):
    url = f"https://example.com/{unique('source')}?a=b"
    table = chain.table(sourceUrl=url)
    assert ids(api.get("/search/sourceUrl", params={"sourceUrl": url, "index": "table_search_index"})) == [table["id"]]
    api.error("GET", "/search/sourceUrl", 400)


def test_preview_searches_and_knows_no_settings(shop, api):
    answer = api.post("/search/preview", {"query": "customer", "index": "table_search_index"}, status=200)
    assert answer["hits"]["total"]["value"] > 0
    api.error("POST", "/search/preview", 501, json={"query": "customer", "searchSettings": {"globalSettings": {}}})
    api.error("GET", "/search/nlq/query", 501, params={"q": "which tables have customers?"})


def test_reindexing_is_for_admins_and_loses_nothing(shop, api, user):
    before = shop.ids(q="customer order")
    user.error("POST", "/search/reindex", 403, json={})
    api.post("/search/reindex/table", {}, status=200)
    api.error("POST", "/search/reindex/gadget", 404, json={})
    assert shop.ids(q="customer order") == before
    assert api.post("/search/reindex", {}, status=200)["status"] in ("running", "success")
    assert shop.ids(q="customer order") == before


def test_search_needs_a_login(nobody):
    for path in ("/search/query?q=x", "/search/aggregate?field=tableType", "/search/suggest?q=x", "/search/fieldQuery?fieldName=name&fieldValue=x"):
        nobody.error("GET", path, 401)
