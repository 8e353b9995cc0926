"""What stands behind the contract: a WSGI application, kept from slowing down what is in front.

It runs on a few threads of its own. A thread is never kept waiting by a client: a small body is
read before a thread is taken, and an answer goes out after it was given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from a2wsgi import WSGIMiddleware
from starlette.types import Message, Receive, Scope, Send

from palaver.contract.faults import (
    ClientDisconnected,
    MethodNotAllowed,
    PathNotFound,
    PayloadTooLarge,
    RequestTimeout,
)

THREADS = 4
BODY_SECONDS = 10
SLICE_BYTES = 1 << 16
"""What is handed on at once; no more follows while the client does not take it."""


class Behind:
    """An ASGI application that gives a WSGI application the paths that are its own."""

    def __init__(self, app: Any, *, owns: Callable[[str], bool], max_body_bytes: int) -> None:
        self._middleware = WSGIMiddleware(app, workers=THREADS)
        self.owns: Final = owns
        """Whether a path is one of the application's; all others are nothing."""
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises what the runtime has words for: a path that is not there, a wrong method."""
        if scope["type"] != "http":
            return
        if not self.owns(scope["path"]):
            raise PathNotFound
        body = await self._read(scope, receive)
        kept: list[Message] = []

        async def give_body() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._middleware(_understood(scope, body), give_body, keep)  # type: ignore[arg-type]
        start = kept[0]
        if start["status"] == 404:
            raise PathNotFound
        if start["status"] == 405:
            raise MethodNotAllowed(", ".join(sorted(_header(start, b"allow").split(", "))))
        await send(start)
        # Joined, a file would be copied for each who waits for it.
        for message in kept[1:]:
            for at in range(0, len(message["body"]), SLICE_BYTES):
                part = message["body"][at : at + SLICE_BYTES]
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def close(self) -> None:
        """Wait for the calls under way, and end the threads."""
        self._middleware.executor.shutdown()

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] in ("GET", "HEAD"):
            return b""
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnected
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self._max_body_bytes:
                        raise PayloadTooLarge(f"A body has at most {self._max_body_bytes} bytes.")
        except TimeoutError:
            raise RequestTimeout(f"A body may take {BODY_SECONDS} seconds.") from None
        return bytes(body)


def _understood(scope: Scope, body: bytes) -> Scope:
    """The request as WSGI can say it: the length that was read, and a query in ASCII."""
    dropped = (b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
    headers.append((b"content-length", str(len(body)).encode()))
    query = scope["query_string"]
    return {**scope, "headers": headers, "query_string": query if query.isascii() else b""}


def _header(message: Message, wanted: bytes) -> str:
    return next((value.decode() for name, value in message["headers"] if name == wanted), "")
