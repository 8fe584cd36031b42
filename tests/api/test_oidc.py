"""A15, A4, W1: identity providers, with one that does whatever a test wants."""

import json
import re
import statistics
import threading
import time
from urllib.parse import quote, unquote

import pytest
import requests

from client import Api
from harness import Server
from identity_provider import CLIENT, SECRET, FakeProvider, Key, challenge_of, encode, parameters_of, patiently
from rawhttp import wait_until


class World:
    """A server that believes providers: `good` is shut to strangers, `open` lets those of new.example in."""

    def __init__(self, home, **settings):
        self.server = Server(data=home / "data")
        self.good, self.open = FakeProvider(), FakeProvider()
        (home / "secret").write_text(SECRET + "\n")
        one = {"clientId": CLIENT, "callbackUrl": self.server.root + "/callback"}
        self.file = home / "oidc.json"
        self.file.write_text(json.dumps({"keyRefreshSeconds": 0.3, "keyOverlapSeconds": 0, "providers": [
            one | {"name": "good", "issuer": self.good.issuer, "clientSecretFile": str(home / "secret")},
            one | {"name": "open", "issuer": self.open.issuer, "selfSignup": True, "allowedDomains": ["new.example", "corp.example"],
                   "principalDomain": "corp.example", "adminPrincipals": ["boss@new.example"]}]} | settings))
        self.server.args = ["--oidc-config", str(self.file)]
        self.server.start()
        self.admin = Api(self.server.base, self.server.login())
        self.admin.post("/users", {"name": "alice", "email": "alice@example.com"})

    def ask_once(self, token, header="Authorization", session=requests):
        value = "Bearer " + token if header == "Authorization" else token
        return session.get(self.server.base + "/users/loggedInUser", headers={header: value.encode()}, timeout=60)

    def ask(self, *args, **more):
        """As one who comes again when told to: the server waits three seconds for a provider."""
        return patiently(lambda: self.ask_once(*args, **more))

    def begin(self, name="good", session=None):
        """(session with the cookie, what the provider is asked)"""
        session = session or requests.Session()
        session.trust_env = False
        answer = patiently(lambda: session.get(f"{self.server.base}/auth/login/{name}", allow_redirects=False, timeout=60))
        assert answer.status_code == 302, answer.text
        return session, parameters_of(answer.headers["Location"]), answer

    def end(self, session, **parameters):
        return session.get(self.server.root + "/callback", params=parameters, allow_redirects=False, timeout=60)

    def provide(self, asked, provider=None, name="alice", key=None, header=None, drop_id=False, access="an-access-token", **claims):
        """Lets the provider hand out an ID token for this log-in, as a real one would: to who has the verifier."""
        provider = provider or self.good

        def answer(form):
            if challenge_of(form.get("code_verifier", "")) != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
                return 400, {"error": "invalid_grant"}
            if form["code"] != "the code":
                return 400, {"error": "invalid_grant"}
            token = provider.token(name, key, header, **({"nonce": asked["nonce"]} | claims))
            return 200, {"access_token": access, "token_type": "Bearer"} | ({} if drop_id else {"id_token": token})

        provider.answer = answer

    def close(self):
        self.server.stop()
        self.good.close()
        self.open.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("oidc"))
    yield made
    made.close()


@pytest.fixture
def own_world(tmp_path):
    made = []

    def make(**settings):
        made.append(World(tmp_path, **settings))
        return made[0]

    yield make
    for one in made:
        one.close()


# ---- log-in

def test_a15_a_log_in_gives_a_session_and_asks_the_provider_as_the_standards_say(world):
    session, asked, answer = world.begin()
    assert answer.headers["Location"].startswith(world.good.issuer + "/authorize?")
    assert asked["response_type"] == "code" and asked["client_id"] == CLIENT and asked["redirect_uri"] == world.server.root + "/callback"
    assert set(asked["scope"].split()) == {"openid", "email", "profile"} and asked["code_challenge_method"] == "S256"
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(r"metadata-login-[\w-]{8}=[\w-]{43}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax", cookie), cookie
    world.provide(asked)
    done = world.end(session, state=asked["state"], code="the code")
    assert done.status_code == 200, done.text
    assert not cookies_of(session), "the cookie ends with the log-in"
    assert Api(world.server.base, done.json()["accessToken"]).get("/users/loggedInUser")["name"] == "alice"
    form, authorization = world.good.asked[-1]
    assert form["grant_type"] == "authorization_code" and "client_secret" not in form
    import base64
    user, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
    assert (unquote(user), unquote(secret)) == (CLIENT, SECRET)


def test_a15_two_tabs_of_one_browser_do_not_disturb_each_other(world):
    session, first, _ = world.begin()
    _, second, _ = world.begin(session=session)
    for asked in (first, second):
        world.provide(asked)
        assert world.end(session, state=asked["state"], code="the code").status_code == 200


def test_a15_states_nonces_and_verifiers_never_repeat(world):
    seen = [world.begin()[1] for _ in range(20)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({asked[name] for asked in seen}) == 20


NOW = int(time.time())
LATER = NOW + 1_000_000  # later than this run ends
STRANGER = Key("first")  # a key of somebody else, with the provider's own kid
# What the ID token says wrongly: (name, what provide() is told)
BAD_ID_TOKENS = {
    "the nonce of another log-in": {"nonce": "another"}, "no nonce": {"nonce": ...}, "an empty nonce": {"nonce": ""},
    "another issuer": {"iss": "https://accounts.google.com"}, "no issuer": {"iss": ...}, "another audience": {"aud": "another"},
    "no audience": {"aud": ...}, "several audiences without azp": {"aud": [CLIENT, "another"]}, "another azp": {"azp": "another"},
    "several audiences and another azp": {"aud": [CLIENT, "another"], "azp": "another"}, "expired": {"exp": NOW - 120, "iat": NOW - 700},
    "no exp": {"exp": ...}, "no iat": {"iat": ...}, "from the future": {"iat": LATER, "exp": LATER + 3600}, "not yet good": {"nbf": LATER},
    "no sub": {"sub": ...}, "at_hash of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "alg none": {"header": {"alg": "none"}},
    "HS256": {"header": {"alg": "HS256"}}, "an unknown kid": {"header": {"kid": "unknown"}}, "a jku header": {"header": {"jku": "http://127.0.0.1:1/jwks"}},
    "a jwk header": {"header": {"jwk": STRANGER.jwk}}, "a crit header": {"header": {"crit": ["exp"]}}, "a log-out token": {"header": {"typ": "logout+jwt"}},
    "another key with the kid": {"key": STRANGER}, "an address that is not verified": {"email_verified": False}, "nobody says it is verified": {"email_verified": ...},
    "an unknown user": {"name": "mallory"}, "a bot": {"name": "ingestion-bot@open-metadata.org"}, "no address": {"email": ...}, "no ID token": {"drop_id": True},
}


@pytest.mark.parametrize("wrong", BAD_ID_TOKENS.values(), ids=BAD_ID_TOKENS)
def test_a15_an_id_token_that_is_wrong_logs_nobody_in(world, wrong):
    world.good.user = {}
    session, asked, _ = world.begin()
    world.provide(asked, **wrong)
    answer = world.end(session, state=asked["state"], code="the code")
    assert answer.status_code == 401, answer.text
    assert "accessToken" not in answer.text and "Set-Cookie" not in answer.headers


def cookies_of(session):
    return {cookie.name: cookie.value for cookie in session.cookies}


# What comes back to the server wrongly: each makes (session, parameters) of a log-in that is otherwise good.
def wrong_state(world, session, asked): return session, {"state": "A" * 43, "code": "the code"}
def no_state(world, session, asked): return session, {"code": "the code"}
def long_state(world, session, asked): return session, {"state": asked["state"] * 50, "code": "the code"}
def no_cookie(world, session, asked): return requests.Session(), {"state": asked["state"], "code": "the code"}
def cookie_of_another_browser(world, session, asked): return world.begin()[0], {"state": asked["state"], "code": "the code"}
def cookie_of_another_log_in_by_that_name(world, session, asked):
    other = requests.Session()
    value = next(iter(cookies_of(world.begin()[0]).values()))
    other.headers["Cookie"] = f"metadata-login-{asked['state'][:8]}={value}"
    return other, {"state": asked["state"], "code": "the code"}
def cookie_cut(world, session, asked):
    other = requests.Session()
    other.headers["Cookie"] = "; ".join(f"{name}={value[:-1]}" for name, value in cookies_of(session).items())
    return other, {"state": asked["state"], "code": "the code"}
def empty_cookie(world, session, asked):
    other = requests.Session()
    other.headers["Cookie"] = f"metadata-login-{asked['state'][:8]}="
    return other, {"state": asked["state"], "code": "the code"}
def state_used_before(world, session, asked):
    assert world.end(session, state=asked["state"], code="the code").status_code == 200
    return session, {"state": asked["state"], "code": "the code"}
def code_of_another_log_in(world, session, asked):
    session, other, _ = world.begin()  # whose verifier does not fit what the provider was asked with
    return session, {"state": other["state"], "code": "the code"}
def another_code(world, session, asked): return session, {"state": asked["state"], "code": "another"}
def no_code(world, session, asked): return session, {"state": asked["state"]}
def long_code(world, session, asked): return session, {"state": asked["state"], "code": "x" * 5000}
def refused(world, session, asked): return session, {"state": asked["state"], "error": "access_denied", "error_description": "<script>"}
def error_and_code(world, session, asked): return session, {"state": asked["state"], "error": "x", "code": "the code"}
def issuer_of_another(world, session, asked): return session, {"state": asked["state"], "code": "the code", "iss": world.open.issuer}
def state_twice(world, session, asked): return session, [("state", asked["state"]), ("state", "x"), ("code", "the code")]
def code_twice(world, session, asked): return session, [("state", asked["state"]), ("code", "x"), ("code", "the code")]


RETURNS = [wrong_state, no_state, long_state, no_cookie, cookie_of_another_browser, cookie_of_another_log_in_by_that_name, cookie_cut, empty_cookie,
           state_used_before, code_of_another_log_in, another_code, no_code, long_code, refused, error_and_code, issuer_of_another, state_twice, code_twice]


@pytest.mark.parametrize("wrong", RETURNS, ids=lambda case: case.__name__)
def test_a15_a_return_that_is_wrong_logs_nobody_in(world, wrong):
    session, asked, _ = world.begin()
    world.provide(asked)
    session, parameters = wrong(world, session, asked)
    answer = session.get(world.server.root + "/callback", params=parameters, allow_redirects=False, timeout=60)
    assert answer.status_code in (400, 401), answer.text
    assert "accessToken" not in answer.text and "<script>" not in answer.text
    assert answer.headers["Content-Type"] == "application/json"


def test_a15_there_are_25_negative_cases_and_more():
    assert len(BAD_ID_TOKENS) + len(RETURNS) >= 25


def test_a15_who_came_by_a_wrong_browser_has_used_the_state_up(world):
    session, asked, _ = world.begin()
    world.provide(asked)
    assert world.end(requests.Session(), state=asked["state"], code="the code").status_code == 401
    assert world.end(session, state=asked["state"], code="the code").status_code == 401


@pytest.mark.parametrize("extra", ["redirect=https://evil.example/", "redirect_uri=https://evil.example/callback", "returnTo=//evil.example", "next=%0d%0aX: y"])
def test_a15_nobody_is_redirected_but_to_the_provider(world, extra):
    session = requests.Session()
    answer = session.get(f"{world.server.base}/auth/login/good?{extra}", allow_redirects=False, timeout=60)
    assert answer.status_code == 302 and answer.headers["Location"].startswith(world.good.issuer + "/authorize?")
    assert "evil" not in answer.headers["Location"] and "X" not in answer.headers
    asked = parameters_of(answer.headers["Location"])
    assert asked["redirect_uri"] == world.server.root + "/callback"
    world.provide(asked)
    done = session.get(f"{world.server.root}/callback?state={asked['state']}&code=the%20code&{extra}", allow_redirects=False, timeout=60)
    assert done.status_code == 200 and "Location" not in done.headers


def test_a15_an_unknown_provider_is_404(world):
    for name in ("nobody", "Good", "..%2fgood", quote("good\r\nX: y")):
        answer = requests.get(f"{world.server.base}/auth/login/{name}", allow_redirects=False, timeout=60)
        assert answer.status_code == 404 and "X" not in answer.headers


def test_a15_the_address_may_stand_at_the_user_door_only_for_the_same_user(world):
    for sub, status in (("id of alice", 200), ("id of another", 401)):
        session, asked, _ = world.begin()
        world.provide(asked, email=..., email_verified=...)
        world.good.user = {"sub": sub, "email": "alice@example.com", "email_verified": True}
        answer = world.end(session, state=asked["state"], code="the code")
        assert answer.status_code == status, answer.text


# ---- whose word counts how far

def test_self_signup_makes_a_user_of_allowed_domains_only(world):
    answer = world.ask(world.open.token("newcomer@new.example"))
    assert answer.status_code == 200 and answer.json()["email"] == "newcomer@new.example" and not answer.json().get("isAdmin")
    again = world.ask(world.open.token("newcomer@new.example", nonce="x"))
    assert again.json()["id"] == answer.json()["id"]
    for stranger in ("x@other.example", "x@sub.new.example", "x@new.example.evil", "x@new.example@evil.example"):
        assert world.ask(world.open.token(stranger)).status_code == 401, stranger
    # Without self-signup nobody is made.
    assert world.ask(world.good.token("nobody@new.example")).status_code == 401
    assert world.ask(world.open.token("boss@new.example")).json()["isAdmin"] is True


def test_a_name_that_somebody_has_is_given_to_nobody_else(world):
    """alice@new.example is not alice@example.com, and a second admin is not the admin."""
    for name in ("alice@new.example", "admin@new.example"):
        answer = world.ask(world.open.token(name))
        assert answer.status_code == 401 and "belongs to another user" in answer.json()["message"]


def test_an_address_of_the_principal_domain_is_the_user_name_before_it(world):
    world.admin.post("/users", {"name": "frank", "email": "frank@elsewhere.example"})
    assert world.ask(world.open.token("frank@corp.example")).json()["name"] == "frank"


def test_many_first_requests_at_once_make_one_user(world):
    answers = []
    tokens = [world.open.token("crowd@new.example", nonce=str(i)) for i in range(12)]
    threads = [threading.Thread(target=lambda token=token: answers.append(world.ask(token))) for token in tokens]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a10_a_deleted_user_is_out_at_once_and_a_token_makes_no_keys(world):
    user = world.admin.post("/users", {"name": "gone", "email": "gone@example.com"})
    token = world.good.token("gone")
    assert world.ask(token).status_code == 200 and world.ask(token, "X-API-Key").status_code == 200
    made = requests.post(f"{world.server.base}/users/{user['id']}/apiKeys", json={"name": "k"}, headers={"Authorization": "Bearer " + token}, timeout=30)
    assert made.status_code == 403
    world.admin.delete(f"/users/{user['id']}")
    assert world.ask(token).status_code == 401


def test_clients_are_told_which_providers_there_are_and_no_secret(world):
    answer = requests.get(world.server.base + "/system/config/auth", timeout=30)
    good, opened = answer.json()["providers"]
    assert good["name"] == "good" and good["authority"] == world.good.issuer and good["clientId"] == CLIENT and good["jwtPrincipalClaims"] == ["email"]
    assert good["loginUrl"].endswith("/api/v1/auth/login/good") and (good["enableSelfSignup"], opened["enableSelfSignup"]) == (False, True)
    assert SECRET not in answer.text


# ---- tokens

def attacks(provider):
    """(name, token) that a provider's key, or somebody else's, made, and that is none."""
    key, claims = provider.keys[0], provider.claims()
    good = key.token(claims)
    head, body, signature = good.split(".")
    pem_like = json.dumps(key.jwk).encode()
    import hashlib, hmac
    for alg in ("none", "None", "NONE", ""):
        yield f"alg {alg!r}", encode(json.dumps({"alg": alg, "kid": key.kid}).encode()) + "." + body + "."
        yield f"alg {alg!r} signed", key.token(claims, alg=alg)
    for alg in ("HS256", "HS384", "hs256"):
        text = encode(json.dumps({"alg": alg, "kid": key.kid}).encode()) + "." + body
        yield f"{alg} with the key", text + "." + encode(hmac.new(pem_like, text.encode(), hashlib.sha256).digest())
    for alg in ("RS384", "RS512", "PS256", "ES256", "rs256", "RS256 ", None, 7, ["RS256"], ...):
        yield f"says {alg!r}", key.token(claims, alg=alg)
    for kid in ("second", "", "../../etc/passwd", "' or 1=1", "k" * 129, "\u0000", 7, None, ["first"], {}):
        yield f"kid {kid!r}"[:40], key.token(claims, kid=kid)
    yield "a stranger's key", STRANGER.token(claims)
    for name in ("jwk", "jku", "x5u", "x5c"):
        yield f"a stranger's {name}", STRANGER.token(claims, **{name: STRANGER.jwk if name == "jwk" else "http://127.0.0.1:1/"})
        yield f"the provider's own {name}", key.token(claims, **{name: "x"})
    for crit in (["exp"], [], None):
        yield f"crit {crit!r}", key.token(claims, crit=crit)
    for typ in ("logout+jwt", "secevent+jwt", "JWE", 7, ""):
        yield f"typ {typ!r}", key.token(claims, typ=typ)
    yield "no signature", head + "." + body + "."
    yield "two parts", head + "." + body
    yield "four parts", good + ".x"
    yield "signature of zeros", head + "." + body + "." + encode(bytes(256))
    yield "claims of another", head + "." + encode(json.dumps(claims | {"email": "admin@open-metadata.org"}).encode()) + "." + signature
    yield "claims that are a list", key.token([claims])
    yield "email twice", head + "." + encode(b'{"email":"admin@open-metadata.org",' + json.dumps(claims).encode()[1:]) + "." + signature
    now = int(time.time())
    for member, values in {"exp": (..., now - 61, 0, -1, "x", None, True, 1e300), "iat": (..., now + 500, "x", None), "nbf": (now + 500, "x", None),
                           "iss": (..., "x", provider.issuer + "/", provider.issuer.upper(), None, [provider.issuer]),
                           "aud": (..., "x", [], ["x"], None, {CLIENT: 1}, CLIENT + " ", [CLIENT, 7]), "azp": ("x", None, 7), "sub": (..., "", None, 7),
                           "email": (..., None, 7, "", "admin@elsewhere.example"), "email_verified": (..., False, "false", None, 1)}.items():
        for value in values:
            yield f"{member} {value!r}"[:50], key.token({k: v for k, v in (claims | {member: value}).items() if v is not ...})


def test_a1_a2_forged_and_damaged_tokens_of_a_provider_are_all_401(world):
    table = list(attacks(world.good))
    assert len(table) >= 40 and len(dict(table)) == len(table)
    world.ask(world.good.token())
    with requests.Session() as session:
        session.trust_env = False
        wrong = [(name, answer.status_code) for name, token in table if (answer := world.ask(token, session=session)).status_code != 401]
        assert world.ask(world.good.token(), session=session).status_code == 200
    assert not wrong
    print(f"{len(table)} attacks")


def test_a3_leeway_is_60_seconds_for_a_providers_token(world):
    def ask(**times):
        """By seconds from now, which is not over when the answer comes: a second of a busy machine may be a long one."""
        for _ in range(100):
            now = int(time.time())
            answer = world.ask_once(world.good.token(**{name: now + seconds for name, seconds in times.items()}))
            if time.time() < now + 3:
                return answer
        raise AssertionError("no answer within two seconds")

    world.ask(world.good.token())
    assert ask(exp=-55).status_code == 200
    assert ask(exp=-61).json()["message"] == "Expired token!"
    assert ask(iat=55, nbf=55).status_code == 200
    assert ask(nbf=65).status_code == 401


# ---- keys

def test_a4_a_new_key_is_good_at_once_and_one_that_was_taken_back_is_not(own_world):
    world = own_world()
    provider = world.good
    old, new = provider.keys[0], Key("second", "EC")
    assert world.ask(provider.token()).status_code == 200
    provider.keys = [new, old]
    time.sleep(0.4)
    assert world.ask(provider.token(key=new, nonce="1")).status_code == 200
    assert world.ask(provider.token(key=old, nonce="2")).status_code == 200, "both are shown"
    provider.keys = [new]
    time.sleep(0.4)
    world.ask(provider.token(key=Key("third")))  # makes the server look
    assert world.ask(provider.token(key=old, nonce="3")).status_code == 401
    assert world.ask(provider.token(key=new, nonce="4")).status_code == 200


def test_a4_a_key_outlives_an_abrupt_rotation_for_the_overlap(own_world):
    world = own_world(keyOverlapSeconds=60)
    provider, old = world.good, world.good.keys[0]
    assert world.ask(provider.token()).status_code == 200
    provider.keys = [Key("second")]
    time.sleep(0.4)
    assert world.ask(provider.token(nonce="1")).status_code == 200
    assert world.ask(provider.token(key=old, nonce="2")).status_code == 200


def test_a4_a_thousand_unknown_keys_a_second_are_one_fetch_a_minute(own_world):
    world = own_world(keyRefreshSeconds=600)  # a minute may be over before a slow machine has come to the end
    provider = world.good
    assert world.ask(provider.token()).status_code == 200
    fetched = dict(provider.counts)
    forged = [provider.token(key=STRANGER, header={"kid": f"k{i}"}) for i in range(300)]
    counts, slow, end = [], [], time.monotonic() + 5

    def flood():
        with requests.Session() as session:
            session.trust_env = False
            sent = 0
            while time.monotonic() < end:
                assert world.ask(forged[sent % len(forged)], session=session).status_code == 401
                sent += 1
            counts.append(sent)

    threads = [threading.Thread(target=flood) for _ in range(4)]
    [thread.start() for thread in threads]
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < end:
            began = time.monotonic()
            assert world.ask(provider.token(nonce=str(len(slow))), session=session).status_code == 200
            slow.append(time.monotonic() - began)
    [thread.join() for thread in threads]
    assert provider.counts == fetched, "within that time of the first fetch there is none"
    print(f"{sum(counts) / 5:.0f} unknown keys a second, good ones meanwhile {statistics.median(slow) * 1e3:.1f} ms in the median")


@pytest.mark.parametrize("mode", ["slow", "big", "redirect", "garbage", "error", "empty"])
def test_a4_a_provider_that_misbehaves_is_no_outage_for_known_keys(own_world, mode):
    world = own_world()
    provider = world.good
    assert world.ask(provider.token()).status_code == 200
    provider.mode = mode
    time.sleep(0.4)
    unknown, times = provider.token(key=Key("second")), []
    began = time.monotonic()
    assert world.ask_once(unknown).status_code in (401, 503)
    assert time.monotonic() - began < 20  # three, and not the 40 that a slow one takes
    for i in range(5):
        began = time.monotonic()
        assert world.ask_once(provider.token(nonce=str(i))).status_code == 200
        times.append(time.monotonic() - began)
    assert statistics.median(times) < 1
    assert "/elsewhere" not in provider.counts, "a redirect was followed"
    if mode != "slow":
        assert "identity provider good: keys: " in world.server.log()


def test_a4_a_provider_that_is_down_is_no_outage_for_known_keys_and_is_asked_again(own_world):
    world = own_world()
    provider, port = world.good, world.good.port
    tokens = [provider.token(nonce=str(i)) for i in range(3)]
    assert world.ask(tokens[0]).status_code == 200
    provider.close()
    time.sleep(0.4)
    new = Key("second")
    assert world.ask(provider.token(key=new)).status_code == 401
    assert world.ask(tokens[1]).status_code == 200
    world.good = FakeProvider(port)
    world.good.keys = [new]
    time.sleep(0.4)
    assert world.ask(world.good.token()).status_code == 200


def test_a4_before_any_key_is_known_the_answer_is_come_again(own_world):
    world = own_world()
    world.good.mode = "error"
    answer = world.ask_once(world.good.token())
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    world.good.mode = "ok"
    time.sleep(0.4)
    assert world.ask(world.good.token()).status_code == 200


def test_a4_a_slow_provider_holds_up_few(own_world):
    world = own_world()
    world.good.mode = "slow"
    tokens = [world.good.token(nonce=str(i)) for i in range(24)]
    statuses = []
    threads = [threading.Thread(target=lambda token=token: statuses.append(world.ask_once(token).status_code)) for token in tokens]
    [thread.start() for thread in threads]
    slow = []
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        assert requests.get(world.server.root + "/healthz", timeout=30).status_code == 200
        slow.append(time.monotonic() - began)
        time.sleep(0.02)
    assert set(statuses) == {503}
    # Whom the waiting ones held up would be answered after their three seconds: once.
    assert len(slow) > 5 and statistics.median(slow) < 1, slow
    assert world.good.counts["/.well-known/openid-configuration"] <= 4


# ---- addresses and configuration

def test_w1_a_provider_is_asked_at_allowed_addresses_only(tmp_path):
    fake = FakeProvider()
    try:
        def status_of(issuer, *args, log="", ask=lambda call: call(), **settings):
            (tmp_path / "o.json").write_text(json.dumps({"providers": [{"name": "p", "clientId": "c", "issuer": issuer, "callbackUrl": "https://x/callback"}]} | settings))
            server = Server(args=["--oidc-config", str(tmp_path / "o.json"), *args]).start()
            try:
                status = ask(lambda: requests.get(server.base + "/auth/login/p", allow_redirects=False, timeout=30)).status_code
                assert wait_until(lambda: log in server.log()), (issuer, server.log())
                return status
            finally:
                server.stop()
                server.remove()

        for issuer in ("https://169.254.169.254", "https://10.0.0.1", "https://[fd00::1]", "https://0.0.0.0"):
            assert status_of(issuer, log="allowAddresses") == 503
        assert status_of(fake.issuer, "--host", "0.0.0.0", log="loopback") == 503 and not fake.counts
        assert status_of(fake.issuer, "--host", "0.0.0.0", ask=patiently, allowAddresses=["127.0.0.0/8"]) == 302
        # Nor does a configuration lead where none may go.
        fake.configuration = {"jwks_uri": "https://169.254.169.254/jwks", "token_endpoint": "http://example.com/token"}
        assert status_of(fake.issuer, log="may not be used") == 503
        fake.configuration = {"issuer": "https://another.example"}
        assert status_of(fake.issuer, log="another issuer") == 503
    finally:
        fake.close()


GOOD = {"name": "p", "clientId": "c", "issuer": "https://idp.example"}
BAD_FILES = {
    "": "1", "[]": "1", '{\n"providers": [\n}': "3", '{"providers": []}': "1", '{"providers": {}}': "1", '{\n"provider": []}': "1|2",
    '{"providers": [7]}': "1", '{\n"keyRefreshSeconds": 0,\n"providers": [{}]}': "2", '{\n"allowAddresses": ["x"],\n"providers": [{}]}': "2",
    '{\n "providers": [\n  {"name": "a",\n   "clientID": "x",\n   "clientId": "c", "issuer": "https://x"}]}': "4",
}
BAD_PROVIDERS = [
    {"name": "A B"}, {"name": ""}, {"clientId": ...}, {"issuer": ...}, {"issuer": "http://idp.example"}, {"issuer": "https://user:pw@idp.example"},
    {"issuer": "https://idp.example/#x"}, {"issuer": "https://idp.example\\@evil"}, {"issuer": "ftp://x"}, {"issuer": "https://"}, {"kind": "facebook"},
    {"clientSecret": "x"}, {"clientSecretFile": "/nonexistent"}, {"clientSecretEnv": "NOT_SET_ANYWHERE"}, {"scopes": ["email"]}, {"scopes": []}, {"leewaySeconds": 61},
    {"callbackUrl": "https://x/other"}, {"callbackUrl": "http://x/callback"}, {"callbackUrl": "https://x/callback?y"}, {"selfSignup": True}, {"selfSignup": "yes"},
    {"kind": "okta", "issuer": ...}, {"kind": "auth0", "issuer": ..., "domain": "a/b"}, {"kind": "azure", "issuer": ..., "tenant": "common"},
    {"kind": "azure", "issuer": ...}, {"kind": "google"}, {"principalClaims": [7]}, {"principalClaim": ["email"]},
]


def refuse(tmp_path, text):
    from test_config import assert_refused, run
    (tmp_path / "oidc.json").write_text(text)
    done = run("serve", "--data", tmp_path / "data", "--oidc-config", tmp_path / "oidc.json", cwd=tmp_path)
    assert_refused(done, tmp_path)
    return done.stderr


@pytest.mark.parametrize("text, line", BAD_FILES.items(), ids=range(len(BAD_FILES)))
def test_o4_a_file_of_providers_that_is_wrong_ends_with_64_and_the_line(text, line, tmp_path):
    said = refuse(tmp_path, text)
    assert re.search(rf"oidc\.json:({line}): ", said), said


@pytest.mark.parametrize("change", BAD_PROVIDERS, ids=lambda change: str(change)[:40])
def test_o4_a_provider_that_is_wrong_ends_with_64_and_the_setting(change, tmp_path):
    provider = {name: value for name, value in (GOOD | change).items() if value is not ...}
    said = refuse(tmp_path, json.dumps({"providers": [provider]}, indent=1))
    assert "providers[0]" in said, said


def test_o4_two_providers_of_one_name_or_issuer_are_refused_and_a_mistyped_setting_is_told(tmp_path):
    assert "another provider's" in refuse(tmp_path, json.dumps({"providers": [GOOD, GOOD | {"name": "q"}]}))
    assert "another provider's" in refuse(tmp_path, json.dumps({"providers": [GOOD, GOOD | {"issuer": "https://other.example"}]}))
    assert "did you mean clientId?" in refuse(tmp_path, json.dumps({"providers": [{"clientID": "c"} | GOOD]}))


@pytest.mark.parametrize("settings, issuer", [
    ({"kind": "google"}, "https://accounts.google.com"), ({"kind": "okta", "domain": "dev-1.okta.com"}, "https://dev-1.okta.com"),
    ({"kind": "okta", "domain": "dev-1.okta.com", "authorizationServer": "default"}, "https://dev-1.okta.com/oauth2/default"),
    ({"kind": "auth0", "domain": "x.eu.auth0.com"}, "https://x.eu.auth0.com/"),
    ({"kind": "azure", "tenant": "11111111-2222-3333-4444-555555555555"}, "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"),
    ({"discoveryUri": "https://idp.example/realms/x/.well-known/openid-configuration"}, "https://idp.example/realms/x")])
def test_the_well_known_providers_need_few_settings(tmp_path, settings, issuer):
    (tmp_path / "o.json").write_text(json.dumps({"providers": [{"name": "p", "clientId": "c"} | settings]}))
    server = Server(args=["--oidc-config", str(tmp_path / "o.json"), "--public-url", "https://catalog.example/api"]).start()
    try:
        (provider,) = requests.get(server.base + "/system/config/auth", timeout=30).json()["providers"]
        assert provider["authority"] == issuer and provider["callbackUrl"] == "https://catalog.example/callback"
    finally:
        server.stop()
        server.remove()
