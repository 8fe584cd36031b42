"""Lineage over HTTP: every route, both dialects, and what is refused."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from client import Chain, name_path, text_of, unique

GUIDE, OPEN = {"X-Metadata-Dialect": "guide"}, {"X-Metadata-Dialect": "openmetadata"}
NOBODY = "00000000-0000-4000-8000-000000000000"


class Graph:
    """Tables a → b → c, and d beside them."""

    def __init__(self, api):
        self.api, self.chain = api, Chain(api, "lin")
        self.table = {name: self.chain.table(name) for name in "abcd"}
        self.link("a", "b", sqlQuery="insert", columnsLineage=[{"fromColumns": ["source.id"], "toColumn": "target.id"}])
        self.link("b", "c", source="ViewLineage")

    def id(self, name):
        return self.table[name]["id"]

    def fqn(self, name):
        return self.table[name]["fullyQualifiedName"]

    def body(self, start, end, **details):
        return {"edge": {"fromEntity": {"id": self.id(start), "type": "table"}, "toEntity": {"id": self.id(end), "type": "table"},
                         "lineageDetails": details}}

    def link(self, start, end, **details):
        answer = self.api.call("PUT", "/lineage", json=self.body(start, end, **details), status=200)
        assert answer.content == b""
        return answer

    def names(self, nodes):
        return sorted(node["name"] for node in nodes)

    def pairs(self, edges):
        known = {table["id"]: name for name, table in self.table.items()}
        return sorted(known[edge["fromEntity"]] + known[edge["toEntity"]] for edge in edges)


@pytest.fixture
def graph(api):
    return Graph(api)


def test_put_tells_in_its_head_what_it_did(graph):
    assert graph.link("a", "d").headers["X-OpenMetadata-Change"] == "entityCreated"
    assert graph.link("a", "d", sqlQuery="x").headers["X-OpenMetadata-Change"] == "entityUpdated"
    again = graph.link("a", "d", sqlQuery="x")
    assert again.headers["X-OpenMetadata-Change"] == "entityNoChange" and "X-Metadata-Seq" not in again.headers


def test_by_id_has_lists_in_every_dialect(graph):
    for dialect in (GUIDE, OPEN):
        answer = graph.api.call("GET", f"/lineage/table/{graph.id('b')}", headers=dialect)
        body = answer.json()
        assert answer.headers["X-Lineage-Complete"] == "true"
        assert body["entity"]["fullyQualifiedName"] == graph.fqn("b")
        assert graph.names(body["nodes"]) == ["a", "c"]
        assert graph.pairs(body["upstreamEdges"]) == ["ab"] and graph.pairs(body["downstreamEdges"]) == ["bc"]
        details = body["upstreamEdges"][0]["lineageDetails"]
        assert details["columnsLineage"] == [{"fromColumns": [graph.fqn("a") + ".id"], "toColumn": graph.fqn("b") + ".id"}]
        assert details["source"] == "Manual" and details["createdBy"] == "admin"
        assert set(body) - {"complete", "cursor"} == {"entity", "nodes", "upstreamEdges", "downstreamEdges"}
        assert ("complete" in body) == (dialect is GUIDE)


def test_by_name_has_the_guides_counts_or_the_clients_lists(graph):
    path = f"/lineage/TABLE/name/{name_path(graph.fqn('b'))}"
    guide = graph.api.get(path, headers=GUIDE)
    assert (guide["upstreamEdges"], guide["downstreamEdges"], guide["complete"]) == (1, 1, True)
    assert graph.pairs(guide["edges"]) == ["ab", "bc"]
    strict = graph.api.get(path, headers=OPEN)
    assert set(strict) == {"entity", "nodes", "upstreamEdges", "downstreamEdges"}
    assert graph.pairs(strict["upstreamEdges"]) == ["ab"]


@pytest.mark.parametrize("query, nodes", [
    ("", ["b"]), ("?downstreamDepth=2", ["b", "c"]), ("?downstreamDepth=3", ["b", "c"]), ("?downstreamDepth=0", []),
    ("?downstreamDepth=3&types=table", ["b", "c"]), ("?downstreamDepth=3&types=user", []),
    ("?downstreamDepth=3&column=id", ["b"]), ("?downstreamDepth=3&column=email", [])])
def test_depths_and_filters(graph, query, nodes):
    assert graph.names(graph.api.get(f"/lineage/table/{graph.id('a')}{query}")["nodes"]) == nodes


@pytest.mark.parametrize("query", ["upstreamDepth=4", "downstreamDepth=4", "upstreamDepth=-1", "downstreamDepth=x", "size=0", "size=1001",
                                   "cursor=x", "types=nothing", "column=nothing", "includeDeleted=maybe", "from=1",
                                   "upstreamDepth=99999999999999999999"])
def test_a_bad_parameter_is_400(graph, query):
    graph.api.error("GET", f"/lineage/table/{graph.id('a')}?{query}", 400)
    graph.api.error("GET", f"/lineage/table/name/{name_path(graph.fqn('a'))}?{query}", 400)


def test_a_cut_answer_says_so_and_goes_on(graph):
    graph.link("a", "c")
    graph.link("a", "d")
    seen, cursor = [], ""
    for _ in range(10):
        answer = graph.api.call("GET", f"/lineage/table/{graph.id('a')}?size=1&upstreamDepth=0&cursor={cursor}", headers=GUIDE)
        body = answer.json()
        seen += graph.names(body["nodes"])
        assert body["complete"] == (answer.headers["X-Lineage-Complete"] == "true") == ("cursor" not in body)
        cursor = body.get("cursor", "")
        if body["complete"]:
            break
    assert sorted(seen) == ["b", "c", "d"]


def test_an_unknown_or_deleted_root_is_404_and_a_deleted_neighbour_is_shown(graph):
    graph.api.error("GET", f"/lineage/table/{NOBODY}", 404)
    graph.api.error("GET", f"/lineage/table/{graph.id('a')[:-1]}", 400)
    graph.api.error("GET", f"/lineage/nothing/{graph.id('a')}", 404)
    graph.api.error("GET", f"/lineage/user/{graph.id('a')}", 404)
    graph.api.error("GET", "/lineage/table/name/no.such.table.here", 404)
    graph.api.delete(f"/tables/{graph.id('b')}")
    graph.api.error("GET", f"/lineage/table/{graph.id('b')}", 404)
    nodes = graph.api.get(f"/lineage/table/{graph.id('a')}")["nodes"]
    assert [node["deleted"] for node in nodes] == [True]
    assert graph.api.get(f"/lineage/table/{graph.id('a')}?includeDeleted=false")["nodes"] == []


@pytest.mark.parametrize("body, word", [
    ({}, "edge"), ({"fromEntity": {}, "toEntity": {}}, "edge"), ({"edge": []}, "edge"), ({"edge": {}}, "fromEntity"),
    ({"edge": {"fromEntity": {"id": NOBODY}}}, "type"), ({"edge": {}, "more": 1}, "edge"),
    ({"edge": {"fromEntity": {"id": "1", "type": "table"}}}, "UUID")])
def test_a_bad_body_is_400_and_says_what_to_change(api, body, word):
    assert word in text_of(api.error("PUT", "/lineage", 400, json=body))


def test_ends_that_are_not_there_are_404_and_a_self_edge_is_400(graph):
    body = graph.body("a", "b")
    body["edge"]["toEntity"]["id"] = NOBODY
    assert NOBODY in graph.api.error("PUT", "/lineage", 404, json=body)["message"]
    graph.api.error("PUT", "/lineage", 400, json=graph.body("a", "a"))
    wrong = graph.body("a", "b", columnsLineage=[{"fromColumns": ["source.nothing"], "toColumn": "target.id"}])
    assert "source.nothing" in text_of(graph.api.error("PUT", "/lineage", 400, json=wrong))
    graph.api.delete(f"/tables/{graph.id('d')}")
    graph.api.error("PUT", "/lineage", 404, json=graph.body("a", "d"))
    graph.api.call("PUT", "/lineage", data=b"edge", headers={"Content-Type": "text/plain"}, status=415)


def test_one_edge(graph):
    edge = graph.api.get(f"/lineage/getLineageEdge/{graph.id('a')}/{graph.id('b')}")
    assert edge["edge"]["sqlQuery"] == "insert" and set(edge) == {"edge"}
    wrong = graph.api.error("GET", f"/lineage/getLineageEdge/{graph.id('b')}/{graph.id('a')}", 404)
    assert wrong["message"].startswith("Lineage edge not found between")


def test_patch_is_rooted_at_the_details(graph):
    path = f"/lineage/table/{graph.id('b')}/table/{graph.id('c')}"
    column = {"fromColumns": ["id"], "toColumn": "email"}
    details = graph.api.patch(path, [{"op": "add", "path": "/columnsLineage/0", "value": column}])
    assert details["columnsLineage"][0]["toColumn"] == graph.fqn("c") + ".email" and details["source"] == "ViewLineage"
    graph.api.error("PATCH", f"/lineage/table/{graph.id('c')}/table/{graph.id('b')}", 404, json=[])
    graph.api.error("PATCH", path, 400, json=[{"op": "add", "path": "/nonsense", "value": 1}])
    graph.api.error("PATCH", path, 400, json={"op": "add"})


def test_put_and_delete_by_ids_and_by_names(graph):
    by_id = f"/lineage/table/{graph.id('c')}/table/{graph.id('d')}"
    assert graph.api.call("PUT", by_id, json={"source": "DbtLineage"}, status=200).content == b""
    assert graph.api.get(f"/lineage/getLineageEdge/{graph.id('c')}/{graph.id('d')}")["edge"]["source"] == "DbtLineage"
    assert graph.api.call("DELETE", by_id, status=200).content == b""
    assert graph.api.error("DELETE", by_id, 404)["message"] == "Lineage edge not found"
    by_name = f"/lineage/table/name/{name_path(graph.fqn('c'))}/table/name/{name_path(graph.fqn('d'))}"
    graph.api.call("PUT", by_name, json={}, status=200)
    graph.api.call("DELETE", by_name, status=200)
    graph.api.error("DELETE", by_name, 404)


def test_delete_by_source(graph):
    graph.link("a", "c", source="ViewLineage")
    graph.link("d", "c", source="Manual")
    answer = graph.api.call("DELETE", f"/lineage/table/{graph.id('c')}/type/ViewLineage", status=200)
    assert answer.headers["X-Lineage-Removed"] == "2" and answer.content == b""
    assert graph.names(graph.api.get(f"/lineage/table/{graph.id('c')}")["nodes"]) == ["d"]
    graph.api.error("DELETE", f"/lineage/table/{graph.id('c')}/type/Nonsense", 400)


def test_the_search_shaped_answers(graph):
    query = f"fqn={name_path(graph.fqn('b'))}&type=table"
    whole = graph.api.get(f"/lineage/getLineage?{query}")
    assert whole["nodes"][graph.fqn("a")]["nodeDepth"] == -1 and whole["nodes"][graph.fqn("b")]["nodeDepth"] == 0
    assert whole["nodes"][graph.fqn("b")]["paging"] == {"entityDownstreamCount": 1, "entityUpstreamCount": 1}
    assert whole["nodes"][graph.fqn("c")]["entity"]["columns"] and whole["complete"] is True
    name = f"{graph.id('a')}--->{graph.id('b')}"
    edge = whole["upstreamEdges"][name]
    assert edge["docUniqueId"] == name and edge["fromEntity"]["fullyQualifiedName"] == graph.fqn("a")
    assert edge["columns"][0]["toColumn"] == graph.fqn("b") + ".id" and edge["sqlQuery"] == "insert"
    up = graph.api.get(f"/lineage/getLineage/Upstream?{query}&upstreamDepth=9")
    assert set(up["nodes"]) == {graph.fqn("a"), graph.fqn("b")} and not up["downstreamEdges"]
    down = graph.api.get(f"/lineage/getLineage/Downstream?{query}")
    assert set(down["nodes"]) == {graph.fqn("b"), graph.fqn("c")}
    graph.api.error("GET", f"/lineage/getLineage/Sideways?{query}", 400)
    graph.api.error("GET", "/lineage/getLineage?type=table", 400)
    quality = graph.api.get(f"/lineage/getDataQualityLineage?{query}&upstreamDepth=2")
    assert len(quality["nodes"]) == 2 and len(quality["edges"]) == 1


def filtered_by(field, value):
    return quote(json.dumps({"query": {"term": {field: value}}}))


def test_query_filter_decides_what_a_walk_enters(graph):
    graph.link("b", "d")
    a, kept = graph.id("a"), graph.fqn("b")
    graph.api.patch(f"/tables/{graph.id('c')}", [{"op": "add", "path": "/displayName", "value": "left out"}])
    fqn = f"fqn={name_path(graph.fqn('a'))}&type=table&downstreamDepth=3"
    out = filtered_by("displayName.keyword", "left out")
    only = quote(json.dumps({"query": {"bool": {"must_not": [{"term": {"displayName.keyword": "left out"}}]}}}))
    without_c = graph.api.get(f"/lineage/getLineage?{fqn}&query_filter={only}")
    assert sorted(without_c["nodes"]) == sorted([graph.fqn("a"), kept, graph.fqn("d")]) and without_c["complete"] is True
    # b does not match, so that c behind it is not reached.
    assert list(graph.api.get(f"/lineage/getLineage?{fqn}&query_filter={out}")["nodes"]) == [graph.fqn("a")]
    just_b = filtered_by("fullyQualifiedName", kept)
    assert graph.names(graph.api.get(f"/lineage/table/{a}?downstreamDepth=3&query_filter={just_b}")["nodes"]) == ["b"]
    assert graph.names(graph.api.get(f"/lineage/impact/table/{a}?query_filter={just_b}")["nodes"]) == ["b"]
    info = graph.api.get(f"/lineage/getPaginationInfo?{fqn}&query_filter={just_b}")
    assert (info["maxDownstreamDepth"], info["totalDownstreamEntities"]) == (1, 1)
    rows = list(csv.DictReader(io.StringIO(graph.api.call("GET", f"/lineage/export?{fqn}&query_filter={just_b}").text)))
    assert len(rows) == 1
    # The ends of a path were asked for; what lies between must match.
    path, just_d = f"/lineage/path/table/{a}/table/{graph.id('c')}", filtered_by("fullyQualifiedName", graph.fqn("d"))
    assert graph.names(graph.api.get(f"{path}?query_filter={just_b}")["nodes"]) == ["b", "c"]
    graph.api.error("GET", f"{path}?query_filter={just_d}", 404)
    answer = graph.api.error("GET", f"/lineage/getLineage?{fqn}&query_filter=%7B%22query%22%3A1%7D", 400)
    assert "query_filter" in answer["message"]


def test_many_walks_with_a_filter_do_not_wait_for_each_other_for_ever(graph):
    # More of them than there are reading connections: each holds one, and its filter needs another.
    just_b = filtered_by("fullyQualifiedName", graph.fqn("b"))
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(
            lambda _: graph.api.get(f"/lineage/table/{graph.id('a')}?query_filter={just_b}")["nodes"][0]["name"], range(96)))
    assert answers == ["b"] * 96


def test_counts_of_pages(graph):
    query = f"fqn={name_path(graph.fqn('a'))}&type=table"
    info = graph.api.get(f"/lineage/getPaginationInfo?{query}&downstreamDepth=3&upstreamDepth=3")
    assert info["downstreamDepthInfo"] == [{"depth": 1, "entityCount": 1}, {"depth": 2, "entityCount": 1}]
    assert (info["maxDownstreamDepth"], info["totalDownstreamEntities"], info["totalUpstreamEntities"]) == (2, 2, 0)
    second = graph.api.get(f"/lineage/getLineageByEntityCount?{query}&direction=Downstream&nodeDepth=2&from=0&size=10")
    assert set(second["nodes"]) == {graph.fqn("a"), graph.fqn("c")} and list(second["downstreamEdges"]) == [
        f"{graph.id('b')}--->{graph.id('c')}"]
    graph.api.error("GET", f"/lineage/getLineageByEntityCount?{query}", 400)


def test_platform_lineage_counts_edges_between_services(graph):
    other = Chain(graph.api, "lin2")
    table = other.table("x")
    body = graph.body("a", "b")
    body["edge"]["toEntity"]["id"] = table["id"]
    graph.api.call("PUT", "/lineage", json=body, status=200)
    answer = graph.api.get("/lineage/getPlatformLineage?view=service")
    edge = answer["downstreamEdges"][f"{graph.chain.service['id']}--->{other.service['id']}"]
    assert edge["assetEdges"] == 1 and answer["nodes"][other.service["name"]]["entity"]["serviceType"] == "SQLite"
    graph.api.error("GET", "/lineage/getPlatformLineage?view=domain", 501)
    graph.api.error("GET", "/lineage/getPlatformLineage?view=x", 400)


def test_export_is_csv(graph):
    answer = graph.api.call("GET", f"/lineage/export?fqn={name_path(graph.fqn('b'))}&type=table")
    assert answer.headers["Content-Type"].startswith("text/csv") and answer.headers["X-Lineage-Complete"] == "true"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["fromEntityFQN"], row["toEntityFQN"]) for row in rows] == [
        (graph.fqn("a"), graph.fqn("b")), (graph.fqn("b"), graph.fqn("c"))]
    assert rows[0]["fromChildEntityFQN"] == graph.fqn("a") + ".id" and rows[1]["source"] == "ViewLineage"


def test_impact_goes_to_any_depth_by_pages_and_in_counts(graph):
    graph.link("c", "d")
    seen, after = [], ""
    while True:
        page = graph.api.get(f"/lineage/impact/table/{graph.id('a')}?limit=1&after={after}")
        seen += [(node["name"], node["depth"]) for node in page["nodes"]]
        after = page["paging"].get("after", "")
        assert page["complete"] == (not after)
        if not after:
            break
    assert seen == [("b", 1), ("c", 2), ("d", 3)]
    named = graph.api.get(f"/lineage/impact/table/name/{name_path(graph.fqn('d'))}?direction=Upstream&depth=2")
    assert graph.names(named["nodes"]) == ["b", "c"]
    assert graph.names(graph.api.get(f"/lineage/impact/table/{graph.id('a')}?column=id")["nodes"]) == ["b"]
    counts = graph.api.get(f"/lineage/impact/table/name/{name_path(graph.fqn('a'))}/counts")
    assert counts["total"] == 3 and counts["byType"] == [{"key": "table", "count": 3}]
    assert counts["byTier"] == [{"key": None, "count": 3}]
    assert graph.api.get(f"/lineage/impact/table/{graph.id('c')}/counts")["total"] == 1
    graph.api.error("GET", f"/lineage/impact/table/{graph.id('a')}?limit=0", 400)
    graph.api.error("GET", f"/lineage/impact/table/{graph.id('a')}?depth=0", 400)


def test_a_shortest_path(graph):
    found = graph.api.get(f"/lineage/path/table/{graph.id('a')}/table/{graph.id('c')}")
    assert [node["name"] for node in found["nodes"]] == ["b", "c"] and graph.pairs(found["downstreamEdges"]) == ["ab", "bc"]
    by_name = f"/lineage/path/table/name/{name_path(graph.fqn('a'))}/table/name/{name_path(graph.fqn('c'))}"
    assert graph.names(graph.api.get(by_name)["nodes"]) == ["b", "c"]
    graph.api.error("GET", f"/lineage/path/table/{graph.id('c')}/table/{graph.id('a')}", 404)


def test_people_read_lineage_and_do_not_write_it(graph, user, bot):
    assert user.get(f"/lineage/table/{graph.id('a')}")["nodes"]
    denied = user.error("PUT", "/lineage", 403, json=graph.body("a", "d"))
    assert "EditLineage" in denied["message"]
    user.error("DELETE", f"/lineage/table/{graph.id('a')}/table/{graph.id('b')}", 403)
    user.error("DELETE", f"/lineage/table/{graph.id('b')}/type/Manual", 403)
    user.error("PATCH", f"/lineage/table/{graph.id('a')}/table/{graph.id('b')}", 403, json=[])
    assert bot.call("PUT", "/lineage", json=graph.body("a", "d"), status=200).content == b""


def test_i5_a_column_that_goes_takes_its_mappings_along(graph):
    columns = [{"name": "email", "dataType": "VARCHAR", "dataLength": 255}]
    graph.api.put("/tables", graph.chain.body("a", columns=columns))
    edge = graph.api.get(f"/lineage/getLineageEdge/{graph.id('a')}/{graph.id('b')}")["edge"]
    assert edge["columnsLineage"] == [] and edge["sqlQuery"] == "insert"


def test_a_table_to_dashboard_edge(api, graph):
    service = api.post("/services/dashboardServices", {"name": unique("ds"), "serviceType": "Superset"})
    dashboard = api.post("/dashboards", {"name": unique("dash"), "service": service["fullyQualifiedName"]})
    body = graph.body("c", "d")
    body["edge"]["toEntity"] = {"id": dashboard["id"], "type": "dashboard"}
    api.call("PUT", "/lineage", json=body, status=200)
    nodes = api.get(f"/lineage/table/{graph.id('c')}?upstreamDepth=0")["nodes"]
    assert [(node["type"], node["id"]) for node in nodes] == [("dashboard", dashboard["id"])]
