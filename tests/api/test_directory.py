"""The data directory: who may have it, who may read it, and how its files are written."""

import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import time

import pytest
import requests

from client import assert_error_shape
from harness import Server, free_port, kinds_and_modes, server_binary

SERVICES = "/services/databaseServices"
ROOT = os.geteuid() == 0


def run(*args, prefix=(), timeout=180, **options):
    env = Server(data="/nonexistent/x").environment()
    return subprocess.run([*map(str, prefix), str(server_binary()), *map(str, args)], env=env, capture_output=True, text=True, timeout=timeout, **options)


def one_line(text):
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


# ---- D8: one process a directory ------------------------------------------------------------------------------------


def test_d8_the_lock_file_tells_the_process_and_since_when(server):
    pid, since = (server.data / "lock").read_text().split()
    assert int(pid) == server.process.pid and re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", since)


def assert_refused(server, path):
    began = time.monotonic()
    done = run("serve", "--data", path, "--port", free_port())
    took = time.monotonic() - began
    assert done.returncode == 75 and f"in use by process {server.process.pid} since" in one_line(done.stderr), done
    assert requests.get(server.root + "/readyz", timeout=60).status_code == 200
    return took


def seconds_of_a_start():
    began = time.monotonic()
    assert run("version").returncode == 0
    return time.monotonic() - began


def test_d8_a_second_process_is_refused_at_once_by_whatever_path(server, tmp_path):
    nothing = min(seconds_of_a_start() for _ in range(3))
    took = [assert_refused(server, server.data) for _ in range(3)]
    assert min(took) < 1 + 5 * nothing
    (tmp_path / "link").symlink_to(server.data)
    (tmp_path / "parent").symlink_to(server.data.parent)
    assert_refused(server, tmp_path / "link")
    assert_refused(server, tmp_path / "parent" / server.data.name)
    assert_refused(server, os.path.relpath(server.data))


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_d8_a_second_process_is_refused_through_a_bind_mount(server, tmp_path):
    place = tmp_path / "bound"
    place.mkdir()
    done = subprocess.run(["mount", "--bind", server.data, place], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    try:
        assert_refused(server, place)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_d8_of_two_that_start_at_once_one_serves_and_one_is_refused(fresh_server):
    fresh_server.stop()
    for _ in range(50 if "METADATA_ALL_FAULTS" in os.environ else 8):
        ports = [free_port(), free_port()]
        both = [subprocess.Popen([server_binary(), "serve", "--data", fresh_server.data, "--port", str(port)], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True, env=fresh_server.environment()) for port in ports]
        try:
            deadline = time.monotonic() + 300
            while all(process.poll() is None for process in both):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            loser = 0 if both[0].poll() is not None else 1
            text = both[loser].communicate(timeout=120)[1]
            assert both[loser].returncode == 75 and "in use" in one_line(text), (both[loser].returncode, text)
            while True:
                try:
                    assert requests.get(f"http://127.0.0.1:{ports[1 - loser]}/readyz", timeout=60).status_code == 200
                    break
                except requests.ConnectionError:
                    assert both[1 - loser].poll() is None and time.monotonic() < deadline
                    time.sleep(0.02)
        finally:
            for process in both:
                process.kill()
                process.wait()
                process.stderr.close()
    fresh_server.start()  # after kill -9: the file that is left is no obstacle


def test_d8_a_stale_lock_file_is_no_obstacle(fresh_server):
    fresh_server.stop()
    (fresh_server.data / "lock").write_text("1 2001-01-01T00:00:00Z\n")
    fresh_server.start()
    fresh_server.kill()
    fresh_server.start()


# ---- D7: read-only --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    server = Server(data=tmp_path_factory.mktemp("template") / "catalog").start()
    head = {"Authorization": "Bearer " + server.bot_token()}
    assert requests.post(server.base + SERVICES, json={"name": "svc", "serviceType": "SQLite"}, headers=head, timeout=30).status_code == 201
    server.stop()
    return server.data


@pytest.fixture
def stored(template, tmp_path):
    """A directory with a service in it, a bot's token, and nobody who has it open."""
    shutil.copytree(template, tmp_path / "catalog")
    return Server(data=tmp_path / "catalog")


def snapshot(directory):
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
            for path in sorted(directory.rglob("*"))}


def assert_serves_reads(server):
    token = server.bot_token()
    head = {"Authorization": "Bearer " + token}
    assert requests.get(server.base + SERVICES + "/name/svc", headers=head, timeout=30).status_code == 200
    assert requests.get(server.base + SERVICES, headers=head, timeout=30).json()["paging"]["total"] == 1
    assert requests.get(server.root + "/readyz", timeout=30).status_code == 200
    for method, path, body in (("POST", SERVICES, {"name": "new", "serviceType": "SQLite"}), ("PUT", SERVICES, {"name": "new", "serviceType": "SQLite"}),
                               ("DELETE", SERVICES + "/name/svc", None)):
        answer = requests.request(method, server.base + path, json=body, headers=head, timeout=30)
        assert answer.status_code == 503 and "reading only" in answer.json()["message"], answer.text
        assert_error_shape(answer)
        assert answer.headers["Retry-After"]
    # A person can log in: only the token that would renew the session is not to be had.
    head = {"Authorization": "Bearer " + server.login()}
    assert requests.get(server.base + "/users/loggedInUser", headers=head, timeout=30).status_code == 200


def test_d7_read_only_serves_reads_and_writes_nothing(stored):
    before = snapshot(stored.data)
    stored.args = ["--read-only"]
    stored.start()
    assert_serves_reads(stored)
    other = Server(data=stored.data, args=["--read-only"]).start()  # readers may be many
    done = run("serve", "--data", stored.data, "--port", free_port())
    assert done.returncode == 75
    other.stop()
    stored.stop()
    assert snapshot(stored.data) == before


def test_d7_read_only_needs_a_catalog_and_a_log_that_was_moved(stored, tmp_path):
    done = run("serve", "--read-only", "--data", tmp_path / "none", "--port", free_port())
    assert done.returncode == 66 and "none" in one_line(done.stderr) and not (tmp_path / "none").exists()
    stored.start()
    head = {"Authorization": "Bearer " + stored.bot_token()}
    assert requests.post(stored.base + SERVICES, json={"name": "two", "serviceType": "SQLite"}, headers=head, timeout=30).status_code == 201
    stored.kill()
    done = run("serve", "--read-only", "--data", stored.data, "--port", free_port())
    assert done.returncode == 77 and "once for writing" in one_line(done.stderr)


@pytest.mark.skipif(not ROOT or not shutil.which("setpriv"), reason="needs root and setpriv to become somebody else")
@pytest.mark.parametrize("closed", ["directory", "catalog.db", "lock", "keys"])
def test_d7_a_start_without_the_right_to_write_is_refused_in_one_line(stored, closed, tmp_path):
    nobody = 65534
    for path in [stored.data, *stored.data.rglob("*")]:
        os.chown(path, nobody, nobody)
    for parent in stored.data.parents:
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & stat.S_IXOTH:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)  # the test's own directories
    prefix = ["setpriv", "--reuid", str(nobody), "--regid", str(nobody), "--clear-groups"]
    if subprocess.run([*prefix, server_binary(), "version"], capture_output=True).returncode != 0:
        pytest.skip("the server's program cannot be run by nobody")
    target = stored.data if closed == "directory" else stored.data / closed
    mode = target.stat().st_mode
    target.chmod(0o500 if target.is_dir() else 0o400)
    if closed == "keys":
        (target / "secret.key").unlink()
        (target / "jwt.pem").unlink()
    done = run("serve", "--data", stored.data, "--port", free_port(), prefix=prefix)
    assert done.returncode == 77, done
    assert str(target) in one_line(done.stderr)
    if closed == "keys":
        return
    # Nobody may write it, and it is read all the same.
    port = free_port()
    process = subprocess.Popen([*prefix, server_binary(), "serve", "--read-only", "--data", stored.data, "--port", str(port)],
                               env=stored.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        stored.port = port
        deadline = time.monotonic() + 180
        while not stored._ready():
            assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
            time.sleep(0.02)
        assert_serves_reads(stored)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        target.chmod(mode)


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_d7_a_read_only_file_system_is_refused_or_served_as_it_is(stored, tmp_path):
    place = tmp_path / "mounted"
    place.mkdir()
    done = subprocess.run(["mount", "--bind", stored.data, place], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    try:
        done = subprocess.run(["mount", "-o", "remount,ro,bind", place], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"cannot mount read-only here: {done.stderr.strip()}")
        done = run("serve", "--data", place, "--port", free_port())
        assert done.returncode == 77 and "--read-only" in one_line(done.stderr), done
        server = Server(data=place, args=["--read-only"])
        server.log_path, server.out_path = tmp_path / "stderr", tmp_path / "stdout"
        server.start()
        assert_serves_reads(server)
        server.stop()
    finally:
        subprocess.run(["umount", "-l", place], check=True)


# ---- D22: modes -----------------------------------------------------------------------------------------------------


def test_d22_all_that_is_made_is_its_owners_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        server = Server(data=tmp_path / "data").start()
    finally:
        os.umask(before)
    modes = dict(kinds_and_modes(server.data))
    wrong = {path: oct(mode) for path, mode in modes.items() if mode not in (stat.S_IFDIR | 0o700, stat.S_IFREG | 0o600)}
    assert not wrong and len(modes) > 6
    assert "may be used by others" not in server.log()
    server.stop()


def test_d22_what_others_may_read_is_warned_of_and_a_key_that_they_may_read_is_refused(stored):
    for name in ("", "catalog.db", "tokens/ingestion-bot.jwt"):
        path = stored.data / name
        path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IROTH)
    stored.start()
    for name in ("", "/catalog.db", "/tokens/ingestion-bot.jwt"):
        assert re.search(rf"{stored.data}{name} may be used by others .*chmod [67]00 ", stored.log()), name
    stored.stop()
    (stored.data / "keys" / "secret.key").chmod(0o604)
    done = run("serve", "--data", stored.data, "--port", free_port())
    assert done.returncode == 77 and "chmod 600" in done.stderr


# ---- D1, D12: what is synced when -----------------------------------------------------------------------------------

CALLS = "openat,pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat"


def traced(command, output):
    if not shutil.which("strace"):
        pytest.skip("no strace")
    probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True)
    if probe.returncode != 0:
        pytest.skip("strace may not trace here")
    return ["strace", "-f", "-y", "-s", "64", "-e", "trace=" + CALLS, "-o", output, *command]


class Calls:
    """The lines of a trace, each once, with those that were interrupted by another thread's put together where they ended."""

    def __init__(self, text):
        self.lines, open_calls = [], {}
        for line in text.splitlines():
            pid, _, rest = line.partition(" ")
            rest = rest.strip()
            if rest.endswith("<unfinished ...>"):
                # What comes later begins with the closing bracket or a comma: no blank before either.
                open_calls[pid] = rest[:-len("<unfinished ...>")].rstrip()
            elif rest.startswith("<..."):
                self.lines.append(open_calls.pop(pid, "") + rest.partition("resumed>")[2])
            else:
                self.lines.append(rest)

    def find(self, pattern, start=0, end=None):
        """Where a call stands that matches; the first from `start` on."""
        for at in range(start, len(self.lines) if end is None else end):
            if re.search(pattern, self.lines[at]):
                return at
        raise AssertionError(f"no {pattern} from {start} on in:\n" + "\n".join(self.lines[start:start + 80]))

    def last(self, pattern, end):
        for at in range(end - 1, -1, -1):
            if re.search(pattern, self.lines[at]):
                return at
        raise AssertionError(f"no {pattern} before {end}")


def trace_of(tmp_path, data, act):
    """The calls of a server from its start to its end, with `act(base, token)` in between."""
    output, port = tmp_path / "trace", free_port()
    server = Server(data=data, port=port)
    process = subprocess.Popen(traced([str(server_binary()), "serve", "--data", str(data), "--port", str(port)], str(output)),
                               env=server.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 300
        while not server._ready():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        act(server)
    finally:
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)
        try:
            process.wait(180)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return Calls(output.read_text(errors="replace"))


def test_d1_d12_a_write_is_synced_before_its_answer_and_files_are_put_in_place_whole(tmp_path):
    data = tmp_path / "data"

    def act(server):
        head = {"Authorization": "Bearer " + server.bot_token()}
        for name in ("one", "two", "three"):
            assert requests.post(server.base + SERVICES, json={"name": name, "serviceType": "SQLite"}, headers=head, timeout=60).status_code == 201

    calls = trace_of(tmp_path, data, act)
    answers = [at for at, line in enumerate(calls.lines) if re.search(r'^(write|writev|sendto|sendmsg)\(.*HTTP/1\.1 201', line)]
    assert len(answers) == 3
    before = 0
    for answer in answers:
        written = calls.last(r"^pwrite64\(\d+<[^>]*catalog\.db-wal>", answer)
        assert written > before
        synced = calls.find(r"^fdatasync\(\d+<[^>]*catalog\.db-wal>\)\s*= 0", written, answer)
        assert not any(re.search(r"^pwrite64\(\d+<[^>]*catalog\.db-wal>", line) for line in calls.lines[synced:answer])
        before = answer

    # Every file of the program's own: a temporary name, synced, renamed, the directory synced.
    for directory, name in (("keys", "secret.key"), ("keys", "jwt.pem"), ("tokens", "ingestion-bot.jwt"), ("", "seeded"), ("", "catalog.db")):
        folder = re.escape(str(data / directory) if directory else str(data))
        renamed = calls.find(rf'^rename\w*\(.*"{folder}/{re.escape(name)}[^"]+".*"{folder}/{re.escape(name)}"')
        temporary = re.escape(re.search(r'"([^"]+)"', calls.lines[renamed]).group(1))
        calls.find(rf"^(fsync|fdatasync)\(\d+<{temporary}>\)\s*= 0", 0, renamed)
        written = calls.last(rf"^p?write(64)?\(\d+<{temporary}>", renamed)
        synced = calls.find(rf"^(fsync|fdatasync)\(\d+<{temporary}>\)\s*= 0", written, renamed)
        calls.find(rf"^fsync\(\d+<{folder}>\)\s*= 0", renamed)
        assert synced < renamed
        assert not any(re.search(rf'^openat\(.*"{folder}/{re.escape(name)}".*O_(CREAT|TRUNC)', line) for line in calls.lines)
    # A directory is an entry of the one above it.
    for made in (data, data / "keys", data / "tokens"):
        at = calls.find(rf'^mkdir\w*\(.*"{re.escape(str(made))}", 0700\)\s*= 0')
        calls.find(rf"^fsync\(\d+<{re.escape(str(made.parent))}>\)\s*= 0", at)
    # The log, too, is there for sure before anything in it is promised.
    at = calls.find(rf'^openat\(.*"{re.escape(str(data))}/catalog\.db-wal".*O_CREAT')
    calls.find(rf"^fsync\(\d+<{re.escape(str(data))}>\)\s*= 0", at, answers[0])
