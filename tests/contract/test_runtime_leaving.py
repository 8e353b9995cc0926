"""Clients that go before they have their answer: what is for them alone ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.types import Message, Scope

from palaver.contract.runtime import build_app

if TYPE_CHECKING:
    from tests.contract.conftest import Mini

SCOPE: Scope = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "path": "/a",
    "raw_path": b"/a",
    "root_path": "",
    "query_string": b"",
    "headers": [(b"host", b"mini")],
    "client": ("127.0.0.1", 1),
    "server": ("mini", 80),
    "scheme": "http",
}


class Handler:
    """Waits to be told to go on, and knows how it ended."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended = ""

    async def __call__(self) -> dict[str, Any]:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise
        self.ended = "done"
        return {"a": 1}


async def exchange(
    mini: Mini, handler: Handler, *, ending: bool, leaves: bool, body: bytes = b""
) -> list[Message]:
    """What is sent to a client that leaves, or not, once the handler has begun."""

    async def one(*, backend: Any) -> dict[str, Any]:
        return await handler()

    app = build_app(
        mini.document({"/a": {"post": mini.op("one")}}),
        {"one": one},
        ending_with_client={"one"} if ending else frozenset(),
    )
    sent: list[Message] = []
    received: list[Message] = [
        {"type": "http.request", "body": body, "more_body": True},
        {"type": "http.request", "body": body, "more_body": False},
    ]

    async def receive() -> Message:
        if received:
            return received.pop(0)
        await handler.begun.wait()
        if not leaves:
            handler.go_on.set()
            await asyncio.Event().wait()
        asyncio.get_running_loop().call_later(0.05, handler.go_on.set)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    if not ending:
        asyncio.get_running_loop().call_later(0.05, handler.go_on.set)
    await asyncio.wait_for(app(dict(SCOPE), receive, send), 10)
    return sent


def run(mini: Mini, **how: Any) -> tuple[str, list[Message]]:
    """How the handler ended, and what was sent."""

    async def inside() -> tuple[str, list[Message]]:
        handler = Handler()
        sent = await exchange(mini, handler, **how)
        return handler.ended, sent

    return asyncio.run(inside())


def test_a_handler_ends_with_its_client(mini: Mini) -> None:
    assert run(mini, ending=True, leaves=True) == ("cancelled", [])


@pytest.mark.parametrize("body", [b"", b"something"])
def test_a_client_that_stays_gets_its_answer(mini: Mini, body: bytes) -> None:
    how, sent = run(mini, ending=True, leaves=False, body=body)
    assert how == "done"
    assert sent[0]["status"] == 200
    assert sent[1]["body"] == b'{"a":1}'


def test_other_handlers_go_on(mini: Mini) -> None:
    how, sent = run(mini, ending=False, leaves=True)
    assert how == "done"
    assert sent[0]["status"] == 200
