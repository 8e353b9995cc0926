"""What the server keeps in memory does not grow with what is asked of it."""

from __future__ import annotations

import contextlib
import io
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
from PIL import Image as Picture
from sqlalchemy import Engine, insert, update

from palaver.store.tables import messages, sessions

if TYPE_CHECKING:
    from tests.server.conftest import Server

MIB = 1 << 20
MESSAGES, SIZE = 10_000, 10_000


def request(server: Server, session_id: str) -> bytes:
    """A request for all messages of a session."""
    return (
        f"GET /api/sessions/{session_id}/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {server.token()}\r\n\r\n"
    ).encode()


@pytest.fixture
def long_session(server: Server, engine: Engine) -> str:
    """A session of 100 MB, written beside the store."""
    session_id = server.client().create()
    with engine.begin() as connection:
        for start in range(0, MESSAGES, 500):
            rows = [
                {
                    "session_id": session_id,
                    "seq": seq,
                    "message_id": f"019a9f3e-0000-7000-8000-{seq:012d}",
                    "role": "user",
                    "content": "x" * SIZE,
                    "summary": False,
                    "created_at": 1_700_000_000_000_000 + seq,
                }
                for seq in range(start, start + 500)
            ]
            connection.execute(insert(messages), rows)
        counted = update(sessions).where(sessions.c.session_id == session_id)
        connection.execute(counted.values(message_count=MESSAGES))
    return session_id


def test_long_history_is_sent_in_bounded_memory(server: Server, long_session: str) -> None:
    before = server.reset_peak_memory()
    size = count = 0
    tail = b""
    with server.connect() as connection:
        connection.sendall(request(server, long_session))
        while piece := connection.recv(MIB):
            assert size or piece.startswith(b"HTTP/1.1 200 ")
            size += len(piece)
            # A mark that lies across two pieces counts with the second.
            count += (tail + piece).count(b'"seq":')
            tail = piece[-5:]
    assert count == MESSAGES
    assert size > MESSAGES * SIZE
    assert tail == b"0\r\n\r\n"[-5:]
    assert server.peak_memory - before < 60 * MIB

    # More clients than there are threads stop reading. The others are served, and memory is as it
    # was: what a client does not read is not fetched.
    before = server.reset_peak_memory()
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stalled = stack.enter_context(server.connect())
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.sendall(request(server, long_session))
            assert stalled.recv(9) == b"HTTP/1.1 "
        client = server.client()
        for _ in range(200):
            assert client.call("GET", f"/sessions/history/{long_session}?limit=20").status == 200
        assert server.peak_memory - before < 120 * MIB
    assert server.client().call("GET", "/readyz").status == 200
    assert server.stop() == 0


def test_oversize_chunked_body(server: Server) -> None:
    session_id = server.client().create()
    before = server.reset_peak_memory()
    head = (
        f"POST /sessions/history/update/{session_id} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {server.token()}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    with server.connect() as connection:
        connection.sendall(head)
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert server.peak_memory - before < 16 * MIB
    assert server.client().messages(session_id) == []


def test_many_half_sent_bodies(server: Server) -> None:
    client = server.client()
    session_id = client.create()
    before = server.reset_peak_memory()
    head = (
        f"POST /sessions/history/update/{session_id} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer none\r\nContent-Type: application/json\r\n"
        f"Content-Length: {2 * MIB}\r\n\r\n"
    ).encode()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            connection = stack.enter_context(server.connect())
            connection.sendall(head)
            # Without a valid token nothing of the body is waited for.
            assert connection.recv(1000).startswith(b"HTTP/1.1 401 ")
        assert client.call("GET", "/readyz").status == 200
    assert server.peak_memory - before < 16 * MIB


def test_decoded_images_leave_nothing(server: Server) -> None:
    session_id = server.client().create()
    url = f"http://127.0.0.1:{server.port}/api/sessions/{session_id}/slides/images"
    headers = {"Authorization": f"Bearer {server.token()}"}
    buffer = io.BytesIO()
    Picture.new("RGBA", (4500, 4500), (200, 10, 10, 90)).save(buffer, "PNG")

    def upload(_: int) -> int:
        files = {"file": ("a.png", buffer.getvalue(), "image/png")}
        return httpx.post(url, headers=headers, files=files, timeout=60).status_code

    before = server.reset_peak_memory()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(upload, range(8))) == [201] * 8
    # Decoded, each has 81 MB.
    assert server.peak_memory - before < 40 * MIB
