"""The guide's Data Quality section and its Example 2, on a real database."""

import importlib.util
import json
import pathlib
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from client import unique
from guide_text import block

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "examples" / "quality-checks" / "quality_checks.py"


@pytest.fixture
def shop(api, tmp_path):
    """A service with a SQLite file behind it: (FQN of its table, the file)."""
    file, service = tmp_path / "shop.db", unique("shop")
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
    database.close()
    api.post("/services/databaseServices", {"name": service, "serviceType": "SQLite",
                                            "connection": {"config": {"type": "SQLite", "databaseMode": str(file)}}})
    api.post("/databases", {"name": "shop", "service": service})
    api.post("/databaseSchemas", {"name": "main", "database": f"{service}.shop"})
    columns = [{"name": "id", "dataType": "INT"}, {"name": "updated_at", "dataType": "TIMESTAMP"}]
    table = api.post("/tables", {"name": "orders", "databaseSchema": f"{service}.shop.main", "columns": columns})
    return table["fullyQualifiedName"], file


def insert(file, moment):
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO orders VALUES (1, ?)", (moment.isoformat(" "),))
    database.close()


def test_list_test_suites(api):
    method, path = block("List Test Suites", "http").text.split()
    assert "data" in api.call(method, path.removeprefix("/api/v1"), status=200).json()


def test_create_test_definition(api):
    method, path = block("Create Test Definition", "http").text.split()
    text = block("Create Test Definition", "json").text
    said = api.call(method, path.removeprefix("/api/v1"), data=text, headers={"Content-Type": "application/json"}, status=409).json()
    assert "ships with this server" in said["message"]
    own = json.loads(text) | {"name": unique("guide")}
    made = api.post("/dataQuality/testDefinitions", own)
    assert made["entityType"] == "COLUMN" and all(made[key] == value for key, value in own.items())


def test_execute_test_case(api, shop):
    fqn, file = shop
    insert(file, datetime.now())
    case = api.post("/dataQuality/testCases", {"name": "filled", "testDefinition": "tableRowCountToBeBetween", "entityLink": f"<#E::table::{fqn}>",
                                               "parameterValues": [{"name": "minValue", "value": "1"}]})
    method, path = block("Execute Test Case", "http").text.split()
    found = api.call(method, path.removeprefix("/api/v1").replace("{testCaseId}", case["id"]), status=200).json()
    assert found["testCaseStatus"] == "Success" and found["testResultValue"] == [{"name": "rowCount", "value": "1"}]


def test_example_2_as_it_stands_in_the_guide(server, api, bot_token, shop):
    pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")
    spec = importlib.util.spec_from_file_location("quality_checks", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fqn, file = shop
    metadata = module.connect(server.url, bot_token)
    checks = module.Checks(metadata, file)
    names = {"Table": module.Table, "datetime": datetime, "timedelta": timedelta, "execute_query": checks.execute_query,
             "create_test_result": checks.create_test_result}
    exec(block("Example 2: Custom Data Quality Checks", "python").text, names)
    insert(file, datetime.now() - timedelta(days=2))
    names["run_custom_quality_checks"](metadata, fqn)
    assert checks.failed == ["freshness"]
    case = api.get(f"/dataQuality/testCases/name/{fqn}.freshness?fields=testCaseResult,testCaseStatus")
    assert case["testCaseStatus"] == "Failed" and case["testCaseResult"]["incidentId"]


def test_the_example_program(server, bot_token, shop):
    pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")
    fqn, file = shop
    insert(file, datetime.now())
    done = subprocess.run([sys.executable, PROGRAM, server.url, bot_token, file, fqn], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-3:] == ["row_count Success", "freshness Success", ""], done.stdout
