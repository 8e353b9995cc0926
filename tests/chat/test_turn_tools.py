"""Tools of other rooms in a turn: offered to the model, called, refused, cancelled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from palaver.chat import events
from palaver.chat.answering import MAX_ROUNDS, NO_TOOLS_RULES
from palaver.chat.prompt import Tool
from palaver.chat.providers import OpenAIProvider, ToolCall
from palaver.chat.tools import Nothing, NoTools, Offer, Outcome, Search, Tools
from palaver.chat.turns import TurnEngine
from palaver.models import MessageCompleted, RunError, SessionTitled
from palaver.store import DeckEdit, SessionRecord, Store
from palaver.workers import Workers
from tests.chat.protocol_scripts import ANSWER, USAGE
from tests.chat.tool_calls import calls

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer

LOOKUP = Tool(name="lookup", description="Look something up.", parameters={"type": "object"})


class Said(msgspec.Struct, frozen=True):
    """What came of calls."""

    results: tuple[str, ...]
    is_refused: bool = False
    edit: DeckEdit | None = None
    said: str = ""


class Desk:
    """Tools that answer as the test wants it."""

    def __init__(self, answer: Callable[[ToolCall], Awaitable[str]]) -> None:
        self.answer = answer
        self.calls: list[tuple[str, Any]] = []

    async def offered(
        self, session: SessionRecord, message: str, *, fits: Callable[[str], bool]
    ) -> Offer:
        return Nothing(tools=(LOOKUP,), rules="Look it up.", material="<Deck >of cards")

    async def call(
        self, session: SessionRecord, calls: Sequence[ToolCall], *, is_cut: bool
    ) -> Outcome:
        assert session.title == "A session"
        self.calls += [(call.name, json.loads(call.arguments)) for call in calls]
        try:
            return Said(tuple([await self.answer(call) for call in calls]))
        except Refused as error:
            return Said(tuple(str(error) for _ in calls), is_refused=True, said=str(error))

    async def without_model(
        self, session: SessionRecord, message: str, search: Search
    ) -> Outcome | None:
        return None


class Refused(Exception):
    """A call that does not fit."""


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
    desk: Tools,
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


def test_the_model_hears_what_its_tools_gave(store: Store, model_server: ProtocolServer) -> None:
    async def answer(call: ToolCall) -> str:
        return f"[{call.name}]"

    desk = Desk(answer)

    async def scene(scene: Scene) -> None:
        seen = await scene.turn("[[tools]]")
        assert isinstance(seen[-2], MessageCompleted)
        assert seen[-2].message.content == f"Let me look.\n\n{ANSWER}"
        # Both answers were asked for, and both count.
        assert seen[-2].message.input_tokens == 2 * USAGE["prompt_tokens"]
        asked = model_server.state()["last"]["body"]
        assert [each["function"]["name"] for each in asked["tools"]] == ["lookup"]
        system, question, called, *results = asked["messages"]
        assert system["content"].startswith("Look it up.")
        assert question["content"] == "<deck>\n‹Deck >of cards\n</deck>\n\n[[tools]]"
        assert called["content"] == "Let me look."
        calls = called["tool_calls"]
        assert [(each["id"], each["function"]["name"]) for each in calls] == [
            ("call_a", "lookup"),
            ("call_b", "note"),
        ]
        assert json.loads(calls[0]["function"]["arguments"]) == {"title": "Grüße"}
        assert results == [
            {"role": "tool", "tool_call_id": "call_a", "content": "[lookup]"},
            {"role": "tool", "tool_call_id": "call_b", "content": "[note]"},
        ]

    play(store, model_server, desk, scene)
    assert desk.calls == [("lookup", {"title": "Grüße"}), ("note", {"text": "x"})]


def test_calls_that_do_not_fit_are_put_back_once(
    store: Store, model_server: ProtocolServer
) -> None:
    async def answer(call: ToolCall) -> str:
        if call.arguments != '{"n": 2}':
            raise Refused("There is no such title\0.")
        return "Found."

    async def scene(scene: Scene) -> None:
        error = (await scene.turn(calls([["a", {"n": 1}]], [["a", {"n": 3}]])))[-2]
        assert isinstance(error, RunError)
        assert (error.code, error.detail) == ("provider_invalid", "There is no such title.")
        told = model_server.state()["last"]["body"]["messages"][-1]
        assert told == {
            "role": "tool",
            "tool_call_id": "call_0_0",
            "content": "There is no such title\0.",
        }
        # After calls that fit, the next mistake is the first again.
        rounds = [[["a", {"n": each}]] for each in (1, 2, 1, 2)]
        assert isinstance((await scene.turn(calls(*rounds)))[-2], MessageCompleted)

    play(store, model_server, Desk(answer), scene)


def test_an_answer_calls_tools_only_so_often(store: Store, model_server: ProtocolServer) -> None:
    async def answer(call: ToolCall) -> str:
        return "More."

    async def scene(scene: Scene) -> None:
        rounds = [[["a", {}]] for _ in range(MAX_ROUNDS)]
        error = (await scene.turn(calls(*rounds)))[-2]
        assert isinstance(error, RunError)
        assert (error.code, "more often" in error.detail) == ("provider_invalid", True)
        assert isinstance((await scene.turn(calls(*rounds[1:])))[-2], MessageCompleted)

    play(store, model_server, Desk(answer), scene)


def test_a_model_that_refuses_tools_is_asked_without(
    store: Store, model_server: ProtocolServer
) -> None:
    async def answer(call: ToolCall) -> str:
        return ""

    async def scene(scene: Scene) -> None:
        seen = await scene.turn("[[no-tools]]")
        assert isinstance(seen[-2], MessageCompleted)
        assert seen[-2].message.content == ANSWER
        asked = model_server.state()["last"]["body"]
        assert "tools" not in asked
        assert asked["messages"][0]["content"] == NO_TOOLS_RULES
        assert "<deck>" not in asked["messages"][-1]["content"]
        error = (await scene.turn("[[status:400]]"))[-2]
        assert isinstance(error, RunError)
        assert error.code == "provider_refused"

    play(store, model_server, Desk(answer), scene)


def test_tools_that_were_not_offered_are_refused(
    store: Store, model_server: ProtocolServer
) -> None:
    async def scene(scene: Scene) -> None:
        error = (await scene.turn(calls([["a", {}]], [["a", {}]])))[-2]
        assert isinstance(error, RunError)
        assert (error.code, "not offered" in error.detail) == ("provider_invalid", True)

    play(store, model_server, NoTools(), scene)


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
    """A mistake of ours in the events of one run."""
    write = store.runs.write

    def refusing(batch: Sequence[Any], **options: Any) -> Any:
        if any(b"poison" in event for each in batch for event in each.events):
            raise ValueError("a write has a character that cannot be stored")
        return write(batch, **options)

    monkeypatch.setattr(store.runs, "write", refusing)

    async def answer(call: ToolCall) -> str:
        return ""

    async def scene(scene: Scene) -> None:
        others = [Scene(scene.engine, store) for _ in range(5)]
        turns = [asyncio.create_task(other.turn("[[slow:20]]")) for other in others]
        await scene.turn("[[say:poison]]")
        for turn in turns:
            assert isinstance((await turn)[-2], MessageCompleted)

    # Who follows the broken run would wait until its lease lapses.
    monkeypatch.setattr("palaver.chat.turns.LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr("palaver.chat.turns.LEASE_ROUND_SECONDS", 0.05)
    play(store, model_server, Desk(answer), scene)
    assert "cannot be written" in caplog.text
