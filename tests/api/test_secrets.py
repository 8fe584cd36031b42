"""Secrets of connections: masked for people, clear for the bot, sealed on disk."""

import json
import re
import subprocess

from client import Api, Chain, unique
from harness import ADMIN_PASSWORD, kinds_and_modes
from receiver import Receiver

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


def test_a_secret_within_an_object_that_is_none_is_masked(api, user):
    """A team's profile has the keys of its webhooks."""
    name = unique("keyed")
    hook = {"endpoint": "https://example.com/hook", "secretKey": MARKER}
    made = api.post("/teams", {"name": name, "teamType": "Group", "profile": {"subscription": {"slack": hook}}})
    path = f"/teams/{made['id']}"
    key = lambda team: team["profile"]["subscription"]["slack"]["secretKey"]
    assert set(key(made)) == {"*"}
    api.patch(path, [{"op": "replace", "path": "/profile/subscription/slack/endpoint", "value": "https://example.com/other"}])
    for reader in (api, user):
        for asked in (path, path + "/versions/0.1", path + "/versions", "/teams?limit=1000", f"/teams/name/{name}",
                      "/events?entityUpdated=team&timestamp=1"):
            text = reader.call("GET", asked).text
            assert MARKER not in text and "sealed:" not in text, (asked, text)
    again = api.get(path)
    assert set(key(again)) == {"*"}
    put = {"name": name, "teamType": "Group", "profile": again["profile"]}
    assert api.put("/teams", put, status=200)["version"] == again["version"]


def test_no_secret_lies_in_the_clear_in_any_file_or_line(api, server, bot_token):
    api.post("/services/databaseServices", service(api))
    for word in ("swordfish", ADMIN_PASSWORD):
        found = subprocess.run(["grep", "-rlaF", "--", word, str(server.data)], capture_output=True, text=True)
        assert found.stdout == "", f"{word} stands in {found.stdout}"
        assert word not in server.log() + server.output()
    assert bot_token not in server.log() + server.output()


def test_files_are_for_the_owner_alone(server):
    assert server.data.stat().st_mode & 0o077 == 0
    for path, mode in kinds_and_modes(server.data):
        assert mode & 0o077 == 0, path


def every_get(api, ids, marker):
    """Every GET of the API's description, with ids and names of what is there; the paths whose answers show the marker."""
    shown = set()
    described = api.call("GET", api.base.removesuffix("/api/v1") + "/openapi.json").json()
    for path in described["paths"]:
        if "get" not in described["paths"][path] or "logout" in path or path == "/api/v1/users/generateRandomPwd":
            continue
        names = re.findall(r"\{(\w+)\}", path)
        fillings = [dict.fromkeys(names, value) for value in ids] if names else [{}]
        for filling in fillings:
            url = api.base.removesuffix("/api/v1") + re.sub(r"\{(\w+)\}", lambda match: filling[match.group(1)], path)
            answer = api.session.get(url + "?fields=*&include=all&limit=100", timeout=60)
            if answer.status_code == 400:
                answer = api.session.get(url, timeout=60)
            assert answer.status_code < 500 or answer.status_code == 501, (url, answer.text[:300])
            if marker in answer.text:
                shown.add(path)
    return shown


def test_w10_a_secret_stands_in_no_answer_event_delivery_record_backup_or_file(tmp_path, fresh_server):
    """Planted wherever a secret goes, changed, refused and deleted; looked for in all that comes out."""
    server, marker = fresh_server, "marker-51c0ffee"
    api = Api(server.base, server.login())
    chain = Chain(api)
    receiver = Receiver()
    hook = api.post("/webhooks", {"name": "hook", "endpoint": receiver.url, "secretKey": marker + "-hook"})
    made = api.post("/services/databaseServices", service(api, connection=connection(marker)))
    path = f"/services/databaseServices/{made['id']}"
    api.patch(path, [{"op": "replace", "path": "/connection/config/authType/password", "value": marker + "-2"}])
    api.put("/services/databaseServices", {"name": made["name"], "serviceType": "Postgres", "connection": connection(marker + "-3")})
    api.patch(f"/webhooks/{hook['id']}", [{"op": "replace", "path": "/secretKey", "value": marker + "-hook2"}])
    ids = [made["id"], made["name"], hook["id"], "hook", chain.service["id"], "databaseService", "webhook", "all"]
    # Where a text should be, and is not.
    for password in ({"x": marker}, [marker], [{"y": [marker]}], {"x": {"y": marker}}):
        answer = api.call("POST", "/services/databaseServices", json=service(api, connection=connection(password)), status=201)
        assert marker not in answer.text
    api.call("POST", "/users", json={"name": "u", "email": "u@x.io", "createPasswordType": "ADMIN_CREATE",
                                     "password": marker + "-password", "confirmPassword": marker + "-other"}, status=400)
    api.call("POST", "/users/login", json={"email": "admin", "password": marker}, status=401)
    api.call("GET", "/tables", headers={"X-API-Key": "mdk_" + marker}, status=(400, 401))
    assert every_get(api, ids, marker) == set()
    api.delete(path + "?recursive=true")
    assert every_get(api, ids, marker) == set()
    api.delete(path + "?recursive=true&hardDelete=true")
    assert every_get(api, ids, marker) == set()
    receiver.wait_events(4)
    assert not any(marker.encode() in body for _, _, _, body, _ in receiver.requests)
    assert not any(marker in str(headers) for _, _, headers, _, _ in receiver.requests)
    saved = tmp_path / "backup.tar"
    done = server.run("backup", str(saved), "--data", str(server.data))
    assert done.returncode == 0, done.stderr
    for place in (server.data, saved):
        found = subprocess.run(["grep", "-rlaF", "--", marker, str(place)], capture_output=True, text=True)
        assert found.stdout == "", found.stdout
    assert marker not in server.log() + server.output()
