"""Fixtures: one server for a whole run, clients for its principals, and a fresh server for a test that needs one."""

import time

import pytest

from client import Api, Chain
from harness import Server, server_binary
from persons import USER_PASSWORD, make_user


def pytest_collection_modifyitems(items):
    if items and not server_binary().exists():
        pytest.exit(f"no server at {server_binary()}: build it, or set METADATA_SERVER", returncode=3)


@pytest.fixture(scope="session")
def server():
    running = Server().start()
    yield running
    running.end()


@pytest.fixture
def fresh_server():
    """A server of the test's own, which it may stop, kill and damage."""
    own = Server()
    own.start()
    yield own
    own.stop()
    own.remove()


class LogIn:
    """The token of somebody. It lives for an hour, which a run on a slow machine outlasts: a file gets one that has half of it left."""

    def __init__(self, server, *who):
        self.server, self.who = server, who
        self.kept, self.until = None, 0

    def token(self):
        if time.monotonic() >= self.until:
            self.kept, self.until = self.server.login(*self.who), time.monotonic() + 1800
        return self.kept


@pytest.fixture(scope="session")
def admin_login(server):
    return LogIn(server)


@pytest.fixture(scope="session")
def person_login(server, admin_login):
    """(user entity, log-in) of an ordinary user."""
    entity, _ = make_user(server, Api(server.base, admin_login.token()))
    return entity, LogIn(server, entity["email"], USER_PASSWORD)


@pytest.fixture(scope="module")
def admin_token(admin_login):
    return admin_login.token()


@pytest.fixture(scope="session")
def bot_token(server):
    return server.bot_token()


@pytest.fixture(scope="module")
def api(server, admin_token):
    return Api(server.base, admin_token)


@pytest.fixture(scope="session")
def bot(server, bot_token):
    return Api(server.base, bot_token)


@pytest.fixture(scope="session")
def described(server):
    """The API's description."""
    return Api(server.base).call("GET", server.root + "/openapi.json", status=200).json()


@pytest.fixture(scope="session")
def nobody(server):
    return Api(server.base)


@pytest.fixture(scope="module")
def person(server, person_login):
    """(user entity, client) of an ordinary user."""
    entity, login = person_login
    return entity, Api(server.base, login.token())


@pytest.fixture(scope="module")
def user(person):
    return person[1]


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api)
