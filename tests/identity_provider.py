"""OpenID providers for tests: one of our own that does whatever a test wants, and a certified one (npm oidc-provider)."""

import base64
import hashlib
import html
import http.server
import json
import re
import socket
import subprocess
import threading
import time
import urllib.request
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from harness import ROOT, free_port, npm_packages
from receiver import QuietServer

CLIENT, SECRET = "catalog", "a secret: 100%"


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value, size=None):
    return encode(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A signing key with its id, RSA or P-256."""

    def __init__(self, kid, kind="RSA"):
        self.kid = kid
        self.private = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())
        self.alg = "RS256" if kind == "RSA" else "ES256"

    @property
    def jwk(self):
        numbers = self.private.public_key().public_numbers()
        if self.alg == "ES256":
            return {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32), "kid": self.kid, "use": "sig"}
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "kid": self.kid, "alg": "RS256", "use": "sig"}

    def sign(self, text):
        if self.alg == "ES256":
            r, s = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())

    def token(self, claims, **header):
        head = {name: value for name, value in ({"alg": self.alg, "kid": self.kid, "typ": "JWT"} | header).items() if value is not ...}
        text = encode(json.dumps(head).encode()) + "." + encode(json.dumps(claims).encode())
        return text + "." + encode(self.sign(text))


class FakeProvider:
    """Publishes `keys`; how its doors behave is `mode` ("ok", "slow", "big", "redirect", "garbage", "error", "empty")."""

    def __init__(self, port=0):
        self.keys = [Key("first")]
        self.mode = "ok"
        self.counts = {}
        self.connections = set()
        self.asked = []  # forms sent to the token door, with the Authorization header
        self.answer = None  # what the token door answers: a function of the form to (status, object)
        self.user = {}  # what the user door answers
        self.configuration = {}  # altered members
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = urlsplit(self.path).path
                fake.counts[path] = fake.counts.get(path, 0) + 1
                if path in ("/jwks", "/.well-known/openid-configuration") and fake.mode != "ok":
                    return self.misbehave()
                if path == "/jwks":
                    return self.say(200, {"keys": [key.jwk for key in fake.keys]})
                if path == "/.well-known/openid-configuration":
                    return self.say(200, {k: v for k, v in (fake.about() | fake.configuration).items() if v is not ...})
                if path == "/userinfo":
                    return self.say(200, fake.user)
                return self.say(404, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = dict(parse_qsl(body))
                fake.asked.append((form, self.headers.get("Authorization")))
                self.say(*fake.answer(form))

            def misbehave(self):
                if fake.mode == "slow":
                    time.sleep(40)
                    return self.say(200, {"keys": [key.jwk for key in fake.keys]})
                if fake.mode == "redirect":
                    return self.raw(302, b"", Location=fake.issuer + "/elsewhere")
                bodies = {"big": b'{"keys":[' + b" " * 10_000_000 + b"]}", "garbage": b"\xff{]" * 100, "empty": b'{"keys":[]}', "error": b"{}"}
                self.raw(500 if fake.mode == "error" else 200, bodies[fake.mode])

            def say(self, status, what):
                self.raw(status, json.dumps(what).encode())

            def raw(self, status, body, **headers):
                try:
                    self.send_response(status)
                    for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | headers).items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # the server had enough of it

            def setup(self):
                super().setup()
                fake.connections.add(self.connection)

            def finish(self):
                super().finish()
                fake.connections.discard(self.connection)

            def log_message(self, *_):
                pass

        self.server = QuietServer(("127.0.0.1", port or free_port()), Handler)  # one that it can have again after an end
        self.port = self.server.server_address[1]
        self.issuer = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def about(self):
        return {"issuer": self.issuer, "authorization_endpoint": self.issuer + "/authorize", "token_endpoint": self.issuer + "/token",
                "userinfo_endpoint": self.issuer + "/userinfo", "jwks_uri": self.issuer + "/jwks"}

    def claims(self, name="alice", **more):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "id of " + name, "email": name if "@" in name else f"{name}@example.com",
                  "email_verified": True, "name": f"The {name}", "iat": now, "exp": now + 600} | more
        return {key: value for key, value in claims.items() if value is not ...}

    def token(self, name="alice", key=None, header=None, **more):
        return (key or self.keys[0]).token(self.claims(name, **more), **(header or {}))

    def close(self):
        """As a process that ends: connections that are kept alive end, too."""
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended by itself


def patiently(call):
    """The first answer but 503, or the last one of a while: the server waits three seconds for a provider, and says to come again."""
    end = time.monotonic() + 30
    while (answer := call()).status_code == 503 and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def challenge_of(verifier):
    return encode(hashlib.sha256(verifier.encode()).digest())


class RealProvider:
    """The certified one, in a process of its own."""

    def __init__(self, callback):
        self.process = subprocess.Popen(["node", ROOT / "tests" / "oidc" / "provider.mjs", npm_packages("oidc"), callback], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.issuer = self.process.stdout.readline().strip()
        assert self.issuer.startswith("http://127.0.0.1:"), self.issuer

    def post(self, path):
        urllib.request.urlopen(urllib.request.Request(self.issuer + path, method="POST"), timeout=30).read()

    def close(self):
        self.process.kill()
        self.process.wait()


class Browser:
    """Follows redirects with its cookies, and fills in the forms of a log-in and a consent, as a person would."""

    def __init__(self, name):
        self.name = name
        self.session = requests.Session()
        self.session.trust_env = False

    def go(self, url, until):
        """The first answer from an address that begins with `until`, or the URL itself when `until` begins with "!"."""
        stop, until = until.startswith("!"), until.lstrip("!")
        answer = patiently(lambda: self.session.get(url, allow_redirects=False, timeout=30))
        for _ in range(30):
            if answer.is_redirect:
                url = urljoin(answer.url, answer.headers["Location"])
                if url.startswith(until):
                    return url if stop else self.session.get(url, allow_redirects=False, timeout=30)
                answer = self.session.get(url, allow_redirects=False, timeout=30)
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', answer.text, re.S)
            assert form, f"{answer.url}: {answer.status_code} {answer.text[:2000]}"
            fields = {name: html.unescape(value) for name, value in
                      re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form.group(2))}
            if "password" in form.group(2):
                fields |= {"login": self.name, "password": "any"}
            answer = self.session.post(urljoin(answer.url, html.unescape(form.group(1))), data=fields, allow_redirects=False, timeout=30)
        raise AssertionError("redirected for ever")


def parameters_of(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
