"""A14: who a request says it is from, in each way that a header may say it."""

import http.client
import unicodedata

import pytest

from client import Api, text_of, unique
from harness import ADMIN_EMAIL, ADMIN_PASSWORD


def ask(server, *headers):
    """The status of a request with exactly these header fields, spelled and repeated as they are."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("GET", "/api/v1/users/loggedInUser")
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


# The header's value, with {} for a good token, and the status.
BEARER = [
    ("Bearer {}", 200), ("bearer {}", 200), ("BEARER {}", 200), ("bEaReR {}", 200), ("Bearer  {}", 200), ("Bearer     {}", 200), ("Bearer {} ", 200),
    ("  Bearer {}", 200), ("Bearer {}   ", 200),
    ("Bearer\t{}", 401), ("Bearer{}", 401), ("Bearer", 401), ("Bearer ", 401), ("{}", 401), ("Token {}", 401), ("JWT {}", 401), ("Basic {}", 401), ("Bearer: {}", 401),
    ("Bearer={}", 401), ("Bearer {} {}", 401), ("Bearer {},{}", 401), ("Bearer {}, Basic x", 401), ("Bearer \"{}\"", 401), ("Bearer token={}", 401),
    ("Bearer Bearer {}", 401), ("Bearerx {}", 401), ("Beare {}", 401),
]


@pytest.mark.parametrize("value, status", BEARER)
def test_a14_the_authorization_header_is_read_by_the_rule_and_no_other_way(server, admin_token, value, status):
    assert ask(server, ("Authorization", value.replace("{}", admin_token))) == status


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a14_a_header_name_has_no_case(server, admin_token, name):
    assert ask(server, (name, "Bearer " + admin_token)) == 200


@pytest.mark.parametrize("value, status", [("{}", 200), (" {} ", 200), ("Bearer {}", 401), ("{} {}", 401), ("x", 401), ("{}x", 401)])
def test_a14_an_api_key_is_the_token_alone(server, bot_token, value, status):
    assert ask(server, ("X-API-Key", value.replace("{}", bot_token))) == status


def test_a14_no_header_and_empty_ones_are_no_identity(server):
    for headers in ((), (("Authorization", ""),), (("X-API-Key", ""),), (("Authorization", ""), ("X-API-Key", ""))):
        assert ask(server, *headers) == 401


def test_a14_two_identities_in_one_request_are_400(server, admin_token, bot_token, user):
    other = user.session.headers["Authorization"].split()[1]
    for bearer, key in ((admin_token, bot_token), (bot_token, admin_token), (other, admin_token), (other, bot_token)):
        for order in (1, -1):
            assert ask(server, *[("Authorization", "Bearer " + bearer), ("X-API-Key", key)][::order]) == 400
    assert ask(server, ("Authorization", "Bearer " + admin_token), ("Authorization", "Bearer " + bot_token)) == 400
    assert ask(server, ("Authorization", "Bearer " + admin_token), ("Authorization", "Bearer " + admin_token)) == 400
    assert ask(server, ("X-API-Key", bot_token), ("x-api-key", bot_token)) == 400


def test_a14_one_identity_in_two_headers_is_that_one(server, admin_token, bot_token):
    assert ask(server, ("Authorization", "Bearer " + bot_token), ("X-API-Key", bot_token)) == 200
    # Two tokens of one person are one identity.
    assert ask(server, ("Authorization", "Bearer " + admin_token), ("X-API-Key", server.login())) == 200


def test_a14_a_bad_second_identity_is_not_covered_by_a_good_first_one(server, admin_token):
    assert ask(server, ("Authorization", "Bearer " + admin_token), ("X-API-Key", "x")) == 401
    assert ask(server, ("Authorization", "Bearer x"), ("X-API-Key", admin_token)) == 401


def test_a14_the_login_body_is_its_own_identity(nobody, bot_token):
    for headers in ({}, {"Authorization": "Bearer " + bot_token}, {"Authorization": "Bearer x"}):
        nobody.call("POST", "/users/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, headers=headers, status=200)


# A13 over HTTP: see tests/access/passwords_test for the whole table.

@pytest.mark.parametrize("password", ["pässwörter größer", "  blanks in front and behind  ", "Tr0ub4dor&3", "🔑🔑🔑🔑🔑🔑🔑🔑", "long " * 51,
                                      "e\u0301e\u0301e\u0301e\u0301e\u0301", "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"])
def test_a13_any_text_of_the_right_length_is_a_password_byte_for_byte(server, api, password):
    name = unique("a13")
    api.post("/users", {"name": name, "email": f"{name}@example.com", "createPasswordType": "ADMIN_CREATE", "password": password, "confirmPassword": password})
    assert server.login(f"{name}@example.com", password)
    nobody = Api(server.base)
    for other in {password.strip(), password + " ", password[:-1], unicodedata.normalize("NFC", password), unicodedata.normalize("NFD", password)} - {password}:
        assert nobody.call("POST", "/users/login", json={"email": f"{name}@example.com", "password": other}, status=(401, 429)).status_code in (401, 429)


@pytest.mark.parametrize("password", ["1234567", "pässwö", "password", "PASSWORD", "iloveyou", "qwertyuiop", "x" * 257, "ä" * 129])
def test_a13_a_password_that_breaks_a_rule_is_refused_and_the_rule_is_told(api, password):
    name = unique("a13")
    wrong = api.error("POST", "/users", 400, json={"name": name, "email": f"{name}@example.com", "createPasswordType": "ADMIN_CREATE",
                                                   "password": password, "confirmPassword": password})
    said = text_of(wrong)
    assert any(word in said for word in ("characters", "bytes", "common")) and (password.lower() == "password" or password not in said)
    api.error("GET", f"/users/name/{name}", 404)
