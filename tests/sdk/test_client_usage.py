"""Queries, usage and assets by the real client."""

import hashlib

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createQuery import CreateQueryRequest
from metadata.generated.schema.entity.data.dashboard import Dashboard
from metadata.generated.schema.entity.domains.dataProduct import DataProduct
from metadata.generated.schema.entity.data.pipeline import Pipeline
from metadata.generated.schema.entity.data.query import Query
from metadata.generated.schema.entity.data.queryCostRecord import QueryCostRecord
from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.type.entityReference import EntityReference
from metadata.generated.schema.type.tableUsageCount import QueryCostWrapper
from metadata.generated.schema.type.usageRequest import UsageRequest
from metadata.ingestion.lineage.masker import mask_query

from client import Chain, unique

OPEN = {"X-Metadata-Dialect": "openmetadata"}


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api, "clientUsage")


def text(value):
    return getattr(value, "root", value)


def read(metadata, model, entity, fields=None):
    return metadata.get_by_id(entity=model, entity_id=entity["id"], fields=fields, nullable=False)


@pytest.mark.covers("get_entity_queries", "ingest_entity_queries_data")
def test_ingest_entity_queries_data_makes_a_query_once_and_links_it(metadata, api, chain):
    table = read(metadata, Table, chain.table())
    person = unique("runner")
    api.post("/users", {"name": person, "email": f"{person}@example.com"})
    sql = f"select * from {unique('t')}"
    request = CreateQueryRequest(query=sql, service=chain.service["fullyQualifiedName"], users=[person], usedBy=["alice"], dialect="sqlite")
    for _ in range(2):
        metadata.ingest_entity_queries_data(entity=table, queries=[request])
    found = metadata.get_entity_queries(entity_id=table.id, fields=["users", "queryUsedIn"])
    assert len(found) == 1
    query = found[0]
    assert text(query.query) == sql and text(query.name) == query.checksum == hashlib.md5(sql.encode()).hexdigest()
    assert [text(ref.id) for ref in query.queryUsedIn.root] == [text(table.id)]
    assert [ref.name for ref in query.users] == [person] and query.usedBy == ["alice"]
    assert text(query.service.name) == chain.service["name"]


@pytest.mark.covers("publish_query_cost")
def test_publish_query_cost_keeps_what_a_query_cost(metadata, api, chain):
    sql = f"select '{unique('costly')}' from t"
    hidden = mask_query(sql, "ansi")
    made = api.post("/queries", {"query": hidden, "service": chain.service["fullyQualifiedName"]})
    cost = QueryCostWrapper(cost=2.5, count=3, date="1700000000000", query=sql, dialect="ansi", totalDuration=4)
    answer = metadata.publish_query_cost(cost, chain.service["name"])
    record = QueryCostRecord(**answer)
    assert (record.cost, record.count, record.totalDuration) == (2.5, 3, 4) and str(record.queryReference.id.root) == made["id"]
    assert metadata.publish_query_cost(QueryCostWrapper(cost=1, count=1, date="1", query="select nobody", dialect="ansi", totalDuration=1),
                                       chain.service["name"]) is None


@pytest.mark.covers("patch_lineage_processed_flag")
def test_patch_lineage_processed_flag_marks_a_query(metadata, chain, api):
    made = api.post("/queries", {"query": unique("select"), "service": chain.service["fullyQualifiedName"]})
    metadata.patch_lineage_processed_flag(entity=Query, fqn=made["fullyQualifiedName"])
    assert metadata.get_by_name(entity=Query, fqn=made["fullyQualifiedName"], nullable=False).processedLineage is True


@pytest.mark.covers("compute_percentile", "publish_table_usage")
def test_publish_table_usage_is_shown_and_ranked(metadata, chain):
    table = read(metadata, Table, chain.table())
    metadata.publish_table_usage(table, UsageRequest(date="2024-07-01", count=3))
    metadata.publish_table_usage(table, UsageRequest(date="2024-07-02", count=2))
    metadata.compute_percentile(Table, "2024-07-02")
    summary = metadata.get_by_id(entity=Table, entity_id=table.id, fields=["usageSummary"]).usageSummary
    assert text(summary.dailyStats.count) == 2 and text(summary.weeklyStats.count) == 5 and str(text(summary.date)) == "2024-07-02"


@pytest.mark.covers("publish_dashboard_usage")
def test_publish_dashboard_usage_adds(metadata, api):
    api.put("/services/dashboardServices", {"name": "usedBoards", "serviceType": "Superset"})
    board = read(metadata, Dashboard, api.post("/dashboards", {"name": unique("board"), "service": "usedBoards"}))
    for _ in range(2):
        metadata.publish_dashboard_usage(board, UsageRequest(date="2024-07-01", count=3))
    summary = metadata.get_by_id(entity=Dashboard, entity_id=board.id, fields=["usageSummary"]).usageSummary
    assert text(summary.dailyStats.count) == 6


@pytest.mark.covers("publish_pipeline_usage")
def test_publish_pipeline_usage_adds(metadata, api):
    api.put("/services/pipelineServices", {"name": "usedFlows", "serviceType": "Airflow"})
    flow = read(metadata, Pipeline, api.post("/pipelines", {"name": unique("flow"), "service": "usedFlows"}))
    metadata.publish_pipeline_usage(flow, UsageRequest(date="2024-07-01", count=4))
    summary = metadata.get_by_id(entity=Pipeline, entity_id=flow.id, fields=["usageSummary"]).usageSummary
    assert text(summary.dailyStats.count) == 4 and str(text(summary.date)) == "2024-07-01"


@pytest.mark.covers("es_get_queries_with_lineage")
def test_queries_whose_lineage_is_known_are_found(metadata, api):
    own = Chain(api, "clientQueries")
    made = [api.post("/queries", {"query": unique("select"), "service": own.service["fullyQualifiedName"]}) for _ in range(3)]
    for query in made[:2]:
        api.patch(f"/queries/{query['id']}", [{"op": "add", "path": "/processedLineage", "value": True}])
    api.index_follows()  # the client does not look whether an answer is complete
    assert metadata.es_get_queries_with_lineage(own.service["name"]) == {query["checksum"] for query in made[:2]}


@pytest.mark.covers("add_assets_to_data_product", "remove_assets_from_data_product")
def test_assets_of_a_data_product_are_added_and_removed(metadata, api, chain):
    api.put("/domains", {"name": "AssetDomain", "domainType": "Aggregate", "description": "d"})
    product = api.post("/dataProducts", {"name": unique("product"), "description": "d", "domains": ["AssetDomain"]})
    table = api.post("/tables", chain.body(domains=["AssetDomain"]))
    ref = EntityReference(id=table["id"], type="table")
    added = metadata.add_assets_to_data_product(product["name"], [ref])
    assert added["status"] == "success" and added["numberOfRowsPassed"] == 1
    shown = metadata.get_by_id(entity=Table, entity_id=table["id"], fields=["dataProducts"])
    assert [one.name for one in shown.dataProducts.root] == [product["name"]]
    assert [text(one.id) for one in read(metadata, DataProduct, product, ["assets"]).assets.root] == [text(shown.id)]
    removed = metadata.remove_assets_from_data_product(product["name"], [ref])
    assert removed["numberOfRowsFailed"] == 0
    assert not metadata.get_by_id(entity=Table, entity_id=table["id"], fields=["dataProducts"]).dataProducts.root
