"""Streams of the Python client whose reader is interrupted, or which somebody else closes."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

import palaver_client
from palaver_client import AsyncPalaver, Palaver, _exchange
from tests.sdk.python.answers import client_of, event_bytes
from tests.sdk.typescript.books import serving_application

LAST = 5
SILENT = 2
"""The event after which the server says nothing until it is asked to go on."""
PATIENCE = 20.0


@dataclass
class Run:
    """A run that falls silent, and what it was asked."""

    asked: list[str | None] = field(default_factory=list)
    goes_on: threading.Event = field(default_factory=threading.Event)
    is_silent: threading.Event = field(default_factory=threading.Event)

    async def events(self, request: Request) -> Response:
        after = request.headers.get("last-event-id")
        self.asked.append(after)
        return StreamingResponse(self._sent(int(after or 0)), media_type="text/event-stream")

    async def _sent(self, after: int) -> AsyncIterator[str]:
        yield ": hello\n\n"
        for number in range(after + 1, LAST + 1):
            if number > SILENT:
                self.is_silent.set()
                while not self.goes_on.is_set():
                    await asyncio.sleep(0.01)
            kind = {"type": "done"} if number == LAST else {"type": "session.titled", "title": "T"}
            yield event_bytes(number, **kind)


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def url(run: Run) -> Iterator[str]:
    path = "/api/sessions/{session}/runs/{run}/events"
    with serving_application(Starlette(routes=[Route(path, run.events)])) as url:
        yield url
        run.goes_on.set()


class _Interrupted(Exception):
    pass


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise _Interrupted


@pytest.mark.parametrize("times", [1, 3])
def test_a_stream_goes_on_after_its_reader_was_cancelled(url: str, run: Run, times: int) -> None:
    async def work() -> list[int]:
        # Being interrupted is no vain attempt, however often it happens.
        async with AsyncPalaver(url, max_reconnects=1) as client:
            stream = await client.stream_run_events("s", "r")
            found = []
            for _ in range(SILENT):
                await anext(stream)
                found.append(stream.last_event_id)
            for _ in range(times):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(anext(stream), 0.3)
            run.goes_on.set()
            async for _ in stream:
                found.append(stream.last_event_id)
            return found

    assert asyncio.run(work()) == [1, 2, 3, 4, 5]
    assert run.asked == [None, *["2"] * times]


def test_a_stream_goes_on_after_a_cancel_scope_left_it(url: str, run: Run) -> None:
    async def work() -> list[int]:
        async with AsyncPalaver(url) as client:
            stream = await client.stream_run_events("s", "r")
            found = []
            with anyio.move_on_after(0.5):
                async for _ in stream:
                    found.append(stream.last_event_id)
            run.goes_on.set()
            async for _ in stream:
                found.append(stream.last_event_id)
            return found

    assert anyio.run(work) == [1, 2, 3, 4, 5]
    assert run.asked == [None, "2"]


def test_a_stream_goes_on_after_a_signal_interrupted_its_reader(url: str, run: Run) -> None:
    before = signal.signal(signal.SIGALRM, _interrupt)
    try:
        with Palaver(url) as client, client.stream_run_events("s", "r") as stream:
            found = []
            for _ in range(SILENT):
                next(stream)
                found.append(stream.last_event_id)
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(_Interrupted):
                next(stream)
            run.goes_on.set()
            for _ in stream:
                found.append(stream.last_event_id)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert found == [1, 2, 3, 4, 5]
    assert run.asked == [None, "2"]


def test_an_interrupted_reconnection_is_made_again() -> None:
    asked: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.headers.get("last-event-id"))
        if len(asked) == 2:
            raise _Interrupted
        number = 1 if len(asked) == 1 else LAST
        kind = "session.titled" if number == 1 else "done"
        text = event_bytes(number, type=kind, title="T")
        return httpx2.Response(200, text=text, headers={"Content-Type": "text/event-stream"})

    stream = client_of(answer).stream_run_events("s", "r")
    assert next(stream).type == "session.titled"
    with pytest.raises(_Interrupted):
        next(stream)
    assert [each.type for each in stream] == ["done"]
    assert asked == [None, "1", "1"]


def test_an_error_of_the_stream_ends_it() -> None:
    headers = {"Content-Type": "text/event-stream"}
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, text="id: 1\ndata: {nonsense\n\n", headers=headers)

    stream = client_of(answer).stream_run_events("s", "r")
    with pytest.raises(palaver_client.InvalidResponseError):
        next(stream)
    assert list(stream) == []
    assert len(asked) == 1


def test_closing_a_stream_wakes_its_reader_in_another_thread(url: str, run: Run) -> None:
    with Palaver(url) as client:
        stream = client.stream_run_events("s", "r")
        found: list[str] = []
        reader = threading.Thread(
            target=lambda: found.extend(each.type for each in stream), daemon=True
        )
        reader.start()
        assert run.is_silent.wait(PATIENCE)
        # Nothing tells that it has begun to wait for the next event.
        time.sleep(0.3)
        stream.close()
        reader.join(PATIENCE)
        assert not reader.is_alive()
        assert found == ["session.titled"] * SILENT
        assert stream.response.is_closed
    assert run.asked == [None]


def test_closing_a_stream_wakes_its_reader_between_two_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_exchange, "FIRST_PAUSE", 2 * PATIENCE)
    monkeypatch.setattr(_exchange, "LONGEST_PAUSE", 2 * PATIENCE)
    pausing = threading.Event()

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, content=nothing(), headers=headers)

    def nothing() -> Iterator[bytes]:
        yield b": nothing\n\n"
        pausing.set()

    asked: list[httpx2.Request] = []
    headers = {"Content-Type": "text/event-stream"}
    stream = client_of(answer).stream_run_events("s", "r")
    reader = threading.Thread(target=lambda: list(stream), daemon=True)
    reader.start()
    assert pausing.wait(PATIENCE)
    stream.close()
    reader.join(PATIENCE)
    assert not reader.is_alive()
    assert len(asked) == 1


def test_closing_a_stream_wakes_its_reader_in_another_task(url: str, run: Run) -> None:
    async def work() -> list[str]:
        async with AsyncPalaver(url) as client:
            stream = await client.stream_run_events("s", "r")
            found: list[str] = []

            async def read() -> None:
                async for event in stream:
                    found.append(event.type)

            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                group.create_task(read())
                while len(found) < SILENT:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.1)
                await stream.close()
            return found

    assert asyncio.run(work()) == ["session.titled"] * SILENT
    assert run.asked == [None]
