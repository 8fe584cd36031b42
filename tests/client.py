"""A small REST client for the tests. Every answer is checked for what holds everywhere; a test checks the rest."""

import itertools
import json as jsonlib
import time
from urllib.parse import quote, urlsplit

import requests

from described import Description
from link import pages_after

_numbers = itertools.count(1)
PATIENCE_S = 20
WORDS = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 409: "CONFLICT",
         412: "PRECONDITION_FAILED", 413: "PAYLOAD_TOO_LARGE", 429: "TOO_MANY_REQUESTS", 501: "NOT_IMPLEMENTED"}


def unique(prefix):
    """A name no other test has."""
    return f"{prefix}_{next(_numbers)}"


def name_path(fqn):
    """An FQN as one path segment, as the real client sends it."""
    return quote(fqn, safe="")


def assert_error_shape(answer):
    body = answer.json()
    assert set(body) == {"code", "message", "responseType", "details"}, body
    assert body["code"] == answer.status_code and isinstance(body["code"], int), body
    assert isinstance(body["message"], str) and body["message"], body
    assert isinstance(body["responseType"], str), body
    if answer.status_code in WORDS:
        assert body["responseType"] == WORDS[answer.status_code], body
    assert set(body["details"]) == {"field", "error"}, body
    assert all(isinstance(value, str) for value in body["details"].values()), body


def was_too_slow(answer):
    """A search, or a walk that searches, says itself that the index or it was not done in the two seconds that it has."""
    path = urlsplit(answer.url).path
    return answer.headers.get("X-Search-Complete") == "false" or answer.status_code == 503 and ("/search/" in path or "/lineage/" in path)


def text_of(wrong):
    """Everything that an error says, in one string."""
    return " ".join((wrong["message"], wrong["details"]["field"], wrong["details"]["error"]))


class Api:
    """Calls under /api/v1 as one principal. `status` (default: any 2xx) is asserted; an answer of 5xx but 501 never passes.

    A search that a busy machine was too slow for says so, and is asked again.
    """

    description = None

    def __init__(self, base, token=None):
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = "Bearer " + token

    def call(self, method, path, json=None, data=None, headers=None, params=None, status=None):
        head = dict(headers or {})
        if json is not None:
            data = jsonlib.dumps(json).encode()
            head.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else self.base + path
        until = time.monotonic() + PATIENCE_S
        while True:
            answer = self.session.request(method, url, data=data, headers=head, params=params, timeout=60, allow_redirects=False)
            if not was_too_slow(answer) or time.monotonic() > until:
                break
            time.sleep(0.1)
        where = f"{method} {path} -> {answer.status_code} {answer.text[:1500]}"
        assert answer.status_code < 500 or answer.status_code == 501 == status, where
        assert not 300 <= answer.status_code < 400, where
        assert answer.headers.get("X-Request-Id"), where
        if status is None:
            assert 200 <= answer.status_code < 300, where
        else:
            assert answer.status_code in ((status,) if isinstance(status, int) else status), where
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["Content-Type"].startswith("application/json"), where
            assert_error_shape(answer)
        self.assert_described(method, answer)
        return answer

    def assert_described(self, method, answer):
        """The answer is one that the API's description allows. All servers of a run are of one build, and say the same."""
        assert "sealed:v1:" not in answer.text, (method, answer.url, answer.text[:500])  # a secret is masked or clear
        if Api.description is None:
            Api.description = Description.of(self.base.removesuffix("/api/v1"))
        media = answer.headers.get("Content-Type", "")
        faults = Api.description.faults(method, answer.url, answer.status_code, media, answer.content)
        assert not faults, faults

    def get(self, path, **options):
        return self.call("GET", path, **options).json()

    def post(self, path, json=None, **options):
        options.setdefault("status", 201)
        return self.call("POST", path, json=json, **options).json()

    def put(self, path, json=None, **options):
        options.setdefault("status", (200, 201))
        return self.call("PUT", path, json=json, **options).json()

    def patch(self, path, operations, **options):
        headers = {"Content-Type": "application/json-patch+json"} | options.pop("headers", {})
        options.setdefault("status", 200)
        return self.call("PATCH", path, json=operations, headers=headers, **options).json()

    def delete(self, path, **options):
        options.setdefault("status", (200, 204))
        return self.call("DELETE", path, **options)

    def error(self, method, path, status, **options):
        """The body of an answer that must be this error."""
        return self.call(method, path, status=status, **options).json()

    def index_follows(self):
        """Waits until the search index holds all that was written. Who searches next, and does not look whether it does, finds all."""
        answer = self.call("GET", "/search/query", params={"q": "", "size": 0})
        assert answer.headers["X-Search-Complete"] == "true", "the search index does not catch up"

    def events_after(self, at=0, **narrowed):
        """All events of the log after a position."""
        return pages_after(lambda at: self.get("/events", params={"after": at, "limit": 1000, **narrowed}), at)


class Chain:
    """A service, database and schema to put tables into."""

    def __init__(self, api, prefix="svc"):
        self.api = api
        self.service = api.post("/services/databaseServices", {"name": unique(prefix), "serviceType": "SQLite"})
        self.database = api.post("/databases", {"name": "db", "service": self.service["fullyQualifiedName"]})
        self.schema = api.post("/databaseSchemas", {"name": "s", "database": self.database["fullyQualifiedName"]})

    @property
    def fqn(self):
        return self.schema["fullyQualifiedName"]

    def body(self, name=None, **more):
        columns = [{"name": "id", "dataType": "BIGINT"}, {"name": "email", "dataType": "VARCHAR", "dataLength": 255}]
        return {"name": name or unique("t"), "databaseSchema": self.fqn, "columns": columns} | more

    def table(self, name=None, api=None, **more):
        return (api or self.api).post("/tables", self.body(name, **more))
