"""Tests of the real client say which of its methods they cover, and are held to it."""

import os

import pytest

from described import Description
from recorder import Recorder
from sdk_client import connect

RECORDER = Recorder()
REPORTS = pytest.StashKey()


@pytest.fixture(scope="session", autouse=True)
def recording(server):
    try:
        RECORDER.install(Description.of(server.root))
    except ImportError:
        pass  # The tests themselves say that the client is missing.
    yield
    RECORDER.save(os.environ.get("PYTEST_XDIST_WORKER", "main"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    item.stash.setdefault(REPORTS, {})[call.when] = outcome.get_result().passed


@pytest.fixture(autouse=True)
def covered(request, recording):
    covers = {name for mark in request.node.iter_markers("covers") for name in mark.args}
    RECORDER.begin()
    yield
    passed = request.node.stash.get(REPORTS, {}).get("call", False)
    if covers:
        RECORDER.end(request.node.nodeid, covers, passed)
    if passed:
        missed = covers - set(RECORDER.calls)
        assert not missed, f"says that it covers {sorted(missed)}, and does not call them"


@pytest.fixture(scope="module")
def metadata(server, bot_token):
    """The real client as the ingestion bot. One a file: it keeps what it finds."""
    return connect(server, bot_token)


@pytest.fixture(scope="module")
def admin_client(server, admin_token):
    """The real client as an administrator."""
    return connect(server, admin_token)

