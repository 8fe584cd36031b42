"""The API's description: it says what the server does, and its examples work."""

import json
import re

import jsonschema
import pytest
import requests

from client import Api
from described import operations
from harness import ROOT


def test_it_is_open_to_everybody_and_the_same_under_both_names(server, described):
    for name in ("/openapi.json", "/swagger.json"):
        assert Api(server.base).call("GET", server.root + name, status=200).json() == described
    assert described["openapi"] == "3.1.0" and set(described["components"]["securitySchemes"]) == {"bearer", "apiKey"}


def test_it_says_of_every_operation_what_it_is(described):
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids)) > 250
    for _, _, operation in operations(described):
        assert operation["summary"] and operation["tags"]


def test_every_reference_leads_somewhere(described):
    for target in set(re.findall(r'"\$ref": ?"#([^"]+)"', json.dumps(described))):
        part = described
        for word in target.strip("/").split("/"):
            part = part[word]


def test_every_described_route_is_there_and_knows_no_other_method(api, server, described):
    """A path that is described is routed: its other methods are refused with 405 and the list of those it has."""
    missing = []
    for path, item in described["paths"].items():
        concrete = re.sub(r"\{(\w+)\}", lambda match: "00000000-0000-4000-8000-000000000000"
                          if match.group(1).lower().endswith("id") else "Upstream", path)
        answer = api.call("OPTIONS", server.root + concrete, status=(200, 204))
        allowed = {word.strip().lower() for word in answer.headers["Allow"].split(",")}
        missing += [(path, method) for method in item if method not in allowed]
    assert missing == []


def test_every_entity_type_is_described(api, described):
    schemas = described["components"]["schemas"]
    for name in ("Table", "CreateTable", "Column", "EntityReference", "TagLabel", "Error", "User", "CreateUser"):
        assert name in schemas
    assert set(schemas["CreateTable"]["required"]) == {"name", "columns", "databaseSchema"}
    assert "/api/v1/tables/{id}" in described["paths"]


def test_the_examples_of_all_entity_types_make_entities(fresh_server, described):
    """In the order in which they need each other; what comes back is what is described."""
    api = Api(fresh_server.base, fresh_server.login())
    api.post("/users", {"name": "loaderbot", "email": "loaderbot@company.com", "isBot": True})
    waiting = {}
    for method, path, operation in operations(described):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if method == "POST" and "{" not in path and "example" in body and operation["responses"].get("201"):
            waiting[path] = (body["example"], operation["responses"]["201"]["content"]["application/json"]["schema"])
    assert len(waiting) >= 23
    while waiting:
        before = len(waiting)
        for path, (body, schema) in list(waiting.items()):
            answer = api.session.post(api.base.removesuffix("/api/v1") + path, json=body)
            if answer.status_code == 201:
                jsonschema.validate(answer.json(), {**schema, "components": described["components"]})
                del waiting[path]
        assert len(waiting) < before, {path: api.session.post(api.base.removesuffix("/api/v1") + path, json=body).text
                                       for path, (body, _) in waiting.items()}


def test_a_create_body_that_lacks_what_is_required_is_refused_as_described(api, described):
    answer = api.error("POST", "/tables", 400, json={"name": "t"})
    jsonschema.validate(answer, {**described["components"]["schemas"]["Error"], "components": described["components"]})


def has_page(server):
    return Api(server.base).call("GET", server.root + "/swagger-ui/", status=(200, 501)).status_code == 200


def test_the_page_loads_nothing_from_elsewhere(server):
    if not has_page(server):
        pytest.skip("Swagger UI is not built in: tools/fetch-swagger-ui")
    anybody = Api(server.base)
    page = anybody.call("GET", server.root + "/swagger-ui/")
    assert page.headers["Content-Type"].startswith("text/html") and "Authorization" not in anybody.session.headers
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "frame-ancestors 'none'" in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 4 and all(re.fullmatch(r"[\w.-]+", link) for link in links)
    for link in links:
        file = anybody.call("GET", f"{server.root}/swagger-ui/{link}")
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "../openapi.json" in anybody.call("GET", server.root + "/swagger-ui/start.js").text


def test_files_of_the_page_come_packed_or_not_as_is_asked(server):
    if not has_page(server):
        pytest.skip("Swagger UI is not built in: tools/fetch-swagger-ui")
    anybody = Api(server.base)
    url = server.root + "/swagger-ui/swagger-ui-bundle.js"
    packed = anybody.call("GET", url, headers={"Accept-Encoding": "gzip"})
    plain = anybody.call("GET", url, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert int(packed.headers["Content-Length"]) * 2 < int(plain.headers["Content-Length"])
    assert packed.content == plain.content and b"SwaggerUIBundle" in plain.content
    anybody.call("GET", server.root + "/swagger-ui/..%2f..%2fetc%2fpasswd", status=404)
    anybody.call("GET", server.root + "/swagger-ui/none.js", status=404)


def test_the_folder_without_its_slash_leads_to_the_page(server):
    answer = requests.get(server.root + "/swagger-ui", allow_redirects=False, timeout=30)
    assert answer.status_code == 308 and answer.headers["Location"] == "/swagger-ui/"
