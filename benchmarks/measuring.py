"""Rounds of in-process measurements, interleaved, and their figures as Markdown.

All subjects are measured in turns (A B C A B C …), so that whatever else the machine does hits them
alike. A ratio is the median of the rounds' own ratios, not the ratio of two medians.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

TARGET_SECONDS = 0.15
"""How long one subject's part of a round should take."""


@dataclass(frozen=True)
class Request:
    """One HTTP request, for the in-process driver as well as for load over HTTP."""

    method: str
    target: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    scope: dict[str, Any] = field(init=False, repr=False, hash=False, compare=False)

    def __post_init__(self) -> None:
        path, _, query = self.target.partition("?")
        object.__setattr__(
            self,
            "scope",
            {
                "type": "http",
                "asgi": {"version": "3.0", "spec_version": "2.3"},
                "http_version": "1.1",
                "server": ("127.0.0.1", 8000),
                "client": ("127.0.0.1", 50000),
                "scheme": "http",
                "method": self.method,
                "root_path": "",
                "path": unquote(path),
                "raw_path": path.encode(),
                "query_string": query.encode(),
                "headers": [(n.encode(), v.encode()) for n, v in self.all_headers],
            },
        )

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """The headers as a client sends them, names in lower case."""
        headers = [("host", "127.0.0.1"), ("accept", "*/*"), *self.headers]
        if self.body:
            headers.append(("content-type", "application/json"))
            headers.append(("content-length", str(len(self.body))))
        return headers

    @staticmethod
    def json(method: str, target: str, body: Any, **kwargs: Any) -> Request:
        """A request with a JSON body."""
        return Request(method, target, json.dumps(body).encode(), **kwargs)


async def call(app: Any, request: Request) -> tuple[int, bytes]:
    """One request straight into an ASGI application: its status and body."""
    status = 0
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app({**request.scope, "headers": list(request.scope["headers"])}, receive, send)
    return status, parts[0] if len(parts) == 1 else b"".join(parts)


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """An application that does nothing: what the driver itself costs."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


@asynccontextmanager
async def started(app: Any) -> AsyncIterator[Any]:
    """An application between its ASGI start-up and shutdown."""
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    message = await outbox.get()
    assert message["type"] == "lifespan.startup.complete", message
    yield app
    await inbox.put({"type": "lifespan.shutdown"})
    await outbox.get()
    await task


Subject = Callable[[int], Awaitable[float]]
"""Runs a number of requests and gives the seconds that they took."""


def requests_to(app: Any, request: Request | Callable[[], Request], *, clients: int = 1) -> Subject:
    """A subject: ``clients`` callers, each sending its next request when the last is answered."""

    async def caller(count: int) -> None:
        for _ in range(count):
            each = request if isinstance(request, Request) else request()
            status, body = await call(app, each)
            if status != each.status:
                raise AssertionError(f"{each.method} {each.target}: {status} {body[:300]!r}")

    async def run(count: int) -> float:
        share = max(1, count // clients)
        start = time.perf_counter()
        if clients == 1:
            await caller(share)
        else:
            await asyncio.gather(*(caller(share) for _ in range(clients)))
        return (time.perf_counter() - start) * count / (share * clients)

    return run


def calls_to(function: Callable[[], Any]) -> Subject:
    """A subject that calls a blocking function."""

    async def run(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            function()
        return time.perf_counter() - start

    return run


async def interleave(
    subjects: Mapping[str, Subject], *, rounds: int, requests: int
) -> dict[str, list[float]]:
    """Seconds a request of each subject, one figure a round.

    ``requests`` bounds a subject's requests in a round; fewer are made where they take long.
    """
    counts: dict[str, int] = {}
    for name, subject in subjects.items():
        pilot = min(requests, 32)
        await subject(pilot)
        each = await subject(pilot) / pilot
        counts[name] = max(1, min(requests, int(TARGET_SECONDS / each)))
    figures: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            figures[name].append(await subject(counts[name]) / counts[name])
    return figures


def micros(values: list[float]) -> str:
    """Median and range of seconds, in microseconds."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle * 1e6:.0f} ({low * 1e6:.0f}–{high * 1e6:.0f})"


def ratio(others: list[float], own: list[float]) -> float:
    """The median of the rounds' ratios ``others / own``."""
    return statistics.median(a / b for a, b in zip(others, own, strict=True))


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
