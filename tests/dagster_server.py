"""A real Dagster web server for tests, from an environment of its own."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from harness import ROOT, free_port

# Runs start at once: the queue would need a daemon beside the server.
INSTANCE = """
telemetry: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
"""
LAUNCH = """
mutation($job: String!, $repository: String!, $location: String!) {
  launchRun(executionParams: {mode: "default", runConfigData: {}, selector: {
      jobName: $job, repositoryName: $repository, repositoryLocationName: $location}}) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
  }
}
"""
STATUSES = "{ runsOrError { ... on Runs { results { runId status } } } }"
RELOAD = "mutation($location: String!) { reloadRepositoryLocation(repositoryLocationName: $location) { __typename } }"


def environment():
    """Where the environment with the client and Dagster is; it is made when it is not there yet."""
    made = subprocess.run([ROOT / "tools/test-venv", "dagster"], stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    return pathlib.Path(made.stdout.strip())


class DagsterServer:
    """Serves one file of definitions as the code location `location`, on loopback. `home` holds its runs and its log."""

    def __init__(self, programs, home, definitions, location):
        self.programs, self.home, self.location = programs, home, location
        self.port, self.file = free_port(), home / "definitions.py"
        home.mkdir()
        shutil.copy(definitions, self.file)
        (home / "dagster.yaml").write_text(INSTANCE)
        (home / "workspace.yaml").write_text(json.dumps({"load_from": [{"python_file": {
            "relative_path": self.file.name, "location_name": location}}]}))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        env = os.environ | {"DAGSTER_HOME": str(self.home), "HOME": str(self.home), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [self.programs / "dagster-webserver", "-h", "127.0.0.1", "-p", str(self.port), "-w", self.home / "workspace.yaml"]
        with open(self.home / "log", "wb") as log:
            # A session of its own: its code servers and runs are processes of their own, and end with it.
            self.process = subprocess.Popen(command, cwd=self.home, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            self._wait(self._answers, "did not answer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            pass  # it has had its time
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # all of them have ended
        self.process.wait()

    def _wait(self, done, what, seconds=600):
        deadline = time.monotonic() + seconds
        while not done():
            alive = self.process.poll() is None
            assert alive and time.monotonic() < deadline, f"Dagster {what}:\n{(self.home / 'log').read_text()[-4000:]}"
            time.sleep(0.2)

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/server_info", timeout=30):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def ask(self, query, **variables):
        """What it answers to this query of GraphQL."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as answer:
            told = json.load(answer)
        assert "errors" not in told, told
        return told["data"]

    def run(self, repository, *jobs):
        """Runs these jobs, side by side, and waits until all have ended; how each of them did."""
        started = {}
        for job in jobs:
            told = self.ask(LAUNCH, job=job, repository=repository, location=self.location)["launchRun"]
            assert told["__typename"] == "LaunchRunSuccess", told
            started[told["run"]["runId"]] = job
        found = {}

        def ended():
            for run in self.ask(STATUSES)["runsOrError"]["results"]:
                if run["runId"] in started and run["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
                    found[started[run["runId"]]] = run["status"]
            return len(found) == len(started)

        self._wait(ended, f"did not end its runs of {jobs}")
        return found

    def replace(self, old, new):
        """Changes the definitions, and has them read again."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))
        assert self.ask(RELOAD, location=self.location)["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
