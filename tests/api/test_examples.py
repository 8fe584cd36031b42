"""The example programs, as they lie in the build directory."""

import json
import subprocess

import pytest

from harness import server_binary

EXAMPLES = server_binary().parent.parent / "examples"


def run(tmp_path, document, patch):
    (tmp_path / "doc.json").write_text(document)
    (tmp_path / "patch.json").write_text(patch)
    return subprocess.run([EXAMPLES / "json-patch", tmp_path / "doc.json", tmp_path / "patch.json"], capture_output=True, text=True,
                          timeout=300)


def test_a_patch_file_is_applied_to_a_document_file(tmp_path):
    done = run(tmp_path, '{"a": [1, 2]}', '[{"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/a/0"}]')
    assert done.returncode == 0 and json.loads(done.stdout) == {"a": [2, 3]}, done.stderr


@pytest.mark.parametrize("document, patch, word", [
    ('{"a": 1}', '[{"op": "test", "path": "/a", "value": 2}]', "operation 0 (test /a)"),
    ('{"a": 1}', '[{"op": "remove", "path": "/b"}]', "/b"),
    ('{"a": 1}', '{"op": "remove"}', "patch"),
    ('{"a": ', "[]", "doc.json"),
])
def test_a_patch_that_does_not_apply_is_one_clear_line(tmp_path, document, patch, word):
    done = run(tmp_path, document, patch)
    assert done.returncode == 1 and done.stdout == "" and word in done.stderr, done


def test_embed_finds_again_what_it_stored(tmp_path):
    done = subprocess.run([EXAMPLES / "embed", tmp_path / "catalog"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "now version 0.2" in done.stdout and 'found snowflake.sales_db.public.customer_orders: "Unique order id"' in done.stdout


@pytest.mark.skipif(not (EXAMPLES / "search").exists(), reason="built without search")
def test_search_finds_what_it_stored_and_counts_it(tmp_path):
    def run_search(folder, *words):
        return subprocess.run([EXAMPLES / "search", tmp_path / folder, *words], capture_output=True, text=True, timeout=300)

    def first_whole(runs):
        """It gives its index two seconds, which a stalled machine outlasts, and says so."""
        return next(done for done in runs if "complete: no" not in done.stdout and "is being built" not in done.stderr)
    first = first_whole(run_search(f"catalog{number}") for number in range(10))
    folder = first.args[1]
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[:2] == ["9 entities", "3 found for 'customer', complete: yes"]
    # Both have the word in their names; what everything depends on comes first.
    assert '"snowflake.sales_db.public.customer_orders"' in lines[2] and "<em>customer</em>_orders" in lines[2]
    assert '"snowflake.sales_db.public.CustomerAddresses"' in lines[3] and "web_sessions" in lines[4]
    assert lines[5:] == ["tier.tagFQN: Tier.Tier5 2 Tier.Tier1 1", "service.name: snowflake 3"]
    again = first_whole(run_search(folder, "where OR visits") for _ in range(10))
    assert again.stdout.startswith("2 found for 'where OR visits', complete: yes"), again.stdout
    assert run_search(folder, '"unclosed').returncode in (0, 1)


def test_lineage_answers_what_depends_on_what(tmp_path):
    done = subprocess.run([EXAMPLES / "lineage", tmp_path / "catalog"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "orders -1: shop.db.main.raw_orders", "orders +1: shop.db.main.revenue", "raw_orders.order_id goes to 1 table(s)",
        "2 entities depend on raw_orders", "raw_orders reaches revenue in 2 steps"]


def test_events_come_once_each_over_two_runs(tmp_path):
    seen = []
    for run_number in range(2):
        done = subprocess.run([EXAMPLES / "events", tmp_path / "catalog"], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert [event["eventType"] for event in events] == (["entityCreated", "entityUpdated"], ["entityUpdated"] * 2)[run_number]
        seen += [event["eventId"] for event in events]
    assert len(set(seen)) == len(seen) == 4
