"""Test definitions, suites and test cases over HTTP: what they need, what they refuse, their results and incidents."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import name_path, text_of, unique

NOW = 1_700_000_000_000
INCIDENTS = "/dataQuality/testCases/testCaseIncidentStatus"
GUIDE_DEFINITION = {
    "name": "columnValuesToBeBetween", "description": "Test if column values are between min and max",
    "testPlatforms": ["OpenMetadata"], "supportedDataTypes": ["NUMBER", "INT", "BIGINT"],
    "parameterDefinition": [{"name": "minValue", "dataType": "NUMBER", "required": True},
                            {"name": "maxValue", "dataType": "NUMBER", "required": True}]}


class Home:
    """A table to test, with a plain column and one inside of another."""

    def __init__(self, api):
        self.api = api
        service = unique("dqsvc")
        api.post("/services/databaseServices", {"name": service, "serviceType": "SQLite"})
        api.post("/databases", {"name": "db", "service": service})
        api.post("/databaseSchemas", {"name": "main", "database": f"{service}.db"})
        self.schema = f"{service}.db.main"
        self.table = self.make_table("t")
        self.fqn = self.table["fullyQualifiedName"]

    def make_table(self, name):
        columns = [{"name": "a", "dataType": "INT"},
                   {"name": "s", "dataType": "STRUCT", "children": [{"name": "b.c", "dataType": "INT"}]}]
        return self.api.post("/tables", {"name": name, "databaseSchema": self.schema, "columns": columns})

    def link(self, column=None):
        return f"<#E::table::{self.fqn}" + (f"::columns::{column}>" if column else ">")

    def body(self, definition="columnValuesToBeNotNull", column="a", name=None, **values):
        body = {"name": name or unique("case"), "entityLink": self.link(column), "testDefinition": definition}
        return body | ({"parameterValues": [{"name": key, "value": value} for key, value in values.items()]} if values else {})

    def case(self, *args, **values):
        return self.api.post("/dataQuality/testCases", self.body(*args, **values))

    def refused(self, *args, status=400, **values):
        return self.api.call("POST", "/dataQuality/testCases", self.body(*args, **values), status=status).json()["message"]

    def result(self, case, at, status="Failed", **more):
        return self.api.post(f"/dataQuality/testCases/testCaseResults/{name_path(case['fullyQualifiedName'])}",
                             {"timestamp": at, "testCaseStatus": status} | more)

    def read(self, case, fields):
        return self.api.get(f"/dataQuality/testCases/{case['id']}?fields={fields}")

    def suite(self, fields="tests"):
        return self.api.get(f"/dataQuality/testSuites/name/{name_path(self.fqn + '.testSuite')}?fields={fields}")


@pytest.fixture
def home(api):
    return Home(api)


# ---- definitions


def test_25_definitions_ship(api):
    shipped = [one for one in api.get("/dataQuality/testDefinitions?limit=1000")["data"] if one["provider"] == "system"]
    assert len(shipped) == 25
    assert all(one["description"] and one["testPlatforms"] == ["OpenMetadata"] for one in shipped)
    assert all(isinstance(one["supportedDataTypes"], list) for one in shipped)
    columns = {one["name"] for one in api.get("/dataQuality/testDefinitions?entityType=COLUMN&limit=1000")["data"] if one["provider"] == "system"}
    assert len(columns) == 16 and "columnValuesToBeUnique" in columns
    texts = api.get("/dataQuality/testDefinitions?supportedDataType=TEXT&limit=1000")["data"]
    assert "columnValuesToMatchRegex" in {one["name"] for one in texts} and "tableRowCountToEqual" not in {one["name"] for one in texts}


def test_a_definition_that_ships_is_there_for_everybody(api):
    said = api.call("POST", "/dataQuality/testDefinitions", GUIDE_DEFINITION, status=409).json()["message"]
    assert "columnValuesToBeBetween" in said and "ships with this server" in said
    shipped = api.get("/dataQuality/testDefinitions/name/columnValuesToBeBetween")
    api.call("DELETE", f"/dataQuality/testDefinitions/{shipped['id']}?hardDelete=true", status=400)


def test_a_definition_is_for_columns_when_it_names_their_types(api):
    made = api.post("/dataQuality/testDefinitions", GUIDE_DEFINITION | {"name": unique("between")})
    assert made["entityType"] == "COLUMN" and made["provider"] == "user"
    other = {"name": unique("plain"), "description": "d", "testPlatforms": ["DBT"]}
    assert api.post("/dataQuality/testDefinitions", other)["entityType"] == "TABLE"
    column = api.post("/dataQuality/testDefinitions", other | {"name": unique("column"), "entityType": "COLUMN"})
    assert column["supportedDataTypes"] == []
    twice = other | {"name": unique("twice"), "parameterDefinition": [{"name": "x"}, {"name": "x"}]}
    assert "repeated" in text_of(api.call("POST", "/dataQuality/testDefinitions", twice, status=400).json())


# ---- test cases


def test_a_test_case_lies_below_what_it_tests(home):
    column = home.case(name="c1")
    assert column["fullyQualifiedName"] == f"{home.fqn}.a.c1" and column["entityFQN"] == f"{home.fqn}.a"
    nested = home.case(column='s."b.c"', name="c2")
    assert nested["fullyQualifiedName"] == f'{home.fqn}.s."b.c".c2'
    table = home.case("tableRowCountToEqual", None, name="c3", value="7")
    assert table["fullyQualifiedName"] == f"{home.fqn}.c3" and table["entityFQN"] == home.fqn
    assert table["testDefinition"]["name"] == "tableRowCountToEqual" and table["testSuite"]["name"] == f"{home.fqn}.testSuite"
    assert home.api.get(f"/dataQuality/testCases/name/{name_path(nested['fullyQualifiedName'])}")["id"] == nested["id"]
    home.api.call("POST", "/dataQuality/testCases", home.body(name="c1"), status=409)


def test_a_table_gets_its_suite_with_its_first_test(home):
    home.api.call("GET", f"/dataQuality/testSuites/name/{name_path(home.fqn + '.testSuite')}", status=404)
    assert "testSuite" not in home.api.get(f"/tables/{home.table['id']}?fields=testSuite")
    cases = [home.case(), home.case(column='s."b.c"')]
    suite = home.suite()
    assert suite["basic"] is True and suite["name"] == suite["fullyQualifiedName"] == f"{home.fqn}.testSuite"
    assert suite["basicEntityReference"]["id"] == home.table["id"]
    assert {test["id"] for test in suite["tests"]} == {case["id"] for case in cases}
    assert home.api.get(f"/tables/{home.table['id']}?fields=testSuite")["testSuite"]["id"] == suite["id"]
    assert home.read(cases[0], "testSuites")["testSuites"][0]["name"] == suite["name"]


@pytest.mark.parametrize("link, says", [
    ("nothing", "must be like <#E::table::"), ("<#E::table>", "must be like"), ("<#E::table::a::b::c::d::e>", "must be like"),
    ("<#E::table::a|b>", "must be like"), ("<#E::dashboard::x.y>", "must name a table, not a dashboard")])
def test_links_that_are_none(home, link, says):
    answer = home.api.call("POST", "/dataQuality/testCases", home.body() | {"entityLink": link}, status=400).json()
    assert says in answer["message"], answer


def test_what_a_test_case_must_fit(home):
    assert home.refused(column="c9") == "Invalid column name c9"
    assert home.refused(column=None) == ("Column test case must have a field name and an array field name in the entity link. "
                                         "e.g. <#E::table::{entityFqn}::columns::{columnName}>")
    assert home.refused("nope", status=404) == "testDefinition instance for nope not found"
    other = home.body() | {"entityLink": f"<#E::table::{home.schema}.nope>"}
    assert home.api.call("POST", "/dataQuality/testCases", other, status=404).json()["message"] == f"table instance for {home.schema}.nope not found"


def test_parameters_follow_the_definition(home):
    assert home.refused(x="1") == "Parameter Values doesn't match Test Definition Parameters"
    assert home.refused("columnValuesToBeBetween", x="1") == (
        "Parameter 'x' is not defined in the test definition. Defined parameters are: [minValue, maxValue]")
    assert home.refused("tableRowCountToEqual", None) == "Required parameter value is not passed in parameterValues"
    assert home.refused("tableRowCountToEqual", None, value=" ") == "Required parameter value is not passed in parameterValues"
    assert "must be less than or equal to" in home.refused("columnValuesToBeBetween", minValue="10", maxValue="9.5")
    assert "must be a number" in home.refused("columnValuesToBeBetween", minValue="ten")
    assert "true or false" in home.refused("columnValuesToBeInSet", allowedValues="['a']", matchEnum="maybe")
    home.case("columnValuesToBeBetween", minValue="-1e3", maxValue="1000")
    home.case("columnValuesToBeBetween", minValue="5")
    own = home.api.post("/dataQuality/testDefinitions", GUIDE_DEFINITION | {"name": unique("own")})
    assert "less than or equal" in home.refused(own["name"], minValue="2", maxValue="1")


def test_parameters_are_checked_when_they_change(home):
    case = home.case("columnValuesToBeBetween", minValue="1", maxValue="2")
    patch = [{"op": "replace", "path": "/parameterValues/0/value", "value": "3"}]
    wrong = home.api.call("PATCH", f"/dataQuality/testCases/{case['id']}", patch, status=400,
                          headers={"Content-Type": "application/json-patch+json"})
    assert "less than or equal" in wrong.json()["message"]
    body = home.body("columnValuesToBeBetween", name=case["name"], minValue="3", maxValue="1")
    home.api.call("PUT", "/dataQuality/testCases", body, status=400)
    changed = home.api.put("/dataQuality/testCases", body | {"parameterValues": [{"name": "minValue", "value": "0"}]})
    assert changed["id"] == case["id"] and changed["version"] == 0.2
    assert changed["parameterValues"] == [{"name": "minValue", "value": "0"}]


def test_a_link_is_for_good(home):
    case = home.case()
    patch = [{"op": "replace", "path": "/entityLink", "value": home.link()}, {"op": "add", "path": "/description", "value": "d"}]
    changed = home.api.call("PATCH", f"/dataQuality/testCases/{case['id']}", patch,
                            headers={"Content-Type": "application/json-patch+json"}).json()
    assert changed["entityLink"] == case["entityLink"] and changed["description"] == "d"


def test_many_are_made_together_or_none(home):
    made = home.api.post("/dataQuality/testCases/createMany", [home.body(), home.body("tableRowCountToEqual", None, value="1")])
    assert len(made) == 2 and len(home.suite()["tests"]) == 2
    home.api.call("POST", "/dataQuality/testCases/createMany", [home.body(), home.body(column="c9")], status=400)
    assert len(home.suite()["tests"]) == 2


def test_lists_of_test_cases(home):
    on_table, on_column = home.case("tableRowCountToEqual", None, value="1"), home.case()
    listed = lambda query: {one["id"] for one in home.api.get("/dataQuality/testCases?" + query)["data"]}
    both = {on_table["id"], on_column["id"]}
    link = name_path(home.link())
    assert listed(f"entityLink={link}") == {on_table["id"]}
    assert listed(f"entityLink={link}&includeAllTests=true") == both
    assert listed(f"entityFQN={name_path(home.fqn + '.a')}") == {on_column["id"]}
    assert listed(f"testSuiteId={home.suite()['id']}") == both
    assert listed(f"database={home.schema.rsplit('.', 1)[0]}") == both
    home.result(on_column, NOW)
    found = home.api.get(f"/dataQuality/testCases/search/list?entityLink={link}&includeAllTests=true&testCaseStatus=Failed")
    assert [one["id"] for one in found["data"]] == [on_column["id"]] and found["paging"]["total"] == 1
    page = home.api.get(f"/dataQuality/testCases/search/list?entityLink={link}&includeAllTests=true&limit=1&offset=1")
    assert len(page["data"]) == 1 and page["paging"] == {"offset": 1, "limit": 1, "total": 2}


def test_tests_go_with_their_table(home):
    case = home.case()
    home.api.call("DELETE", f"/tables/{home.table['id']}", status=400)
    home.api.call("DELETE", f"/tables/{home.table['id']}?recursive=true")
    home.api.call("GET", f"/dataQuality/testCases/{case['id']}", status=404)
    home.api.put("/tables/restore", {"id": home.table["id"]})
    assert home.read(case, "testSuite")["testSuite"]["id"] == home.suite()["id"]
    home.api.call("DELETE", f"/tables/{home.table['id']}?recursive=true&hardDelete=true")
    home.api.call("GET", f"/dataQuality/testCases/{case['id']}?include=all", status=404)
    home.api.call("GET", f"/dataQuality/testSuites/name/{name_path(home.fqn + '.testSuite')}?include=all", status=404)


def test_owners_come_from_the_table(home):
    owner = home.api.get("/users/name/admin")
    home.api.call("PATCH", f"/tables/{home.table['id']}", [{"op": "add", "path": "/owners", "value": [{"id": owner["id"], "type": "user"}]}],
                  headers={"Content-Type": "application/json-patch+json"})
    owners = home.read(home.case(), "owners")["owners"]
    assert [(one["name"], one["inherited"]) for one in owners] == [("admin", True)]


# ---- suites


def test_basic_suites_are_named_by_their_table(home):
    body = {"name": "whatever", "basicEntityReference": home.fqn}
    suite = home.api.call("PUT", "/dataQuality/testSuites/executable", body, status=201).json()
    assert suite["name"] == f"{home.fqn}.testSuite" and suite["basic"] is True
    assert home.api.call("PUT", "/dataQuality/testSuites/basic", body, status=200).json()["id"] == suite["id"]
    home.api.call("POST", "/dataQuality/testSuites/basic", body, status=409)
    home.api.call("POST", "/dataQuality/testSuites/executable", {"name": "x"}, status=400)
    case = home.case()
    assert case["testSuite"]["id"] == suite["id"]
    home.api.call("DELETE", f"/dataQuality/testSuites/executable/{suite['id']}", status=400)
    home.api.call("DELETE", f"/dataQuality/testSuites/basic/{suite['id']}?recursive=true&hardDelete=true")
    home.api.call("GET", f"/dataQuality/testCases/{case['id']}?include=all", status=404)


def test_logical_suites_gather_tests(home):
    case, other = home.case(), home.case(column='s."b.c"')
    suite = home.api.post("/dataQuality/testSuites", {"name": unique("logical"), "description": "d"})
    assert suite["basic"] is False and "basicEntityReference" not in suite
    add = {"testSuiteId": suite["id"], "testCaseIds": [case["id"], other["id"]]}
    assert home.api.put("/dataQuality/testCases/logicalTestCases", add)["id"] == suite["id"]
    home.api.put("/dataQuality/testCases/logicalTestCases", add)
    read = lambda: {one["id"] for one in home.api.get(f"/dataQuality/testSuites/{suite['id']}?fields=tests")["tests"]}
    assert read() == {case["id"], other["id"]}
    assert {one["id"] for one in home.read(case, "testSuites")["testSuites"]} == {suite["id"], home.suite()["id"]}
    assert home.read(case, "testSuite")["testSuite"]["id"] == home.suite()["id"]
    home.api.call("DELETE", f"/dataQuality/testCases/logicalTestCases/{suite['id']}/{other['id']}")
    assert read() == {case["id"]}
    home.api.call("DELETE", f"/dataQuality/testCases/logicalTestCases/{suite['id']}/{other['id']}", status=404)
    home.api.call("PUT", "/dataQuality/testCases/logicalTestCases", {"testSuiteId": home.suite()["id"], "testCaseIds": [case["id"]]}, status=400)
    home.api.call("PUT", "/dataQuality/testCases/logicalTestCases", {"testSuiteId": suite["id"], "testCaseIds": [suite["id"]]}, status=404)
    home.api.call("DELETE", f"/dataQuality/testSuites/executable/{suite['id']}", status=400)
    home.api.call("DELETE", f"/dataQuality/testSuites/{suite['id']}?hardDelete=true&recursive=true")
    assert home.read(case, "testSuites")["testSuites"][0]["id"] == home.suite()["id"]


def test_lists_of_suites(home):
    home.case()
    logical = home.api.post("/dataQuality/testSuites", {"name": unique("l.dotted")})
    listed = lambda query: {one["id"] for one in home.api.get(f"/dataQuality/testSuites{query}")["data"]}
    assert home.suite()["id"] in listed("?testSuiteType=basic&limit=1000") and logical["id"] not in listed("?testSuiteType=basic&limit=1000")
    assert logical["id"] in listed("?testSuiteType=logical&limit=1000")
    assert listed(f"/search/list?testSuiteType=basic&q={home.fqn}&includeEmptyTestSuites=false") == {home.suite()["id"]}
    assert logical["id"] not in listed("/search/list?includeEmptyTestSuites=false&limit=1000")


# ---- results and incidents


def test_a_status_is_read_whatever_its_case(home):
    case = home.case()
    for n, (said, kept) in enumerate([("FAILED", "Failed"), ("success", "Success"), ("Aborted", "Aborted"), ("qUEUED", "Queued")]):
        made = home.result(case, NOW + n, said)
        assert made["testCaseStatus"] == kept and made["testCaseFQN"] == case["fullyQualifiedName"] and made["id"]
    wrong = home.api.call("POST", f"/dataQuality/testCases/testCaseResults/{name_path(case['fullyQualifiedName'])}",
                          {"timestamp": NOW, "testCaseStatus": "fine"}, status=400).json()
    assert "Success, Failed, Aborted, Queued" in text_of(wrong)


def test_results_over_time(home):
    case = home.case()
    path = f"/dataQuality/testCases/testCaseResults/{name_path(case['fullyQualifiedName'])}"
    for n in (2, 1, 3):
        home.result(case, NOW + n, "Success", result=str(n))
    assert [one["result"] for one in home.api.get(path)["data"]] == ["3", "2", "1"]
    home.result(case, NOW + 2, "Failed", result="again")
    inside = home.api.get(f"{path}?startTs={NOW + 1}&endTs={NOW + 2}")["data"]
    assert [(one["result"], one["testCaseStatus"]) for one in inside] == [("again", "Failed"), ("1", "Success")]
    newest = home.read(case, "testCaseResult,testCaseStatus")
    assert newest["testCaseResult"]["result"] == "3" and newest["testCaseStatus"] == "Success"
    changed = home.api.call("PATCH", f"{path}/{NOW + 3}", [{"op": "replace", "path": "/result", "value": "x"}],
                            headers={"Content-Type": "application/json-patch+json"}).json()
    assert changed["result"] == "x" and changed["timestamp"] == NOW + 3
    home.api.call("DELETE", f"{path}/{NOW + 3}")
    assert home.read(case, "testCaseResult")["testCaseResult"]["result"] == "again"
    home.api.call("DELETE", f"{path}/{NOW + 3}", status=404)
    home.api.call("DELETE", f"{path}/x", status=400)
    at_once = home.api.post(path, {"testCaseStatus": "Success"})
    assert at_once["timestamp"] > NOW
    latest = home.api.get(f"/dataQuality/testCases/testCaseResults/search/latest?testCaseFQN={name_path(case['fullyQualifiedName'])}")
    assert latest["timestamp"] == at_once["timestamp"]
    found = home.api.get(f"/dataQuality/testCases/testCaseResults/search/list?entityFQN={name_path(home.fqn + '.a')}&testCaseStatus=Success")
    assert [one["timestamp"] for one in found["data"]] == [at_once["timestamp"], NOW + 1]
    home.api.call("POST", "/dataQuality/testCases/testCaseResults/no.such.case", {"testCaseStatus": "Success"}, status=404)


def test_results_make_no_version(home):
    case = home.case()
    home.result(case, NOW)
    assert home.read(case, "testCaseResult")["version"] == 0.1


def test_a_suite_counts_the_newest_results(home):
    on_table, on_column = home.case("tableRowCountToEqual", None, value="1"), home.case()
    home.case(column='s."b.c"')
    home.result(on_table, NOW, "Failed")
    home.result(on_table, NOW + 1, "Success")
    home.result(on_column, NOW, "Failed")
    suite = home.suite("summary,testCaseResultSummary")
    count = lambda **more: {"success": 0, "failed": 0, "aborted": 0, "queued": 0} | more
    summary = suite["summary"]
    by_column = {one.pop("entityLink"): one for one in summary.pop("columnTestSummary")}
    assert summary == count(success=1, failed=1, total=2)
    assert by_column == {home.link("a"): count(failed=1, total=1)}
    assert {(one["testCaseName"], one["status"], one["timestamp"]) for one in suite["testCaseResultSummary"]} == {
        (on_table["fullyQualifiedName"], "Success", NOW + 1), (on_column["fullyQualifiedName"], "Failed", NOW)}
    one = home.api.get(f"/dataQuality/testSuites/executionSummary?testSuiteId={suite['id']}")
    assert (one["success"], one["failed"], one["total"]) == (1, 1, 2)
    assert home.api.get("/dataQuality/testSuites/executionSummary")["total"] >= 2


def test_a_failure_opens_an_incident_until_it_is_resolved(home):
    case = home.case()
    fqn = case["fullyQualifiedName"]
    assert "incidentId" not in home.result(case, NOW, "Success")
    first = home.result(case, NOW + 1)["incidentId"]
    assert home.result(case, NOW + 2)["incidentId"] == first
    home.result(case, NOW + 3, "Success")
    assert home.read(case, "incidentId")["incidentId"] == first
    me = home.api.get("/users/name/admin")
    tell = lambda kind, status=201, **more: home.api.call("POST", "/dataQuality/testCases/testCaseIncidentStatus", {
        "testCaseResolutionStatusType": kind, "testCaseReference": fqn} | more, status=status).json()
    acknowledged = tell("Ack", severity="Severity2")
    assert acknowledged["stateId"] == first and acknowledged["updatedBy"]["name"] == "admin"
    assert acknowledged["testCaseReference"]["id"] == case["id"]
    tell("Assigned", status=400)
    assigned = tell("Assigned", testCaseResolutionStatusDetails={"assignee": {"id": me["id"], "type": "user"}})
    assert assigned["severity"] == "Severity2"
    tell("Resolved", status=400)
    tell("Resolved", status=400, testCaseResolutionStatusDetails={"testCaseFailureReason": "MissingData"})
    resolved = tell("Resolved", testCaseResolutionStatusDetails={
        "testCaseFailureReason": "MissingData", "testCaseFailureComment": "loaded again"})
    assert "incidentId" not in home.read(case, "incidentId")
    states = home.api.get(f"/dataQuality/testCases/testCaseIncidentStatus/stateId/{first}")["data"]
    assert [one["testCaseResolutionStatusType"] for one in states] == ["Resolved", "Assigned", "Ack", "New"]
    assert home.api.get(f"/dataQuality/testCases/testCaseIncidentStatus/{resolved['id']}") == resolved
    again = home.result(case, NOW + 4)["incidentId"]
    assert again != first
    listed = home.api.get(f"/dataQuality/testCases/testCaseIncidentStatus?testCaseFQN={name_path(fqn)}&latest=true")
    assert [one["stateId"] for one in listed["data"]] == [again]
    everywhere = home.api.get("/dataQuality/testCases/testCaseIncidentStatus?latest=true&testCaseResolutionStatusType=New&limit=1000")
    assert again in {one["stateId"] for one in everywhere["data"]}
    tell("Ack", status=404, testCaseReference="no.such.case")


def test_states_of_an_incident_follow_each_other(home):
    case = home.case()
    tell = lambda kind, status=201, **more: home.api.call("POST", INCIDENTS, {
        "testCaseResolutionStatusType": kind, "testCaseReference": case["fullyQualifiedName"]} | more, status=status).json()
    why = {"testCaseResolutionStatusDetails": {"testCaseFailureReason": "Other", "testCaseFailureComment": "c"}}
    assert "is open" in tell("Resolved", status=400, **why)["message"]
    first = tell("New", severity="Severity4")
    assert tell("New") == first, "New while one is open is that one"
    answered = tell("Ack")
    assert [one["name"] for one in answered["metrics"]] == ["timeToResponse"] and answered["severity"] == "Severity4"
    assert answered["metrics"][0]["value"] == answered["timestamp"] - first["timestamp"]
    assert "metrics" not in tell("Ack")
    resolved = tell("Resolved", **why)
    assert resolved["metrics"] == [{"name": "timeToResolution", "value": resolved["timestamp"] - first["timestamp"]}]
    assert "is open" in tell("Resolved", status=400, **why)["message"]
    assert tell("Ack")["stateId"] != first["stateId"]


def test_of_a_state_only_the_severity_can_be_patched(home, user):
    case = home.case()
    home.result(case, NOW)
    listed = home.api.get(f"{INCIDENTS}?testCaseFQN={name_path(case['fullyQualifiedName'])}")["data"]
    state, path = listed[0], f"{INCIDENTS}/{listed[0]['id']}"
    patch = lambda *ops, who=home.api, status=200: who.call("PATCH", path, list(ops), status=status).json()
    severity = lambda value, op="add": {"op": op, "path": "/severity", "value": value}
    changed = patch({"op": "test", "path": "/updatedAt", "value": state["updatedAt"]}, severity("Severity1"))
    assert changed["severity"] == "Severity1" and changed["updatedBy"]["name"] == "admin"
    assert changed["updatedAt"] > state["updatedAt"] and changed["timestamp"] == state["timestamp"]
    assert home.api.get(path) == changed
    assert len(home.api.get(f"{INCIDENTS}/stateId/{state['stateId']}")["data"]) == 1, "no new state"
    assert patch(severity("Severity1", "replace")) == changed, "what changes nothing is not written"
    assert patch() == changed
    for member, value in (("testCaseResolutionStatusType", "Ack"), ("stateId", case["id"]), ("id", case["id"]), ("timestamp", 7),
                          ("testCaseReference", {}), ("testCaseResolutionStatusDetails", {}), ("metrics", []), ("colour", "red")):
        said = patch(severity("Severity5"), {"op": "add", "path": "/" + member, "value": value}, status=400)["message"]
        assert said.startswith(f"Field {member} is not allowed to be updated"), said
    assert "severity" in text_of(patch(severity("Severity9"), status=400)), "one of its words"
    for ops in ([severity("Severity2"), {"op": "test", "path": "/severity", "value": "Severity1"}], [{"op": "remove", "path": ""}],
                [{"op": "replace", "path": "/nothing", "value": 1}], [{"op": "jump", "path": "/severity"}]):
        patch(*ops, status=400)
    home.api.call("PATCH", path, {"severity": "Severity2"}, status=400)
    assert home.api.get(path) == changed
    assert "severity" not in patch({"op": "remove", "path": "/severity"})
    patch(severity("Severity2"), who=user, status=403)
    home.api.call("PATCH", f"{INCIDENTS}/{case['id']}", [severity("Severity2")], status=404)
    home.api.call("PATCH", f"{INCIDENTS}/nothing", [severity("Severity2")], status=400)
    home.api.call("PATCH", path, data="<severity/>", headers={"Content-Type": "text/xml"}, status=415)
    home.api.call("DELETE", f"/dataQuality/testCases/{case['id']}")
    patch(severity("Severity2"), status=404)


def test_of_patches_at_the_same_time_one_finds_what_it_tested_for(home):
    case = home.case()
    home.result(case, NOW)
    state = home.api.get(f"{INCIDENTS}?testCaseFQN={name_path(case['fullyQualifiedName'])}")["data"][0]
    ops = lambda i: [{"op": "test", "path": "/updatedAt", "value": state["updatedAt"]},
                     {"op": "add", "path": "/severity", "value": f"Severity{i % 5 + 1}"}]
    send = lambda i: home.api.call("PATCH", f"{INCIDENTS}/{state['id']}", ops(i), status=(200, 400)).status_code
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [200] + [400] * 7


def test_a_late_failure_opens_no_incident(home):
    case = home.case()
    home.result(case, NOW, "Success")
    assert "incidentId" not in home.result(case, NOW - 1, "Failed")


def test_samples_and_queries_of_failed_rows(home):
    case = home.case()
    rows = {"columns": ["a"], "rows": [[1], [None]]}
    path = f"/dataQuality/testCases/{case['id']}"
    answer = home.api.call("PUT", f"{path}/failedRowsSample?validate=false", rows).json()
    assert answer["failedRowsSample"] == rows and answer["version"] == 0.1
    assert "failedRowsSample" not in home.read(case, "testCaseResult")
    assert home.api.get(f"{path}/failedRowsSample") == rows
    sql = 'SELECT * FROM t WHERE a > "x"\n'
    answer = home.api.call("PUT", f"{path}/inspectionQuery", data=sql, headers={"Content-type": "application/json"}).json()
    assert answer["inspectionQuery"] == sql
    home.api.call("DELETE", f"{path}/failedRowsSample")
    home.api.call("GET", f"{path}/failedRowsSample", status=404)


def test_who_may_only_read_adds_nothing(home, user):
    case = home.case()
    path = f"/dataQuality/testCases/testCaseResults/{name_path(case['fullyQualifiedName'])}"
    user.call("POST", path, {"testCaseStatus": "Success"}, status=403)
    user.call("POST", "/dataQuality/testCases/testCaseIncidentStatus",
              {"testCaseResolutionStatusType": "Ack", "testCaseReference": case["fullyQualifiedName"]}, status=403)
    suite = home.api.post("/dataQuality/testSuites", {"name": unique("l")})
    user.call("PUT", "/dataQuality/testCases/logicalTestCases", {"testSuiteId": suite["id"], "testCaseIds": [case["id"]]}, status=403)
    assert json.loads(user.call("GET", path).text)["data"] == []
