"""A real PostgreSQL server for tests, where its programs (Debian's package) are installed."""

import glob
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from harness import free_port

PASSWORD = "sec'ret"


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    return pathlib.Path(found[-1]) if found else None


class PostgresServer:
    """One server in a directory of its own, on loopback, whose account is `owner`. It refuses to run as root, so root lends
    it another user. Without the programs, the test is skipped."""

    def __init__(self):
        self.port, self.where = free_port(), programs()
        if self.where is None:
            pytest.skip("PostgreSQL is not installed: tools/install-deps test")
        self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []

    def run(self, program, *words):
        done = subprocess.run([*self.as_user, self.where / program, *map(str, words)], capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{program} {words}: {done.stdout}{done.stderr}"

    def __enter__(self):
        # Not below pytest's own directory, which each further run closes to others again.
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="metadata-pg-"))
        self.home.chmod(0o755)
        if self.as_user:
            shutil.chown(self.home, "postgres", "postgres")
        self.data = self.home / "data"
        password = self.home / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self.run("initdb", "-D", self.data, "-U", "owner", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C")
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "300", "-l", self.home / "log", "-o", f"-p {self.port} -h 127.0.0.1 -k {self.home}", "start")
        return self

    def psql(self, text, database="postgres"):
        env = os.environ | {"PGPASSWORD": PASSWORD}
        command = [self.where / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "owner", "-d", database, "-qAt", "-v", "ON_ERROR_STOP=1"]
        return subprocess.run(command, input=text, check=True, capture_output=True, text=True, env=env, timeout=300).stdout

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.home)
