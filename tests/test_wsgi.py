"""What stands behind the contract: small bodies first, answers last, and a thread in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from starlette.types import Message

from palaver import wsgi
from palaver.contract.faults import (
    ClientDisconnected,
    MethodNotAllowed,
    PathNotFound,
    PayloadTooLarge,
    RequestTimeout,
)
from palaver.wsgi import THREADS, Behind

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """Answers with what it was asked."""
    body = environ["wsgi.input"].read()
    start("200 OK", [("X-Length", environ["CONTENT_LENGTH"])])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["QUERY_STRING"].encode(), b" ", body]


def answering(status: str, *headers: tuple[str, str]) -> Wsgi:
    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start(status, list(headers))
        return [b"never seen"]

    return app


def request(*pieces: bytes, method: str = "POST", end: bool = True) -> list[Message]:
    """The messages of a body; without its ``end``, nothing comes after them."""
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    if end:
        messages.append({"type": "http.request", "body": b"", "more_body": False})
    return messages


def ask(
    app: Wsgi,
    messages: list[Message],
    *,
    method: str = "POST",
    path: str = "/console",
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    most: int = 100,
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of the answer. Raises what the application in front would render."""
    scope = {"type": "http", "method": method, "path": path, "query_string": query,
             "http_version": "1.1", "headers": list(headers), "scheme": "http"}  # fmt: skip
    sent: list[Message] = []

    async def run() -> None:
        left = iter(messages)

        async def receive() -> Message:
            for message in left:
                return message
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        behind = Behind(app, owns=lambda each: each == "/console", max_body_bytes=most)
        try:
            await behind(scope, receive, send)
        finally:
            behind.close()

    asyncio.run(run())
    assert not sent[-1].get("more_body")
    body = b"".join(message["body"] for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_a_body_in_pieces_is_one() -> None:
    given = [(b"transfer-encoding", b"chunked")]
    status, headers, body = ask(echo, request(b"a", b"", b"b"), headers=given, query=b"x=1")
    assert (status, headers[b"x-length"], body) == (200, b"2", b"POST x=1 ab")


def test_the_length_is_what_has_come() -> None:
    given = [(b"content-length", b"999"), (b"content-length", b"x")]
    _, headers, body = ask(echo, request(b"ab"), headers=given)
    assert (headers[b"x-length"], body) == (b"2", b"POST  ab")


def test_a_query_that_is_no_text_is_none() -> None:
    assert ask(echo, request(), query=b"\xff=1")[2] == b"POST  "


def test_nothing_is_read_where_there_is_no_body() -> None:
    assert ask(echo, [], method="GET")[2] == b"GET  "


def test_a_body_has_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(echo, request(b"x" * 100))[0] == 200
    with pytest.raises(PayloadTooLarge):
        ask(echo, request(b"x" * 60, b"x" * 41, end=False))
    with pytest.raises(ClientDisconnected):
        ask(echo, [*request(b"x", end=False), {"type": "http.disconnect"}])
    monkeypatch.setattr(wsgi, "BODY_SECONDS", 0.05)
    with pytest.raises(RequestTimeout):
        ask(echo, request(b"x", end=False))


def test_what_is_not_there_is_told_as_everywhere() -> None:
    with pytest.raises(PathNotFound):
        ask(echo, [], method="GET", path="/elsewhere")
    with pytest.raises(PathNotFound):
        ask(answering("404 NOT FOUND"), request())
    with pytest.raises(MethodNotAllowed) as refused:
        ask(answering("405 METHOD NOT ALLOWED", ("Allow", "POST, HEAD, GET")), request())
    assert refused.value.allow == "GET, HEAD, POST"


def test_what_goes_wrong_is_raised_in_front() -> None:
    def broken(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        ask(broken, request())


def test_a_client_that_does_not_read_keeps_no_thread() -> None:
    """As many as there are threads take nothing of their answers; the next is answered."""

    async def run() -> bytes:
        behind = Behind(echo, owns=lambda _: True, max_body_bytes=1)
        never = asyncio.Event()
        stuck = asyncio.Event()
        waiting = 0

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def stall(_message: Message) -> None:
            nonlocal waiting
            waiting += 1
            if waiting == THREADS:
                stuck.set()
            await never.wait()

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"",
                 "http_version": "1.1", "headers": [], "scheme": "http"}  # fmt: skip
        slow = [asyncio.create_task(behind(scope, receive, stall)) for _ in range(THREADS)]
        await stuck.wait()
        got: list[Message] = []

        async def take(message: Message) -> None:
            got.append(message)

        await behind(scope, receive, take)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        behind.close()
        return b"".join(message["body"] for message in got[1:])

    assert asyncio.run(run()) == b"GET  "
