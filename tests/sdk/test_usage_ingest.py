"""The real `metadata usage` of a query log: what tables are used for, by whom, and with which others."""

import csv
import datetime

import pytest

from sdk_client import WORKFLOW_SERVER
from test_ingest import ROOT, SDK, Shop
from workflow import PROGRAM, run_client

pytestmark = [pytest.mark.ingest, pytest.mark.skipif(not PROGRAM.exists(), reason="the real client is not installed: tools/test-venv")]

JOIN = "SELECT c.email, o.amount FROM customers c JOIN orders o ON c.id = o.customer_id"
QUERIES = [("alice.usage", JOIN), ("alice.usage", "SELECT id, email FROM customers"), ("bob", "SELECT count(*) FROM customers"),
           ("bob", "INSERT INTO lines SELECT id, customer_id, note FROM orders")]

USAGE = """
source:
  type: query-log-usage
  serviceName: local_sqlite
  serviceConnection:
    config: {{type: SQLite, database: shop, databaseMode: {database}}}
  sourceConfig:
    config: {{type: DatabaseUsage, queryLogFilePath: {log}}}
processor: {{type: query-parser, config: {{}}}}
stage: {{type: table-usage, config: {{filename: {stage}}}}}
bulkSink: {{type: metadata-usage, config: {{filename: {stage}}}}}
""" + WORKFLOW_SERVER


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    from harness import Server
    home, server = tmp_path_factory.mktemp("usage"), Server().start()
    shop = Shop(server, server.bot_token(), home)
    shop.ingest()
    shop.user = shop.api.post("/users", {"name": "alice.usage", "email": "alice.usage@example.com"})
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
    with open(home / "log.csv", "w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["query_text", "database_name", "schema_name", "user_name", "start_time", "end_time", "aborted", "duration"])
        lines.writerows([query, "shop", "main", user, now, now, "false", "12"] for user, query in QUERIES)
    shop.where = {"database": shop.file, "log": home / "log.csv", "stage": home / "stage", "url": server.url, "token": server.bot_token()}
    run_client("usage", home, USAGE.format(**shop.where), warnings=False)
    yield shop
    server.end()


def test_use_is_counted_by_the_table_and_what_holds_it(used):
    customers, orders = used.table("customers", "?fields=usageSummary"), used.table("orders", "?fields=usageSummary")
    assert (customers["usageSummary"]["dailyStats"]["count"], orders["usageSummary"]["dailyStats"]["count"]) == (3, 2)
    assert customers["usageSummary"]["dailyStats"]["percentileRank"] > orders["usageSummary"]["dailyStats"]["percentileRank"]
    database = used.api.get("/databases/name/local_sqlite.shop?fields=usageSummary", headers=SDK)
    assert database["usageSummary"]["dailyStats"]["count"] >= 5


def test_queries_are_kept_with_who_ran_them(used):
    customers = used.table("customers")
    found = used.api.get(f"/queries?entityId={customers['id']}&limit=100&fields=users,usedBy,queryUsedIn", headers=SDK)["data"]
    assert {query["query"] for query in found} == {query for _, query in QUERIES[:3]}
    joined = next(query for query in found if query["query"] == JOIN)
    assert [user["name"] for user in joined["users"]] == ["alice.usage"]
    assert {entity["name"] for entity in joined["queryUsedIn"]} == {"customers", "orders"}
    assert [query["usedBy"] for query in found if query["query"].startswith("SELECT count")] == [["bob"]]


def test_joins_and_the_life_of_tables_are_told(used):
    joins = used.table("customers", "?fields=joins")["joins"]
    told = {one["columnName"]: [(other["fullyQualifiedName"], other["joinCount"]) for other in one["joinedWith"]] for one in joins["columnJoins"]}
    assert told == {"id": [(f"{ROOT}.orders.customer_id", 1)]}
    assert used.table("orders", "?fields=lifeCycle")["lifeCycle"]["accessed"]["timestamp"] > 0


def test_a_second_run_makes_no_second_query(used):
    before = used.api.get("/queries?limit=0", headers=SDK)["paging"]["total"]
    run_client("usage", used.home, USAGE.format(**used.where), warnings=False)
    assert used.api.get("/queries?limit=0", headers=SDK)["paging"]["total"] == before
