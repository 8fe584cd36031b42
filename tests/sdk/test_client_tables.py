"""What the real client does with a table beside its entity: samples, profiles, data models, metrics, joins, life cycle."""

import time
from datetime import datetime, timezone

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createTableProfile import CreateTableProfileRequest
from metadata.generated.schema.api.tests.createCustomMetric import CreateCustomMetricRequest
from metadata.generated.schema.entity.data.searchIndex import SearchIndex, SearchIndexSampleData
from metadata.generated.schema.entity.data.table import (
    Column, ColumnJoins, ColumnProfile, DataModel, DataType, DmlOperationType, JoinedWith, ModelType, SystemProfile, Table, TableData,
    TableJoins, TableProfile, TableProfilerConfig)
from metadata.generated.schema.entity.data.topic import Topic, TopicSampleData
from metadata.generated.schema.tests.testCase import TestCase
from metadata.generated.schema.type.assetCertification import AssetCertification
from metadata.generated.schema.type.basic import Timestamp
from metadata.generated.schema.type.entityProfile import ProfileTypeEnum
from metadata.generated.schema.type.lifeCycle import AccessDetails, LifeCycle
from metadata.generated.schema.type.tagLabel import LabelType, State, TagLabel, TagSource

from client import Chain, unique
from kinds import KINDS

NOW = int(time.time() * 1000)
DAY = 86_400_000


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api, "sdktables")


@pytest.fixture
def table(metadata, chain):
    made = chain.table(unique("t"))
    return metadata.get_by_id(entity=Table, entity_id=made["id"], nullable=False)


@pytest.mark.covers("get_sample_data", "ingest_table_sample_data")
def test_samples_of_tables(metadata, table):
    sent = TableData(columns=["id", "email"], rows=[[1, "a"], [2, b"\xff\x00"], [None, 1.5]])
    back = metadata.ingest_table_sample_data(table, sent)
    assert [column.root for column in back.columns] == ["id", "email"] and back.rows == [[1, "a"], [2, "[base64]/wA="], [None, 1.5]]
    read = metadata.get_sample_data(table)
    assert isinstance(read, Table) and read.sampleData.rows == back.rows and read.id == table.id


@pytest.mark.parametrize("kind, model, ingest, sample", [
    pytest.param("topic", Topic, "ingest_topic_sample_data", TopicSampleData, marks=pytest.mark.covers("ingest_topic_sample_data")),
    pytest.param("searchIndex", SearchIndex, "ingest_search_index_sample_data", SearchIndexSampleData,
                 marks=pytest.mark.covers("ingest_search_index_sample_data"))])
def test_samples_of_messages(metadata, api, chain, kind, model, ingest, sample):
    of = next(one for one in KINDS if one.type == kind)
    made = metadata.get_by_id(entity=model, entity_id=api.post(of.collection, of.body(chain))["id"], nullable=False)
    back = getattr(metadata, ingest)(made, sample(messages=['{"a":1}', "b"]))
    assert isinstance(back, sample) and back.messages == ['{"a":1}', "b"]
    assert metadata.get_by_id(entity=model, entity_id=made.id, fields=["sampleData"]).sampleData.messages == ['{"a":1}', "b"]


@pytest.mark.covers("get_latest_table_profile", "get_profile_data", "ingest_profile_data")
def test_profiles(metadata, table):
    fqn = table.fullyQualifiedName.root
    for day in range(2):
        at = Timestamp(NOW - day * DAY)
        profiled = metadata.ingest_profile_data(table, CreateTableProfileRequest(
            tableProfile=TableProfile(timestamp=at, rowCount=10.0 + day, columnCount=2),
            columnProfile=[ColumnProfile(name="id", timestamp=at, valuesCount=10, min=1, max=9.5, nullCount=0),
                           ColumnProfile(name="email", timestamp=at, distinctCount=3, min="a", max="z")],
            systemProfile=[SystemProfile(timestamp=at, operation=DmlOperationType.INSERT, rowsAffected=4)]))
    assert isinstance(profiled, Table) and profiled.profile.rowCount == 10.0
    tables = metadata.get_profile_data(fqn, NOW - 2 * DAY, NOW + DAY, profile_type=TableProfile)
    assert tables.total == 2 and [one.rowCount for one in tables.entities] == [10.0, 11.0]
    first = metadata.get_profile_data(fqn, NOW - 2 * DAY, NOW + DAY, limit=1, profile_type=TableProfile)
    rest = metadata.get_profile_data(fqn, NOW - 2 * DAY, NOW + DAY, limit=1, after=first.after, profile_type=TableProfile)
    assert [first.entities[0].rowCount, rest.entities[0].rowCount] == [10.0, 11.0] and rest.after is None
    columns = metadata.get_profile_data(fqn + ".email", NOW - 2 * DAY, NOW + DAY, profile_type=ColumnProfile)
    assert columns.total == 2 and columns.entities[0].max == "z" and columns.entities[0].name == "email"
    system = metadata.get_profile_data(fqn, NOW - 2 * DAY, NOW + DAY, profile_type=SystemProfile)
    assert [one.rowsAffected for one in system.entities] == [4, 4]
    latest = metadata.get_latest_table_profile(table.fullyQualifiedName)
    assert latest.profile.timestamp.root == NOW and [column.profile.timestamp.root for column in latest.columns] == [NOW, NOW]
    assert latest.columns[0].profile.max == 9.5 and latest.version.root == 0.1


@pytest.mark.covers("get_profile_data_by_type")
def test_profiles_of_all_tables(metadata, chain):
    late = NOW + 400 * DAY
    table = chain.table(unique("late"))
    metadata.client.put(f"/tables/{table['id']}/tableProfile", json={
        "tableProfile": {"timestamp": late, "rowCount": 1}, "columnProfile": [{"name": "id", "timestamp": late}]})
    everything = metadata.get_profile_data_by_type(Table, late, late)
    assert everything.total == 2 and {one.profileType for one in everything.entities} == {ProfileTypeEnum.table, ProfileTypeEnum.column}
    columns = metadata.get_profile_data_by_type(Table, late, late, profile_type=ProfileTypeEnum.column)
    assert columns.total == 1 and columns.entities[0].entityReference.id.root.hex == table["id"].replace("-", "")
    assert columns.entities[0].profileData.name == "id" and columns.after is None


@pytest.mark.covers("create_or_update_table_profiler_config")
def test_settings_of_the_profiler(metadata, table):
    fqn = table.fullyQualifiedName.root
    changed = metadata.create_or_update_table_profiler_config(fqn, TableProfilerConfig(profileSample=20.0, excludeColumns=["email"]))
    assert changed.tableProfilerConfig.profileSample == 20.0 and changed.version.root == 0.1
    read = metadata.get_by_name(entity=Table, fqn=fqn, fields=["tableProfilerConfig"])
    assert read.tableProfilerConfig.excludeColumns == ["email"]
    assert metadata.create_or_update_table_profiler_config(fqn + "x", TableProfilerConfig()) is None


@pytest.mark.covers("create_or_update_custom_metric")
def test_metrics_of_ones_own(metadata, table):
    made = metadata.create_or_update_custom_metric(CreateCustomMetricRequest(name="big", expression="select 1"), table.id.root)
    assert [metric.expression for metric in made.customMetrics] == ["select 1"]
    made = metadata.create_or_update_custom_metric(
        CreateCustomMetricRequest(name="long", columnName="email", expression="select 2"), table.id.root)
    assert [metric.name.root for metric in made.columns[1].customMetrics] == ["long"]
    made = metadata.create_or_update_custom_metric(CreateCustomMetricRequest(name="big", expression="select 3"), table.id.root)
    assert [metric.expression for metric in made.customMetrics] == ["select 3"]


@pytest.mark.covers("ingest_table_data_model")
def test_the_data_model_of_dbt(metadata, table):
    label = TagLabel(tagFQN="PII.None", source=TagSource.Classification, labelType=LabelType.Automated, state=State.Suggested)
    modelled = metadata.ingest_table_data_model(table, DataModel(
        modelType=ModelType.DBT, resourceType="model", sql="select 1", rawSql="select {{ 1 }}", upstream=["a.b.c.d"], tags=[label],
        columns=[Column(name="id", dataType=DataType.INT, description="told by dbt", tags=[label])]))
    assert modelled.dataModel.sql.root == "select 1" and modelled.dataModel.upstream == ["a.b.c.d"]
    read = metadata.get_by_id(entity=Table, entity_id=table.id, fields=["tags", "columns", "dataModel"])
    assert read.columns[0].description.root == "told by dbt" and read.columns[0].tags[0].tagFQN.root == "PII.None"
    assert read.tags[0].labelType == LabelType.Automated and read.dataModel.columns[0].name.root == "id"


@pytest.mark.covers("publish_frequently_joined_with")
def test_what_a_table_is_joined_with(metadata, chain, table):
    other = chain.table(unique("other"))
    today = datetime.now(timezone.utc).date()
    metadata.publish_frequently_joined_with(table, TableJoins(
        startDate=str(today), dayCount=1, directTableJoins=[],
        columnJoins=[ColumnJoins(columnName="id", joinedWith=[JoinedWith(fullyQualifiedName=other["fullyQualifiedName"] + ".id", joinCount=3)])]))
    joins = metadata.get_by_id(entity=Table, entity_id=table.id, fields=["joins"]).joins
    assert joins.columnJoins[0].columnName.root == "id" and joins.columnJoins[0].joinedWith[0].joinCount == 3
    there = metadata.get_by_id(entity=Table, entity_id=other["id"], fields=["joins"]).joins
    assert there.columnJoins[0].joinedWith[0].fullyQualifiedName.root == table.fullyQualifiedName.root + ".id"


@pytest.mark.covers("patch_life_cycle")
def test_life_cycle(metadata, table):
    life = LifeCycle(created=AccessDetails(timestamp=Timestamp(NOW - DAY), accessedByAProcess="etl"))
    patched = metadata.patch_life_cycle(table, life)
    assert patched.lifeCycle.created.timestamp.root == NOW - DAY and patched.lifeCycle.created.accessedByAProcess == "etl"
    read = metadata.get_by_id(entity=Table, entity_id=table.id, fields=["lifeCycle"])
    assert read.lifeCycle == patched.lifeCycle and read.version.root == 0.2


def test_certification(metadata, table):
    gold = TagLabel(tagFQN="Certification.Gold", source=TagSource.Classification, labelType=LabelType.Manual, state=State.Confirmed)
    certified = table.model_copy(deep=True)
    certified.certification = AssetCertification(tagLabel=gold, appliedDate=Timestamp(NOW), expiryDate=Timestamp(NOW + DAY))
    patched = metadata.patch(entity=Table, source=table, destination=certified)
    assert patched.certification.tagLabel.tagFQN.root == "Certification.Gold" and patched.version.root == 0.2
    read = metadata.get_by_id(entity=Table, entity_id=table.id, fields=["certification"])
    assert read.certification.expiryDate.root == NOW + DAY and read.certification.tagLabel.source == TagSource.Classification
    bare = read.model_copy(deep=True)
    bare.certification = None
    assert metadata.patch(entity=Table, source=read, destination=bare).certification is None


@pytest.mark.covers("ingest_failed_rows_sample", "ingest_inspection_query")
def test_rows_that_failed_and_the_query_that_finds_them(metadata, api, table):
    made = api.post("/dataQuality/testCases", {
        "name": unique("case"), "testDefinition": "tableRowCountToEqual", "entityLink": f"<#E::table::{table.fullyQualifiedName.root}>",
        "parameterValues": [{"name": "value", "value": "1"}]})
    case = metadata.get_by_id(entity=TestCase, entity_id=made["id"], fields=["testDefinition", "testSuite"], nullable=False)
    rows = metadata.ingest_failed_rows_sample(case, TableData(columns=["id", "email"], rows=[[1, "a"]]))
    assert rows.rows == [[1, "a"]] and [column.root for column in rows.columns] == ["id", "email"]
    assert metadata.ingest_failed_rows_sample(case, TableData(columns=["other"], rows=[[2]]), validate=False).rows == [[2]]
    assert metadata.ingest_inspection_query(case, "select * from t where x").inspectionQuery.root == "select * from t where x"
