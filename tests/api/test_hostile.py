"""Requests that mean harm: each gets exactly one answer of the right kind, in the API's form, and the server lives on."""

import gzip
import itertools

import pytest

from rawhttp import assert_error, connect, exchange, read_answer

HOST = "Host: x\r\n"
JSON = "Content-Type: application/json\r\n"
MIB = 1 << 20


def request(line, fields="", body=b"", host=HOST):
    """A head whose {auth} is put in later, and a body."""
    return f"{line}\r\n{host}{{auth}}{fields}\r\n".encode("latin-1") + body


def post(body, fields=JSON, path="/api/v1/tables", length=None, method="POST"):
    size = len(body) if length is None else length
    return request(f"{method} {path} HTTP/1.1", f"{fields}Content-Length: {size}\r\n", body)


def chunked(body, fields=""):
    return request("POST /api/v1/tables HTTP/1.1", f"{JSON}{fields}Transfer-Encoding: chunked\r\n", body)


GET = "GET /api/v1/tables HTTP/1.1"
NUMBER = b"1.00000000001e-2147483638"

# name: (bytes, status with a token, status without)
SAME = {  # refused before anybody asks who it is
    "a request line that is too long": (request("GET /" + "a" * 9000 + " HTTP/1.1"), 414),
    "a request line without end": (b"GET /" + b"a" * 200_000, 414),
    "a field that is too long": (request(GET, "X: " + "a" * 9000 + "\r\n"), 431),
    "a token of 9,000 bytes": (request(GET, "Authorization: Bearer " + "a" * 9000 + "\r\n"), 431),
    "a head that is too long": (request(GET, "".join(f"X{i}: {'a' * 1000}\r\n" for i in range(20))), 431),
    "a head without end": (request(GET)[:-2] + b"X: y\r\n" * 100_000, 431),
    "101 fields": (request(GET, "".join(f"X{i}: y\r\n" for i in range(101))), 431),
    "a NUL in the path": (b"GET /api/v1/tables\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a NUL in a field": (request(GET, "X: a\x00b\r\n"), 400),
    "NULs only": (b"\x00" * 5000, 400),
    "a bare LF": (b"GET /api/v1/tables HTTP/1.1\nHost: x\n\n", 400),
    "a bare LF among the fields": (request(GET, "X: y\nZ: z\r\n"), 400),
    "a bare CR": (request(GET, "X: y\rZ: z\r\n"), 400),
    "a CR before the CR LF": (request(GET, "X: y\r\r\n"), 400),
    "a folded field": (request(GET, "X: y\r\n z\r\n"), 400),
    "a blank before the colon": (request(GET, "X : y\r\n"), 400),
    "a field without a name": (request(GET, ": y\r\n"), 400),
    "a field without a colon": (request(GET, "XYZ\r\n"), 400),
    "a field name with a bracket": (request(GET, "X(Y): z\r\n"), 400),
    "a field name that is not ASCII": (request(GET, "X\xe4: z\r\n"), 400),
    "a control character in a value": (request(GET, "X: a\x07\r\n"), 400),
    "an escape sequence in a value": (request(GET, "X: \x1b[31m\r\n"), 400),
    "no Host": (request(GET, host=""), 400),
    "two Hosts": (request(GET, "Host: y\r\n"), 400),
    "two equal Hosts": (request(GET, HOST), 400),
    "an empty Host": (request(GET, host="Host:\r\n"), 400),
    "a Host with a path": (request(GET, host="Host: x/y\r\n"), 400),
    "a Host with a user": (request(GET, host="Host: a@x\r\n"), 400),
    "a Host with two names": (request(GET, host="Host: x y\r\n"), 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/2.0": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/1.9": (request("GET / HTTP/1.9"), 505),
    "a version in small letters": (request("GET / http/1.1"), 400),
    "no version": (request("GET /"), 400),
    "a method that is no word": (request("G<T / HTTP/1.1"), 400),
    "a method without end": (request("A" * 5000 + " / HTTP/1.1"), 400),
    "two blanks": (request("GET  / HTTP/1.1"), 400),
    "a blank in the target": (request("GET /a b HTTP/1.1"), 400),
    "a tab in the target": (request("GET /a\tb HTTP/1.1"), 400),
    "a target without a slash": (request("GET tables HTTP/1.1"), 400),
    "a target of another protocol": (request("GET ftp://x/ HTTP/1.1"), 400),
    "CONNECT": (request("CONNECT x:443 HTTP/1.1"), 400),
    "a star with GET": (request("GET * HTTP/1.1"), 400),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400),
    "a length twice": (post(b"{}", JSON + "Content-Length: 2\r\n"), 400),
    "a negative length": (post(b"", length=-1), 400),
    "a length with a plus": (post(b"{}", length="+2"), 400),
    "a length in hex": (post(b"{}", length="0x2"), 400),
    "an empty length": (post(b"", length=""), 400),
    "a huge length": (post(b"", length=10**18), 413),
    "a length beyond 64 bits": (post(b"", length=10**30), 413),
    "a length just beyond the bound": (post(b"", length=16 * MIB + 1), 413),
    "length and chunks": (chunked(b"0\r\n\r\n", "Content-Length: 5\r\n"), 400),
    "chunks in gzip": (request("POST /api/v1/tables HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n"), 501),
    "an unknown coding": (request("POST /api/v1/tables HTTP/1.1", "Transfer-Encoding: x\r\n"), 501),
    "chunks in HTTP/1.0": (request("POST /api/v1/tables HTTP/1.0", "Transfer-Encoding: chunked\r\n"), 400),
    "a gzip bomb": (post(gzip.compress(b"\0" * 50 * MIB), JSON + "Content-Encoding: gzip\r\n"), 415),
    "a body in Brotli": (post(b"x", JSON + "Content-Encoding: br\r\n"), 415),
    "a chunk size that is no number": (chunked(b"xyz\r\n"), 400),
    "a negative chunk size": (chunked(b"-2\r\nab\r\n0\r\n\r\n"), 400),
    "a chunk size with 0x": (chunked(b"0x2\r\nab\r\n0\r\n\r\n"), 400),
    "a chunk size with a blank": (chunked(b"2 \r\nab\r\n0\r\n\r\n"), 400),
    "a huge chunk size": (chunked(b"ffffffffffffffff\r\n"), 413),
    "a chunk beyond the bound": (chunked(b"1000001\r\n"), 413),
    "a chunk that is longer than it says": (chunked(b"2\r\nabc\r\n0\r\n\r\n"), 400),
    "chunks with a bare LF": (chunked(b"2\nab\n0\n\n"), 400),
    "an extension without end": (chunked(b"1;" + b"x" * 100_000), 400),
    "trailers without end": (chunked(b"0\r\n" + b"A: b\r\n" * 50_000), 400),
    "an unknown expectation": (post(b"{}", JSON + "Expect: the-moon\r\n"), 417),
    "a huge body behind Expect": (post(b"", JSON + "Expect: 100-continue\r\n", length=10**12), 413),
    "a path that is not UTF-8": (request("GET /api/v1/tables/name/%ff%fe HTTP/1.1"), 400),
    "a broken escape in the path": (request("GET /api/v1/tables/name/%zz HTTP/1.1"), 400),
    "half an escape in the path": (request("GET /api/v1/tables/name/a%2 HTTP/1.1"), 400),
    "BREW": (request("BREW /api/v1/tables HTTP/1.1"), 405),
    "TRACE": (request("TRACE /api/v1/tables HTTP/1.1"), 405),
    "a path with 4,000 slashes": (request("GET " + "/" * 4000 + " HTTP/1.1"), 404),
    "a path with 2,000 segments": (request("GET " + "/a" * 2000 + " HTTP/1.1"), 404),
}
ASKED = {  # 401 for those without a token, whatever else is wrong
    "no body": (post(b""), 400),
    "deep arrays": (post(b"[" * 100_000), (400, 413)),
    "deep objects": (post(b"{\"a\":" * 100_000), (400, 413)),
    "deep JSON in chunks": (chunked(b"186a0\r\n" + b"[" * 100_000 + b"\r\n0\r\n\r\n"), (400, 413)),
    "the number that killed the parser": (post(b"{\"x\":" + NUMBER + b"}"), 400),
    "the same, negative": (post(b"{\"x\":-" + NUMBER + b"}"), 400),
    "a number with a huge exponent": (post(b"{\"x\":1e99999999999}"), 400),
    "a number of 100,000 digits": (post(b"{\"x\":" + b"9" * 100_000 + b"}"), 400),
    "text that is not UTF-8": (post(b"{\"name\":\"\xff\xfe\"}"), 400),
    "an overlong slash": (post(b"{\"name\":\"\xc0\xaf\"}"), 400),
    "half a surrogate": (post(b"{\"name\":\"\\ud800\"}"), 400),
    "a NUL in JSON": (post(b"{\"name\":\"a\x00\"}"), 400),
    "keys twice": (post(b"{\"name\":\"a\",\"name\":\"b\"}"), 400),
    "a million members": (post(b"{" + b",".join(b"\"%d\":1" % i for i in range(200_000)) + b"}"), (400, 413)),
    "a query that is not UTF-8": (request("GET /api/v1/tables?database=%ff HTTP/1.1"), 400),
    "a broken escape in the query": (request("GET /api/v1/tables?database=%zz HTTP/1.1"), 400),
    "a limit of 10^30": (request("GET /api/v1/tables?limit=1000000000000000000000000000000 HTTP/1.1"), 400),
    "another content type": (post(b"a=b", "Content-Type: application/x-www-form-urlencoded\r\n"), 415),
    "multipart without a boundary": (post(b"--x", "Content-Type: multipart/form-data\r\n"), 415),
    "a patch that is no list": (post(b"{}", "Content-Type: application/json-patch+json\r\n", method="PATCH",
                                     path="/api/v1/tables/00000000-0000-0000-0000-000000000000"), (400, 404)),
    "an upgrade to HTTP/2": (request("POST /api/v1/tables HTTP/1.1", "Upgrade: h2c\r\nContent-Length: 0\r\n"), (400, 415)),
}
CASES = [(name, data, status, status) for name, (data, status) in SAME.items()]
CASES += [(name, data, status, 401) for name, (data, status) in ASKED.items()]


@pytest.mark.parametrize("data, with_token, without", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_l1_l2_a_hostile_request_has_one_right_answer(server, bot_token, data, with_token, without):
    for auth, status in ((f"Authorization: Bearer {bot_token}\r\n", with_token), ("", without)):
        answers = exchange(server, data.replace(b"{auth}", auth.encode()))
        assert len(answers) == 1, answers
        assert_error(answers[0], status)
    [alive] = exchange(server, request("GET /api/v1/system/version HTTP/1.1").replace(b"{auth}", b""))
    assert alive.status == 200


SECOND = b"GET /api/v1/system/version HTTP/1.1\r\nHost: x\r\n\r\n"


def smuggling_vectors():
    """Requests that another reader would end elsewhere, each with a second request in what may be taken for its body."""
    def one(fields, body=SECOND, line="POST /api/v1/users/login HTTP/1.1", host=HOST):
        return f"{line}\r\n{host}{JSON}{fields}\r\n".encode("latin-1") + body

    zero = b"0\r\n\r\n" + SECOND
    length = "Content-Length: 5\r\n"
    for coding in ("chunked", "Chunked", "CHUNKED", " chunked", "\tchunked", "chunked ", "identity", "xchunked", "chunked, identity",
                   "identity, chunked", "chunked, chunked", "gzip, chunked", "\"chunked\"", "chunked;q=1", "chunked,", ",chunked", ""):
        yield f"length first, then {coding!r}", one(f"{length}Transfer-Encoding: {coding}\r\n", zero)
    for field in ("Transfer-Encoding : chunked", " Transfer-Encoding: chunked", "Transfer-Encoding\t: chunked", "X: y\rTransfer-Encoding: chunked",
                  "X: y\nTransfer-Encoding: chunked", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding\x00: chunked",
                  "Transfer-Encoding: \x00chunked", "Transfer-Encoding:\x0bchunked", "Transfer-Encoding: chunked\r\n\tX"):
        yield f"{field!r}", one(f"{length}{field}\r\n", zero)
    for lengths in (("5", "6"), ("5", "5"), ("0", "5"), ("5, 5", None), ("5,6", None), ("+5", None), ("-5", None), ("5;", None), ("0x5", None),
                    ("5 0", None), ("", None), ("\x0b5", None), ("1e1", None), ("5.", None)):
        fields = "".join(f"Content-Length: {value}\r\n" for value in lengths if value is not None)
        yield f"lengths {lengths}", one(fields)
    yield "chunks, then a length", one(f"Transfer-Encoding: chunked\r\n{length}", zero)
    yield "chunks in HTTP/1.0", one("Transfer-Encoding: chunked\r\n", zero, "POST /api/v1/users/login HTTP/1.0")
    yield "two codings", one("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", zero)
    yield "a chunk that says less", one("Transfer-Encoding: chunked\r\n", b"1\r\nabc\r\n" + zero)
    yield "a chunk with a bare LF", one("Transfer-Encoding: chunked\r\n", b"1\na\n0\n\n" + SECOND)
    yield "a chunk extension with a bare LF", one("Transfer-Encoding: chunked\r\n", b"1;a\nb\r\na\r\n" + zero)
    yield "two hosts", one("Host: y\r\nContent-Length: 0\r\n")
    yield "an LF alone after the head", b"POST /api/v1/users/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\n" + SECOND


SMUGGLING = list(smuggling_vectors())


def test_l3_there_are_at_least_forty_smuggling_vectors():
    assert len(SMUGGLING) >= 40


@pytest.mark.parametrize("data", [data for _, data in SMUGGLING], ids=[name for name, _ in SMUGGLING])
def test_l3_a_request_that_can_be_read_in_two_ways_is_refused_and_its_connection_closed(server, data):
    answers = exchange(server, data)
    assert len(answers) == 1, answers
    assert_error(answers[0], (400, 501))
    assert answers[0].headers["connection"] == "close"


def path_forms():
    """Ways to write a path that climbs."""
    ups = ["..", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e%252e", "..%00", "..;", "%c0%ae%c0%ae", "%uff0e%uff0e", "..\\", "..%5c", "..%2f", "%2e%2e%2f", "..."]
    roots = ["", "/api", "/api/v1", "/api/v1/tables", "/api/v1/tables/name"]
    goals = ["etc/passwd", "catalog.db", "keys/secret.key", "tokens%2fingestion-bot.jwt"]
    for up, root, goal in itertools.product(ups, roots, goals):
        yield f"{root}/{up}/{up}/{goal}"
    yield from ("/%00", "/..", "/../", "//etc/passwd", "/./etc/passwd", "/\\etc\\passwd", "/%5cetc%5cpasswd", "/%2fetc%2fpasswd", "/file:///etc/passwd",
                "/api/v1/%2e%2e/%2e%2e/etc/passwd?x", "/api//v1//..//..//etc/passwd", "/.git/config", "/proc/self/environ", "/api/v1/tables/%2e")


FORMS = list(path_forms())


def test_w8_no_form_of_a_path_leads_out_of_the_route_table(server, bot_token):
    assert len(FORMS) >= 300
    for auth in (f"Authorization: Bearer {bot_token}\r\n", ""):
        with connect(server) as line:
            for path in FORMS:
                line.sendall(f"GET {path} HTTP/1.1\r\n{HOST}{auth}\r\n".encode())
                answer = read_answer(line)
                assert_error(answer, (400, 404) if auth else (400, 401, 404))
                assert b"root:" not in answer.body and b"SQLite" not in answer.body, path


BREAKS = ["%0d%0a", "%0a", "%0d", "%0D%0A%20", "%e5%98%8a%e5%98%8d", "%00%0d%0a", "%250d%250a", "\\r\\n", "%c0%8d%c0%8a", "%u000d%u000a"]
PLACES = ["/swagger-ui{0}", "/swagger-ui/{0}", "/api/v1/tables/name/{0}", "/api/v1/tables?after={0}", "/api/v1/tables?fields={0}", "/{0}",
          "/api/v1/search/query?q={0}&index={0}", "/api/v1/audit/logs?after={0}", "/api/v1/audit/logs/export?action={0}",
          "/api/v1/events?after={0}", "/api/v1/lineage/export?fqn={0}&type=table", "/api/v1/lineage/table/name/{0}"]
FIELDS = ["X-Request-Id", "Origin", "Host", "X-Forwarded-For", "X-Forwarded-Proto", "Access-Control-Request-Headers",
          "Access-Control-Request-Method", "Accept-Encoding", "Last-Event-ID", "If-Match", "X-Metadata-Dialect"]


def test_w3_nothing_that_a_client_sends_makes_a_line_of_an_answers_head(server, admin_token):
    auth = f"Authorization: Bearer {admin_token}\r\n"
    requests_of = [(f"GET {place.format(f'x{cut}Injected:%20yes')} HTTP/1.1\r\n{HOST}{auth}\r\n", cut)
                   for place in PLACES for cut in BREAKS]
    for field, cut in itertools.product(FIELDS, [*BREAKS, "\t", "\v", "\f", "\x7f", "\x85"]):
        host = "" if field == "Host" else HOST
        for method in ("GET", "OPTIONS"):
            requests_of.append((f"{method} /api/v1/tables HTTP/1.1\r\n{host}{auth}{field}: http://a{cut}Injected: yes\r\n\r\n", cut))
    assert len(requests_of) > 400
    for request, cut in requests_of:
        with connect(server) as line:
            line.sendall(request.encode("latin-1"))
            answer = read_answer(line)
        assert answer.status < 500 or answer.status == 501, request
        assert "injected" not in answer.headers, request
        assert not any(c in value for value in answer.headers.values() for c in "\r\n\0"), request
