"""O4, O5: what the configuration may not say, and with which codes the program ends."""

import os
import pathlib
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile

import pytest

from harness import ADMIN_PASSWORD, Server, server_binary

PASSWORD = "METADATA_ADMIN_PASSWORD"


def run(*args, env=None, cwd=None, timeout_s=180, **more):
    full = {key: value for key, value in os.environ.items() if not key.startswith("METADATA_")} | (env or {})
    return subprocess.run([server_binary(), *map(str, args)], env=full, cwd=cwd, capture_output=True, text=True, timeout=timeout_s, **more)


FLAGS = [
    ["--nonsense"], ["-x"], ["--prot", "1"], ["--port"], ["--port", "x"], ["--port", ""], ["--port", "-1"], ["--port", "65536"], ["--port", "80.5"],
    ["--port", "99999999999999999999"], ["--host", "nowhere.invalid"], ["--host", ""], ["--host", "1.2.3.4.5"],
    ["--host", "127.0.0.1,999.1.1.1"], ["--host", "::1::2"], ["--dialect", "klingon"], ["--dialect", ""], ["--dialect", "AUTO "],
    ["--admin-email", "x"], ["--admin-email", "@x"], ["--admin-email", "x@"], ["--admin-email", ""], ["--admin-password", "short"],
    ["--admin-password", "password"], ["--admin-password", "x" * 257], ["--admin-password", "Iloveyou"], ["--admin-password-file", "/nonexistent/password"],
    ["--admin-password-file", "/dev/null"], ["--admin-password-file", "/"], ["--log-level", "loud"], ["--log-level", ""], ["--max-body-bytes", "0"],
    ["--max-body-bytes", "x"], ["--max-body-bytes", "99999999999"], ["--read-connections", "0"], ["--read-connections", "257"], ["--read-connections", "two"],
    ["--sync", "maybe"], ["--public-url", "name"], ["--public-url", "ftp://x"], ["--public-url", "http://a b"], ["--public-url", "http://x?y"],
    ["--request-timeout", "0"], ["--request-timeout", "x"], ["--config", "/nonexistent.toml"], ["--config", "/"], ["extra"], ["check"],
]
ENVIRONMENT = [
    {"METADATA_PORT": "x"}, {"METADATA_PORT": "70000"}, {"METADATA_HOST": "nowhere.invalid"}, {"METADATA_DIALECT": "x"}, {"METADATA_ADMIN_EMAIL": "x"},
    {PASSWORD: "short"}, {PASSWORD: "12345678"}, {"METADATA_ADMIN_PASSWORD_FILE": "/nonexistent"}, {"METADATA_LOG_LEVEL": "x"},
    {"METADATA_MAX_BODY_BYTES": "1"}, {"METADATA_READ_CONNECTIONS": "-3"}, {"METADATA_SYNC": "x"}, {"METADATA_PUBLIC_URL": "x"},
    {"METADATA_REQUEST_TIMEOUT": "-1"}, {"METADATA_CONFIG": "/nonexistent.toml"}, {"METADATA_ACCESS_LOG": "perhaps"},
]
# (text of the file, number of the line at fault)
FILES = [
    ("prot = 8585\n", 1), ("port = 1\nprot = 2\n", 2), ("# words\n\nport = 99999\n", 3), ('port = "x"\n', 1), ("port = [1, 2]\n", 1), ("port = -1\n", 1),
    ('dialect = "klingon"\n', 1), ('log-level = "x"\n', 1), ('sync = "x"\n', 1), ('host = "nowhere.invalid"\n', 1), ('public-url = "x"\n', 1),
    ("max-body-bytes = 1\n", 1), ("read-connections = 0\n", 1), ("request-timeout = 0\n", 1), ('request-timeout = "x"\n', 1), ('admin-email = "x"\n', 1),
    ('admin-password = "short"\n', 1), ('access-log = "perhaps"\n', 1), ("[server]\nport = 1\n", 2), ("[serve]\nprot = 1\n", 2),
]


def assert_refused(done, tmp_path):
    assert done.returncode == 64, (done.returncode, done.stderr, done.stdout)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("metadata-server: "), done.stderr
    assert len(lines[0]) > len("metadata-server: ") + 10
    assert not (tmp_path / "data").exists(), "the data directory was touched"


def test_o4_there_are_60_cases_and_more():
    assert len(FLAGS) + len(ENVIRONMENT) + len(FILES) >= 60


@pytest.mark.parametrize("flags", FLAGS, ids=lambda flags: " ".join(flags)[:40])
def test_o4_flags_that_are_wrong_end_with_64_and_a_line_before_any_data_is_touched(flags, tmp_path):
    done = run("serve", "--data", tmp_path / "data", *flags, cwd=tmp_path)
    assert_refused(done, tmp_path)
    named = flags[0].lstrip("-")
    # The line says which option, in the words of the option or of its meaning.
    assert named in done.stderr or named.replace("-", " ").split()[0].lower() in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("env", ENVIRONMENT, ids=lambda env: "=".join(next(iter(env.items()))))
def test_o4_variables_that_are_wrong_end_with_64_and_a_line_before_any_data_is_touched(env, tmp_path):
    done = run("serve", "--data", tmp_path / "data", env=env, cwd=tmp_path)
    assert_refused(done, tmp_path)


@pytest.mark.parametrize("text, line", FILES, ids=lambda value: str(value).strip().replace("\n", " ")[:40])
def test_o4_a_file_that_is_wrong_ends_with_64_and_the_line_at_fault(text, line, tmp_path):
    file = tmp_path / "server.toml"
    file.write_text(text)
    done = run("serve", "--data", tmp_path / "data", "--config", file, cwd=tmp_path)
    assert_refused(done, tmp_path)
    assert f"{file}:{line}" in done.stderr, done.stderr


@pytest.mark.parametrize("typed, meant", [("--prot", "--port"), ("--log-levle", "--log-level"), ("--publicurl", "--public-url"), ("--hots", "--host")])
def test_o4_an_option_that_is_nearly_right_is_told_what_is(typed, meant, tmp_path):
    done = run("serve", "--data", tmp_path / "data", typed, "1", cwd=tmp_path)
    assert_refused(done, tmp_path)
    assert f"did you mean {meant}?" in done.stderr


def test_o4_a_file_flags_and_variables_win_in_their_order(tmp_path):
    file = tmp_path / "server.toml"
    file.write_text('dialect = "guide"\nread-connections = 2\n')
    assert run("version", "--config", file).returncode == 0
    assert run("version", "--config", file, env={"METADATA_DIALECT": "klingon"}).returncode == 64
    assert run("version", "--config", file, "--dialect", "auto", env={"METADATA_DIALECT": "klingon"}).returncode == 0


# O5: exit codes.

def codes_in_help():
    text = run("--help").stdout
    return text[text.index("Exit codes:"):]


@pytest.mark.parametrize("code", [0, 1, 64, 65, 66, 69, 70, 74, 75, 77, 78])
def test_o5_every_exit_code_is_in_help_and_in_the_manual(code):
    manual = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text()
    assert f"{code} " in codes_in_help() and f"| {code} |" in manual


def test_o5_65_a_damaged_directory(tmp_path):
    server = Server(data=tmp_path / "data").start()
    server.stop()
    (tmp_path / "data" / "catalog.db").write_bytes(b"something else altogether" * 1000)
    assert server.run("serve", "--data", str(server.data), "--port", "0").returncode == 65


def test_o5_65_a_directory_of_a_newer_version(tmp_path):
    server = Server(data=tmp_path / "data").start()
    server.stop()
    with sqlite3.connect(server.data / "catalog.db") as store:
        version = store.execute("PRAGMA user_version").fetchone()[0]
        store.execute(f"PRAGMA user_version = {version + 1000}")
    store.close()
    assert server.run("serve", "--data", str(server.data), "--port", "0").returncode == 65


def test_o5_66_no_such_user_bot_or_directory(tmp_path):
    server = Server(data=tmp_path / "data").start()
    server.stop()
    assert server.run("token", "nobody", "--data", str(server.data)).returncode == 66
    assert server.run("passwd", "nobody", "--generate", "--data", str(server.data)).returncode == 66
    assert run("check", "--data", tmp_path / "nothing").returncode == 66
    assert run("rotate-keys", "--data", tmp_path / "nothing").returncode == 66


def test_o5_69_the_port_is_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--data", tmp_path / "data", "--host", "127.0.0.1", "--port", port, env={PASSWORD: ADMIN_PASSWORD})
    assert done.returncode == 69 and str(port) in done.stderr


def test_o5_74_the_disk_takes_nothing(tmp_path):
    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = run("serve", "--data", tmp_path / "data", "--port", "0", env={PASSWORD: ADMIN_PASSWORD}, preexec_fn=no_room)
    assert done.returncode == 74, (done.returncode, done.stderr)


def test_o5_75_another_process_has_the_directory(server):
    for command in (["serve", "--port", "0"], ["check"], ["passwd", "--generate"], ["rotate-keys"]):
        done = run(*command, "--data", server.data, env={PASSWORD: ADMIN_PASSWORD})
        assert done.returncode == 75 and str(server.data) in done.stderr, (command, done.returncode, done.stderr)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_o5_77_no_permission(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert run("serve", "--data", tmp_path / "closed" / "d", "--port", "0").returncode == 77


def test_o5_77_no_permission_for_another_user():
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")

    def become_nobody():
        os.setgid(65534)
        os.setuid(65534)

    with tempfile.TemporaryDirectory() as home:
        open_to_all = pathlib.Path(home)
        open_to_all.chmod(0o755)
        (open_to_all / "closed").mkdir(mode=0o700)
        shutil.copy(server_binary(), open_to_all / "program")
        (open_to_all / "program").chmod(0o755)
        done = subprocess.run([open_to_all / "program", "serve", "--data", open_to_all / "closed" / "d", "--port", "0"], capture_output=True,
                              text=True, timeout=60, preexec_fn=become_nobody, cwd="/")
    assert done.returncode == 77, (done.returncode, done.stderr)


def test_o5_78_an_address_of_another_machine(tmp_path):
    done = run("serve", "--data", tmp_path / "data", "--host", "192.0.2.1", "--port", "0", env={PASSWORD: ADMIN_PASSWORD})
    assert done.returncode == 78 and "192.0.2.1" in done.stderr, (done.returncode, done.stderr)


# A12: no default password.

def test_a12_the_first_password_is_generated_shown_once_and_different_every_time(tmp_path):
    seen = set()
    for name in ("a", "b"):
        server = Server(data=tmp_path / name, env={PASSWORD: ""}).start()
        server.stop()
        [line] = [line for line in server.output().splitlines() if line.startswith("Admin:")]
        password = line.split("password: ")[1].split()[0]
        assert "shown this once" in line and len(password) >= 16
        seen.add(password)
        server.start()
        assert server.login(password=password)
        server.stop()
        assert server.output().count(password) == 1 and password not in server.log()
        for file in (tmp_path / name).rglob("*"):
            assert not file.is_file() or password.encode() not in file.read_bytes(), file
    assert len(seen) == 2


@pytest.mark.parametrize("text", ["Tr0ub4dor and three\n", "Tr0ub4dor and three", "Tr0ub4dor and three\r\nmore\n"])
def test_a12_the_first_password_may_come_from_a_file(tmp_path, text):
    (tmp_path / "password").write_bytes(text.encode())
    server = Server(data=tmp_path / "data", env={PASSWORD: ""}, args=["--admin-password-file", str(tmp_path / "password")]).start()
    try:
        assert server.login(password="Tr0ub4dor and three")
        assert "Tr0ub4dor" not in server.output() + server.log()
    finally:
        server.stop()


def test_a12_blanks_of_a_password_file_belong_to_the_password(tmp_path):
    (tmp_path / "password").write_bytes(b"  two blanks in front, one behind \n")
    server = Server(data=tmp_path / "data", env={PASSWORD: ""}, args=["--admin-password-file", str(tmp_path / "password")]).start()
    try:
        assert server.login(password="  two blanks in front, one behind ")
    finally:
        server.stop()


def test_a12_both_ways_to_give_a_password_at_once_are_refused(tmp_path):
    (tmp_path / "password").write_text("Tr0ub4dor and three\n")
    done = run("serve", "--data", tmp_path / "data", "--admin-password-file", tmp_path / "password", env={PASSWORD: ADMIN_PASSWORD})
    assert_refused(done, tmp_path)


@pytest.mark.parametrize("password", ["admin", "password", "changeme", "12345678", "letmein1", "qwertyuiop"])
def test_a12_the_network_is_not_listened_to_with_a_password_that_everybody_knows(tmp_path, password):
    done = run("serve", "--data", tmp_path / "data", "--host", "0.0.0.0", "--port", "0", "--admin-password", password)
    assert_refused(done, tmp_path)
    assert "password" in done.stderr


def test_a12_the_network_is_listened_to_with_a_password_that_was_generated(tmp_path):
    server = Server(data=tmp_path / "data", env={PASSWORD: ""}, args=["--host", "0.0.0.0"]).start()
    server.stop()
    assert "Warning: this address is reachable from other machines" in server.output()
