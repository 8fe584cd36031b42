"""The data quality report: counts by levels, of what a query matches, as whoever asks may see it."""

import json

import pytest

from client import name_path, unique
from test_permissions import VIEW_ALL, person_with, rule
from test_quality import INCIDENTS, Home

DAY = 86_400_000
BEGAN = 1_700_006_400_000  # 2023-11-15T00:00Z
REPORT = "/dataQuality/testSuites/dataQualityReport"


def terms(field, name="b", **more):
    return ":".join((f"bucketName={name}", "aggType=terms", f"field={field}" + "".join(f"&{key}={value}" for key, value in more.items())))


def days(interval="day"):
    return f"bucketName=byDay:aggType=date_histogram:field=timestamp&calendar_interval={interval}"


def metric(kind, field, name="m"):
    return f"bucketName={name}:aggType={kind}:field={field}"


@pytest.fixture(scope="module")
def home(api):
    """Four test cases of one table with results of three days, one day of which has none."""
    home = Home(api)
    home.cases = [home.case("tableRowCountToEqual", None, name="rows", value="1"), home.case(name="full"),
                  home.case("columnValuesToBeUnique", name="unique"), home.case(name="fresh")]
    for n, case in enumerate(home.cases[:3]):
        home.result(case, BEGAN + n, "Success", passedRows=10)
        home.result(case, BEGAN + 2 * DAY + n, "Failed" if n < 2 else "Success", passedRows=5 * n)
    home.mine = {"wildcard": {"entityFQN.keyword": home.fqn + "*"}}
    home.mine_too = {"term": {"testCase.originEntityFQN": home.fqn}}
    return home


def report(api, index, levels, *must, status=200, **query):
    asked = {"aggregationQuery": levels, "index": index} | query
    if must:
        asked["q"] = json.dumps({"query": {"bool": {"must": list(must)}}})
    return api.call("GET", REPORT, params=asked, status=status).json()


def test_test_cases_by_the_status_of_their_newest_result(home):
    found = report(home.api, "testCase", terms("testCaseResult.testCaseStatus", "status"), home.mine)
    assert found == {"metadata": {"keys": ["sterms#status"], "dimensions": ["testCaseResult.testCaseStatus"], "metrics": ["document_count"]},
                     "data": [{"testCaseResult.testCaseStatus": "Failed", "document_count": "2"},
                              {"testCaseResult.testCaseStatus": "Success", "document_count": "1"}]}
    assert report(home.api, "test_case_search_index", terms("testCaseStatus"), home.mine)["data"][0] == {"testCaseStatus": "Failed", "document_count": "2"}


def test_levels_lie_in_each_other(home):
    found = report(home.api, "testCase", terms("dataQualityDimension", "dimension") + "," + terms("testCaseResult.testCaseStatus", "status"), home.mine)
    assert found["metadata"]["keys"] == ["sterms#dimension", "sterms#status"]
    assert [(one["dataQualityDimension"], one["testCaseResult.testCaseStatus"], one["document_count"]) for one in found["data"]] == [
        ("Completeness", "Failed", "1"), ("Integrity", "Failed", "1"), ("Uniqueness", "Success", "1")]
    found = report(home.api, "testCase", terms("testCaseType") + "," + metric("cardinality", "fullyQualifiedName"), home.mine)
    assert found["metadata"]["metrics"] == ["fullyQualifiedName"]
    assert found["data"] == [{"testCaseType": "column", "fullyQualifiedName": "3"}, {"testCaseType": "table", "fullyQualifiedName": "1"}]
    assert report(home.api, "testCase", terms("testCaseType", size=1), home.mine)["data"] == [{"testCaseType": "column", "document_count": "3"}]


def test_how_many_tables_have_tests(home):
    of = lambda index, field, *must: report(home.api, index, metric("cardinality", field), *must)["data"]
    assert of("testCase", "originEntityFQN", home.mine) == [{"originEntityFQN": "1"}]
    failed = {"terms": {"testCaseResult.testCaseStatus.keyword": ["Failed", "Aborted"]}}
    assert of("testCase", "originEntityFQN", home.mine, failed) == [{"originEntityFQN": "1"}]
    table = {"term": {"fullyQualifiedName": home.fqn}}
    assert of("table", "fullyQualifiedName", table) == [{"fullyQualifiedName": "1"}]
    assert of("table", "fullyQualifiedName", {"term": {"fullyQualifiedName": "no.such"}}) == [{"fullyQualifiedName": "0"}]


def test_results_by_day(home):
    found = report(home.api, "testCaseResult", days() + "," + metric("cardinality", "testCase.fullyQualifiedName", "newIncidents"),
                   home.mine_too, {"range": {"timestamp": {"gte": BEGAN, "lte": BEGAN + 3 * DAY}}})
    assert found["metadata"] == {"keys": ["date_histogram#byDay", "cardinality#newIncidents"], "dimensions": ["timestamp"],
                                 "metrics": ["testCase.fullyQualifiedName"]}
    assert [(one["timestamp"], one["testCase.fullyQualifiedName"]) for one in found["data"]] == [
        (str(BEGAN), "3"), (str(BEGAN + DAY), "0"), (str(BEGAN + 2 * DAY), "3")], "a day without any is told of"
    count = lambda *must: [one["document_count"] for one in report(home.api, "testCaseResult", days("year"), home.mine_too, *must)["data"]]
    assert count() == ["6"] and count({"term": {"testCaseStatus": "Failed"}}) == ["2"]
    assert count({"range": {"timestamp": {"gt": BEGAN, "lt": BEGAN + 2}}}) == ["1"]
    assert count({"range": {"timestamp": {"gt": BEGAN + 2 * DAY + 2}}}) == []
    assert count({"bool": {"should": [{"term": {"passedRows": 0}}, {"range": {"passedRows": {"gte": 10}}}]}}) == ["5"]
    assert count({"bool": {"must_not": {"exists": {"field": "incidentId"}}}}) == ["4"]
    assert count({"prefix": {"testCase.name": "ful"}}) == ["2"] and count({"wildcard": {"testCase.name": {"value": "*ni*e"}}}) == ["2"]
    assert len(report(home.api, "testCaseResult", days("week"), home.mine_too)["data"]) == 1
    months = report(home.api, "testCaseResult", days("month"), home.mine_too)["data"]
    assert months == [{"timestamp": "1698796800000", "document_count": "6"}]  # 2023-11-01


def test_numbers(home):
    for kind, expected in (("avg", "7.5"), ("sum", "45.0"), ("min", "0.0"), ("max", "10.0")):
        found = report(home.api, "testCaseResult", metric(kind, "passedRows"), home.mine_too)
        assert found["data"][0]["passedRows"].startswith(expected) and len(found["data"]) == 1
    assert report(home.api, "testCaseResult", metric("avg", "nothing"), home.mine_too)["data"] == [{}]


def test_incidents_and_how_long_they_took(home):
    case = home.cases[1]
    for kind, details in (("Ack", {}), ("Resolved", {"testCaseResolutionStatusDetails": {"testCaseFailureReason": "Other", "testCaseFailureComment": "c"}})):
        home.api.post(INCIDENTS, {"testCaseResolutionStatusType": kind, "testCaseReference": case["fullyQualifiedName"]} | details)
    count = lambda kind: report(home.api, "testCaseResolutionStatus", metric("cardinality", "stateId"), home.mine_too,
                                {"term": {"testCaseResolutionStatusType": kind}})["data"][0]["stateId"]
    assert (count("New"), count("Ack"), count("Resolved")) == ("2", "1", "1")
    levels = "bucketName=metrics:aggType=nested:path=metrics," + terms("metrics.name.keyword", "byName") + "," + metric("avg", "metrics.value.keyword")
    found = report(home.api, "testCaseResolutionStatus", levels, {"nested": {"path": "metrics", "query": {"exists": {"field": "metrics.name"}}}},
                   home.mine_too)
    assert found["metadata"] == {"keys": ["nested#metrics", "sterms#byName", "avg#m"], "dimensions": ["metrics.name.keyword"],
                                 "metrics": ["metrics.value.keyword"]}
    states = {one["testCaseResolutionStatusType"]: one for one in home.api.get(f"{INCIDENTS}?testCaseFQN={name_path(case['fullyQualifiedName'])}")["data"]}
    expected = {kind["name"]: float(kind["value"]) for state in states.values() for kind in state.get("metrics", [])}
    assert {one["metrics.name.keyword"]: float(one["metrics.value.keyword"]) for one in found["data"]} == expected
    assert set(expected) == {"timeToResponse", "timeToResolution"}


@pytest.mark.parametrize("levels, says", [
    ("", "say what to count"), ("status", "must be name=value"), ("bucketName=a:aggType=terms", "needs a field"),
    ("bucketName=a:field=x", "needs an aggType"), ("aggType=terms:field=x", "needs a bucketName"),
    ("bucketName=a:aggType=jump:field=x", "aggType must be"), ("bucketName=a:aggType=nested:field=x", "needs one in it"),
    ("bucketName=a:aggType=terms:field=x&size=0", "size must be"), ("bucketName=a:aggType=terms:field=x&colour=red", "unknown parameter"),
    ("bucketName=a:aggType=date_histogram:field=x&calendar_interval=second", "calendar_interval must be"),
    ("bucketName=a:aggType=avg:field=x,bucketName=b:aggType=terms:field=x", "nothing can lie in"),
    (",".join(["bucketName=a:aggType=terms:field=x"] * 7), "at most 6"), ("bucketName=a:aggType=terms:field=" + "x" * 201, "1 to 200"),
    ("bucketName=a:aggType=terms:field=,", "1 to 200")])
def test_aggregations_that_are_none(api, levels, says):
    assert says in report(api, "testCase", levels, status=400)["message"]


@pytest.mark.parametrize("query, says", [
    ("{", "q: "), ("[]", "must be an object"), ('{"size":1}', "needs a member"), ('{"query":{"script":{}}}', "unknown clause"),
    ('{"query":{"term":{}}}', "one field"), ('{"query":{"term":{"a":[1]}}}', "needs a value"), ('{"query":{"terms":{"a":1}}}', "needs a list"),
    ('{"query":{"range":{"a":{"gte":"soon"}}}}', "must be numbers"), ('{"query":{"range":{"a":{"near":1}}}}', "unknown bound"),
    ('{"query":{"bool":{"may":[]}}}', "unknown member"), ('{"query":{}}', "one member"), ('{"query":{"exists":{}}}', "needs a field"),
    ('{"query":' + '{"bool":{"must":' * 13 + '{"match_all":{}}' + "}}" * 13 + "}", "deep")])
def test_queries_that_are_none(api, query, says):
    assert says in report(api, "testCase", terms("name"), q=query, status=400)["message"]


def test_what_is_not_there(api):
    assert "unknown index" in report(api, "nothing", terms("name"), status=400)["message"]
    assert "index must say" in report(api, "", terms("name"), status=400)["message"]
    assert "side by side" in report(api, "testCase", terms("name") + "::" + terms("id"), status=501)["message"]
    assert "domain narrows" in report(api, "testCaseResult", terms("id"), domain="d", status=501)["message"]
    assert report(api, "testCase", terms("name"), domain="no_such_domain")["data"] == []


def test_who_sees_a_part_counts_that_part(home, server, api):
    tag = api.post("/tags", {"name": unique("Dim"), "classification": "PII", "description": "d"})["fullyQualifiedName"]
    hidden = home.cases[0]
    api.patch(f"/dataQuality/testCases/{hidden['id']}", [{"op": "add", "path": "/tags/0", "value": {"tagFQN": tag, "source": "Classification"}}])
    _, who, _, _ = person_with(server, api, VIEW_ALL, rule("deny", ["ViewAll"], f"matchAnyTag('{tag}')", ["testCase"], "deny"))
    for index, field, mine in (("testCase", "name", home.mine), ("testCaseResult", "testCase.name", home.mine_too),
                               ("testCaseResolutionStatus", "testCase.name", home.mine_too)):
        names = lambda one: {row[field] for row in report(one, index, terms(field), mine)["data"]}
        assert names(api) - names(who) == {"rows"}, index
    assert report(who, "testCase", terms("tags.tagFQN"), {"term": {"tags.tagFQN": tag}})["data"] == []
    assert report(api, "testCase", terms("tags.tagFQN"), {"term": {"tags.tagFQN": tag}})["data"] == [{"tags.tagFQN": tag, "document_count": "1"}]
    api.call("GET", REPORT, params={"aggregationQuery": terms("name"), "index": "testCase"})
