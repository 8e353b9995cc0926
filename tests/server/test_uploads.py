"""Uploads as an operator meets them: refused early, bounded, and ended well at a stop."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.conftest import SECRET, patiently, read_all

if TYPE_CHECKING:
    from tests.server.conftest import Palaver, Serve, Server

PASSWORD = "the shared password"
BASIC = "Basic " + base64.b64encode(f"palaver:{PASSWORD}".encode()).decode()
FORM = "multipart/form-data; boundary=b"
START = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="book.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
)
END = b"\r\n--b--\r\n"

# Files cannot grow beyond 8 MiB, as on a disk that is full.
SMALL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))
from palaver.cli import main
main()
"""
IMPATIENT = """
from palaver import server
server.TURN_GRACE_SECONDS = 0.2
from palaver.cli import main
main()
"""


@pytest.fixture
def settings(store_url: str) -> dict[str, Any]:
    """A server with a credential that the tests know."""
    return {"database_url": store_url, "jwt_secret": SECRET, "basic_password": PASSWORD}


def begin(server: Server, length: int, authorization: str = BASIC) -> http.client.HTTPConnection:
    """The head of an upload of so many bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("POST", "/api/v1/books")
    connection.putheader("Authorization", authorization)
    connection.putheader("Content-Type", FORM)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    return connection


def answer(connection: http.client.HTTPConnection) -> tuple[int, Any]:
    with contextlib.closing(connection):
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def books(server: Server) -> list[Any]:
    headers = {"Authorization": BASIC}
    found = server.client().call("GET", "/api/v1/books", headers=headers).json["books"]
    return list(found)


def test_who_may_not_upload_is_told_so_before_the_file_is_sent(
    serve: Serve, settings: dict[str, Any]
) -> None:
    server = serve(**settings)
    # A server that waited for the body would answer nothing.
    connection = begin(server, 100_000_000, f"Bearer {server.token()}")
    status, body = answer(connection)
    assert (status, body) == (403, {"error": "Only an administrator may change the library."})


def test_the_fields_of_a_form_take_no_memory(serve: Serve, settings: dict[str, Any]) -> None:
    server = serve(**settings)
    before = server.reset_peak_memory()
    field = b'--b\r\nContent-Disposition: form-data; name="%d"\r\n\r\n' + b"x" * 1_000_000 + b"\r\n"
    body = b"".join(field % number for number in range(90))
    statuses = []
    for _ in range(3):
        connection = begin(server, len(body))
        with contextlib.suppress(ConnectionError):
            connection.send(body)
        statuses.append(answer(connection))
    assert {status for status, _ in statuses} == {400}
    assert server.peak_memory - before < 32 << 20


def test_a_file_for_which_there_is_no_room_is_refused_and_the_next_one_is_taken(
    serve: Serve, settings: dict[str, Any]
) -> None:
    server = serve(command=("-c", SMALL_DISK), **settings)
    file = b"x" * (12 << 20)
    connection = begin(server, len(START) + len(file) + len(END))
    connection.send(START + file + END)
    status, body = answer(connection)
    assert (status, body) == (503, {"error": "The files of books cannot be used at the moment."})
    assert books(server) == []
    small = START + b"A small book about bees." + END
    connection = begin(server, len(small))
    connection.send(small)
    assert answer(connection)[0] == 202


def test_a_book_whose_file_cannot_be_removed_stays_until_it_can(
    serve: Serve, settings: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    server = serve(files_url=str(folder), **settings)
    small = START + b"A small book about bees." + END
    connection = begin(server, len(small))
    connection.send(small)
    status, book = answer(connection)
    assert status == 202
    assert any(books(server)[0]["status"] == "READY" for _ in patiently())
    file = folder / book["bookId"]
    kept = file.read_bytes()
    file.unlink()
    file.mkdir()
    client, headers = server.client(), {"Authorization": BASIC}
    url = f"/api/v1/books/{book['bookId']}"
    refused = client.call("DELETE", url, headers=headers)
    assert refused.status == 503
    assert refused.json == {"error": "The files of books cannot be used at the moment."}
    assert [each["bookId"] for each in books(server)] == [book["bookId"]]
    file.rmdir()
    file.write_bytes(kept)
    assert client.call("DELETE", url, headers=headers).status == 204
    assert books(server) == []


@pytest.fixture
def half(serve: Serve, settings: dict[str, Any]) -> Iterator[tuple[Server, Any]]:
    """A server that waits for the rest of an upload."""
    server = serve(command=("-c", IMPATIENT), **settings)
    connection = begin(server, 10_000_000)
    connection.send(START + b"The first words of a book")
    yield server, connection
    connection.close()


def test_a_server_that_stops_says_so_to_uploads_that_are_under_way(
    half: tuple[Server, http.client.HTTPConnection],
) -> None:
    server, connection = half
    server.process.send_signal(signal.SIGTERM)
    response = connection.getresponse()
    assert response.status == 503
    assert response.headers["Retry-After"]
    assert json.loads(response.read()) == {"error": "The server is about to stop."}
    assert server.process.wait(30) == 0
    assert [line for line in server.log if line["level"] == "error"] == []


def test_an_upload_whose_client_vanishes_leaves_nothing(
    half: tuple[Server, http.client.HTTPConnection],
) -> None:
    server, connection = half
    assert isinstance(connection.sock, socket.socket)
    connection.sock.shutdown(socket.SHUT_WR)
    assert read_all(connection.sock) == b""
    assert books(server) == []
    assert server.stop() == 0
    assert [line for line in server.log if line["level"] == "error"] == []


@pytest.mark.only_store("sqlite")
def test_a_second_server_on_an_embedded_database_does_not_start(
    serve: Serve, palaver: Palaver, settings: dict[str, Any]
) -> None:
    first = serve(**settings)
    second = palaver("serve", "--port", "0", **settings)
    assert second.returncode != 0
    (said,) = second.stderr.splitlines()
    assert "Another server works on" in said
    assert "Traceback" not in second.stderr
    assert first.stop() == 0
    # A killed one leaves no lock behind.
    again = serve(**settings)
    again.process.kill()
    again.process.wait()
    assert serve(**settings).client().call("GET", "/healthz").status == 200
