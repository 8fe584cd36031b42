"""Parameters of a query: what each spelling means, in one table a listing and one for the rest. None of them is a 500."""

from urllib.parse import quote

import pytest

from client import Chain


@pytest.fixture(scope="module")
def shelf(api):
    chain = Chain(api, "params")
    for number in range(5):
        chain.table(f"t{number}")
    return chain


# `limit`: what is asked, the status, and how many of the five tables come.
LIMITS = [
    ("", 200, 5), ("limit=", 200, 5), ("limit=0", 200, 0), ("limit=1", 200, 1), ("limit=00003", 200, 3), ("limit=5", 200, 5),
    ("limit=1000", 200, 5), ("limit=1000000000000000000", 200, 5), ("limit=9223372036854775807", 200, 5),
    ("limit=9223372036854775808", 400, 0), ("limit=" + "9" * 400, 400, 0), ("limit=-0", 200, 0), ("limit=-1", 400, 0),
    ("limit=-9223372036854775808", 400, 0), ("limit=-9223372036854775809", 400, 0), ("limit=abc", 400, 0), ("limit=1.0", 400, 0),
    ("limit=1e3", 400, 0), ("limit=0x10", 400, 0), ("limit=%2B1", 400, 0), ("limit=+1", 400, 0), ("limit=1+", 400, 0),
    ("limit=%D9%A3", 400, 0), ("limit=NaN", 400, 0), ("limit=null", 400, 0), ("limit=true", 400, 0), ("limit=1%00", 400, 0),
    ("limit=%FF", 400, 0), ("limit=%zz", 400, 0), ("limit", 200, 5), ("LIMIT=1", 200, 5), ("l%69mit=2", 200, 2),
    # Of a parameter that is there twice the first counts, whatever the second is.
    ("limit=2&limit=4", 200, 2), ("limit=2&limit=abc", 200, 2), ("limit=abc&limit=2", 400, 0), ("limit=&limit=2", 200, 5),
    ("limit=3&&&", 200, 3), ("&limit=3", 200, 3), ("limit=3&=x&y", 200, 3), ("limit=3&unknown=1&unknown=2", 200, 3),
]


@pytest.mark.parametrize("query, status, rows", LIMITS, ids=[query[:40] or "none" for query, _, _ in LIMITS])
def test_l13_every_limit_is_defined(api, shelf, query, status, rows):
    answer = api.call("GET", f"/tables?databaseSchema={shelf.fqn}&{query}", status=status).json()
    if status == 200:
        assert len(answer["data"]) == rows and answer["paging"]["total"] == 5
        assert ("after" in answer["paging"]) == (0 < rows < 5)
    elif "%" not in query:
        assert "limit" in answer["message"], answer


@pytest.mark.parametrize("kind", ["tables", "databases", "databaseSchemas", "storedProcedures", "services/databaseServices", "users",
                                  "teams", "roles", "policies", "bots", "classifications", "tags", "services/ingestionPipelines"])
def test_l13_every_listing_reads_its_limit_alike(api, shelf, kind):
    none = api.get(f"/{kind}?limit=0")
    assert none["data"] == [] and set(none["paging"]) == {"total"}
    assert len(api.get(f"/{kind}?limit=1000000000000000000")["data"]) <= 1000
    for wrong in ("-1", "abc", "1e3", "99999999999999999999"):
        api.error("GET", f"/{kind}?limit={wrong}", 400)
    for wrong in ("nope", "name,nope", "nope,", "*x", "owners;tags", "%00", "a" * 3000, ",".join(["nope"] * 500)):
        api.error("GET", f"/{kind}?fields={wrong}", 400)


@pytest.mark.parametrize("fields, status", [
    ("", 200), ("*", 200), ("owners", 200), ("owners,tags", 200), ("owners,owners,owners", 200), ("tags,,owners", 200),
    ("Owners", 400), ("unknown", 400), ("owners,unknown", 400), ("owners.name", 400), ("%27;--", 400), ("%F0%9F%98%80", 400), ("owners%0Atags", 400),
])
def test_l13_fields_are_known_or_400(api, shelf, fields, status):
    table = api.get(f"/tables?databaseSchema={shelf.fqn}&limit=1")["data"][0]
    for path in (f"/tables/{table['id']}", f"/tables/name/{quote(table['fullyQualifiedName'], safe='')}", "/tables"):
        answer = api.call("GET", f"{path}?fields={fields}", status=(200, 400))
        assert answer.status_code == status, (path, fields, answer.text[:300])
        if status == 400:
            assert "field" in answer.json()["message"].lower(), answer.text


@pytest.mark.parametrize("query, status", [
    ("include=all&include=nope", 200), ("include=nope&include=all", 400), ("include=ALL", 400), ("include=", 200),
    ("fields=owners&fields=nope", 200), ("fields=nope&fields=owners", 400), ("after=&before=", 200),
    ("databaseSchema=a&databaseSchema=b", 200), ("databaseSchema=%22", 400), ("databaseSchema=" + "a." * 2000, 400),
    ("databaseSchema=" + "(a%2B)%2B$", 200), ("service=" + "%28a%2B%29%2B%24" * 100, (200, 400)), ("x" * 6000 + "=1", 200),
    ("&".join(f"p{number}=1" for number in range(900)), 200), ("&" * 6000, 200), ("=%FF", 400), ("a=b?c#d", 200),
])
def test_l13_l14_other_parameters_are_defined_and_nothing_is_a_pattern(api, shelf, query, status):
    api.call("GET", "/tables?" + query, status=status)


def test_l13_a_message_that_repeats_a_part_of_what_was_sent_is_utf8(api):
    """Cut after so many bytes, in the middle of a character."""
    for length in range(97, 101):
        for path in (f"/lineage/table/{'x' * length}éé", f"/search/query?sort_field={'x' * length}éé", f"/{'x' * (length + 90)}éé"):
            assert api.call("GET", path, status=(400, 404)).content.decode("utf-8")


@pytest.mark.parametrize("query, status", [
    ("limit=0", 200), ("limit=-1", 400), ("offset=-1", 400), ("offset=1000000000000000000", 200), ("limit=1000000000000000000", 200),
    ("offset=9223372036854775807&limit=9223372036854775807", 200), ("limit=x", 400), ("offset=1.5", 400),
])
def test_l13_history_reads_limit_and_offset(api, shelf, query, status):
    table = api.get(f"/tables?databaseSchema={shelf.fqn}&limit=1")["data"][0]
    api.call("GET", f"/tables/{table['id']}/versions?{query}", status=status)
