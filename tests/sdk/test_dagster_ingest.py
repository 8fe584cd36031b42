"""The real `metadata ingest` of a real Dagster: jobs with their ops and runs, nothing new, what ran since, and what went."""

import pathlib

import pytest

from client import Api
from dagster_server import DagsterServer, environment
from harness import Server
from sdk_client import WORKFLOW_SERVER
from workflow import assert_all_taken, requests_of, run_client

pytestmark = pytest.mark.ingest
SDK = {"X-Metadata-Dialect": "openmetadata"}
REPOSITORY, LOCATION = "__repository__", "night shop"  # the first is what Dagster calls that of `Definitions`

CONFIG = """
source:
  type: dagster
  serviceName: local_dagster
  serviceConnection:
    config: {{type: Dagster, host: "{host}"}}
  sourceConfig:
    config: {{type: PipelineMetadata, markDeletedPipelines: true, includeTags: true}}
sink:
  type: metadata-rest
  config: {{}}
""" + WORKFLOW_SERVER

JOBS = """{
  repositoriesOrError { ... on RepositoryConnection { nodes {
    name
    location { name }
    pipelines { id name description solidHandles { handleID solid { inputs { dependsOn { solid { name } } } } } }
  } } }
}"""
RUNS = "{ runsOrError { ... on Runs { results { jobName status stepStats { stepKey status startTime endTime } } } } }"
OUTCOMES = {"SUCCESS": "Successful", "FAILURE": "Failed"}


class Shop:
    def __init__(self, home, programs, dagster, server):
        self.home, self.programs, self.dagster, self.server = home, programs, dagster, server
        self.api = Api(server.base, server.login())

    def ingest(self):
        run_client("ingest", self.home, CONFIG.format(
            host=self.dagster.url, url=self.server.url, token=self.server.bot_token()), program=self.programs / "metadata")
        assert_all_taken(self.server)

    def jobs(self):
        """What Dagster says of its jobs."""
        (repository,) = self.dagster.ask(JOBS)["repositoriesOrError"]["nodes"]
        assert (repository["name"], repository["location"]["name"]) == (REPOSITORY, LOCATION)
        return {job["name"]: job for job in repository["pipelines"]}

    def steps(self, job):
        """What Dagster says of the steps of this job's runs, as the catalog should have it, the newest first."""
        steps = [step for run in self.dagster.ask(RUNS)["runsOrError"]["results"] if run["jobName"] == job for step in run["stepStats"]]
        return sorted(({"timestamp": round(step["startTime"] * 1000), "executionStatus": OUTCOMES[step["status"]], "taskStatus": [{
            "name": step["stepKey"], "executionStatus": OUTCOMES[step["status"]], "startTime": round(step["startTime"] * 1000),
            "endTime": round(step["endTime"] * 1000)}]} for step in steps), key=lambda status: -status["timestamp"])

    def pipelines(self, query=""):
        found = self.api.get(f"/pipelines?service=local_dagster&limit=100{query}", headers=SDK)["data"]
        return {pipeline["displayName"]: pipeline for pipeline in found}

    def statuses(self, job):
        fqn = self.pipelines("&include=all")[job]["fullyQualifiedName"]
        return self.api.get(f"/pipelines/{fqn}/status?startTs=0&endTs=4102444800000", headers=SDK)["data"]

    def versions(self):
        kinds = ("/services/pipelineServices", "/pipelines", "/classifications", "/tags")
        return {entity["fullyQualifiedName"]: entity["version"]
                for kind in kinds for entity in self.api.get(f"{kind}?limit=1000&include=all", headers=SDK)["data"]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    home, programs = tmp_path_factory.mktemp("dagster"), environment() / "bin"
    definitions = pathlib.Path(__file__).with_name("dagster_shop.py")
    with DagsterServer(programs, home / "dagster", definitions, LOCATION) as dagster:
        outcomes = dagster.run(REPOSITORY, "nightly_orders", "check_orders")
        assert outcomes == {"nightly_orders": "SUCCESS", "check_orders": "FAILURE"}
        server = Server(args=["--access-log"]).start()
        made = Shop(home, programs, dagster, server)
        made.ingest()
        yield made
        server.end()


def test_jobs_are_pipelines(shop):
    jobs, found = shop.jobs(), shop.pipelines("&fields=owners,tags")
    assert set(found) == set(jobs) == {"nightly_orders", "check_orders", "by_hand", "__ASSET_JOB"}
    for name, job in jobs.items():
        pipeline = found[name]
        assert pipeline["name"] == job["id"] and pipeline["fullyQualifiedName"] == f"local_dagster.{job['id']}"
        assert pipeline.get("description") == job["description"] and pipeline["serviceType"] == "Dagster"
        assert pipeline["sourceUrl"] == f"{shop.dagster.url}/locations/{LOCATION}/jobs/{name}/"
        assert [tag["tagFQN"] for tag in pipeline["tags"]] == [f"DagsterTags.{REPOSITORY}"] and pipeline["owners"] == []
    assert found["nightly_orders"]["description"] == "orders of *each* night"


def test_ops_are_tasks_with_what_they_depend_on(shop):
    found = shop.pipelines("&fields=tasks")
    for name, job in shop.jobs().items():
        # The client writes what an op depends on where the model has what comes after it.
        wanted = {op["handleID"]: [one["solid"]["name"] for given in op["solid"]["inputs"] for one in given["dependsOn"]]
                  for op in job["solidHandles"]}
        tasks = found[name]["tasks"]
        assert {task["name"]: task.get("downstreamTasks", []) for task in tasks} == wanted and len(tasks) == len(wanted)
        assert all(task["sourceUrl"] == found[name]["sourceUrl"] + task["name"] for task in tasks)
    tasks = {task["name"]: task for task in found["nightly_orders"]["tasks"]}
    assert tasks["join"]["downstreamTasks"] == ["extract_customers", "extract_orders"]
    inner = tasks["publishing.publish"]  # an op in a graph
    assert inner["fullyQualifiedName"] == found["nightly_orders"]["fullyQualifiedName"] + '."publishing.publish"'


def test_runs_of_ops_are_statuses(shop):
    found = shop.pipelines("&fields=pipelineStatus")
    assert len(shop.steps("nightly_orders")) == 4 and len(shop.steps("check_orders")) == 2  # `report` never began
    for name in found:
        steps = shop.steps(name)
        assert shop.statuses(name) == steps
        assert found[name].get("pipelineStatus") == (steps[0] if steps else None)
    failed = {task["name"] for status in shop.statuses("check_orders") for task in status["taskStatus"]
              if status["executionStatus"] == "Failed"}
    assert failed == {"compare"}


def test_the_client_used_the_routes_of_pipelines(shop):
    said, _ = requests_of(shop.server)
    told = {}
    for one in said:
        if one["method"] == "PUT" and one["status"] < 300:
            told[one["target"]] = told.get(one["target"], 0) + 1
    for name, pipeline in shop.pipelines().items():
        assert told.get(f"/api/v1/pipelines/{pipeline['fullyQualifiedName']}/status", 0) == len(shop.steps(name))
        assert told[f"/api/v1/usage/pipeline/{pipeline['id']}"] == 1
    assert any(one["target"].startswith("/api/v1/usage/compute.percentile/pipeline/") for one in said)


def test_a_second_run_changes_nothing(shop):
    before, statuses = shop.versions(), {name: shop.statuses(name) for name in shop.pipelines()}
    shop.ingest()
    assert shop.versions() == before
    assert {name: shop.statuses(name) for name in shop.pipelines()} == statuses  # the same run is the same status


def test_a_third_run_follows_what_ran_and_what_went(shop):
    before, gone = shop.versions(), shop.pipelines()["by_hand"]
    assert shop.dagster.run(REPOSITORY, "nightly_orders") == {"nightly_orders": "SUCCESS"}
    shop.dagster.replace("check_orders, by_hand]", "check_orders]")
    assert "by_hand" not in shop.jobs()
    shop.ingest()
    assert set(shop.pipelines()) == set(shop.jobs())
    assert shop.api.get(f"/pipelines/{gone['id']}?include=deleted", headers=SDK)["deleted"] is True
    assert len(shop.statuses("nightly_orders")) == 8 and shop.statuses("nightly_orders") == shop.steps("nightly_orders")
    changed = {fqn for fqn, version in shop.versions().items() if before.get(fqn) != version}
    assert changed == {gone["fullyQualifiedName"]}
