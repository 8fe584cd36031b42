"""A client of the standard library alone, for programs that run without the tests' environment."""

import http.client
import json
import time
import urllib.parse


def pages_after(read, at):
    """The rows of all pages of the change log after a position. A page looks at a bounded piece of it: it may be empty and not be the last."""
    rows = []
    while True:
        page = read(at)
        rows += page["data"]
        if int(page["paging"]["after"]) == at:
            return rows
        at = int(page["paging"]["after"])


class Link:
    """Calls that go on until they are answered, whatever becomes of the server meanwhile."""

    def __init__(self, server, token):
        self.server, self.token, self.connection = server, token, None

    def call(self, method, path, body=None):
        while True:
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
                head = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
                self.connection.request(method, "/api/v1" + path, json.dumps(body) if body is not None else None, head)
                answer = self.connection.getresponse()
                text = answer.read()
                if answer.status == 503:
                    time.sleep(0.02)
                    continue
                assert answer.status < 300, (method, path, answer.status, text[:300])
                return json.loads(text) if text else None
            except (OSError, http.client.HTTPException):
                self.connection = None
                time.sleep(0.02)

    def events_after(self, at, **narrowed):
        """All events of the log after a position."""
        return pages_after(lambda at: self.call("GET", "/events?" + urllib.parse.urlencode({"after": at, "limit": 1000, **narrowed})), at)
