"""The real client's methods about the server itself: versions, settings, services made from a configuration, pipelines and their runs."""

import uuid

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.services.createDatabaseService import CreateDatabaseServiceRequest
from metadata.generated.schema.api.services.ingestionPipelines.createIngestionPipeline import CreateIngestionPipelineRequest
from metadata.generated.schema.configuration.profilerConfiguration import MetricConfigurationDefinition, ProfilerConfiguration
from metadata.generated.schema.entity.data.table import DataType
from metadata.generated.schema.entity.services.databaseService import DatabaseService, DatabaseServiceType
from metadata.generated.schema.entity.services.ingestionPipelines.ingestionPipeline import (
    AirflowConfig, IngestionPipeline, PipelineState, PipelineStatus, PipelineType)
from metadata.generated.schema.entity.services.ingestionPipelines.status import IngestionStatus, StepSummary
from metadata.generated.schema.metadataIngestion.databaseServiceMetadataPipeline import DatabaseServiceMetadataPipeline
from metadata.generated.schema.metadataIngestion.workflow import Source, SourceConfig
from metadata.generated.schema.settings.settings import Settings, SettingType
from metadata.generated.schema.type.basic import Timestamp
from metadata.generated.schema.type.entityReference import EntityReference
from metadata.ingestion.ometa.client import APIError

from client import unique

NOW = 1_700_000_000_000


@pytest.mark.covers("get_server_version", "validate_versions")
def test_the_server_is_of_the_clients_release(metadata):
    assert metadata.get_server_version() == "1.10.3"
    assert metadata.validate_versions() is None  # an exception where they differ


@pytest.mark.covers("list_services")
def test_services_are_listed(metadata):
    name = unique("listed")
    metadata.create_or_update(CreateDatabaseServiceRequest(name="0" + name, serviceType=DatabaseServiceType.Mysql))
    found = {service.name.root: service for service in metadata.list_services(DatabaseService)}
    assert found["0" + name].serviceType == DatabaseServiceType.Mysql


def source_of(name):
    return Source.model_validate({
        "type": "sqlite", "serviceName": name,
        "serviceConnection": {"config": {"type": "SQLite", "databaseMode": "/tmp/no-such.db"}},
        "sourceConfig": {"config": {"type": "DatabaseMetadata"}}})


@pytest.mark.covers("get_service_or_create", "create_service_from_source")
def test_a_service_is_made_from_a_configuration_once(metadata):
    name = unique("configured")
    made = metadata.get_service_or_create(DatabaseService, source_of(name))
    assert made.name.root == name and made.serviceType == DatabaseServiceType.SQLite
    assert made.connection.config.databaseMode == "/tmp/no-such.db"
    again = metadata.get_service_or_create(DatabaseService, source_of(name))
    assert again.id == made.id and again.version.root == 0.1
    forced = metadata.create_service_from_source(DatabaseService, source_of(name))
    assert forced.id == made.id and forced.connection.config.databaseMode == "/tmp/no-such.db"


# ---- settings --------------------------------------------------------------------------------------------------------

@pytest.mark.covers("get_profiler_config_settings")
def test_the_profilers_settings_are_there_from_the_start(metadata):
    settings = metadata.get_profiler_config_settings()
    assert settings.config_type == SettingType.profilerConfiguration
    assert settings.config_value.metricConfiguration == []


@pytest.mark.covers("create_or_update_settings", "get_settings_by_name")
def test_settings_are_kept(admin_client, metadata):
    before = admin_client.get_settings_by_name(SettingType.profilerConfiguration)
    wanted = Settings(config_type=SettingType.profilerConfiguration, config_value=ProfilerConfiguration(
        metricConfiguration=[MetricConfigurationDefinition(dataType=DataType.INT, disabled=True)]))
    try:
        told = admin_client.create_or_update_settings(wanted)
        assert told.config_value.metricConfiguration[0].dataType == DataType.INT
        read = metadata.get_profiler_config_settings()
        assert [(entry.dataType, entry.disabled) for entry in read.config_value.metricConfiguration] == [(DataType.INT, True)]
    finally:
        admin_client.create_or_update_settings(before)
    assert metadata.get_profiler_config_settings().config_value.metricConfiguration == []


def test_settings_are_changed_by_administrators_only(metadata):
    with pytest.raises(APIError) as raised:
        metadata.create_or_update_settings(Settings(config_type=SettingType.profilerConfiguration, config_value=ProfilerConfiguration(
            metricConfiguration=[])))
    assert raised.value.status_code == 403


# ---- ingestion pipelines ---------------------------------------------------------------------------------------------

@pytest.fixture
def pipeline(metadata):
    service = metadata.create_or_update(CreateDatabaseServiceRequest(name=unique("fed"), serviceType=DatabaseServiceType.SQLite))
    return metadata.create_or_update(CreateIngestionPipelineRequest(
        name="nightly", pipelineType=PipelineType.metadata, airflowConfig=AirflowConfig(),
        sourceConfig=SourceConfig(config=DatabaseServiceMetadataPipeline(includeViews=True)),
        service=EntityReference(id=service.id, type="databaseService")))


def status_of(run, state, at):
    return PipelineStatus(runId=str(run), pipelineState=state, startDate=Timestamp(at), timestamp=Timestamp(at), endDate=Timestamp(at + 5),
                          status=IngestionStatus(root=[StepSummary(name="SQLite", records=6, errors=0, warnings=1)]))


@pytest.mark.covers("create_or_update_pipeline_status", "get_pipeline_status", "get_pipeline_status_between_ts")
def test_runs_of_an_ingestion_pipeline(metadata, pipeline):
    fqn, runs = pipeline.fullyQualifiedName.root, [uuid.uuid4() for _ in range(3)]
    assert metadata.get_pipeline_status(fqn, str(runs[0])) is None
    for number, run in enumerate(runs):
        metadata.create_or_update_pipeline_status(fqn, status_of(run, PipelineState.running, NOW + number * 1000))
    metadata.create_or_update_pipeline_status(fqn, status_of(runs[0], PipelineState.success, NOW))
    read = metadata.get_pipeline_status(fqn, str(runs[0]))
    assert read.runId == str(runs[0]) and read.pipelineState == PipelineState.success and read.endDate.root == NOW + 5
    assert [(step.name, step.records, step.warnings) for step in read.status.root] == [("SQLite", 6, 1)]
    between = metadata.get_pipeline_status_between_ts(fqn, NOW + 500, NOW + 2000)
    assert {status.runId for status in between} == {str(run) for run in runs[1:]}
    assert metadata.get_pipeline_status_between_ts(fqn, NOW + 5000, NOW + 9000) == []
    shown = metadata.get_by_id(IngestionPipeline, pipeline.id, fields=["pipelineStatuses"])
    assert shown.version.root == 0.1 and shown.pipelineStatuses.runId == str(runs[2])


@pytest.mark.covers("extract_pipeline_id_from_fqn")
def test_a_pipelines_id_is_found_by_its_name(metadata, pipeline):
    assert metadata.extract_pipeline_id_from_fqn(pipeline.fullyQualifiedName.root) == str(pipeline.id.root)
    assert metadata.extract_pipeline_id_from_fqn("no.such_pipeline") is None


@pytest.mark.covers("get_ingestion_pipeline_by_name")
def test_the_list_of_pipelines_is_answered(metadata, pipeline):
    # The method asks for the list, and looks in it for one pipeline's members: it finds nothing with any server.
    assert metadata.get_ingestion_pipeline_by_name(params={"service": pipeline.service.fullyQualifiedName}) is None
    listed = metadata.client.get("/services/ingestionPipelines", data={"service": pipeline.service.fullyQualifiedName})
    assert [entry["id"] for entry in listed["data"]] == [str(pipeline.id.root)]
