"""A15, A4 with a certified OpenID provider (npm oidc-provider): a person logs in, and its tokens are credentials."""

import json
import shutil
import time
from urllib.parse import quote

import pytest
import requests

from client import Api
from harness import Server
from identity_provider import CLIENT, SECRET, Browser, RealProvider, challenge_of, parameters_of, patiently

pytestmark = pytest.mark.skipif(not shutil.which("node") or not shutil.which("npm"), reason="node is not here")
VERIFIER = "v" * 50


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("oidc")
    server = Server(data=home / "data")
    provider = RealProvider(server.root + "/callback")
    (home / "secret").write_text(SECRET + "\n")
    shared = {"kind": "custom", "issuer": provider.issuer, "callbackUrl": server.root + "/callback", "selfSignup": True,
              "allowedDomains": ["example.com"], "adminPrincipals": ["boss@example.com"]}
    (home / "oidc.json").write_text(json.dumps({"keyRefreshSeconds": 0.5, "keyOverlapSeconds": 0, "providers": [
        shared | {"name": "real", "clientId": CLIENT, "clientSecretFile": str(home / "secret")}]}))
    server.args = ["--oidc-config", str(home / "oidc.json")]
    server.start()
    yield server, provider
    server.stop()
    provider.close()


def log_in(server, name):
    return Browser(name).go(server.base + "/auth/login/real", server.root + "/callback")


def id_token(server, provider, name):
    """As another client of the provider with the same registration gets it."""
    url = (f"{provider.issuer}/auth?response_type=code&client_id={CLIENT}&redirect_uri={server.root}/callback&scope=openid%20email"
           f"&state=x&code_challenge={challenge_of(VERIFIER)}&code_challenge_method=S256")
    back = Browser(name).go(url, "!" + server.root + "/callback")
    answer = requests.post(provider.issuer + "/token", auth=(CLIENT, quote(SECRET, safe="")), timeout=30, data={
        "grant_type": "authorization_code", "code": parameters_of(back)["code"], "redirect_uri": server.root + "/callback", "code_verifier": VERIFIER})
    assert answer.status_code == 200, answer.text
    return answer.json()["id_token"]


def test_a15_a_person_logs_in_by_a_real_provider_and_gets_a_session_of_ours(world):
    server, _ = world
    answer = log_in(server, "carol")
    assert answer.status_code == 200, answer.text
    session = answer.json()
    assert session["tokenType"] == "Bearer" and session["refreshToken"] and answer.headers["Cache-Control"] == "no-store"
    me = Api(server.base, session["accessToken"]).get("/users/loggedInUser")
    assert (me["name"], me["email"], me["displayName"]) == ("carol", "carol@example.com", "The carol")
    again = Api(server.base).post("/users/refresh", {"refreshToken": session["refreshToken"]}, status=200)
    assert Api(server.base, again["accessToken"]).get("/users/loggedInUser")["id"] == me["id"]
    assert Api(server.base, log_in(server, "carol").json()["accessToken"]).get("/users/loggedInUser")["id"] == me["id"]


def test_a15_an_address_that_is_not_verified_is_nobodys(world):
    server, _ = world
    answer = log_in(server, "unverified")
    assert answer.status_code == 401 and "verified" in answer.json()["message"]


def test_a15_who_is_named_an_admin_is_one(world):
    server, _ = world
    token = log_in(server, "boss").json()["accessToken"]
    assert Api(server.base, token).get("/users/loggedInUser")["isAdmin"] is True


def test_a4_its_id_token_is_a_credential_and_its_keys_may_be_rotated(world):
    server, provider = world
    ask = lambda token: patiently(lambda: requests.get(
        server.base + "/users/loggedInUser", headers={"Authorization": "Bearer " + token}, timeout=30))
    # The code flow's ID token has no address here: the provider tells it at its user door, which is not asked for a Bearer token.
    thin = ask(id_token(server, provider, "dave"))
    assert thin.status_code == 401 and "does not say who" in thin.json()["message"]
    provider.post("/test/full")
    old = id_token(server, provider, "dave")
    assert ask(old).status_code == 200 and ask(old).json()["name"] == "dave"
    assert log_in(server, "dave").status_code == 200
    time.sleep(0.6)
    provider.post("/test/rotate")
    new = id_token(server, provider, "dave")
    began = time.monotonic()
    assert ask(new).status_code == 200, "with a key that was not known"
    print(f"a token of a new key is good after {time.monotonic() - began:.3f} s")
    fresh_old = id_token(server, provider, "erin")
    assert ask(old).status_code == 200 and ask(fresh_old).status_code == 200
    assert log_in(server, "dave").status_code == 200


def test_a15_what_happened_is_in_the_audit_log_and_no_secret_in_the_log(world):
    server, _ = world
    admin = Api(server.base, server.login())
    log_in(server, "unverified")
    log_in(server, "carol")
    records = admin.get("/audit/logs", params={"action": "login", "target": "real"})["data"]
    outcomes = {(record.get("userName"), record["outcome"]) for record in records}
    assert ("carol", "allowed") in outcomes and any(outcome == "denied" for _, outcome in outcomes), outcomes
    assert admin.get("/audit/logs", params={"action": "login.begin", "target": "real"})["data"]
    text = server.log()
    assert SECRET not in text and "code=" not in text and "state=" not in text
