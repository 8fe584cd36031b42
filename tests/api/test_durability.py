"""A disk that fails or is full, under the running server: what is answered, what goes on, and what a restart finds."""

import os
import pathlib
import resource
import shutil
import subprocess
import time

import pytest
import requests

from client import assert_error_shape
from harness import Server, server_binary

SERVICES = "/services/databaseServices"
ALL = "METADATA_ALL_FAULTS" in os.environ  # the long form


def shim():
    """The library that makes a sync fail, beside the server that is tested."""
    place = os.environ.get("METADATA_SYNC_FAULT") or server_binary().parent.parent / "tests" / "faults" / "sync_fault.so"
    if not pathlib.Path(place).exists():
        pytest.skip(f"no {place}: the build has no tests")
    return str(place)


class Client:
    """Calls that may be answered 503, which must then be told in full."""

    def __init__(self, server):
        self.base, self.root = server.base, server.root
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = "Bearer " + server.bot_token()

    def call(self, method, path, **options):
        answer = self.session.request(method, path if path.startswith("http") else self.base + path, timeout=60, **options)
        if answer.status_code == 503:
            assert_error_shape(answer)
            assert answer.json()["responseType"] == "SERVICE_UNAVAILABLE" and int(answer.headers["Retry-After"]) > 0
            assert "/" not in answer.json()["message"] and "sql" not in answer.text.lower(), answer.text
        return answer

    def create(self, name, description="x"):
        return self.call("POST", SERVICES, json={"name": name, "serviceType": "SQLite", "description": description})

    def get(self, name):
        return self.call("GET", f"{SERVICES}/name/{name}")

    def status_of(self, path):
        return self.call("GET", self.root + path).status_code


class FaultyServer(Server):
    """A server whose nth sync can be made to fail."""

    def __init__(self, home):
        self.arm_file, self.sync_log = home / "arm", home / "syncs"
        super().__init__(data=home / "data", env={
            "LD_PRELOAD": shim(), "SYNC_FAULT_ARM": str(self.arm_file), "SYNC_FAULT_LOG": str(self.sync_log),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})

    def fail_sync(self, nth, of=""):
        self.arm_file.write_text(f"{nth} {of}" if of else str(nth))

    def syncs(self):
        """Those of the store: the search index is made anew when it is lost, and syncs only what it leaves at rest."""
        lines = self.sync_log.read_text().splitlines() if self.sync_log.exists() else []
        return [line for line in lines if "/search" not in line]

    def healed(self):
        """The same directory on a disk that works."""
        return Server(data=self.data, port=self.port)


def assert_stopped(server, client, there):
    """Nothing is written any more, nothing is synced any more, and all that is there is read."""
    syncs = server.syncs()
    assert syncs[-1].startswith("EIO ")
    for number in range(3):
        answer = client.create(f"late{number}")
        assert answer.status_code == 503 and "restart" in answer.json()["message"]
    assert client.call("DELETE", f"{SERVICES}/name/first").status_code == 503
    assert all(client.get(name).status_code == 200 for name in there)
    assert client.get("late0").status_code == 404
    assert client.status_of("/readyz") == 503 and client.status_of("/healthz") == 200
    assert "writing has stopped" in server.log()
    server.stop()
    assert server.syncs() == syncs


def assert_recovered(server, acknowledged, unknown):
    again = server.healed().start()
    client = Client(again)
    assert all(client.get(name).status_code == 200 for name in acknowledged)
    assert client.get(unknown).status_code in (200, 404)
    assert client.get("late0").status_code == 404
    assert client.create("after").status_code == 201 and client.status_of("/readyz") == 200
    again.stop()
    assert again.check().returncode == 0


@pytest.mark.parametrize("nth", range(1, 9) if ALL else (1, 2, 3))
def test_d5_o2_after_a_failed_sync_writes_stop_for_good_reads_go_on_and_a_restart_recovers(tmp_path, nth):
    server = FaultyServer(tmp_path)
    server.start()
    client, acknowledged = Client(server), ["first"]
    assert client.create("first").status_code == 201
    server.fail_sync(nth)
    for number in range(20):
        answer = client.create(f"s{number}")
        if answer.status_code != 201:
            break
        acknowledged.append(f"s{number}")
    assert answer.status_code == 503 and len(acknowledged) == nth
    assert_stopped(server, client, acknowledged)
    assert_recovered(server, acknowledged, f"s{nth - 1}")


def test_d5_a_failed_sync_in_a_checkpoint_stops_writes_too(tmp_path):
    server = FaultyServer(tmp_path)
    server.start()
    client, acknowledged = Client(server), ["first"]
    assert client.create("first").status_code == 201
    server.fail_sync(1, "/catalog.db")  # of the file itself, which only a checkpoint syncs
    for number in range(300):  # whoever reads, as the search index does, puts checkpoints off
        answer = client.create(f"s{number}", description=chr(97 + number % 26) * 1_000_000)
        if answer.status_code != 201:
            break
        acknowledged.append(f"s{number}")
    assert answer.status_code == 503 and server.syncs()[-1].endswith("/catalog.db")
    assert_stopped(server, client, acknowledged)
    assert_recovered(server, acknowledged, "none")


@pytest.mark.parametrize("nth", range(1, 30) if ALL else (1, 4, 9))
def test_d5_a_sync_that_fails_at_the_first_start_ends_it_and_the_next_start_completes_it(tmp_path, nth):
    server = FaultyServer(tmp_path)
    server.fail_sync(nth)
    process = subprocess.Popen([server.binary, "serve", "--data", server.data, "--port", str(server.port)], env=server.environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        text = process.communicate(timeout=180)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 74 and len(text.strip().splitlines()) >= 1, (process.returncode, text)
    again = server.healed().start()
    assert Client(again).create("after").status_code == 201
    again.stop()
    assert again.check().returncode == 0


class Tmpfs:
    """A file system of a few megabytes."""

    def __init__(self, place, megabytes):
        self.place = place
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"cannot mount a tmpfs here: {done.stderr.strip()}")

    def fill(self):
        with open(self.place / "filler", "ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass

    def free(self):
        (self.place / "filler").unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.place], check=True)


def fill_and_empty(client, fill, free, cycles):
    """Until a write is refused; then there is space again, and writes go on without a restart."""
    acknowledged = []
    for cycle in range(cycles):
        fill()
        for number in range(400):
            answer = client.create(f"c{cycle}_{number}", description=chr(97 + number % 26) * 100_000)
            if answer.status_code != 201:
                break
            acknowledged.append(f"c{cycle}_{number}")
        assert answer.status_code in (503, 507), answer.text
        # What is refused for its size leaves room for less, and the index may have given some back: until there is none.
        for number in range(2000):
            name = f"small{cycle}_{number}"
            answer = client.create(name)
            if answer.status_code != 201:
                break
            acknowledged.append(name)
        assert answer.status_code in (503, 507), answer.text
        assert client.get(name).status_code == 404 and client.get("first").status_code == 200
        assert client.status_of("/healthz") == 200 and client.status_of("/readyz") == 200
        free()
        began = time.monotonic()
        while (status := client.create(f"free{cycle}").status_code) != 201:
            assert status == 503 and time.monotonic() - began < 60
        acknowledged.append(f"free{cycle}")
    assert all(client.get(name).status_code == 200 for name in acknowledged)
    return acknowledged


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_d6_a_full_disk_refuses_writes_keeps_reading_and_needs_no_restart(tmp_path):
    disk = Tmpfs(tmp_path / "disk", 16)
    server = Server(data=disk.place / "data")
    server.log_path, server.out_path = tmp_path / "stderr", tmp_path / "stdout"
    try:
        server.start()
        client = Client(server)
        assert client.create("first").status_code == 201
        acknowledged = fill_and_empty(client, disk.fill, disk.free, 20 if ALL else 4)
        server.kill()
        server.start()
        client = Client(server)
        assert all(client.get(name).status_code == 200 for name in acknowledged)
        server.stop()
        assert server.check().returncode == 0
    finally:
        server.kill()
        disk.close()


def test_d6_files_that_may_not_grow_are_a_full_disk(tmp_path):
    server = Server(data=tmp_path / "data").start()
    client = Client(server)
    assert client.create("first").status_code == 201
    unlimited = resource.RLIM_INFINITY

    def limit(size):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, unlimited))

    acknowledged = fill_and_empty(client, lambda: limit((server.data / "catalog.db-wal").stat().st_size + 300_000), lambda: limit(unlimited), 3)
    server.stop()
    assert server.check().returncode == 0
    server.start()
    client = Client(server)
    assert all(client.get(name).status_code == 200 for name in acknowledged)
    server.stop()
    shutil.rmtree(server.data)
