"""What waits does not keep others waiting: writers, slow bodies, a store that hangs."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract import bodies
from palaver.contract.runtime import WRITERS
from palaver.errors import StoreUnavailable
from palaver.handlers import health

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini

PATTERN = r"^[^.\x00-\x1f]*[^\s.\x00-\x1f][^.\x00-\x1f]*$"


def test_writers_that_wait_leave_the_reads_alone(mini: Mini) -> None:
    waiting = threading.Semaphore(0)
    go_on = threading.Event()

    def write(*, backend: Any) -> dict[str, Any]:
        waiting.release()
        assert go_on.wait(30)
        return {}

    def read(*, backend: Any) -> dict[str, Any]:
        return {"read": True}

    paths = {"/a": {"post": mini.op("write"), "get": mini.op("read")}}
    app = mini.app(paths, {"write": write, "read": read})

    async def both() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mini") as client:
            posts = [asyncio.create_task(client.post("/a")) for _ in range(3 * WRITERS)]
            for _ in range(WRITERS):
                assert await asyncio.to_thread(waiting.acquire, timeout=30)
            answer = await client.get("/a")
            assert not any(post.done() for post in posts)
            go_on.set()
            return [answer, *await asyncio.gather(*posts)]

    read_answer, *written = asyncio.run(both())
    assert read_answer.json() == {"read": True}
    assert {answer.status_code for answer in written} == {200}


@pytest.mark.parametrize("first", [b"", b'{"half": '])
def test_a_body_that_takes_too_long_is_a_408(
    mini: Mini, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    client: Client = mini.client(
        {"/a": {"post": mini.op("take", requestBody=mini.body({}))}},
        {"take": lambda *, backend, body: {}},
    )
    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    # Nothing follows the first part, and nobody hangs up.
    answer = asyncio.run(_stalled(client, headers, first))
    assert answer == 408


async def _stalled(client: Client, headers: list[tuple[bytes, bytes]], first: bytes) -> int:
    statuses: list[int] = []
    parts = [first]

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": parts.pop(), "more_body": True}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/a",
        "raw_path": b"/a",
        "query_string": b"",
        "headers": headers,
    }
    await client.app(scope, receive, send)
    return statuses[0]


def test_check_readiness_does_not_wait_for_a_store_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "READY_SECONDS", 0.05)
    go_on = threading.Event()
    store = SimpleNamespace(check=lambda: go_on.wait(30))
    backend: Any = SimpleNamespace(store=store)

    async def ask() -> None:
        try:
            with pytest.raises(StoreUnavailable, match="does not answer"):
                await health.check_readiness(backend=backend)
        finally:
            go_on.set()

    asyncio.run(ask())
    assert go_on.is_set()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "the value is blank"),
        (" \t", "the value is blank"),
        ("a\x07b", "the value has a control character"),
        ("a.b", f"the value does not match the pattern {PATTERN}"),
    ],
)
def test_what_a_text_lacks_is_said_in_words(mini: Mini, name: str, message: str) -> None:
    schema = {"type": "string", "pattern": PATTERN}
    client: Client = mini.client(
        {"/a": {"post": mini.op("take", requestBody=mini.body(schema))}},
        {"take": lambda *, backend, body: {}},
    )
    answer = client.post("/a", json=name)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": "/body", "message": message}]
