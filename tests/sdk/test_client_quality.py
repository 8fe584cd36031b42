"""Tests of data by the real client: all its calls for them, and the real `metadata test` of SQLite and PostgreSQL databases."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createDatabase import CreateDatabaseRequest
from metadata.generated.schema.api.data.createDatabaseSchema import CreateDatabaseSchemaRequest
from metadata.generated.schema.api.data.createTable import CreateTableRequest
from metadata.generated.schema.api.services.createDatabaseService import CreateDatabaseServiceRequest
from metadata.generated.schema.api.tests.createLogicalTestCases import CreateLogicalTestCases
from metadata.generated.schema.api.tests.createTestCase import CreateTestCaseRequest
from metadata.generated.schema.api.tests.createTestCaseResolutionStatus import CreateTestCaseResolutionStatus
from metadata.generated.schema.api.tests.createTestSuite import CreateTestSuiteRequest
from metadata.generated.schema.entity.data.table import Column, DataType, TableData
from metadata.generated.schema.entity.services.databaseService import DatabaseServiceType
from metadata.generated.schema.tests.basic import TestCaseResult, TestCaseStatus, TestResultValue
from metadata.generated.schema.tests.resolved import Resolved, TestCaseFailureReasonType
from metadata.generated.schema.tests.testCase import TestCase, TestCaseParameterValue
from metadata.generated.schema.tests.testCaseResolutionStatus import TestCaseResolutionStatusTypes
from metadata.generated.schema.tests.testDefinition import (
    EntityType, TestCaseParameterDefinition, TestDefinition, TestPlatform)
from metadata.generated.schema.tests.testSuite import TestSuite
from metadata.generated.schema.type.basic import Timestamp

from client import Api, unique
from harness import Server
from postgres import PASSWORD, PostgresServer
from sdk_client import WORKFLOW_SERVER
from test_ingest import SDK, Shop
from workflow import PROGRAM, ingest_postgres, run_client

NOW = 1_700_000_000_000


@pytest.fixture
def table(metadata):
    service = metadata.create_or_update(CreateDatabaseServiceRequest(name=unique("sdkdq"), serviceType=DatabaseServiceType.SQLite))
    database = metadata.create_or_update(CreateDatabaseRequest(name="db", service=service.fullyQualifiedName))
    schema = metadata.create_or_update(CreateDatabaseSchemaRequest(name="main", database=database.fullyQualifiedName))
    return metadata.create_or_update(CreateTableRequest(
        name="t", databaseSchema=schema.fullyQualifiedName, columns=[Column(name="a.b", dataType=DataType.INT)]))


def fqn_of(entity):
    return entity.fullyQualifiedName.root


def case_of(metadata, table, name="rows", **more):
    return metadata.get_or_create_test_case(
        test_case_fqn=f"{fqn_of(table)}.{name}", entity_link=f"<#E::table::{fqn_of(table)}>", test_definition_fqn="tableRowCountToEqual",
        test_case_parameter_values=[TestCaseParameterValue(name="value", value="3")], **more)


@pytest.mark.covers("create_or_update_executable_test_suite", "delete_executable_test_suite", "get_or_create_executable_test_suite")
def test_suites_of_a_table(metadata, table):
    made = metadata.get_or_create_executable_test_suite(fqn_of(table))
    assert made.basic and fqn_of(made) == f"{fqn_of(table)}.testSuite" and made.basicEntityReference.id == table.id
    again = metadata.get_or_create_executable_test_suite(fqn_of(table))  # a reference: the table names it now
    assert again.id == made.id
    updated = metadata.create_or_update_executable_test_suite(
        CreateTestSuiteRequest(name="x", description="d", basicEntityReference=fqn_of(table)))
    assert updated.id == made.id and updated.description.root == "d"
    metadata.delete_executable_test_suite(entity=TestSuite, entity_id=made.id, recursive=True, hard_delete=True)
    assert metadata.get_by_name(entity=TestSuite, fqn=fqn_of(made)) is None


@pytest.mark.covers("get_or_create_test_definition")
def test_definitions(metadata):
    for definition in metadata.list_all_entities(entity=TestDefinition):
        assert metadata.get_by_id(entity=TestDefinition, entity_id=definition.id).name == definition.name
    name = unique("own")
    made = metadata.get_or_create_test_definition(
        test_definition_fqn=name, test_definition_description="d", entity_type=EntityType.COLUMN, test_platforms=[TestPlatform.DBT],
        test_case_parameter_definition=[TestCaseParameterDefinition(name="unique", displayName="unique", required=False)])
    assert made.entityType == EntityType.COLUMN and made.supportedDataTypes == []
    assert metadata.get_or_create_test_definition(test_definition_fqn=name).id == made.id


@pytest.mark.covers("add_test_case_results", "get_test_case_results", "get_or_create_test_case")
def test_cases_and_their_results(metadata, table):
    case = case_of(metadata, table, description="d")
    assert fqn_of(case) == f"{fqn_of(table)}.rows" and case_of(metadata, table).id == case.id
    column = metadata.create_or_update(CreateTestCaseRequest(
        name="present", entityLink=f'<#E::table::{fqn_of(table)}::columns::"a.b">', testDefinition="columnValuesToBeNotNull"))
    assert fqn_of(column) == f'{fqn_of(table)}."a.b".present'
    for status, at in ((TestCaseStatus.Failed, NOW), (TestCaseStatus.Success, NOW + 1)):
        metadata.add_test_case_results(TestCaseResult(
            timestamp=Timestamp(at), testCaseStatus=status, result="r", testResultValue=[TestResultValue(name="rowCount", value="3")],
            passedRows=2, failedRows=1, passedRowsPercentage=66.6, failedRowsPercentage=33.3), fqn_of(column))
    results = metadata.get_test_case_results(fqn_of(column), NOW, NOW + 1)
    assert [(one.testCaseStatus, one.passedRows) for one in results] == [(TestCaseStatus.Success, 2), (TestCaseStatus.Failed, 2)]
    newest = metadata.get_by_name(entity=TestCase, fqn=fqn_of(column), fields=["*"])
    assert newest.testCaseStatus == TestCaseStatus.Success and newest.testCaseResult.timestamp.root == NOW + 1
    suite = metadata.get_by_name(entity=TestSuite, fqn=f"{fqn_of(table)}.testSuite", fields=["*"])
    assert {test.id.root for test in suite.tests} == {case.id.root, column.id.root} and suite.summary.success == suite.summary.total == 1
    listed = list(metadata.list_all_entities(entity=TestCase, fields=["testSuite", "testDefinition"], params={"testSuiteId": str(suite.id.root)}))
    assert {one.id.root for one in listed} == {case.id.root, column.id.root}
    patched = metadata.patch_description(entity=TestCase, source=case, description="other", force=True)
    assert patched.description.root == "other"


@pytest.mark.covers("add_logical_test_cases", "get_or_create_test_suite")
def test_logical_suites(metadata, table):
    case = case_of(metadata, table)
    suite = metadata.get_or_create_test_suite(unique("logical"))
    assert not suite.basic and metadata.get_or_create_test_suite(suite.name.root).id == suite.id
    metadata.add_logical_test_cases(CreateLogicalTestCases(testSuiteId=suite.id, testCaseIds=[case.id.root]))
    read = metadata.get_by_id(entity=TestSuite, entity_id=suite.id, fields=["tests"])
    assert [test.id for test in read.tests] == [case.id]


@pytest.mark.covers("create_test_case_resolution", "ingest_failed_rows_sample", "ingest_inspection_query")
def test_incidents_and_samples(metadata, table):
    case = case_of(metadata, table)
    metadata.add_test_case_results(TestCaseResult(timestamp=Timestamp(NOW), testCaseStatus=TestCaseStatus.Failed), fqn_of(case))
    opened = metadata.get_by_name(entity=TestCase, fqn=fqn_of(case), fields=["incidentId"]).incidentId
    acknowledged = metadata.create_test_case_resolution(CreateTestCaseResolutionStatus(
        testCaseResolutionStatusType=TestCaseResolutionStatusTypes.Ack, testCaseReference=fqn_of(case)))
    assert acknowledged.stateId == opened and acknowledged.testCaseReference.id == case.id
    resolved = metadata.create_test_case_resolution(CreateTestCaseResolutionStatus(
        testCaseResolutionStatusType=TestCaseResolutionStatusTypes.Resolved, testCaseReference=fqn_of(case),
        testCaseResolutionStatusDetails=Resolved(testCaseFailureReason=TestCaseFailureReasonType.Duplicates, testCaseFailureComment="c")))
    assert resolved.testCaseResolutionStatusDetails.testCaseFailureReason == TestCaseFailureReasonType.Duplicates
    assert resolved.updatedBy.name == "ingestion-bot"
    sample = metadata.ingest_failed_rows_sample(case, TableData(columns=["a"], rows=[[1], ["x"], [None]]), validate=False)
    assert [name.root for name in sample.columns] == ["a"] and sample.rows == [[1], ["x"], [None]]
    assert metadata.ingest_inspection_query(case, 'SELECT "a.b"\nFROM t').inspectionQuery.root == 'SELECT "a.b"\nFROM t'


# ---- the real workflow

WORKFLOW = """
source:
  type: TestSuite
  serviceName: {service}
  sourceConfig:
    config:
      type: TestSuite
      entityFullyQualifiedName: {service}.{schema}.customers
processor:
  type: orm-test-runner
  config:
    testCases:
      - name: email_unique
        testDefinitionName: columnValuesToBeUnique
        columnName: email
      - name: born_known
        testDefinitionName: columnValuesToBeNotNull
        columnName: born
        computePassedFailedRowCount: true
      - name: as_many
        testDefinitionName: tableRowCountToEqual
        parameterValues:
          - name: value
            value: "3"
      - name: ids
        testDefinitionName: columnValuesToBeBetween
        columnName: id
        parameterValues:
          - name: minValue
            value: "1"
          - name: maxValue
            value: "2"
sink:
  type: metadata-rest
  config: {{}}
""" + WORKFLOW_SERVER


MORE = "INSERT INTO customers VALUES (2, 'b@example.com', 'B', NULL, {no}), (3, 'c@example.com', 'C', '2001-01-01', {no});"


def check_workflow(server, home, service, schema):
    """Runs the tests twice; what is stored is what the data say."""
    token, api = server.bot_token(), Api(server.base, server.login())
    text = WORKFLOW.format(url=server.url, token=token, service=service, schema=schema)
    run_client("test", home, text, warnings=False)
    read = lambda: {one["name"]: one for one in api.get("/dataQuality/testCases?fields=testCaseResult&limit=100", headers=SDK)["data"]}
    found = {name: one["testCaseResult"] for name, one in read().items()}
    assert {name: one["testCaseStatus"] for name, one in found.items()} == {
        "email_unique": "Success", "born_known": "Failed", "as_many": "Success", "ids": "Failed"}
    assert (found["born_known"]["passedRows"], found["born_known"]["failedRows"]) == (2, 1)
    assert {value["name"]: value["value"] for value in found["email_unique"]["testResultValue"]} == {"valueCount": "3", "uniqueCount": "3"}
    run_client("test", home, text, warnings=False)  # again: the same cases get further results
    assert all(one["version"] == 0.1 for one in read().values())
    path = f"/dataQuality/testCases/testCaseResults/{service}.{schema}.customers.email.email_unique"
    assert len(api.get(path)["data"]) == 2
    suite = api.get(f"/dataQuality/testSuites/name/{service}.{schema}.customers.testSuite?fields=summary")
    assert (suite["summary"]["success"], suite["summary"]["failed"]) == (2, 2)
    # The server's own runs come to the same.
    for one in read().values():
        own = api.call("POST", f"/dataQuality/testCases/{one['id']}/execute", status=200).json()
        assert own["testCaseStatus"] == found[one["name"]]["testCaseStatus"], (one["name"], own)
    assert '"status":5' not in server.log().replace(" ", "")


needs_client = pytest.mark.skipif(not PROGRAM.exists(), reason="the real client is not installed: tools/test-venv")


@pytest.mark.ingest
@needs_client
def test_the_real_workflow_stores_its_results(tmp_path):
    server = Server().start()
    shop = Shop(server, server.bot_token(), tmp_path)
    shop.sql(MORE.format(no="0"))
    shop.ingest()
    check_workflow(server, tmp_path, "local_sqlite", "shop.main")
    server.end()


@pytest.mark.ingest
@needs_client
def test_the_real_workflow_on_postgres_stores_its_results(tmp_path):
    with PostgresServer() as postgres:
        postgres.psql("CREATE DATABASE shop")
        postgres.psql("CREATE TABLE customers (id integer PRIMARY KEY, email varchar(120) NOT NULL UNIQUE, name text, born date, vip boolean);"
                      "INSERT INTO customers VALUES (1, 'a@example.com', 'A', '2000-01-01', true);" + MORE.format(no="false"), "shop")
        server = Server().start()
        ingest_postgres(tmp_path, postgres, server, {"schemaFilterPattern": {"includes": ["public"]}})
        check_workflow(server, tmp_path, "local_pg", "shop.public")
        assert PASSWORD not in server.log()
        server.end()
