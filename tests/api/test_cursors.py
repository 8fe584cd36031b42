"""Cursors: changed, cut, and used where they do not belong.

A cursor is the key of the row it stands next to, and nothing else: a page is always the rows of its own filter, behind or
before that key. So a forged one can at most ask for another place in a listing that its sender may read anyhow.
CURSOR_VARIANTS makes a run shorter or longer, CURSOR_SEED the same again.
"""

import base64
import os
import random

import pytest

from client import Chain, unique

VARIANTS = int(os.environ.get("CURSOR_VARIANTS", 5000))


@pytest.fixture(scope="module")
def shelf(api):
    chain = Chain(api, "cursors")
    for number in range(12):
        chain.table(f"t{number:02}.ü")
    other = Chain(api, "cursors_z")
    for number in range(3):
        other.table(f"z{number}")
    return chain


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(cursor):
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def escaped(text):
    return "".join(f"%{byte:02X}" for byte in text)


def variants(cursor):
    """The cursor with each bit flipped, in its text and in what it holds; cut, doubled, padded and turned round."""
    text, raw = cursor.encode(), decoded(cursor)
    for at in range(len(text)):
        for bit in range(8):
            yield escaped(text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1:])
    for at in range(len(raw)):
        for bit in range(8):
            yield encoded(raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1:])
    for at in range(len(text)):
        yield escaped(text[:at])
    for at in range(len(raw)):
        yield encoded(raw[:at])
        yield encoded(raw[:at] + raw[at + 1:])
        yield encoded(raw[:at] + b"\x00" + raw[at:])
        yield encoded(raw[:at] + b"\xff\xfe" + raw[at:])
        yield encoded(raw[:at] + b"'; DROP TABLE entity; --" + raw[at:])
    yield from (escaped(text * 2), escaped(text + b"="), escaped(text + b"===="), escaped(text[::-1]), encoded(raw[::-1]))
    yield from (encoded(raw + b"x" * 5000), encoded(raw + b"\x1f" * 50), encoded(b"1" + b"\xf4\x8f\xbf\xbf" * 20), encoded(b"2" + raw[1:]))


def assert_harmless(answer, shelf, where):
    """400, or a page of this shelf alone, in order."""
    assert answer.status_code in (200, 400), where
    if answer.status_code == 400:
        return 0
    page = answer.json()
    assert page["paging"]["total"] == 12, where
    found = [table["name"] for table in page["data"]]
    assert found == sorted(set(found)) and all(table["databaseSchema"]["fullyQualifiedName"] == shelf.fqn for table in page["data"]), where
    return 1


def test_l12_a_changed_cursor_is_refused_or_gives_rows_of_the_same_filter(api, shelf):
    seed = int(os.environ.get("CURSOR_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    first = api.get(f"/tables?databaseSchema={shelf.fqn}&limit=4")["paging"]["after"]
    second = api.get(f"/tables?databaseSchema={shelf.fqn}&limit=4&after={first}")["paging"]
    asked = [f"{way}={variant}" for way, cursor in (("after", first), ("after", second["after"]), ("before", second["before"]))
             for variant in variants(cursor) if variant]
    random.Random(seed).shuffle(asked)
    pages = 0
    for query in asked[:VARIANTS]:
        answer = api.call("GET", f"/tables?databaseSchema={shelf.fqn}&limit=5&{query}", status=(200, 400))
        pages += assert_harmless(answer, shelf, f"seed {seed}, {query}: {answer.text[:300]}")
    tried = min(VARIANTS, len(asked))
    print(f"{tried} of {len(asked)} variants: {pages} pages, {tried - pages} refused")
    assert 0 < pages < tried


def test_l12_a_cursor_of_another_listing_gives_no_rows_of_it(api, bot, shelf):
    users = api.get("/users?limit=1")["paging"]["after"]
    services = api.get("/services/databaseServices?limit=1")["paging"]["after"]
    everything = api.get("/tables?limit=1")["paging"]["after"]
    strangers = api.get("/tables?databaseSchema=" + shelf.fqn.replace("cursors_", "cursors_z_") + "&limit=1")["paging"]
    own = api.get(f"/tables?databaseSchema={shelf.fqn}&limit=4")["paging"]["after"]
    for cursor in (users, services, everything, strangers.get("after", users), own):
        for way in ("after", "before"):
            for caller in (api, bot):
                answer = caller.call("GET", f"/tables?databaseSchema={shelf.fqn}&limit=100&{way}={cursor}", status=(200, 400))
                assert_harmless(answer, shelf, f"{way}={cursor}")
            listed = api.get(f"/users?isBot=true&limit=100&{way}={cursor}")["data"]
            assert all(user["isBot"] for user in listed)
    same = [api_.get(f"/tables?databaseSchema={shelf.fqn}&limit=4&after={own}")["data"] for api_ in (api, bot)]
    assert [table["id"] for table in same[0]] == [table["id"] for table in same[1]]


def test_l12_a_cursor_is_no_key_to_anything(nobody, server, api, shelf):
    own = api.get(f"/tables?databaseSchema={shelf.fqn}&limit=4")["paging"]["after"]
    nobody.error("GET", f"/tables?databaseSchema={shelf.fqn}&after={own}", 401)
    deleted = api.get(f"/tables?databaseSchema={shelf.fqn}&include=deleted&after={own}")
    assert deleted["data"] == [] and deleted["paging"] == {"total": 0}
    other = Chain(api, unique("cursors_other"))
    made = other.table("only")
    page = api.get(f"/tables?databaseSchema={other.fqn}&after={own}")
    assert [table["id"] for table in page["data"]] in ([], [made["id"]]) and page["paging"]["total"] == 1
