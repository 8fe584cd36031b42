"""A server that answers HTTPS only, with a certificate made for it."""

import socket
import ssl
import subprocess

from harness import Server

GET = b"GET /api/v1/system/version HTTP/1.1\r\nHost: localhost\r\n\r\n"


def make_certificate(folder, name="cert", key=("-newkey", "rsa:2048"), subject="localhost"):
    cert, secret = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", *key, "-nodes", "-days", "90", "-subj", f"/CN={subject}",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", secret, "-out", cert], check=True, capture_output=True)
    return cert, secret


class TlsServer(Server):
    """A server with a certificate. It answers HTTPS only, so the harness asks it in its own words."""

    def __init__(self, folder, args=(), binary=None):
        self.cert, self.key = make_certificate(folder)
        super().__init__(args=["--tls-cert", str(self.cert), "--tls-key", str(self.key), *args], binary=binary)

    def _ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as line, context(self.cert).wrap_socket(line, server_hostname="localhost") as tls:
                tls.sendall(GET)
                return tls.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False


def context(cert, low=ssl.TLSVersion.TLSv1_2, high=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    made = ssl.create_default_context(cafile=cert)
    made.minimum_version, made.maximum_version = low, high
    return made
