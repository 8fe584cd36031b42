"""A metadata-server process for tests, tools and benchmarks. Standard library only, so that a tool needs nothing installed."""

import atexit
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
ADMIN_EMAIL = "admin@open-metadata.org"
ADMIN_PASSWORD = "Correct-horse-7-battery"
SANITIZER_WORDS = ("AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer", "ThreadSanitizer", "runtime error:")


def server_binary():
    """METADATA_SERVER, or else the binary of the usual build directory."""
    return pathlib.Path(os.environ.get("METADATA_SERVER") or ROOT / "build" / "server" / "metadata-server").resolve()


def npm_packages(name):
    """Where the npm packages that tests/<name> needs are; fetched when they are not there yet."""
    return subprocess.run([ROOT / "tools" / "test-npm", ROOT / "tests" / name], check=True, capture_output=True, text=True).stdout.strip()


# Below the ports that systems give to outgoing connections (from 32768 on Linux): nobody's client is given one between our asking
# and the server's listening. Each process begins somewhere else, and gives none out twice.
_PORTS = range(10240, 32000)
_next_port = itertools.count(random.SystemRandom().randrange(len(_PORTS)))


def free_port():
    for turn in itertools.islice(_next_port, len(_PORTS)):
        port = _PORTS[turn % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"none of the ports {_PORTS.start} to {_PORTS.stop - 1} is free")


def is_sanitized():
    """Is the server built with a sanitizer? It keeps freed memory for a while, and its library must be loaded first."""
    program = server_binary().read_bytes() if server_binary().exists() else b""
    return b"__asan_init" in program or b"__tsan_init" in program


class ServerFailed(AssertionError):
    """The process did not start, did not stop, or said something on its way that it must not."""


def kinds_and_modes(directory):
    """Of all that is there. The search index, which the server makes beside, may take a file away meanwhile."""
    for folder, _, files in os.walk(directory):
        for path in [folder, *(os.path.join(folder, name) for name in files)]:
            try:
                yield path, os.stat(path).st_mode
            except FileNotFoundError:
                continue


class Server:
    """One server on a directory of its own. start() returns once it answers; stop() fails when it did not end clean."""

    def __init__(self, data=None, binary=None, port=None, args=(), env=None):
        self.binary = pathlib.Path(binary) if binary else server_binary()
        self._home = None if data else tempfile.mkdtemp(prefix="metadata-test-")
        self.data = pathlib.Path(data) if data else pathlib.Path(self._home) / "data"
        self.port = port or free_port()
        self.args = list(args)
        self.env = dict(env or {})
        self.process = None
        self.started_in_s = None  # from the program's start to the first answer
        self.log_path = self.data.parent / (self.data.name + ".stderr")
        self.out_path = self.data.parent / (self.data.name + ".stdout")

    @property
    def root(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self):
        """What the SDK calls hostPort."""
        return self.root + "/api"

    @property
    def base(self):
        return self.url + "/v1"

    def environment(self):
        env = {key: value for key, value in os.environ.items() if not key.startswith("METADATA_")}
        env["METADATA_ADMIN_PASSWORD"] = ADMIN_PASSWORD
        env["METADATA_RATE_LIMIT"] = "off"  # a suite asks more than a person may; tests of the limits say ""
        env.update(self.env)
        return env

    def start(self, timeout_s=180, poll_s=0.02):
        began = time.monotonic()
        command = [str(self.binary), "serve", "--data", str(self.data), "--port", str(self.port), *self.args]
        with open(self.log_path, "ab") as err, open(self.out_path, "ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=self.environment())
        atexit.register(self.kill)  # a fixture that fails before its end leaves no process behind
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ServerFailed(f"server ended with {self.process.returncode} at start:\n{self.log()[-4000:]}")
            if self._ready():
                self.started_in_s = time.monotonic() - began
                return self
            time.sleep(poll_s)
        self.kill()
        raise ServerFailed(f"server not ready after {timeout_s} s:\n{self.log()[-4000:]}")

    def _ready(self):
        try:
            with urllib.request.urlopen(self.root + "/readyz", timeout=10) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self, timeout_s=120):
        """SIGTERM; the process must end by itself, with 0, and without a sanitizer's report."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise ServerFailed(f"server did not end {timeout_s} s after SIGTERM:\n{self.log()[-4000:]}") from None
        if code != 0:
            raise ServerFailed(f"server ended with {code}:\n{self.log()[-8000:]}")
        self.assert_no_sanitizer_report()

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def output(self):
        return self.out_path.read_text(errors="replace") if self.out_path.exists() else ""

    def assert_no_sanitizer_report(self):
        text = self.log()
        for word in SANITIZER_WORDS:
            if word in text:
                at = text.index(word)
                raise ServerFailed("sanitizer report:\n" + text[max(0, at - 500):at + 6000])

    def run(self, *args, env=None, timeout_s=600):
        """Another command of the same program, such as `check` or `token`; the finished process with its texts."""
        full = self.environment() | dict(env or {})
        return subprocess.run([str(self.binary), *args], env=full, capture_output=True, text=True, timeout=timeout_s)

    def check(self):
        return self.run("check", "--data", str(self.data))

    def end(self):
        """Stops it, proves that what it leaves is sound, and removes it."""
        self.stop()
        done = self.check()
        assert done.returncode == 0, f"check found after the tests:\n{done.stdout}{done.stderr}"
        self.remove()

    def bot_token(self, bot="ingestion-bot"):
        done = self.run("token", bot, "--data", str(self.data))
        if done.returncode != 0:
            raise ServerFailed(f"token {bot} ended with {done.returncode}: {done.stderr}")
        return done.stdout.strip().splitlines()[-1]

    def login(self, email=ADMIN_EMAIL, password=ADMIN_PASSWORD):
        request = urllib.request.Request(
            self.base + "/users/login", method="POST", headers={"Content-Type": "application/json"},
            data=json.dumps({"email": email, "password": password}).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["accessToken"]

    def remove(self):
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)
