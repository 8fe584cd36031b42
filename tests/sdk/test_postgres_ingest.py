"""The real `metadata ingest` of a real PostgreSQL server: what it has, nothing new, what changed, and what went."""

import pytest

from client import Api
from harness import Server
from postgres import PASSWORD, PostgresServer
from workflow import PROGRAM, ingest_postgres

pytestmark = [pytest.mark.ingest, pytest.mark.skipif(not PROGRAM.exists(), reason="the real client is not installed: tools/test-venv")]
SDK = {"X-Metadata-Dialect": "openmetadata"}

SCHEMA = '''
COMMENT ON DATABASE shop IS 'what the shop knows';
CREATE SCHEMA sales;
COMMENT ON SCHEMA sales IS 'orders and who made them';
CREATE TYPE sales.mood AS ENUM ('glad', 'sad');
CREATE TABLE sales.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(120) NOT NULL UNIQUE, name text, born date, vip boolean DEFAULT false,
  mood sales.mood, tags text[], settings jsonb, key uuid, seen timestamptz, weight double precision, paid numeric(12,2), picture bytea,
  address inet, stay interval);
COMMENT ON TABLE sales.customers IS 'who buys';
COMMENT ON COLUMN sales.customers.email IS 'where to write';
CREATE TABLE sales.orders (
  id integer PRIMARY KEY, customer_id bigint NOT NULL REFERENCES sales.customers (id), amount numeric(10,2), placed timestamp,
  CHECK (amount >= 0));
CREATE TABLE sales.lines (
  order_id integer REFERENCES sales.orders (id), line smallint, sku char(8) NOT NULL, PRIMARY KEY (order_id, line), UNIQUE (order_id, sku));
CREATE TABLE sales.events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE sales.events_2024 PARTITION OF sales.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW sales.big_orders AS SELECT id, customer_id, amount FROM sales.orders WHERE amount > 100;
CREATE MATERIALIZED VIEW sales.per_customer AS SELECT customer_id, sum(amount) AS total FROM sales.orders GROUP BY customer_id;
CREATE FUNCTION sales.total_of(customer bigint) RETURNS numeric LANGUAGE sql AS 'SELECT sum(amount) FROM sales.orders WHERE customer_id = customer';
CREATE PROCEDURE sales.forget(customer bigint) LANGUAGE sql AS 'DELETE FROM sales.orders WHERE customer_id = customer';
CREATE SCHEMA "odd schema.name";
CREATE TABLE "odd schema.name"."odd ""table""" ("odd column" integer, plain real);
CREATE TABLE public.notes (id serial PRIMARY KEY, note text);
'''

# The client leaves the partitions of a table out.
TABLES = """SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"""
COLUMNS = """SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND NOT c.relispartition
AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""


class Shop:
    def __init__(self, home):
        self.home = home
        self.postgres = PostgresServer().__enter__()
        self.postgres.psql("CREATE DATABASE shop")
        self.sql(SCHEMA)
        self.server = Server().start()
        self.api = Api(self.server.base, self.server.login())

    def sql(self, text):
        return self.postgres.psql(text, "shop")

    def ingest(self):
        ingest_postgres(self.home, self.postgres, self.server, {
            "markDeletedTables": True, "markDeletedStoredProcedures": True, "includeViews": True, "includeStoredProcedures": True,
            "schemaFilterPattern": {"excludes": ["information_schema"]}}, "ingestionPipelineFQN: local_pg.nightly\n")
        assert '"status":5' not in self.server.log().replace(" ", "") and PASSWORD not in self.server.log()

    def all(self, collection, query=""):
        return self.api.get(f"{collection}?limit=1000{query}", headers=SDK)["data"]

    def tables(self, query=""):
        return {table["fullyQualifiedName"].removeprefix("local_pg.shop."): table for table in self.all("/tables", query)}

    def versions(self):
        kinds = ("/services/databaseServices", "/databases", "/databaseSchemas", "/tables", "/storedProcedures", "/services/ingestionPipelines")
        return {entity["fullyQualifiedName"]: entity["version"] for kind in kinds for entity in self.all(kind, "&include=all")}

    def end(self):
        self.postgres.__exit__()
        self.server.end()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    made = Shop(tmp_path_factory.mktemp("pgshop"))
    made.ingest()
    yield made
    made.end()


def unquoted(name):
    """A name of PostgreSQL as its FQN has it."""
    schema, _, table = name.rpartition(".") if name.startswith("odd") else name.partition(".")
    return f'"{schema}".{table.replace(chr(34), "__reserved__quote__")}' if "." in schema else f"{schema}.{table}"


def test_counts_are_the_sources(shop):
    wanted = {unquoted(name) for name in shop.sql(TABLES).splitlines()}
    found = shop.tables()
    assert set(found) == wanted
    assert sum(len(table["columns"]) for table in found.values()) == int(shop.sql(COLUMNS))
    assert {schema["name"] for schema in shop.all("/databaseSchemas")} == {"sales", "public", "odd schema.name"}
    assert [database["name"] for database in shop.all("/databases")] == ["shop"]
    assert {one["name"] for one in shop.all("/storedProcedures")} == {"total_of", "forget"}


def test_comments_are_descriptions(shop):
    schemas = {schema["name"]: schema for schema in shop.all("/databaseSchemas")}
    assert schemas["sales"]["description"] == "orders and who made them"
    customers = shop.tables()["sales.customers"]
    assert customers["description"] == "who buys"
    columns = {column["name"]: column for column in customers["columns"]}
    assert columns["email"]["description"] == "where to write" and "description" not in columns["name"]


def test_types_and_constraints_of_columns(shop):
    columns = {column["name"]: column for column in shop.tables()["sales.customers"]["columns"]}
    types = {name: column["dataType"] for name, column in columns.items()}
    assert types == types | {"id": "BIGINT", "email": "VARCHAR", "name": "TEXT", "born": "DATE", "vip": "BOOLEAN", "tags": "ARRAY",
                             "settings": "JSON", "key": "UUID", "seen": "TIMESTAMP", "weight": "DOUBLE", "paid": "NUMERIC",
                             "stay": "INTERVAL", "address": "INET", "mood": "VARCHAR"}, types  # so the client reads them
    assert columns["email"]["dataLength"] == 120 and columns["id"]["constraint"] == "PRIMARY_KEY"
    assert (columns["paid"]["precision"], columns["paid"]["scale"]) == (12, 2) and columns["tags"]["arrayDataType"]
    assert columns["name"]["constraint"] == "NULL"


def test_constraints_of_tables(shop):
    found = shop.tables("&fields=tableConstraints")
    of = lambda name: {(one["constraintType"], tuple(one["columns"]), tuple(one.get("referredColumns", ())))
                       for one in found[name]["tableConstraints"]}
    assert ("FOREIGN_KEY", ("customer_id",), ("local_pg.shop.sales.customers.id",)) in of("sales.orders")
    assert {("PRIMARY_KEY", ("order_id", "line"), ()), ("FOREIGN_KEY", ("order_id",), ("local_pg.shop.sales.orders.id",))} <= of("sales.lines")


def test_views_and_partitions(shop):
    found = shop.tables("&fields=schemaDefinition,tablePartition")
    assert found["sales.big_orders"]["tableType"] == "View" and "amount > " in found["sales.big_orders"]["schemaDefinition"]
    # The client takes a materialized view for a view.
    assert found["sales.per_customer"]["tableType"] == "View" and "sum(" in found["sales.per_customer"]["schemaDefinition"]
    events = found["sales.events"]
    assert events["tableType"] == "Partitioned" and [part["columnName"] for part in events["tablePartition"]["columns"]] == ["at"]


def test_procedures_have_their_code(shop):
    found = {one["name"]: one for one in shop.all("/storedProcedures")}
    assert "DELETE FROM sales.orders" in found["forget"]["storedProcedureCode"]["code"]
    assert found["total_of"]["storedProcedureType"] == "Function" and found["forget"]["databaseSchema"]["name"] == "sales"


def test_a_second_run_changes_nothing(shop):
    before = shop.versions()
    shop.ingest()
    assert shop.versions() == before


def test_a_third_run_follows_what_changed_and_went(shop):
    before, gone = shop.versions(), shop.tables()["sales.lines"]
    customers = shop.tables()["sales.customers"]
    shop.api.patch(f"/tables/{customers['id']}", [{"op": "replace", "path": "/description", "value": "by hand"}])
    shop.sql("""DROP TABLE sales.lines; DROP PROCEDURE sales.forget; ALTER TABLE sales.customers ADD COLUMN phone varchar(20);
                ALTER TABLE sales.customers DROP COLUMN picture; CREATE TABLE sales.later (id integer);""")
    shop.ingest()
    found = shop.tables()
    assert "sales.lines" not in found and "sales.later" in found
    assert shop.api.get(f"/tables/{gone['id']}?include=deleted", headers=SDK)["deleted"] is True
    assert {one["name"] for one in shop.all("/storedProcedures")} == {"total_of"}
    names = [column["name"] for column in found["sales.customers"]["columns"]]
    assert "phone" in names and "picture" not in names
    assert found["sales.customers"]["description"] == "by hand"
    changed = {fqn for fqn, version in shop.versions().items() if before.get(fqn) != version}
    assert changed == {f"local_pg.shop.sales.{name}" for name in ("lines", "forget", "customers", "later")}


def test_a_fourth_run_revives_what_came_back(shop):
    shop.sql("CREATE TABLE sales.lines (order_id integer REFERENCES sales.orders (id), line smallint, sku char(8) NOT NULL, "
             "PRIMARY KEY (order_id, line), UNIQUE (order_id, sku));")
    shop.ingest()
    back = shop.tables()["sales.lines"]
    assert back["deleted"] is False and len(back["columns"]) == 3
