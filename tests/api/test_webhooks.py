"""Webhooks with a real receiver: what comes, in which order, and what happens when it fails."""

import hashlib
import hmac
import json
import os
import pathlib
import socket
import statistics
import threading
import time

import pytest

from client import Api, text_of, unique
from harness import ROOT, Server
from receiver import Receiver, signature

FAST = ["--webhook-first-retry", "0.05", "--webhook-last-retry", "0.4"]
PAYLOAD = {"eventId", "eventType", "entityType", "entityId", "entityFQN", "changeDescription", "timestamp", "userName"}


@pytest.fixture(scope="module")
def hooks():
    """A server with short pauses, and its admin."""
    server = Server(args=FAST).start()
    api = Api(server.base, server.login())
    api.server = server
    yield api
    server.stop()
    server.remove()


def hook(api, receiver, **more):
    body = {"name": unique("hook"), "endpoint": receiver if isinstance(receiver, str) else receiver.url} | more
    return api.post("/webhooks", body)


def service(api):
    return api.post("/services/databaseServices", {"name": unique("svc"), "serviceType": "Mysql"})


def describe(api, entity, text):
    return api.patch(f"/services/databaseServices/{entity['id']}", [{"op": "add", "path": "/description", "value": text}])


def describe_seq(api, entity, text):
    """Where in the log it is told."""
    answer = api.call("PATCH", f"/services/databaseServices/{entity['id']}", json=[{"op": "add", "path": "/description", "value": text}],
                      headers={"Content-Type": "application/json-patch+json"})
    return int(answer.headers["X-Metadata-Seq"])


def status(api, made):
    return api.get(f"/webhooks/{made['id']}/status")


def wait_status(api, made, condition, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not condition(now := status(api, made)):
        assert time.monotonic() < deadline, now
        time.sleep(0.02)
    return now


def only(entity):
    return {"eventFilters": [{"entityType": "databaseService", "fqnPattern": entity if isinstance(entity, str) else entity["name"]}]}


def test_one_event_comes_as_the_bare_object_with_all_eight_keys(hooks):
    with Receiver() as receiver:
        made = hook(hooks, receiver, eventFilters=[{"entityType": "databaseService"}])
        entity = service(hooks)
        events = receiver.wait_events(1)
        body = receiver.bodies()[0]
        assert isinstance(body, dict) and set(body) == PAYLOAD
        assert body["eventType"] == "entityCreated" and body["changeDescription"] == {}
        assert body["entityId"] == entity["id"] and body["entityFQN"] == entity["name"] and body["userName"] == "admin"
        assert len(events) == 1
        describe(hooks, entity, "d")
        update = receiver.wait_events(2)[1]
        assert update["eventType"] == "entityUpdated" and set(update) == PAYLOAD
        assert update["changeDescription"]["fieldsAdded"][0]["name"] == "description"
        assert update["eventId"] != body["eventId"]
        now = wait_status(hooks, made, lambda now: now["delivered"] == 2)
        assert now["status"] == "active" and now["attempts"] == 0 and now["lastSuccessfulAt"] > 0
        assert hooks.get(f"/webhooks/{made['id']}?fields=status")["status"]["delivered"] == 2
        hooks.delete(f"/webhooks/{made['id']}")


def test_h4_batches_are_arrays_of_at_most_batch_size(hooks):
    with Receiver() as receiver:
        entity = service(hooks)
        made = hook(hooks, receiver, batchSize=4, enabled=False, **only(entity))
        for i in range(11):
            describe(hooks, entity, f"text {i}")
        hooks.patch(f"/webhooks/{made['id']}", [{"op": "replace", "path": "/enabled", "value": True}])
        events = receiver.wait_events(11)
        sizes = [len(body) if isinstance(body, list) else 1 for body in receiver.bodies()]
        assert max(sizes) == 4 and sum(sizes) == 11
        assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)
        texts = [event["changeDescription"]["fieldsUpdated"][0]["newValue"] for event in events[1:]]
        assert texts == [f"text {i}" for i in range(1, 11)]
        hooks.delete(f"/webhooks/{made['id']}")


def test_h4_both_signatures_are_right_over_the_raw_body_and_absent_without_a_key(hooks):
    key = "your-secret-key"
    with Receiver() as receiver, Receiver() as plain:
        entity = service(hooks)
        made = hook(hooks, receiver, secretKey=key, **only(entity))
        other = hook(hooks, plain, **only(entity))
        describe(hooks, entity, "größer \\u2028 < ünder")
        receiver.wait_events(1)
        _, _, headers, body, _ = receiver.requests[0]
        assert headers["X-OM-Signature"] == signature(key, body)
        t, v1 = (part.split("=", 1)[1] for part in headers["X-Metadata-Signature"].split(","))
        assert abs(int(t) - time.time()) < 60
        assert v1 == hmac.new(key.encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert headers["Content-Type"] == "application/json"
        plain.wait_events(1)
        assert not [name for name in plain.requests[0][2] if "ignature" in name]
        for one in (made, other):
            hooks.delete(f"/webhooks/{one['id']}")


def test_the_documents_code_tells_genuine_requests_from_others(hooks):
    page = (ROOT / "docs" / "events.md").read_text()
    code = page.split("<!-- verify: run by tests/api/test_webhooks.py -->\n```python\n")[1].split("```")[0]
    names = {}
    exec(code, names)
    is_genuine = names["is_genuine"]
    with Receiver() as receiver:
        entity = service(hooks)
        made = hook(hooks, receiver, secretKey="your-secret-key", **only(entity))
        describe(hooks, entity, "d")
        receiver.wait_events(1)
        _, _, headers, body, _ = receiver.requests[0]
        assert is_genuine("your-secret-key", headers, body)
        assert not is_genuine("another-key", headers, body)
        assert not is_genuine("your-secret-key", headers, body + b" ")
        assert not is_genuine("your-secret-key", {}, body)
        assert not is_genuine("your-secret-key", headers, body, tolerance_s=-1)
        other_time = headers | {"X-Metadata-Signature": "t=1," + headers["X-Metadata-Signature"].split(",")[1]}
        assert not is_genuine("your-secret-key", other_time, body, tolerance_s=10**10)
        hooks.delete(f"/webhooks/{made['id']}")


def test_w10_the_secret_key_is_masked_and_sealed_and_a_mask_keeps_it(hooks):
    key = "marker-webhook-9c41-swordfish"
    with Receiver() as receiver:
        entity = service(hooks)
        made = hook(hooks, receiver, secretKey=key, **only(entity))
        path = f"/webhooks/{made['id']}"
        read = hooks.get(path)
        assert set(read["secretKey"]) == {"*"} and key not in json.dumps(made)
        hooks.patch(path, [{"op": "replace", "path": "/secretKey", "value": read["secretKey"]},
                           {"op": "add", "path": "/description", "value": "d"}])
        describe(hooks, entity, "d")
        receiver.wait_events(1)
        assert receiver.requests[0][2]["X-OM-Signature"] == signature(key, receiver.requests[0][3])
        for query in ("/versions", "/versions/0.1", "/status"):
            assert key not in hooks.call("GET", path + query).text
        assert key not in hooks.call("GET", "/events?entityCreated=webhook&entityUpdated=webhook").text
        hooks.delete(path)
    for folder, _, names in os.walk(hooks.server.data):
        for file in (pathlib.Path(folder) / name for name in names):
            try:
                assert key.encode() not in file.read_bytes(), file
            except FileNotFoundError:
                pass  # the search index writes its files anew
    assert key not in hooks.server.log()


def test_h3_a_failing_receiver_is_tried_again_ever_more_seldom_and_loses_nothing(hooks):
    with Receiver(status=503) as receiver:
        entity = service(hooks)
        made = hook(hooks, receiver, **only(entity))
        describe(hooks, entity, "one")
        now = wait_status(hooks, made, lambda now: now["attempts"] >= 4)
        assert now["status"] == "awaitingRetry" and now["lastFailedStatusCode"] == 503 and "503" in now["lastFailedReason"]
        assert now["nextAttempt"] > 0 and now["delivered"] == 0
        describe(hooks, entity, "two")
        pauses = [b[0] - a[0] for a, b in zip(receiver.requests, receiver.requests[1:])]
        assert all(pause >= 0.02 for pause in pauses) and max(pauses[2:]) >= 0.09, pauses
        receiver.status = 200
        events = receiver.wait_events(2)
        assert [event["changeDescription"]["fieldsAdded" if i == 0 else "fieldsUpdated"][0]["newValue"]
                for i, event in enumerate(events)] == ["one", "two"]
        assert wait_status(hooks, made, lambda now: now["status"] == "active")["attempts"] == 0
        hooks.delete(f"/webhooks/{made['id']}")


def test_h3_attempts_are_at_most_what_the_pauses_allow_and_a_return_is_noticed_within_one():
    """Pauses from 200 ms to an hour in small: from 50 to 800 ms."""
    first, last, attempts = 0.05, 0.8, 12
    server = Server(args=["--webhook-first-retry", str(first), "--webhook-last-retry", str(last)]).start()
    api = Api(server.base, server.login())
    with Receiver(status=503) as receiver:
        entity = service(api)
        hook(api, receiver, **only(entity))
        describe(api, entity, "d")
        receiver.wait_for(lambda r: len(r.requests) >= attempts, 60)
        came = [request[0] for request in receiver.requests[:attempts]]
        pauses = [after - before for before, after in zip(came, came[1:])]
        assert all(pause >= min(first * 2 ** n, last) / 2 - 0.005 for n, pause in enumerate(pauses)), pauses  # at least half of each
        # Without an end of their growing these would be 3.2 s at least; the machine may be busy with something else in some of them.
        assert min(pauses[7:]) < 2 * last, pauses
        receiver.status = 200
        tried = len(receiver.requests)
        receiver.wait_events(1)
        assert len(receiver.requests) <= tried + 2, "the next one brings it, but for one that was under way"
    server.stop()
    server.remove()


def test_h3_retry_after_is_honoured(hooks):
    with Receiver(status=lambda number: 429 if number == 0 else 200, headers={"Retry-After": "2"}) as receiver:
        slow = Server(args=["--webhook-first-retry", "0.01", "--webhook-last-retry", "30"]).start()
        api = Api(slow.base, slow.login())
        entity = service(api)
        hook(api, receiver, **only(entity))
        describe(api, entity, "d")
        receiver.wait_events(1)
        assert receiver.requests[1][0] - receiver.requests[0][0] >= 1.9
        slow.stop()
        slow.remove()


def test_h3_what_fails_for_too_long_is_marked_failed_and_goes_on_where_it_was_when_enabled():
    server = Server(args=["--webhook-first-retry", "0.02", "--webhook-last-retry", "0.1", "--webhook-give-up", "0.5"]).start()
    api = Api(server.base, server.login())
    with Receiver(status=500) as receiver:
        entity = service(api)
        made = hook(api, receiver, **only(entity))
        describe(api, entity, "one")
        now = wait_status(api, made, lambda now: now["status"] == "failed")
        assert "gave up after" in now["lastFailedReason"] and "500" in now["lastFailedReason"]
        read = api.get(f"/webhooks/{made['id']}?fields=status")
        assert read["enabled"] is False and read["status"]["status"] == "failed" and read["updatedBy"] == "system"
        describe(api, entity, "two")
        count = len(receiver.requests)
        time.sleep(0.5)
        assert len(receiver.requests) == count
        receiver.status = 200
        api.patch(f"/webhooks/{made['id']}", [{"op": "replace", "path": "/enabled", "value": True}])
        events = receiver.wait_events(2)
        assert len(events) == 2 and len({event["eventId"] for event in events}) == 2
        assert wait_status(api, made, lambda now: now["delivered"] == 2)["status"] == "active"
    server.stop()
    server.remove()


def test_h1_events_survive_kills_and_restarts_and_come_with_the_same_id():
    server = Server(args=FAST).start()
    api = Api(server.base, server.login())
    with Receiver(status=lambda number: 500 if number % 3 == 1 else 200) as receiver:
        entity = service(api)
        hook(api, receiver, **only(entity))
        for round_number in range(4):
            for i in range(10):
                describe(api, entity, f"{round_number}-{i}")
            server.kill()
            server.start()
            api = Api(server.base, server.login())
        receiver.wait_for(lambda r: len({event["eventId"] for event in r.events()}) >= 40, 120)
        wanted = [row["id"] for row in api.get(f"/events?after=0&limit=1000&id={entity['id']}&eventType=entityUpdated")["data"]]
        assert len(wanted) == 40
        came = [event["eventId"] for event in receiver.events()]
        first = list(dict.fromkeys(came))
        assert first == wanted, "in the order of the log, whatever came twice"
    server.stop()
    server.remove()


def test_h2_a_receiver_that_is_slow_hangs_or_fails_delays_nobody_else(hooks):
    hang = socket.create_server(("127.0.0.1", 0))
    costs = 30
    with Receiver() as good, Receiver(delay=costs) as slow, Receiver(status=500) as broken, Receiver(status=0) as rude:
        entity = service(hooks)
        fine = [hook(hooks, good, **only(entity)) for _ in range(3)]

        def delays_of(times):
            found = []
            for _ in range(times):
                before = len(good.events())
                began = time.monotonic()
                describe(hooks, entity, unique("text"))
                good.wait_events(before + 3, 60)
                found.append(time.monotonic() - began)
            return found

        alone = delays_of(10)
        bad = [hook(hooks, f"http://127.0.0.1:{hang.getsockname()[1]}/", timeout=costs, **only(entity)) for _ in range(3)]
        bad += [hook(hooks, other, timeout=costs, **only(entity)) for other in (slow, broken, rude) for _ in range(3)]
        delays = delays_of(20)
        assert max(delays) < costs / 2 and statistics.median(delays) < 1 + 3 * statistics.median(alone), (alone, delays)
        for one in bad + fine:
            hooks.delete(f"/webhooks/{one['id']}")
    hang.close()


def test_redelivery_from_any_point_brings_the_same_ids(hooks):
    with Receiver() as receiver:
        entity = service(hooks)
        made = hook(hooks, receiver, **only(entity))
        for i in range(5):
            describe(hooks, entity, f"text {i}")
        first = [event["eventId"] for event in receiver.wait_events(5)]
        log = hooks.events_after(0, id=entity["id"])
        third = next(row["seq"] for row in log if row["id"] == first[2])
        wait_status(hooks, made, lambda now: now["delivered"] == 5)
        answer = hooks.call("POST", f"/webhooks/{made['id']}/redeliver", json={"fromSeq": third}, status=200).json()
        assert answer["status"] == "active"
        again = [event["eventId"] for event in receiver.wait_events(8)][5:]
        assert again == first[2:]
        for body in ({"fromSeq": 0}, {"fromSeq": "x"}, {"fromSeq": -3}, []):
            hooks.call("POST", f"/webhooks/{made['id']}/redeliver", json=body, status=400)
        hooks.delete(f"/webhooks/{made['id']}")


def test_a_test_event_is_posted_at_once_and_says_what_came_of_it(hooks):
    with Receiver() as receiver:
        made = hook(hooks, receiver, secretKey="k", enabled=False)
        answer = hooks.call("POST", f"/webhooks/{made['id']}/test", status=200).json()
        assert answer == {"delivered": True, "statusCode": 200}
        body = receiver.bodies()[0]
        assert set(body) == PAYLOAD and body["eventType"] == "testEvent"
        assert receiver.requests[0][2]["X-OM-Signature"] == signature("k", receiver.requests[0][3])
        receiver.status = 418
        assert hooks.call("POST", f"/webhooks/{made['id']}/test", status=200).json() == {"delivered": False, "statusCode": 418}
        hooks.delete(f"/webhooks/{made['id']}")
    gone = hook(hooks, "http://127.0.0.1:9/", enabled=False)
    answer = hooks.call("POST", f"/webhooks/{gone['id']}/test", status=200).json()
    assert answer["delivered"] is False and answer["error"]
    hooks.delete(f"/webhooks/{gone['id']}")


def test_w1_redirects_are_not_followed(hooks):
    with Receiver() as target, Receiver(status=302, headers={"Location": target.url}) as receiver:
        made = hook(hooks, receiver, enabled=False)
        assert hooks.call("POST", f"/webhooks/{made['id']}/test", status=200).json() == {"delivered": False, "statusCode": 302}
        assert not target.requests
        hooks.delete(f"/webhooks/{made['id']}")


PRIVATE = ["10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0", "224.0.0.1", "255.255.255.255",
           "[fe80::1]", "[fc00::1]", "[fd12::3]", "[ff02::1]", "[::]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::a00:1]",
           "[2002:a00:1::]", "167772161", "0xa000001", "012.0.0.1", "10.1", "2852039166", "0xA9FEA9FE", "[::a00:1]"]
LOOPBACK = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.255.255.254"]


@pytest.mark.parametrize("host", PRIVATE)
def test_w1_private_addresses_are_refused_in_every_spelling(hooks, host):
    made = hook(hooks, f"http://{host}:9/", enabled=False, timeout=20)
    answer = hooks.call("POST", f"/webhooks/{made['id']}/test", status=200).json()
    assert answer["delivered"] is False and "--webhook-allow" in answer["error"], answer
    hooks.delete(f"/webhooks/{made['id']}")


def test_w1_loopback_is_refused_once_the_server_listens_beyond_it_unless_allowed():
    with Receiver() as receiver:
        for args, delivered in ((["--host", "0.0.0.0"], False), (["--host", "0.0.0.0", "--webhook-allow", "127.0.0.0/8"], True)):
            server = Server(args=args).start()
            api = Api(server.base, server.login())
            for host in LOOPBACK if not delivered else ["127.0.0.1", "127.1", "2130706433"]:
                made = hook(api, f"http://{host}:{receiver.port}/", enabled=False, timeout=20)
                answer = api.call("POST", f"/webhooks/{made['id']}/test", status=200).json()
                assert answer["delivered"] is delivered, (host, answer)
                assert delivered or "--webhook-allow" in answer["error"], (host, answer)
            server.stop()
            server.remove()
        assert len(receiver.requests) == 3


@pytest.mark.parametrize("endpoint", ["ftp://x/y", "file:///etc/passwd", "http://", "http:///x", "http://u:p@host/", "gopher://x", "x",
                                      "javascript:alert(1)", "http://:80/", "http://a\\b/", "http://host/#f", "", 7, "http://" + "a" * 3000])
def test_w1_an_endpoint_that_cannot_be_meant_is_refused(hooks, endpoint):
    wrong = hooks.call("POST", "/webhooks", json={"name": unique("hook"), "endpoint": endpoint}, status=400).json()
    assert "endpoint" in json.dumps(wrong)


@pytest.mark.parametrize("more", [{"batchSize": 0}, {"batchSize": 1001}, {"timeout": 0}, {"timeout": 301}, {"enabled": "yes"},
                                  {"eventFilters": [{"eventType": "entityChanged"}]}, {"eventFilters": [{"nonsense": 1}]},
                                  {"eventFilters": {}}, {"secretKey": 3}, {"nonsense": 1}])
def test_a_member_that_cannot_be_meant_is_refused_by_name(hooks, more):
    wrong = hooks.call("POST", "/webhooks", json={"name": unique("hook"), "endpoint": "http://127.0.0.1/"} | more, status=400).json()
    assert next(iter(more)) in json.dumps(wrong)


def test_w2_a_receivers_answer_is_neither_kept_nor_shown_and_an_endless_one_ends(hooks):
    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        connection, _ = listener.accept()
        connection.recv(65536)
        try:
            connection.sendall(b"HTTP/1.1 500 X\r\nContent-Type: text/plain\r\n\r\n")
            while True:
                connection.sendall(b"marker-of-the-answer " * 1000)
        except OSError:
            connection.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    made = hook(hooks, f"http://127.0.0.1:{listener.getsockname()[1]}/", enabled=False, timeout=50)
    answer = hooks.call("POST", f"/webhooks/{made['id']}/test", status=200)
    assert answer.elapsed.total_seconds() < 25, "well before the time-out"
    assert answer.json() == {"delivered": False, "statusCode": 500} and "marker" not in answer.text
    thread.join(10)
    listener.close()
    hooks.delete(f"/webhooks/{made['id']}")


class Hostile:
    """Takes one request after the other, and answers with whatever `answer(connection)` sends, for as long as it can."""

    def __init__(self, answer):
        self.listener, self.answer = socket.create_server(("127.0.0.1", 0)), answer
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        try:
            connection.recv(65536)
            self.answer(connection)
        except OSError:
            pass  # it is hung up on: what these tests want
        connection.close()


def for_ever(first, more, pause=0.0):
    def answer(connection):
        connection.sendall(first)
        while True:
            connection.sendall(more)
            time.sleep(pause)
    return answer


OK = b"HTTP/1.1 200 OK\r\n"
HOSTILE = {
    "says nothing": lambda connection: time.sleep(30),
    "drips a head": for_ever(OK, b"X: marker\r\n", 0.2),
    "drips a body": for_ever(OK + b"Content-Length: 1000000\r\n\r\n", b"marker", 0.2),
    "drips chunks": for_ever(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nm\r\n", 0.2),
    "a head without end": for_ever(OK, b"X-Marker: " + b"m" * 8000 + b"\r\n"),
    "a field without end": for_ever(OK + b"X: ", b"marker" * 1000),
    "interim answers without end": for_ever(b"", b"HTTP/1.1 100 Continue\r\nX: marker\r\n\r\n"),
    "trailers without end": for_ever(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: marker\r\n"),
    "garbage": lambda connection: connection.sendall(b"\x00\xff\x16\x03 marker " * 200),
    "a status line without end": for_ever(b"HTTP/1.1 200 ", b"marker" * 1000),
    "an old protocol": lambda connection: connection.sendall(b"marker\n"),
    "a short body": lambda connection: connection.sendall(OK + b"Content-Length: 100\r\n\r\nmarker"),
    "a wild status": lambda connection: connection.sendall(b"HTTP/1.1 99999 marker\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_w2_a_hostile_receiver_costs_its_time_out_and_64_kib_and_is_not_shown(hooks, name):
    receiver = Hostile(HOSTILE[name])
    made = hook(hooks, receiver.url, enabled=False, timeout=1)
    before = memory_of(hooks.server)
    answer = hooks.call("POST", f"/webhooks/{made['id']}/test", status=200)
    assert answer.elapsed.total_seconds() < 9, "its own time-out, not the ten seconds of those that have none"
    assert answer.json()["delivered"] is False and answer.json()["error"] and "marker" not in answer.text, answer.text
    assert memory_of(hooks.server) - before < 32 << 20  # what is read without end comes by the hundred megabytes
    receiver.listener.close()
    hooks.delete(f"/webhooks/{made['id']}")
    assert "marker" not in hooks.server.log()


def memory_of(server):
    fields = dict(line.split(":", 1) for line in open(f"/proc/{server.process.pid}/status") if ":" in line)
    return int(fields["VmRSS"].split()[0]) * 1024


def test_defaults_are_those_of_the_guide(hooks):
    made = hook(hooks, "http://127.0.0.1:9/", eventFilters=[{"entityType": "dashboard"}])
    assert (made["enabled"], made["batchSize"], made["timeout"]) == (True, 10, 10)
    hooks.delete(f"/webhooks/{made['id']}")


def test_only_admins_and_bots_manage_webhooks(hooks):
    hooks.post("/users", {"name": "reader", "email": "reader@x.org", "password": "Another-horse-8-battery"})
    user = Api(hooks.base, hooks.server.login("reader@x.org", "Another-horse-8-battery"))
    made = hook(hooks, "http://127.0.0.1:9/", enabled=False)
    user.call("POST", "/webhooks", json={"name": unique("hook"), "endpoint": "http://127.0.0.1:9/"}, status=403)
    user.call("PATCH", f"/webhooks/{made['id']}", json=[{"op": "replace", "path": "/enabled", "value": True}], status=403)
    user.call("DELETE", f"/webhooks/{made['id']}", status=403)
    user.call("POST", f"/webhooks/{made['id']}/redeliver", json={}, status=403)
    user.call("POST", f"/webhooks/{made['id']}/test", status=403)
    Api(hooks.base).call("GET", f"/webhooks/{made['id']}/status", status=401)
    bot = Api(hooks.base, hooks.server.bot_token())
    bot.call("POST", f"/webhooks/{made['id']}/redeliver", json={}, status=200)
    hooks.delete(f"/webhooks/{made['id']}")


def test_a_filter_of_an_unknown_entity_type_is_refused_when_it_is_saved(hooks):
    body = {"name": unique("hook"), "endpoint": "http://127.0.0.1:9/", "eventFilters": [{"entityType": "table"}, {"entityType": "tabel"}]}
    wrong = text_of(hooks.error("POST", "/webhooks", 400, json=body))
    assert "tabel" in wrong and "eventFilters[1].entityType" in wrong
    for fine in ("Table", "*", "all"):
        made = hook(hooks, "http://127.0.0.1:9/", enabled=False, eventFilters=[{"entityType": fine}])
        operations = [{"op": "replace", "path": "/eventFilters/0/entityType", "value": "tabel"}]
        hooks.call("PATCH", f"/webhooks/{made['id']}", json=operations, headers={"Content-Type": "application/json-patch+json"}, status=400)
        hooks.call("PUT", "/webhooks", json=body | {"name": made["name"]}, status=400)
        hooks.delete(f"/webhooks/{made['id']}")


def test_h4_a_request_is_given_up_after_its_time_out_and_the_next_brings_the_same_events(hooks):
    with Receiver(delay=20) as receiver:
        entity = service(hooks)
        made = hook(hooks, receiver, timeout=1, batchSize=2, **only(entity))
        began = time.monotonic()
        describe(hooks, entity, "d")
        now = wait_status(hooks, made, lambda now: now["attempts"] >= 1)
        assert 0.9 <= time.monotonic() - began < 20 and "lastFailedStatusCode" not in now
        receiver.delay = 0
        receiver.wait_for(lambda r: wait_status(hooks, made, lambda now: now["delivered"] == 1))
        bodies = [body for _, _, _, body, _ in receiver.requests]
        assert len({json.loads(body)["eventId"] for body in bodies}) == 1
        hooks.delete(f"/webhooks/{made['id']}")


def test_h5_what_waited_for_too_long_is_told_as_one_gap_and_delivery_goes_on():
    server = Server(args=FAST + ["--event-retention-days", str(6 / 86_400), "--audit-days", "0"]).start()
    api = Api(server.base, server.login())
    with Receiver(status=500) as receiver:
        entity = service(api)
        made = hook(api, receiver, **only(entity))
        for i in range(30):
            last_old = describe_seq(api, entity, f"old {i}")
        began = wait_status(api, made, lambda now: now["attempts"] > 0)["position"]
        deadline = time.monotonic() + 60
        while (first := api.get("/events?after=0&limit=1")["data"][0])["eventType"] != "eventsDropped" or first["seq"] < last_old:
            assert time.monotonic() < deadline, first
            time.sleep(0.1)
        server.kill()  # what is forgotten stays so
        server.start()
        api = Api(server.base, server.login())
        receiver.status = 200
        describe(api, entity, "new")
        gap, *rest = receiver.wait_events(2)
        assert set(gap) == PAYLOAD and gap["eventType"] == "eventsDropped" and gap["userName"] == "system"
        told = json.loads(gap["changeDescription"]["fieldsDeleted"][0]["oldValue"])
        assert told["fromSeq"] == began + 1 and told["toSeq"] >= last_old, (told, began, last_old)
        assert [event["changeDescription"]["fieldsUpdated"][0]["newValue"] for event in rest] == ["new"]
        assert wait_status(api, made, lambda now: now["delivered"] == 2)["status"] == "active"
        listed = api.get(f"/events?after={began}&limit=1")["data"][0]
        assert listed["eventType"] == "eventsDropped" and listed["userName"] == "system"
        assert len(api.get(f"/services/databaseServices/{entity['id']}/versions")["versions"]) == 32
    server.stop()
    assert server.check().returncode == 0
    server.remove()


def test_what_is_not_there_is_404(hooks):
    unknown = "00000000-0000-4000-8000-000000000001"
    for method, path in (("GET", "status"), ("POST", "redeliver"), ("POST", "test")):
        hooks.call(method, f"/webhooks/{unknown}/{path}", status=404)
