"""Every search method of the real Python client, and its workflow that finds the lineage of views by searching."""

import json
from urllib.parse import quote

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createContainer import CreateContainerRequest
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.api.services.createStorageService import CreateStorageServiceRequest
from metadata.generated.schema.api.teams.createTeam import CreateTeamRequest
from metadata.generated.schema.api.teams.createUser import CreateUserRequest
from metadata.generated.schema.entity.data.databaseSchema import DatabaseSchema
from metadata.generated.schema.entity.data.table import Column, DataType, Table, TableType
from metadata.generated.schema.entity.services.storageService import StorageServiceType
from metadata.generated.schema.entity.teams.team import TeamType
from metadata.ingestion.ometa.client import APIError
from metadata.sdk.api.search import Search

from client import unique
from sdk_client import connect
from test_client import Tree
from test_ingest import SDK, YAML, Shop
from workflow import PROGRAM


@pytest.fixture(scope="module", autouse=True)
def default_client(metadata):
    Search.set_default_client(metadata)


@pytest.fixture(scope="module")
def tree(metadata):
    return Tree(metadata)


def fqn_of(entity):
    return entity.fullyQualifiedName.root


# The client does not look whether an answer is complete: before it searches, the index is waited for.


@pytest.mark.covers("es_search_from_fqn")
def test_es_search_from_fqn(metadata, tree, api):
    table = tree.table()
    api.index_follows()
    assert [found.id for found in metadata.es_search_from_fqn(entity_type=Table, fqn_search_string=fqn_of(table))] == [table.id]
    service, rest = fqn_of(table).split(".", 1)
    for pattern in (f"*.{rest}", f"{service}.*.{table.name.root}", fqn_of(table)[:-1] + "?", fqn_of(table).upper()):
        found = metadata.es_search_from_fqn(entity_type=Table, fqn_search_string=pattern, fields="tags")
        assert [one.id for one in found] == [table.id], pattern
    for absent in (table.name.root, rest, fqn_of(table) + "x"):
        assert not metadata.es_search_from_fqn(entity_type=Table, fqn_search_string=absent), absent
    schemas = metadata.es_search_from_fqn(entity_type=DatabaseSchema, fqn_search_string=fqn_of(tree.schema))
    assert [schema.id for schema in schemas] == [tree.schema.id]


@pytest.mark.covers("es_search_from_fqn")
def test_es_search_from_fqn_pages(metadata, tree, api):
    made = {tree.table(f"paged_{number}").id.root for number in range(25)}
    api.index_follows()
    found = []
    for begin in (0, 10, 20):
        found += metadata.es_search_from_fqn(entity_type=Table, fqn_search_string=f"{fqn_of(tree.schema)}.paged_*", from_count=begin, size=10)
    assert {table.id.root for table in found} == made and len(found) == 25


@pytest.mark.covers("search_in_any_service")
def test_search_in_any_service(metadata, tree, api):
    table = tree.table(unique("anywhere"))
    api.index_follows()
    assert metadata.search_in_any_service(entity_type=Table, fqn_search_string=f"db.main.{table.name.root}").id == table.id
    several = metadata.search_in_any_service(entity_type=Table, fqn_search_string=f"db.main.{table.name.root}", fetch_multiple_entities=True)
    assert [one.id for one in several] == [table.id]
    assert metadata.search_in_any_service(entity_type=Table, fqn_search_string="db.main.nowhere_at_all") is None


@pytest.mark.covers("paginate_es")
def test_paginate_es_reads_all_of_1500_tables(metadata, tree, api):
    schema = fqn_of(tree.schema)
    names = {f"many_{number:04}" for number in range(1500)}
    for name in names:
        api.post("/tables", {"name": name, "databaseSchema": schema, "columns": [], "tableType": "Dynamic"})
    api.index_follows()
    query = json.dumps({"query": {"bool": {"must": [{"term": {"tableType": "Dynamic"}}, {"term": {"service.name.keyword": tree.service.name.root}}]}}})
    pages = [[hit.source["name"] for hit in page.hits.hits] for page in metadata._paginate_es_internal(entity=Table, query_filter=query, size=100)]
    assert [len(page) for page in pages] == [100] * 15 + [0]
    found = [name for page in pages for name in page]
    assert set(found) == names and found == sorted(names, reverse=True)
    few = json.dumps({"query": {"bool": {"must": [{"wildcard": {"name.keyword": "many_00?1"}}, {"term": {"service.name.keyword": tree.service.name.root}}]}}})
    tables = list(metadata.paginate_es(entity=Table, query_filter=few, size=3, fields=["columns"]))
    assert sorted(table.name.root for table in tables) == [f"many_00{tens}1" for tens in range(10)]


@pytest.mark.covers("yield_es_view_def")
def test_yield_es_view_def(metadata, tree, api):
    made = {}
    for kind in (TableType.View, TableType.MaterializedView, TableType.Regular):
        name = unique("view")
        definition = f"CREATE VIEW {name} AS SELECT 1"
        metadata.create_or_update(CreateTableRequest(
            name=name, databaseSchema=tree.schema.fullyQualifiedName, columns=[Column(name="a", dataType=DataType.INT)], tableType=kind,
            schemaDefinition=definition))
        if kind is not TableType.Regular:
            made[name] = definition
    tree.table(unique("view"), tableType=TableType.View)  # without a definition
    api.index_follows()
    for incremental in (False, True):
        views = list(metadata.yield_es_view_def(service_name=tree.service.name.root, incremental=incremental))
        assert {view.table_name: view.view_definition for view in views} == made
        assert {(view.db_name, view.schema_name) for view in views} == {("db", "main")}
    one = metadata.get_by_name(entity=Table, fqn=f"{fqn_of(tree.schema)}.{next(iter(made))}")
    seen = one.model_copy(deep=True)
    seen.processedLineage = True
    metadata.patch(entity=Table, source=one, destination=seen)
    api.index_follows()
    views = metadata.yield_es_view_def(service_name=tree.service.name.root, incremental=True)
    assert {view.table_name for view in views} == set(made) - {one.name.root}
    assert len(list(metadata.yield_es_view_def(service_name=tree.service.name.root))) == len(made)


@pytest.fixture(scope="module")
def people(metadata, api):
    name = unique("jane.doe").replace("_", "")
    user = metadata.create_or_update(CreateUserRequest(name=name, email=f"{name}@example.com", displayName=f"Jane {name.title()}"))
    team = metadata.create_or_update(CreateTeamRequest(
        name=unique("grid-team"), teamType=TeamType.Group, displayName="The Grid", email="grid.team@example.com"))
    api.index_follows()
    return user, team


@pytest.mark.covers("get_reference_by_name")
def test_get_reference_by_name(metadata, people):
    user, team = people
    found = metadata.get_reference_by_name(name=user.name.root)
    assert (found.root[0].id, found.root[0].type) == (user.id, "user")
    found = metadata.get_reference_by_name(name=team.name.root)
    assert (found.root[0].id, found.root[0].type) == (team.id, "team")
    assert metadata.get_reference_by_name(name=team.name.root, is_owner=True).root[0].id == team.id
    assert metadata.get_reference_by_name(name="nobody is called this") is None


@pytest.mark.covers("get_reference_by_name")
def test_get_reference_by_name_finds_no_bots(metadata):
    assert metadata.get_reference_by_name(name="ingestion-bot") is None


@pytest.mark.covers("get_reference_by_email")
def test_get_reference_by_email(metadata, people):
    user, team = people
    found = metadata.get_reference_by_email(email=user.email.root)
    assert (found.root[0].id, found.root[0].type) == (user.id, "user")
    found = metadata.get_reference_by_email(email="grid.team@example.com")
    assert (found.root[0].id, found.root[0].type) == (team.id, "team")
    assert metadata.get_reference_by_email(email="nobody@example.com") is None


@pytest.mark.covers("es_search_container_by_path")
def test_a_container_is_found_by_its_path(metadata, api):
    service = metadata.create_or_update(CreateStorageServiceRequest(name=unique("store"), serviceType=StorageServiceType.S3))
    path = f"s3://{unique('bucket')}/sales/2024"
    made = metadata.create_or_update(CreateContainerRequest(name="sales", service=service.fullyQualifiedName, fullPath=path))
    api.index_follows()
    assert [found.id for found in metadata.es_search_container_by_path(full_path=path)] == [made.id]
    assert not metadata.es_search_container_by_path(full_path=path + "/none")


def only_of(tree):
    return {"query": {"bool": {"must": [{"term": {"service.name.keyword": tree.service.name.root}}]}}}


@pytest.mark.covers("get_entity_from_es", "yield_entities_from_es")
def test_entities_of_a_search(metadata, api):
    tree = Tree(metadata)
    tables = [tree.table(unique("hit")) for _ in range(3)]
    api.index_follows()
    query = f"/search/query?q=*&index=table_search_index&size=10&query_filter={quote(json.dumps(only_of(tree)))}"
    found = {table.name.root for table in metadata.yield_entities_from_es(Table, query)}
    assert found == {table.name.root for table in tables}
    one = f"/search/query?q=fullyQualifiedName:{quote(fqn_of(tables[1]))}&index=table_search_index&size=1"
    assert metadata.get_entity_from_es(Table, one).id == tables[1].id
    assert metadata.get_entity_from_es(Table, "/search/query?q=nothingiscalledthis&index=table_search_index&size=1") is None



def test_the_fluent_interface_searches(metadata, tree, api):
    table = tree.table(unique("fluent"))
    api.index_follows()
    for answer in (Search.search(table.name.root, index="table_search_index", size=5),
                   Search.search(table.name.root, index="table_search_index", filters={"service.name": tree.service.name.root}),
                   Search.builder().query(table.name.root).index("table").size(3).sort_field("name.keyword").sort_order("asc")
                   .filter("database.name", "db").execute(),
                   Search.search_advanced({"query": {"bool": {"must": [{"term": {"name.keyword": table.name.root}}]}}, "size": 2})):
        assert [hit["_id"] for hit in answer["hits"]["hits"]][:1] == [str(table.id.root)]
    assert Search.search(table.name.root, filters={"service.name": "another"})["hits"]["hits"] == []


def test_the_fluent_interface_suggests_and_aggregates(metadata, tree, api):
    table = tree.table(unique("suggested"))
    api.index_follows()
    assert table.name.root in Search.suggest(table.name.root[:-1], field="name", size=5)
    counts = Search.aggregate(table.name.root, index="table_search_index", field="tableType")["aggregations"]["tableType"]["buckets"]
    assert counts == [{"key": "Regular", "doc_count": 1}]


def test_the_fluent_interface_reindexes_for_admins_only(server, metadata):
    with pytest.raises(APIError):
        Search.reindex_all()
    Search.set_default_client(connect(server, server.login()))
    try:
        assert Search.reindex("table")["status"] in ("running", "success")
        assert Search.reindex_all()["status"] in ("running", "success")
    finally:
        Search.set_default_client(metadata)


# ---- the workflow for the lineage of views ---------------------------------------------------------------------------

LINEAGE = YAML.replace("type: sqlite\n", "type: sqlite-lineage\n", 1).replace(
    "      type: DatabaseMetadata\n      markDeletedTables: true\n      includeViews: true\n",
    "      type: DatabaseLineage\n      processViewLineage: true\n      processQueryLineage: false\n      processStoredProcedureLineage: false\n")


def has_lineage(api):
    answer = api.session.get(f"{api.base}/lineage/getLineageEdge/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002", timeout=30)
    return answer.status_code != 501


@pytest.mark.ingest
@pytest.mark.skipif(not PROGRAM.exists(), reason="the real client is not installed: tools/test-venv")
def test_the_view_lineage_workflow_finds_views_and_draws_their_edges(fresh_server, tmp_path):
    server = fresh_server
    shop = Shop(server, server.bot_token(), tmp_path)
    if not has_lineage(shop.api):
        pytest.skip("this server has no lineage")
    shop.sql("CREATE VIEW vip_orders AS SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.vip;")
    shop.ingest()
    shop.config.write_text(LINEAGE.format(file=shop.file, url=server.url, token=server.bot_token()))
    for _ in range(2):  # the second run finds the edges there
        shop.api.index_follows()
        shop.ingest()
        drawn = {name: set() for name in ("orders", "customers")}
        for source in drawn:
            graph = shop.api.get(f"/lineage/table/{shop.table(source)['id']}?upstreamDepth=0&downstreamDepth=1", headers=SDK)
            names = {node["id"]: node["name"] for node in [graph["entity"], *graph["nodes"]]}
            for edge in graph["downstreamEdges"]:
                drawn[names[edge["fromEntity"]]].add(names[edge["toEntity"]])
                assert edge["lineageDetails"]["source"] == "ViewLineage" and "CREATE VIEW" in edge["lineageDetails"]["sqlQuery"]
        assert drawn == {"orders": {"big_orders", "vip_orders"}, "customers": {"vip_orders"}}
    assert shop.table("big_orders")["processedLineage"] is True
