"""Aims, apps' workflows and documents by the real client."""

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.api.dataInsight.kpi.createKpiRequest import CreateKpiRequest
from metadata.generated.schema.dataInsight.kpi.basic import KpiResult
from metadata.generated.schema.entity.automations.testServiceConnection import TestServiceConnectionRequest
from metadata.generated.schema.entity.automations.workflow import Workflow, WorkflowStatus
from metadata.generated.schema.api.automations.createWorkflow import CreateWorkflowRequest
from metadata.generated.schema.entity.services.connections.testConnectionResult import (
    StatusType, TestConnectionResult, TestConnectionStepResult)

from client import unique


@pytest.mark.covers("add_kpi_result", "create_kpi", "get_kpi_result")
def test_create_kpi_and_its_results_over_time(metadata):
    name = unique("kpi")
    made = metadata.create_kpi(CreateKpiRequest(
        name=name, description="d", dataInsightChart="number_of_data_asset_with_owner_kpi", startDate=1_700_000_000_000,
        endDate=1_800_000_000_000, targetValue=10, metricType="NUMBER"))
    assert made.name.root == name and made.dataInsightChart.name == "number_of_data_asset_with_owner_kpi" and made.targetValue == 10
    told = []
    for at in (1_700_000_000_000, 1_700_086_400_000):
        told.append(KpiResult(**metadata.add_kpi_result(name, KpiResult(timestamp=at, kpiFqn=name, targetResult=[
            {"name": "hasOwner", "value": str(at), "targetMet": False}]))))
        assert told[-1].timestamp.root == at and told[-1].targetResult[0].value == str(at)
    assert metadata.get_kpi_result(name, 1_600_000_000_000, 1_800_000_000_000) == told[::-1]
    assert metadata.get_kpi_result(name, 1_700_000_000_001, 1_800_000_000_000) == told[1:]


@pytest.mark.covers("patch_automation_workflow_response")
def test_patch_automation_workflow_response_keeps_what_came_out(metadata):
    made = metadata.create_or_update(CreateWorkflowRequest(
        name=unique("flow"), workflowType="TEST_CONNECTION", request=TestServiceConnectionRequest(
            serviceType="Database", connectionType="Mysql", serviceName="shop")))
    assert made.status == WorkflowStatus.Pending and made.request.connectionType == "Mysql"
    metadata.patch_automation_workflow_response(made, TestConnectionResult(status=StatusType.Successful, steps=[
        TestConnectionStepResult(name="CheckAccess", mandatory=True, passed=True)]), WorkflowStatus.Successful)
    after = metadata.get_by_id(entity=Workflow, entity_id=made.id, nullable=False)
    assert after.status == WorkflowStatus.Successful and after.response.status == StatusType.Successful
    assert [step.name for step in after.response.steps] == ["CheckAccess"] and after.response.steps[0].passed is True
