"""The guide's own lines against one running server. Replaced in them: host, token, ids. Nothing else."""

import json
import os
import re
import subprocess
import time

import pytest

from client import Api
from persons import make_user
from guide_text import BLOCKS, GUIDE, HOST, block
from harness import Server
from refused import BEGIN, DOCUMENT, END, REFUSED, render

FQN = "snowflake.sales_db.public.customer_orders"
TOKEN_IN_TEXT = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9..."


class Guide:
    """A server whose admin is the guide's, with the parents of the guide's table, and that table made by the guide's body."""

    def __init__(self, server):
        self.server = server
        self.token, self.bot = server.login("admin@company.com", "your_password"), server.bot_token()
        self.api = Api(server.base, self.token)
        self.api.post("/services/databaseServices", {"name": "snowflake", "serviceType": "Snowflake"})
        self.api.post("/databases", {"name": "sales_db", "service": "snowflake"})
        self.schema = self.api.post("/databaseSchemas", {"name": "public", "database": "snowflake.sales_db"})
        robot = self.api.get("/users/name/ingestion-bot")
        self.key = self.api.post(f"/users/{robot['id']}/apiKeys", {"name": "guide"})["key"]
        self.create_body = block("Create Table", "json").text
        self.table = self.api.call("POST", "/tables", data=self.create_body, status=201,
                                   headers={"Content-Type": "application/json"}).json()

    def curl(self, text, token=None):
        """Runs a curl line as a shell would: (status, parsed body or None)."""
        text = text.replace(HOST, self.server.root).replace(TOKEN_IN_TEXT, self.token).replace("your-api-key-here", self.key)
        env = os.environ | {"TOKEN": token or self.token, "TABLE_ID": self.table["id"], "no_proxy": "*"}
        script = "curl() { command curl -sS -w '\\n%{http_code}' \"$@\"; }\n" + text
        done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(body) if body.strip() else None


@pytest.fixture(scope="module")
def guide():
    server = Server(env={"METADATA_ADMIN_EMAIL": "admin@company.com", "METADATA_ADMIN_PASSWORD": "your_password"}).start()
    yield Guide(server)
    server.stop()
    assert server.check().returncode == 0
    server.remove()


def test_login(guide):
    status, answer = guide.curl(block("Basic Authentication (Login)", "bash").text)
    assert status == 200
    example = json.loads(block("Basic Authentication (Login)", "json").text)
    assert set(example) <= set(answer)
    assert (answer["tokenType"], answer["expiresIn"]) == (example["tokenType"], example["expiresIn"])
    assert guide.curl(block("JWT Bearer Token", "bash").text.replace(TOKEN_IN_TEXT, answer["accessToken"]))[0] == 200


def test_the_diagrams_login_and_refresh(guide):
    api = Api(guide.server.base)
    session = api.call("POST", "/auth/login", json={"email": "admin@company.com", "password": "your_password"}, status=200).json()
    fresh = api.call("POST", "/auth/refresh", json={"refreshToken": session["refreshToken"]}, status=200).json()
    assert Api(guide.server.base, fresh["newAccessToken"]).get("/tables")["data"]


def test_bearer_token(guide):
    status, answer = guide.curl(block("JWT Bearer Token", "bash").text)
    assert status == 200 and answer["paging"]["total"] >= 1


def test_api_key_of_a_bot(guide):
    status, answer = guide.curl(block("API Key (Bot Accounts)", "bash").text)
    assert status == 200 and answer["paging"]["total"] >= 1


def test_rate_limits_and_their_headers():
    """The section's list and its three headers, on a server with the defaults."""
    names = [line.split(":")[0] for line in block("Rate Limiting", "http").text.splitlines()]
    server = Server(env={"METADATA_RATE_LIMIT": ""}).start()
    admin = server.login()
    robot = Api(server.base, admin).get("/users/name/ingestion-bot")
    key = Api(server.base, admin).post(f"/users/{robot['id']}/apiKeys", {"name": "guide"})["key"]
    _, person = make_user(server, Api(server.base, admin))
    for line, headers in (("Authenticated Users", person.session.headers), ("API Keys", {"X-API-Key": key}),
                          ("Admin Users", {"Authorization": "Bearer " + admin})):
        limit = int(re.search(rf"\*\*{line}\*\*: (\d+) requests/hour", GUIDE.read_text(encoding="utf-8")).group(1))
        answer = Api(server.base).call("GET", "/tables", headers=headers)
        said, left, reset = (int(answer.headers[name]) for name in names)
        assert said == limit and 0 < left < limit and abs(reset - time.time() - 3600) < 300
    server.stop()
    server.remove()


def test_list_tables(guide):
    status, answer = guide.curl(block("List Tables", "bash").text)
    assert status == 200
    assert answer["paging"]["total"] == 1
    table = answer["data"][0]
    # The example's entity shows these keys, an owner among them once there is one.
    assert {"id", "name", "fullyQualifiedName", "description", "columns", "tags"} <= set(table) | {"tags"}
    assert table["fullyQualifiedName"] == FQN and table["description"] == "Customer orders table"


def test_get_table_by_fqn_with_an_owner(guide):
    admin = guide.api.get("/users/loggedInUser")
    guide.api.patch(f"/tables/{guide.table['id']}", [{"op": "add", "path": "/owners", "value": [{"id": admin["id"], "type": "user"}]}])
    status, answer = guide.curl(block("Get Table by FQN", "bash").text)
    assert status == 200
    assert answer["owner"]["name"] == "admin" and answer["columns"][1]["tags"][0]["tagFQN"] == "PII.Email"
    assert answer["usageSummary"]["dailyStats"]["count"] == 0
    listed = guide.curl(block("List Tables", "bash").text)[1]["data"][0]
    assert listed["owner"]["name"] == "admin"


def test_create_table_made_what_its_body_says(guide):
    sent, made = json.loads(guide.create_body), guide.table
    assert made["fullyQualifiedName"] == FQN and made["description"] == sent["description"]
    assert made["databaseSchema"]["fullyQualifiedName"] == sent["databaseSchema"]
    assert made["database"]["fullyQualifiedName"] == sent["database"]
    for column, got in zip(sent["columns"], made["columns"], strict=True):
        assert {key: value for key, value in column.items() if key != "tags"}.items() <= got.items()
    label = made["columns"][1]["tags"][0]
    assert (label["tagFQN"], label["source"], label["labelType"], label["state"]) == (
        "PII.Email", "Classification", "Manual", "Confirmed")


def test_create_table_twice_is_the_409_of_the_table_of_codes(guide):
    wrong = guide.api.error("POST", "/tables", 409, data=guide.create_body, headers={"Content-Type": "application/json"})
    assert wrong["responseType"] == "CONFLICT"


def test_full_update_by_put(guide):
    body = json.loads(guide.create_body) | {"displayName": "Customer orders"}
    assert guide.api.put("/tables", body, status=200)["displayName"] == "Customer orders"


def test_patch_example(guide):
    status, answer = guide.curl(block("Update Table (PATCH)", "bash").text)
    assert status == 200 and answer["description"] == "Updated description"


def test_patch_body_with_a_tag(guide):
    guide.api.patch(f"/tables/{guide.table['id']}", [{"op": "add", "path": "/tags", "value": []}])
    answer = guide.api.call("PATCH", f"/tables/{guide.table['id']}", data=block("Update Table (PATCH)", "json").text,
                            headers={"Content-Type": "application/json-patch+json"}).json()
    assert answer["description"] == "Updated description" and answer["tags"][0]["tagFQN"] == "Tier.Tier1"


def test_table_versions(guide):
    listed = guide.api.get(f"/tables/{guide.table['id']}/versions")
    versions = [json.loads(text)["version"] for text in listed["versions"]]
    assert versions == sorted(versions, reverse=True) and versions[-1] == 0.1
    assert guide.api.get(f"/tables/{guide.table['id']}/versions/0.1")["description"] == "Customer orders table"


def shape_fits(example, answer):
    """Every key of the example is in the answer, with a value of the same kind."""
    if isinstance(example, dict):
        return set(example) <= set(answer) and all(shape_fits(value, answer[key]) for key, value in example.items())
    if isinstance(example, list):
        return all(shape_fits(example[0], item) for item in answer) and bool(answer)
    return isinstance(answer, (int, float)) if isinstance(example, (int, float)) else isinstance(answer, type(example))


def test_search_example(guide):
    guide.api.index_follows()
    status, answer = guide.curl(block("Search API", "bash").text)
    example = json.loads(block("Search API", "json").text)
    assert status == 200 and shape_fits(example, answer)
    wanted, hit = example["hits"]["hits"][0], answer["hits"]["hits"][0]
    assert hit["_index"] == wanted["_index"] and answer["hits"]["total"]["value"] == 1
    for key in ("name", "fullyQualifiedName", "entityType"):
        assert hit["_source"][key] == wanted["_source"][key]
    text = block("Search API", "bash").text
    assert guide.curl(text.replace("snowflake.sales_db", "snowflake.other_db"))[1]["hits"]["total"]["value"] == 0
    assert guide.curl(text.replace("customer", "no-such-word"))[1]["hits"]["hits"] == []
    assert guide.curl(text.replace("index=table", "index=dashboard_or_so"))[0] == 400


def test_every_parameter_of_the_search_api(guide):
    for params in ({"q": "customer orders", "index": "table", "from": 0, "size": 100, "sort_field": "name", "sort_order": "asc"},
                   {"q": "customer", "index": "table", "filters": json.dumps({"database": "snowflake.sales_db"}), "sort_order": "desc"}):
        answer = guide.api.get("/search/query", params=params)
        assert [hit["_source"]["fullyQualifiedName"] for hit in answer["hits"]["hits"]] == [FQN]


def test_error_format_to_the_letter(guide):
    body = {key: value for key, value in json.loads(guide.create_body).items() if key != "columns"}
    answer = guide.api.call("POST", "/tables", json=body, status=400).json()
    assert answer == json.loads(block("Error Response Format", "json").text)


@pytest.mark.parametrize("code, method, path, body", [
    (401, "GET", "/tables", None), (404, "GET", "/tables/name/no.such.table.here", None), (400, "GET", "/tables?limit=x", None)])
def test_status_codes_of_the_table(guide, code, method, path, body):
    api = Api(guide.server.base, "wrong" if code == 401 else guide.token)
    api.error(method, path, code, json=body)


def test_delete_is_204(guide):
    made = guide.api.post("/tables", json.loads(guide.create_body) | {"name": "short_lived"})
    assert guide.api.call("DELETE", f"/tables/{made['id']}", status=204).content == b""


def test_pagination_of_the_diagram(guide):
    for number in range(4):
        guide.api.put("/tables", {"name": f"page_{number}", "databaseSchema": "snowflake.sales_db.public", "columns": []})
    seen, query = [], "?limit=2&database=snowflake.sales_db"
    while True:
        answer = guide.api.get("/tables" + query)
        seen += [table["name"] for table in answer["data"]]
        if "after" not in answer["paging"]:
            break
        query = f"?limit=2&database=snowflake.sales_db&after={answer['paging']['after']}"
    assert len(seen) == len(set(seen)) == 5


def table_with(guide, fqn, *columns):
    """The table of that name in the guide's world, with all that contains it."""
    service, database, schema, name = fqn.split(".")
    guide.api.put("/databases", {"name": database, "service": service})
    guide.api.put("/databaseSchemas", {"name": schema, "database": f"{service}.{database}"})
    return guide.api.put("/tables", {"name": name, "databaseSchema": f"{service}.{database}.{schema}",
                                     "columns": [{"name": column, "dataType": "BIGINT"} for column in columns]})


def test_add_lineage_edge_by_the_body_of_the_guide(guide):
    source = table_with(guide, "snowflake.sales_db.staging.raw_orders", "order_id")
    target = table_with(guide, "snowflake.sales_db.public.orders_copy", "order_id")
    body = block("Add Lineage Edge", "json").text.replace("source-table-uuid", source["id"]).replace("target-table-uuid", target["id"])
    answer = guide.api.call("PUT", "/lineage", data=body, headers={"Content-Type": "application/json"}, status=200)
    assert answer.content == b""
    edge = guide.api.get(f"/lineage/getLineageEdge/{source['id']}/{target['id']}")["edge"]
    sent = json.loads(body)["edge"]["lineageDetails"]
    assert edge["sqlQuery"] == sent["sqlQuery"]
    assert edge["columnsLineage"] == [{"fromColumns": [source["fullyQualifiedName"] + ".order_id"],
                                       "toColumn": target["fullyQualifiedName"] + ".order_id"}]


def test_get_entity_lineage_in_the_shape_of_the_guide(guide):
    up = table_with(guide, "snowflake.sales_db.staging.raw_orders", "order_id")
    down = table_with(guide, "snowflake.sales_db.analytics.orders_fact", "order_id")
    for start, end in ((up, guide.table), (guide.table, down)):
        guide.api.call("PUT", "/lineage", status=200, json={"edge": {
            "fromEntity": {"id": start["id"], "type": "table"}, "toEntity": {"id": end["id"], "type": "table"}}})
    status, answer = guide.curl(block("Get Entity Lineage", "bash").text)
    assert status == 200
    example = json.loads(block("Get Entity Lineage", "json").text)
    assert set(example) <= set(answer) and (answer["upstreamEdges"], answer["downstreamEdges"]) == (1, 1)
    assert answer["entity"]["fullyQualifiedName"] == example["entity"]["fullyQualifiedName"] == FQN
    assert {node["fullyQualifiedName"] for node in answer["nodes"]} == {up["fullyQualifiedName"], down["fullyQualifiedName"]}
    for node in [answer["entity"], *answer["nodes"]]:
        assert set(example["nodes"][0]) <= set(node)
    assert [(edge["fromEntity"], edge["toEntity"]) for edge in answer["edges"]] == [
        (up["id"], guide.table["id"]), (guide.table["id"], down["id"])]
    assert answer["complete"] is True


# The Python client. ------------------------------------------------------------------------------------------------------------

class Python:
    """A namespace in which the guide's snippets run one after the other, as they would in a notebook."""

    def __init__(self, guide):
        self.guide, self.names = guide, {}
        text = block("Basic Usage", "python").text.replace(HOST, guide.server.root).replace("your-jwt-token", guide.bot)
        self.run(text)
        self.run("from metadata.generated.schema.entity.data.table import Table, Column\n"
                 "from metadata.generated.schema.type.entityReference import EntityReference\n")
        self.names |= {"fqn": FQN, "schema_fqn": "snowflake.sales_db.public", "db_id": guide.table["database"]["id"],
                       "source_id": guide.table["id"],
                       "target_id": table_with(guide, "snowflake.sales_db.analytics.customer_360", "order_id")["id"]}
        guide.api.index_follows()

    def run(self, text):
        exec(compile(text, "guide", "exec"), self.names)  # noqa: S102: running the guide is what this test is for
        return self.names

    def request(self, name):
        from metadata.generated.schema.api.data.createTable import CreateTableRequest
        return CreateTableRequest(name=name, databaseSchema="snowflake.sales_db.public", columns=[])


@pytest.fixture
def python(guide):
    pytest.importorskip("metadata.ingestion.ometa.ometa_api", reason="the real client is not installed: tools/test-venv")
    return Python(guide)


def test_basic_usage(python):
    assert python.names["metadata"].health_check() is True


def test_crud_read_and_delete(python):
    names = python.run(block("CRUD Operations", "python").part("Read"))
    assert names["table"].fullyQualifiedName.root == FQN and len(names["table"].columns) == 2
    names["table"] = names["metadata"].create_or_update(python.request("to_delete"))
    python.run(block("CRUD Operations", "python").part("Delete"))
    assert names["metadata"].get_by_name(entity=names["Table"], fqn="snowflake.sales_db.public.to_delete") is None


def test_get_lineage(python):
    names = python.run(block("Lineage", "python").part("Get lineage"))
    assert names["lineage"]["entity"]["fullyQualifiedName"] == FQN and "nodes" in names["lineage"]


def test_field_selection_good_and_bad(python):
    for number in (0, 1):
        table = python.run(block("Use Field Selection", "python", number).text)["table"]
        assert table.name.root == "customer_orders" and table.columns


def test_bulk_operations(python, capsys):
    python.names |= {f"table{number}": python.request(f"bulk_{number}") for number in (1, 2, 3)}
    python.run(block("Bulk Operations", "python").text)
    assert "Failed" not in capsys.readouterr().out
    assert python.guide.api.get("/tables/name/snowflake.sales_db.public.bulk_3")["name"] == "bulk_3"


def test_batch_operations(python, caplog):
    import logging
    import time
    python.names |= {"logging": logging, "time": time, "entities": [python.request(f"batch_{number}") for number in range(5)]}
    python.run(block("Batch Operations", "python").text)
    assert not caplog.records or "Failed" not in caplog.text
    assert python.guide.api.get("/tables/name/snowflake.sales_db.public.batch_4")["name"] == "batch_4"


def test_caching(python):
    names = python.run(block("Implement Caching", "python").text)
    cached = names["CachedMetadata"](names["metadata"])
    assert cached.get_table(FQN) is cached.get_table(FQN) and cached.get_table(FQN).name.root == "customer_orders"


def test_retry_logic(python):
    import requests
    names = python.run(block("Retry Logic", "python").text)
    answer = names["api_call_with_retry"](lambda: requests.get(
        python.guide.server.base + "/tables", headers={"Authorization": "Bearer " + python.guide.token}, timeout=30))
    assert answer.status_code == 200


def test_error_handling_with_a_bad_token(python, capsys):
    from sdk_client import connect
    python.names["metadata"] = connect(python.guide.server, "not.a.token")
    python.run(block("Error Handling", "python").text)
    assert "Authentication failed" in capsys.readouterr().out


# What the client refuses. -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("entry", REFUSED, ids=lambda entry: entry.title)
def test_the_guides_form_is_refused_by_the_client_itself(python, entry, tmp_path):
    prepare(python, entry, tmp_path)
    if entry.error:
        with pytest.raises(Exception) as raised:
            run_entry(python, entry, entry.guide(), tmp_path)
        assert type(raised.value).__name__ == entry.error
    else:
        names = run_entry(python, entry, entry.guide(), tmp_path)
        assert not names.get("tables") and not names.get("table")


@pytest.mark.parametrize("entry", REFUSED, ids=lambda entry: entry.title)
def test_the_nearest_form_works(python, entry, tmp_path, capsys):
    prepare(python, entry, tmp_path)
    if entry.later:
        code = not_built(python, entry, tmp_path)
        assert code == 501, f"{entry.title}: answered {code}; if it is built now, take `later` off the entry"
        return
    names = run_entry(python, entry, entry.works, tmp_path)
    api = python.guide.api
    checks = {
        "Creating a table": lambda: names["created_table"].fullyQualifiedName.root == FQN,
        "Updating a table": lambda: names["updated_table"].description.root == "Updated description",
        "Advanced search": lambda: [hit["_source"]["fullyQualifiedName"] for hit in names["search_results"]["hits"]["hits"]][:1] == [FQN],
        "Adding lineage": lambda: [node["name"] for node in names["lineage"]["nodes"]].count("customer_360") == 1,
        "Simple search": lambda: [table.fullyQualifiedName.root for table in names["tables"]] == [FQN],
        "Finding out that a table is not there": lambda: "Table not found: no.such.table.here" in capsys.readouterr().out,
        "Syncing dbt models": lambda: api.get("/tables/name/snowflake.sales_db.public.model_a")["columns"][0]["name"] == "c",
    }
    assert checks[entry.title]()


def prepare(python, entry, folder):
    if entry.title == "Updating a table":
        table = python.names["metadata"].get_by_name(entity=python.names["Table"], fqn=FQN)
        table.description = None
        python.names["table"] = table
    if entry.title == "Finding out that a table is not there":
        python.names["fqn"] = "no.such.table.here"
    if entry.title == "Syncing dbt models":
        (folder / "manifest.json").write_text(json.dumps({"nodes": {
            "model.a": {"resource_type": "model", "name": "model_a", "columns": {"c": {"type": "INT"}}}, "test.b": {"resource_type": "test"}}}))


def run_entry(python, entry, text, folder):
    ids = python.names
    names = python.run(text.replace("source-uuid", ids["source_id"]).replace("target-uuid", ids["target_id"]))
    if entry.title == "Syncing dbt models":
        names["sync_dbt_models"](names["metadata"], folder / "manifest.json")
    return names


def not_built(python, entry, folder):
    """The status that the working form meets; the client hides errors of add_lineage in its answer."""
    from metadata.ingestion.ometa.client import APIError
    try:
        names = run_entry(python, entry, entry.works, folder)
    except APIError as error:
        return error.status_code
    return 501 if "error" in (names.get("lineage") or {}) else 200


def test_the_document_shows_the_same_list():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert BEGIN in text and END in text
    assert BEGIN + text.split(BEGIN)[1].split(END)[0] + END == render(), "run: python3 tests/guide/refused.py"


def test_every_curl_line_and_snippet_is_either_run_here_or_of_a_later_part():
    """A guide that grows a block makes this test ask where it is run."""
    later = {"Installation"}
    here = {"Basic Authentication (Login)", "JWT Bearer Token", "API Key (Bot Accounts)", "List Tables", "Get Table by FQN",
            "Search API", "Search", "Get Entity Lineage", "Lineage",
            "Update Table (PATCH)", "Basic Usage", "CRUD Operations", "Bulk Operations", "Retry Logic", "Use Field Selection",
            "Implement Caching", "Batch Operations", "Error Handling", "Example 1: Sync dbt Models",
            "Example 2: Custom Data Quality Checks"}
    headings = {entry.heading for entry in BLOCKS if entry.language in ("bash", "python")}
    assert headings == here | later
