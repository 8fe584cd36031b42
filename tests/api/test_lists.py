"""Paging and filters."""

import pytest

from client import Chain, unique
from fixture_content import pages

SDK = {"X-Metadata-Dialect": "openmetadata"}


@pytest.fixture(scope="module")
def shelf(api):
    """A schema with thirty tables, t00 to t29."""
    chain = Chain(api, "shelf")
    for number in range(30):
        chain.table(f"t{number:02}")
    return chain


def page(api, shelf, query, **options):
    return api.get(f"/tables?databaseSchema={shelf.fqn}&{query}", **options)


def names(listed):
    return [entity["name"] for entity in listed["data"]]


def test_ten_a_page_unless_asked(api, shelf):
    first = page(api, shelf, "")
    assert names(first) == [f"t{number:02}" for number in range(10)]
    assert first["paging"]["total"] == 30 and "after" in first["paging"] and "before" not in first["paging"]


def test_forward_to_the_end_and_back(api, shelf):
    seen, pages, query = [], [], "limit=7"
    while True:
        listed = page(api, shelf, query)
        seen += names(listed)
        pages.append(listed)
        assert listed["paging"]["total"] == 30
        if "after" not in listed["paging"]:
            break
        query = "limit=7&after=" + listed["paging"]["after"]
    assert seen == [f"t{number:02}" for number in range(30)] and len(pages) == 5
    back = page(api, shelf, "limit=7&before=" + pages[4]["paging"]["before"])
    assert names(back) == names(pages[3]) and "after" in back["paging"] and "before" in back["paging"]
    first = page(api, shelf, "limit=7&before=" + pages[1]["paging"]["before"])
    assert names(first) == names(pages[0]) and "before" not in first["paging"]


def test_cursors_are_safe_in_a_url_as_they_are(api, shelf):
    import re
    cursor = page(api, shelf, "limit=3")["paging"]["after"]
    assert re.fullmatch(r"[A-Za-z0-9_\-]+", cursor), cursor


def test_cursors_survive_inserts_and_deletes_between_pages(api):
    chain = Chain(api, "moving")
    made = {name: chain.table(name) for name in ("b", "d", "f", "h", "j")}
    first = page(api, chain, "limit=2")
    assert names(first) == ["b", "d"]
    chain.table("a")  # before the cursor: not seen again
    chain.table("e")  # after it: seen
    api.delete(f"/tables/{made['d']['id']}?hardDelete=true")  # the cursor's own row
    second = page(api, chain, "limit=2&after=" + first["paging"]["after"])
    assert names(second) == ["e", "f"]
    api.delete(f"/tables/{made['h']['id']}")
    third = page(api, chain, "limit=2&after=" + second["paging"]["after"])
    assert names(third) == ["j"] and "after" not in third["paging"] and third["paging"]["total"] == 5


def test_limit_nothing_is_a_count(api, shelf):
    listed = page(api, shelf, "limit=0")
    assert listed["data"] == [] and listed["paging"] == {"total": 30}


@pytest.mark.parametrize("limit", ["-1", "abc", "1.5", "99999999999999999999", "%20", "1x"])
def test_a_limit_that_is_none_is_refused(api, shelf, limit):
    wrong = api.error("GET", f"/tables?limit={limit}", 400)
    assert "limit" in wrong["message"] or wrong["details"]["field"] == "limit"


@pytest.mark.parametrize("limit", [100, 1000, 100000, 1000000])
def test_a_large_limit_is_no_error(api, shelf, limit):
    assert len(page(api, shelf, f"limit={limit}", headers=SDK)["data"]) == 30
    assert len(page(api, shelf, f"limit={limit}")["data"]) == 30


def test_both_cursors_at_once_are_refused(api, shelf):
    cursor = page(api, shelf, "limit=3")["paging"]["after"]
    api.error("GET", f"/tables?after={cursor}&before={cursor}", 400)


@pytest.mark.parametrize("cursor", ["x", "!!", "%00", "AAAA", "bnVsbA", "e30", "a" * 4000])
def test_a_cursor_that_the_server_did_not_make_is_refused(api, cursor):
    api.error("GET", f"/tables?after={cursor}", 400)
    api.error("GET", f"/tables?before={cursor}", 400)


def test_guide_pages_hold_at_most_a_hundred_and_the_clients_more(api):
    chain = Chain(api, "many")
    for number in range(105):
        chain.table(f"t{number:03}")
    guide = page(api, chain, "limit=1000", headers={"X-Metadata-Dialect": "guide"})
    assert len(guide["data"]) == 100 and guide["paging"]["total"] == 105
    rest = page(api, chain, "limit=1000&after=" + guide["paging"]["after"], headers={"X-Metadata-Dialect": "guide"})
    assert len(rest["data"]) == 5 and "after" not in rest["paging"]
    assert len(page(api, chain, "limit=1000", headers=SDK)["data"]) == 105


@pytest.mark.parametrize("container", ["service", "database", "databaseSchema"])
@pytest.mark.parametrize("parameter", ["service", "database", "databaseSchema"])
def test_container_filters_match_everything_below_whatever_they_name(api, chain, parameter, container):
    table = chain.table()
    fqn = getattr(chain, {"service": "service", "database": "database", "databaseSchema": "schema"}[container])
    listed = api.get(f"/tables?limit=100&{parameter}={fqn['fullyQualifiedName']}")
    assert table["name"] in names(listed)
    assert all(entity["service"]["id"] == chain.service["id"] for entity in listed["data"])


def test_filters_end_at_part_boundaries(api):
    one, other = Chain(api, "edge"), None
    api.post("/services/databaseServices", {"name": one.service["name"] + "0", "serviceType": "SQLite"})
    api.post("/databases", {"name": "db", "service": one.service["name"] + "0"})
    listed = api.get(f"/databases?service={one.service['name']}")
    assert listed["paging"]["total"] == 1 and listed["data"][0]["service"]["name"] == one.service["name"]


def test_an_unknown_container_gives_an_empty_page(api):
    assert api.get("/tables?database=no.such")["paging"] == {"total": 0}
    assert api.get("/databases?service=none")["data"] == []


def test_other_collections_filter_by_container(api, chain):
    assert names(api.get(f"/databases?service={chain.service['name']}")) == ["db"]
    assert names(api.get(f"/databaseSchemas?database={chain.database['fullyQualifiedName']}")) == ["s"]
    assert names(api.get(f"/databaseSchemas?service={chain.service['name']}")) == ["s"]
    procedure = api.post("/storedProcedures", {"name": unique("sp"), "databaseSchema": chain.fqn,
                                              "storedProcedureCode": {"language": "SQL", "code": "x"}})
    assert procedure["name"] in names(api.get(f"/storedProcedures?databaseSchema={chain.fqn}"))


def test_tags_by_classification_and_users_by_kind(api):
    home = unique("Home")
    api.post("/classifications", {"name": home, "description": "d"})
    api.post("/tags", {"name": "one", "classification": home, "description": "d"})
    assert names(api.get(f"/tags?parent={home}")) == ["one"]
    bots = list(pages(api, "/users?isBot=true"))
    assert "ingestion-bot" in [user["name"] for user in bots] and all(user["isBot"] for user in bots)
    people = list(pages(api, "/users?isBot=false"))
    assert "admin" in [user["name"] for user in people] and not any(user.get("isBot") for user in people)
    admins = list(pages(api, "/users?isAdmin=true"))
    assert "admin" in [user["name"] for user in admins] and all(user["isAdmin"] for user in admins)


def test_include_chooses_live_deleted_or_both(api):
    chain = Chain(api, "incl")
    chain.table("live")
    api.delete(f"/tables/{chain.table('gone')['id']}")
    assert names(page(api, chain, "")) == ["live"]
    assert names(page(api, chain, "include=non-deleted")) == ["live"]
    assert names(page(api, chain, "include=deleted")) == ["gone"]
    both = page(api, chain, "include=all")
    assert names(both) == ["gone", "live"] and both["paging"]["total"] == 2
    api.error("GET", "/tables?include=some", 400)
    api.error("GET", f"/tables/{both['data'][0]['id']}?include=some", 400)
