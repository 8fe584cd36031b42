"""Pipelines: their tasks, and the runs that are told of them."""

import pytest

from client import name_path, text_of, unique

NOW = 1_700_000_000_000


class Home:
    """A pipeline service to put pipelines into."""

    def __init__(self, api):
        self.api = api
        self.service = api.post("/services/pipelineServices", {"name": unique("flow"), "serviceType": "Airflow"})
        self.fqn = self.service["fullyQualifiedName"]

    def body(self, name=None, **more):
        return {"name": name or unique("p"), "service": self.fqn} | more

    def pipeline(self, name=None, **more):
        return self.api.post("/pipelines", self.body(name, **more))


@pytest.fixture
def home(api):
    return Home(api)


def task(name, **more):
    return {"name": name} | more


def label(fqn):
    return {"tagFQN": fqn, "source": "Classification"}


def run(at, state="Successful", **more):
    return {"timestamp": at, "executionStatus": state} | more


def test_a_pipeline_keeps_what_it_is_told(api, home):
    made = home.pipeline(concurrency=3, pipelineLocation="/dags/p.py", startDate="2024-01-31T00:00:00Z",
                         scheduleInterval="@daily", state="Active",
                         tasks=[task("a", downstreamTasks=["b"], taskType="SQL", taskSQL="select 1"), task("b")])
    shown = api.get(f"/pipelines/{made['id']}")
    assert (shown["concurrency"], shown["state"], shown["serviceType"]) == (3, "Active", "Airflow")
    assert [entry["name"] for entry in shown["tasks"]] == ["a", "b"]
    assert shown["tasks"][0]["fullyQualifiedName"] == made["fullyQualifiedName"] + ".a"
    for wrong in ({"state": "Sleeping"}, {"startDate": "tomorrow"}, {"tasks": [{}]}, {"tasks": [task("a", colour=1)]}):
        api.error("POST", "/pipelines", 400, json=home.body(**wrong))


def test_a_pipeline_service_takes_what_its_request_has(api):
    made = api.post("/services/pipelineServices", {
        "name": unique("flow"), "serviceType": "Airflow", "scheduleInterval": "@daily",
        "lifeCycle": {"created": {"timestamp": NOW}}})
    assert "scheduleInterval" not in made and "lifeCycle" not in made


def test_task_names_are_unique_whatever_their_case(api, home):
    wrong = api.error("POST", "/pipelines", 400, json=home.body(tasks=[task("load"), task("Load")]))
    assert "Task name Load is repeated" in text_of(wrong) and wrong["details"]["field"] == "tasks[1].name"


def test_put_matches_tasks_by_name(api, bot, home):
    body = home.body(tasks=[task("a", description="by hand"), task("b")])
    made = api.put("/pipelines", body, status=201)
    merged = bot.put("/pipelines", body | {"tasks": [task("a", description="by machine", sourceUrl="http://a"), task("b")]})
    assert merged["tasks"][0]["description"] == "by hand" and merged["tasks"][0]["sourceUrl"] == "http://a"
    assert merged["version"] == 0.2
    # All tasks are sent each time: what is missing is gone, which is a major change.
    fewer = bot.put("/pipelines", body | {"tasks": [task("b")]})
    assert [entry["name"] for entry in fewer["tasks"]] == ["b"] and fewer["version"] == 1.2
    assert fewer["changeDescription"]["fieldsDeleted"][0]["name"] == "tasks"
    assert api.get(f"/pipelines/{made['id']}/versions/0.2")["tasks"][0]["name"] == "a"
    more = bot.put("/pipelines", body | {"tasks": [task("b"), task("c")]})
    assert more["version"] == 1.3


def test_tags_on_tasks(api, home):
    made = home.pipeline(tasks=[task("a", tags=[label("PII.Sensitive")]), task("b")])
    path = f"/pipelines/{made['id']}"
    assert "tags" not in api.get(path)["tasks"][0]
    shown = api.get(path + "?fields=tasks,tags")["tasks"]
    assert [entry["tagFQN"] for entry in shown[0]["tags"]] == ["PII.Sensitive"] and shown[1]["tags"] == []
    patched = api.patch(path, [{"op": "add", "path": "/tasks/1/tags/0", "value": label("Tier.Tier1")}])
    assert patched["changeDescription"]["fieldsAdded"][0]["name"] == "tasks.b.tags"
    # A PUT unites labels and takes none away.
    again = api.put("/pipelines", home.body(made["name"], tasks=[task("a"), task("b")]), status=200)
    assert again["version"] == patched["version"]
    assert [entry["tagFQN"] for entry in api.get(path + "?fields=tags")["tasks"][1]["tags"]] == ["Tier.Tier1"]
    api.error("POST", "/pipelines", 404, json=home.body(tasks=[task("a", tags=[label("No.Such")])]))


def test_task_owners_stay_when_a_put_has_none(api, home, person):
    owner = {"id": person[0]["id"], "type": "user"}
    made = home.pipeline(tasks=[task("a", owners=[owner])])
    again = api.put("/pipelines", home.body(made["name"], tasks=[task("a")]), status=200)
    assert again["tasks"][0]["owners"] == [owner] and again["version"] == 0.1


def test_runs_are_a_series_by_time(api, home):
    made = home.pipeline(tasks=[task("a")])
    path = f"/pipelines/{name_path(made['fullyQualifiedName'])}/status"
    answer = api.put(path, run(NOW, "Pending", taskStatus=[{"name": "a", "executionStatus": "Pending"}]), status=200)
    assert answer["id"] == made["id"] and answer["pipelineStatus"]["executionStatus"] == "Pending"
    api.put(path, run(NOW, taskStatus=[{"name": "a", "executionStatus": "Successful", "startTime": NOW, "endTime": NOW + 9,
                                        "logLink": "http://log/1"}]))
    api.put(path, run(NOW - 1000, "Failed"))
    assert [entry["timestamp"] for entry in api.get(f"{path}?startTs={NOW - 1000}&endTs={NOW}")["data"]] == [NOW, NOW - 1000]
    assert api.get(f"{path}?startTs={NOW - 1000}&endTs={NOW - 1}")["paging"]["total"] == 1
    assert api.get(f"{path}/{NOW}")["taskStatus"][0]["endTime"] == NOW + 9
    shown = api.get(f"/pipelines/{made['id']}?fields=pipelineStatus")
    assert shown["pipelineStatus"]["executionStatus"] == "Successful" and shown["version"] == 0.1
    assert "pipelineStatus" not in api.get(f"/pipelines/{made['id']}")
    removed = api.call("DELETE", f"{path}/{NOW}", status=200).json()
    assert removed["pipelineStatus"]["timestamp"] == NOW - 1000
    api.error("DELETE", f"{path}/{NOW}", 404)
    assert api.call("GET", f"{path}/{NOW}", status=204).text == ""


def test_a_run_of_an_unknown_task_pipeline_or_state_is_refused(api, home):
    made = home.pipeline(tasks=[task("a")])
    path = f"/pipelines/{made['fullyQualifiedName']}/status"
    wrong = api.error("PUT", path, 400, json=run(NOW, taskStatus=[{"name": "z", "executionStatus": "Failed"}]))
    assert wrong["details"]["field"] == "taskStatus[0].name" and "tasks of the pipeline" in text_of(wrong)
    for body in (run(NOW, "Dreaming"), {"executionStatus": "Failed"}, {"timestamp": NOW}, run(NOW, colour=1), run("today")):
        api.error("PUT", path, 400, json=body)
    api.error("PUT", f"/pipelines/{home.fqn}.none/status", 404, json=run(NOW))
    assert api.get(path)["data"] == []


def test_an_fqn_with_a_slash_needs_no_encoding(api, home):
    made = home.pipeline("team/etl")
    api.put(f"/pipelines/{home.fqn}.team/etl/status", run(NOW))
    assert api.get(f"/pipelines/{home.fqn}.team/etl/status")["data"][0]["timestamp"] == NOW
    assert api.get(f"/pipelines/{made['id']}?fields=pipelineStatus")["pipelineStatus"]["timestamp"] == NOW


def test_a_reader_does_not_tell_runs(home, user):
    made = home.pipeline()
    path = f"/pipelines/{made['fullyQualifiedName']}/status"
    user.error("PUT", path, 403, json=run(NOW))
    user.error("DELETE", f"{path}/{NOW}", (403, 404))
    assert user.get(path)["data"] == []


def test_lists_are_filtered_by_service(api, home):
    made = home.pipeline()
    Home(api).pipeline()
    assert [entry["id"] for entry in api.get(f"/pipelines?service={home.fqn}")["data"]] == [made["id"]]


def test_a_service_with_pipelines_in_it_is_deleted_and_restored_as_a_whole(api, home):
    made = home.pipeline(tasks=[task("a", tags=[label("Tier.Tier1")])])
    path = f"/pipelines/{made['fullyQualifiedName']}/status"
    api.put(path, run(NOW))
    service = f"/services/pipelineServices/{home.service['id']}"
    assert api.error("DELETE", service, 400)["message"] == "pipelineService is not empty"
    api.delete(service + "?recursive=true")
    api.error("GET", path, 404)
    api.put("/services/pipelineServices/restore", {"id": home.service["id"]}, status=200)
    shown = api.get(f"/pipelines/{made['id']}?fields=tags,pipelineStatus")
    assert shown["tasks"][0]["tags"][0]["tagFQN"] == "Tier.Tier1" and shown["pipelineStatus"]["timestamp"] == NOW
    api.delete(service + "?recursive=true&hardDelete=true")
    api.error("GET", f"/pipelines/{made['id']}?include=all", 404)


def test_an_ingestion_pipeline_may_lie_in_a_pipeline_service_beside_a_pipeline_of_its_name(api, home):
    made = home.pipeline("nightly")
    ingestion = api.post("/services/ingestionPipelines", {
        "name": "nightly", "pipelineType": "metadata", "sourceConfig": {"config": {}}, "airflowConfig": {},
        "service": {"id": home.service["id"], "type": "pipelineService"}})
    assert ingestion["fullyQualifiedName"] == made["fullyQualifiedName"] and ingestion["id"] != made["id"]
    shown = api.get(f"/services/pipelineServices/{home.service['id']}?fields=pipelines")["pipelines"]
    assert [entry["id"] for entry in shown] == [ingestion["id"]]
