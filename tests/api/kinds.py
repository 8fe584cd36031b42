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


def _in_service(kind, service_type, prefix):
    """A create body of what lies in a service that is put first, and its FQN."""
    service = f"{kind}Home"

    def body(chain):
        chain.api.put(f"/services/{kind}Services", {"name": service, "serviceType": service_type})
        return {"name": unique(prefix), "service": service}
    return body, ("service",), lambda chain, made: f"{service}.{made['name']}"


def _test_case(chain):
    table = chain.api.post("/tables", chain.body())["fullyQualifiedName"]
    return {"name": unique("case"), "testDefinition": "tableRowCountToEqual", "entityLink": f"<#E::table::{table}>",
            "parameterValues": [{"name": "value", "value": "1"}]}


def _below_link(chain, body):
    return body["entityLink"].split("::")[2].rstrip(">") + "." + body["name"]


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
    Kind("dashboard", "/dashboards", *_in_service("dashboard", "Superset", "dash")),
    Kind("chart", "/charts", *_in_service("dashboard", "Superset", "chart")),
    Kind("pipelineService", "/services/pipelineServices",
         lambda chain: {"name": unique("psvc"), "serviceType": "Airflow"}, ("serviceType",)),
    Kind("pipeline", "/pipelines", *_in_service("pipeline", "Airflow", "pipe")),
    Kind("testDefinition", "/dataQuality/testDefinitions",
         lambda chain: {"name": unique("def"), "description": "d", "testPlatforms": ["Other"]}, ("description", "testPlatforms")),
    Kind("testSuite", "/dataQuality/testSuites", lambda chain: {"name": unique("suite")}),
    Kind("testCase", "/dataQuality/testCases", _test_case, ("testDefinition", "entityLink"), _below_link),
]
