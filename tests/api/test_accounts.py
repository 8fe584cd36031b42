"""Passwords, sessions and sign-up over HTTP."""

import pytest
import requests

from client import Api, unique
from persons import USER_PASSWORD, make_user
from harness import ADMIN_EMAIL, ADMIN_PASSWORD, Server

NEW_PASSWORD = "Third-horse-9-battery"
HELD_BACK = "Failed Login Attempts Exceeded. Please retry after some time."


def log_in(base, email, password, **headers):
    return requests.post(base + "/users/login", json={"email": email, "password": password}, headers=headers, timeout=30)


def test_a10_a_person_changes_the_own_password_and_the_sessions_end(api, server):
    entity, mine = make_user(server, api, "changer")
    body = {"requestType": "SELF", "oldPassword": "wrong", "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}
    assert mine.error("PUT", "/users/changePassword", 400, json=body)["details"]["field"] == "oldPassword"
    body["oldPassword"] = USER_PASSWORD
    assert mine.error("PUT", "/users/changePassword", 400, json=body | {"confirmPassword": "other"})["details"]["field"] == "confirmPassword"
    weak = body | {"newPassword": "short", "confirmPassword": "short"}
    assert mine.error("PUT", "/users/changePassword", 400, json=weak)["details"]["field"] == "password"
    mine.put("/users/changePassword", body, status=200)
    mine.error("GET", "/tables", 401)
    assert log_in(server.base, entity["email"], USER_PASSWORD).status_code == 401
    assert log_in(server.base, entity["email"], NEW_PASSWORD).status_code == 200


def test_admins_alone_set_the_password_of_another(api, server, user):
    entity, _ = make_user(server, api, "forgetter")
    body = {"requestType": "USER", "username": entity["name"], "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}
    user.error("PUT", "/users/changePassword", 403, json=body)
    api.put("/users/changePassword", body, status=200)
    assert log_in(server.base, entity["email"], NEW_PASSWORD).status_code == 200
    api.error("PUT", "/users/changePassword", 400, json=body | {"requestType": "ALL"})


def test_a_reset_goes_by_a_token_that_an_admin_hands_out(api, nobody, user, server):
    entity, _ = make_user(server, api, "loser")
    email = {"email": entity["email"]}
    assert "mail" in nobody.error("POST", "/users/generatePasswordResetLink", 501, json=email)["message"]
    user.error("POST", "/users/generatePasswordResetLink", 403, json=email)
    api.error("POST", "/users/generatePasswordResetLink", 404, json={"email": "nobody@example.com"})
    token = api.call("POST", "/users/generatePasswordResetLink", json=email, status=200).json()["token"]
    body = {"token": token, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}
    nobody.error("POST", "/users/password/reset", 401, json=body | {"token": "guess"})
    nobody.error("POST", "/users/password/reset", 400, json=body | {"confirmPassword": "x"})
    nobody.call("POST", "/users/password/reset", json=body, status=200)
    nobody.error("POST", "/users/password/reset", 401, json=body)
    assert log_in(server.base, entity["email"], NEW_PASSWORD).status_code == 200


def test_small_questions_of_the_user_interface(api, user, nobody, person):
    text = user.call("GET", "/users/generateRandomPwd").text
    assert len(text) >= 16 and text != user.call("GET", "/users/generateRandomPwd").text
    assert user.call("POST", "/users/checkEmailInUse", json={"email": person[0]["email"]}, status=200).json() is True
    assert user.call("POST", "/users/checkEmailInUse", json={"email": "free@example.com"}, status=200).json() is False
    assert user.call("POST", "/users/checkEmailVerified", json={"email": person[0]["email"]}, status=200).json() is False
    for path in ("/users/checkEmailInUse", "/users/checkEmailVerified"):
        nobody.error("POST", path, 401, json={"email": person[0]["email"]})


def test_group_teams_are_those_that_may_own(api, server):
    group = api.post("/teams", {"name": unique("group"), "teamType": "Group"})
    unit = api.post("/teams", {"name": unique("unit"), "teamType": "Department"})
    _, mine = make_user(server, api, "member", teams=[group["id"], unit["id"]])
    assert [team["id"] for team in mine.get("/users/loggedInUser/groupTeams")] == [group["id"]]


def test_nobody_signs_up_unless_it_is_switched_on(nobody):
    nobody.error("POST", "/users/signup", 403, json={"firstName": "A", "lastName": "B", "email": "a@example.com", "password": NEW_PASSWORD})
    assert nobody.get("/system/config/auth")["enableSelfSignup"] is False


@pytest.fixture(scope="module")
def open_server():
    """Sign-up, rotation, a proxy and two origins."""
    server = Server(args=["--self-signup", "--rotate-refresh-tokens", "--trusted-proxy", "127.0.0.1",
                          "--cors-origin", "https://ui.example.com,http://localhost:3000"]).start()
    yield server
    server.stop()
    server.remove()


def test_who_signs_up_is_a_user_like_any_other(open_server):
    nobody = Api(open_server.base)
    body = {"firstName": "Eve", "lastName": "Moor", "email": "eve@example.com", "password": NEW_PASSWORD, "isAdmin": True}
    made = nobody.call("POST", "/users/signup", json=body, status=201).json()
    assert (made["name"], made["displayName"]) == ("eve", "Eve Moor") and not made.get("isAdmin")
    assert NEW_PASSWORD not in str(made)
    mine = Api(open_server.base, open_server.login("eve@example.com", NEW_PASSWORD))
    assert mine.get("/users/loggedInUser")["id"] == made["id"]
    mine.error("POST", "/tables", 403, json={})
    nobody.error("POST", "/users/signup", 409, json=body)
    nobody.error("POST", "/users/signup", 400, json=body | {"email": "weak@example.com", "password": "short"})
    assert nobody.get("/system/config/auth")["enableSelfSignup"] is True


def test_a9_rotation_hands_out_the_next_token_in_the_answer(open_server):
    nobody = Api(open_server.base)
    session = log_in(open_server.base, ADMIN_EMAIL, ADMIN_PASSWORD).json()
    fresh = nobody.call("POST", "/users/refresh", json={"refreshToken": session["refreshToken"]}, status=200).json()
    assert fresh["refreshToken"] != session["refreshToken"]
    nobody.error("POST", "/auth/refresh", 401, json={"refreshToken": session["refreshToken"]})
    nobody.call("POST", "/auth/refresh", json={"refreshToken": fresh["refreshToken"]}, status=200)


def test_a8_failing_from_elsewhere_locks_nobody_out_at_home(open_server):
    api = Api(open_server.base, open_server.login())
    entity, _ = make_user(open_server, api, "victim")  # logged in from 127.0.0.1
    home, away = {"X-Forwarded-For": "8.8.8.1"}, {"X-Forwarded-For": "8.8.8.2"}
    assert log_in(open_server.base, entity["email"], USER_PASSWORD, **home).status_code == 200
    statuses = [log_in(open_server.base, entity["email"], "wrong", **away).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    held = log_in(open_server.base, entity["email"], USER_PASSWORD, **away)
    assert held.json()["message"] == HELD_BACK and 30 < int(held.headers["Retry-After"]) <= 60
    assert log_in(open_server.base, entity["email"], USER_PASSWORD, **home).status_code == 200


def test_w4_pages_of_named_origins_may_use_the_api(open_server):
    origin = {"Origin": "https://ui.example.com"}
    answer = requests.options(open_server.base + "/tables", timeout=30, headers=origin | {
        "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"})
    assert answer.status_code == 204 and answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    assert "POST" in answer.headers["Access-Control-Allow-Methods"] and "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    for path in ("/tables", "/system/version", "/nothing"):
        answer = requests.get(open_server.base + path, headers=origin, timeout=30)
        assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"] and answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        other = requests.get(open_server.base + path, headers={"Origin": "https://evil.example.com"}, timeout=30)
        assert "Access-Control-Allow-Origin" not in other.headers and other.headers["Vary"] == "Origin"


def test_w4_without_the_setting_no_page_may(server):
    answer = requests.get(server.base + "/system/version", headers={"Origin": "https://ui.example.com"}, timeout=30)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("origin", ["*", "null", "https://a/b", "a"])
def test_w4_an_origin_that_is_none_is_refused_at_the_start(origin):
    server = Server()
    done = server.run("serve", "--data", str(server.data), "--cors-origin", origin)
    assert done.returncode == 64 and "cors-origin" in done.stderr and not server.data.exists()
    server.remove()
