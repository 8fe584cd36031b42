"""Fully qualified names in bodies and in paths."""

from urllib.parse import quote

import pytest

from client import Chain, name_path, unique

NAMES = [
    ("plain", "plain"), ("with.dot", '"with.dot"'), ("a/b", "a/b"), ("a b", "a b"), ("a%2Fb", "a%2Fb"), ("a+b", "a+b"),
    ("naïve-表-🙂", "naïve-表-🙂"), ("a.b/c d", '"a.b/c d"'), ("..", '".."'), (".", '"."'), ("#x", "#x"), ("?x=1&y", "?x=1&y"),
    ("a:b", "a:b"), ("semi;colon", "semi;colon"), ("back\\slash", "back\\slash"), ("'single'", "'single'"), ("100%", "100%"),
    ("UPPER", "UPPER"), ("upper", "upper"), ('"quoted"', "quoted"), ('"quo.ted"', '"quo.ted"'),
    ("name", "name"), ("versions", "versions"), ("restore", "restore"), ("é", "é"), ("e\u0301", "e\u0301"), ("x" * 256, "x" * 256),
]


@pytest.mark.parametrize("name, part", NAMES, ids=[repr(name)[:20] for name, _ in NAMES])
def test_a_name_is_quoted_in_the_fqn_and_found_by_it(api, name, part):
    chain = Chain(api, "names")
    made = api.post("/tables", chain.body(name, columns=[{"name": "c", "dataType": "INT"}]))
    assert made["fullyQualifiedName"] == f"{chain.fqn}.{part}"
    assert made["columns"][0]["fullyQualifiedName"] == f"{chain.fqn}.{part}.c"
    found = api.get("/tables/name/" + name_path(made["fullyQualifiedName"]))
    assert found["id"] == made["id"] and found["name"] == made["name"]


@pytest.mark.parametrize("name", ['a"b', '"', '""', '"a', 'a"', 'a"b.c', "new\nline.x", "a::b", "", "x" * 257, "nul\u0000x", "tab\there", "del\u007f"])
def test_a_name_that_cannot_be_is_refused(api, chain, name):
    wrong = api.error("POST", "/tables", 400, json=chain.body() | {"name": name})
    assert wrong["details"]["field"] == "name", wrong


def test_a_flat_name_is_found_with_or_without_its_quotes(api):
    name = unique("my") + ".svc"
    made = api.post("/services/databaseServices", {"name": name, "serviceType": "SQLite"})
    assert made["fullyQualifiedName"] == f'"{name}"'
    for path in (name, f'"{name}"'):
        assert api.get("/services/databaseServices/name/" + name_path(path))["id"] == made["id"]


def test_dots_in_every_part(api):
    service = api.post("/services/databaseServices", {"name": unique("a") + ".b", "serviceType": "SQLite"})
    database = api.post("/databases", {"name": "c.d", "service": service["fullyQualifiedName"]})
    schema = api.post("/databaseSchemas", {"name": "e.f", "database": database["fullyQualifiedName"]})
    table = api.post("/tables", {"name": "g.h", "databaseSchema": schema["fullyQualifiedName"], "columns": [
        {"name": "i.j", "dataType": "STRUCT", "children": [{"name": "k.l", "dataType": "INT"}]}]})
    assert table["fullyQualifiedName"] == f'"{service["name"]}"."c.d"."e.f"."g.h"'
    assert table["columns"][0]["children"][0]["fullyQualifiedName"] == table["fullyQualifiedName"] + '."i.j"."k.l"'
    assert api.get("/tables?databaseSchema=" + quote(schema["fullyQualifiedName"]))["paging"]["total"] == 1
    assert api.get("/tables?database=" + quote(f'"{service["name"]}".c'))["paging"]["total"] == 0


def test_case_matters_for_assets_and_not_for_users(api, chain):
    one, two = chain.table("Case"), chain.table("case")
    assert one["id"] != two["id"]
    name = unique("MixedCase")
    user = api.post("/users", {"name": name, "email": f"{name}@Example.com"})
    assert user["fullyQualifiedName"] == name.lower()
    assert api.get("/users/name/" + name.upper())["id"] == user["id"]


def test_segments_are_split_before_they_are_decoded(api, chain):
    made = chain.table("v/versions/0.1")
    assert api.get("/tables/name/" + name_path(made["fullyQualifiedName"]))["id"] == made["id"]


def test_encoded_words_of_the_clients_are_stored_untouched(api, chain):
    made = chain.table("a__reserved__colon__b", columns=[{"name": "x__reserved__quote__y", "dataType": "INT"}])
    assert made["name"] == "a__reserved__colon__b" and made["columns"][0]["name"] == "x__reserved__quote__y"


def test_bad_escapes_in_a_path_are_refused(api):
    for path in ("/tables/name/%zz", "/tables/name/%", "/tables/name/%f", "/tables/name/%ff%fe", "/tables/name/a%00b"):
        import http.client
        from urllib.parse import urlsplit
        where = urlsplit(api.base)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        connection.request("GET", where.path + path, headers={"Authorization": api.session.headers["Authorization"]})
        assert connection.getresponse().status in (400, 404), path
        connection.close()


def test_a_fqn_beyond_its_limit_is_refused(api, chain):
    columns = {"name": "c" * 250, "dataType": "INT"}
    for _ in range(15):
        columns = {"name": "s" * 250, "dataType": "STRUCT", "children": [columns]}
    api.error("POST", "/tables", 400, json=chain.body(columns=[columns]))
