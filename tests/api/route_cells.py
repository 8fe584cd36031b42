"""What the matrix of test_route_matrix.py asks with: people, things of theirs, and one request for each cell."""

import http.client
import json
import re
import sqlite3
import time
import uuid

from client import Chain, name_path, unique
from persons import USER_PASSWORD
from harness import ADMIN_EMAIL, ADMIN_PASSWORD
from kinds import KINDS, Kind
from route_rules import FOR_GOOD, OWNERLESS
from test_bad_tokens import Forger

ROOT = "/api/v1"
DAY = 86_400_000


class Asker:
    """One connection that is kept, as one principal."""

    def __init__(self, server, token=None):
        self.port, self.token, self.line = server.port, token, None

    def ask(self, method, path, body=None):
        """(status, text); of a search that a busy machine was too slow for, those of a further one"""
        until = time.monotonic() + 20
        while (found := self.ask_once(method, path, body))[0] == 503 and "/search/" in path and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def ask_once(self, method, path, body):
        headers = {"Authorization": "Bearer " + self.token} if self.token else {}
        if body is not None:
            headers["Content-Type"] = "application/json-patch+json" if method == "PATCH" else "application/json"
            body = json.dumps(body).encode()
        for _ in range(2):  # a connection that the server has ended meanwhile is opened again
            self.line = self.line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self.line.request(method, path, body, headers)
                answer = self.line.getresponse()
                return answer.status, answer.read().decode(errors="replace")
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.line.close()
                self.line = None
        raise AssertionError(f"no answer to {method} {path}")

    def do(self, method, path, body=None):
        """What must be done: the answer."""
        status, text = self.ask(method, ROOT + path, body)
        assert 200 <= status < 300, (method, path, body, status, text[:500])
        return json.loads(text) if text else None

    # as client.Api, for Chain and Kind
    def get(self, path):
        return self.do("GET", path)

    def post(self, path, body):
        return self.do("POST", path, body)

    def put(self, path, body):
        return self.do("PUT", path, body)


class Person:
    """Somebody who is logged in. `twin`: the same rights in another account, which may lose itself and its tokens."""

    def __init__(self, world, who, twin=False):
        self.world, self.bot = world, who == "bot"
        name = unique(who.replace(" ", "") + ("twin" if twin else ""))
        body = {"name": name, "email": name + "@example.com"}
        if self.bot:
            body |= {"isBot": True, "roles": [world.role("IngestionBotRole")]}
        else:
            body |= {"createPasswordType": "ADMIN_CREATE", "password": USER_PASSWORD, "confirmPassword": USER_PASSWORD}
        body |= {"isAdmin": True} if who == "admin" else {}
        body |= {"viewer": {"roles": [world.role("DataConsumer")]}, "steward": {"roles": [world.role("DataSteward")]}}.get(who, {})
        self.team = None
        if who == "team owner":
            self.team = world.admin.post("/teams", {"name": unique("crew"), "teamType": "Group"})
            body["teams"] = [self.team["id"]]
        self.body = body
        self.entity = world.admin.post("/users", body)
        self.asker = Asker(world.server)
        self.log_in()

    def log_in(self):
        if self.bot:
            made = self.world.admin.put(f"/users/generateToken/{self.entity['id']}", {"JWTTokenExpiry": "OneHour"})
            self.asker.token = made["JWTToken"]
        else:
            self.asker.token = self.world.server.login(self.body["email"], USER_PASSWORD)

    @property
    def owner(self):
        return {"id": self.team["id"], "type": "team"} if self.team else {"id": self.entity["id"], "type": "user"}


class World:
    """A server with everybody of the matrix, and what is theirs, made when it is asked for."""

    def __init__(self, server, folder, persons, strangers):
        self.server = server
        self.admin = Asker(server, server.login(ADMIN_EMAIL, ADMIN_PASSWORD))
        self.roles = {}
        self.chain = Chain(self.admin)
        self.kinds = {kind.type: kind for kind in KINDS} | {"webhook": Kind("webhook", "/webhooks", lambda chain: {
            "name": unique("hook"), "endpoint": "http://127.0.0.1:9/", "enabled": False}), "type": Kind("type", "/metadata/types", lambda chain: {
            "name": unique("type"), "description": "d"})}
        self.people = {who: Person(self, who) for who in persons}
        self.twins = {who: Person(self, who, twin=True) for who in persons}
        self.somebody = Person(self, "somebody")
        self.strangers = self.make_strangers(strangers)
        self.things = {}
        self.make_source(folder)

    def role(self, name):
        if name not in self.roles:
            self.roles[name] = self.admin.get(f"/roles/name/{name}")["id"]
        return self.roles[name]

    def make_strangers(self, names):
        found = {}
        for name in names:
            person = Person(self, name)
            if name == "expired":  # with all else right, even the signature
                forger, now = Forger(self.server, person.asker.token), int(time.time())
                person.asker.token = forger.token(claims=forger.body | {"iat": now - 3700, "exp": now - 100})
            elif name == "disabled":
                self.admin.do("DELETE", f"/users/{person.entity['id']}")
            elif name == "anonymous":
                person.asker.token = None
            found[name] = person
        return found

    def make_source(self, folder):
        """Data that tests can be run on."""
        path = folder / "source.db"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE t (id INTEGER)")
        database.close()
        name = unique("source")
        self.admin.post("/services/databaseServices", {"name": name, "serviceType": "SQLite", "connection": {
            "config": {"type": "SQLite", "databaseMode": str(path)}}})
        self.admin.post("/databases", {"name": "default", "service": name})
        self.admin.post("/databaseSchemas", {"name": "main", "database": f"{name}.default"})
        self.source = self.admin.post("/tables", {"name": "t", "databaseSchema": f"{name}.default.main", "columns": [
            {"name": "id", "dataType": "INT"}]})["fullyQualifiedName"]

    # Things -----------------------------------------------------------------------------------------------------------

    def body(self, kind):
        if kind == "testCase":
            return {"name": unique("case"), "testDefinition": "tableRowCountToEqual", "entityLink": f"<#E::table::{self.source}>",
                    "parameterValues": [{"name": "value", "value": "0"}]}
        if kind == "table":  # with what is removed by routes of its own
            return self.kinds[kind].body(self.chain) | {"dataModel": {"modelType": "DBT"}, "tableProfilerConfig": {"profileSample": 5}}
        if kind == "basicSuite":
            return {"name": unique("suite"), "basicEntityReference": self.chain.table()["fullyQualifiedName"]}
        return self.kinds[kind].body(self.chain)

    def collection(self, kind):
        return {"basicSuite": "/dataQuality/testSuites", "run": "/dataQuality/executions", "csvJob": "/csv/jobs"}.get(kind) or self.kinds[kind].collection

    def actor(self, who, kind):
        """Accounts are asked for by twins, which may end themselves."""
        return self.strangers.get(who) or (self.twins if kind in ("user", "") else self.people)[who]

    def user_of(self, who, kind):
        """The account that a cell of the kind is asked for with."""
        return self.actor(who, kind or "-").entity

    def thing(self, kind, who, whose):
        """The entity of the cell: id, fqn, the body that it was made of, and what belongs to it."""
        if whose == "absent" or whose == "deleted" and kind in FOR_GOOD | {"run", "csvJob"}:
            return {"id": str(uuid.uuid4()), "fqn": unique("absent") + (".t" if kind != "user" else ""), "body": None}
        who = "somebody" if who in self.strangers else who  # what they ask for is somebody's
        key = (kind, who, whose)
        if key not in self.things:
            self.things[key] = self.make(kind, who, whose)
        return self.things[key]

    def forget(self, kind, who, whose):
        self.things.pop((kind, who, whose), None)

    def make(self, kind, who, whose):
        if kind == "csvJob":
            return self.begin_export(who if whose == "own" else "somebody")
        if kind == "run":
            return self.begin_run(who if whose == "own" else "somebody")
        owner = self.somebody if who == "somebody" or whose == "foreign" else self.actor(who, kind)
        if kind == "user" and whose == "own":
            return {"id": owner.entity["id"], "fqn": owner.entity["fullyQualifiedName"], "body": {
                key: owner.body[key] for key in ("name", "email")}}
        body = self.body(kind)
        if kind not in OWNERLESS | {"user"}:
            body["owners"] = [owner.owner]
        at = self.collection(kind)
        entity = self.admin.post(at + ("/basic" if kind == "basicSuite" else ""), body)
        made = {"id": entity["id"], "fqn": entity["fullyQualifiedName"], "body": body, "ref": {"id": entity["id"], "type": kind}}
        getattr(self, "with_" + kind, lambda *_: None)(made, who, whose)
        if kind.endswith("Service"):
            self.admin.put(f"{at}/{entity['id']}/testConnectionResult", {"status": "Failed"})
        if whose == "deleted":
            self.admin.do("DELETE", f"{at}/{entity['id']}?recursive=true")
            made["gone"] = True
        return made

    def with_table(self, made, who, whose):
        """An edge to a second table, which the person may edit."""
        if whose == "second":
            return
        made["suggestion"] = self.suggest(self.admin, made)
        made["second"] = self.thing("table", who, "second")
        at = f"/tables/{made['id']}"
        self.admin.put(at + "/sampleData", {"columns": []})
        self.admin.put(at + "/tableProfile", {"tableProfile": {"timestamp": 5}})
        for metric in ({}, {"columnName": "id"}):
            self.admin.put(at + "/customMetric", {"name": "m", "expression": "e"} | metric)
        for ends in ((made["ref"], made["second"]["ref"]), (made["second"]["ref"], made["ref"])):
            self.admin.put("/lineage", {"edge": {"fromEntity": ends[0], "toEntity": ends[1], "lineageDetails": {"source": "Manual"}}})

    def with_sample(self, made, who, whose):
        collection = self.collection(made["ref"]["type"])
        self.admin.put(f"{collection}/{made['id']}/sampleData", {})

    with_topic = with_searchIndex = with_worksheet = with_sample

    def with_database(self, made, who, whose):
        self.admin.put(f"/databases/{made['id']}/databaseProfilerConfig", {"profileSample": 5})

    def with_databaseSchema(self, made, who, whose):
        self.admin.put(f"/databaseSchemas/{made['id']}/databaseSchemaProfilerConfig", {"profileSample": 5})

    def with_pipeline(self, made, who, whose):
        made["key"] = int(time.time() * 1000)
        self.admin.put(f"/pipelines/{name_path(made['fqn'])}/status", self.run_of(made["key"]))

    def with_kpi(self, made, who, whose):
        made["key"] = int(time.time() * 1000)
        self.admin.put(f"/kpi/{name_path(made['fqn'])}/kpiResult", self.reached_at(made["key"]))

    def with_dataContract(self, made, who, whose):
        made["key"] = int(time.time() * 1000)
        self.admin.put(f"/dataContracts/{made['id']}/results", self.checked_at(made["key"]))

    def with_ingestionPipeline(self, made, who, whose):
        made["key"] = str(uuid.uuid4())
        self.admin.put(f"/services/ingestionPipelines/{name_path(made['fqn'])}/pipelineStatus", self.status_of(made["key"]))
        self.admin.post(f"/services/ingestionPipelines/logs/{name_path(made['fqn'])}/r1", {"logs": "a line"})

    def with_testCase(self, made, who, whose):
        cases, fqn = "/dataQuality/testCases", name_path(made["fqn"])
        made["key"] = int(time.time() * 1000)
        self.admin.post(f"{cases}/testCaseResults/{fqn}", {"timestamp": made["key"], "testCaseStatus": "Failed"})
        made["incident"] = self.admin.get(f"{cases}/testCaseIncidentStatus?testCaseFQN={fqn}")["data"][0]
        self.admin.put(f"{cases}/{made['id']}/failedRowsSample", {"columns": ["id"], "rows": [[1]]})

    def with_testSuite(self, made, who, whose):
        made["case"] = self.thing("testCase", "somebody", "foreign")["id"]
        self.admin.put("/dataQuality/testCases/logicalTestCases", {"testSuiteId": made["id"], "testCaseIds": [made["case"]]})

    def suggest(self, asker, made):
        """The id of a suggestion about the table."""
        return asker.post("/suggestions", self.suggested(made))["id"]

    @staticmethod
    def suggested(made):
        return {"type": "SuggestDescription", "entityLink": f"<#E::table::{made['fqn']}>", "description": unique("d")}

    def begin_run(self, who):
        person = self.people.get(who, self.somebody)
        begun = person.asker.post(f"/dataQuality/testCases/{self.thing('testCase', who, 'own')['id']}/execute?async=true", {})
        return {"id": begun["id"], "fqn": "", "body": None}

    def begin_export(self, who):
        asker = self.people.get(who, self.somebody).asker
        begun = asker.get(f"/tables/name/{name_path(self.source)}/exportAsync")
        while asker.get(f"/csv/jobs/{begun['jobId']}")["status"] != "done":
            time.sleep(0.01)
        return {"id": begun["jobId"], "fqn": "", "body": None}

    @staticmethod
    def run_of(at):
        return {"timestamp": at, "executionStatus": "Successful"}

    @staticmethod
    def checked_at(at):
        return {"timestamp": at, "contractExecutionStatus": "Success", "result": "all well"}

    @staticmethod
    def reached_at(at):
        return {"timestamp": at, "targetResult": [{"name": "described", "value": "0.5"}]}

    @staticmethod
    def status_of(run):
        return {"runId": run, "pipelineState": "success", "timestamp": 1_700_000_000_000}

    # Requests ---------------------------------------------------------------------------------------------------------

    def request(self, route, kind, who, whose):
        """(path, body) of the cell."""
        method, template = route
        thing = self.thing(kind, who, whose) if kind else {"id": str(uuid.uuid4()), "fqn": unique("x"), "body": None}
        second = thing.get("second") or (self.thing("table", who, "second") if kind == "table" else thing)
        body, query = self.special(route, kind, who, thing, second)
        values = {"id": thing["id"], "fqn": thing["fqn"], "version": "0.1", "entityType": kind or "table", "date": "2024-05-01", "type": kind or "table", "item": "m", "within": "id", "timestamp": 5,
                  "run": thing["fqn"] + "/r1", "resource": kind or "table",
                  "index": "table_search_index", "direction": "Downstream", "source": "Manual", "expression": "isOwner()", "provider": "none",
                  "file": "none", "key": thing.get("key", 1), "keyId": thing.get("api_key", str(uuid.uuid4())),
                  "fromType": "table", "toType": "table", "fromId": thing["id"], "toId": second["id"],
                  "fromFqn": thing["fqn"], "toFqn": second["fqn"], "suite": thing["id"], "name": "lineageSettings",
                  "userId": self.user_of(who, kind)["id"]}
        if template.endswith("/columnProfile") or "/columns/name/" in template:
            values["fqn"] += ".id"
        if "incident" in template.lower():
            state = thing.get("incident") or {"id": thing["id"], "stateId": thing["id"]}
            values |= {"id": state["id"], "stateId": state["stateId"]}
        if "/suggestions/{id}" in template:
            values["id"] = thing.get("suggestion", thing["id"])
            if whose in ("own", "foreign"):  # one that is open, of the person where it is about authors
                mine = whose == "own" and not template.endswith(("/accept", "/reject"))
                values["id"] = self.suggest((self.people.get(who, self.somebody) if mine else self.somebody).asker, thing)
        if "/logicalTestCases/" in template:
            values["id"] = thing.get("case", thing["id"])
        path = template.replace("{result}", f"{name_path(thing['fqn'])}/{thing.get('key', 1)}")
        path = re.sub(r"\{(\w+)\}", lambda match: name_path(str(values[match.group(1)])), path)
        return path + query, body

    def special(self, route, kind, who, thing, second):
        """(body, query) of routes that need one."""
        method, template = route
        below = template.removeprefix(ROOT)
        display = [{"op": "add", "path": "/displayName", "value": unique("shown")}]
        for name, one in self.kinds.items():  # below every collection
            if below == one.collection and method in ("POST", "PUT"):
                made = dict(thing["body"] or self.body(name))
                return made | ({"displayName": unique("shown")} if method == "PUT" else {}), ""
            if below == one.collection + "/bulk":
                return [self.body(name)], "?dryRun=true"
            if below == one.collection + "/restore":
                return {"id": thing["id"]}, ""
            if method == "PATCH" and below in (one.collection + "/{id}", one.collection + "/name/{fqn}"):
                return display, ""
            if below == one.collection + "/{id}/followers":
                return self.user_of(who, kind)["id"], ""
            if below == one.collection + "/{id}/vote":
                return {"updatedVoteType": "votedUp"}, ""
            if below == one.collection + "/{id}/sampleData" and method == "PUT":
                return {"columns": []} if name in ("table", "worksheet") else {"messages": []}, ""
        value = unique("v")
        attached = {
            "PUT /{fqn}/tableProfile": {"tableProfile": {"timestamp": 5}},
            "PUT /{id}/dataModel": {"modelType": "DBT", "sql": value},
            "PUT /{id}/tableProfilerConfig": {"profileQuery": value}, "PUT /{id}/joins": {},
            "PUT /{id}/databaseProfilerConfig": {"sampleDataStorageConfig": {"x": value}},
            "PUT /{id}/databaseSchemaProfilerConfig": {"sampleDataStorageConfig": {"x": value}},
            "PUT /{id}/testConnectionResult": {"steps": [{"name": value, "mandatory": True, "passed": True}]},
            "PUT /{id}/customMetric": {"name": "m", "expression": value},
        }
        for end, sent in attached.items():
            if f"{method} {below}".startswith(end.split("/")[0]) and below.endswith(end.split(" ")[1]):
                return sent, ""
        edge = {"edge": {"fromEntity": {"id": thing["id"], "type": "table"}, "toEntity": {"id": second["id"], "type": "table"}}}
        fqn = f"?fqn={name_path(thing['fqn'])}&type=table"
        bodies = {
            "POST /users/{id}/apiKeys": lambda: {"name": unique("key")}, "PUT /users/generateToken/{id}": lambda: {"JWTTokenExpiry": "OneHour"},
            "PUT /users/revokeToken": lambda: {"id": thing["id"]}, "PUT /users/security/token": lambda: {"tokenName": unique("pat")},
            "PUT /users/changePassword": lambda: {"requestType": "SELF", "newPassword": "x", "confirmPassword": "x"},
            "POST /users/checkEmailInUse": lambda: {"email": ADMIN_EMAIL}, "POST /users/checkEmailVerified": lambda: {"email": ADMIN_EMAIL},
            "POST /users/generatePasswordResetLink": lambda: {"email": self.somebody.body["email"]},
            "POST /users/logout": lambda: {}, "POST /auth/logout": lambda: {},
            "PUT /lineage": lambda: edge, "PUT /lineage/{fromType}/{fromId}/{toType}/{toId}": lambda: {"source": "Manual"},
            "PUT /lineage/{fromType}/name/{fromFqn}/{toType}/name/{toFqn}": lambda: {"source": "Manual"},
            "PATCH /lineage/{fromType}/{fromId}/{toType}/{toId}": lambda: [{"op": "add", "path": "/description", "value": unique("d")}],
            "PUT /pipelines/{fqn}/status": lambda: self.run_of(int(time.time() * 1000)),
            "PUT /kpi/{fqn}/kpiResult": lambda: self.reached_at(int(time.time() * 1000)),
            "PUT /services/ingestionPipelines/{fqn}/pipelineStatus": lambda: self.status_of(str(uuid.uuid4())),
            **{f"{method} /dataQuality/testCases/testCaseResults/{{fqn}}": lambda: {
                "testCaseStatus": "Success", "timestamp": int(time.time() * 1000) - DAY} for method in ("POST", "PUT")},
            "PATCH /dataQuality/testCases/testCaseResults/{result}": lambda: [{"op": "add", "path": "/result", "value": unique("r")}],
            "POST /dataQuality/testCases/createMany": lambda: [self.body("testCase")],
            "PUT /dataQuality/testCases/{id}/failedRowsSample": lambda: {"columns": ["id"], "rows": [[2]]},
            "PUT /dataQuality/testCases/{id}/inspectionQuery": lambda: "SELECT 1",
            "PUT /dataQuality/testCases/logicalTestCases": lambda: {"testSuiteId": thing["id"], "testCaseIds": [thing.get("case", thing["id"])]},
            "POST /dataQuality/testCases/testCaseIncidentStatus": lambda: {
                "testCaseResolutionStatusType": "Ack", "testCaseReference": thing["fqn"]},
            "PATCH /dataQuality/testCases/testCaseIncidentStatus/{id}": lambda: [{"op": "add", "path": "/severity", "value": "Severity2"}],
            "PUT /system/settings": lambda: {"config_type": "profilerConfiguration", "config_value": {"metricConfiguration": []}},
            "PUT /columns/name/{fqn}": lambda: {"description": unique("d")},
            "POST /services/ingestionPipelines/logs/{run}": lambda: {"logs": "a line"},
            **{f"{method} /usage/{{entityType}}/{at}": lambda: {"date": "2024-05-01", "count": 1}
               for method in ("POST", "PUT") for at in ("{id}", "name/{fqn}")},
            **{f"{method} /queries/{{id}}/usage": lambda: [] for method in ("PUT", "DELETE")},
            "POST /queryCostRecord": lambda: {"timestamp": 1_700_000_000_000, "cost": 1.5, "count": 2,
                                              "queryReference": {"id": thing["id"], "type": "query"}},
            "PUT /dataContracts/{id}/results": lambda: self.checked_at(int(time.time() * 1000)),
            "PUT /metadata/types/{id}": lambda: {"name": unique("property"), "description": "d", "propertyType": {
                "id": self.admin.get("/metadata/types/name/string")["id"], "type": "type"}},
            "PUT /queries/{id}/users": lambda: [], "PUT /queries/{id}/usedBy": lambda: [unique("somebody")],
            **{f"PUT /{collection}/{{fqn}}/assets/{verb}": lambda: {"assets": []} for verb in ("add", "remove")
               for collection in ("domains", "dataProducts", "tags", "glossaryTerms", "teams")},
            "POST /suggestions": lambda: self.suggested(thing), "PUT /suggestions/{id}": lambda: {"description": unique("d")},
            "POST /search/query": lambda: {"query": {"match_all": {}}}, "POST /search/preview": lambda: {"query": "t"},
            "POST /search/aggregate": lambda: {"fieldName": "name.keyword", "index": "table_search_index"},
        }
        for path in ("/dataQuality/testSuites/basic", "/dataQuality/testSuites/executable"):
            for method_of in ("POST", "PUT"):
                bodies[f"{method_of} {path}"] = lambda: dict(thing["body"] or self.body("basicSuite"))
        chosen = f"?entityFQN={name_path(thing['fqn'])}&userId={self.somebody.entity['id']}"
        queries = {
            "PUT /suggestions/accept-all": chosen, "PUT /suggestions/reject-all": chosen,
            "GET /users/security/token": f"?username={name_path(thing['fqn'])}",
            "PUT /users/security/token/revoke": f"?removeAll=true&username={name_path(thing['fqn'])}",
            "GET /permissions/policies": f"?ids={thing['id']}", "GET /lineage/export": fqn, "GET /lineage/getDataQualityLineage": fqn,
            "GET /lineage/getLineage": fqn, "GET /lineage/getLineage/{direction}": fqn, "GET /lineage/getPaginationInfo": fqn,
            "GET /lineage/getLineageByEntityCount": fqn + "&direction=Downstream",
            "GET /dataQuality/testCases/testCaseResults/search/latest": f"?testCaseFQN={name_path(thing['fqn'])}",
            "GET /dataQuality/testSuites/executionSummary": f"?testSuiteId={thing['id']}",
            "GET /dataQuality/testSuites/dataQualityReport": "?index=testCase&aggregationQuery=bucketName%3Ds:aggType%3Dterms:field%3DtestCaseType",
            "GET /tables/{fqn}/columnProfile": "?startTs=0&endTs=10",
            "GET /search/fieldQuery": "?fieldName=name&fieldValue=t", "GET /search/sourceUrl": "?sourceUrl=none", "GET /search/suggest": "?q=t",
            "GET /search/aggregate": "?field=name.keyword&index=table_search_index", "GET /search/query": "?q=t&size=0",
        }
        if below in ("/users/export", "/users/exportAsync", "/users/import", "/users/importAsync"):
            return None, f"?team={name_path(thing['fqn'])}"
        name = f"{method} {below}"
        body = bodies[name]() if name in bodies else {} if method == "POST" else None
        if name == "DELETE /users/{id}/apiKeys/{keyId}" and thing["body"] is not None and not thing.get("gone"):
            thing["api_key"] = self.admin.post(f"/users/{thing['id']}/apiKeys", {"name": unique("key")})["id"]
        return body, queries.get(name, "")

