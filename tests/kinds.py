"""One row per entity type: where it lives, the least it takes to make one, and a plain field to change."""

import dataclasses
from typing import Callable

from client import unique


@dataclasses.dataclass
class Kind:
    type: str
    collection: str
    body: Callable  # (chain) -> the least create body
    required: tuple = ()  # what a create body cannot do without, beside `name`
    fqn: Callable = lambda chain, body: body["name"]
    change: str = "description"
    named: bool = True  # False: a body without a name gets one
    given: bool = False  # the body says the FQN
    soft: bool = True  # a DELETE without more is one that can be undone

    def __str__(self):
        return self.type


def _procedure(chain):
    return {"name": unique("sp"), "databaseSchema": chain.fqn, "storedProcedureCode": {"language": "SQL", "code": "select 1"}}


def _pipeline(chain):
    return {"name": unique("p"), "pipelineType": "metadata", "sourceConfig": {"config": {"type": "DatabaseMetadata"}},
            "airflowConfig": {}, "service": {"id": chain.service["id"], "type": "databaseService"}}


def _tag(chain):
    chain.api.put("/classifications", {"name": "TagHome", "description": "holds the tags of a test"})
    return {"name": unique("tag"), "classification": "TagHome", "description": "d"}


def _user(chain):
    name = unique("kinduser")
    return {"name": name, "email": f"{name}@example.com"}


def _bot(chain):
    user = unique("botuser")
    chain.api.post("/users", {"name": user, "email": f"{user}@example.com", "isBot": True})
    return {"name": unique("bot"), "botUser": user}


def _under(name):
    return lambda chain, body: getattr(chain, name)["fullyQualifiedName"] + "." + body["name"]


# A service of each kind that things can be put into.
SERVICES = {"dashboard": "Superset", "pipeline": "Airflow", "messaging": "Kafka", "storage": "S3", "mlmodel": "Mlflow",
            "search": "ElasticSearch", "api": "Rest", "drive": "GoogleDrive", "metadata": "Atlas", "security": "Ranger"}


def _service(service_type):
    return lambda chain: {"name": unique("svc"), "serviceType": service_type}


def _in_service(kind, prefix, between="", **more):
    """A create body of what lies in a service that is put first, what it needs, and its FQN."""
    service = f"{kind}Home"

    def body(chain):
        chain.api.put(f"/services/{kind}Services", {"name": service, "serviceType": SERVICES[kind]})
        return {"name": unique(prefix), "service": service, **more}
    return body, ("service", *more), lambda chain, made: f"{service}{between}.{made['name']}"


def _in(container, prefix, **more):
    """The same of what lies in an entity of another kind that is put first."""
    def body(chain):
        home = next(kind for kind in KINDS if kind.type == container)
        made = home.body(chain) | {"name": container + "Home"}
        put = chain.api.put(home.collection, made)
        return {"name": unique(prefix), container: put["fullyQualifiedName"], **more}
    return body, (container, *more), lambda chain, made: f"{made[container]}.{made['name']}"


def _data_product(chain):
    chain.api.put("/domains", {"name": "DomainHome", "domainType": "Aggregate", "description": "d"})
    return {"name": unique("product"), "description": "d", "domains": ["DomainHome"]}


def _test_case(chain):
    table = chain.api.post("/tables", chain.body())["fullyQualifiedName"]
    return {"name": unique("case"), "testDefinition": "tableRowCountToEqual", "entityLink": f"<#E::table::{table}>",
            "parameterValues": [{"name": "value", "value": "1"}]}


def _below_link(chain, body):
    return body["entityLink"].split("::")[2].rstrip(">") + "." + body["name"]


def _query(chain):
    return {"name": unique("q"), "query": f"select '{unique('text')}'", "service": chain.service["fullyQualifiedName"]}


def _document(chain):
    name = unique("page")
    return {"name": name, "fullyQualifiedName": "pages." + name, "entityType": "Page", "data": {"page": {"layout": []}}}


def _report(chain):
    return {"name": unique("report"), "service": {"id": chain.service["id"], "type": "databaseService"}}


def _kpi(chain):
    chain.api.put("/analytics/dataInsights/charts", {"name": "ChartHome"})
    return {"name": unique("kpi"), "description": "d", "dataInsightChart": "ChartHome", "startDate": 1_700_000_000_000, "endDate": 1_800_000_000_000,
            "targetValue": 0.5, "metricType": "PERCENTAGE"}


def _definition(chain):
    return {"name": unique("app"), "className": "org.example.App", "appType": "internal", "scheduleType": "Scheduled", "permission": "All"}


def _app(chain):
    return {"name": chain.api.post("/apps/marketplace", _definition(chain))["name"]}


def _contract(chain):
    table = chain.api.post("/tables", chain.body())
    return {"name": unique("contract"), "entity": {"id": table["id"], "type": "table", "fullyQualifiedName": table["fullyQualifiedName"]}}


RULES = [{"name": "r", "effect": "allow", "resources": ["All"], "operations": ["ViewAll"]}]

KINDS = [
    Kind("databaseService", "/services/databaseServices", lambda chain: {"name": unique("svc"), "serviceType": "SQLite"},
         ("serviceType",)),
    Kind("database", "/databases", lambda chain: {"name": unique("db"), "service": chain.service["fullyQualifiedName"]},
         ("service",), _under("service")),
    Kind("databaseSchema", "/databaseSchemas",
         lambda chain: {"name": unique("sch"), "database": chain.database["fullyQualifiedName"]}, ("database",),
         _under("database")),
    Kind("table", "/tables", lambda chain: chain.body(), ("columns", "databaseSchema"), _under("schema")),
    Kind("storedProcedure", "/storedProcedures", _procedure, ("storedProcedureCode", "databaseSchema"), _under("schema")),
    Kind("ingestionPipeline", "/services/ingestionPipelines", _pipeline,
         ("pipelineType", "sourceConfig", "airflowConfig", "service"), _under("service")),
    Kind("testConnectionDefinition", "/services/testConnectionDefinitions",
         lambda chain: {"name": unique("tcd"), "steps": []}, ("steps",)),
    Kind("classification", "/classifications", lambda chain: {"name": unique("cls"), "description": "d"}, ("description",)),
    Kind("tag", "/tags", _tag, ("description",), lambda chain, body: "TagHome." + body["name"]),
    Kind("user", "/users", _user, ("email",)),
    Kind("team", "/teams", lambda chain: {"name": unique("team"), "teamType": "Group"}, ("teamType",)),
    Kind("role", "/roles", lambda chain: {"name": unique("role"), "policies": ["DataConsumerPolicy"]}, ("policies",)),
    Kind("policy", "/policies", lambda chain: {"name": unique("pol"), "rules": RULES}, ("rules",)),
    Kind("bot", "/bots", _bot, ("botUser",)),
    Kind("dashboardService", "/services/dashboardServices",
         lambda chain: {"name": unique("dsvc"), "serviceType": "Superset"}, ("serviceType",)),
    Kind("dashboard", "/dashboards", *_in_service("dashboard", "dash")),
    Kind("chart", "/charts", *_in_service("dashboard", "chart")),
    Kind("pipelineService", "/services/pipelineServices",
         lambda chain: {"name": unique("psvc"), "serviceType": "Airflow"}, ("serviceType",)),
    Kind("pipeline", "/pipelines", *_in_service("pipeline", "pipe")),
    Kind("testDefinition", "/dataQuality/testDefinitions",
         lambda chain: {"name": unique("def"), "description": "d", "testPlatforms": ["Other"]}, ("description", "testPlatforms")),
    Kind("testSuite", "/dataQuality/testSuites", lambda chain: {"name": unique("suite")}),
    *[Kind(f"{kind}Service", f"/services/{kind}Services", _service(service_type), ("serviceType",))
      for kind, service_type in SERVICES.items() if kind not in ("dashboard", "pipeline")],
    Kind("topic", "/topics", *_in_service("messaging", "topic", partitions=1)),
    Kind("mlmodel", "/mlmodels", *_in_service("mlmodel", "model")),
    Kind("container", "/containers", *_in_service("storage", "box")),
    Kind("searchIndex", "/searchIndexes", *_in_service("search", "index", fields=[{"name": "id", "dataType": "LONG"}])),
    Kind("apiCollection", "/apiCollections", *_in_service("api", "api", endpointURL="https://example.com/api")),
    Kind("apiEndpoint", "/apiEndpoints", *_in("apiCollection", "call", endpointURL="https://example.com/api/call")),
    Kind("dashboardDataModel", "/dashboard/datamodels", *_in_service(
        "dashboard", "dm", between=".model", dataModelType="SupersetDataModel", columns=[{"name": "id", "dataType": "INT"}])),
    Kind("directory", "/drives/directories", *_in_service("drive", "dir")),
    Kind("file", "/drives/files", *_in_service("drive", "file")),
    Kind("spreadsheet", "/drives/spreadsheets", *_in_service("drive", "sheets")),
    Kind("worksheet", "/drives/worksheets", *_in("spreadsheet", "sheet")),
    Kind("metric", "/metrics", lambda chain: {"name": unique("metric")}),
    Kind("domain", "/domains", lambda chain: {"name": unique("domain"), "domainType": "Aggregate", "description": "d"},
         ("domainType", "description"), soft=False),
    Kind("dataProduct", "/dataProducts", _data_product, ("description", "domains"), soft=False),
    Kind("glossary", "/glossaries", lambda chain: {"name": unique("words"), "description": "d"}, ("description",)),
    Kind("glossaryTerm", "/glossaryTerms", *_in("glossary", "term", description="d")),
    Kind("persona", "/personas", lambda chain: {"name": unique("persona")}, soft=False),
    Kind("query", "/queries", _query, ("query", "service"), _under("service"), named=False, soft=False),
    Kind("docStore", "/docStore", _document, ("fullyQualifiedName", "entityType", "data"),
         lambda chain, body: body["fullyQualifiedName"], given=True, soft=False),
    Kind("workflow", "/automations/workflows",
         lambda chain: {"name": unique("flow"), "workflowType": "TEST_CONNECTION", "request": {"serviceType": "Database"}},
         ("workflowType", "request")),
    Kind("report", "/reports", _report, ("service",)),
    Kind("dataInsightChart", "/analytics/dataInsights/charts", lambda chain: {"name": unique("chart")}),
    Kind("kpi", "/kpi", _kpi, ("description", "dataInsightChart", "startDate", "endDate", "targetValue", "metricType")),
    Kind("appMarketPlaceDefinition", "/apps/marketplace", _definition, ("className", "appType", "scheduleType", "permission")),
    Kind("app", "/apps", _app),
    Kind("dataContract", "/dataContracts", _contract, ("entity",),
         lambda chain, body: f"{body['entity']['fullyQualifiedName']}.dataContract_{body['name']}"),
    Kind("testCase", "/dataQuality/testCases", _test_case, ("testDefinition", "entityLink"), _below_link),
]
