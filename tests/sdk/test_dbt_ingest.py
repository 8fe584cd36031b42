"""The real `metadata ingest` of what a real dbt run leaves: models, descriptions, labels, owners, lineage, tests and their results."""

import json
import os
import subprocess

import pytest

from client import Api
from harness import Server
from postgres import PASSWORD, PostgresServer
from sdk_client import WORKFLOW_SERVER
from workflow import PROGRAM, assert_all_taken, ingest_postgres, run_client

DBT = PROGRAM.parent / "dbt"
pytestmark = [pytest.mark.ingest, pytest.mark.skipif(not (PROGRAM.exists() and DBT.exists()), reason="no real client or no dbt: tools/test-venv")]
SDK = {"X-Metadata-Dialect": "openmetadata"}
MARTS = "local_pg.shop.marts"

SOURCE = """
CREATE SCHEMA raw;
CREATE TABLE raw.customers (id integer PRIMARY KEY, email text, name text);
CREATE TABLE raw.orders (id integer PRIMARY KEY, customer_id integer, amount numeric(10,2), status text);
INSERT INTO raw.customers VALUES (1, 'a@example.com', 'A'), (2, 'b@example.com', 'B'), (3, 'c@example.com', NULL);
INSERT INTO raw.orders VALUES (1, 1, 10, 'paid'), (2, 1, 20, 'open'), (3, 2, 30, 'lost');
"""

# No test of relationships: the client puts it on both tables, and the other one has no such column.
PROJECT = {
    "dbt_project.yml": """
name: shop
version: "1.0"
profile: shop
models: {shop: {+schema: marts}}
""",
    "profiles.yml": """
shop:
  target: dev
  outputs:
    dev: {{type: postgres, host: 127.0.0.1, port: {port}, user: owner, password: "{password}", dbname: shop, schema: public, threads: 2}}
""",
    # Schemas are named as the models say, without the target's before them.
    "macros/schemas.sql": """
{%- macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name if custom_schema_name else target.schema }}
{%- endmacro -%}
""",
    "models/sources.yml": """
version: 2
sources:
  - name: raw
    database: shop
    schema: raw
    tables:
      - name: customers
        description: customers as they come in
        columns:
          - {name: id, description: number of the customer}
      - name: orders
""",
    "models/stg_customers.sql": "{{ config(materialized='view') }} select id, email, name from {{ source('raw', 'customers') }}",
    "models/orders_per_customer.sql": """{{ config(materialized='table') }}
select c.id as customer_id, count(o.id) as orders, sum(o.amount) as total
from {{ ref('stg_customers') }} c join {{ source('raw', 'orders') }} o on o.customer_id = c.id group by c.id""",
    "models/models.yml": """
version: 2
models:
  - name: stg_customers
    description: customers, cleaned
    config: {tags: [nightly]}
    columns:
      - name: id
        description: the key
        tests: [unique, not_null]
      - name: name
        tests: [not_null]
  - name: orders_per_customer
    description: orders counted per customer
    config: {meta: {owner: alice.dbt}}
    columns:
      - name: customer_id
        description: whose orders
        tags: [key]
        tests: [unique]
      - name: total
        description: paid and unpaid
""",
    "tests/no_big_totals.sql": "select * from {{ ref('orders_per_customer') }} where total > 1000",
}

CONFIG = """
source:
  type: dbt
  serviceName: local_pg
  sourceConfig:
    config:
      type: DBT
      dbtConfigSource:
        dbtConfigType: local
        dbtCatalogFilePath: {target}/catalog.json
        dbtManifestFilePath: {target}/manifest.json
        dbtRunResultsFilePath: {target}/run_results.json
      dbtUpdateDescriptions: true
      dbtUpdateOwners: true
      includeTags: true
      dbtClassificationName: dbtTags
sink:
  type: metadata-rest
  config: {{}}
""" + WORKFLOW_SERVER


class Project:
    def __init__(self, home):
        self.home, self.folder = home, home / "project"
        self.postgres = PostgresServer().__enter__()
        self.postgres.psql("CREATE DATABASE shop")
        self.postgres.psql(SOURCE, "shop")
        for name, text in PROJECT.items():
            self.write(name, text.format(port=self.postgres.port, password=PASSWORD) if name == "profiles.yml" else text)
        self.server = Server().start()
        self.api = Api(self.server.base, self.server.login())
        for name in ("alice.dbt", "owner"):  # one is named in the project, one is the role that makes the tables
            self.api.post("/users", {"name": name, "email": f"{name}@example.com"})

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def dbt(self, *words, fails=False):
        env = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "HOME": str(self.home)}
        done = subprocess.run([DBT, *words, "--profiles-dir", ".", "--no-use-colors"], cwd=self.folder, env=env, capture_output=True, text=True, timeout=900)
        assert done.returncode == (1 if fails else 0), done.stdout + done.stderr

    def build(self):
        """Runs the models and their tests: one of them fails, as it should. Returns what became of the tests."""
        kept = self.folder / "target" / "run_results.json"
        self.dbt("run")
        self.dbt("test", fails=True)
        results = kept.read_text()
        self.dbt("docs", "generate")
        kept.write_text(results)  # the other command has results of its own
        results = json.loads(results)["results"]
        return {one["unique_id"]: one["status"] for one in results}

    def ingest_database(self):
        ingest_postgres(self.home, self.postgres, self.server, {
            "markDeletedTables": True, "schemaFilterPattern": {"includes": ["raw", "marts"]}})

    def ingest_dbt(self):
        run_client("ingest", self.home, CONFIG.format(
            target=self.folder / "target", url=self.server.url, token=self.server.bot_token()))
        assert_all_taken(self.server)

    def table(self, name, fields="owners,tags,dataModel"):
        return self.api.get(f"/tables/name/local_pg.shop.{name}?fields={fields}", headers=SDK)

    def cases(self):
        found = self.api.get("/dataQuality/testCases?fields=testDefinition,testCaseResult&limit=100", headers=SDK)["data"]
        return {case["name"]: case for case in found}

    def versions(self):
        kinds = ("/tables", "/dataQuality/testCases", "/dataQuality/testDefinitions", "/classifications", "/tags")
        return {entity["fullyQualifiedName"]: entity["version"]
                for kind in kinds for entity in self.api.get(f"{kind}?limit=1000", headers=SDK)["data"]}

    def end(self):
        self.postgres.__exit__()
        self.server.end()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = Project(tmp_path_factory.mktemp("dbt"))
    made.results = made.build()
    made.ingest_database()
    made.ingest_dbt()
    yield made
    made.end()


def test_models_have_their_code_and_kind(project):
    model = project.table("marts.orders_per_customer")["dataModel"]
    assert model["modelType"] == "DBT" and model["resourceType"] == "model" and model["path"].endswith("orders_per_customer.sql")
    assert "ref('stg_customers')" in model["rawSql"] and '"shop"."marts"."stg_customers"' in model["sql"]
    assert set(model["upstream"]) == {f"{MARTS}.stg_customers", "local_pg.shop.raw.orders"}
    assert project.table("raw.customers")["dataModel"]["resourceType"] == "source"


def test_descriptions_are_the_projects(project):
    customers = project.table("marts.stg_customers")
    assert customers["description"] == "customers, cleaned"
    columns = {column["name"]: column.get("description") for column in customers["columns"]}
    assert columns == {"id": "the key", "email": None, "name": ""}  # the client patches an empty text, too
    raw = project.table("raw.customers")
    assert raw["description"] == "customers as they come in" and raw["columns"][0]["description"] == "number of the customer"


def test_labels_and_owners_are_the_projects(project):
    customers, orders = project.table("marts.stg_customers"), project.table("marts.orders_per_customer")
    assert [tag["tagFQN"] for tag in customers["tags"]] == ["dbtTags.nightly"]
    columns = {column["name"]: [tag["tagFQN"] for tag in column.get("tags", [])] for column in orders["columns"]}
    assert columns["customer_id"] == ["dbtTags.key"] and columns["total"] == []
    assert [owner["name"] for owner in orders["owners"]] == ["alice.dbt"]
    assert [owner["name"] for owner in customers["owners"]] == ["owner"]


def test_lineage_goes_from_sources_through_models_with_columns(project):
    edges = {}
    for target in ("stg_customers", "orders_per_customer"):
        graph = project.api.get(f"/lineage/table/{project.table('marts.' + target)['id']}?upstreamDepth=1&downstreamDepth=0", headers=SDK)
        names = {node["id"]: node["fullyQualifiedName"] for node in graph["nodes"]} | {graph["entity"]["id"]: graph["entity"]["fullyQualifiedName"]}
        for edge in graph["upstreamEdges"]:
            edges[names[edge["fromEntity"]], names[edge["toEntity"]]] = edge["lineageDetails"]
    assert set(edges) == {("local_pg.shop.raw.customers", f"{MARTS}.stg_customers"), (f"{MARTS}.stg_customers", f"{MARTS}.orders_per_customer"),
                          ("local_pg.shop.raw.orders", f"{MARTS}.orders_per_customer")}
    assert {details["source"] for details in edges.values()} == {"DbtLineage"}
    mapped = {(source, column["toColumn"]) for details in edges.values() for column in details.get("columnsLineage", [])
              for source in column["fromColumns"]}
    assert ("local_pg.shop.raw.customers.id", f"{MARTS}.stg_customers.id") in mapped
    assert (f"{MARTS}.stg_customers.id", f"{MARTS}.orders_per_customer.customer_id") in mapped


def test_tests_are_cases_with_their_results(project):
    found = project.cases()
    wanted = {name.split(".")[2]: "Success" if status == "pass" else "Failed" for name, status in project.results.items()}
    assert {name: case["testCaseResult"]["testCaseStatus"] for name, case in found.items()} == wanted
    assert wanted["not_null_stg_customers_name"] == "Failed" and wanted["unique_stg_customers_id"] == "Success" and len(wanted) == 5
    unique = found["unique_stg_customers_id"]
    assert unique["entityLink"] == f"<#E::table::{MARTS}.stg_customers::columns::id>"
    assert unique["fullyQualifiedName"] == f"{MARTS}.stg_customers.id.unique_stg_customers_id"
    definition = project.api.get("/dataQuality/testDefinitions/name/unique_stg_customers_id", headers=SDK)
    assert definition["testPlatforms"] == ["DBT"] and definition["entityType"] == "COLUMN"
    assert found["no_big_totals"]["entityLink"] == f"<#E::table::{MARTS}.orders_per_customer>"


def test_a_second_run_changes_nothing(project):
    before = project.versions()
    project.ingest_dbt()
    changed = {fqn for fqn, version in project.versions().items() if before.get(fqn) != version}
    told = [project.api.get(f"/tables/name/{fqn}", headers=SDK)["changeDescription"] for fqn in changed]
    assert changed == set(), told
    again = project.api.get(f"/dataQuality/testCases/testCaseResults/{MARTS}.stg_customers.id.unique_stg_customers_id", headers=SDK)
    assert len(again["data"]) == 1  # the same run is the same result


def test_a_third_run_follows_the_project(project):
    project.write("models/models.yml", PROJECT["models/models.yml"].replace("customers, cleaned", "customers, made clean"))
    project.write("models/orders_per_customer.sql", PROJECT["models/orders_per_customer.sql"].replace("sum(o.amount) as total", "max(o.amount) as total"))
    (project.folder / "tests" / "no_big_totals.sql").unlink()
    project.build()
    project.ingest_dbt()
    assert project.table("marts.stg_customers")["description"] == "customers, made clean"
    assert "max(o.amount)" in project.table("marts.orders_per_customer")["dataModel"]["rawSql"]
    case = project.cases()["unique_stg_customers_id"]
    assert len(project.api.get(f"/dataQuality/testCases/testCaseResults/{case['fullyQualifiedName']}", headers=SDK)["data"]) == 2
    project.postgres.psql("DROP VIEW marts.stg_customers CASCADE", "shop")
    project.ingest_database()
    project.api.error("GET", f"/tables/name/{MARTS}.stg_customers", 404)
