"""The lineage half of the real client."""

import uuid

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createDatabase import CreateDatabaseRequest
from metadata.generated.schema.api.data.createDatabaseSchema import CreateDatabaseSchemaRequest
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.api.lineage.addLineage import AddLineageRequest
from metadata.generated.schema.api.services.createDatabaseService import CreateDatabaseServiceRequest
from metadata.generated.schema.entity.data.table import Column, DataType, Table
from metadata.generated.schema.entity.services.databaseService import DatabaseServiceType
from metadata.generated.schema.type.entityLineage import (
    ColumnLineage,
    EntitiesEdge,
    EntityLineage,
    LineageDetails,
    Source,
)
from metadata.generated.schema.type.entityReference import EntityReference
from metadata.ingestion.ometa.mixins import lineage_mixin

from client import unique


class Tables:
    def __init__(self, metadata):
        self.metadata = metadata
        self.service = metadata.create_or_update(
            CreateDatabaseServiceRequest(name=unique("lineage"), serviceType=DatabaseServiceType.SQLite))
        database = metadata.create_or_update(CreateDatabaseRequest(name="db", service=self.service.fullyQualifiedName))
        self.schema = metadata.create_or_update(CreateDatabaseSchemaRequest(name="main", database=database.fullyQualifiedName))

    def make(self, name=None):
        columns = [Column(name=name, dataType=DataType.BIGINT) for name in ("id", "total")]
        return self.metadata.create_or_update(
            CreateTableRequest(name=name or unique("t"), databaseSchema=self.schema.fullyQualifiedName, columns=columns))


@pytest.fixture(scope="module")
def tables(metadata):
    return Tables(metadata)


@pytest.fixture(autouse=True)
def no_cache():
    """What the client remembers of edges is of other tests."""
    lineage_mixin.search_cache.clear()


def column(table, name):
    return f"{table.fullyQualifiedName.root}.{name}"


def request(start, end, *columns, source=Source.QueryLineage, **details):
    mapped = [ColumnLineage(fromColumns=[column(start, one)], toColumn=column(end, other)) for one, other in columns]
    return AddLineageRequest(edge=EntitiesEdge(
        fromEntity=EntityReference(id=start.id, type="table"), toEntity=EntityReference(id=end.id, type="table"),
        lineageDetails=LineageDetails(sqlQuery="INSERT INTO b SELECT * FROM a", columnsLineage=mapped, source=source, **details)))


def mappings(metadata, start, end):
    lineage_mixin.search_cache.clear()
    edge = metadata.get_lineage_edge(str(start.id.root), str(end.id.root))
    return {(*one["fromColumns"], one["toColumn"]) for one in edge["edge"]["columnsLineage"]}


@pytest.mark.covers("add_lineage")
def test_add_lineage_answers_the_lineage_of_its_origin(metadata, tables):
    a, b = tables.make(), tables.make()
    answer = metadata.add_lineage(request(a, b, ("id", "id")))
    assert answer["entity"]["name"] == a.name.root and [node["name"] for node in answer["nodes"]] == [b.name.root]
    parsed = EntityLineage(**answer)  # a closed model: one key more would fail
    assert parsed.downstreamEdges[0].lineageDetails.columnsLineage[0].toColumn.root == column(b, "id")
    assert lineage_mixin.search_cache.get((a.id.root, b.id.root))["edge"]["sqlQuery"].startswith("INSERT")


@pytest.mark.covers("add_lineage")
def test_add_lineage_with_check_patch_merges_columns_by_a_patch(metadata, tables):
    a, b = tables.make(), tables.make()
    assert "error" not in metadata.add_lineage(request(a, b, ("id", "id")), check_patch=True)
    lineage_mixin.search_cache.clear()
    answer = metadata.add_lineage(request(a, b, ("total", "total")), check_patch=True)
    assert "error" not in answer
    assert mappings(metadata, a, b) == {(column(a, "id"), column(b, "id")), (column(a, "total"), column(b, "total"))}


def test_check_patch_into_an_edge_without_columns(metadata, tables):
    a, b = tables.make(), tables.make()
    metadata.add_lineage(request(a, b))
    lineage_mixin.search_cache.clear()
    assert "error" not in metadata.add_lineage(request(a, b, ("id", "total")), check_patch=True)
    assert mappings(metadata, a, b) == {(column(a, "id"), column(b, "total"))}


@pytest.mark.covers("patch_lineage_edge", "get_lineage_edge")
def test_patch_lineage_edge(metadata, tables):
    a, b = tables.make(), tables.make()
    first, second = request(a, b, ("id", "id")), request(a, b, ("id", "id"), ("total", "id"))
    metadata.add_lineage(first)
    assert metadata.patch_lineage_edge(original=first, updated=second) is True
    assert len(mappings(metadata, a, b)) == 2
    assert metadata.patch_lineage_edge(original=request(b, a), updated=request(b, a, ("id", "id"))) is False


@pytest.mark.covers("get_lineage_edge")
def test_get_lineage_edge_of_no_edge_is_none(metadata, tables):
    a, b = tables.make(), tables.make()
    assert metadata.get_lineage_edge(str(a.id.root), str(b.id.root)) is None
    assert metadata.get_lineage_edge(str(a.id.root), str(uuid.uuid4())) is None


@pytest.mark.covers("get_lineage_by_name", "get_lineage_by_id")
def test_get_lineage_by_name_and_by_id(metadata, tables):
    a, b, c = tables.make(), tables.make(), tables.make()
    metadata.add_lineage(request(a, b))
    metadata.add_lineage(request(b, c))
    for answer in (metadata.get_lineage_by_name(entity=Table, fqn=a.fullyQualifiedName, up_depth=0, down_depth=9),
                   metadata.get_lineage_by_id(entity=Table, entity_id=a.id, up_depth=0, down_depth=2),
                   metadata.get_lineage_by_id(entity="table", entity_id=str(a.id.root), up_depth=0, down_depth=2)):
        parsed = EntityLineage(**answer)
        assert {node.name for node in parsed.nodes} == {b.name.root, c.name.root}
        assert [(edge.fromEntity.root, edge.toEntity.root) for edge in parsed.downstreamEdges] == [
            (a.id.root, b.id.root), (b.id.root, c.id.root)]
    assert metadata.get_lineage_by_name(entity=Table, fqn="no.such.table.here") is None
    assert metadata.get_lineage_by_id(entity=Table, entity_id=str(uuid.uuid4())) is None


@pytest.mark.covers("delete_lineage_edge")
def test_delete_lineage_edge(metadata, tables):
    a, b = tables.make(), tables.make()
    edge = request(a, b)
    metadata.add_lineage(edge)
    metadata.delete_lineage_edge(edge.edge)
    assert metadata.get_lineage_by_id(entity=Table, entity_id=a.id)["nodes"] == []
    metadata.delete_lineage_edge(edge.edge)  # once more is logged by the client, and no harm


@pytest.mark.covers("delete_lineage_by_source")
def test_delete_lineage_by_source(metadata, tables):
    a, b, c = tables.make(), tables.make(), tables.make()
    metadata.add_lineage(request(a, c, source=Source.ViewLineage))
    metadata.add_lineage(request(b, c, source=Source.DbtLineage))
    metadata.delete_lineage_by_source(entity_type="table", entity_id=str(c.id.root), source=Source.ViewLineage.value)
    assert [node["name"] for node in metadata.get_lineage_by_id(entity=Table, entity_id=c.id)["nodes"]] == [b.name.root]


@pytest.mark.covers("patch_lineage_processed_flag")
def test_patch_lineage_processed_flag(metadata, tables):
    a = tables.make()
    metadata.patch_lineage_processed_flag(entity=Table, fqn=a.fullyQualifiedName.root)
    assert metadata.get_by_id(entity=Table, entity_id=a.id).processedLineage is True


def test_a_refused_edge_is_an_error_in_the_clients_answer(metadata, tables):
    a = tables.make()
    wrong = request(a, a)
    assert "400" in metadata.add_lineage(wrong)["error"]
    wrong.edge.toEntity = EntityReference(id=str(uuid.uuid4()), type="table")
    assert "404" in metadata.add_lineage(wrong)["error"]


@pytest.mark.covers("add_lineage_by_query")
def test_add_lineage_by_query(metadata, tables, api):
    """The client parses the SQL and looks its tables up by name."""
    a, b = tables.make(), tables.make()
    api.index_follows()
    sql = f"INSERT INTO {b.name.root} SELECT id, total FROM {a.name.root}"
    metadata.add_lineage_by_query(database_service=tables.service, sql=sql, database_name="db", schema_name="main", timeout=120)
    names = [node["name"] for node in metadata.get_lineage_by_id(entity=Table, entity_id=a.id)["nodes"]]
    assert names == [b.name.root]
    assert mappings(metadata, a, b) == {(column(a, name), column(b, name)) for name in ("id", "total")}
