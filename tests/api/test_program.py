"""The program's commands and how it ends."""

import os
import pathlib
import socket
import subprocess

import pytest

from client import Api
from harness import ADMIN_EMAIL, Server, server_binary
from rawhttp import wait_until


def test_help_and_version():
    for args in (["--help"], ["serve", "--help"], ["version"]):
        done = subprocess.run([server_binary(), *args], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and done.stdout.strip(), args
    text = subprocess.run([server_binary(), "--help"], capture_output=True, text=True, timeout=60).stdout
    assert all(word in text for word in ("serve", "token", "passwd", "check", "backup", "verify", "restore", "version"))


@pytest.mark.parametrize("args", [["nonsense"], ["serve", "--nonsense"], ["serve", "--port", "99999"], ["serve", "--port", "x"], ["token"]])
def test_a_wrong_command_line_ends_with_a_message(args, tmp_path):
    done = subprocess.run([server_binary(), *args], capture_output=True, text=True, timeout=30, cwd=tmp_path)
    assert done.returncode not in (0, -6, -11) and (done.stderr + done.stdout).strip()
    assert not list(tmp_path.iterdir())


def test_a_busy_port_is_one_clear_line(server, tmp_path):
    done = subprocess.run([server_binary(), "serve", "--data", tmp_path / "d", "--port", str(server.port)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, -6, -11) and str(server.port) in done.stderr + done.stdout


def test_a_second_process_on_one_directory_is_refused(server):
    other = Server(data=server.data)
    done = subprocess.run([other.binary, "serve", "--data", other.data, "--port", str(other.port)], capture_output=True, text=True,
                          timeout=60, env=other.environment())
    assert done.returncode not in (0, -6, -11) and str(server.data) in done.stderr + done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_refused(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    done = subprocess.run([server_binary(), "serve", "--data", tmp_path / "closed" / "d", "--port", "0"], capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, -6, -11) and "closed" in done.stderr + done.stdout


def test_a_path_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    done = subprocess.run([server_binary(), "serve", "--data", tmp_path / "file"], capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, -6, -11) and "file" in done.stderr + done.stdout


def test_first_start_prints_what_one_needs_and_the_curl_line_works(tmp_path):
    server = Server(env={"METADATA_ADMIN_PASSWORD": ""}).start()
    text = server.output() + server.log()
    assert f":{server.port}" in text and ADMIN_EMAIL in text
    [line] = [line.strip() for line in text.splitlines() if line.strip().startswith("curl ")]
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and '"code"' not in done.stdout, (line, done.stdout, done.stderr)
    server.stop()
    again = Server(data=server.data, port=server.port, env={"METADATA_ADMIN_PASSWORD": ""})
    shown = len(text)
    again.start()
    assert again.started_in_s < 10 + 5 * server.started_in_s
    later = (again.output() + again.log())
    assert "passwd" in later[shown - 200:]
    again.stop()
    server.remove()


def test_passwd_resets_the_admins_password(fresh_server):
    old = Api(fresh_server.base, fresh_server.login())
    old.get("/tables")
    fresh_server.stop()
    done = subprocess.run([fresh_server.binary, "passwd", "--data", fresh_server.data], input="A-new-passw0rd!\nA-new-passw0rd!\n",
                          capture_output=True, text=True, timeout=60, env=fresh_server.environment())
    assert done.returncode == 0, done.stdout + done.stderr
    fresh_server.start()
    text = done.stdout + done.stderr
    password = "A-new-passw0rd!"
    api = Api(fresh_server.base)
    answer = api.call("POST", "/users/login", json={"email": ADMIN_EMAIL, "password": password}, status=(200, 401))
    assert answer.status_code == 200, text


def test_the_bots_token_outlives_a_restart_and_asking_twice(fresh_server):
    token = fresh_server.bot_token()
    Api(fresh_server.base, token).get("/tables")
    assert fresh_server.bot_token() == token
    fresh_server.stop()
    assert fresh_server.bot_token() == token
    fresh_server.start()
    Api(fresh_server.base, token).get("/tables")


def test_token_of_an_unknown_bot_is_refused(fresh_server):
    done = fresh_server.run("token", "no-such-bot", "--data", str(fresh_server.data))
    assert done.returncode not in (0, -6, -11) and "no-such-bot" in done.stderr


def test_sessions_outlive_a_restart(fresh_server):
    token = fresh_server.login()
    fresh_server.stop()
    fresh_server.start()
    Api(fresh_server.base, token).get("/users/loggedInUser")


def test_what_was_written_is_there_after_a_kill(fresh_server):
    api = Api(fresh_server.base, fresh_server.login())
    made = [api.post("/services/databaseServices", {"name": f"s{number}", "serviceType": "SQLite"}) for number in range(20)]
    fresh_server.kill()
    fresh_server.start()
    for service in made:
        assert api.get(f"/services/databaseServices/{service['id']}")["name"] == service["name"]
    fresh_server.stop()
    assert fresh_server.check().returncode == 0
    fresh_server.start()


def test_sigterm_lets_requests_in_flight_finish(fresh_server):
    import concurrent.futures
    api = Api(fresh_server.base, fresh_server.login())
    api.post("/services/databaseServices", {"name": "s", "serviceType": "SQLite"})
    acknowledged = []

    def write(worker):
        mine = Api(fresh_server.base, api.session.headers["Authorization"][7:])
        for number in range(1000):
            try:
                mine.post("/databases", {"name": f"d{worker}_{number}", "service": "s"})
            except Exception:
                return
            acknowledged.append(f"d{worker}_{number}")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(write, worker) for worker in range(4)]
        assert wait_until(lambda: len(acknowledged) > 20, 60)
        fresh_server.stop()
        for future in futures:
            future.result()
    fresh_server.start()
    names = set()
    query = "?limit=1000"
    while query:
        page = api.get("/databases" + query, headers={"X-Metadata-Dialect": "openmetadata"})
        names |= {database["name"] for database in page["data"]}
        after = page["paging"].get("after")
        query = f"?limit=1000&after={after}" if after else None
    assert acknowledged and set(acknowledged) <= names


def test_stop_is_quick_with_idle_connections(fresh_server):
    fresh_server.stop()
    fresh_server.args = ["--drain-timeout", "120"]
    fresh_server.start()
    lines = [socket.create_connection(("127.0.0.1", fresh_server.port)) for _ in range(20)]
    fresh_server.stop(timeout_s=60)
    for line in lines:
        line.close()
    fresh_server.start()


def test_it_listens_on_both_loopbacks_and_nowhere_else(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20):
        pass
    try:
        socket.create_connection(("::1", server.port), timeout=20).close()
    except OSError:
        if pathlib.Path("/proc/net/if_inet6").exists():
            raise
    text = pathlib.Path("/proc/net/tcp").read_text()
    listening = [line.split()[1] for line in text.splitlines()[1:] if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{server.port:04X}")] == [f"0100007F:{server.port:04X}"]


def test_check_needs_a_directory_that_is_one(tmp_path):
    done = subprocess.run([server_binary(), "check", "--data", tmp_path / "absent"], capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, -6, -11) and not (tmp_path / "absent").exists()
