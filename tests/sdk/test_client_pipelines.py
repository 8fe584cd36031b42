"""The real client's calls for ingestion pipelines beside their entity: statuses by time, logs, running them."""

import uuid

import pytest

pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")

from metadata.generated.schema.entity.services.ingestionPipelines.ingestionPipeline import PipelineState, PipelineStatus
from metadata.generated.schema.type.basic import Timestamp
from metadata.ingestion.ometa.client import APIError

from client import Chain
from kinds import KINDS

NOW = 1_700_000_000_000


@pytest.fixture(scope="module")
def pipeline(api):
    kind = next(one for one in KINDS if one.type == "ingestionPipeline")
    return api.post(kind.collection, kind.body(Chain(api, "sdkruns")))


@pytest.mark.covers("create_or_update_pipeline_status", "get_pipeline_status_between_ts")
def test_statuses_between_two_moments(metadata, pipeline):
    fqn = pipeline["fullyQualifiedName"]
    for hour in range(3):
        metadata.create_or_update_pipeline_status(fqn, PipelineStatus(
            runId=str(uuid.uuid4()), pipelineState=PipelineState.success, timestamp=Timestamp(NOW + hour)))
    found = metadata.get_pipeline_status_between_ts(fqn, NOW + 1, NOW + 2)
    assert [status.timestamp.root for status in found] == [NOW + 2, NOW + 1] and found[0].pipelineState == PipelineState.success
    assert metadata.get_pipeline_status_between_ts(fqn, 0, 1) == []


@pytest.mark.covers("close_log_stream", "create_log_stream", "get_logs_from_s3", "send_logs_batch", "send_logs_to_s3")
def test_logs_of_a_run(metadata, pipeline):
    fqn, run = pipeline["fullyQualifiedName"], uuid.uuid4()
    assert metadata.create_log_stream(fqn, run) == str(run)
    assert metadata.get_logs_from_s3(fqn, run) is None  # nothing yet
    assert metadata.send_logs_to_s3(fqn, run, "one\ntwo")
    lines = "\n".join(f"line {i} é" for i in range(3000))
    assert metadata.send_logs_to_s3(fqn, run, lines, compress=True)
    assert metadata.send_logs_batch(fqn, run, "the end")["logs_sent"] == 1
    assert metadata.close_log_stream(fqn, run, str(run))
    assert metadata.get_logs_from_s3(fqn, run, limit=10_000) == "one\ntwo\n" + lines + "\nthe end\n"
    assert metadata.get_logs_from_s3(fqn, run, offset=1, limit=2) == "two\nline 0 é\n"
    assert metadata.get_logs_from_s3(fqn, run, offset=5000) == ""


def test_nothing_runs_pipelines_and_the_server_says_so(metadata, pipeline):
    with pytest.raises(APIError) as refused:
        metadata.run_pipeline(pipeline["id"])
    assert refused.value.status_code == 501 and "runs no ingestion pipelines" in str(refused.value)
