"""What bounds a JSON body and a patch, over HTTP: 400 (413 for its length) that names the place, soon, and nothing written."""

import json
import time

import pytest

from client import unique
from harness import is_sanitized

JSON = {"Content-Type": "application/json"}
PATCH = {"Content-Type": "application/json-patch+json"}


def refuse(api, text, status=400, path="/databases", method="POST", headers=JSON):
    began = time.monotonic()
    wrong = api.error(method, path, status, data=text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text, headers=headers)
    print(f"{(time.monotonic() - began) * 1000:.1f} ms: {wrong['message'][:150]}")
    assert time.monotonic() - began < 25  # some 20 ms; what doubles and doubles takes minutes
    assert len(wrong["message"]) < 1000
    return wrong


def nested(depth):
    return '{"extension":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


def test_l4_l18_depth_64_is_read_and_65_and_a_million_are_refused(api):
    assert "64 levels" not in refuse(api, nested(64))["message"]  # read, and refused for what it lacks
    for text in (nested(65), nested(1_000_000), '{"a":' * 600_000, "[" * 4_000_000):
        assert "more than 64 levels of nesting" in refuse(api, text)["message"]


@pytest.mark.parametrize("text, says", [
    ('{"name":"a","columns":[{"name":"b","name":"c"}]}', "byte 35 (/columns/0/name): the member \"name\" is there twice"),
    ('{"name":1.00000000001e-2147483638}', "(/name): the number 1.00000000001e-2147483638 has an exponent of more than 4 digits"),
    ('{"name":1e99999}', "exponent of more than 4 digits"), ('{"a":[1,18446744073709551616]}', "(/a/1): the number 18446744073709551616"),
    ('{"a":1e999}', "too large for a double"), ('{"a":' + "1" * 2000 + "}", "longer than 1024 characters"),
    (b'{"a":"\xff"}', "(/a): a string that is not UTF-8"), (b'{"a":"\xed\xa0\x80"}', "not UTF-8"), (b'{"a":"\xc0\xaf"}', "not UTF-8"),
    ('{"a":"\\ud800"}', "surrogate"), ('{"a":"x\x00y"}', "control character"), ('{"a":1}\x00', "goes on"), ('{"a":1}}', "goes on"),
    ("\ufeff{}", "byte 0"), ("", "empty"), ('{"a":01}', "malformed"), ("{'a':1}", "name"), ('{"a":NaN}', "(/a)"), ('{"a":tru}', "(/a)"),
    ("{" + ",".join(f'"k{number}":1' for number in range(1025)) + "}", "(/k1024): more than 1024 members in one object"),
    ('{"a":[' + ",".join(["1"] * 10_001) + "]}", "more than 10000 elements in one array"),
    ('{"a":[' + ",".join(["[" + ",".join(["1"] * 9_999) + "]"] * 21) + "]}", "more than 200000 values"),
], ids=range(22))
def test_l4_a_body_beyond_a_limit_or_broken_is_400_and_says_where(api, text, says):
    assert says in refuse(api, text)["message"]
    assert says in refuse(api, text, method="PUT")["message"]
    assert says in refuse(api, text, path="/databases/name/none", method="PATCH", headers=PATCH)["message"]


def test_l4_a_body_beyond_four_mebibytes_is_413(api):
    refuse(api, '{"a":"' + "x" * (4 << 20) + '"}', status=413)


def document(api, data):
    """An entity that holds whatever it is given."""
    name = unique("document")
    return api.post("/docStore", {"name": name, "fullyQualifiedName": name, "entityType": "Page", "data": data})


def test_l4_numbers_beyond_2_53_are_kept_exactly(api):
    numbers = [9007199254740993, -9007199254740993, 9223372036854775807, -9223372036854775808, 18446744073709551615]
    made = document(api, {"numbers": numbers, "third": 0.1})
    assert api.get(f"/docStore/{made['id']}")["data"] == {"numbers": numbers, "third": 0.1}
    after = api.patch(f"/docStore/{made['id']}", [{"op": "replace", "path": "/data/numbers/0", "value": 9007199254740995}])
    assert after["data"]["numbers"] == [9007199254740995, *numbers[1:]]


def patch_text(operations):
    return json.dumps(operations)


def rss_kib(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def test_l11_bombs_are_400_soon_and_cost_little_memory(api, server):
    made = document(api, {"a": {"text": "x" * 1000}})
    path = f"/docStore/{made['id']}"
    before = api.get(path)
    doubling = []
    for number in range(30):
        doubling += [{"op": "copy", "from": "/data/a", "path": "/data/b"},
                     {"op": "move", "from": "/data/b", "path": f"/data/a/c{number}"}]
    deepening = [{"op": "move", "from": "/data/a", "path": "/data/b"}, {"op": "add", "path": "/data/a", "value": {}},
                 {"op": "move", "from": "/data/b", "path": "/data/a/c"}] * 70
    moves = [{"op": "move", "from": "/entityType", "path": "/data/c"}, {"op": "move", "from": "/data/c", "path": "/entityType"}]
    bombs = [
        ("copies", doubling, "the patch needs more work"), ("depth", deepening, "deeper than 64 levels"),
        ("10,001 operations", [{"op": "test", "path": "/name", "value": made["name"]}] * 10_001, "more than 10000"),
        ("10,000 segments", [{"op": "add", "path": "/a" * 10_000, "value": 1}], "more than 256 segments"),
        ("into its own child", [{"op": "move", "from": "/data", "path": "/data/a/b"}], "moved into itself"),
        ("failing at its end", moves * 2000 + [{"op": "test", "path": "/name", "value": "no"}], "operation 4000"),
    ]
    used = rss_kib(server)
    for name, operations, says in bombs:
        text = patch_text(operations)
        assert says in refuse(api, text, path=path, method="PATCH", headers=PATCH)["message"], name
    grown = rss_kib(server) - used
    print(f"memory grew by {grown} KiB")
    if not is_sanitized():
        assert grown < 32 * 1024
    assert api.get(path) == before


def test_l11_ten_thousand_operations_are_one_version(api, chain):
    table = chain.table()
    operations = [{"op": "add", "path": "/description", "value": f"text {number}"} for number in range(10_000)]
    after = api.patch(f"/tables/{table['id']}", operations)
    assert after["description"] == "text 9999" and after["version"] == 0.2


def test_l14_a_pattern_that_kills_backtracking_is_only_text(api, chain):
    for evil in ("(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*" * 20):
        name = unique("re")
        table = chain.table(name, description=evil + "a" * 5000 + "!")
        began = time.monotonic()
        assert api.get(f"/tables/{table['id']}")["description"].startswith(evil)
        api.get("/tables", params={"databaseSchema": evil, "limit": 1}, status=(200, 400))
        api.call("GET", "/search/fieldQuery", status=400 if "*" in evil else 200, params={
            "fieldName": "fullyQualifiedName", "fieldValue": evil + "a" * 2000, "index": "table_search_index"})
        assert time.monotonic() - began < 25
