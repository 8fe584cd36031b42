"""A real receiver of webhooks: an HTTP server that checks nothing by itself and remembers everything."""

import base64
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # a client that gives up while it waits is what some tests want


class Receiver:
    """Answers with `status` (a number, or a function of the request's number) after `delay` seconds, with `headers`."""

    def __init__(self, status=200, delay=0.0, headers=None, port=0):
        self.status, self.delay, self.headers = status, delay, headers or {}
        self.requests = []  # (monotonic time, path, headers, body bytes, status answered)
        self.changed = threading.Condition()
        self.connections = set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with receiver.changed:
                    number = len(receiver.requests)
                status = receiver.status(number) if callable(receiver.status) else receiver.status
                if receiver.delay:
                    time.sleep(receiver.delay)
                with receiver.changed:
                    receiver.requests.append((time.monotonic(), self.path, dict(self.headers), body, status))
                    receiver.changed.notify_all()
                if status == 0:  # says nothing and goes
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def setup(self):
                super().setup()
                with receiver.changed:
                    receiver.connections.add(self.connection)

            def finish(self):
                with receiver.changed:
                    receiver.connections.discard(self.connection)
                super().finish()

            def log_message(self, *_):
                pass

        self.server = QuietServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def bodies(self, good_only=True):
        with self.changed:
            return [json.loads(body) for _, _, _, body, status in self.requests if not good_only or 200 <= status < 300]

    def events(self, good_only=True):
        """The events in the order in which they came, whether alone or in a batch."""
        found = []
        for body in self.bodies(good_only):
            found.extend(body if isinstance(body, list) else [body])
        return found

    def wait_for(self, condition, timeout_s=60):
        """Until condition(self) holds."""
        deadline = time.monotonic() + timeout_s
        while True:
            if condition(self):
                return
            with self.changed:
                left = deadline - time.monotonic()
                assert left > 0, f"not within {timeout_s} s; came: {[body for _, _, _, body, _ in self.requests][-5:]}"
                self.changed.wait(min(left, 0.2))

    def wait_events(self, count, timeout_s=60):
        self.wait_for(lambda self: len(self.events()) >= count, timeout_s)
        return self.events()

    def close(self):
        """As a process that ends: connections that are kept alive end, too."""
        self.server.shutdown()
        self.server.server_close()
        with self.changed:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it has ended by itself

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def signature(key, body):
    """X-OM-Signature as it must be."""
    return "sha256=" + base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
