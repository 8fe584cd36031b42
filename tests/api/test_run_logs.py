"""Logs of the runs of ingestion pipelines: kept in pieces, read by lines, bounded."""

import base64
import gzip

import pytest

from client import Chain, name_path, unique
from kinds import KINDS
from test_permissions import VIEW_ALL, person_with, rule


@pytest.fixture
def pipeline(api):
    kind = next(one for one in KINDS if one.type == "ingestionPipeline")
    return api.post(kind.collection, kind.body(Chain(api, "runs")))


def at(pipeline, run="r1", more=""):
    return f"/services/ingestionPipelines/logs/{name_path(pipeline['fullyQualifiedName'])}/{run}{more}"


def tell(api, path, lines, **more):
    return api.call("POST", path, json={"logs": lines} | more, status=200).json()


def test_lines_are_added_and_read_in_pieces(api, pipeline):
    api.error("GET", at(pipeline), 404)
    assert tell(api, at(pipeline), "one\ntwo") == {"sessionId": "r1", "bytes": 8}
    packed = base64.b64encode(gzip.compress("three é\n".encode())).decode()
    assert tell(api, at(pipeline), packed, compressed=True)["bytes"] == 8 + len("three é\n".encode())
    assert api.get(at(pipeline)) == {"logs": "one\ntwo\nthree é\n", "compressed": False, "total": 3}
    assert api.get(at(pipeline) + "?offset=1&limit=1")["logs"] == "two\n"
    assert api.get(at(pipeline) + "?offset=3")["logs"] == "" and api.get(at(pipeline) + "?limit=0")["logs"] == ""
    assert api.call("POST", at(pipeline, more="/close"), json={}, status=200).json()["bytes"] > 8
    assert api.get(f"/services/ingestionPipelines/{pipeline['id']}")["version"] == 0.1


def test_what_is_no_log_is_refused(api, pipeline):
    bomb = base64.b64encode(gzip.compress(b"x" * (9 << 20))).decode()
    for wrong in ({"logs": 1}, {"logs": "not base64", "compressed": True}, {"logs": bomb, "compressed": True},
                  {"logs": base64.b64encode(gzip.compress(b"\xff\xfe")).decode(), "compressed": True}, []):
        api.error("POST", at(pipeline), 400, json=wrong)
    api.error("POST", at(pipeline, "bad%20id"), 400, json={"logs": "x"})
    api.error("POST", at(pipeline, "r" * 101), 400, json={"logs": "x"})
    api.error("GET", at(pipeline) + "?offset=-1", 400)
    api.error("POST", "/services/ingestionPipelines/logs/no.such/r1", 404, json={"logs": "x"})
    api.error("GET", at(pipeline), 404)


def test_a_run_is_kept_up_to_its_bound_and_a_pipeline_its_newest_runs(api, pipeline):
    for _ in range(2):
        tell(api, at(pipeline, "big"), "x" * 3_000_000)
    assert "8388608 bytes" in api.error("POST", at(pipeline, "big"), 413, json={"logs": "x" * 3_000_000})["message"]
    for run in range(20):
        tell(api, at(pipeline, f"run-{run}"), f"of {run}")
    api.error("GET", at(pipeline, "big"), 404)
    assert [api.get(at(pipeline, f"run-{run}"))["logs"] for run in (0, 19)] == ["of 0\n", "of 19\n"]


def test_logs_are_read_and_written_by_who_may(server, api, pipeline):
    tell(api, at(pipeline), "a line")
    _, sees = person_with(server, api, VIEW_ALL)[:2]
    assert sees.get(at(pipeline))["logs"] == "a line\n"
    assert "EditIngestionPipelineStatus" in sees.error("POST", at(pipeline), 403, json={"logs": "x"})["message"]
    _, narrow = person_with(server, api, rule("deny", ["ViewAll"], None, ["ingestionPipeline"], "not"))[:2]
    narrow.error("GET", at(pipeline), (403, 404))
    api.delete(f"/services/ingestionPipelines/{pipeline['id']}")
    api.error("GET", at(pipeline), 404)
