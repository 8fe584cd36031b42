"""Events as they come: long polls and Server-Sent Events."""

import http.client
import json
import pathlib
import socket
import threading
import time

import pytest

from client import Api, unique
from harness import Server
from rawhttp import settled, wait_until


def service(api):
    return api.post("/services/databaseServices", {"name": unique("stream"), "serviceType": "Mysql"})


def describe(api, entity, text):
    api.patch(f"/services/databaseServices/{entity['id']}", [{"op": "add", "path": "/description", "value": text}])


def end_of(api):
    at = 0
    while True:
        page = api.get(f"/events?after={at}&limit=1000&entityType=databaseService&eventType=entityRestored")
        if not page["data"] and int(page["paging"]["after"]) == at:
            return at
        at = int(page["paging"]["after"])


def sockets_of(server):
    """How many the process has open."""
    found = 0
    for path in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            found += str(path.readlink()).startswith("socket:")
        except FileNotFoundError:
            continue  # it has just been closed
    return found


class Stream:
    """One stream, read line by line."""

    def __init__(self, server, token, query="", headers=None, room=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        if room:  # what the system takes in for a client that does not read
            self.connection.sock = socket.socket()
            self.connection.sock.settimeout(60)
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            self.connection.sock.connect(("127.0.0.1", server.port))
        self.connection.request("GET", "/api/v1/events" + query, headers={
            "Authorization": "Bearer " + token, "Accept": "text/event-stream"} | (headers or {}))
        self.answer = self.connection.getresponse()

    def next(self):
        """The next event: (id, event), where a heartbeat has no event; None at the end."""
        seq, data = None, None
        while line := self.answer.readline():
            line = line.decode().rstrip("\n")
            if line.startswith("id: "):
                seq = int(line[4:])
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif not line:
                return seq, data
        return None

    def events(self, count):
        found = []
        while len(found) < count:
            got = self.next()
            assert got is not None
            if got[1]:
                assert got[1]["seq"] == got[0]
                found.append(got[1])
        return found

    def close(self):
        self.connection.close()
        self.answer.close()


def test_a_long_poll_is_answered_when_something_happens(api, server, admin_token):
    entity = service(api)
    at = end_of(api)
    answers = []
    poll = threading.Thread(target=lambda: answers.append(Api(server.base, admin_token).get(f"/events?after={at}&wait=60&id={entity['id']}")))
    poll.start()
    time.sleep(0.3)
    assert not answers
    service(api)  # does not match
    time.sleep(0.2)
    assert not answers
    began = time.monotonic()
    describe(api, entity, "now")
    poll.join(60)
    assert time.monotonic() - began < 30 and answers
    assert [event["entityId"] for event in answers[0]["data"]] == [entity["id"]]
    assert int(answers[0]["paging"]["after"]) == answers[0]["data"][-1]["seq"]


def test_a_long_poll_ends_with_an_empty_page_when_its_time_has_passed(api):
    at = end_of(api)
    began = time.monotonic()
    answer = api.call("GET", f"/events?after={at}&wait=1&entityType=role&eventType=entityRestored", status=200)
    assert 0.9 <= time.monotonic() - began < 20
    assert answer.json()["data"] == [] and answer.headers["Content-Type"] == "application/json" and "X-Request-Id" in answer.headers
    assert api.call("HEAD", f"/events?after={at}&wait=30", status=200)
    for wait in ("-1", "61", "x"):
        api.call("GET", f"/events?after=0&wait={wait}", status=400)


def test_h6_a_stream_goes_on_after_the_last_event_that_was_seen(api, server, admin_token):
    entity = service(api)
    stream = Stream(server, admin_token, f"?id={entity['id']}")
    assert stream.answer.status == 200 and stream.answer.headers["Content-Type"] == "text/event-stream"
    assert stream.next()[1] is None  # says at once that it is connected
    for i in range(5):
        describe(api, entity, f"a{i}")
    first = stream.events(3)
    stream.close()
    for i in range(5):
        describe(api, entity, f"b{i}")
    again = Stream(server, admin_token, f"?id={entity['id']}", {"Last-Event-ID": str(first[-1]["seq"])})
    texts = []
    for event in first + again.events(7):
        change = event["changeDescription"]
        texts.append((change["fieldsAdded"] + change["fieldsUpdated"])[0]["newValue"])
    assert texts == [f"a{i}" for i in range(5)] + [f"b{i}" for i in range(5)]
    again.close()


def test_a_stream_from_the_beginning_has_the_whole_log(api, server, admin_token):
    wanted, at = [], 0
    while True:
        page = api.get(f"/events?after={at}&limit=1000")
        wanted += [event["id"] for event in page["data"]]
        if int(page["paging"]["after"]) == at:
            break
        at = int(page["paging"]["after"])
    stream = Stream(server, admin_token, "?after=0")
    assert [event["id"] for event in stream.events(len(wanted))] == wanted
    stream.close()


def test_what_is_wrong_is_told_before_a_stream_begins(server, admin_token):
    for query, headers, status in (("?eventType=x", {}, 400), ("", {"Last-Event-ID": "x"}, 400), ("", {"Last-Event-ID": "-1"}, 400),
                                   ("", {"Authorization": "Bearer x"}, 401)):
        stream = Stream(server, admin_token, query, headers)
        assert stream.answer.status == status and json.loads(stream.answer.read())["code"] == status
        stream.close()


@pytest.fixture
def own():
    server = Server(args=["--write-timeout", "5"]).start()
    yield server
    server.stop()
    server.remove()


def threads_of(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))


def test_streams_are_bounded_hold_no_thread_and_leave_when_their_client_does(own):
    token = own.login()
    api = Api(own.base, token)
    entity = service(api)
    before = threads_of(own)
    streams = [Stream(own, token) for _ in range(64)]
    assert all(stream.answer.status == 200 for stream in streams)
    assert all(stream.next() for stream in streams)
    assert threads_of(own) <= before + 4
    refused = Stream(own, token)
    assert refused.answer.status == 429
    refused.close()
    describe(api, entity, "for all")
    assert {stream.events(1)[0]["entityId"] for stream in streams} == {entity["id"]}
    for stream in streams:
        stream.close()
    deadline = time.monotonic() + 60
    while (again := Stream(own, token)).answer.status != 200:
        again.close()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    again.close()


def test_a_slow_reader_is_cut_off_and_delays_nobody(own):
    token = own.login()
    api = Api(own.base, token)
    entity = service(api)
    text = "x" * 100_000
    settled(own)
    others = sockets_of(own)
    slow = Stream(own, token, f"?id={entity['id']}", room=65536)
    fine = Stream(own, token, f"?id={entity['id']}")
    read = []
    reader = threading.Thread(target=lambda: read.extend(fine.events(150)))
    reader.start()
    for i in range(150):
        describe(api, entity, f"{i}{text}")
    reader.join(120)
    assert len(read) == 150
    fine.close()
    assert wait_until(lambda: sockets_of(own) <= others, 60), "the slow one is still connected"
    events, ended = 0, False
    try:
        while (got := slow.next()) is not None:
            events += got[1] is not None
            assert events < 150
        ended = True
    except (http.client.HTTPException, OSError, ValueError):
        ended = True  # in the middle of an event
    assert ended and events < 150
    slow.close()


def test_d14_a_stop_ends_polls_and_streams_at_once():
    server = Server(args=["--drain-timeout", "60"]).start()
    token = server.login()
    at = end_of(Api(server.base, token))
    stream = Stream(server, token)
    stream.next()
    answers = []
    polls = [threading.Thread(target=lambda: answers.append(Api(server.base, token).get(f"/events?after={at}&wait=60"))) for _ in range(40)]
    settled(server)
    others = sockets_of(server)
    for poll in polls:
        poll.start()
    assert wait_until(lambda: sockets_of(server) == others + len(polls), 60)
    settled(server)
    assert not answers
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 20
    for poll in polls:
        poll.join(60)
    assert len(answers) == len(polls)  # each was answered before its connection was closed
    assert all(one["data"] == [] and int(one["paging"]["after"]) == at for one in answers)
    assert stream.next() is None
    stream.close()
    server.remove()
