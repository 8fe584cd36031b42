"""Fixtures: one server for a whole run, clients for its principals, and a fresh server for a test that needs one."""

import pytest

from client import Api, Chain
from harness import Server, server_binary
from persons import make_user


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


@pytest.fixture(scope="session")
def admin_token(server):
    return server.login()


@pytest.fixture(scope="session")
def bot_token(server):
    return server.bot_token()


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def person(server, api):
    """(user entity, client) of an ordinary user."""
    return make_user(server, api)


@pytest.fixture(scope="session")
def user(person):
    return person[1]


@pytest.fixture(scope="module")
def chain(api):
    return Chain(api)
