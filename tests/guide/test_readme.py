"""The README's walk, line by line as it stands there. Replaced in it: the address, and where the program and its data lie."""

import json
import os
import re
import subprocess

import pytest

from harness import ROOT, Server, server_binary

README = (ROOT / "README.md").read_text(encoding="utf-8")
WALK = README.split("## A walk", 1)[1].split("### Ingesting", 1)[0]
# A search waits two seconds for the index to hold what was written, which a stalled machine outlasts: its answer says so.
INDEX_FOLLOWS = """until curl -s -o /dev/null -D - "$API/search/query" -H "Authorization: Bearer $TOKEN" |
  grep -qi '^x-search-complete: true'; do sleep 0.1; done
"""
LINES = [line[2:] for line in re.findall(r"^\$ .*$", WALK, re.M)]


@pytest.fixture(scope="module")
def server():
    running = Server().start()
    yield running
    running.stop()
    running.remove()


def test_the_walk_does_what_it_says(server):
    script = "\n".join(f"{INDEX_FOLLOWS if '/search/' in line else ''}{line} || exit 1; echo; echo ---" for line in LINES)
    script = script.replace("http://localhost:8585", server.root)
    script = script.replace("build/server/metadata-server token ingestion-bot", f"{server_binary()} token ingestion-bot --data {server.data}")
    done = subprocess.run(["bash", "-c", script], env=os.environ | {"no_proxy": "*"}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [part.strip() for part in done.stdout.split("---\n")]
    made = [json.loads(answer)["fullyQualifiedName"] for answer in answers if answer.startswith("{")]
    assert made == ["snowflake", "snowflake.sales_db", "snowflake.sales_db.public", "snowflake.sales_db.public.customer_orders"]
    assert answers[-3] in WALK, "the README shows another change description"
    assert answers[-2] in WALK, "the README shows another hit"


def test_every_page_that_it_links_is_there():
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).is_file(), link
