"""HTTPS by the server itself: versions, certificates, their change, and clients that speak something else."""

import socket
import ssl
import signal
import subprocess
import threading
import time

import pytest
import requests

from harness import ADMIN_EMAIL, ADMIN_PASSWORD, Server
from rawhttp import assert_error, connect, cpu_seconds, read_all, split_answers, wait_until
from tls_server import GET, TlsServer, context, make_certificate


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    own = TlsServer(tmp_path_factory.mktemp("tls"))
    own.start()
    yield own
    own.stop()
    own.remove()


def peer_of(server, cafile):
    with connect(server) as line, context(cafile).wrap_socket(line, server_hostname="localhost") as tls:
        tls.sendall(GET)
        assert tls.recv(100).startswith(b"HTTP/1.1 200")
        return tls.getpeercert(binary_form=True)


def test_w13_https_serves_the_api_and_links_say_https(tls_server):
    session = requests.Session()
    session.trust_env = False  # a bundle named by the environment would count more
    session.verify = str(tls_server.cert)
    base = f"https://localhost:{tls_server.port}/api/v1"
    token = session.post(f"{base}/users/login", json={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}, timeout=30).json()["accessToken"]
    session.headers["Authorization"] = "Bearer " + token
    answer = session.get(f"{base}/users?limit=1", timeout=30)
    assert answer.status_code == 200
    assert answer.json()["data"][0]["href"].startswith(base)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    big = session.put(f"{base}/services/databaseServices", json={"name": "tls", "serviceType": "SQLite", "description": "é" * 300_000}, timeout=30)
    assert big.status_code in (200, 201)
    assert session.get(f"{base}/services/databaseServices/name/tls", timeout=30).json()["description"] == "é" * 300_000
    assert f"https://localhost:{tls_server.port}/api" in tls_server.output()


def test_w13_versions_before_1_2_are_refused(tls_server):
    for version, taken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        wanted = context(tls_server.cert, version, version)
        wanted.set_ciphers("DEFAULT@SECLEVEL=0")
        wanted.set_alpn_protocols(["h2", "http/1.1"])
        with connect(tls_server) as line:
            if not taken:
                with pytest.raises(OSError):
                    wanted.wrap_socket(line, server_hostname="localhost")
                continue
            with wanted.wrap_socket(line, server_hostname="localhost") as tls:
                assert tls.version() == version.name.replace("_", ".") and tls.selected_alpn_protocol() == "http/1.1"
                assert tls.compression() is None


@pytest.mark.parametrize("suites", ["aNULL:@SECLEVEL=0", "RC4:@SECLEVEL=0", "kRSA:@SECLEVEL=0", "AES128-SHA:@SECLEVEL=0"])
def test_w13_weak_suites_are_refused(tls_server, suites):
    wanted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    wanted.check_hostname, wanted.verify_mode = False, ssl.CERT_NONE
    wanted.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        wanted.set_ciphers(suites)
    except ssl.SSLError:
        return  # this OpenSSL does not even offer them
    with connect(tls_server) as line, pytest.raises(OSError):
        wanted.wrap_socket(line, server_hostname="localhost")


def test_w13_plain_http_on_the_tls_port_fails_fast_and_says_why(tls_server):
    with connect(tls_server) as line:
        line.sendall(GET)
        [answer] = split_answers(read_all(line))  # a handshake that lasts too long is cut off without one
        assert_error(answer, 400)
        assert "HTTPS" in answer.json()["message"]
    with connect(tls_server) as line:
        line.sendall(b"\x00\xff" * 200)
        assert not read_all(line).startswith(b"HTTP")


def handshakes(server, count):
    """How long each takes with an answer, the shortest first."""
    times = []
    for _ in range(count):
        began = time.monotonic()
        peer_of(server, server.cert)
        times.append(time.monotonic() - began)
    return sorted(times)


def test_w13_slow_handshakes_are_cut_off_and_delay_nobody(tls_server):
    alone = handshakes(tls_server, 50)
    slow = [connect(tls_server) for _ in range(500)]
    for line in slow:
        line.sendall(b"\x16\x03\x01\x02\x00\x01")
    times = handshakes(tls_server, 100)
    print(f"a handshake and an answer beside 500 slow handshakes: {times[49] * 1000:.1f} ms, p90 {times[89] * 1000:.1f} ms")
    assert times[49] < 0.5 + 5 * alone[24] and times[89] < 2 + 5 * alone[44], (alone, times)
    for line in slow:
        line.settimeout(60)
        read_all(line)
        line.close()
    before = cpu_seconds(tls_server.process.pid)
    time.sleep(2)
    assert cpu_seconds(tls_server.process.pid) - before < 0.3


def test_w13_many_requests_on_one_connection_and_pipelined_ones(tls_server):
    with connect(tls_server) as line, context(tls_server.cert).wrap_socket(line, server_hostname="localhost") as tls:
        tls.sendall(GET * 50 + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        data = b""
        while piece := tls.recv(1 << 16):
            data += piece
        assert [answer.status for answer in split_answers(data)] == [200] * 51


def test_d15_w13_a_new_certificate_is_taken_on_hangup_and_a_bad_one_is_not(tmp_path):
    server = TlsServer(tmp_path)
    server.start()
    try:
        first = peer_of(server, server.cert)
        with connect(server) as line, context(server.cert).wrap_socket(line, server_hostname="localhost") as kept:
            kept.sendall(GET)
            assert kept.recv(1 << 16).startswith(b"HTTP/1.1 200")
            new_cert, new_key = make_certificate(tmp_path, "new", subject="again")
            old = server.cert.read_bytes(), server.key.read_bytes()
            stop, failures = threading.Event(), []

            def ask():
                while not stop.is_set():
                    kept.sendall(GET)
                    if not kept.recv(1 << 16).startswith(b"HTTP/1.1 200"):
                        failures.append("no answer")

            asking = threading.Thread(target=ask)
            asking.start()
            server.cert.write_bytes(new_cert.read_bytes())
            server.key.write_bytes(new_key.read_bytes())
            server.process.send_signal(signal.SIGHUP)
            assert wait_until(lambda: "reloaded" in server.log())
            second = peer_of(server, new_cert)
            assert second != first
            for cert, key, why in ((b"rubbish", new_key.read_bytes(), "certificate"), (new_cert.read_bytes(), old[1], "key"), (old[0], b"", "key")):
                server.cert.write_bytes(cert)
                server.key.write_bytes(key)
                seen = server.log().count("not reloaded")
                server.process.send_signal(signal.SIGHUP)
                assert wait_until(lambda: server.log().count("not reloaded") > seen)
                assert why in server.log().splitlines()[-1]
                assert peer_of(server, new_cert) == second
            stop.set()
            asking.join()
            assert not failures
    finally:
        server.stop()
        server.remove()


def test_w13_a_certificate_that_cannot_be_used_is_refused_at_start(tmp_path):
    good, key = make_certificate(tmp_path)
    short, short_key = make_certificate(tmp_path, "short", ("-newkey", "rsa:1024"))
    curve, curve_key = make_certificate(tmp_path, "curve", ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"))
    server = Server()
    try:
        for args, word in (((short, short_key), "2048"), ((good, short_key), "key"), ((tmp_path / "none", key), "certificate"), ((good, None), "--tls-key")):
            flags = ["--tls-cert", str(args[0])] + (["--tls-key", str(args[1])] if args[1] else [])
            done = server.run("serve", "--data", str(server.data), "--port", "0", *flags)
            assert done.returncode == 64 and word in done.stderr, done.stderr
        server.args = ["--tls-cert", str(curve), "--tls-key", str(curve_key)]
        server._ready = lambda: TlsServer._ready(server)
        server.cert = curve
        server.start()
        server.stop()
    finally:
        server.kill()
        server.remove()


def test_w13_clients_must_show_a_certificate_where_that_is_asked(tmp_path):
    mine, my_key = make_certificate(tmp_path, "mine")
    other, other_key = make_certificate(tmp_path, "other")
    server = TlsServer(tmp_path, ("--tls-client-ca", str(mine)))
    known = context(server.cert)
    known.load_cert_chain(mine, my_key)

    def get(wanted):
        with connect(server) as line, wanted.wrap_socket(line, server_hostname="localhost") as tls:
            tls.sendall(GET)
            return tls.recv(100).startswith(b"HTTP/1.1 200")

    def is_served(wanted):
        try:
            return get(wanted)
        except OSError:
            return False

    server._ready = lambda: is_served(known)
    server.start()
    try:
        unknown = context(server.cert)
        unknown.load_cert_chain(other, other_key)
        assert get(known) and not is_served(unknown) and not is_served(context(server.cert))
    finally:
        server.stop()
        server.remove()


def test_a_client_that_vanishes_in_a_handshake_does_no_harm(tls_server):
    for size in (0, 1, 5, 50):
        line = connect(tls_server)
        line.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[:size] + b"x" * max(0, size - 11))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        line.close()
    peer_of(tls_server, tls_server.cert)
