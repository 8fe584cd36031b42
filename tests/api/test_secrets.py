"""Secrets of connections: masked for people, clear for the bot, sealed on disk."""

import json
import subprocess

from client import unique
from harness import ADMIN_PASSWORD

MARKER = "marker-7f3a91-swordfish"
SDK = {"X-Metadata-Dialect": "openmetadata"}


def connection(password=MARKER):
    return {"config": {"type": "Postgres", "scheme": "postgresql+psycopg2", "username": "u", "hostPort": "h:5432",
                       "database": "d", "authType": {"password": password}}}


def secret_of(entity):
    return entity["connection"]["config"]["authType"]["password"]


def service(api, **more):
    return {"name": unique("secret"), "serviceType": "Postgres", "connection": connection()} | more


def test_people_see_asterisks_and_the_bot_sees_the_secret(api, bot, user):
    made = api.post("/services/databaseServices", service(api))
    path = f"/services/databaseServices/{made['id']}"
    assert MARKER not in json.dumps(made)
    for reader in (api, user):
        for query in ("", "?fields=*", "?include=all"):
            text = reader.call("GET", path + query).text
            assert MARKER not in text
            assert set(secret_of(json.loads(text))) == {"*"}
        assert MARKER not in reader.call("GET", "/services/databaseServices?limit=100").text
        assert MARKER not in reader.call("GET", path + "/versions").text
        assert MARKER not in reader.call("GET", path + "/versions/0.1").text
    assert secret_of(bot.get(path)) == MARKER
    shown = api.get(path)["connection"]["config"]
    assert shown["username"] == "u" and shown["hostPort"] == "h:5432" and shown["type"] == "Postgres"


def test_a_mask_that_is_sent_back_keeps_what_is_stored(api, bot):
    made = api.post("/services/databaseServices", service(api))
    path = f"/services/databaseServices/{made['id']}"
    read = api.get(path)
    api.put("/services/databaseServices", {"name": made["name"], "serviceType": "Postgres", "connection": read["connection"]})
    assert secret_of(bot.get(path)) == MARKER
    api.patch(path, [{"op": "replace", "path": "/connection", "value": read["connection"]},
                     {"op": "add", "path": "/description", "value": "d"}])
    assert secret_of(bot.get(path)) == MARKER
    api.patch(path, [{"op": "replace", "path": "/connection/config/hostPort", "value": "other:1"}])
    assert secret_of(bot.get(path)) == MARKER and bot.get(path)["connection"]["config"]["hostPort"] == "other:1"
    api.patch(path, [{"op": "replace", "path": "/connection/config/authType/password", "value": MARKER + "2"}])
    assert secret_of(bot.get(path)) == MARKER + "2"


def test_changes_of_a_secret_are_not_told_in_clear(api):
    made = api.post("/services/databaseServices", service(api))
    path = f"/services/databaseServices/{made['id']}"
    answer = api.call("PATCH", path, headers={"Content-Type": "application/json-patch+json"}, json=[
        {"op": "replace", "path": "/connection/config/authType/password", "value": MARKER + "3"}])
    assert MARKER not in answer.text and answer.json()["version"] == 0.2
    assert MARKER not in api.call("GET", path + "/versions").text


def test_a_put_without_a_connection_keeps_it(api, bot):
    body = service(api)
    made = api.post("/services/databaseServices", body)
    api.put("/services/databaseServices", {"name": body["name"], "serviceType": "Postgres", "description": "d"})
    assert secret_of(bot.get(f"/services/databaseServices/{made['id']}")) == MARKER


def test_secrets_of_a_pipeline_are_masked_too(api, bot, chain):
    body = {"name": unique("p"), "pipelineType": "metadata", "airflowConfig": {}, "service": {
        "id": chain.service["id"], "type": "databaseService"},
        "sourceConfig": {"config": {"type": "DatabaseMetadata"}}}
    made = api.post("/services/ingestionPipelines", body)
    assert made["sourceConfig"]["config"]["type"] == "DatabaseMetadata"


def test_no_secret_lies_in_the_clear_in_any_file_or_line(api, server, bot_token):
    api.post("/services/databaseServices", service(api))
    for word in ("swordfish", ADMIN_PASSWORD):
        found = subprocess.run(["grep", "-rlaF", "--", word, str(server.data)], capture_output=True, text=True)
        assert found.stdout == "", f"{word} stands in {found.stdout}"
        assert word not in server.log() + server.output()
    assert bot_token not in server.log() + server.output()


def test_files_are_for_the_owner_alone(server):
    assert server.data.stat().st_mode & 0o077 == 0
    for path in server.data.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
