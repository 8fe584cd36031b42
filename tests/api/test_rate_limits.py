"""W15: how often a principal may ask, with the defaults of the guide and with others, on servers of their own."""

import time

import pytest
import requests

from client import Api, assert_error_shape, unique
from persons import make_user
from harness import Server
from rawhttp import wait_until

HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def limited(words="", **env):
    return Server(env={"METADATA_RATE_LIMIT": words} | env).start()


def ask(server, token=None, key=None, path="/tables", method="GET", **headers):
    if token:
        headers["Authorization"] = "Bearer " + token
    if key:
        headers["X-API-Key"] = key
    url = path if path.startswith("http") else server.base + path
    return requests.request(method, url, headers=headers, timeout=30)


def numbers(answer):
    return tuple(int(answer.headers[name]) for name in HEADERS)


@pytest.fixture(scope="module")
def guide_server():
    """A server with the defaults."""
    server = limited()
    yield server
    server.stop()
    server.remove()


def test_w15_each_class_has_the_limit_of_the_guide_and_each_answer_says_it(guide_server):
    admin, bot = guide_server.login(), guide_server.bot_token()
    api = Api(guide_server.base, admin)
    entity, person = make_user(guide_server, api)
    token = person.session.headers["Authorization"].split()[1]
    key = person.post(f"/users/{entity['id']}/apiKeys", {"name": "k"})["key"]
    robot_key = api.post(f"/users/{api.get('/users/name/ingestion-bot')['id']}/apiKeys", {"name": "k"})["key"]
    for options, limit in (({"token": token}, 1000), ({"key": key}, 5000), ({"token": key}, 5000), ({"key": token}, 5000),
                           ({"key": robot_key}, 5000), ({"key": bot}, 5000), ({"token": admin}, 10000), ({}, 10000)):
        said, left, reset = numbers(ask(guide_server, **options))
        assert said == limit and 0 < left < limit and 3500 < reset - time.time() <= 3601, options
        assert numbers(ask(guide_server, **options)) == (limit, left - 1, reset)
    # A bot with its own token has none, and so no headers: the real client answers 429 by dropping work.
    assert not set(HEADERS) & set(ask(guide_server, token=bot).headers)


def test_w15_failures_count_and_say_it_too(guide_server):
    admin = guide_server.login()
    left = numbers(ask(guide_server, token=admin))[1]
    for method, path, status in (("GET", "/nothing", 404), ("DELETE", "/tables", 405), ("GET", "/tables/x", 400),
                                 ("GET", "/tables/name/none", 404), ("POST", "/tables", 400), ("GET", "/tables?limit=x", 400)):
        answer = ask(guide_server, token=admin, method=method, path=path)
        assert answer.status_code == status, (path, answer.text)
        left -= 1
        assert numbers(answer)[1] == left
    left = numbers(ask(guide_server))[1]
    for options in ({"token": "x"}, {"key": "x"}, {"path": "/nothing"}, {"path": "/users/login", "method": "POST"}):
        answer = ask(guide_server, **options)
        left -= 1
        assert numbers(answer)[1] == left, options


def test_w15_health_version_and_keys_are_not_counted(guide_server):
    left = numbers(ask(guide_server))[1]
    for path in ("/system/version", "/system/health", "/system/config/jwks", guide_server.root + "/healthz", guide_server.root + "/readyz"):
        answer = ask(guide_server, path=path)
        assert answer.status_code == 200 and not set(HEADERS) & set(answer.headers)
    assert ask(guide_server, path="/tables", method="OPTIONS").status_code == 204
    assert numbers(ask(guide_server))[1] == left - 1


def test_w15_beyond_the_limit_is_429_until_the_window_ends():
    server = limited("user=5,name:admin=off", METADATA_RATE_LIMIT_WINDOW="4")
    api = Api(server.base, server.login())
    entity, person = make_user(server, api)
    token = person.session.headers["Authorization"].split()[1]
    key = api.post(f"/users/{entity['id']}/apiKeys", {"name": "k"})["key"]
    # Of each window five are granted, however long the machine takes to ask: until one has all of them and a sixth.
    refused, windows = None, {}
    while refused is None:
        answer = ask(server, token=token)
        limit, left, reset = numbers(answer)
        granted = windows.setdefault(reset, [])
        assert list(windows) == sorted(windows) and len(windows) < 20
        assert limit == 5 and left == max(4 - len(granted), 0) and answer.status_code == (200 if len(granted) < 5 else 429), windows
        if answer.status_code == 429:
            refused = answer
        granted.append(left)
    assert_error_shape(refused)
    assert 1 <= int(refused.headers["Retry-After"]) <= 4
    assert refused.json()["responseType"] == "TOO_MANY_REQUESTS"
    # Nobody else is held back: not the key of the same person, not an admin.
    assert ask(server, key=key).status_code == 200
    assert not set(HEADERS) & set(ask(server, token=api.session.headers["Authorization"].split()[1]).headers)
    time.sleep(int(refused.headers["Retry-After"]) + 0.1)
    again = ask(server, token=token)
    assert again.status_code == 200 and numbers(again)[:2] == (5, 4) and numbers(again)[2] > numbers(refused)[2]
    server.stop()
    server.remove()


def test_w15_guessing_tokens_and_passwords_ends_with_the_quota_of_the_address():
    server = limited("anonymous=20,name:admin=off")
    token = server.login()  # one
    for number in range(19):
        assert ask(server, token=f"guess-{number}").status_code == 401
    assert ask(server, token="guess").status_code == 429
    assert ask(server, path="/users/login", method="POST").status_code == 429
    assert ask(server, token=token).status_code == 200
    server.stop()
    server.remove()


def test_w14_addresses_are_those_of_clients_only_behind_a_proxy_we_trust():
    server = limited("anonymous=3", METADATA_TRUSTED_PROXY="127.0.0.0/8")
    for _ in range(3):
        assert ask(server, **{"X-Forwarded-For": "6.6.6.6, 1.2.3.4"}).status_code == 401
    assert ask(server, **{"X-Forwarded-For": "7.7.7.7, 1.2.3.4"}).status_code == 429
    assert ask(server, **{"X-Forwarded-For": "1.2.3.5"}).status_code == 401
    assert wait_until(lambda: "1.2.3.5" in server.log())
    server.stop()
    server.remove()
    server = limited("anonymous=3")
    statuses = [ask(server, **{"X-Forwarded-For": f"1.2.3.{n}"}).status_code for n in range(4)]
    assert statuses == [401, 401, 401, 429]
    server.stop()
    server.remove()


@pytest.mark.parametrize("option, value", [("--rate-limit", "user"), ("--rate-limit", "user=0"), ("--rate-limit", "somebody=1"),
                                           ("--rate-limit-window", "0"), ("--trusted-proxy", "localhost"), ("--trusted-proxy", "10.0.0.0/33")])
def test_a_setting_that_makes_no_sense_is_refused_at_the_start(option, value):
    server = Server()
    done = server.run("serve", "--data", str(server.data), option, value)
    assert done.returncode == 64 and option.strip("-") in done.stderr and not server.data.exists()
    server.remove()
