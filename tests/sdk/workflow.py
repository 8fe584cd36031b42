"""Runs the real client's command line, and holds what it says to what is allowed."""

import json
import os
import pathlib
import re
import subprocess
import sys

from postgres import PASSWORD
from sdk_client import WORKFLOW_SERVER

PROGRAM = pathlib.Path(sys.executable).parent / "metadata"

# The ingestion of the database `shop` of a PostgreSQL server of the tests.
POSTGRES = """
source:
  type: postgres
  serviceName: local_pg
  serviceConnection:
    config:
      type: Postgres
      username: owner
      authType:
        password: "{password}"
      hostPort: 127.0.0.1:{port}
      database: shop
  sourceConfig:
    config: {options}
sink:
  type: metadata-rest
  config: {{}}
""" + WORKFLOW_SERVER

# Warnings that the client gives whatever server it talks to, each with its own reason.
CLIENTS_OWN = (
    # SQLite has no comments on tables; the client asks for them all the same.
    "Table description error",
    # PostgreSQL's extension that keeps queries is not installed in the source; the client asks for its columns all the same.
    "found in pg_stat_statements. Defaulting to",
    # Its sources of pipelines still use a function of its own that it has given up.
    "[convert_timestamp_to_milliseconds] will be deprecated",
)


def said_by(command, home, text, program=PROGRAM):
    """What the program says, run with this configuration; it ended well, and without a traceback."""
    config = pathlib.Path(home) / f"{command}.yaml"
    config.write_text(text)
    env = {key: value for key, value in os.environ.items() if not key.startswith("METADATA_")} | {"HOME": str(home)}
    done = subprocess.run([program, command, "-c", config], capture_output=True, text=True, timeout=900, env=env)
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert done.returncode == 0 and "Traceback" not in said, said[-8000:]
    return said


def run_client(command, home, text, warnings=True, program=PROGRAM):
    """The client's program with this configuration: it counts no errors, and no warnings unless they are let pass."""
    said = said_by(command, home, text, program)
    counted = re.findall(r"Errors: (\d+)", said)
    assert counted and set(counted) == {"0"}, said[-8000:]
    if warnings:
        assert set(re.findall(r"Warnings: (\d+)", said)) == {"0"}, said[-8000:]
        left = [line for line in said.splitlines() if "WARNING" in line and not any(own in line for own in CLIENTS_OWN)]
        assert left == [], "\n".join(left)
    return said


def ingest_postgres(home, postgres, server, options, more=""):
    """Runs the ingestion with these options of the source (JSON), and what else the configuration has."""
    text = more + POSTGRES.format(password=PASSWORD, port=postgres.port, options=json.dumps({"type": "DatabaseMetadata"} | options),
                                  url=server.url, token=server.bot_token())
    return run_client("ingest", home, text)


def requests_of(server, since=0):
    """The requests that the log of a server has from one line on (`--access-log`: all), and how many lines there are now."""
    lines = server.log().splitlines()
    return [json.loads(line[line.index("{"):]) for line in lines[since:] if '"method"' in line], len(lines)


def assert_all_taken(server):
    """The server took every write, and failed at nothing. That a thing is not there yet is no fault."""
    said, _ = requests_of(server)
    refused = [one for one in said if one["status"] >= 500 or one["status"] >= 400 and one["method"] != "GET"]
    assert refused == [], refused
