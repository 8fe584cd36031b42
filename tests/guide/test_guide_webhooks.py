"""The guide's Webhooks section: its body as it stands, and its payload key by key. Replaced: the receiver's host."""

import json

import pytest

from client import Api
from guide_text import block
from harness import Server
from receiver import Receiver, signature


@pytest.fixture(scope="module")
def api():
    server = Server().start()
    made = Api(server.base, server.login())
    made.post("/services/databaseServices", {"name": "snowflake", "serviceType": "Snowflake"})
    made.post("/databases", {"name": "sales_db", "service": "snowflake"})
    made.post("/databaseSchemas", {"name": "public", "database": "snowflake.sales_db"})
    yield made
    server.stop()
    server.remove()


def test_the_guides_body_makes_the_webhook_that_it_says(api):
    text = block("Webhooks", "json").text
    answer = api.call("POST", "/webhooks", data=text, status=201, headers={"Content-Type": "application/json"}).json()
    body = json.loads(text)
    shown = {key: answer[key] for key in body}
    assert set(shown.pop("secretKey")) == {"*"}
    body.pop("secretKey")
    assert shown == body
    api.delete(f"/webhooks/{answer['id']}")


def test_an_update_of_a_table_is_posted_with_the_guides_payload(api):
    example = json.loads(block("Webhooks", "json", 1).text.replace("{...}", "{}"))
    with Receiver() as receiver:
        body = json.loads(block("Webhooks", "json").text.replace("https://your-app.com/webhook", receiver.url))
        hook = api.call("POST", "/webhooks", json=body, status=201).json()
        table = api.call("POST", "/tables", data=block("Create Table", "json").text, status=201,
                         headers={"Content-Type": "application/json"}).json()
        api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/description", "value": "Updated"}])
        receiver.wait_events(1)
        payload = receiver.bodies()[0]
        assert set(payload) == set(example)
        assert {key: type(value) for key, value in payload.items()} == {key: type(value) for key, value in example.items()}
        for key in ("eventType", "entityType", "entityFQN", "userName"):
            assert payload[key] == example[key]
        assert payload["entityId"] == table["id"] and payload["changeDescription"]["fieldsUpdated"][0]["name"] == "description"
        headers, raw = receiver.requests[0][2:4]
        assert headers["X-OM-Signature"] == signature("your-secret-key", raw)
        api.delete(f"/webhooks/{hook['id']}")
