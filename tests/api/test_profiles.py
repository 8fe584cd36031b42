"""Profiles of tables and their columns: values over time, in pages, without a version."""

import time

from client import Api, Chain, name_path, unique
from harness import Server
from test_permissions import VIEW_ALL, person_with, rule

DAY = 86_400_000
NOW = int(time.time() * 1000)


def at(table, word="tableProfile"):
    return f"/tables/{name_path(table['fullyQualifiedName'])}/{word}"


def put(api, table, when, rows=1.0, columns=("id", "email"), **more):
    body = {"tableProfile": {"timestamp": when, "rowCount": rows, "columnCount": 2.0, "profileSampleType": "PERCENTAGE"},
            "columnProfile": [{"name": name, "timestamp": when, "valuesCount": rows, "min": None} for name in columns]} | more
    return api.put(f"/tables/{table['id']}/tableProfile", body)


def column(table, name, word="columnProfile"):
    return f"/tables/{name_path(table['fullyQualifiedName'] + '.' + name)}/{word}"


def between(path, start=0, end=NOW + DAY, **more):
    return f"{path}?startTs={start}&endTs={end}" + "".join(f"&{key}={value}" for key, value in more.items())


def test_profiles_are_kept_over_time_and_the_newest_is_shown(api, chain):
    table = chain.table(unique("profiled"))
    for day in range(3):
        answer = put(api, table, NOW - day * DAY, rows=float(day))
    assert answer["profile"]["rowCount"] == 0.0  # the newest, not the last that was sent
    latest = api.get(at(table) + "/latest")
    assert latest["profile"]["timestamp"] == NOW and latest["columns"][0]["profile"] == {"name": "id", "timestamp": NOW, "valuesCount": 0.0}
    page = api.get(between(at(table)))
    assert [one["rowCount"] for one in page["data"]] == [0.0, 1.0, 2.0] and page["paging"] == {"total": 3}
    assert [one["timestamp"] for one in api.get(between(column(table, "email")))["data"]] == [NOW, NOW - DAY, NOW - 2 * DAY]
    assert api.get(between(at(table), NOW - DAY, NOW - DAY))["paging"]["total"] == 1
    plain = api.get(f"/tables/{table['id']}")
    assert "profile" not in plain and "profile" not in plain["columns"][0] and plain["version"] == 0.1
    assert len(api.get(f"/tables/{table['id']}/versions")["versions"]) == 1


def test_pages_go_on_where_they_ended(api, chain):
    table = chain.table(unique("paged"))
    for hour in range(25):
        put(api, table, NOW - hour * 3_600_000, rows=float(hour), systemProfile=[
            {"timestamp": NOW - hour * 3_600_000, "operation": word, "rowsAffected": hour} for word in ("INSERT", "DELETE")])
    for word, total in (("tableProfile", 25), ("systemProfile", 50)):
        seen, cursor = [], ""
        while True:
            page = api.get(between(at(table, word), limit=7, **({"after": cursor} if cursor else {})))
            assert page["paging"]["total"] == total and len(page["data"]) <= 7
            seen += page["data"]
            cursor = page["paging"].get("after")
            if not cursor:
                break
            if len(seen) == 7:
                put(api, table, NOW + 1000)  # a newer one moves nothing
                total += word == "tableProfile"
        assert len(seen) == (25 if word == "tableProfile" else 50)
        assert [one["timestamp"] for one in seen] == sorted((one["timestamp"] for one in seen), reverse=True)
        assert len({(one["timestamp"], one.get("operation")) for one in seen}) == len(seen)
    api.error("GET", between(at(table), after="nonsense!"), 400)
    api.error("GET", between(at(table), limit=-1), 400)
    assert api.get(between(at(table), limit=0))["data"] == []


def test_the_profile_of_a_moment_is_replaced_and_removed(api, chain):
    table = chain.table(unique("again"))
    put(api, table, NOW, rows=1.0)
    put(api, table, NOW, rows=2.0)
    put(api, table, NOW - 1, rows=3.0)
    assert [one["rowCount"] for one in api.get(between(at(table)))["data"]] == [2.0, 3.0]
    api.call("DELETE", f"{at(table, 'table')}/{NOW}/profile", status=200)
    assert [one["rowCount"] for one in api.get(between(at(table)))["data"]] == [3.0]
    api.error("DELETE", f"{at(table, 'table')}/{NOW}/profile", 404)
    api.call("DELETE", f"{column(table, 'id', 'column')}/{NOW}/profile", status=200)
    assert api.get(between(column(table, "id")))["paging"]["total"] == 1 and api.get(between(column(table, "email")))["paging"]["total"] == 2
    for wrong in ("x", "-1", "99999999999999999999"):
        api.error("DELETE", f"{at(table, 'table')}/{wrong}/profile", (400, 404))
    api.error("DELETE", f"{at(table, 'other')}/{NOW}/profile", 404)


def test_columns_within_columns_and_quoted_ones_have_profiles(api, chain):
    columns = [{"name": "a.b", "dataType": "INT"}, {"name": "addr", "dataType": "STRUCT", "children": [{"name": "City", "dataType": "STRING"}]}]
    table = chain.table(unique("nested"), columns=columns)
    put(api, table, NOW, columns=("a.b", "addr.City"))
    assert api.get(between(column(table, '"a.b"')))["data"][0]["name"] == "a.b"
    assert api.get(between(column(table, "addr.City")))["paging"]["total"] == 1
    shown = api.get(f"/tables/{table['id']}?fields=profile")["columns"]
    assert shown[0]["profile"]["timestamp"] == NOW and shown[1]["children"][0]["profile"]["name"] == "addr.City"


def test_what_does_not_fit_is_refused_whole(api, chain):
    table = chain.table(unique("refused"))
    unknown = api.error("PUT", f"/tables/{table['id']}/tableProfile", 400, json={
        "tableProfile": {"timestamp": NOW}, "columnProfile": [{"name": "nope", "timestamp": NOW}]})
    assert "Invalid column name nope" in unknown["message"]
    assert api.get(between(at(table)))["paging"]["total"] == 0
    for wrong in ({}, [], {"tableProfile": {}}, {"tableProfile": {"timestamp": "now"}}, {"tableProfile": {"timestamp": -1}}, {"other": {}},
                  {"tableProfile": {"timestamp": NOW, "more": 1}}, {"columnProfile": [{"timestamp": NOW}]}, {"columnProfile": 1},
                  {"systemProfile": [{"timestamp": NOW, "operation": "GUESS"}]}, {"tableProfile": None}):
        api.error("PUT", f"/tables/{table['id']}/tableProfile", 400, json=wrong)
    api.error("GET", column(table, "id"), 400)  # without the two moments
    api.error("GET", between(column(table, "nope")), 404)
    api.error("GET", between(at(table, "columnProfile")), 400)
    api.error("GET", between("/tables/no.such.table.here/tableProfile"), 404)
    api.error("PUT", f"/tables/{chain.database['id']}/tableProfile", 404, json={"tableProfile": {"timestamp": NOW}})


def test_profiles_of_all_tables_of_a_kind(api, chain):
    first, second = chain.table(unique("all")), chain.table(unique("all"))
    late = NOW + 40 * DAY  # nobody else's
    put(api, first, late)
    put(api, second, late + 5)
    page = api.get(between("/entity/profiles/table", late, late + 10, profileType="table"))
    assert [one["entityReference"]["id"] for one in page["data"]] == [second["id"], first["id"]]
    assert page["paging"] == {"total": 2, "after": None, "before": None} and page["data"][0]["profileData"]["rowCount"] == 1.0
    everything = api.get(between("/entity/profiles/Table", late, late + 10))
    assert everything["paging"]["total"] == 6 and {one["profileType"] for one in everything["data"]} == {"table", "column"}
    assert api.get(between("/entity/profiles/table", late, late + 10))["data"] == everything["data"]  # with the same ids
    api.error("GET", "/entity/profiles/user", 404)
    api.error("GET", "/entity/profiles/table?profileType=row", 400)


def test_profiles_need_rights_of_their_own_and_sensitive_columns_are_masked(server, api, chain):
    columns = [{"name": "id", "dataType": "INT"}, {"name": "email", "dataType": "STRING", "tags": [
        {"tagFQN": "PII.Sensitive", "source": "Classification"}]}]
    table = chain.table(unique("pii"), columns=columns)
    put(api, table, NOW, columnProfile=[{"name": name, "timestamp": NOW, "min": "secret"} for name in ("id", "email")])
    basics = person_with(server, api, VIEW_ALL, rule("deny", ["ViewDataProfile"], None, ["table"], "not"))[1]
    for path in (between(at(table)), at(table) + "/latest", between(column(table, "id")), "/entity/profiles/table"):
        assert "ViewDataProfile" in basics.error("GET", path, 403)["message"]
    _, sees = person_with(server, api, VIEW_ALL)[:2]
    assert "EditDataProfile" in sees.error("PUT", f"/tables/{table['id']}/tableProfile", 403, json={"tableProfile": {"timestamp": NOW}})["message"]
    sees.error("DELETE", f"{at(table, 'table')}/{NOW}/profile", 403)
    assert sees.get(between(column(table, "id")))["data"] == [{"name": "id", "timestamp": NOW, "min": "secret"}]
    assert sees.get(between(column(table, "email")))["data"] == [{"name": "email", "timestamp": NOW}]
    shown = sees.get(at(table) + "/latest")["columns"]
    assert [one["profile"].get("min") for one in shown] == ["secret", None]
    assert api.get(between(column(table, "email")))["data"][0]["min"] == "secret"


def test_a_wide_table_is_profiled_and_read_in_moments(api):
    chain = Chain(api, "wideprofile")
    names = [f"c{i}" for i in range(2000)]
    table = chain.table(unique("wide"), columns=[{"name": name, "dataType": "INT"} for name in names])
    began = time.monotonic()
    for day in range(3):
        put(api, table, NOW - day * DAY, columns=names)
    wrote = time.monotonic() - began
    began = time.monotonic()
    latest = api.get(at(table) + "/latest")
    read = time.monotonic() - began
    assert all(one["profile"]["timestamp"] == NOW for one in latest["columns"])
    print(f"three profiles of 2,000 columns: written in {wrote:.2f} s, the newest read in {read * 1000:.0f} ms")
    assert wrote < 60 and read < 15


def test_old_values_go_when_newer_ones_come_if_the_server_is_told_so():
    with_age = Server(args=["--series-retention-days", "1"]).start()
    try:
        api = Api(with_age.base, with_age.login())
        table = Chain(api).table()
        put(api, table, NOW - 3 * DAY)
        put(api, table, NOW - 2 * DAY)
        put(api, table, NOW)
        assert [one["timestamp"] for one in api.get(between(at(table)))["data"]] == [NOW]
        assert [one["timestamp"] for one in api.get(between(column(table, "id")))["data"]] == [NOW]
        assert with_age.process is not None
    finally:
        with_age.stop()
        with_age.remove()
