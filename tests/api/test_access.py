"""What people who are neither admins nor bots may do."""

import pytest

PATCH = {"Content-Type": "application/json-patch+json"}


def test_description_and_tags_and_nothing_else(user, api, chain):
    made = chain.table()
    path = f"/tables/{made['id']}"
    user.patch(path, [{"op": "add", "path": "/description", "value": "d"}])
    user.patch(path, [{"op": "add", "path": "/tags", "value": [{"tagFQN": "PII.Email", "source": "Classification"}]}])
    user.patch(path, [{"op": "add", "path": "/columns/0/description", "value": "d"}])
    user.patch(path, [{"op": "add", "path": "/columns/0/tags/0", "value": {"tagFQN": "PII.Email", "source": "Classification"}}])
    assert api.get(path)["updatedBy"].startswith("user_")
    for operation in ({"op": "add", "path": "/displayName", "value": "x"}, {"op": "remove", "path": "/columns/0"},
                      {"op": "add", "path": "/sourceUrl", "value": "http://x/y"},
                      {"op": "replace", "path": "/columns/0/dataType", "value": "INT"},
                      {"op": "add", "path": "/owners", "value": [{"id": made["id"], "type": "user"}]}):
        answer = user.call("PATCH", path, json=[operation], headers=PATCH, status=(403, 404)).json()
        assert answer["code"] == 403 or "owners" in operation["path"]


def test_an_allowed_change_beside_a_forbidden_one_is_refused_whole(user, api, chain):
    path = f"/tables/{chain.table()['id']}"
    wrong = user.error("PATCH", path, 403, headers=PATCH, json=[
        {"op": "add", "path": "/description", "value": "mine"}, {"op": "add", "path": "/displayName", "value": "x"}])
    assert "not allowed" in wrong["message"] and "EditDisplayName" in wrong["message"], wrong
    assert "description" not in api.get(path)


def test_a_patch_without_effect_needs_nothing(user, chain):
    made = chain.table()
    assert user.patch(f"/tables/{made['id']}", [{"op": "replace", "path": "/name", "value": made["name"]}])["version"] == 0.1


def test_nobody_makes_himself_an_admin(user, person, api):
    path = f"/users/{person[0]['id']}"
    user.error("PATCH", path, 403, json=[{"op": "add", "path": "/isAdmin", "value": True}], headers=PATCH)
    assert not api.get(path).get("isAdmin")


def test_bots_make_no_admins(bot):
    body = {"name": "evil", "email": "evil@example.com", "isAdmin": True}
    bot.error("POST", "/users", 403, json=body)


@pytest.mark.parametrize("collection", ["/tables", "/databases", "/services/databaseServices"])
def test_bots_write(bot, api, chain, collection):
    if collection == "/tables":
        made = bot.post("/tables", chain.body())
        assert made["updatedBy"] == "ingestion-bot"
        bot.delete(f"/tables/{made['id']}?hardDelete=true")
    else:
        bot.get(collection)
