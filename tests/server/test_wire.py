"""Bytes that no well-behaved client sends, and some that only few do."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Serve, Server

MIB = 1 << 20
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


def statuses(received: bytes) -> list[int]:
    """The status of each answer, in order."""
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def create(server: Server, body: bytes, *headers: bytes) -> bytes:
    """A request that makes a session."""
    lines = [
        b"POST /api/sessions HTTP/1.1",
        b"Host: x",
        b"Content-Type: application/json",
        b"Authorization: Bearer " + server.token().encode(),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def answered(connection: socket.socket) -> int:
    """The status of the next answer, which is read to its end."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status


def sent_before_the_end(connection: socket.socket, piece: bytes, most: int) -> int:
    """Send one piece again and again until the server closes, or so many bytes; how many."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < most:
            sent += connection.send(piece)
    return sent


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03\xff\xfe",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX Y: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX: a\r\n folded\r\n\r\n",
        b"GET healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_garbage(shared_server: Server, garbage: bytes) -> None:
    assert statuses(shared_server.exchange(garbage)) == [400]
    assert shared_server.client().call("GET", "/healthz").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [b"Content-Length: 2", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Content-Length: 2"],
        [b"Content-Length: 2", b"Content-Length: 2"],
        [b"Content-Length: 2", b"Content-Length: 40"],
        [b"Content-Length: 2, 2"],
        [b"Content-Length: +2"],
        [b"Content-Length: -2"],
        [b"Content-Length: 0x2"],
        [b"Content-Length: 2 2"],
        [b"Content-Length: 99999999999999999999999"],
        [b"Content-Length : 2"],
        [b"Transfer-Encoding : chunked"],
        [b"Transfer-Encoding: xchunked"],
        [b"Transfer-Encoding: chunked, identity"],
        [b"Transfer-Encoding: identity"],
        [b"Transfer-Encoding: gzip"],
        [b"Transfer-Encoding:\x0bchunked"],
    ],
)
def test_ambiguous_length_is_refused(shared_server: Server, headers: list[bytes]) -> None:
    smuggled = b"2\r\n{}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    received = shared_server.exchange(create(shared_server, smuggled, *headers))
    # One answer, a refusal, and the connection is closed: what follows is not read as a request.
    assert statuses(received) == [400]
    assert "/smuggled" not in shared_server.stderr.read_text()


@pytest.mark.parametrize(
    "body",
    [
        b"2\n{}\n0\n\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"+2\r\n{}\r\n0\r\n\r\n",
        b"2 \r\n{}xx0\r\n\r\n",
        b"-1\r\n{}\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_malformed_chunks_are_refused(shared_server: Server, body: bytes) -> None:
    sent = create(shared_server, body, b"Transfer-Encoding: chunked")
    assert statuses(shared_server.exchange(sent)) == [400]


# Heads without an end.


def test_head_of_80_kb(shared_server: Server) -> None:
    head = GET + b"X-Large: " + b"x" * 80_000 + b"\r\n\r\n"
    assert statuses(shared_server.exchange(head)) == [400]


def test_head_of_80_kb_in_small_pieces(shared_server: Server) -> None:
    with shared_server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(GET)
        piece = b"X-Piece: " + b"x" * 991 + b"\r\n"
        with contextlib.suppress(ConnectionError):
            for _ in range(82):
                connection.sendall(piece)
        received = connection.recv(1000)
    assert statuses(received) == [400]


def test_head_of_60_kb_is_fine(shared_server: Server) -> None:
    head = GET + b"Connection: close\r\nX-Large: " + b"x" * 60_000 + b"\r\n\r\n"
    assert statuses(shared_server.exchange(head)) == [200]


def test_head_that_ends_together_with_a_large_body(shared_server: Server) -> None:
    body = json.dumps({"role": "user", "content": "x" * 90_000}).encode()
    client = shared_server.client()
    session_id = client.create()
    head = (
        f"POST /sessions/history/update/{session_id} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {shared_server.token()}\r\nConnection: close\r\n"
    ).encode()
    rest = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with shared_server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head)
        # The head's first part has been read: the server has answered somebody who came later.
        assert client.call("GET", "/healthz").status == 200
        connection.sendall(rest)
        assert answered(connection) == 200
    assert [len(message["content"]) for message in client.messages(session_id)] == [90_000]


CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET /", b"x"),
        (b"GET /?", b"a=1&"),
        (b"X", b"X"),
        (GET + b"X-Endless: ", b"x"),
        (GET + b"X-", b"x"),
        (GET, b"X-Header: x\r\n"),
        (b"", b"\r\n"),
        (b"body then ", b"X-Trailer: x\r\n"),
        (b"body then X-Trailer: ", b"x"),
        (b"body then X-", b"x"),
        (b"extension 1", b";x"),
    ],
)
def test_endless_head(shared_server: Server, start: bytes, piece: bytes) -> None:
    server = shared_server
    if start.startswith(b"body then "):
        start = create(server, b"2\r\n{}\r\n0\r\n", CHUNKED) + start.removeprefix(b"body then ")
    elif start.startswith(b"extension "):
        start = create(server, b"", CHUNKED) + start.removeprefix(b"extension ")
    before = server.reset_peak_memory()
    for _ in range(3):
        with server.connect() as connection:
            connection.sendall(start)
            sent = sent_before_the_end(connection, piece * (50_000 // len(piece)), 64 * MIB)
        # Some of it waits in the kernel's buffers.
        assert sent < 16 * MIB
    assert server.peak_memory - before < 8 * MIB
    assert server.client().call("GET", "/healthz").status == 200


def test_trailers_are_no_headers(shared_server: Server) -> None:
    lines = create(shared_server, b"2\r\n{}\r\n0\r\n", CHUNKED, b"Connection: close")
    stolen = next(line for line in lines.split(b"\r\n") if line.startswith(b"Authorization"))
    without = lines.replace(stolen + b"\r\n", b"")
    assert statuses(shared_server.exchange(without + stolen + b"\r\n\r\n")) == [401]
    received = shared_server.exchange(lines + b"X-Request-Id: from-a-trailer\r\n\r\n")
    assert statuses(received) == [201]
    assert b"from-a-trailer" not in received


def test_half_a_head_is_not_waited_for(serve: Serve, store_url: str) -> None:
    program = "from palaver import server; server.HEAD_SECONDS = 1; import palaver.__main__"
    server = serve(command=("-c", program), database_url=store_url, jwt_secret="s" * 32)
    for starts in (
        [b""],
        [b"GET /he"],
        [GET],
        [GET + b"\r\n", b"GET /ha"],
        [GET + b"\r\n", b"\r\n"],
    ):
        with server.connect() as connection:
            for start in starts[:-1]:
                connection.sendall(start)
                assert answered(connection) == 200
            connection.sendall(starts[-1])
            assert connection.recv(1000) == b""


# What is rare, and fine.


def test_websocket_is_not_spoken(shared_server: Server) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    with shared_server.connect() as connection:
        connection.sendall(GET + upgrade + key)
        assert answered(connection) == 200
        connection.sendall(b"\x81\x85\x00\x00\x00\x00hello")
        received = connection.recv(1000)
    assert statuses(received) in ([], [400])


def test_http2_upgrade_is_not_spoken(shared_server: Server) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    with shared_server.connect() as connection:
        connection.sendall(GET + upgrade + b"\r\n")
        assert answered(connection) == 200


def test_http_1_0(shared_server: Server) -> None:
    received = shared_server.exchange(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert statuses(received) == [200]
    assert b"transfer-encoding" not in received.lower()


def test_keep_alive(shared_server: Server) -> None:
    with shared_server.connect() as connection:
        for _ in range(20):
            connection.sendall(GET + b"\r\n")
            assert answered(connection) == 200


def test_connection_close(shared_server: Server) -> None:
    assert statuses(shared_server.exchange(GET + b"Connection: close\r\n\r\n")) == [200]


def test_pipelined_requests_are_answered_in_order(shared_server: Server) -> None:
    paths = [b"/healthz", b"/nowhere", b"/api/sessions", b"/readyz"] * 10
    requests = [b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths]
    requests[-1] = requests[-1].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert statuses(shared_server.exchange(b"".join(requests))) == [200, 404, 401, 200] * 10


def test_pipelined_writes(shared_server: Server) -> None:
    client = shared_server.client("pipeline")
    session_id = client.create()
    bodies = [json.dumps({"role": "user", "content": str(n)}).encode() for n in range(50)]
    requests = b"".join(
        f"POST /sessions/history/update/{session_id} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {shared_server.token('pipeline')}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Connection: {'close' if body is bodies[-1] else 'keep-alive'}\r\n\r\n".encode()
        + body
        for body in bodies
    )
    assert len(statuses(shared_server.exchange(requests))) == 50
    assert [each["content"] for each in client.messages(session_id)] == [str(n) for n in range(50)]


def test_garbage_behind_a_request_does_not_take_its_answer(shared_server: Server) -> None:
    assert statuses(shared_server.exchange(GET + b"\r\n" + b"\x00garbage\r\n\r\n")) == [200]
    received = shared_server.exchange(create(shared_server, b"{}\x00", b"Content-Length: 2"))
    assert statuses(received) == [201]


def test_endless_pipeline_does_not_fill_the_memory(server: Server) -> None:
    token = server.token().encode()
    listing = b"GET /api/sessions HTTP/1.1\r\nAuthorization: Bearer %s\r\n\r\n" % token
    for request in (listing, create(server, b"{}", b"Content-Length: 2"), GET + b"\r\n"):
        before = server.reset_peak_memory()
        for _ in range(3):
            with server.connect() as connection:
                # Answers are not read, so that they wait for their client and requests for them.
                connection.settimeout(0.5)
                with contextlib.suppress(TimeoutError):
                    sent_before_the_end(connection, request * 1000, 32 * MIB)
                assert server.client().call("GET", "/healthz").status == 200
        assert server.peak_memory - before < 16 * MIB


def test_more_pipelined_requests_than_are_taken_at_once(shared_server: Server) -> None:
    received = shared_server.exchange((GET + b"\r\n") * 1000)
    # Those that were taken are answered, and then the client is told to come again.
    assert set(statuses(received)) == {200}
    assert 100 <= len(statuses(received)) < 1000
    assert received.lower().count(b"connection: close") == 1


def test_expect_continue(shared_server: Server) -> None:
    with shared_server.connect() as connection:
        connection.sendall(
            create(shared_server, b"", b"Content-Length: 2", b"Expect: 100-continue")
        )
        assert statuses(connection.recv(1000)) == [100]
        connection.sendall(b"{}")
        assert answered(connection) == 201


def test_expect_continue_is_refused_before_the_body(shared_server: Server) -> None:
    sent = create(shared_server, b"", b"Content-Length: 99999999", b"Expect: 100-continue")
    with shared_server.connect() as connection:
        connection.sendall(sent)
        assert answered(connection) == 413


def test_absolute_form(shared_server: Server) -> None:
    request = b"GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert statuses(shared_server.exchange(request)) == [200]


def test_client_that_leaves_in_the_middle(shared_server: Server, wait_until: Any) -> None:
    for cut in (create(shared_server, b"{", b"Content-Length: 99"), GET + b"\r\n", GET):
        with shared_server.connect() as connection:
            connection.sendall(cut)
    assert shared_server.client().call("GET", "/healthz").status == 200


def test_what_was_logged_is_json_without_errors(shared_server: Server) -> None:
    shared_server.exchange(b"\x00")
    assert {entry["level"] for entry in shared_server.log} <= {"info", "warning"}
    assert all("traceback" not in entry for entry in shared_server.log)
