"""A5: the signing key of a real server is rotated, with an overlap and without one."""

import stat

import pytest
import requests

from client import Api
from harness import ADMIN_EMAIL, ADMIN_PASSWORD, Server


@pytest.fixture
def server(tmp_path):
    own = Server(data=tmp_path / "data").start()
    yield own
    own.stop()


def kids(server):
    return [key["kid"] for key in requests.get(server.base + "/system/config/jwks", timeout=30).json()["keys"]]


def rotate(server, *flags):
    server.stop()
    done = server.run("rotate-keys", "--data", str(server.data), *flags)
    assert done.returncode == 0, done.stderr
    server.start()
    return done.stdout


def is_good(server, token):
    return requests.get(server.base + "/users/loggedInUser", headers={"Authorization": "Bearer " + token}, timeout=30).status_code == 200


def test_a5_tokens_outlive_a_rotation_and_both_keys_are_published(server):
    login = requests.post(server.base + "/users/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, timeout=30).json()
    bot = server.bot_token()
    [first] = kids(server)
    assert "stay good" in rotate(server)
    second, *rest = kids(server)
    assert second != first and rest == [first]
    assert is_good(server, login["accessToken"]) and is_good(server, bot) and server.bot_token() == bot
    refreshed = requests.post(server.base + "/users/refresh", json={"refreshToken": login["refreshToken"]}, timeout=30).json()["accessToken"]
    assert is_good(server, refreshed) and is_good(server, server.login())
    # A second rotation: three generations are good side by side.
    rotate(server)
    assert len(kids(server)) == 3 and kids(server)[1:] == [second, first]
    for token in (login["accessToken"], bot, refreshed):
        assert is_good(server, token)
    mode = (server.data / "keys" / "jwt.pem").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a5_after_the_old_keys_are_removed_their_tokens_are_401(server):
    person, bot = server.login(), server.bot_token()
    rotate(server)
    later = server.login()
    assert "refused" in rotate(server, "--refuse-old")
    assert len(kids(server)) == 1
    for token in (person, bot, later):
        assert not is_good(server, token)
    assert is_good(server, server.login())
    new_bot = server.bot_token()
    assert new_bot != bot and is_good(server, new_bot)
    Api(server.base, new_bot).get("/tables")
    done = server.run("check", "--data", str(server.data))
    assert done.returncode == 75  # beside a running server neither check nor rotate-keys does anything


def test_a5_a_backup_takes_the_earlier_keys_along(server, tmp_path):
    person, bot = server.login(), server.bot_token()
    rotate(server)
    done = server.run("backup", str(tmp_path / "file.backup"), "--data", str(server.data))
    assert done.returncode == 0, done.stderr
    copy = Server(data=tmp_path / "copy")
    assert copy.run("restore", str(tmp_path / "file.backup"), "--data", str(copy.data)).returncode == 0
    copy.start()
    try:
        assert is_good(copy, person) and is_good(copy, bot) and kids(copy) == kids(server)
    finally:
        copy.stop()
