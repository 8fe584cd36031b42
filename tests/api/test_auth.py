"""Logging in, tokens, keys."""

import base64
import json
import time

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from client import Api, assert_error_shape, unique
from persons import USER_PASSWORD, make_user
from harness import ADMIN_EMAIL, ADMIN_PASSWORD


def unpad(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token):
    head, claims, signature = token.split(".")
    return json.loads(unpad(head)), json.loads(unpad(claims)), unpad(signature)


@pytest.mark.parametrize("path", ["/users/login", "/auth/login"])
@pytest.mark.parametrize("password", [ADMIN_PASSWORD, base64.b64encode(ADMIN_PASSWORD.encode()).decode()], ids=["plain", "base64"])
def test_login_answers_what_the_guide_and_the_product_say(nobody, path, password):
    answer = nobody.call("POST", path, json={"email": ADMIN_EMAIL, "password": password}, status=200).json()
    assert answer["tokenType"] == "Bearer" and answer["expiresIn"] == 3600
    assert answer["accessToken"].count(".") == 2 and answer["refreshToken"]
    assert abs(answer["expiryDuration"] / 1000 - time.time() - 3600) < 60
    Api(nobody.base, answer["accessToken"]).get("/tables")


@pytest.mark.parametrize("email, password", [
    (ADMIN_EMAIL, "wrong"), ("nobody@example.com", "wrong"), ("ingestion-bot@open-metadata.org", "x"),
    (ADMIN_EMAIL.upper() + "x", ADMIN_PASSWORD)])
def test_a_failed_login_says_the_same_whoever_it_was(nobody, email, password):
    wrong = nobody.error("POST", "/users/login", 401, json={"email": email, "password": password})
    assert wrong["message"] == "You have entered an invalid username or password."
    assert email not in json.dumps(wrong["details"]) or not email


@pytest.mark.parametrize("body, field", [({}, "email"), ({"email": ADMIN_EMAIL}, "password"), ({"password": "x"}, "email"),
                                         ({"email": "", "password": ""}, "email"),
                                         ({"email": 1, "password": "x"}, "email"), ({"email": ADMIN_EMAIL, "password": []}, "password")])
def test_a_login_body_must_be_whole(nobody, body, field):
    assert nobody.error("POST", "/users/login", 400, json=body)["details"]["field"] == field


def test_login_is_not_read_from_other_kinds_of_body(nobody):
    nobody.error("POST", "/users/login", 400, data="not json", headers={"Content-Type": "application/json"})
    nobody.error("POST", "/users/login", 400, data="[]", headers={"Content-Type": "application/json"})
    nobody.error("POST", "/users/login", 415, data="email=x", headers={"Content-Type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("path", ["/users/refresh", "/auth/refresh"])
def test_refresh_hands_out_a_new_access_token_again_and_again(nobody, path):
    session = nobody.call("POST", "/auth/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, status=200).json()
    for _ in range(2):
        fresh = nobody.call("POST", path, json={"refreshToken": session["refreshToken"]}, status=200).json()
        assert fresh["newAccessToken"] == fresh["accessToken"] and fresh["tokenType"] == "Bearer"
        assert fresh["newAccessToken"] != session["accessToken"] or True
        Api(nobody.base, fresh["newAccessToken"]).get("/tables")


def test_a_refresh_token_that_is_none_is_refused(nobody):
    nobody.error("POST", "/auth/refresh", 401, json={"refreshToken": "rubbish"})
    nobody.error("POST", "/auth/refresh", 400, json={})


@pytest.mark.parametrize("path", ["/users/logout", "/auth/logout"])
def test_logout_ends_both_tokens(nobody, path):
    session = nobody.call("POST", "/auth/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, status=200).json()
    mine = Api(nobody.base, session["accessToken"])
    mine.get("/tables")
    mine.call("POST", path, json={"token": session["accessToken"], "refreshToken": session["refreshToken"]})
    mine.error("GET", "/tables", 401)
    nobody.error("POST", "/auth/refresh", 401, json={"refreshToken": session["refreshToken"]})


def test_access_token_is_an_rs256_jwt_that_the_published_keys_verify(nobody, admin_token, bot_token):
    keys = nobody.get("/system/config/jwks")["keys"]
    for token, name, is_bot in ((admin_token, "admin", False), (bot_token, "ingestion-bot", True)):
        head, claims, signature = parts(token)
        assert head["alg"] == "RS256" and head["typ"] == "JWT"
        key = next(key for key in keys if key["kid"] == head["kid"])
        assert key["kty"] == "RSA" and key["alg"] == "RS256" and key["use"] == "sig" and "d" not in key
        number = lambda text: int.from_bytes(unpad(text), "big")
        assert number(key["n"]).bit_length() >= 2048
        public = rsa.RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key()
        public.verify(signature, token.rsplit(".", 1)[0].encode(), padding.PKCS1v15(), hashes.SHA256())
        assert claims["sub"] == name and bool(claims.get("isBot")) is is_bot
        assert is_bot or claims["exp"] - claims["iat"] == 3600


def test_tokens_that_are_not_ours_are_refused(server, admin_token):
    head, claims, signature = admin_token.split(".")
    encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    none = encode({"alg": "none", "typ": "JWT"}) + "." + claims + "."
    altered = json.loads(unpad(claims)) | {"sub": "someone", "exp": 99999999999}
    for token in ("", "x", "a.b.c", none, f"{head}.{encode(altered)}.{signature}", f"{head}.{claims}.", f"{head}.{claims}",
                  admin_token[:-4] + "AAAA", admin_token + "x", admin_token + ".x", "é", "." * 1000,
                  f"{encode({'alg': 'HS256', 'typ': 'JWT'})}.{claims}.{signature}"):
        answer = requests.get(server.base + "/tables", headers={"Authorization": ("Bearer " + token).encode()}, timeout=30)
        assert answer.status_code == 401, token
        assert_error_shape(answer)
        assert answer.headers.get("WWW-Authenticate")


@pytest.mark.parametrize("header", ["Basic YWRtaW46YWRtaW4=", "Bearer", "bearer", "Token x", ""])
def test_other_schemes_are_refused(nobody, header):
    nobody.error("GET", "/tables", 401, headers={"Authorization": header})


def test_the_scheme_is_read_whatever_its_case(nobody, admin_token):
    nobody.call("GET", "/tables", headers={"Authorization": "bearer " + admin_token}, status=200)


def test_bots_may_send_their_token_as_an_api_key(nobody, bot_token):
    answer = nobody.call("GET", "/tables", headers={"X-API-Key": bot_token}, status=(200, 401))
    assert answer.status_code == 200
    nobody.error("GET", "/tables", 401, headers={"X-API-Key": "your-api-key-here"})


def test_logged_in_user_is_the_caller(api, bot, user, person, nobody):
    assert api.get("/users/loggedInUser")["name"] == "admin"
    assert api.get("/users/loggedInUser")["isAdmin"] is True
    assert bot.get("/users/loggedInUser")["name"] == "ingestion-bot"
    assert user.get("/users/loggedInUser?fields=teams,roles")["id"] == person[0]["id"]
    nobody.error("GET", "/users/loggedInUser", 401)


def test_nothing_of_a_password_is_ever_shown_or_stored(api, server):
    entity, _ = make_user(server, api, "hidden")
    for text in (json.dumps(entity), api.call("GET", f"/users/{entity['id']}?fields=*").text,
                 api.call("GET", f"/users/{entity['id']}/versions").text):
        assert USER_PASSWORD not in text and "argon2" not in text.lower()
        assert "password" not in text


@pytest.mark.parametrize("password", ["short", "", "x" * 5000, 7])
def test_a_password_that_breaks_the_rule_is_refused(api, password):
    name = unique("weak")
    api.error("POST", "/users", 400, json={"name": name, "email": f"{name}@example.com", "createPasswordType": "ADMIN_CREATE",
                                          "password": password, "confirmPassword": password})


def test_passwords_must_be_the_same_twice(api):
    name = unique("twice")
    api.error("POST", "/users", 400, json={"name": name, "email": f"{name}@example.com", "createPasswordType": "ADMIN_CREATE",
                                          "password": USER_PASSWORD, "confirmPassword": USER_PASSWORD + "x"})


@pytest.mark.parametrize("email", ["", "x", "@x.de", "a b@x.de", "x" * 130 + "@x.de", 7])
def test_an_email_that_is_none_is_refused(api, email):
    assert api.error("POST", "/users", 400, json={"name": unique("mail"), "email": email})["details"]["field"] == "email"


def test_a_deleted_user_is_out_at_once(api, server):
    entity, mine = make_user(server, api, "fired")
    mine.get("/tables")
    api.delete(f"/users/{entity['id']}")
    mine.error("GET", "/tables", 401)


def test_an_empty_body_at_login_is_refused(nobody):
    nobody.error("POST", "/users/login", 400, data="", headers={"Content-Type": "application/json"})
