"""The real Python client's calls for dashboards and pipelines."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.data.createChart import CreateChartRequest
from metadata.generated.schema.api.data.createDashboard import CreateDashboardRequest
from metadata.generated.schema.api.data.createPipeline import CreatePipelineRequest
from metadata.generated.schema.api.services.createDashboardService import CreateDashboardServiceRequest
from metadata.generated.schema.api.services.createPipelineService import CreatePipelineServiceRequest
from metadata.generated.schema.entity.data.chart import Chart, ChartType
from metadata.generated.schema.entity.data.dashboard import Dashboard
from metadata.generated.schema.entity.data.pipeline import Pipeline, PipelineStatus, StatusType, Task, TaskStatus
from metadata.generated.schema.entity.services.dashboardService import DashboardService, DashboardServiceType
from metadata.generated.schema.entity.services.pipelineService import PipelineService, PipelineServiceType
from metadata.generated.schema.type.basic import Timestamp
from metadata.generated.schema.type.tagLabel import LabelType, State, TagLabel, TagSource

from client import unique

NOW = 1_700_000_000_000


@pytest.fixture(scope="module")
def bi(metadata):
    return metadata.create_or_update(
        CreateDashboardServiceRequest(name=unique("sdkbi"), serviceType=DashboardServiceType.Superset))


@pytest.fixture(scope="module")
def flow(metadata):
    return metadata.create_or_update(
        CreatePipelineServiceRequest(name=unique("sdkflow"), serviceType=PipelineServiceType.Airflow))


def requests_of(bi, flow):
    """(model, create request) of every type of this file."""
    return [
        (DashboardService, CreateDashboardServiceRequest(name=unique("b"), serviceType=DashboardServiceType.Tableau)),
        (Dashboard, CreateDashboardRequest(name=unique("d"), service=bi.fullyQualifiedName)),
        (Chart, CreateChartRequest(name=unique("c"), service=bi.fullyQualifiedName, chartType=ChartType.Bar)),
        (PipelineService, CreatePipelineServiceRequest(name=unique("f"), serviceType=PipelineServiceType.Dagster)),
        (Pipeline, CreatePipelineRequest(name=unique("p"), service=flow.fullyQualifiedName, tasks=[Task(name="a")])),
    ]


@pytest.mark.covers("create_or_update", "get_by_name", "get_by_id", "list_all_entities", "patch_description", "get_entity_reference", "delete")
@pytest.mark.parametrize("index", range(5), ids=["dashboardService", "dashboard", "chart", "pipelineService", "pipeline"])
def test_create_get_patch_and_delete(metadata, bi, flow, index):
    model, request = requests_of(bi, flow)[index]
    made = metadata.create_or_update(request)
    assert metadata.create_or_update(request).id == made.id
    fields = ["owners", "tags"]
    by_name = metadata.get_by_name(entity=model, fqn=made.fullyQualifiedName, fields=fields)
    assert by_name.id == made.id
    assert metadata.get_by_id(entity=model, entity_id=made.id, fields=["*"]).name == made.name
    assert made.id in [entity.id for entity in metadata.list_all_entities(entity=model, fields=fields)]
    patched = metadata.patch_description(entity=model, source=by_name, description="told by the client")
    # Of a pipeline service the client's model has a plain text where all others have one in a wrapping.
    assert getattr(patched.description, "root", patched.description) == "told by the client"
    assert patched.version.root == 0.2
    assert metadata.get_entity_reference(entity=model, fqn=made.fullyQualifiedName).id == made.id
    metadata.delete(entity=model, entity_id=made.id, hard_delete=True)
    assert metadata.get_by_id(entity=model, entity_id=made.id) is None


def test_a_dashboard_with_charts(metadata, bi):
    charts = [metadata.create_or_update(CreateChartRequest(name=name, service=bi.fullyQualifiedName)) for name in ("x", "y")]
    request = CreateDashboardRequest(name=unique("d"), service=bi.fullyQualifiedName,
                                     charts=[chart.fullyQualifiedName for chart in charts])
    made = metadata.create_or_update(request)
    shown = metadata.get_by_name(entity=Dashboard, fqn=made.fullyQualifiedName, fields=["charts"])
    assert [entry.id for entry in shown.charts.root] == [chart.id for chart in charts]
    assert shown.serviceType == DashboardServiceType.Superset


@pytest.mark.covers("add_pipeline_status", "add_task_to_pipeline", "clean_pipeline_tasks")
def test_tasks_and_runs_of_a_pipeline(metadata, flow):
    request = CreatePipelineRequest(name=unique("p"), service=flow.fullyQualifiedName,
                                    tasks=[Task(name="extract", downstreamTasks=["load"]), Task(name="load")])
    made = metadata.create_or_update(request)
    run = PipelineStatus(timestamp=Timestamp(NOW), executionStatus=StatusType.Failed, taskStatus=[
        TaskStatus(name="extract", executionStatus=StatusType.Successful, startTime=Timestamp(NOW), endTime=Timestamp(NOW + 5)),
        TaskStatus(name="load", executionStatus=StatusType.Failed)])
    told = metadata.add_pipeline_status(fqn=made.fullyQualifiedName.root, status=run)
    assert told.id == made.id
    shown = metadata.get_by_id(entity=Pipeline, entity_id=made.id, fields=["pipelineStatus", "tasks"])
    assert shown.pipelineStatus.executionStatus == StatusType.Failed and len(shown.pipelineStatus.taskStatus) == 2

    more = metadata.add_task_to_pipeline(shown, Task(name="report"))
    assert [entry.name for entry in more.tasks] == ["report", "extract", "load"]
    fewer = metadata.clean_pipeline_tasks(more, ["report"])
    assert [entry.name for entry in fewer.tasks] == ["report"]


@pytest.mark.covers("patch")
def test_tags_of_a_task_are_patched(metadata, flow):
    made = metadata.create_or_update(CreatePipelineRequest(
        name=unique("p"), service=flow.fullyQualifiedName, tasks=[Task(name="extract"), Task(name="load")]))
    source = metadata.get_by_id(entity=Pipeline, entity_id=made.id, fields=["tasks", "tags"])
    destination = source.model_copy(deep=True)
    destination.tasks[1].tags = [TagLabel(tagFQN="PII.Sensitive", source=TagSource.Classification,
                                          labelType=LabelType.Manual, state=State.Confirmed)]
    metadata.patch(entity=Pipeline, source=source, destination=destination)
    shown = metadata.get_by_id(entity=Pipeline, entity_id=made.id, fields=["tasks", "tags"])
    assert [tag.tagFQN.root for tag in shown.tasks[1].tags] == ["PII.Sensitive"] and not shown.tasks[0].tags
