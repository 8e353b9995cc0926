"""Event streams over real connections: leaving, reading slowly, two hundred at once."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract import events
from palaver.contract.reply import EventStream

if TYPE_CHECKING:
    from tests.contract.conftest import Mini, Tree

PATIENCE = 30.0
STREAM = "text/event-stream"
EVENT: Tree = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "text"],
    "properties": {"type": {"type": "string", "enum": ["word"]}, "text": {"type": "string"}},
}


def word(text: str) -> bytes:
    return json.dumps({"type": "word", "text": text}, separators=(",", ":")).encode()


class Source:
    """Counts up with the same text, ``most`` times, and stops before ``hold_at`` until told."""

    def __init__(self, text: str = "a", most: int = 10**9, hold_at: int = 0, *, at_end: Any = None):
        self.data = word(text)
        self.most = most
        self.hold_at = hold_at
        self.at_end = at_end
        self.count = 0
        self.closed = threading.Event()
        self.holding = threading.Event()
        self._go_on = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def read(self, patience: float) -> Sequence[tuple[int, bytes]] | None:
        if self.count + 1 == self.hold_at:
            self.holding.set()
            try:
                async with asyncio.timeout(patience):
                    await self._go_on.wait()
            except TimeoutError:
                return ()
        if self.closed.is_set():
            return None
        if self.count == self.most:
            if isinstance(self.at_end, Exception):
                raise self.at_end
            return None
        self.count += 1
        return [(self.count, self.data)]

    def close(self) -> None:
        self.closed.set()
        self._go_on.set()

    def go_on(self) -> None:
        """From the thread of the test."""
        self._loop.call_soon_threadsafe(self._go_on.set)


Serve = Callable[..., tuple[int, list[Source]]]


@pytest.fixture
def serve(mini: Mini, listening: Callable[..., int]) -> Serve:
    """Serve streams with these options at /a, by GET and POST; gives the port and the sources."""

    def start(**options: Any) -> tuple[int, list[Source]]:
        sources: list[Source] = []

        async def get(*, backend: Any) -> EventStream:
            sources.append(Source(**options))
            return EventStream(sources[-1])

        async def post(*, backend: Any, body: Any) -> EventStream:
            return await get(backend=backend)

        async def ping(*, backend: Any) -> dict[str, Any]:
            return {}

        content = {STREAM: {"schema": EVENT}}
        responses = {"200": {"description": "Events.", "content": content}}
        asked = mini.body({"type": "object"})
        paths = {
            "/a": {
                "get": mini.op("get", responses=responses),
                "post": mini.op("post", responses=responses, requestBody=asked),
            },
            "/ping": {"get": mini.op("ping")},
        }
        handlers: dict[str, Callable[..., Any]] = {"get": get, "post": post, "ping": ping}
        return listening(mini.app(paths, handlers)), sources

    return start


GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
POST = (
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)


def connect(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(sent)
    return connection


def read_until(connection: socket.socket, wanted: bytes) -> bytes:
    received = b""
    while wanted not in received:
        piece = connection.recv(1 << 16)
        assert piece, received
        received += piece
    return received


def close(connection: socket.socket) -> None:
    connection.close()


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def half_close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("sent", [GET, POST])
@pytest.mark.parametrize("leave", [close, reset, half_close])
def test_a_connection_that_ends_closes_its_source_and_no_other(
    serve: Serve,
    sent: bytes,
    leave: Callable[[socket.socket], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, sources = serve(most=3, hold_at=3)
    with connect(port, sent) as stays, connect(port, sent) as leaves:
        read_until(stays, b"id: 2")
        read_until(leaves, b"id: 2")
        # Which of the two came first is the server's business.
        assert all(source.holding.wait(PATIENCE) for source in sources)
        leave(leaves)
        one, other = sources
        while not (one.closed.wait(0.01) or other.closed.is_set()):
            pass
        gone, there = (one, other) if one.closed.is_set() else (other, one)
        assert not there.closed.is_set()
        there.go_on()
        assert read_until(stays, b"0\r\n\r\n").count(b"id: 3") == 1
        assert gone.count == 2
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_client_that_leaves_an_endless_stream_ends_it(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    port, sources = serve()
    with connect(port, GET) as connection:
        read_until(connection, b"id: 9\n")
    assert sources[0].closed.wait(PATIENCE)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_the_head_and_each_event_arrive_at_once(serve: Serve) -> None:
    port, sources = serve(most=2, hold_at=1)
    with connect(port, GET) as connection:
        head = read_until(connection, b"\r\n\r\n").lower()
        assert head.startswith(b"http/1.1 200 ")
        assert b"\r\ncontent-type: text/event-stream\r\n" in head
        assert sources[0].count == 0
        sources[0].go_on()
        read_until(connection, b"id: 2")


def test_silence_is_broken_by_a_comment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.02)
    port, sources = serve(most=2, hold_at=2)
    with connect(port, GET) as connection:
        read_until(connection, b"\r\n:\n\n")
        read_until(connection, b"\r\n:\n\n")
        sources[0].go_on()
        read_until(connection, b"id: 2")


def test_a_connection_serves_on_after_a_stream(serve: Serve) -> None:
    port, _ = serve(most=2)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        bodies = [client.get("/a").text for _ in range(3)]
        assert client.head("/a").text == ""
        assert client.get("/ping").json() == {}
    assert set(bodies) == {
        'id: 1\nevent: word\ndata: {"type":"word","text":"a"}\n\n'
        'id: 2\nevent: word\ndata: {"type":"word","text":"a"}\n\n'
    }


def test_an_error_cuts_the_connection_after_the_good_events(serve: Serve) -> None:
    port, _ = serve(most=2, at_end=RuntimeError("gone"))
    with httpx.stream("GET", f"http://127.0.0.1:{port}/a") as response:
        pieces = response.iter_bytes()
        received = b""
        while received.count(b"id: ") < 2:
            received += next(pieces)
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)


def test_a_reader_that_does_not_read_stops_the_reading(serve: Serve) -> None:
    """What is made ahead is what the system buffers of a connection, not what there is to come."""
    port, sources = serve(text="x" * 50_000)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", port))
        connection.sendall(GET)
        read_until(connection, b"id: 1\n")
        # The server answers others, and meanwhile the stream comes to a stand.
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            seen, same = -1, 0
            while same < 50:
                assert client.get("/ping").status_code == 200
                same = same + 1 if sources[0].count == seen else 0
                seen = sources[0].count
        assert seen * 50_000 < 16 * 2**20
        assert not sources[0].closed.is_set()
        # It goes on where the client does.
        read_until(connection, b"id: %d\n" % seen)
    assert sources[0].closed.wait(PATIENCE)


def test_a_reader_that_does_not_read_can_leave(serve: Serve) -> None:
    port, sources = serve(text="x" * 50_000)
    with connect(port, GET) as connection:
        read_until(connection, b"id: 1\n")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            seen = -1
            while sources[0].count != seen:
                seen = sources[0].count
                assert client.get("/ping").status_code == 200
    assert sources[0].closed.wait(PATIENCE)


def test_two_hundred_streams_at_once(serve: Serve) -> None:
    port, sources = serve(most=5, hold_at=3)

    async def follow() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        received = await reader.readuntil(b"id: 2\n")
        opened.release()
        received += await reader.readuntil(b"0\r\n\r\n")
        writer.close()
        return received

    async def all_of_them() -> list[bytes]:
        streams = [asyncio.create_task(follow()) for _ in range(200)]
        for _ in streams:
            await opened.acquire()
        # All are open, and nobody waits for a thread.
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/ping")).status_code == 200
        for source in sources:
            source.go_on()
        async with asyncio.timeout(PATIENCE):
            return await asyncio.gather(*streams)

    opened = asyncio.Semaphore(0)
    bodies = asyncio.run(all_of_them())
    assert len(sources) == 200
    for body in bodies:
        assert [body.count(b"id: %d\n" % number) for number in range(1, 7)] == [1] * 5 + [0]
    assert all(source.closed.wait(PATIENCE) for source in sources)
