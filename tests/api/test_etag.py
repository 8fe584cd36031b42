"""Optimistic locking."""

import concurrent.futures

PATCH = {"Content-Type": "application/json-patch+json"}


def describe(text):
    return [{"op": "add", "path": "/description", "value": text}]


def test_reads_and_writes_carry_an_etag_that_changes_with_the_entity(api, chain):
    made = api.call("POST", "/tables", json=chain.body(), status=201)
    path = f"/tables/{made.json()['id']}"
    first = api.call("GET", path).headers["ETag"]
    assert first.startswith('"') and first.endswith('"') and made.headers["ETag"] == first
    assert api.call("GET", path + "?fields=owners").headers["ETag"] == first
    second = api.call("PATCH", path, json=describe("x"), headers=PATCH).headers["ETag"]
    assert second != first and api.call("GET", path).headers["ETag"] == second
    other = api.call("POST", "/tables", json=chain.body(), status=201).headers["ETag"]
    assert other not in (first, second)


def test_a_stale_etag_is_412_and_the_right_one_passes(api, chain):
    path = f"/tables/{chain.table()['id']}"
    stale = api.call("GET", path).headers["ETag"]
    api.patch(path, describe("one"))
    message = api.error("PATCH", path, 412, json=describe("two"), headers=PATCH | {"If-Match": stale})["message"]
    assert message
    assert api.get(path)["description"] == "one"
    fresh = api.call("GET", path).headers["ETag"]
    assert api.patch(path, describe("two"), headers={"If-Match": fresh})["description"] == "two"


def test_deletes_and_puts_look_at_it_too(api, chain):
    body = chain.body()
    path = f"/tables/{api.post('/tables', body)['id']}"
    stale = api.call("GET", path).headers["ETag"]
    api.patch(path, describe("one"))
    api.error("DELETE", path, 412, headers={"If-Match": stale})
    api.error("PUT", "/tables", 412, json=body | {"description": "two"}, headers={"If-Match": stale})
    api.delete(path, headers={"If-Match": api.call("GET", path).headers["ETag"]})


def test_star_and_lists_of_etags(api, chain):
    path = f"/tables/{chain.table()['id']}"
    tag = api.call("GET", path).headers["ETag"]
    api.patch(path, describe("one"), headers={"If-Match": "*"})
    tag = api.call("GET", path).headers["ETag"]
    api.patch(path, describe("two"), headers={"If-Match": f'"other", {tag}'})


def test_an_etag_that_is_none_is_refused(api, chain):
    path = f"/tables/{chain.table()['id']}"
    for value in ("rubbish", '"rubbish"', '""', 'W/"x"'):
        api.error("PATCH", path, (400, 412), json=describe("x"), headers=PATCH | {"If-Match": value})


def test_of_many_writers_with_one_etag_exactly_one_wins(api, chain):
    path = f"/tables/{chain.table()['id']}"
    tag = api.call("GET", path).headers["ETag"]

    def write(number):
        return api.call("PATCH", path, json=describe(f"w{number}"), headers=PATCH | {"If-Match": tag},
                        status=(200, 412)).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(write, range(16)))
    assert codes.count(200) == 1 and codes.count(412) == 15
    assert len(api.get(path + "/versions")["versions"]) == 2


def test_writers_without_it_all_get_through(api, chain):
    path = f"/tables/{chain.table()['id']}"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: api.patch(path, describe(f"w{number}")), range(16)))
    assert len(api.get(path + "/versions")["versions"]) == 17


def test_no_answer_is_ever_not_modified(api, chain):
    path = f"/tables/{chain.table()['id']}"
    tag = api.call("GET", path).headers["ETag"]
    assert api.call("GET", path, headers={"If-None-Match": tag}).status_code == 200
