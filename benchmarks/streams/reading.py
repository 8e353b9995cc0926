"""A client that reads a thousand event streams at once and notes when each event came."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from benchmarks.measuring import Request

DELTA = b"event: message.delta"
_EVENT = re.compile(rb"id: (\d+)\nevent: (\S+)\ndata: (.*)\n\n")


@dataclass(slots=True)
class Stream:
    """One stream: the moments of its deltas, in seconds from its request, and its bytes."""

    asked_at: float = 0.0
    moments: list[float] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)

    @property
    def first(self) -> float:
        """Seconds to the first delta."""
        return self.moments[0]

    @property
    def gaps(self) -> list[float]:
        """Seconds between one delta and the next; 0 where they came together."""
        return [b - a for a, b in zip(self.moments, self.moments[1:], strict=False)]

    def check(self, words: Sequence[str]) -> None:
        """Raise ``AssertionError`` unless every event is there once and in order, to the end."""
        head, _, body = b"".join(self.chunks).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        events = _EVENT.findall(_unchunked(body))
        assert [int(number) for number, _, _ in events] == list(range(1, len(events) + 1))
        assert events[-1][1] == b"done"
        said = [json.loads(data)["text"] for _, kind, data in events if kind == b"message.delta"]
        assert said == list(words)


class _Reader(asyncio.Protocol):
    def __init__(self, message: bytes, stream: Stream, ended: asyncio.Future[None]) -> None:
        self._message = message
        self._stream = stream
        self._ended = ended
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no subclasses.
        self._transport = cast(asyncio.Transport, transport)
        self._stream.asked_at = time.perf_counter()
        self._transport.write(self._message)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter() - self._stream.asked_at
        self._stream.chunks.append(data)
        seen = self._rest + data
        self._stream.moments.extend([now] * seen.count(DELTA))
        self._rest = seen[-(len(DELTA) - 1) :]
        if self._rest.endswith(b"\r\n0\r\n\r\n"):
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


async def read_all(port: int, requests: Sequence[Request], *, over: float) -> list[Stream]:
    """Open a stream for each request, spread ``over`` so many seconds, and read them to the end."""
    loop = asyncio.get_running_loop()
    streams = [Stream() for _ in requests]
    ends = [loop.create_future() for _ in requests]
    start = loop.time()
    for number, request in enumerate(requests):
        await asyncio.sleep(max(0.0, start + over * number / len(requests) - loop.time()))
        message, stream, end = _spelled(request), streams[number], ends[number]
        await loop.create_connection(
            lambda message=message, stream=stream, end=end: _Reader(message, stream, end),
            "127.0.0.1",
            port,
        )
    await asyncio.wait_for(asyncio.gather(*ends), 120)
    return streams


def _spelled(request: Request) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in request.all_headers)
    return f"{request.method} {request.target} HTTP/1.1\r\n{head}\r\n".encode() + request.body


def _unchunked(body: bytes) -> bytes:
    """The content of a body in chunks (RFC 9112, section 7.1)."""
    parts = []
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return b"".join(parts)
        parts.append(body[:length])
        body = body[length + 2 :]
