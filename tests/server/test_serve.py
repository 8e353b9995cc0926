"""``palaver serve`` from the first start to the last signal, as its operator sees it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Palaver, Serve, Server

HEAD = "POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def one_sentence(ended: subprocess.CompletedProcess[str]) -> str:
    """What a command that could not start said: one line, no stack trace, nothing else."""
    assert ended.returncode == 1
    assert "ready" not in ended.stdout
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("Error: ")
    assert lines[0].endswith(".")
    return lines[0]


def pasteable(greeting: str) -> str:
    """The lines of the greeting that are meant for a shell."""
    return "\n".join(line for line in greeting.splitlines() if line.startswith("  "))


def test_greeting_can_be_pasted(serve: Serve, own_database: dict[str, str], tmp_path: Path) -> None:
    server = serve("--data-dir", "a folder; with 'signs'", **own_database)
    pasted = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", pasteable(server.greeting)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PALAVER_")}
        | ({"PALAVER_DATABASE_URL": own_database["database_url"]} if own_database else {}),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert pasted.stderr == ""
    assert pasted.returncode == 0
    decoder, rest, answers = json.JSONDecoder(), pasted.stdout.strip(), []
    while rest:
        answer, end = decoder.raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    appended, history = answers
    assert "error" not in appended
    assert [message["content"] for message in history["data"]["history"]] == ["Hello"]
    assert server.stop() == 0
    assert server.log == []


@pytest.mark.parametrize("settings", [{"data_dir": "elsewhere"}, {"jwt_secret": "s" * 32}])
def test_greeting_minds_the_settings(
    serve: Serve, own_database: dict[str, str], settings: dict[str, str]
) -> None:
    greeting = serve(**own_database, **settings).greeting
    assert ("--data-dir elsewhere" in greeting) == ("data_dir" in settings)
    assert ("with the same PALAVER_ variables" in greeting) == ("jwt_secret" in settings)


def test_greeting_of_a_server_with_an_identity_provider(
    serve: Serve, own_database: dict[str, str], tmp_path: Path
) -> None:
    key = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [key]}))
    greeting = serve(**own_database, jwt_jwks="keys.json").greeting
    assert "a token of your identity provider" in greeting
    assert "palaver token" not in greeting


def test_data_are_for_their_owner_alone(
    serve: Serve, palaver: Palaver, tmp_path: Path, own_database: dict[str, str]
) -> None:
    old_umask = os.umask(0)
    try:
        server = serve(**own_database)
    finally:
        os.umask(old_umask)
    folder = tmp_path / "palaver-data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    for path in folder.iterdir():
        assert not path.stat().st_mode & 0o077, path
    assert (folder / "palaver.db").exists() != bool(own_database)
    assert server.stop() == 0


def test_the_data_folder_may_be_there_already(
    invoke: Palaver, own_database: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "palaver-data").mkdir()
    assert invoke("token", "--user", "ann", **own_database).returncode == 0
    assert (tmp_path / "palaver-data" / "secrets.json").exists()


def test_second_start_takes_the_tokens_of_the_first(
    serve: Serve, palaver: Palaver, own_database: dict[str, str]
) -> None:
    first = serve(**own_database)
    token = palaver("token", "--user", "ann").stdout.strip()
    session_id = first.client(token=token).create(title="kept")
    assert first.stop() == 0

    second = serve(**own_database)
    answer = second.client(token=token).call("GET", f"/api/sessions/{session_id}")
    assert answer.status == 200
    assert answer.json["title"] == "kept"


# What stops the start.


def test_port_in_use(palaver: Palaver, own_database: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = one_sentence(palaver("serve", "--port", port, **own_database))
    assert f"--port {port}" in said
    assert "Address already in use" in said


@pytest.mark.parametrize("host", ["no-such-host.invalid", "", "a..b"])
def test_unusable_host(palaver: Palaver, own_database: dict[str, str], host: str) -> None:
    assert "--host" in one_sentence(palaver("serve", "--port", "0", "--host", host, **own_database))


@pytest.mark.parametrize("command", ["serve", "token", "migrate", "check"])
def test_unusable_data_folder(invoke: Palaver, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    arguments = [command, *(["--user", "ann"] if command == "token" else [])]
    said = one_sentence(invoke(*arguments, data_dir="file/data"))
    assert "file/data" in said
    assert "Not a directory" in said


WRONG = [
    ("database_url", "mysql://localhost/palaver"),
    ("database_url", "sqlite://"),
    ("database_url", "sqlite:///no/such/folder/palaver.db"),
    ("database_url", "postgresql://localhost:port/palaver"),
    ("database_url", "postgresql://postgres@127.0.0.1:1/palaver"),
    ("database_url", "postgresql://postgres@127.0.0.1:1/palaver?no_such_option=1"),
    ("jwt_secret", "short"),
    ("jwt_jwks", "no-such-file.json"),
    ("jwt_jwks", '{"keys": [' + '{"kty": "RSA"}, ' * 500 + "]}"),
    ("jwt_jwks", "empty.json"),
    ("jwt_jwks", "list.json"),
    ("jwt_jwks", "no-keys.json"),
    ("jwt_jwks", "latin1.json"),
    ("basic_username", "a:b"),
    ("embeddings_model", "small"),
    ("files_url", "s3://"),
    ("max_upload_mb", "a lot"),
    ("databse_url", "sqlite:///x.db"),
    ("", "x"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_setting(invoke: Palaver, tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "empty.json").touch()
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "no-keys.json").write_text('{"keys": []}')
    (tmp_path / "latin1.json").write_bytes('{"ä": 1}'.encode("latin-1"))
    said = one_sentence(invoke("check", **{name: value}))
    assert f"PALAVER_{name.upper()}" in said
    assert len(said) < 300


@pytest.mark.parametrize(("name", "value"), [WRONG[4], WRONG[6], WRONG[9], WRONG[17]])
def test_wrong_setting_stops_the_start(
    palaver: Palaver, tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "empty.json").touch()
    assert f"PALAVER_{name.upper()}" in one_sentence(palaver("serve", **{name: value}))


def test_wrong_embeddings(invoke: Palaver) -> None:
    model = {"embeddings_base_url": "http://ann:hush-hush@h/v1", "embeddings_model": "small"}
    said = one_sentence(invoke("check", **model))
    assert "PALAVER_EMBEDDINGS_BASE_URL" in said
    assert "hush-hush" not in said


def test_password_of_the_database_is_not_told(palaver: Palaver) -> None:
    url = "postgresql://ann:hush-hush@127.0.0.1:1/palaver"
    assert "hush-hush" not in one_sentence(palaver("serve", database_url=url))


def test_database_file_that_is_none(palaver: Palaver, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to look like one" * 100)
    said = one_sentence(palaver("serve", database_url=f"sqlite:///{tmp_path / 'notes.txt'}"))
    assert "not a database" in said


def test_only_the_embedded_store_migrates_itself(
    palaver: Palaver, store_kind: str, empty_url: str, serve: Serve
) -> None:
    if store_kind == "sqlite":
        assert serve(database_url=empty_url).stop() == 0
    else:
        assert "palaver migrate" in one_sentence(palaver("serve", database_url=empty_url))
        assert "palaver migrate" in one_sentence(palaver("check", database_url=empty_url))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"jwt_secret": null, "basic_password": null}',
        b'{"jwt_secret": "", "basic_password": ""}',
        b'{"jwt_secret": 12345678901234567890, "basic_password": true}',
        b'{"jwt_secret": "0123456789012345678901234567890123456789"}',
        b"\xff\xfe",
    ],
)
def test_damaged_secrets(invoke: Palaver, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "palaver-data").mkdir()
    (tmp_path / "palaver-data" / "secrets.json").write_bytes(content)
    said = one_sentence(invoke("token", "--user", "ann"))
    assert "secrets.json is damaged" in said
    assert (tmp_path / "palaver-data" / "secrets.json").read_bytes() == content


def test_secrets_that_are_a_folder(palaver: Palaver, tmp_path: Path) -> None:
    (tmp_path / "palaver-data" / "secrets.json").mkdir(parents=True)
    assert "palaver-data" in one_sentence(palaver("serve"))


# Signals.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_a_slow_request_finish(server: Server, number: signal.Signals) -> None:
    idle = server.connect()
    body = b'{"title": "slow"}'
    head = f"{HEAD}Authorization: Bearer {server.token()}\r\nContent-Length: {len(body)}\r\n"
    with server.connect() as slow:
        slow.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        # The application has the request: it has asked for the body.
        assert slow.recv(1000).startswith(b"HTTP/1.1 100 ")
        slow.sendall(body[:5])
        server.process.send_signal(number)
        assert idle.recv(1) == b"", "idle connections are closed at once"
        slow.sendall(body[5:])
        answer = b""
        while piece := slow.recv(1000):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b"connection: close" in answer.lower()
    assert server.process.wait(20) == 0
    assert server.log == []


def test_signal_without_requests(server: Server) -> None:
    assert server.stop(signal.SIGINT) == 0
    assert server.log == []


def test_new_connections_are_refused_while_it_drains(server: Server) -> None:
    head = f"{HEAD}Authorization: Bearer {server.token()}\r\nContent-Length: 2\r\n"
    with server.connect() as slow, server.connect() as idle:
        slow.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert slow.recv(1000).startswith(b"HTTP/1.1 100 ")
        server.process.send_signal(signal.SIGTERM)
        assert idle.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        slow.sendall(b"{}")
        assert slow.recv(1000).startswith(b"HTTP/1.1 201 ")
    assert server.process.wait(20) == 0


def test_client_that_never_finishes_does_not_keep_it(serve: Serve, store_url: str) -> None:
    program = "from palaver import server; server.GRACE_SECONDS = 1; import palaver.__main__"
    server = serve(command=("-c", program), database_url=store_url, jwt_secret="s" * 32)
    with server.connect() as stuck:
        stuck.sendall(f"{HEAD}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n".encode())
        stuck.sendall(b"1234")
        assert server.stop() == 0
    assert all("traceback" not in entry for entry in server.log)


# Logs.


def test_access_log(serve: Serve, store_url: str) -> None:
    server = serve("--access-log", database_url=store_url, jwt_secret="s" * 32)
    server.client(token="wrong").call(
        "GET", "/api/sessions?title=secret", headers={"X-Request-Id": "mine"}
    )
    server.client(token="wrong").call("GET", "/no%0Asuch/ü/path".replace("ü", "%C3%BC"))
    first = server.wait_for_log(lambda entry: entry.get("request_id") == "mine")
    assert (
        first.items()
        >= {
            "level": "info",
            "logger": "palaver.access",
            "method": "GET",
            "path": "/api/sessions",
            "status": 401,
            "operation": "list_sessions",
        }.items()
    )
    assert first["milliseconds"] >= 0
    second = server.wait_for_log(lambda entry: entry.get("path") == "/no\nsuch/ü/path")
    assert second["status"] == 400
    assert "secret" not in server.stderr.read_text()


def test_no_access_log_unless_asked(server: Server) -> None:
    assert server.client().call("GET", "/healthz").status == 200
    assert server.stop() == 0
    assert server.log == []


# Several processes.


def children(pid: int) -> list[int]:
    """The worker processes: the children that run the server, and not multiprocessing's own."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        # It may have ended since it was listed.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers(
    palaver: Palaver, serve: Serve, store_kind: str, store_url: str, wait_until: Any
) -> None:
    settings = {"database_url": store_url, "jwt_secret": "s" * 32}
    if store_kind == "sqlite":
        said = one_sentence(palaver("serve", "--workers", "2", **settings))
        assert "--workers needs PostgreSQL" in said
        assert "PALAVER_DATABASE_URL" in said
        return
    server = serve("--workers", "2", "--access-log", **settings)
    assert server.client(token="none").call("GET", "/healthz").status == 200
    server.wait_for_log(lambda entry: entry.get("path") == "/healthz")
    killed, other = children(server.process.pid)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(set(children(server.process.pid)) - {killed}) == 2)
    assert server.client(token="none").call("GET", "/readyz").status == 200
    assert server.stop() == 0
    assert not is_alive(other)
    assert server.log != []


def test_workers_end_with_ctrl_c_and_with_their_parent(
    palaver: Palaver, serve: Serve, store_kind: str, store_url: str, wait_until: Any
) -> None:
    settings = {"database_url": store_url, "jwt_secret": "s" * 32}
    if store_kind == "sqlite":
        assert "--workers" in one_sentence(palaver("serve", "--workers", "2", **settings))
        return
    # Ctrl-C reaches the whole group of processes.
    interrupted = serve("--workers", "2", **settings)
    os.killpg(interrupted.process.pid, signal.SIGINT)
    assert interrupted.process.wait(20) == 0

    orphaned = serve("--workers", "2", **settings)
    workers = children(orphaned.process.pid)
    assert orphaned.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not any(map(is_alive, workers)))
    assert len(workers) == 2


def test_command_of_the_greeting_when_installed(
    serve: Serve, own_database: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "bin" / "palaver"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom palaver.cli import main\nmain()\n")
    script.chmod(0o755)
    server = serve(command=(str(script),), **own_database)
    assert "TOKEN=$(bin/palaver token --user me)" in server.greeting
    talk = (
        f"Talk to it from another terminal: bin/palaver chat --url http://127.0.0.1:{server.port}\n"
    )
    assert talk in server.greeting
    assert server.client(token="none").call("GET", "/healthz").status == 200


def test_nobody_reads_the_greeting(own_database: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen(
            [sys.executable, "-m", "palaver", "serve", "--port", str(port)],
            cwd=tmp_path,
            env={f"PALAVER_{name.upper()}": value for name, value in own_database.items()},
            stdout=full,
            stderr=subprocess.PIPE,
        )
    try:
        deadline, answer = time.monotonic() + 30, b""
        while not answer and time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError):
                answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").read()
        assert b"ok" in answer
    finally:
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert b"Traceback" not in said
