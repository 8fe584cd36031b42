"""HTTP by hand: bytes over a socket of one's own, and what comes back, answer by answer."""

import contextlib
import json
import pathlib
import socket
import time
from urllib.parse import urlsplit

FOUR_KEYS = {"code", "message", "responseType", "details"}


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # names in lower case
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:120]!r}"


def connect(server, timeout_s=20):
    where = urlsplit(server.root)
    line = socket.create_connection((where.hostname, where.port), timeout=timeout_s)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def split_answers(data, heads_only=False):
    """The answers that bytes hold; interim ones (100) too. Fails on what is no answer, or not all of one."""
    answers = []
    while data:
        head, found, data = data.partition(b"\r\n\r\n")
        assert found, f"an answer without an end: {head[:200]!r}"
        first, *lines = head.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/1.1 "), f"no answer: {first[:200]!r}"
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
        status = int(first.split()[1])
        length = 0 if heads_only or status in (100, 204) else int(headers["content-length"])
        assert len(data) >= length, f"only {len(data)} of {length} bytes of the body of {first}"
        answers.append(Answer(status, headers, data[:length]))
        data = data[length:]
    return answers


def read_all(line):
    """Everything until the server closes; a reset counts as the end."""
    data = b""
    try:
        while piece := line.recv(1 << 16):
            data += piece
    except ConnectionError:
        pass
    return data


def read_answer(line, heads_only=False):
    """One answer on a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = line.recv(1 << 16)
        assert piece, f"closed after {data[:200]!r}"
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [text.partition(b":")[2] for text in head.split(b"\r\n") if text.lower().startswith(b"content-length:")]
    wanted = int(lengths[0]) if lengths and not heads_only else 0
    while len(body) < wanted:
        piece = line.recv(1 << 16)
        assert piece, "closed within a body"
        body += piece
    [answer] = split_answers(head + b"\r\n\r\n" + body, heads_only)
    return answer


def exchange(server, data, heads_only=False, wanted=1):
    """Sends bytes, says that there are no more once so many answers have begun, and gives back all. The server must close by itself."""
    with connect(server, 60) as line:
        said = b""
        try:
            line.sendall(data)
        except ConnectionError:
            pass  # refused and closed before all was sent: the answer is there all the same
        try:
            # Not sooner: who says for half a second that there is no more is taken for gone, and a busy server takes longer than that.
            while said.count(b"HTTP/1.1 ") < wanted and (piece := line.recv(1 << 16)):
                said += piece
        except ConnectionError:
            pass
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_WR)
        return split_answers(said + read_all(line), heads_only)


def assert_error(answer, status):
    wanted = status if isinstance(status, tuple) else (status,)
    assert answer.status in wanted, (answer, wanted)
    body = answer.json()
    assert set(body) == FOUR_KEYS and body["code"] == answer.status, body
    assert body["message"] and answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-request-id"]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory_mib(pid, key="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for text in file:
            if text.startswith(key + ":"):
                return int(text.split()[1]) / 1024
    raise AssertionError(key)


def forget_peak(pid):
    """From now on VmHWM is the peak of what follows."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def threads(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(text.split()[1]) for text in file if text.startswith("Threads:"))


def settled(server):
    """Waits until the server has read all that came, has done what it asked for, and sleeps: what it keeps count of is up to date."""
    assert wait_until(lambda: not unread(server) and all_asleep(server.process.pid)), "the server is still busy"


def unread(server):
    """Bytes that lie before the server's sockets."""
    wanted = f"{server.port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as file:
        rows = [text.split() for text in file.readlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(":" + wanted))


def all_asleep(pid):
    for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            state = stat.read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        except OSError:
            continue  # it has just ended
        if state != "S":
            return False
    return True


def wait_until(condition, timeout_s=20):
    """The condition's value once it is true; the last one when the time is up."""
    end = time.monotonic() + timeout_s
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value
