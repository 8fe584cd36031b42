"""Backup, verify and restore: the commands, beside a server that is written to. LONG=1 takes five minutes instead of seconds."""

import os
import pathlib
import signal
import statistics
import subprocess
import tarfile
import threading
import time

import pytest

from client import Api, Chain
from harness import Server, server_binary
from rawhttp import wait_until

LONG = bool(os.environ.get("LONG"))
QUIET_S, LOADED_S = (60, 300) if LONG else (3, 8)
WRITERS, WRITES_PER_S = 4, 200
TOKEN_FILE = "tokens/ingestion-bot.jwt"


def run(*args, env=None, **options):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("METADATA_")} | (env or {})
    return subprocess.run([server_binary(), *map(str, args)], capture_output=True, text=True, timeout=300, env=clean, **options)


def done(*args):
    finished = run(*args)
    assert finished.returncode == 0, (args, finished.returncode, finished.stdout, finished.stderr)
    return finished.stdout


def refused(code, *args):
    """The reason of a command that must fail; it is one line."""
    finished = run(*args)
    assert finished.returncode == code, (args, finished.returncode, finished.stdout, finished.stderr)
    assert finished.stderr.startswith("metadata-server: ") and len(finished.stderr.splitlines()) == 1, finished.stderr
    return finished.stderr


def contents(directory):
    """Every path below the directory with its bytes; of a directory None."""
    root = pathlib.Path(directory)
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in sorted(root.rglob("*"))}


def body_of(schema, name, n):
    """A table whose parts all tell of write n, so that a half-stored one is seen."""
    return {"name": name, "databaseSchema": schema, "description": f"write {n}",
            "columns": [{"name": "id", "dataType": "BIGINT", "description": f"write {n}"}, {"name": f"c{n}", "dataType": "INT"}]}


class Writer(threading.Thread):
    """Puts tables at a steady pace, each again and again, and remembers what was acknowledged and how long it took."""

    def __init__(self, server, token, schema, number):
        super().__init__(daemon=True)
        self.api = Api(server.base, token)
        self.schema = schema
        self.number = number
        self.acknowledged = {}  # name: number of the last write that was answered
        self.waits = []  # (when it was answered, how long that took)
        self.stop = threading.Event()
        self.failure = None

    def run(self):
        pause = WRITERS / WRITES_PER_S
        due = time.monotonic()
        n = 0
        while not self.stop.is_set():
            name = f"t{self.number}_{n % 150}"
            began = time.monotonic()
            try:
                self.api.put("/tables", body_of(self.schema, name, n))
            except Exception as failure:  # told by the test, which fails for it
                self.failure = failure
                return
            self.waits.append((time.monotonic(), time.monotonic() - began))
            self.acknowledged[name] = n
            n += 1
            due = max(due + pause, time.monotonic() - 0.5)
            time.sleep(max(0, due - time.monotonic()))


def p99(waits):
    return statistics.quantiles([took for _, took in waits], n=100)[98] * 1000


def all_tables(api):
    tables, query = {}, "?limit=1000&fields=*"
    while query:
        page = api.get("/tables" + query, headers={"X-Metadata-Dialect": "openmetadata"})
        tables |= {table["name"]: table for table in page["data"]}
        after = page["paging"].get("after")
        query = f"?limit=1000&fields=*&after={after}" if after else None
    return tables


def compare_at_cut(directory, before, after, token):
    """What a restored server holds: at least what was acknowledged before, at most what was sent until after, and whole."""
    second = Server(data=directory).start()
    try:
        tables = all_tables(Api(second.base, token))
    finally:
        second.stop()
    assert second.check().returncode == 0
    for name, least in before.items():
        table = tables[name]
        n = int(table["description"].split()[1])
        assert least <= n <= after.get(name, n) + 150, (name, least, n, after.get(name))
        assert table["columns"][0]["description"] == f"write {n}"
        assert any(column["name"] == f"c{n}" for column in table["columns"])
        assert round(table["version"] * 10) >= 1
    return len(tables)


def test_d17_backups_back_to_back_under_load_hold_all_that_was_acknowledged(fresh_server, tmp_path):
    token = fresh_server.login()
    schema = Chain(Api(fresh_server.base, token)).fqn
    writers = [Writer(fresh_server, token, schema, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(QUIET_S)
    assert wait_until(lambda: all(len(writer.waits) > 10 or writer.failure for writer in writers), 300)
    quiet = [wait for writer in writers for wait in writer.waits]
    for writer in writers:
        writer.waits = []
    cuts, took, spans, until = [], [], [], time.monotonic() + LOADED_S
    while time.monotonic() < until or len(cuts) < 5:
        before = {name: n for writer in writers for name, n in list(writer.acknowledged.items())}
        file = tmp_path / f"{len(took)}.tar"
        began = time.monotonic()
        done("backup", file, "--data", fresh_server.data)
        spans.append((began, time.monotonic()))
        took.append(spans[-1][1] - began)
        after = {name: n for writer in writers for name, n in list(writer.acknowledged.items())}
        cuts.append((file, before, after))
        if len(cuts) > (20 if LONG else 8):  # the last ones are restored
            cuts.pop(0)[0].unlink()
    loaded = [wait for writer in writers for wait in writer.waits]
    for writer in writers:
        writer.stop.set()
        writer.join()
        assert writer.failure is None, writer.failure
    for number, (file, before, after) in enumerate(cuts):
        done("restore", file, "--data", tmp_path / f"r{number}")
        if LONG or number in (0, len(cuts) // 2, len(cuts) - 1):
            assert compare_at_cut(tmp_path / f"r{number}", before, after, token) >= len(before) > 0
        else:
            assert done("check", "--data", tmp_path / f"r{number}")
    longest = [max((wait for at, wait in loaded if at >= began and at - wait <= end), default=end - began) for began, end in spans]
    print(f"\nwrites {len(quiet) / QUIET_S:.0f}/s then {len(loaded) / LOADED_S:.0f}/s; p99 {p99(quiet):.1f} ms without, {p99(loaded):.1f} ms"
          f" with {len(took)} backups ({statistics.mean(took):.2f} s each); longest write {max(longest) * 1000:.0f} ms")
    # A machine that stalls holds a write up beside one backup or another; a write that waits for backups does so beside each.
    most = max(wait for _, wait in quiet)
    assert statistics.median(longest) < 1 + most and max(longest) < 20 + most, "writes wait for backups"


def test_d17_w10_a_restored_server_has_users_tokens_and_secrets_and_the_archive_betrays_none(fresh_server, tmp_path):
    api = Api(fresh_server.base, fresh_server.login())
    secret = "m4rker-of-a-secret"
    api.post("/services/databaseServices", {"name": "svc", "serviceType": "Mysql", "connection": {
        "config": {"type": "Mysql", "username": "u", "password": secret, "hostPort": "h:1"}}})
    told = done("backup", tmp_path / "b.tar", "--data", fresh_server.data)
    archive = (tmp_path / "b.tar").read_bytes()
    assert secret.encode() not in archive and secret not in told
    assert oct((tmp_path / "b.tar").stat().st_mode & 0o777) == "0o600"
    done("restore", tmp_path / "b.tar", "--data", tmp_path / "d")
    second = Server(data=tmp_path / "d").start()
    assert Api(second.base, second.login()).get("/users/loggedInUser")["name"] == "admin"
    bot = Api(second.base, fresh_server.bot_token())
    assert second.bot_token() == fresh_server.bot_token()
    assert bot.get("/services/databaseServices/name/svc")["connection"]["config"]["password"] == secret
    assert Api(second.base, second.login()).get("/services/databaseServices/name/svc")["connection"]["config"]["password"] != secret
    second.stop()


def test_d17_a_backup_changes_nothing_in_the_directory_of_a_stopped_or_a_killed_server(fresh_server, tmp_path):
    Chain(Api(fresh_server.base, fresh_server.login()))
    fresh_server.kill()
    killed = contents(fresh_server.data)
    done("backup", tmp_path / "killed.tar", "--data", fresh_server.data)
    now = contents(fresh_server.data)
    # The index of a log that a dead process left is made anew; it holds no data.
    assert {name: data for name, data in now.items() if not name.endswith("-shm")} == \
           {name: data for name, data in killed.items() if not name.endswith("-shm")}
    fresh_server.start()
    fresh_server.stop()
    stopped = contents(fresh_server.data)
    done("backup", tmp_path / "stopped.tar", "--data", fresh_server.data)
    assert contents(fresh_server.data) == stopped
    done("restore", tmp_path / "killed.tar", "--data", tmp_path / "d")
    assert done("check", "--data", tmp_path / "d")
    fresh_server.start()


def test_d17_the_archive_is_an_ordinary_tar(server, tmp_path):
    done("backup", tmp_path / "b.tar", "--data", server.data)
    with tarfile.open(tmp_path / "b.tar") as archive:
        names = archive.getnames()
        assert names == ["manifest.json", "catalog.db", "keys/secret.key", "keys/jwt.pem", "seeded", TOKEN_FILE]
        assert archive.extractfile("keys/secret.key").read() == (server.data / "keys/secret.key").read_bytes()
        assert all(member.isreg() and member.mode == 0o600 for member in archive.getmembers())


def test_d17_a_backup_that_is_killed_leaves_no_file_of_that_name_and_one_that_is_stopped_leaves_nothing(fresh_server, tmp_path):
    api = Api(fresh_server.base, fresh_server.login())
    schema = Chain(api).fqn
    for number in range(100):
        api.post("/tables", body_of(schema, f"t{number}", number))
    left = 0
    for number in range(12):
        for how in (signal.SIGKILL, signal.SIGTERM):
            target = tmp_path / f"{how.name}{number}" / "b.tar"
            target.parent.mkdir()
            process = subprocess.Popen([server_binary(), "backup", target, "--data", fresh_server.data],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(number * 0.004)
            process.send_signal(how)
            message = process.communicate()[1]
            if target.exists():  # a signal may come between the name and the end
                assert done("verify", target)
            else:
                left += 1
                assert process.returncode != 0, (how, number)
            if how == signal.SIGTERM and process.returncode == 74:
                assert b"broken off" in message and not list(target.parent.iterdir())
    assert left > 0
    assert fresh_server.process.poll() is None


def test_d18_restore_refuses_what_is_there_and_says_why(server, tmp_path):
    done("backup", tmp_path / "b.tar", "--data", server.data)
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    assert "not empty" in refused(64, "restore", tmp_path / "b.tar", "--data", full)
    assert "not empty" in refused(64, "restore", tmp_path / "b.tar", "--data", server.data)
    assert contents(full) == {"mine": b"mine"}
    assert "none.tar" in refused(66, "restore", tmp_path / "none.tar", "--data", tmp_path / "d")
    assert "not a backup" in refused(65, "restore", server_binary(), "--data", tmp_path / "d")
    assert "exists" in refused(64, "backup", tmp_path / "b.tar", "--data", server.data)
    assert "catalog.db" in refused(66, "backup", tmp_path / "c.tar", "--data", full)
    assert "lies in" in refused(64, "backup", server.data / "catalog.db", "--force", "--data", server.data)
    for command in ("backup", "verify", "restore"):
        assert "file" in refused(64, command)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "full"]


def test_d18_damaged_archives_are_refused_with_65_and_the_target_is_untouched(server, tmp_path):
    done("backup", tmp_path / "b.tar", "--data", server.data)
    whole = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "empty").mkdir()
    spoiled = [whole[:0], whole[:100], whole[:600], whole[:5000], whole[:-1], whole + b"\0", whole[512:], whole + whole]
    for at in (0, 300, 520, 1600, len(whole) // 2, len(whole) - 3000, len(whole) - 1):
        spoiled.append(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1:])
    for number, data in enumerate(spoiled):
        (tmp_path / "bad.tar").write_bytes(data)
        for command in (["verify"], ["restore", "--data", tmp_path / "empty"]):
            assert "bad.tar" in refused(65, command[0], tmp_path / "bad.tar", *command[1:]), number
        assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "bad.tar", "empty"]
        assert not list((tmp_path / "empty").iterdir())


def test_d18_an_archive_that_another_tar_packed_is_refused(server, tmp_path):
    """Links, devices and climbing names cannot even be said in the one form that is read."""
    done("backup", tmp_path / "b.tar", "--data", server.data)
    with tarfile.open(tmp_path / "b.tar") as archive:
        archive.extractall(tmp_path / "x")
    with tarfile.open(tmp_path / "again.tar", "w") as archive:
        for name in ("manifest.json", "catalog.db", "keys/secret.key", "keys/jwt.pem", "seeded", TOKEN_FILE):
            archive.add(tmp_path / "x" / name, name)
    refused(65, "restore", tmp_path / "again.tar", "--data", tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_d18_a_backup_without_keys_needs_them_brought(fresh_server, tmp_path):
    done("backup", tmp_path / "b.tar", "--without-keys", "--data", fresh_server.data)
    archive = (tmp_path / "b.tar").read_bytes()
    for secret in ("keys/secret.key", "keys/jwt.pem", TOKEN_FILE):
        assert (fresh_server.data / secret).read_bytes() not in archive
    assert "keys" in refused(64, "restore", tmp_path / "b.tar", "--data", tmp_path / "d")
    assert "keys" in refused(66, "restore", tmp_path / "b.tar", "--data", tmp_path / "d", "--keys", tmp_path)
    done("restore", tmp_path / "b.tar", "--data", tmp_path / "d", "--keys", fresh_server.data / "keys")
    second = Server(data=tmp_path / "d").start()
    Api(second.base, second.bot_token()).get("/tables")
    second.stop()


def strace_of(tmp_path, *args):
    """The system calls of a command that create, sync or name files, one a line."""
    log = tmp_path / "strace.log"
    # Who is traced cannot be searched for leaks.
    env = os.environ | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    finished = subprocess.run(["strace", "-f", "-y", "-o", log, "-e", "trace=openat,fsync,fdatasync,rename,link,linkat,unlink,renameat2,mkdir",
                               server_binary(), *map(str, args)], capture_output=True, text=True, timeout=120, env=env)
    assert finished.returncode == 0, finished.stderr
    return log.read_text().splitlines()


def first(lines, *words, after=-1):
    for at, line in enumerate(lines):
        if at > after and all(word in line for word in words):
            return at
    raise AssertionError(f"{words} not found after line {after}:\n" + "\n".join(lines))


def test_d12_backup_and_restore_sync_each_file_before_its_name_and_its_directory_after(server, tmp_path):
    (tmp_path / "out").mkdir()
    lines = strace_of(tmp_path, "backup", tmp_path / "out" / "b.tar", "--data", server.data)
    named = first(lines, "link(", 'out/b.tar"')
    assert first(lines, "fsync(", "out/b.tar.tmp-") < named < first(lines, "fsync(", f"{tmp_path}/out>", after=named)
    lines = strace_of(tmp_path, "restore", tmp_path / "out" / "b.tar", "--data", tmp_path / "new")
    placed = first(lines, "rename(", f'"{tmp_path}/new"')
    for name in ("catalog.db", "keys/secret.key", "keys/jwt.pem", TOKEN_FILE):
        named = first(lines, "link(", f"/{name}.tmp-")
        synced = first(lines, "fsync(", f"/{name}.tmp-")
        assert synced < named < first(lines, "fsync(", f"new.tmp-", after=named) < placed, name
    assert first(lines, "fsync(", f"<{tmp_path}>", after=placed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_d17_without_permission_the_exit_code_is_77(fresh_server, tmp_path):
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    tmp_path.chmod(0o755)
    (tmp_path / "closed").mkdir(mode=0o700)
    binary = tmp_path / "metadata-server"
    binary.write_bytes(server_binary().read_bytes())
    binary.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.owner() == "root" and str(parent).count("/") > 1:
            parent.chmod(parent.stat().st_mode | 0o055)
    for args in (["backup", tmp_path / "x.tar", "--data", fresh_server.data],
                 ["verify", tmp_path / "closed" / "b.tar"],
                 ["restore", tmp_path / "closed" / "b.tar", "--data", tmp_path / "d"]):
        finished = subprocess.run([binary, *map(str, args)], capture_output=True, text=True, timeout=60, cwd="/", **nobody)
        assert finished.returncode == 77, (args, finished.returncode, finished.stderr)
