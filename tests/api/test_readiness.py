"""O2: /healthz while the process can answer, /readyz while it should get work."""

import signal
import socket
import sqlite3
import time

import pytest
import requests

from harness import Server


def both(server):
    return tuple(requests.get(server.root + path, timeout=30).status_code for path in ("/healthz", "/readyz"))


@pytest.fixture
def own(tmp_path):
    server = Server(data=tmp_path / "data", args=["--header-timeout", "60"]).start()  # a test sends the half of a head, and waits
    yield server
    server.kill()


def test_o2_a_server_that_listens_is_alive_and_ready(own):
    assert both(own) == (200, 200)


def test_o2_a_server_whose_store_does_not_answer_is_alive_and_not_ready(own):
    with sqlite3.connect(own.data / "catalog.db", timeout=20) as store:
        store.executescript("PRAGMA foreign_keys=OFF; ALTER TABLE entity RENAME TO elsewhere;")
    store.close()
    alive, ready = both(own)
    assert alive == 200 and ready in (500, 503)


def half(server, path):
    client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode())
    return client


def rest(client):
    """The status of the answer to a request that is finished now; None when the connection was closed."""
    answer = b""
    try:
        client.sendall(b"Connection: close\r\n\r\n")
        while chunk := client.recv(65536):
            answer += chunk
    except OSError:
        pass
    client.close()
    return int(answer.split(b" ", 2)[1]) if answer else None


def test_o2_a_server_that_is_stopping_is_not_ready(own):
    """Requests that were begun before the signal are still answered, or their connection is closed; none says ready."""
    ready, alive = half(own, "/readyz"), half(own, "/healthz")
    own.process.send_signal(signal.SIGTERM)
    while True:
        try:
            socket.create_connection(("127.0.0.1", own.port), timeout=5).close()
        except ConnectionError:
            break  # nobody listens any more: it has begun to stop
        except TimeoutError:
            pass  # it has not had the time to take those that came before
        time.sleep(0.02)
    assert rest(ready) in (503, None)
    assert rest(alive) in (200, None)
    assert own.process.wait(60) == 0


def test_o2_nobody_listens_before_the_store_is_open(tmp_path):
    server = Server(data=tmp_path / "data")
    with pytest.raises(requests.ConnectionError):
        requests.get(server.root + "/healthz", timeout=5)
    server.start()
    assert both(server) == (200, 200)
    server.stop()
