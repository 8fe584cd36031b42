"""Keys and tokens that programs act with: made, shown once, listed, used, revoked."""

import time

import pytest
import requests

from client import Api, unique
from persons import make_user

NOBODY = "00000000-0000-4000-8000-000000000000"


def with_key(server, key):
    client = Api(server.base)
    client.session.headers["X-API-Key"] = key
    return client


@pytest.fixture(scope="module")
def robot(api):
    """A bot's user."""
    name = unique("robot")
    return api.post("/users", {"name": name, "email": f"{name}@example.com", "isBot": True})


def test_a11_a_key_is_shown_once_and_acts_as_the_bot(api, server, robot):
    made = api.post(f"/users/{robot['id']}/apiKeys", {"name": "etl"})
    assert made["name"] == "etl" and made["userId"] == robot["id"] and made["key"].startswith("mdk_")
    assert len(made["key"]) == 47 and made["key"].startswith(made["start"]) and "expiresAt" not in made
    assert with_key(server, made["key"]).get("/users/loggedInUser")["name"] == robot["name"]
    Api(server.base, made["key"]).get("/tables")
    listed = api.get(f"/users/{robot['id']}/apiKeys")
    assert listed["paging"]["total"] == 1 and listed["data"][0]["id"] == made["id"]
    assert abs(listed["data"][0]["lastUsedAt"] / 1000 - time.time()) < 60 and "lastUsedAt" not in made
    assert "key" not in listed["data"][0] and made["key"] not in str(listed)
    assert made["key"] not in server.log()


def test_a10_a_revoked_key_is_refused_at_once(api, server, robot):
    made = api.post(f"/users/{robot['id']}/apiKeys", {"name": unique("key")})
    mine = with_key(server, made["key"])
    mine.get("/tables")
    assert api.call("DELETE", f"/users/{robot['id']}/apiKeys/{made['id']}", status=204).text == ""
    mine.error("GET", "/tables", 401)
    api.error("DELETE", f"/users/{robot['id']}/apiKeys/{made['id']}", 404)


def test_a_key_ends_when_it_was_said_to(api, server, robot):
    for life_ms in (1500, 6000, 30_000):  # a machine that stalls may outlast a short one before its key is used
        end = int(time.time() * 1000) + life_ms
        made = api.call("POST", f"/users/{robot['id']}/apiKeys", json={"name": unique("short"), "expiresAt": end}, status=(201, 400)).json()
        mine = with_key(server, made.get("key", "none"))
        used = mine.call("GET", "/tables", status=(200, 401))
        if time.time() * 1000 < end:
            break
    assert made["expiresAt"] == end and used.status_code == 200
    time.sleep(max(0, end / 1000 - time.time()) + 0.05)
    assert mine.error("GET", "/tables", 401)["message"] == "Expired token!"
    assert made["id"] not in [key["id"] for key in api.get(f"/users/{robot['id']}/apiKeys")["data"]]


@pytest.mark.parametrize("body, field", [
    ({}, "name"), ({"name": ""}, "name"), ({"name": 7}, "name"), ({"name": "x" * 300}, "name"), ({"name": "a\nb"}, "name"),
    ({"name": "x", "expiresAt": "tomorrow"}, "expiresAt"), ({"name": "x", "expiresAt": 1}, "expiresAt"),
    ({"name": "x", "expiresAt": int(time.time()) + 3600}, "expiresAt"), ({"name": "x", "expiresAt": -1}, "expiresAt"),
    ({"name": "x", "expiresAt": 2**62}, "expiresAt"), ({"name": "x", "expiresAt": 1.5}, "expiresAt")])
def test_a_key_that_makes_no_sense_is_refused(api, robot, body, field):
    assert api.error("POST", f"/users/{robot['id']}/apiKeys", 400, json=body)["details"]["field"] == field


def test_keys_of_whom_there_is_not(api):
    api.error("POST", f"/users/{NOBODY}/apiKeys", 404, json={"name": "x"})
    api.error("GET", f"/users/{NOBODY}/apiKeys", 404)
    api.error("GET", "/users/x/apiKeys", 400)
    api.error("DELETE", f"/users/{NOBODY}/apiKeys/x", 400)


def test_z7_people_make_keys_for_themselves_and_for_nobody_else(api, server, person, user, robot, bot):
    admin = api.get("/users/loggedInUser")
    for path in (f"/users/{robot['id']}", f"/users/{admin['id']}"):
        for who in (user, bot):
            who.error("POST", path + "/apiKeys", 403, json={"name": "x"})
            who.error("GET", path + "/apiKeys", 403)
            who.error("DELETE", f"{path}/apiKeys/{NOBODY}", 403)
    made = user.post(f"/users/{person[0]['id']}/apiKeys", {"name": unique("own")})
    assert with_key(server, made["key"]).get("/users/loggedInUser")["id"] == person[0]["id"]
    with_key(server, made["key"]).error("POST", "/tables", 403, json={})


def test_z7_a_key_makes_no_other_key(api, server, robot):
    mine = with_key(server, api.post(f"/users/{robot['id']}/apiKeys", {"name": unique("one")})["key"])
    mine.error("POST", f"/users/{robot['id']}/apiKeys", 403, json={"name": "two"})
    mine.error("PUT", f"/users/generateToken/{robot['id']}", 403, json={"JWTTokenExpiry": "7"})
    mine.error("PUT", "/users/security/token", 403, json={"tokenName": "two", "JWTTokenExpiry": "7"})


def test_a10_the_keys_of_a_deleted_user_die(api, server):
    entity, mine = make_user(server, api, "leaver")
    key = mine.post(f"/users/{entity['id']}/apiKeys", {"name": "x"})["key"]
    with_key(server, key).get("/tables")
    api.delete(f"/users/{entity['id']}?hardDelete=true")
    with_key(server, key).error("GET", "/tables", 401)


def test_a_key_of_no_one_is_refused_like_any_bad_token(server, nobody):
    for key in ("mdk_", "mdk_" + "x" * 43, "mdk_" + "x" * 4000, "mdk_é"):
        for headers in ({"X-API-Key": key.encode()}, {"Authorization": ("Bearer " + key).encode()}):
            answer = requests.get(server.base + "/tables", headers=headers, timeout=30)
            assert answer.status_code == 401 and answer.json()["message"] == "Invalid token"


# ---- bots' tokens -------------------------------------------------------------------------------------------------------


def test_a_bots_token_is_made_shown_renewed_and_revoked(api, server, robot):
    made = api.put(f"/users/generateToken/{robot['id']}", {"JWTTokenExpiry": "7"})
    assert made["JWTTokenExpiry"] == "7" and abs(made["JWTTokenExpiresAt"] / 1000 - time.time() - 7 * 86400) < 60
    mine = Api(server.base, made["JWTToken"])
    assert mine.get("/users/loggedInUser")["name"] == robot["name"]
    assert api.get(f"/users/token/{robot['id']}") == made
    assert api.get(f"/users/auth-mechanism/{robot['id']}") == {"authType": "JWT", "config": made}
    again = api.put(f"/users/generateToken/{robot['id']}", {"JWTTokenExpiry": "Unlimited"})
    assert "JWTTokenExpiresAt" not in again
    mine.error("GET", "/tables", 401)
    Api(server.base, again["JWTToken"]).get("/tables")
    with_key(server, again["JWTToken"]).get("/tables")
    api.put("/users/revokeToken", {"id": robot["id"]}, status=200)
    Api(server.base, again["JWTToken"]).error("GET", "/tables", 401)
    assert "JWTToken" not in api.get(f"/users/token/{robot['id']}")


def test_only_bots_have_such_tokens_and_only_admins_see_them(api, user, person, robot):
    api.error("PUT", f"/users/generateToken/{person[0]['id']}", 400, json={"JWTTokenExpiry": "7"})
    assert api.error("PUT", f"/users/generateToken/{robot['id']}", 400, json={"JWTTokenExpiry": "8"})["details"]["field"] == "JWTTokenExpiry"
    user.error("PUT", f"/users/generateToken/{robot['id']}", 403, json={"JWTTokenExpiry": "7"})
    for path in ("token", "auth-mechanism"):
        user.error("GET", f"/users/{path}/{robot['id']}", 403)
        api.error("GET", f"/users/{path}/{person[0]['id']}", 400)
    user.error("PUT", "/users/revokeToken", 403, json={"id": robot["id"]})


# ---- personal access tokens -----------------------------------------------------------------------------------------------


def test_a_personal_token_acts_as_its_maker_until_it_is_revoked(api, server):
    entity, mine = make_user(server, api, "maker")
    made = mine.put("/users/security/token", {"tokenName": "laptop", "JWTTokenExpiry": "30"}, status=200)
    assert made["tokenName"] == "laptop" and made["userId"] == entity["id"] and made["tokenType"] == "PERSONAL_ACCESS_TOKEN"
    program = Api(server.base, made["jwtToken"])
    assert program.get("/users/loggedInUser")["id"] == entity["id"]
    with_key(server, made["jwtToken"]).get("/tables")
    listed = mine.get("/users/security/token")["data"]
    assert [one["token"] for one in listed] == [made["token"]] and "jwtToken" not in listed[0]
    mine.error("PUT", "/users/security/token/revoke", 400, json={"tokenIds": []})
    assert mine.put("/users/security/token/revoke", {"tokenIds": [made["token"]]}, status=200)["data"] == []
    program.error("GET", "/tables", 401)


def test_all_personal_tokens_end_at_once_also_by_an_admin(api, server):
    entity, mine = make_user(server, api, "maker")
    programs = [Api(server.base, mine.put("/users/security/token", {"tokenName": name, "JWTTokenExpiry": "1"}, status=200)["jwtToken"])
                for name in ("a", "b")]
    mine.error("PUT", "/users/security/token", 409, json={"tokenName": "a", "JWTTokenExpiry": "1"})
    assert len(api.get(f"/users/security/token?username={entity['name']}")["data"]) == 2
    api.put(f"/users/security/token/revoke?removeAll=true&username={entity['name']}", {}, status=200)
    for program in programs:
        program.error("GET", "/tables", 401)
