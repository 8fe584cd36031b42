"""What the fixture of a format holds, and what a server that serves it must answer. Standard library only, for tools/gen-fixture."""

import json
import pathlib
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data"
SECRET = "f1xture-secret"
USER = "ann@example.com"
USER_PASSWORD = "Another-horse-8-battery"


class Caller:
    """Calls one server as one principal."""

    def __init__(self, server, token):
        self.server = server
        self.token = token

    def call(self, method, path, body=None, kind="application/json"):
        """The answer as JSON, with the server's address taken out; None when there is no such thing."""
        head = {"Authorization": "Bearer " + self.token, "X-Metadata-Dialect": "openmetadata"}
        if body is not None:
            head["Content-Type"] = kind
        request = urllib.request.Request(self.server.base + path, method=method, headers=head,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as failure:
            if method == "GET" and failure.code == 404:
                return None
            raise AssertionError(f"{method} {path}: {failure.code} {failure.read()[:500]}") from None
        return json.loads(text.replace(self.server.root, "http://server")) if text else None

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body):
        return self.call("POST", path, body)

    def put(self, path, body):
        return self.call("PUT", path, body)

    def patch(self, path, *operations):
        return self.call("PATCH", path, [{"op": op, "path": at} | ({} if op == "remove" else {"value": value})
                                         for op, at, value in operations], "application/json-patch+json")


def fill(server):
    """Every entity type, history beyond a full text, labels, owners, deletes, secrets, runs of a pipeline, odd names."""
    api = Caller(server, server.login())
    ann = api.post("/users", {"name": "ann", "email": USER, "displayName": "Ann Ó Dún", "createPasswordType": "ADMIN_CREATE",
                              "password": USER_PASSWORD, "confirmPassword": USER_PASSWORD})
    team = api.post("/teams", {"name": "team", "teamType": "Group", "users": [ann["id"]]})
    api.post("/policies", {"name": "policy", "rules": [{"name": "r", "effect": "allow", "resources": ["All"],
                                                         "operations": ["ViewAll"]}]})
    api.post("/roles", {"name": "role", "policies": ["policy"]})
    api.post("/users", {"name": "robot", "email": "robot@example.com", "isBot": True})
    api.post("/bots", {"name": "robot-bot", "botUser": "robot"})
    api.post("/classifications", {"name": "Data.Class", "description": "its name has a dot"})
    api.post("/tags", {"name": "tag one", "classification": '"Data.Class"', "description": "d"})
    api.post("/services/testConnectionDefinitions", {"name": "Own.testConnectionDefinition", "steps": []})
    service = api.post("/services/databaseServices", {
        "name": "my.svc", "serviceType": "Mysql", "description": "holds a secret",
        "connection": {"config": {"type": "Mysql", "username": "u", "password": SECRET, "hostPort": "h:1"}}})
    database = api.post("/databases", {"name": "db", "service": service["fullyQualifiedName"]})
    schema = api.post("/databaseSchemas", {"name": "sch.ema", "database": database["fullyQualifiedName"]})["fullyQualifiedName"]
    columns = [{"name": "id", "dataType": "BIGINT"},
               {"name": "who", "dataType": "STRUCT", "children": [{"name": "mail", "dataType": "VARCHAR", "dataLength": 9}]}]
    tables = [api.post("/tables", {"name": name, "databaseSchema": schema, "columns": columns, "description": "first"})
              for name in ("orders", "größe", "a/b", "gone", "back")]
    orders = f"/tables/{tables[0]['id']}"
    label = {"tagFQN": '"Data.Class".tag one', "source": "Classification", "labelType": "Manual", "state": "Confirmed"}
    api.patch(orders, ("add", "/owners", [{"id": ann["id"], "type": "user"}]), ("add", "/tags", [label]))
    api.patch(orders, ("add", "/columns/1/children/0/tags", [label]), ("add", "/columns/0/description", "the key"))
    for n in range(20):
        api.patch(orders, ("add", "/description", f"version {n}"))
    api.patch(orders, ("replace", "/owners", [{"id": team["id"], "type": "team"}]))
    api.call("DELETE", f"/tables/{tables[3]['id']}")
    api.call("DELETE", f"/tables/{tables[4]['id']}")
    api.put("/tables/restore", {"id": tables[4]["id"]})
    lost = api.post("/tables", {"name": "lost", "databaseSchema": schema, "columns": []})
    api.call("DELETE", f"/tables/{lost['id']}?hardDelete=true")
    api.post("/storedProcedures", {"name": "sp", "databaseSchema": schema,
                                   "storedProcedureCode": {"language": "SQL", "code": "select 1"}})
    pipeline = api.post("/services/ingestionPipelines", {
        "name": "nightly", "pipelineType": "metadata", "sourceConfig": {"config": {"type": "DatabaseMetadata"}},
        "airflowConfig": {}, "service": {"id": service["id"], "type": "databaseService"}})
    fqn = urllib.parse.quote(pipeline["fullyQualifiedName"], safe="")
    for n in range(3):
        api.put(f"/services/ingestionPipelines/{fqn}/pipelineStatus",
                {"runId": f"run{n}", "pipelineState": "success", "timestamp": 1_700_000_000_000 + n})
    for start, end in ((0, 1), (1, 2)):
        mapped = [{"fromColumns": [tables[start]["fullyQualifiedName"] + ".who.mail"],
                   "toColumn": tables[end]["fullyQualifiedName"] + ".id", "function": "length"}]
        api.put("/lineage", {"edge": {
            "fromEntity": {"id": tables[start]["id"], "type": "table"}, "toEntity": {"id": tables[end]["id"], "type": "table"},
            "lineageDetails": {"sqlQuery": f"select {start}", "source": "QueryLineage", "columnsLineage": mapped,
                               "pipeline": {"id": pipeline["id"], "type": "ingestionPipeline"}}}})
    other = api.post("/services/databaseServices", {"name": "removed", "serviceType": "SQLite"})
    api.post("/databases", {"name": "db", "service": "removed"})
    api.call("DELETE", f"/services/databaseServices/{other['id']}?recursive=true")


def collections():
    rows = json.loads((ROOT / "tests" / "contract" / "entities.json").read_text())
    return {kind: row["route"] for kind, row in rows.items()}


def pages(api, path, **options):
    """The rows of a list, page by page."""
    after = ""
    while True:
        page = api.get(f"{path}&limit=200{after}", **options)
        yield from page["data"]
        if not page["paging"].get("after"):
            return
        after = "&after=" + urllib.parse.quote(page["paging"]["after"])


def paths_of(api):
    """Everything that can be asked of the entities that are there."""
    for kind, route in collections().items():
        for entity in pages(api, f"{route}?include=all"):
            yield f"{route}/{entity['id']}?fields=*&include=all"
            yield f"{route}/name/{urllib.parse.quote(entity['fullyQualifiedName'], safe='')}?include=all"
            yield f"{route}/{entity['id']}/versions"
            if not entity.get("deleted"):
                yield f"/lineage/{kind}/{entity['id']}?upstreamDepth=3&downstreamDepth=3"
            for version in api.get(f"{route}/{entity['id']}/versions")["versions"]:
                yield f"{route}/{entity['id']}/versions/{json.loads(version)['version']}"
            if kind == "ingestionPipeline":
                fqn = urllib.parse.quote(entity["fullyQualifiedName"], safe="")
                yield f"/services/ingestionPipelines/{fqn}/pipelineStatus?startTs=0&endTs=2000000000000"


def collect(server):
    """{who: {path: answer}} for an admin and for the bot, which sees secrets."""
    admin, bot = Caller(server, server.login()), Caller(server, server.bot_token())
    paths = list(paths_of(admin))
    secrets = [path for path in paths if path.startswith("/services/databaseServices/")]
    return {"admin": {path: admin.get(path) for path in paths}, "bot": {path: bot.get(path) for path in secrets}}
