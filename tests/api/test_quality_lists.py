"""Lists over all test cases, their results and incidents: exact totals, their order, what they are narrowed by, who sees what."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from client import name_path, unique
from test_permissions import VIEW_ALL, person_with, rule
from test_quality import INCIDENTS, NOW, Home

CASES = "/dataQuality/testCases"
SUITES = "/dataQuality/testSuites"


@pytest.fixture(scope="module")
def many(api):
    """Twelve test cases of one service, each with three results; every third failed at last, and is an incident."""
    home = Home(api)
    home.cases = [home.case("tableRowCountToEqual", None, name=f"Case_{n:02}", value="1") for n in range(6)]
    home.cases += [home.case(name=f"Case_{n:02}") for n in range(6, 12)]
    for step in range(3):
        for n, case in enumerate(home.cases):
            home.result(case, NOW + 100 * step + n, "Failed" if step == 2 and n % 3 == 0 else "Success", result=f"{n}.{step}")
    home.service = home.schema.split(".")[0]
    home.narrowed = f"serviceName={home.service}"
    return home


def ids(page):
    return [one["id"] for one in page["data"]]


def pages(api, path, limit):
    """All of a list, page by page; each says the same total."""
    found, totals = [], set()
    while True:
        page = api.get(f"{path}&limit={limit}&offset={len(found)}")
        totals.add(page["paging"]["total"])
        if not page["data"]:
            assert totals == {len(found)}
            return found
        assert len(page["data"]) <= limit
        found += page["data"]


def test_test_cases_by_page_number(many):
    by_fqn = sorted(many.cases, key=lambda case: case["fullyQualifiedName"])
    found = pages(many.api, f"{CASES}/search/list?{many.narrowed}", 5)
    assert [one["id"] for one in found] == [case["id"] for case in by_fqn]
    assert all(one["testCaseResult"]["timestamp"] >= NOW + 200 for one in found)
    down = pages(many.api, f"{CASES}/search/list?{many.narrowed}&sortField=fullyQualifiedName&sortType=desc", 5)
    assert [one["id"] for one in down] == [case["id"] for case in reversed(by_fqn)]


def test_test_cases_by_their_newest_result(many):
    listed = lambda query: ids(many.api.get(f"{CASES}/search/list?{many.narrowed}&limit=50&{query}"))
    every = [case["id"] for case in many.cases]
    assert set(listed("testCaseStatus=Failed")) == set(every[::3])
    assert listed("testCaseStatus=Failed&sortField=testCaseResult.timestamp") == every[::3][::-1]
    assert set(listed("testCaseStatus=Success")) == set(every) - set(every[::3]), "an earlier result does not count"
    assert listed(f"startTimestamp={NOW + 203}&endTimestamp={NOW + 204}") == every[3:5]
    assert listed(f"endTimestamp={NOW + 150}") == []
    assert listed("sortField=testCaseResult.timestamp") == every[::-1]
    assert listed("sortField=testCaseResult.timestamp&sortType=asc") == every
    fresh = many.case(name="Fresh")
    try:
        assert listed("sortField=testCaseResult.timestamp") == every[::-1] + [fresh["id"]], "without a result comes last"
        assert listed("sortField=testCaseResult.timestamp&sortType=asc") == every + [fresh["id"]]
        assert fresh["id"] not in listed("testCaseStatus=Success")
        page = many.api.get(f"{CASES}/search/list?{many.narrowed}&sortField=testCaseResult.timestamp&limit=2&offset=11")
        assert ids(page) == [every[0], fresh["id"]] and page["paging"]["total"] == 13
    finally:
        many.api.call("DELETE", f"{CASES}/{fresh['id']}?hardDelete=true")
    for wrong in ("sortField=colour", "sortType=up", "testCaseType=row", "startTimestamp=x", "limit=-1", "offset=-1", "offset=10001"):
        many.api.call("GET", f"{CASES}/search/list?{wrong}", status=400)


def test_what_test_cases_are_narrowed_by(many, api, user):
    listed = lambda query: set(ids(api.get(f"{CASES}/search/list?limit=50&{query}")))
    every = [case["id"] for case in many.cases]
    of = lambda query: listed(f"{many.narrowed}&{query}")
    assert of("testCaseType=table") == set(every[:6]) and of("testCaseType=column") == set(every[6:]) and of("testCaseType=all") == set(every)
    assert of("q=case_0") == of("q=*Case_0*") == set(every[:10]), "whatever its case, with the stars of clients"
    assert of("q=*") == set(every) and of("q=no_such_thing") == set()
    assert of(f'q="{many.fqn}".Case_03') == {every[3]}
    assert of("dataQualityDimension=Integrity") == set(every[:6]) and of("dataQualityDimension=Completeness") == set(every[6:])
    assert of("testPlatforms=OpenMetadata") == set(every) and of("testPlatforms=Soda") == of("dataQualityDimension=None") == set()
    assert of("dataQualityDimension=Integrity&testPlatforms=Soda") == set()
    assert of("createdBy=admin") == set(every) and of("createdBy=nobody") == set()
    assert of(f"testSuiteId={many.suite()['id']}") == set(every)
    assert listed("serviceName=no.such.service") == set()
    tag = api.post("/tags", {"name": unique("Narrow"), "classification": "PII", "description": "d"})["fullyQualifiedName"]
    api.patch(f"{CASES}/{every[4]}", [{"op": "add", "path": "/tags/0", "value": {"tagFQN": tag, "source": "Classification"}}])
    assert of(f"tags={tag},PII.Nothing") == of(f"tier={tag}") == {every[4]} and of("tags=PII.Nothing") == set()
    results = api.get(f"{CASES}/testCaseResults/search/list?{many.narrowed}&tags={tag}")
    assert [one["result"] for one in results["data"]] == ["4.2", "4.1", "4.0"]


def test_results_of_all_test_cases(many):
    listed = lambda query, limit=5: pages(many.api, f"{CASES}/testCaseResults/search/list?{many.narrowed}&{query}", limit)
    newest = [f"{n}.{step}" for step in (2, 1, 0) for n in range(11, -1, -1)]
    assert [one["result"] for one in listed("", 7)] == newest
    assert [one["result"] for one in listed("testCaseStatus=Failed")] == ["9.2", "6.2", "3.2", "0.2"]
    assert [one["result"] for one in listed("latest=true")] == newest[:12]
    assert [one["result"] for one in listed("latest=true&testCaseStatus=Failed")] == ["9.2", "6.2", "3.2", "0.2"]
    assert [one["result"] for one in listed(f"startTimestamp={NOW + 110}&endTimestamp={NOW + 201}")] == ["1.2", "0.2", "11.1", "10.1"]
    assert listed(f"latest=true&endTimestamp={NOW + 150}") == []
    one = name_path(many.cases[2]["fullyQualifiedName"])
    assert [one["result"] for one in listed(f"testCaseFQN={one}")] == ["2.2", "2.1", "2.0"]
    assert listed("testCaseFQN=no.such.case") == []
    latest = lambda query: many.api.get(f"{CASES}/testCaseResults/search/latest?{many.narrowed}&{query}")["result"]
    assert latest("") == newest[0] and latest("testCaseStatus=Failed") == "9.2" and latest(f"testCaseFQN={one}") == "2.2"
    many.api.call("GET", f"{CASES}/testCaseResults/search/latest?{many.narrowed}&endTimestamp=5", status=204)


def test_incidents_of_all_test_cases(many):
    api = many.api
    listed = lambda query: pages(api, f"{INCIDENTS}?originEntityFQN={name_path(many.fqn)}&{query}", 3)
    new = listed("testCaseResolutionStatusType=New")
    failed = [case["id"] for case in many.cases[::3]]
    assert {state["testCaseReference"]["id"] for state in new} == set(failed) and len(new) == 4
    assert [state["timestamp"] for state in new] == sorted((state["timestamp"] for state in new), reverse=True)
    me = api.get("/users/name/admin")
    api.post(INCIDENTS, {"testCaseResolutionStatusType": "Assigned", "testCaseReference": many.cases[3]["fullyQualifiedName"],
                         "testCaseResolutionStatusDetails": {"assignee": {"id": me["id"], "type": "user"}}})
    assert len(listed("")) == 5 and len(listed("latest=true")) == 4
    assert [state["testCaseReference"]["id"] for state in listed("latest=true")][0] == failed[1], "the newest is first"
    assert len(listed("latest=true&testCaseResolutionStatusType=New")) == 3
    assert [state["testCaseReference"]["id"] for state in listed("assignee=admin")] == [failed[1]] and listed("assignee=nobody") == []
    below = pages(api, f"{INCIDENTS}?originEntityFQN={name_path(many.fqn + '.a')}", 5)
    assert {state["testCaseReference"]["id"] for state in below} == set(failed[2:])
    assert pages(api, f"{INCIDENTS}?originEntityFQN={name_path(many.schema[:-1])}", 5) == [], "below it, not beginning like it"


def test_suites_with_and_without_tests(many, api):
    empty = api.post(SUITES, {"name": unique("empty")})
    listed = lambda query: ids(api.get(f"{SUITES}/search/list?limit=1000&{query}"))
    assert empty["id"] in listed("") and empty["id"] not in listed("includeEmptyTestSuites=false")
    assert listed(f"q={many.fqn}") == listed(f"q={many.fqn}&includeEmptyTestSuites=false") == [many.suite()["id"]]
    api.put(f"{CASES}/logicalTestCases", {"testSuiteId": empty["id"], "testCaseIds": [many.cases[0]["id"]]})
    assert empty["id"] in listed("includeEmptyTestSuites=false&testSuiteType=logical")
    assert len(pages(api, f"{SUITES}/search/list?q={many.service}.db", 1)) == 1


def test_deleted_test_cases_are_in_no_list_unless_asked_for(many, api):
    case = many.case(name="Deleted")
    many.result(case, NOW, "Failed", result="gone")
    api.call("DELETE", f"{CASES}/{case['id']}")
    assert case["id"] not in ids(api.get(f"{CASES}/search/list?{many.narrowed}&testCaseStatus=Failed"))
    assert ids(api.get(f"{CASES}/search/list?{many.narrowed}&testCaseStatus=Failed&include=deleted")) == [case["id"]]
    results = lambda include: [one["result"] for one in api.get(f"{CASES}/testCaseResults/search/list?{many.narrowed}&limit=50{include}")["data"]]
    assert "gone" not in results("") and results("&include=deleted") == ["gone"]
    assert case["id"] not in {state["testCaseReference"]["id"] for state in api.get(f"{INCIDENTS}?limit=1000")["data"]}
    api.call("DELETE", f"{CASES}/{case['id']}?hardDelete=true")


def test_what_one_may_not_see_is_neither_listed_nor_counted(many, server, api):
    tag = api.post("/tags", {"name": unique("Veil"), "classification": "PII", "description": "d"})["fullyQualifiedName"]
    hidden = many.cases[9]
    api.patch(f"{CASES}/{hidden['id']}", [{"op": "add", "path": "/tags/0", "value": {"tagFQN": tag, "source": "Classification"}}])
    lonely = api.post(SUITES, {"name": unique("lonely")})
    api.put(f"{CASES}/logicalTestCases", {"testSuiteId": lonely["id"], "testCaseIds": [hidden["id"]]})
    _, who, _, _ = person_with(server, api, VIEW_ALL, rule("deny", ["ViewAll"], f"matchAnyTag('{tag}')", ["testCase"], "deny"))
    for path, more in ((f"{CASES}/search/list?{many.narrowed}", 12), (f"{CASES}/search/list?{many.narrowed}&testCaseStatus=Failed", 4),
                       (f"{CASES}/search/list?{many.narrowed}&sortField=testCaseResult.timestamp", 12),
                       (f"{CASES}/search/list?{many.narrowed}&q=case_09", 1), (f"{CASES}/search/list?tags={tag}", 1),
                       (f"{CASES}/testCaseResults/search/list?{many.narrowed}&testCaseStatus=Failed", 4),
                       (f"{CASES}/testCaseResults/search/list?{many.narrowed}&latest=true", 12),
                       (f"{INCIDENTS}?originEntityFQN={name_path(many.fqn)}&latest=true", 4)):
        everything, part = api.get(f"{path}&limit=50"), who.get(f"{path}&limit=50")
        assert everything["paging"]["total"] == more and part["paging"]["total"] == more - 1 == len(part["data"]), path
        assert hidden["id"] not in str(part) and "9.2" not in str(part)
    results = who.get(f"{CASES}/testCaseResults/search/list?testCaseFQN={name_path(hidden['fullyQualifiedName'])}")
    assert results["data"] == [] and results["paging"]["total"] == 0
    assert lonely["id"] in ids(api.get(f"{SUITES}/search/list?includeEmptyTestSuites=false&limit=1000"))
    assert lonely["id"] not in ids(who.get(f"{SUITES}/search/list?includeEmptyTestSuites=false&limit=1000"))


def test_pages_stay_apart_while_results_come(many):
    """Each answer is of one moment: no page has something twice, and its total is that of the moment."""
    def add(n):
        many.result(many.cases[n % 12], NOW - 1000 - n, "Success", result="late")
    with ThreadPoolExecutor(4) as pool:
        adding = pool.map(add, range(60))
        for _ in range(10):
            page = many.api.get(f"{CASES}/testCaseResults/search/list?{many.narrowed}&limit=1000")
            assert len({one["id"] for one in page["data"]}) == len(page["data"]) == page["paging"]["total"]
        list(adding)
