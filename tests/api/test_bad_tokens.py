"""A1, A2: forged and damaged bearer tokens, over HTTP. The tests/access table has more of them for the library.

The forger here has the server's own signing key, so that what a table row alters is all that is wrong with it."""

import base64
import hashlib
import hmac
import json
import re
import shutil
import socket
import statistics
import subprocess
import time

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from client import assert_error_shape
from harness import Server


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpad(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Forger:
    """Makes tokens like a good one with any part altered."""

    def __init__(self, server, good):
        pem = (server.data / "keys" / "jwt.pem").read_bytes()
        self.key = serialization.load_pem_private_key(pem, None)
        self.other = rsa.generate_private_key(65537, 2048)
        self.good = good
        self.head, self.claims, self.signature = good.split(".")
        self.header = json.loads(unpad(self.head))
        self.body = json.loads(unpad(self.claims))

    def sign(self, text, key=None, hash_=None, pad=None):
        return encode((key or self.key).sign(text.encode(), pad or padding.PKCS1v15(), hash_ or hashes.SHA256()))

    def token(self, header=None, claims=None, **options):
        """Signed, with a header and claims as objects or as bytes."""
        raw = lambda value: value if isinstance(value, bytes) else json.dumps(value).encode()
        text = encode(raw(self.header if header is None else header)) + "." + encode(raw(self.body if claims is None else claims))
        return text + "." + self.sign(text, **options)

    def with_header(self, **members):
        header = {name: value for name, value in (self.header | members).items() if value is not ...}
        return self.token(header)

    def hmac(self, secret, **members):
        text = encode(json.dumps(self.header | members).encode()) + "." + self.claims
        return text + "." + encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())

    def jwk(self, key):
        numbers = key.public_key().public_numbers()
        number = lambda value: encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "alg": "RS256", "use": "sig"}


KIDS = ["", "../../etc/passwd", "../keys/jwt.pem", "/etc/passwd", "/dev/zero", "file:///etc/passwd", "http://127.0.0.1:1/key", "' or 1=1 --",
        "\" or \"\"=\"", "1; DROP TABLE side", "%2e%2e%2f", "\u0000", "x\u0000", "\n", "k" * 129, "k" * 5000, "ключ", "$(id)", "`id`", "*", "{}"]


def bad_tokens(f):
    """(name, token) of tokens that must be refused."""
    pem = f.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    pkcs1 = f.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
    der = f.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    unsigned = f.head + "." + f.claims
    flipped = bytearray(unpad(f.signature))
    flipped[77] ^= 1
    admin = encode(json.dumps(f.body | {"sub": "admin", "isBot": False}).encode())
    yield "empty", ""
    for alg in ("none", "None", "NONE", "nOnE", "NoNe", ""):
        text = encode(json.dumps(f.header | {"alg": alg}).encode()) + "." + f.claims
        yield f"alg {alg!r} unsigned", text + "."
        yield f"alg {alg!r} without the dot", text
        yield f"alg {alg!r} with our signature", f.with_header(alg=alg)
    for alg in ("HS256", "hs256", "HS384", "RS256"):
        for name, secret in (("PEM", pem), ("PEM without its last line feed", pem.rstrip()), ("PKCS1", pkcs1), ("DER", der), ("nothing", b"")):
            yield f"{alg} with {name} as secret", f.hmac(secret, alg=alg)
    yield "RS512", f.token(f.header | {"alg": "RS512"}, hash_=hashes.SHA512())
    yield "RS384", f.token(f.header | {"alg": "RS384"}, hash_=hashes.SHA384())
    yield "RS512 that says RS256", f.token(hash_=hashes.SHA512())
    yield "PS256", f.token(f.header | {"alg": "PS256"}, pad=padding.PSS(padding.MGF1(hashes.SHA256()), 32))
    yield "PS256 that says RS256", f.token(pad=padding.PSS(padding.MGF1(hashes.SHA256()), 32))
    for alg in ("rs256", "Rs256", "RS256 ", " RS256", "RS256\u0000", "ES256", "EdDSA", None, 256, ["RS256"], {"RS256": 1}, ...):
        yield f"alg {alg!r}", f.with_header(alg=alg)
    for crit in (["exp"], ["b64"], [], None, "exp", ["x-unknown"]):
        yield f"crit {crit!r}", f.with_header(crit=crit)
    yield "b64 false", f.with_header(b64=False, crit=["b64"])
    yield "another key, our kid", f.token(key=f.other)
    yield "another key in jwk", f.token(f.header | {"jwk": f.jwk(f.other)}, key=f.other)
    yield "another key in jwk without kid", f.token({"alg": "RS256", "jwk": f.jwk(f.other)}, key=f.other)
    yield "another key at jku", f.token(f.header | {"jku": "http://127.0.0.1:1/jwks"}, key=f.other)
    yield "another key at x5u", f.token(f.header | {"x5u": "http://127.0.0.1:1/cert"}, key=f.other)
    yield "another key in x5c", f.token(f.header | {"x5c": [base64.b64encode(der).decode()]}, key=f.other)
    yield "empty signature", unsigned + "."
    yield "no signature", unsigned
    yield "dot in front", "." + f.good
    yield "dot behind", f.good + "."
    yield "four parts", f.good + "." + f.signature
    yield "five parts, as encrypted", f.good + ".." + f.signature
    yield "dots", ".."
    yield "many dots", "." * 1000
    yield "parts swapped", f.claims + "." + f.head + "." + f.signature
    yield "signature first", f.signature + "." + f.head + "." + f.claims
    yield "header as claims", f.head + "." + f.head + "." + f.signature
    yield "one bit of the signature", unsigned + "." + encode(bytes(flipped))
    yield "signature cut", unsigned + "." + encode(unpad(f.signature)[:-1])
    yield "signature longer", unsigned + "." + encode(unpad(f.signature) + b"x")
    yield "signature of zeros", unsigned + "." + encode(bytes(256))
    yield "claims altered", f.head + "." + admin + "." + f.signature
    yield "padded", f.good + "="
    yield "padded parts", f.head + "==." + f.claims + "." + f.signature
    yield "standard alphabet", unsigned + "." + encode(b"\xfb\xff\xfe" * 85 + b"x").replace("-", "+").replace("_", "/")
    # 256 bytes leave four bits in the last character that must be zero.
    yield "bits behind the last byte", f.good[:-1] + chr(ord(f.good[-1]) + 1)
    yield "a blank inside", f.head + " ." + f.claims + "." + f.signature
    yield "a star", f.good.replace(".", "*")
    yield "twice", f.good + f.good
    yield "the scheme twice", "Bearer " + f.good
    yield "percent", f.good.replace(".", "%2E")
    yield "8,150 bytes", "A" * 8150
    yield "large parts", ".".join(("A" * 2500,) * 3)
    for text in (b"", b"{}", b"[]", b"null", b"\xff", b"{", b"{}x", b"7", b'"RS256"', b"\x00{}"):
        yield f"header {text!r}", f.token(text)
    good_claims = json.dumps(f.body).encode()
    yield "alg twice", f.token(b'{"alg":"none",' + json.dumps(f.header).encode()[1:])
    yield "kid twice", f.token(json.dumps(f.header).encode()[:-1] + b',"kid":"x"}')
    yield "sub twice", f.token(claims=b'{"sub":"admin",' + good_claims[1:])
    yield "exp twice", f.token(claims=b'{"exp":99999999999,"exp":99999999998,' + good_claims[1:])
    yield "a deep header", f.token(b'{"alg":"RS256","x":' + b"[" * 1000 + b"]" * 1000 + b"}")
    for number, kid in enumerate(KIDS):
        yield f"kid {number} {kid[:30]!r}", f.with_header(kid=kid)
    for kid in (None, 7, ["x"], {}, ...):
        yield f"kid {kid!r}", f.with_header(kid=kid)
    for name, values in {"iss": ("somebody", None, ["open-metadata.org"], ...), "sub": ("", None, "nobody", 7, ...), "aud": ("somebody", []),
                         "exp": (..., 1, 0, -1, "x", 1.5, 2**63, True, []), "iat": (..., "x", 0, 99999999999), "nbf": (99999999999, "x", None),
                         "jti": ("", ...), "uid": ("", "x", ...), "ver": (-1, 10**6, "0", ...), "tokenType": ("BOT", "PERSONAL_ACCESS", ...)}.items():
        for value in values:
            body = {key: v for key, v in (f.body | {name: value}).items() if v is not ...}
            yield f"{name} {value!r}", f.token(claims=body)


@pytest.fixture(scope="module")
def forger(server, admin_token):
    return Forger(server, admin_token)


def ask(session, server, token):
    return session.get(server.base + "/users/loggedInUser", headers={"Authorization": ("Bearer " + token).encode()}, timeout=30)


def test_a1_the_forger_makes_tokens_that_are_good_when_nothing_is_altered(server, forger):
    with requests.Session() as session:
        session.trust_env = False
        assert ask(session, server, forger.good).status_code == 200
        for again in (forger.token(), forger.token(claims=forger.body | {"x": 1}), forger.with_header(typ=...), forger.with_header(x5u="http://127.0.0.1:1/"),
                      forger.token(claims=forger.body | {"nbf": forger.body["iat"]})):
            assert ask(session, server, again).status_code == 200


def test_a1_a2_bad_tokens_are_all_refused_with_one_body(server, forger):
    table = list(bad_tokens(forger))
    assert len(table) >= 60 and len({name for name, _ in table}) == len(table)
    bodies, wrong, slow = {}, [], []
    with requests.Session() as session:
        session.trust_env = False
        for name, token in table:
            began = time.perf_counter()
            answer = ask(session, server, token)
            slow.append(time.perf_counter() - began)
            if answer.status_code != 401:
                wrong.append((name, answer.status_code, answer.text[:200]))
                continue
            assert_error_shape(answer)
            assert answer.headers["WWW-Authenticate"]
            bodies.setdefault(answer.text, []).append(name)
        assert ask(session, server, forger.good).status_code == 200
    assert not wrong
    messages = {json.loads(body)["message"]: names for body, names in bodies.items()}
    absent = messages.pop("Not Authorized! Token not present")
    assert set(absent) == {"empty"}
    # "exp 1" is a token of ours that has expired, which its holder is told.
    expired = messages.pop("Expired token!", [])
    assert set(expired) <= {"exp 1"}
    assert list(messages) == ["Invalid token"], {message: names[:5] for message, names in messages.items()}
    print(f"{len(table)} bad tokens, median {statistics.median(slow) * 1e3:.2f} ms, slowest {max(slow) * 1e3:.1f} ms")


@pytest.mark.parametrize("byte", [b"\x00", b"\n", b"\x0b", b"\x7f", b"\xff"])
def test_a1_bytes_that_no_header_may_hold_are_never_let_in(server, forger, byte):
    good = forger.good.encode()
    for value in (good + byte, byte + good, good[:50] + byte + good[50:]):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
            client.sendall(b"GET /api/v1/users/loggedInUser HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + value + b"\r\n\r\n")
            answer = b""
            while chunk := client.recv(65536):
                answer += chunk
        status = answer.split(b" ", 2)[1:2]
        # A line feed ends the field, and a good token stands before it: then it is that field and a line that is none.
        assert status in ([b"400"], [b"401"]), (byte, answer[:200])


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not here")
def test_a2_no_file_is_opened_for_a_kid(tmp_path):
    server = Server(data=tmp_path / "data").start()
    try:
        forger = Forger(server, server.login())
        trace = tmp_path / "trace"
        tracer = subprocess.Popen(["strace", "-f", "-e", "trace=open,openat,openat2,connect,execve", "-o", trace, "-p", str(server.process.pid)],
                                  stderr=subprocess.PIPE)
        first = tracer.stderr.readline()
        if b"ttach" not in first or b"not permitted" in first:
            tracer.kill()
            pytest.skip("this machine lets nobody trace: " + first.decode(errors="replace").strip())
        time.sleep(0.5)
        with requests.Session() as session:
            session.trust_env = False
            for kid in KIDS:
                assert ask(session, server, forger.with_header(kid=kid)).status_code == 401
        tracer.terminate()
        tracer.wait(120)
        opened = [line for line in trace.read_text(errors="replace").splitlines()
                  if re.search(r"\b(open|openat|openat2|connect|execve)\(", line) and "/proc/self" not in line]
        # A database connection that is opened for the first time opens the database; the search index follows the start
        # on a thread of its own; and an allocator asks how the system is set.
        others = ("catalog.db", "/dev/urandom", '"/sys/', '"/proc/sys/vm/', f'"{server.data}/search')
        opened = [line for line in opened if not any(other in line for other in others)]
        assert opened == []
    finally:
        server.stop()
