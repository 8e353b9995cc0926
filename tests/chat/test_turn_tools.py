"""Tools of other rooms in a turn: offered to the model, called, refused, cancelled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from palaver.chat import events
from palaver.chat.prompt import Tool
from palaver.chat.providers import OpenAIProvider, ToolCall
from palaver.chat.tools import ToolRefused
from palaver.chat.turns import TurnEngine
from palaver.models import MessageCompleted, RunError, SessionTitled
from palaver.store import SessionRecord, Store
from palaver.workers import Workers

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer

LOOKUP = Tool(name="lookup", description="Look something up.", parameters={"type": "object"})


class Desk:
    """Tools that answer as the test wants it."""

    def __init__(self, answer: Callable[[ToolCall], Awaitable[str]]) -> None:
        self.answer = answer
        self.calls: list[tuple[str, Any]] = []

    def offered(self, session: SessionRecord) -> Sequence[Tool]:
        return [LOOKUP]

    async def call(self, session: SessionRecord, call: ToolCall) -> str:
        assert session.title == "A session"
        self.calls.append((call.name, json.loads(call.arguments)))
        return await self.answer(call)


class Scene:
    """An engine on a store, with a session."""

    def __init__(self, engine: TurnEngine, store: Store) -> None:
        self.engine = engine
        self.session_id = store.sessions.create(
            owner="ann", kind="standalone", title="A session", agents=[], max_context_results=1
        ).session_id

    async def turn(self, message: str) -> list[Any]:
        """All events of a turn."""
        begun = await self.engine.begin(self.session_id, message, viewer="ann")
        seen: list[Any] = []
        while (batch := await begun.reader.read(30)) is not None:
            seen += [events.read(data) for _, data in batch]
        return seen


def play(
    store: Store,
    model_server: ProtocolServer,
    desk: Desk,
    scene: Callable[[Scene], Awaitable[None]],
) -> None:
    async def run() -> None:
        workers = Workers(4)
        provider = OpenAIProvider(base_url=model_server.base_url, model="answer")
        engine = TurnEngine(
            store, workers, provider, retention=timedelta(hours=1), alone=True, tools=desk
        )
        await engine.start()
        try:
            await scene(Scene(engine, store))
        finally:
            await engine.stop()
            workers.close()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_what_tools_say_is_part_of_the_answer(store: Store, model_server: ProtocolServer) -> None:
    async def answer(call: ToolCall) -> str:
        return f" [{call.name}\0]"

    desk = Desk(answer)

    async def scene(scene: Scene) -> None:
        seen = await scene.turn("[[tools]]")
        assert isinstance(seen[-2], MessageCompleted)
        # What no message can hold is left out.
        assert seen[-2].message.content == "Let me look. [lookup] [note]"
        asked = json.loads((await scene.turn("[[request]]"))[-2].message.content)
        assert [each["function"]["name"] for each in asked["tools"]] == ["lookup"]

    play(store, model_server, desk, scene)
    assert desk.calls == [("lookup", {"title": "Grüße"}), ("note", {"text": "x"})]


def test_a_refused_call_fails_the_turn(store: Store, model_server: ProtocolServer) -> None:
    async def answer(call: ToolCall) -> str:
        raise ToolRefused("There is no such title.")

    async def scene(scene: Scene) -> None:
        error = (await scene.turn("[[tools]]"))[-2]
        assert isinstance(error, RunError)
        assert (error.code, error.detail) == ("provider_invalid", "There is no such title.")

    play(store, model_server, Desk(answer), scene)


def test_a_mistake_of_a_tool_is_ours(
    store: Store, model_server: ProtocolServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(call: ToolCall) -> str:
        raise RuntimeError("a secret path")

    async def scene(scene: Scene) -> None:
        error = (await scene.turn("[[tools]]"))[-2]
        assert isinstance(error, RunError)
        assert (error.code, error.detail) == ("internal_error", "The server failed.")
        assert isinstance((await scene.turn("Hello [[answer]]"))[-2], MessageCompleted)

    play(store, model_server, Desk(answer), scene)
    assert "a turn failed" in caplog.text


def test_cancelled_while_a_tool_works(store: Store, model_server: ProtocolServer) -> None:
    is_called = asyncio.Event()

    async def answer(call: ToolCall) -> str:
        is_called.set()
        await asyncio.Event().wait()
        return "never"

    async def scene(scene: Scene) -> None:
        turn = asyncio.create_task(scene.turn("[[tools]]"))
        await is_called.wait()
        run_id = (
            store.messages.history(scene.session_id, viewer=None, limit=1, skip=0).items[0].run_id
        )
        assert run_id is not None
        run = await scene.engine.cancel(scene.session_id, run_id, viewer="ann")
        assert run.status == "cancelled"
        seen = await turn
        assert (seen[-2].message.status, seen[-2].message.content) == ("cancelled", "Let me look.")

    play(store, model_server, Desk(answer), scene)


def test_a_title_that_cannot_be_made_fails_nothing(
    store: Store,
    model_server: ProtocolServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def answer(call: ToolCall) -> str:
        return ""

    async def broken(*arguments: Any, **options: Any) -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr(OpenAIProvider, "complete", broken)

    async def scene(scene: Scene) -> None:
        scene.session_id = store.sessions.create(
            owner="ann",
            kind="standalone",
            title="Untitled Session",
            auto_title=True,
            agents=[],
            max_context_results=1,
        ).session_id
        seen = await scene.turn("Hello")
        assert isinstance(seen[-2], MessageCompleted)
        assert not any(isinstance(each, SessionTitled) for each in seen)

    play(store, model_server, Desk(answer), scene)
    assert "a session got no title" in caplog.text


def test_a_write_that_cannot_be_made_harms_no_other_turn(
    store: Store,
    model_server: ProtocolServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A mistake of ours in the events of one run; a tool's words are the way to make one."""
    write = store.runs.write

    def refusing(batch: Sequence[Any], **options: Any) -> Any:
        if any(b"poison" in event for each in batch for event in each.events):
            raise ValueError("a write has a character that cannot be stored")
        return write(batch, **options)

    monkeypatch.setattr(store.runs, "write", refusing)

    async def answer(call: ToolCall) -> str:
        return "poison"

    async def scene(scene: Scene) -> None:
        others = [Scene(scene.engine, store) for _ in range(5)]
        turns = [asyncio.create_task(other.turn("[[slow:20]]")) for other in others]
        await scene.turn("[[tools]]")
        for turn in turns:
            assert isinstance((await turn)[-2], MessageCompleted)

    # Who follows the broken run would wait until its lease lapses.
    monkeypatch.setattr("palaver.chat.turns.LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr("palaver.chat.turns.LEASE_ROUND_SECONDS", 0.05)
    play(store, model_server, Desk(answer), scene)
    assert "cannot be written" in caplog.text
