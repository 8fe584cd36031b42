"""The real `metadata ingest` of a real SQLite database: five runs, one after the other."""

import sqlite3

import pytest

from client import Api
from sdk_client import WORKFLOW_SERVER, connect
from workflow import PROGRAM, run_client

pytestmark = [pytest.mark.ingest, pytest.mark.skipif(not PROGRAM.exists(), reason="the real client is not installed: tools/test-venv")]
SDK = {"X-Metadata-Dialect": "openmetadata"}
ROOT = "local_sqlite.shop.main"

SCHEMA = """
CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(120) NOT NULL UNIQUE, name TEXT, born DATE, vip BOOLEAN);
CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer_id INTEGER NOT NULL, amount DECIMAL(10,2), weight REAL, note BLOB,
                     placed TIMESTAMP, FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE lines (order_id INTEGER NOT NULL, line INTEGER NOT NULL, sku CHAR(8) NOT NULL, PRIMARY KEY (order_id, line),
                    FOREIGN KEY (order_id) REFERENCES orders (id), UNIQUE (order_id, sku));
CREATE TABLE "odd name.table" ("odd column" INTEGER, plain FLOAT);
CREATE VIEW big_orders AS SELECT id, customer_id, amount FROM orders WHERE amount > 100;
INSERT INTO customers VALUES (1, 'a@example.com', 'A', '2000-01-01', 1);
"""

YAML = """
source:
  type: sqlite
  serviceName: local_sqlite
  serviceConnection:
    config:
      type: SQLite
      database: shop
      databaseMode: {file}
  sourceConfig:
    config:
      type: DatabaseMetadata
      markDeletedTables: true
      includeViews: true
sink:
  type: metadata-rest
  config: {{}}
ingestionPipelineFQN: local_sqlite.nightly
""" + WORKFLOW_SERVER


class Shop:
    """A source database, a server, and the client's command line between them."""

    def __init__(self, server, token, folder):
        self.server, self.file, self.config, self.home = server, folder / "shop.db", folder / "ingest.yaml", folder
        self.sql(SCHEMA)
        self.config.write_text(YAML.format(file=self.file, url=server.url, token=token))
        self.api, self.metadata = Api(server.base, server.login()), connect(server, token)

    def sql(self, text):
        with sqlite3.connect(self.file) as database:
            database.executescript(text)
        database.close()

    def ingest(self):
        run_client("ingest", self.home, self.config.read_text())
        self.server_is_sound()

    def server_is_sound(self):
        assert '"status":5' not in self.server.log().replace(" ", "")

    def table(self, name, query=""):
        return self.api.get(f"/tables/name/{ROOT}.{name}{query}", headers=SDK)

    def tables(self):
        return {table["name"]: table for table in self.api.get("/tables?database=local_sqlite.shop&limit=100", headers=SDK)["data"]}

    def versions(self):
        everything = {}
        for collection in ("/services/databaseServices", "/databases", "/databaseSchemas", "/tables", "/services/ingestionPipelines"):
            for entity in self.api.get(f"{collection}?limit=1000&include=all", headers=SDK)["data"]:
                everything[entity["fullyQualifiedName"]] = entity["version"]
        return everything


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    from harness import Server
    server = Server().start()
    made = Shop(server, server.bot_token(), tmp_path_factory.mktemp("shop"))
    made.ingest()
    yield made
    server.end()


def test_first_run_brings_everything(shop):
    found = shop.tables()
    assert set(found) == {"customers", "orders", "lines", "odd name.table", "big_orders"}
    types = {column["name"]: column["dataType"] for column in found["orders"]["columns"]}
    assert types == {"id": "INT", "customer_id": "INT", "amount": "DECIMAL", "weight": "DOUBLE", "note": "BINARY",
                     "placed": "TIMESTAMP"} or types["id"] == "INT" and types["amount"] in ("DECIMAL", "NUMERIC"), types
    by_name = {column["name"]: column for column in found["customers"]["columns"]}
    assert by_name["id"]["constraint"] == "PRIMARY_KEY" and by_name["email"]["constraint"] in ("UNIQUE", "NOT_NULL")
    assert by_name["email"]["dataLength"] == 120 and by_name["email"]["dataType"] == "VARCHAR"
    assert by_name["email"]["fullyQualifiedName"] == f"{ROOT}.customers.email"
    constraints = {(constraint["constraintType"], tuple(sorted(constraint["columns"])))
                   for constraint in shop.table("lines", "?fields=tableConstraints")["tableConstraints"]}
    assert ("PRIMARY_KEY", ("line", "order_id")) in constraints and ("FOREIGN_KEY", ("order_id",)) in constraints
    foreign = [constraint for constraint in shop.table("orders", "?fields=tableConstraints")["tableConstraints"]
               if constraint["constraintType"] == "FOREIGN_KEY"]
    assert foreign[0]["referredColumns"] == [f"{ROOT}.customers.id"]
    view = shop.table("big_orders", "?fields=schemaDefinition")
    assert view["tableType"] == "View" and "CREATE VIEW big_orders" in view["schemaDefinition"]
    assert found["odd name.table"]["fullyQualifiedName"] == f'{ROOT}."odd name.table"'
    assert all(table["updatedBy"] == "ingestion-bot" for table in found.values())


def test_first_run_reads_the_same_by_the_client(shop):
    from metadata.generated.schema.entity.data.table import Table
    table = shop.metadata.get_by_name(entity=Table, fqn=f"{ROOT}.orders", fields=["columns", "tableConstraints", "owner", "tags"])
    assert [column.name.root for column in table.columns] == ["id", "customer_id", "amount", "weight", "note", "placed"]
    assert {constraint.constraintType.value for constraint in table.tableConstraints} >= {"FOREIGN_KEY"}
    assert len(list(shop.metadata.list_all_entities(entity=Table, params={"database": "local_sqlite.shop"}))) == 5


def test_the_run_is_recorded_with_its_pipeline(shop):
    pipeline = shop.api.get("/services/ingestionPipelines/name/local_sqlite.nightly?fields=pipelineStatuses", headers=SDK)
    assert pipeline["pipelineStatuses"]["pipelineState"] == "success"


def test_second_run_changes_nothing(shop):
    before = shop.versions()
    shop.ingest()
    assert shop.versions() == before


def test_third_run_patches_what_changed_and_deletes_what_went(shop):
    before = shop.versions()
    dropped = shop.tables()["lines"]
    shop.sql("DROP TABLE lines; ALTER TABLE customers ADD COLUMN phone VARCHAR(20);")
    shop.ingest()
    assert "lines" not in shop.tables()
    assert shop.table("lines", "?include=deleted")["id"] == dropped["id"]
    customers = shop.table("customers")
    assert [column["name"] for column in customers["columns"]][-1] == "phone"
    changed = {fqn for fqn, version in shop.versions().items() if before.get(fqn) != version}
    assert changed == {f"{ROOT}.customers", f"{ROOT}.lines"}
    shop.gone = dropped


def test_fourth_run_revives_what_came_back(shop):
    shop.sql("CREATE TABLE lines (order_id INTEGER NOT NULL, line INTEGER NOT NULL, sku CHAR(8) NOT NULL, "
             "PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id), UNIQUE (order_id, sku));")
    shop.ingest()
    back = shop.tables()["lines"]
    assert back["id"] == shop.gone["id"] and back["deleted"] is False


def test_fifth_run_keeps_what_people_wrote(shop):
    orders = shop.table("orders")
    shop.api.patch(f"/tables/{orders['id']}", [
        {"op": "add", "path": "/description", "value": "by hand"}, {"op": "add", "path": "/columns/0/description", "value": "key"},
        {"op": "add", "path": "/tags", "value": [{"tagFQN": "Tier.Tier1", "source": "Classification"}]}])
    shop.sql("ALTER TABLE orders ADD COLUMN channel VARCHAR(10);")
    shop.ingest()
    after = shop.table("orders", "?fields=tags")
    assert after["description"] == "by hand" and after["columns"][0]["description"] == "key"
    assert [tag["tagFQN"] for tag in after["tags"]] == ["Tier.Tier1"] and after["columns"][-1]["name"] == "channel"
