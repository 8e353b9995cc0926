"""Servers and commands as an operator runs them: ``python -m palaver`` in its own processes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from palaver.auth.tokens import TokenRules, issue_token
from palaver.cli import main
from tests.conftest import NewStore

SECRET = "a secret of the tests that is long enough"
PATIENCE = 30.0

Palaver = Callable[..., "subprocess.CompletedProcess[str]"]
Serve = Callable[..., "Server"]


@dataclass
class Answer:
    """One answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


@dataclass
class Server:
    """A running ``palaver serve``."""

    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path
    port: int = 0
    tracebacks_expected: bool = False
    _tokens: dict[tuple[str, bool], str] = field(default_factory=dict)

    @property
    def greeting(self) -> str:
        """What it said on standard output."""
        return self.stdout.read_text()

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it said on standard error; every line must be one JSON object."""
        return [json.loads(line) for line in self.stderr.read_text().splitlines()]

    @property
    def peak_memory(self) -> int:
        """The most bytes of memory that it had resident since the peak was last reset."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) * 1024

    def reset_peak_memory(self) -> int:
        """Forget the peak; the bytes that are resident now."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return self.peak_memory

    def token(self, user: str = "ann", *, admin: bool = False) -> str:
        """A token that it takes, where it was given ``SECRET``."""
        if (user, admin) not in self._tokens:
            self._tokens[user, admin] = issue_token(
                TokenRules(secret=SECRET), subject=user, admin=admin, lifetime=timedelta(hours=1)
            )
        return self._tokens[user, admin]

    def client(self, user: str = "ann", *, admin: bool = False, token: str = "") -> Client:
        """A client with a connection of its own that stays open."""
        return Client(self.port, token or self.token(user, admin=admin))

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def exchange(self, sent: bytes) -> bytes:
        """Send bytes on a connection of their own; all that comes back until the server closes."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
            return read_all(connection)

    def wait_for_log(self, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line of the log that is looked for."""
        for _ in patiently():
            lines = self.stderr.read_text().split("\n")[:-1]
            for entry in map(json.loads, lines):
                if found(entry):
                    return dict(entry)
        raise AssertionError("no such line in the log")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class Client:
    """Calls over one connection, which is opened again where the server closed it."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._token = token

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one request; ``body`` is sent as JSON."""
        sent = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            return self._answer(method, path, data, sent)
        except http.client.RemoteDisconnected:
            # The server closes a connection that nobody has used for a while.
            self._connection.close()
            if method != "GET":
                raise
            return self._answer(method, path, data, sent)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def _answer(self, method: str, path: str, data: bytes | None, sent: dict[str, str]) -> Answer:
        self._connection.request(method, path, data, sent)
        answer = self._connection.getresponse()
        return Answer(answer.status, dict(answer.headers.items()), answer.read())

    def create(self, **body: Any) -> str:
        """A new session's id."""
        answer = self.call("POST", "/api/sessions", body)
        assert answer.status == 201, answer.body
        return str(answer.json["session_id"])

    def append(self, session_id: str, content: str) -> Answer:
        """Append a message."""
        message = {"role": "user", "content": content}
        return self.call("POST", f"/sessions/history/update/{session_id}", message)

    def messages(self, session_id: str) -> list[dict[str, Any]]:
        """All messages of a session."""
        answer = self.call("GET", f"/api/sessions/{session_id}/messages")
        assert answer.status == 200, answer.body
        return list(answer.json["messages"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def patiently() -> Iterator[None]:
    """Turns of waiting, until patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        yield
        time.sleep(0.02)


def read_all(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            received += piece
    return bytes(received)


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings of Palaver and no others."""
    inherited = {name: each for name, each in os.environ.items() if not name.startswith("PALAVER_")}
    return inherited | {f"PALAVER_{name.upper()}": each for name, each in settings.items()}


@pytest.fixture
def palaver(tmp_path: Path) -> Palaver:
    """Run a command to its end: arguments, and settings by name."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "palaver", *arguments],
            cwd=tmp_path,
            env=environment(**settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return run


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Palaver:
    """Run a command as ``palaver`` does, but fast, in this process."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PALAVER_"):
            monkeypatch.delenv(name)

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        given = {f"PALAVER_{name.upper()}": each for name, each in settings.items()}
        result = CliRunner().invoke(main, arguments, env=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(
            arguments, result.exit_code, result.stdout, result.stderr
        )

    return run


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Serve]:
    """A way to start servers that end with the block, having logged no stack trace."""
    started: list[Server] = []

    def start(
        *arguments: str,
        wait: bool = True,
        command: tuple[str, ...] = ("-m", "palaver"),
        **settings: str,
    ) -> Server:
        number = len(started)
        stdout, stderr = folder / f"stdout.{number}", folder / f"stderr.{number}"
        with stdout.open("wb") as out, stderr.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, *command, "serve", "--port", "0", *arguments],
                cwd=folder,
                env=environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        server = Server(process, stdout, stderr)
        started.append(server)
        if wait:
            for _ in patiently():
                if match := re.search(r"listens on http://[^\s]+:(\d+) .*\n\n$", said(), re.S):
                    server.port = int(match[1])
                    break
                assert process.poll() is None, stderr.read_text()
        return server

    def said() -> str:
        return started[-1].stdout.read_text()

    try:
        yield start
    finally:
        for server in started:
            if server.process.poll() is None:
                server.process.kill()
                server.process.wait()
    for server in started:
        said_wrong = server.stderr.read_text()
        assert server.tracebacks_expected or "Traceback" not in said_wrong, said_wrong[-4000:]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers in a folder of the test: arguments, and settings by name."""
    with serving(tmp_path) as start:
        yield start


@pytest.fixture
def server(serve: Serve, store_url: str) -> Server:
    """A server on a database of its own."""
    return serve(database_url=store_url, jwt_secret=SECRET)


@pytest.fixture(scope="session")
def shared_server(
    new_store: NewStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for all the tests that leave it as it was."""
    with new_store() as url, serving(tmp_path_factory.mktemp("server")) as start:
        yield start("--access-log", database_url=url, jwt_secret=SECRET)


@pytest.fixture
def own_database(store_kind: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of an operator who has done nothing yet but choose the store."""
    return {} if store_kind == "sqlite" else {"database_url": request.getfixturevalue("store_url")}


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Wait for a condition; fail when patience ends."""

    def wait(holds: Callable[[], bool]) -> None:
        assert any(holds() for _ in patiently())

    return wait
