"""A proxy that makes the faults of ``cases.yaml``: in front of a server, on the loopback.

It reads HTTP with h11 on both sides, so that it can break an answer off at any byte. One request
at a time is what a fault is for, in the order in which the requests come.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import h11

Fault = dict[str, Any]
_PIECE = 1 << 16
_CONTROL = "/_proxy/"


class _Broken(Exception):
    """The connection to the client ends here, in the middle of whatever it was."""


@dataclass
class _Request:
    """A request as it came, whole."""

    head: h11.Request
    body: bytes
    seen: dict[str, Any]

    @property
    def target(self) -> str:
        return self.head.target.decode("ascii")


@dataclass
class Proxy:
    """Where requests come in; ``faults`` are for the next ones, ``requests`` those that came."""

    upstream: int
    port: int = 0
    faults: list[Fault | str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)
    _serving: set[asyncio.Task[Any] | None] = field(default_factory=set)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _listening: asyncio.Server | None = None
    _returning: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self, faults: list[Fault | str]) -> None:
        """Take the faults of the next requests, and forget the requests that there were."""
        self.faults = list(faults)
        self.requests = []
        self._since = time.monotonic()

    async def listen(self) -> None:
        """Take connections; at the port of before, if there was one."""
        self._listening = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Take no connections any more, and break off those that there are."""
        assert self._listening is not None
        self._listening.close()
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client, until one of the two has enough."""
        connection = h11.Connection(h11.SERVER)
        # Once its client has gone, nothing else would keep a task that waits for the server.
        self._serving.add(asyncio.current_task())
        self._open.add(writer)
        try:
            with contextlib.suppress(ConnectionError, h11.RemoteProtocolError):
                while request := await self._read(connection, reader):
                    if request.target.startswith(_CONTROL):
                        await self._control(connection, writer, request)
                    else:
                        await self._relay(connection, writer, request)
                    if connection.states != {h11.SERVER: h11.DONE, h11.CLIENT: h11.DONE}:
                        break
                    connection.start_next_cycle()
        except _Broken:
            pass
        finally:
            # At once: what the client has not got by now it shall not get.
            writer.close()
            self._open.discard(writer)
            self._serving.discard(asyncio.current_task())

    async def _read(
        self, connection: h11.Connection, reader: asyncio.StreamReader
    ) -> _Request | None:
        head = await _next(connection, reader)
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        while isinstance(event := await _next(connection, reader), h11.Data):
            body += event.data
        path, _, query = head.target.decode("ascii").partition("?")
        seen = {
            "method": head.method.decode("ascii"),
            "path": path,
            "query": query,
            "headers": {name.decode(): value.decode("latin-1") for name, value in head.headers},
            "body_bytes": len(body),
            "status": None,
            "at": time.monotonic() - self._since,
        }
        return _Request(head, bytes(body), seen)

    async def _control(
        self, connection: h11.Connection, writer: asyncio.StreamWriter, request: _Request
    ) -> None:
        if request.seen["method"] == "PUT":
            self.prepare(json.loads(request.body))
        said = json.dumps(self.requests).encode()
        await _answer(connection, writer, 200, {"Content-Type": "application/json"}, said)

    async def _relay(
        self, connection: h11.Connection, writer: asyncio.StreamWriter, request: _Request
    ) -> None:
        fault = self.faults.pop(0) if self.faults else "pass"
        fault = {} if isinstance(fault, str) else fault
        self.requests.append(request.seen)
        try:
            await self._answered(connection, writer, request, fault)
        finally:
            if "away" in fault:
                self.close()
                self._returning = asyncio.create_task(self._return(fault["away"]))

    async def _return(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.listen()

    async def _answered(
        self,
        connection: h11.Connection,
        writer: asyncio.StreamWriter,
        request: _Request,
        fault: Fault,
    ) -> None:
        if "status" in fault:
            status, headers, body = _made_up(fault)
            request.seen["status"] = status
            await _answer(connection, writer, status, headers, body)
            return
        if "refuse" in fault:
            raise _Broken
        if "delay" in fault:
            await asyncio.sleep(fault["delay"])
        async with contextlib.aclosing(self._upstream(request)) as events:
            head = await anext(events)
            assert isinstance(head, h11.Response)
            if "lose" in fault:
                async for _ in events:
                    pass
                raise _Broken
            request.seen["status"] = head.status_code
            await self._pass_on(connection, writer, head, events, fault)

    async def _pass_on(
        self,
        connection: h11.Connection,
        writer: asyncio.StreamWriter,
        head: h11.Response,
        events: AsyncIterator[h11.Event],
        fault: Fault,
    ) -> None:
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        headers.pop("connection", None)
        if "garble" in fault:
            await _answer(
                connection,
                writer,
                head.status_code,
                {name: value for name, value in headers.items() if name != "content-length"},
                fault["garble"].encode(),
            )
            return
        if {"repeat", "end_events"} & set(fault):
            headers.pop("content-length", None)
        await _send(
            connection,
            writer,
            h11.Response(status_code=head.status_code, headers=list(headers.items())),
        )
        async with (
            contextlib.aclosing(_pieces(events)) as pieces,
            contextlib.aclosing(_faulty(pieces, fault)) as faulty,
        ):
            async for piece in faulty:
                await _send(connection, writer, h11.Data(data=piece))
        await _send(connection, writer, h11.EndOfMessage())

    async def _upstream(self, request: _Request) -> AsyncGenerator[h11.Event]:
        """What the server answers, on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        connection = h11.Connection(h11.CLIENT)
        headers = [
            (name, value)
            for name, value in request.head.headers
            if name not in (b"connection", b"transfer-encoding", b"content-length", b"expect")
        ]
        headers += [(b"connection", b"close")]
        if request.body or request.seen["method"] in ("POST", "PUT", "PATCH"):
            headers.append((b"content-length", str(len(request.body)).encode()))
        try:
            head = h11.Request(
                method=request.head.method, target=request.head.target, headers=headers
            )
            await _send(connection, writer, head)
            if request.body:
                await _send(connection, writer, h11.Data(data=request.body))
            await _send(connection, writer, h11.EndOfMessage())
            while (event := await _next(connection, reader)) is not None:
                if isinstance(event, h11.EndOfMessage):
                    break
                yield event
        finally:
            writer.close()


async def _pieces(events: AsyncIterator[h11.Event]) -> AsyncGenerator[bytes]:
    async for event in events:
        if isinstance(event, h11.Data):
            yield bytes(event.data)


async def _faulty(pieces: AsyncIterator[bytes], fault: Fault) -> AsyncGenerator[bytes]:
    """The bytes of an answer with the fault in them; raises ``_Broken`` where it is cut."""
    if "cut_bytes" in fault:
        left = int(fault["cut_bytes"])
        async for piece in pieces:
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                raise _Broken
        return
    if "bytes" in fault.get("stall", {}):
        left = int(fault["stall"]["bytes"])
        async for piece in pieces:
            yield piece[:left]
            if left < len(piece):
                await asyncio.sleep(fault["stall"]["seconds"])
                yield piece[left:]
            left = max(0, left - len(piece))
        return
    if not {"cut_events", "end_events", "repeat", "stall"} & set(fault):
        async for piece in pieces:
            yield piece
        return
    async with contextlib.aclosing(_blocks(pieces)) as blocks:
        passed = 0
        async for block in blocks:
            if not any(line.startswith(b"data:") for line in block.split(b"\n")):
                yield block
                continue
            if passed == fault.get("end_events"):
                return
            if passed == fault.get("cut_events"):
                yield block[: len(block) // 2]
                raise _Broken
            if "stall" in fault and passed == fault["stall"]["events"]:
                await asyncio.sleep(fault["stall"]["seconds"])
            yield block * fault.get("repeat", 1)
            passed += 1


async def _blocks(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """The events of a stream, each with the empty line that ends it."""
    pending = b""
    async for piece in pieces:
        *whole, pending = (pending + piece).split(b"\n\n")
        for block in whole:
            yield block + b"\n\n"
    if pending:
        yield pending


def _made_up(fault: Fault) -> tuple[int, dict[str, str], bytes]:
    """An answer that the proxy gives by itself."""
    headers = {"X-Request-Id": "of-the-proxy"}
    if "retry_after" in fault:
        headers["Retry-After"] = str(fault["retry_after"])
    if "retry_date" in fault:
        moment = datetime.now(UTC) + timedelta(seconds=fault["retry_date"])
        headers["Retry-After"] = format_datetime(moment, usegmt=True)
    if "body" in fault:
        headers["Content-Type"] = "application/problem+json"
        return fault["status"], headers, json.dumps(fault["body"]).encode()
    headers["Content-Type"] = "text/html"
    return fault["status"], headers, b"<html><h1>Made up by a gateway</h1></html>"


async def _answer(
    connection: h11.Connection,
    writer: asyncio.StreamWriter,
    status: int,
    headers: dict[str, str],
    body: bytes,
) -> None:
    listed = [*headers.items(), ("Content-Length", str(len(body)))]
    await _send(connection, writer, h11.Response(status_code=status, headers=listed))
    await _send(connection, writer, h11.Data(data=body))
    await _send(connection, writer, h11.EndOfMessage())


async def _send(connection: h11.Connection, writer: asyncio.StreamWriter, event: h11.Event) -> None:
    writer.write(connection.send(event) or b"")
    await writer.drain()


async def _next(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Event | None:
    """The next thing that the other side says; nothing once it has closed."""
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(_PIECE))
    if isinstance(event, h11.ConnectionClosed) or not isinstance(event, h11.Event):
        return None
    return event


@contextlib.contextmanager
def proxying(upstream: int) -> Iterator[Proxy]:
    """A proxy in front of the server at this port, in a thread of its own."""
    proxy = Proxy(upstream)
    ready, stopping = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        await proxy.listen()
        ready.set()
        await stopping.wait()
        proxy.close()
        # What clients have left stands here still; it ends before the loop does.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def work() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(run())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
