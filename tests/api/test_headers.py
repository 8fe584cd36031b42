"""W7: what every answer says to a browser or a cache, on every route and on every way to fail."""

import json
import pathlib
import socket

import pytest
import requests

CONTRACT = pathlib.Path(__file__).resolve().parent.parent / "contract" / "entities.json"
WANTED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
ID = "00000000-0000-4000-8000-000000000000"
PUBLIC = ["/healthz", "/readyz", "/api/v1/system/version", "/api/v1/system/health", "/api/v1/system/config/jwks", "/api/v1/system/config/auth",
          "/api/v1/system/config/authorizer", "/api/v1/system/config/customUiThemePreference", "/api/v1/system/config/loginConfig"]
OTHER = [("GET", "/"), ("GET", "/api"), ("GET", "/nothing"), ("GET", "/%ff"), ("DELETE", "/healthz"), ("OPTIONS", "/api/v1/tables"), ("HEAD", "/api/v1/tables"),
         ("POST", "/api/v1/users/login"), ("POST", "/api/v1/users/refresh"), ("GET", "/api/v1/users/loggedInUser"), ("GET", "/api/v1/system/status"),
         ("GET", "/api/v1/system/config/pipeline-service-client"), ("GET", "/api/v1/system/settings/profilerConfiguration"),
         ("GET", "/api/v1/search/fieldQuery?fieldName=fullyQualifiedName&fieldValue=x&index=table_search_index"), ("GET", "/api/v1/search/query?q=x"),
         ("GET", "/api/v1/lineage/table/name/x"), ("GET", "/api/v1/dashboards"), ("GET", "/api/v1/tables?limit=-1"), ("PATCH", "/api/v1/tables"),
         ("GET", "/api/v1/services/ingestionPipelines/x/pipelineStatus"), ("GET", "/api/v1/tables/name/" + "x" * 7000)]


def routes():
    yield from (("GET", path) for path in PUBLIC)
    yield from OTHER
    for row in json.loads(CONTRACT.read_text()).values():
        base = "/api/v1" + row["route"]
        yield from (("GET", base), ("POST", base), ("PUT", base), ("PUT", base + "/restore"), ("GET", base + "/name/x"), ("PATCH", base + "/name/x"),
                    ("DELETE", base + "/name/x"), ("GET", f"{base}/{ID}"), ("PATCH", f"{base}/{ID}"), ("DELETE", f"{base}/{ID}"),
                    ("GET", f"{base}/{ID}/versions"), ("GET", f"{base}/{ID}/versions/0.1"), ("GET", base + "/name/x/versions"))


def missing(answer):
    wrong = [name for name, value in WANTED.items() if answer.headers.get(name) != value]
    wrong += [name for name in ("X-Request-Id",) if not answer.headers.get(name)]
    # A server's name is nobody's business, its version less so.
    wrong += [name for name in ("Server", "X-Powered-By", "Via") if any(c.isdigit() for c in answer.headers.get(name, ""))]
    return wrong


def test_w7_w11_every_answer_of_every_route_has_the_headers(server, admin_token):
    seen, wrong = 0, []
    with requests.Session() as session:
        session.trust_env = False
        for method, path in routes():
            for headers in ({}, {"Authorization": "Bearer " + admin_token}, {"Authorization": "Bearer x"}):
                answer = session.request(method, server.root + path, headers=headers, timeout=30, allow_redirects=False)
                seen += 1
                if lacks := missing(answer):
                    wrong.append((method, path[:60], answer.status_code, lacks))
    assert not wrong, wrong[:10]
    assert seen >= 500
    print(f"{seen} answers")


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
    b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(500)) + b"\r\n",
    b"POST /api/v1/tables HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
])
def test_w7_answers_that_the_transport_gives_alone_have_them_too(server, data):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := client.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
    if not answer:
        return  # a connection that is closed without a word tells nothing
    head = answer.split(b"\r\n\r\n", 1)[0].decode("latin-1").lower()
    for name, value in WANTED.items():
        assert f"{name}: {value}".lower() in head, (name, answer[:400])


def test_w11_ids_of_requests_are_told_in_the_header_and_never_in_the_body(server, admin_token):
    answer = requests.get(server.base + "/tables/name/nothing", headers={"Authorization": "Bearer " + admin_token}, timeout=30)
    assert answer.status_code == 404 and answer.headers["X-Request-Id"] not in answer.text
