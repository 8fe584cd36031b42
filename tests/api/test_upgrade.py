"""Directories of other versions and of other programs: older ones are opened and migrated, newer and foreign ones are refused."""

import datetime
import gzip
import hashlib
import json
import re
import sqlite3
import subprocess

import pytest

import fixture_content
from harness import Server, server_binary

FIXTURES = sorted(fixture_content.DATA.glob("format-*"))


def number_of(fixture):
    return int(re.fullmatch(r"format-(\d+)", fixture.name).group(1))


def user_version(database):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
        number = store.execute("PRAGMA user_version").fetchone()[0]
    store.close()
    return number


def set_pragma(database, text):
    with sqlite3.connect(database) as store:
        store.execute("PRAGMA journal_mode=DELETE")
        store.execute(f"PRAGMA {text}")
    store.close()


def differences(expected, actual, where=""):
    """What of `expected` is not in `actual`: later versions may answer more, never less or something else."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            if key not in actual:
                yield f"{where}/{key} is missing"
            else:
                yield from differences(value, actual[key], f"{where}/{key}")
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{where} has {len(actual)} elements, not {len(expected)}"
        for at, (one, other) in enumerate(zip(expected, actual)):
            yield from differences(one, other, f"{where}/{at}")
    elif where.endswith("/usageSummary/date"):
        # What was never used says so of the day on which it is read.
        if abs(datetime.date.fromisoformat(actual) - datetime.datetime.now(datetime.timezone.utc).date()).days > 1:
            yield f"{where} is {actual!r}"
    elif expected != actual:
        # Versions are listed as texts of JSON.
        if isinstance(expected, str) and isinstance(actual, str) and expected.startswith("{"):
            yield from differences(json.loads(expected), json.loads(actual), where)
        else:
            yield f"{where} is {actual!r}, not {expected!r}"


def run(*args):
    return subprocess.run([server_binary(), *map(str, args)], capture_output=True, text=True, timeout=600)


def digests(directory):
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.rglob("*") if path.is_file() and path.name != "lock"}


def assert_refused(directory, *words):
    """Every command that opens the directory ends with 65 and one line, and leaves all files as they are."""
    before = digests(directory)
    for command in (["serve", "--port", "0"], ["check"], ["passwd", "--generate"], ["backup", str(directory) + ".tar"]):
        done = run(*command, "--data", directory)
        assert done.returncode == 65, (command, done.returncode, done.stdout, done.stderr)
        assert len(done.stderr.splitlines()) == 1 and all(word in done.stderr for word in words), done.stderr
        assert digests(directory) == before, command
    assert not directory.with_name(directory.name + ".tar").exists()


def test_d19_every_format_before_the_present_one_has_its_fixture(fresh_server):
    """When this fails, a step was appended to the schema before tools/gen-fixture had kept the format that it changes."""
    fresh_server.stop()
    newest = user_version(fresh_server.data / "catalog.db")
    assert {number_of(fixture) for fixture in FIXTURES} >= set(range(1, newest))
    fresh_server.start()


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
def test_d19_a_directory_of_each_format_is_opened_migrated_and_answers_as_it_did(fixture, fresh_server, tmp_path):
    fresh_server.stop()
    newest = user_version(fresh_server.data / "catalog.db")
    archive, data = tmp_path / "catalog.tar", tmp_path / "d"
    archive.write_bytes(gzip.decompress((fixture / "catalog.tar.gz").read_bytes()))
    assert run("restore", archive, "--data", data).returncode == 0
    assert user_version(data / "catalog.db") == number_of(fixture)
    expected = json.loads(gzip.decompress((fixture / "expected.json.gz").read_bytes()))
    assert len(expected["admin"]) > 150 and fixture_content.SECRET in json.dumps(expected["bot"])
    server = Server(data=data).start()
    actual = {who: {path: fixture_content.Caller(server, token).get(path) for path in expected[who]}
              for who, token in (("admin", server.login()), ("bot", server.bot_token()))}
    assert list(differences(expected, actual)) == []
    assert fixture_content.SECRET not in json.dumps(actual["admin"])
    assert server.login(fixture_content.USER, fixture_content.USER_PASSWORD)
    # It is a catalog like any other: it can be written to.
    fixture_content.Caller(server, server.login()).post("/services/databaseServices", {"name": "new", "serviceType": "SQLite"})
    server.stop()
    assert server.check().returncode == 0
    assert user_version(data / "catalog.db") == newest
    former = data / f"catalog.db.format-{number_of(fixture)}"
    assert former.exists() == (number_of(fixture) < newest)
    if former.exists():
        assert user_version(former) == number_of(fixture)
        assert oct(former.stat().st_mode & 0o777) == "0o600"
    fresh_server.start()


def test_d20_a_newer_directory_is_refused_unchanged(fresh_server):
    fresh_server.stop()
    database = fresh_server.data / "catalog.db"
    number = user_version(database)
    set_pragma(database, "user_version = 9999")
    assert_refused(fresh_server.data, "9999", str(number))
    set_pragma(database, f"user_version = {number}")
    fresh_server.start()


FOREIGN = {
    "a text": b"this is not a database, but a text that somebody put here by mistake\n" * 100,
    "another program's database": None,
    "an empty file": b"",
    "a database without its header": b"\0" * 16384,
    "a header that is cut off": b"SQLite format 3\0\x40\x00\x02\x02",
    "an archive": b"PK\x03\x04" + b"\0" * 200,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_d21_a_foreign_file_is_refused_unchanged(kind, tmp_path):
    data = tmp_path / "d"
    data.mkdir(mode=0o700)
    if FOREIGN[kind] is None:
        with sqlite3.connect(data / "catalog.db") as store:
            store.executescript("CREATE TABLE places (a); INSERT INTO places VALUES (1); PRAGMA user_version = 1")
        store.close()
    else:
        (data / "catalog.db").write_bytes(FOREIGN[kind])
    (data / "catalog.db").chmod(0o600)
    assert_refused(data, "catalog.db")
    assert not (data / "keys").exists()


def test_d21_a_directory_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "d" / "catalog.db").mkdir(parents=True)
    for command in (["serve", "--port", "0"], ["check"]):
        done = run(*command, "--data", tmp_path / "d")
        assert done.returncode == 65 and "not a regular file" in done.stderr, (done.returncode, done.stderr)
    assert not list((tmp_path / "d" / "catalog.db").iterdir())


def test_d21_a_catalog_that_lost_the_end_of_its_file_is_refused(fresh_server):
    fresh_server.stop()
    database = fresh_server.data / "catalog.db"
    whole = database.read_bytes()
    for length in (99, 16384 + 100):
        database.write_bytes(whole[:length])
        done = run("serve", "--data", fresh_server.data, "--port", "0")
        assert done.returncode == 65, (length, done.returncode, done.stderr)
        assert database.read_bytes() == whole[:length]
    database.write_bytes(whole)
    fresh_server.start()
