"""Two writers, one If-Match: exactly one of them is answered 200 and the other 412, in every round.

METADATA_RACE_ROUNDS=10000 is the long form.
"""

import http.client
import json
import os
import threading
import urllib.parse

ROUNDS = int(os.environ.get("METADATA_RACE_ROUNDS", "1500"))


class Writer(threading.Thread):
    """Sends one PATCH a round over its own kept connection, at the same moment as the other writer."""

    def __init__(self, name, base, token, path, etags, start, finish):
        super().__init__(daemon=True)
        url = urllib.parse.urlsplit(base)
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        self.path, self.etags, self.start_line, self.finish_line = url.path + path, etags, start, finish
        self.head = {"Authorization": "Bearer " + token, "Content-Type": "application/json-patch+json"}
        self.who, self.statuses, self.failure = name, [], None

    def run(self):
        try:
            for number in range(ROUNDS):
                body = json.dumps([{"op": "add", "path": "/description", "value": f"{self.who}{number}"}])
                self.start_line.wait(60)
                self.connection.request("PATCH", self.path, body, self.head | {"If-Match": self.etags[-1]})
                answer = self.connection.getresponse()
                answer.read()
                self.finish_line.wait(60)
                self.statuses.append(answer.status)
                if answer.status == 200:
                    self.etags.append(answer.headers["ETag"])
        except Exception as failure:  # noqa: BLE001 - told by the test
            self.failure = failure
            self.start_line.abort()
            self.finish_line.abort()
        finally:
            self.connection.close()


def test_of_two_writers_with_one_etag_exactly_one_wins_every_round(api, server, admin_token, chain):
    table = api.post("/tables", chain.body())
    path = f"/tables/{table['id']}"
    etags = [api.call("GET", path).headers["ETag"]]
    start, finish = threading.Barrier(2), threading.Barrier(2)
    writers = [Writer(name, server.base, admin_token, path, etags, start, finish) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(600)
    assert [writer.failure for writer in writers] == [None, None]
    pairs = [tuple(sorted(pair)) for pair in zip(*(writer.statuses for writer in writers))]
    assert len(pairs) == ROUNDS and set(pairs) == {(200, 412)}, {pair: pairs.count(pair) for pair in set(pairs)}
    assert len(set(etags)) == ROUNDS + 1
    assert api.get(path)["version"] == round(0.1 * (ROUNDS + 1), 1)
