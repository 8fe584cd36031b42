"""JSON Patch: the standard's six operations, and the real client's ways."""

import uuid

import pytest

PATCH = {"Content-Type": "application/json-patch+json"}
SDK = {"X-Metadata-Dialect": "openmetadata"}
TIER = {"tagFQN": "Tier.Tier1", "source": "Classification"}
EMAIL = {"tagFQN": "PII.Email", "source": "Classification"}


def op(kind, path, **more):
    return {"op": kind, "path": path} | more


@pytest.fixture
def table(chain):
    return chain.table(columns=[{"name": name, "dataType": "INT"} for name in ("a", "b", "c", "d")])


def patch(api, table, *operations, **options):
    return api.patch(f"/tables/{table['id']}", list(operations), **options)


def refuse(api, table, *operations, status=400):
    before = api.get(f"/tables/{table['id']}?fields=*", headers=SDK)
    wrong = api.error("PATCH", f"/tables/{table['id']}", status, json=list(operations), headers=PATCH)
    assert api.get(f"/tables/{table['id']}?fields=*", headers=SDK) == before
    return wrong


def full(api, table):
    return api.get(f"/tables/{table['id']}?fields=*", headers=SDK)


def test_the_guides_example(api, table):
    after = patch(api, table, op("add", "/description", value="Updated description"), op("add", "/tags/-", value=TIER))
    assert after["description"] == "Updated description"
    assert [label["tagFQN"] for label in after["tags"]] == ["Tier.Tier1"]


@pytest.mark.parametrize("path, value, read", [
    ("/tags/0", TIER, lambda e: e["tags"][0]["tagFQN"]),
    ("/tags/-", TIER, lambda e: e["tags"][0]["tagFQN"]),
    ("/columns/2/tags/0", EMAIL, lambda e: e["columns"][2]["tags"][0]["tagFQN"]),
    ("/columns/2/tags/-", EMAIL, lambda e: e["columns"][2]["tags"][0]["tagFQN"]),
    ("/tableConstraints/0", {"constraintType": "UNIQUE", "columns": ["a"]}, lambda e: e["tableConstraints"][0]["columns"][0]),
])
def test_an_element_added_to_an_absent_array_makes_the_array(api, table, path, value, read):
    patch(api, table, op("add", path, value=value))
    assert read(full(api, table)) in ("Tier.Tier1", "PII.Email", "a")


def test_first_owner_is_added_to_an_absent_list(api, table, person):
    after = patch(api, table, op("add", "/owners/0", value={"id": person[0]["id"], "type": "user"}))
    assert after["owners"][0]["name"] == person[0]["name"]


def test_owners_as_a_whole_come_back_resolved(api, table, person):
    after = patch(api, table, op("add", "/owners", value=[{"id": person[0]["id"], "type": "user"}]))
    assert after["owners"][0]["fullyQualifiedName"] == person[0]["fullyQualifiedName"]
    assert "owners" not in patch(api, table, op("remove", "/owners")) or full(api, table)["owners"] == []


def test_owner_of_the_guide_is_the_list_with_one(api, table, person):
    after = patch(api, table, op("add", "/owner", value={"id": person[0]["id"], "type": "user"}))
    assert after["owners"][0]["id"] == person[0]["id"] and "owner" not in after
    patch(api, table, op("remove", "/owner"))
    assert not full(api, table).get("owners")


def test_an_element_nulled_first_and_removed_later_is_removed(api, table):
    after = patch(api, table, op("replace", "/columns/2", value=None), op("remove", "/columns/2"))
    assert [column["name"] for column in after["columns"]] == ["a", "b", "d"] and after["version"] == 1.1


def test_several_nulled_elements_with_drifting_indexes(api, table):
    after = patch(api, table, op("replace", "/columns/3", value=None), op("replace", "/columns/1", value=None),
                  op("remove", "/columns/1"), op("remove", "/columns/2"))
    assert [column["name"] for column in after["columns"]] == ["a", "c"]


def test_an_element_that_stays_null_is_refused(api, table):
    refuse(api, table, op("replace", "/columns/2", value=None))


def test_order_of_lists_is_the_order_that_was_read(api, table):
    patch(api, table, op("add", "/tags", value=[TIER, EMAIL, {"tagFQN": "PersonalData.Personal", "source": "Classification"}]))
    read = [label["tagFQN"] for label in full(api, table)["tags"]]
    patch(api, table, op("remove", "/tags/1"))
    assert [label["tagFQN"] for label in full(api, table)["tags"]] == [read[0], read[2]]


def test_a_column_without_fqn_gets_one(api, table):
    after = patch(api, table, op("add", "/columns/4", value={"name": "e.f", "dataType": "INT"}))
    assert after["columns"][4]["fullyQualifiedName"] == table["fullyQualifiedName"] + '."e.f"'


def test_the_source_hash_is_stored(api, table):
    assert patch(api, table, op("add", "/sourceHash", value="h1"), op("add", "/description", value="d"))["sourceHash"] == "h1"
    assert api.get(f"/tables/{table['id']}?fields=sourceHash", headers=SDK)["sourceHash"] == "h1"


def test_read_only_paths_never_take(api, table):
    for path, value in (("/id", str(uuid.uuid4())), ("/fullyQualifiedName", "x.y"), ("/version", 8.8), ("/updatedAt", 1),
                        ("/updatedBy", "mallory"), ("/href", "http://x/y"), ("/name", "renamed"),
                        ("/changeDescription", {"previousVersion": 7.7}), ("/deleted", True),
                        ("/databaseSchema", {"id": str(uuid.uuid4()), "type": "databaseSchema"})):
        api.call("PATCH", f"/tables/{table['id']}", json=[op("add", path, value=value)], headers=PATCH, status=(200, 400))
        after = full(api, table)
        assert all(after[key] == table[key] for key in ("id", "name", "fullyQualifiedName", "version", "updatedAt", "deleted",
                                                       "updatedBy")), path
        assert after["databaseSchema"]["id"] == table["databaseSchema"]["id"]


def test_read_only_paths_beside_others_do_not_spoil_them(api, table):
    after = patch(api, table, op("replace", "/version", value=9.9), op("add", "/description", value="d"))
    assert after["version"] == 0.2 and after["description"] == "d"


def test_all_six_operations(api, table):
    after = patch(api, table, op("test", "/name", value=table["name"]), op("add", "/displayName", value="x"),
                  op("copy", "/description", **{"from": "/displayName"}), op("replace", "/displayName", value="y"),
                  op("move", "/retentionPeriod", **{"from": "/displayName"}), op("remove", "/columns/3"))
    assert after["description"] == "x" and after["retentionPeriod"] == "y" and "displayName" not in after
    assert len(after["columns"]) == 3


@pytest.mark.parametrize("operation, word", [
    (op("test", "/name", value="other"), "/name"),
    (op("remove", "/nothing"), "/nothing"),
    (op("remove", "/displayName"), "/displayName"),
    (op("replace", "/columns/9/description", value="x"), "/columns/9"),
    (op("add", "/columns/9", value={"name": "z", "dataType": "INT"}), "/columns/9"),
    (op("add", "/columns/01", value={"name": "z", "dataType": "INT"}), "/columns/01"),
    (op("add", "/columns/x", value=1), "/columns/x"),
    (op("add", "name", value="x"), "name"),
    (op("add", "/a~2b", value="x"), "~2"),
    (op("jump", "/description", value="x"), "jump"),
    ({"path": "/description", "value": "x"}, "op"),
    ({"op": "add", "value": "x"}, "path"),
    ({"op": "add", "path": "/description"}, "value"),
    ({"op": "move", "path": "/description"}, "from"),
    (op("move", "/columns/0/description", **{"from": "/columns"}), "/columns"),
    (op("add", "/noSuchField", value=1), "noSuchField"),
    (op("add", "/columns/0/noSuchField", value=1), "noSuchField"),
    (op("add", "/columns/0/dataType", value="BIGINTT"), "BIGINTT"),
    (op("remove", "/name"), "name"),
    (op("replace", "", value=[]), ""),
    (op("add", "/description", value=7), "description"),
])
def test_a_bad_patch_says_what_is_wrong_and_changes_nothing(api, table, operation, word):
    wrong = refuse(api, table, op("add", "/retentionPeriod", value="never"), operation)
    assert word in wrong["message"] + wrong["details"]["error"] + wrong["details"]["field"], wrong


def test_the_failing_operation_is_named_by_its_index(api, table):
    wrong = refuse(api, table, op("add", "/description", value="a"), op("add", "/displayName", value="b"), op("remove", "/x"))
    assert "2" in wrong["message"] + wrong["details"]["error"] + wrong["details"]["field"], wrong


@pytest.mark.parametrize("body", [{}, {"op": "add", "path": "/description", "value": "x"}, "text", 7, None, [1], ["x"], [[]], [None]])
def test_a_body_that_is_no_patch_is_refused(api, table, body):
    import json
    api.error("PATCH", f"/tables/{table['id']}", 400, data=json.dumps(body), headers=PATCH)


def test_a_patch_bomb_is_refused_quickly(api, table):
    bomb = [op("add", "/extension", value={"a": ["x" * 1000]})]
    bomb += [op("copy", "/extension/a/-", **{"from": "/extension/a"}) for _ in range(40)]
    refuse_status = api.call("PATCH", f"/tables/{table['id']}", json=bomb, headers=PATCH, status=(400, 413)).status_code
    assert refuse_status in (400, 413)
    many = [op("test", "/name", value=table["name"])] * 20_000
    api.error("PATCH", f"/tables/{table['id']}", (400, 413), json=many, headers=PATCH)


def test_another_content_type_is_unsupported(api, table):
    body = '[{"op":"add","path":"/description","value":"x"}]'
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        api.error("PATCH", f"/tables/{table['id']}", 415, data=body, headers={"Content-Type": kind})
    api.call("PATCH", f"/tables/{table['id']}", data=body, headers={"Content-Type": "application/json; charset=utf-8"})
    api.call("PATCH", f"/tables/{table['id']}", data=body, headers={"Content-Type": "Application/JSON-Patch+JSON"})


def test_replacing_tags_is_exact(api, table):
    patch(api, table, op("add", "/tags", value=[TIER, EMAIL]))
    patch(api, table, op("replace", "/tags", value=[{"tagFQN": "Tier.Tier2", "source": "Classification"}]))
    assert [label["tagFQN"] for label in full(api, table)["tags"]] == ["Tier.Tier2"]


def test_an_unknown_owner_or_tag_is_404(api, table):
    refuse(api, table, op("add", "/owners", value=[{"id": str(uuid.uuid4()), "type": "user"}]), status=404)
    refuse(api, table, op("add", "/tags/0", value={"tagFQN": "No.Such", "source": "Classification"}), status=404)


def test_bots_patch_what_put_would_keep(api, bot, chain):
    made = chain.table(description="by hand")
    assert bot.patch(f"/tables/{made['id']}", [op("replace", "/description", value="forced")])["description"] == "forced"


def test_patch_by_raw_name_with_slashes(api, chain):
    made = chain.table("a b/c")
    after = api.patch(f"/tables/name/{chain.fqn}.a%20b/c", [op("add", "/processedLineage", value=True)])
    assert after["id"] == made["id"] and after["processedLineage"] is True


def test_patch_with_the_source_of_the_change(api, table):
    patch(api, table, op("add", "/description", value="x"))
    api.patch(f"/tables/{table['id']}?changeSource=Automated", [op("add", "/description", value="y")])


def test_links_of_references_and_labels_may_be_named(api, table, person):
    """They were in the text that the client computed its patch from."""
    owner = {"id": person[0]["id"], "type": "user"}
    patch(api, table, op("add", "/owners", value=[owner]), op("add", "/tags", value=[{"tagFQN": "Tier.Tier1", "source": "Classification"}]))
    admin = api.get("/users/name/admin")
    patch(api, table, op("replace", "/owners/0/id", value=admin["id"]), op("remove", "/owners/0/href"),
          op("replace", "/owners/0/name", value="admin"), op("remove", "/tags/0/href"))
    after = full(api, table)
    assert [entry["name"] for entry in after["owners"]] == ["admin"] and [tag["tagFQN"] for tag in after["tags"]] == ["Tier.Tier1"]
    assert patch(api, table, op("replace", "/owners/0/href", value="http://elsewhere/x"))["version"] == after["version"]
    refuse(api, table, op("remove", "/columns/0/href"))  # no reference, so it has none


def test_a_bot_that_did_not_see_labels_of_columns_takes_none(api, bot, table):
    """The real client says `add /columns/i/tags []` of every column that it read without labels."""
    label = {"tagFQN": "PII.Email", "source": "Classification"}
    patch(api, table, op("add", "/columns/0/tags", value=[label]))
    read = lambda: [tag["tagFQN"] for tag in full(api, table)["columns"][0]["tags"]]
    patch(bot, table, op("add", "/displayName", value="Shown"), op("add", "/columns/0/tags", value=[]), op("add", "/columns/1/tags", value=[]))
    assert read() == ["PII.Email"] and full(api, table)["displayName"] == "Shown"
    patch(bot, table, op("replace", "/columns/0/tags", value=[]))
    assert read() == []
    patch(api, table, op("add", "/columns/0/tags", value=[label]))
    patch(api, table, op("add", "/columns/0/tags", value=[]))  # a person means what RFC 6902 says
    assert read() == []
