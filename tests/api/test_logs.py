"""W12: what clients send comes into the log harmless, and what is secret does not come into it at all."""

import json
import re
import socket

import pytest
import requests

from client import Api, unique
from harness import ADMIN_EMAIL, ADMIN_PASSWORD, Server

# Everything a terminal obeys, but for the line feed between two lines.
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
ANSI = "\x1b[31mred\x1b[0m"


@pytest.fixture(scope="module")
def talkative(tmp_path_factory):
    server = Server(data=tmp_path_factory.mktemp("logs") / "data", args=["--access-log"]).start()
    yield server
    server.stop()


def send(server, data):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(data)
        try:
            while client.recv(65536):
                pass
        except ConnectionResetError:
            pass


def test_w12_lines_stay_lines_whatever_is_sent(talkative):
    token = talkative.login()
    api = Api(talkative.base, token)
    evil = [b"\x1b[31mred", b"\x07\x08", b"\x7f", b"\x00", "\u009b31m".encode(), b"\xff\xfe", b"\x0b\x0c", b"x" * 20_000, b"%0d%0a%1b[31m", b"a\rb", b"a\r\nX-Evil: yes"]
    for piece in evil:
        for request in (b"GET /api/v1/tables/name/" + piece + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                        piece[:20] + b" /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                        b"GET /api/v1/tables?limit=" + piece + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: " + piece + b"\r\n"
                        b"Authorization: Bearer " + token.encode() + b"\r\n\r\n",
                        b"GET /api/v1/tables HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + piece + b"\r\n\r\n"):
            send(talkative, request)
    # Names that get into the log as those of principals and into messages.
    for name in (ANSI, "a\r\nb", "a\u009bb", "a\u007fb", "a\u2028b"):
        user = unique("u")
        answer = api.call("POST", "/users", json={"name": user + name, "email": f"{user}@example.com"}, status=(201, 400))
        api.call("POST", "/tables", json={"name": name, "databaseSchema": name}, status=(400, 404))
        api.call("POST", "/users/login", json={"email": name, "password": name}, status=(400, 401))
        if answer.status_code == 201:
            api.delete(f"/users/{answer.json()['id']}?hardDelete=true")
    log = talkative.log_path.read_bytes()
    assert CONTROL.findall(log) == []
    lines = log.decode().splitlines()
    assert len(lines) > 50
    for line in lines:
        assert json.loads(line)["level"] in ("info", "warning", "error") and len(line) < 4000


def test_w12_neither_tokens_nor_passwords_nor_bodies_come_into_the_log(talkative):
    secret = unique("secret-body-text")
    session = requests.post(talkative.base + "/users/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, timeout=30).json()
    api = Api(talkative.base, session["accessToken"])
    bot = talkative.bot_token()
    for status, body in ((201, {"name": unique("s"), "serviceType": "SQLite", "description": secret}), (400, {"name": secret, "serviceType": "Nonsense", secret: 1}),
                         (400, {"name": 7, "description": secret})):
        api.call("POST", "/services/databaseServices", json=body, status=status)
    api.call("POST", "/users/login", json={"email": ADMIN_EMAIL, "password": secret + " wrong"}, status=401)
    api.call("POST", "/users/refresh", json={"refreshToken": session["refreshToken"]}, status=200)
    api.call("POST", "/users/refresh", json={"refreshToken": secret}, status=401)
    Api(talkative.base, bot).get("/tables")
    Api(talkative.base, bot + "x").call("GET", "/tables", status=401)
    requests.get(talkative.base + "/tables", headers={"X-API-Key": bot}, timeout=30)
    api.call("POST", "/users/logout", json={"token": session["accessToken"], "refreshToken": session["refreshToken"]}, status=200)
    log = talkative.log()
    assert log.count("/api/v1/users/login") >= 2
    for hidden in (ADMIN_PASSWORD, session["accessToken"], session["refreshToken"], bot, session["accessToken"].split(".")[2], bot.split(".")[2], secret):
        assert hidden not in log
