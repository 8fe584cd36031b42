"""D9: a real server whose date jumps back and forth. tests/catalog/dates_test has the same for the library, by hand."""

import base64
import glob
import json
import os
import threading
import time

import pytest
import requests

from client import Api, Chain
from harness import ADMIN_EMAIL, ADMIN_PASSWORD, Server, is_sanitized

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
# Seconds from the true date; @ is an absolute date.
JUMPS = ["+0", "-3600", "+3600", "-315360000", "+315360000", "@1970-01-02 00:00:00", "@2038-01-19 03:14:00", "@2038-01-19 03:14:09", "@2106-02-07 06:28:20", "+0"]

pytestmark = [
    pytest.mark.skipif(LIBRARY is None, reason="faketime is not installed"),
    pytest.mark.skipif(is_sanitized(), reason="a sanitizer's library wants to be loaded first"),
]


class Date:
    """What the server takes for the date, from a file that it reads each time it asks."""

    def __init__(self, path):
        self.path = path
        self.set("+0")

    def set(self, what):
        fresh = self.path.with_suffix(".new")
        fresh.write_text(what + "\n")
        os.replace(fresh, self.path)

    def environment(self):
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}


@pytest.fixture
def faked(tmp_path):
    date = Date(tmp_path / "date")
    server = Server(data=tmp_path / "data", env=date.environment()).start()
    yield server, date
    date.set("+0")
    server.stop()


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_d9_thirty_jumps_of_the_date_disorder_nothing(faked):
    server, date = faked
    api = Api(server.base, server.bot_token())  # a bot's token has no expiry
    chain = Chain(api)
    table = chain.table()
    newest, version, disorder, negative = table["updatedAt"], table["version"], 0, 0
    jumps = int(os.environ.get("METADATA_TEST_JUMPS", "30"))
    for number in range(jumps):
        date.set(JUMPS[number % len(JUMPS)])
        table = api.patch(f"/tables/{table['id']}", [{"op": "add", "path": "/description", "value": f"jump {number}"}])
        disorder += table["updatedAt"] < newest or table["version"] <= version
        negative += table["updatedAt"] < 0
        newest, version = table["updatedAt"], table["version"]
        chain.table(name=f"t{number:03}")
    versions = [json.loads(text) for text in api.get(f"/tables/{table['id']}/versions")["versions"]]
    assert [v["version"] for v in versions] == sorted((v["version"] for v in versions), reverse=True) and len(versions) == jumps + 1
    assert all(new["updatedAt"] >= old["updatedAt"] for new, old in zip(versions, versions[1:]))
    names, after = [], None
    while True:  # a page a jump
        date.set(JUMPS[len(names) % len(JUMPS)])
        page = api.get("/tables", params={"databaseSchema": chain.fqn, "limit": 7} | ({"after": after} if after else {}))
        names += [row["name"] for row in page["data"]]
        after = page["paging"].get("after")
        if not after:
            break
    assert len(names) == len(set(names)) == jumps + 1 and names == sorted(names)
    assert disorder == 0 and negative == 0


def test_d9_a_date_set_back_logs_nobody_out_and_one_set_ahead_only_whom_it_must(faked):
    server, date = faked
    session = requests.post(server.base + "/users/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, timeout=30).json()
    person, bot = Api(server.base, session["accessToken"]), Api(server.base, server.bot_token())
    lifetime = claims_of(session["accessToken"])["exp"] - claims_of(session["accessToken"])["iat"]
    for what, good in (("+0", 200), ("-3600", 200), ("-315360000", 200), ("@1970-01-02 00:00:00", 200), (f"+{lifetime - 100}", 200), (f"+{lifetime + 90}", 401),
                       ("+315360000", 401), ("@2038-01-19 03:14:09", 401), ("+0", 200)):
        date.set(what)
        assert person.call("GET", "/users/loggedInUser", status=good).status_code == good, what
        assert bot.call("GET", "/tables", status=200), what
    person.call("POST", "/auth/refresh", json={"refreshToken": session["refreshToken"]}, status=200)


def test_d9_waiting_goes_by_the_steady_clock(faked):
    """The date jumps while requests are under way; their deadlines and the transport's do not."""
    server, date = faked
    api = Api(server.base, server.bot_token())
    stop, failed = threading.Event(), []

    def ask():
        with requests.Session() as session:
            session.trust_env = False
            while not stop.is_set():
                try:
                    answer = session.get(server.base + "/tables?limit=5", headers=api.session.headers, timeout=60)
                    if answer.status_code != 200:
                        failed.append(answer.status_code)
                except requests.RequestException as error:
                    failed.append(repr(error))

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    for jump in JUMPS:
        date.set(jump)
        time.sleep(0.1)
    stop.set()
    for client in clients:
        client.join()
    assert failed == []
