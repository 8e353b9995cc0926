"""Servers that die in the middle of turns, and servers that were only taken for dead."""

from __future__ import annotations

import asyncio
import http.client
import random
import signal
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from palaver.chat import turns
from palaver.chat.providers import ExtractiveProvider
from palaver.errors import StoreUnavailable
from palaver.store import Started, Store
from palaver.workers import Workers
from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Event, Stream, Talker, check_numbers, text_of, types_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer

INTERRUPTED = "The server stopped before the answer was complete."


def read_until_broken(stream: Stream) -> list[Event]:
    """What a client has seen when its connection breaks."""
    seen = []
    try:
        for event in stream:
            seen.append(event)
    except (OSError, http.client.HTTPException, AssertionError):
        # In the middle of an event: that one does not count.
        pass
    return seen


def check_interrupted(
    talker: Talker, session_id: str, run_id: str, seen: list[Event], *, seq: int = 1
) -> None:
    """The run has ended, with all that was seen, and its session takes a new turn."""
    rest = talker.follow(session_id, run_id, len(seen)).all()
    whole = talker.follow(session_id, run_id).all()
    check_numbers(whole)
    assert [each.raw for each in seen + rest] == [each.raw for each in whole]
    last = talker.messages(session_id)[seq:]
    message_id = last[0]["id"] if last else None
    assert [each.data for each in whole[-2:]] == [
        {
            "type": "error",
            "code": "interrupted",
            "detail": INTERRUPTED,
            "message_id": message_id,
        },
        {"type": "done"},
    ]
    for message in last:
        assert (message["status"], message["run_id"]) == ("failed", run_id)
        assert message["content"] == text_of(whole)
    run = talker.run(session_id, run_id)
    assert (run["status"], run["last_event_id"]) == ("failed", len(whole))
    assert (run["error_code"], run["error_detail"]) == ("interrupted", INTERRUPTED)
    assert run["ended_at"] >= run["created_at"]
    before = len(talker.messages(session_id))
    again = talker.ask(session_id, "Once more [[answer]]")
    assert (again.status, again.json["messages"][0]["content"]) == (200, ANSWER)
    messages = talker.messages(session_id)
    assert [each["seq"] for each in messages] == list(range(before + 2))
    assert [each["status"] for each in messages].count("in_progress") == 0


def test_killed_and_restarted(start_impatient: Start, model_server: ProtocolServer) -> None:
    server = start_impatient()
    talker, key = Talker(server), uuid.uuid4().hex
    silent, talking, titled = talker.session(), talker.session(), talker.session("")
    # One that has not said a word, one in the middle, and one that a client waits for as JSON.
    streams = [
        (silent, talker.say(silent, f"[[hold-first:{key}]]"), 1),
        (talking, talker.say(talking, f"[[hold:{key}]]"), 2),
        (titled, talker.say(titled, f"[[hold:{key}]]"), 2),
    ]
    waited = talker.session()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(talker.ask, waited, f"[[hold:{key}]]")
        seen = [stream.take(count) for _, stream, count in streams]
        model_server.wait(holding=4)
        server.process.kill()
        server.process.wait()
        with pytest.raises((OSError, http.client.HTTPException)):
            waiting.result()
    for (_, stream, _), events in zip(streams, seen, strict=True):
        events += read_until_broken(stream)

    restarted = talker.on(start_impatient())
    for (session_id, stream, _), events in zip(streams, seen, strict=True):
        question = restarted.messages(session_id)[0]
        assert (question["status"], question["run_id"]) == ("complete", stream.run_id)
        check_interrupted(restarted, session_id, stream.run_id, events)
    run_id = restarted.messages(waited)[0]["run_id"]
    check_interrupted(restarted, waited, run_id, [])
    # The failed turn gave no title; the next one did.
    title = restarted.call("GET", f"/api/sessions/{titled}").json["title"]
    assert title == "A short title"


def test_killed_in_the_middle_of_many_turns(start_impatient: Start) -> None:
    chance = random.Random(4)
    server = start_impatient()
    talker = Talker(server)
    sessions = [talker.session() for _ in range(30)]
    enough = threading.Semaphore(0)

    def watch(session_id: str) -> tuple[str, list[Event]]:
        stream = talker.say(session_id, "[[slow:2000,0.005]]")
        seen = stream.take(chance.randint(1, 40))
        enough.release()
        return stream.run_id, seen + read_until_broken(stream)

    with ThreadPoolExecutor(len(sessions)) as pool:
        watching = [pool.submit(watch, session_id) for session_id in sessions]
        for _ in sessions:
            assert enough.acquire(timeout=30)
        server.process.kill()
        server.process.wait()
        watched = [each.result() for each in watching]
    restarted = talker.on(start_impatient())
    for session_id, (run_id, seen) in zip(sessions, watched, strict=True):
        assert len(seen) < 2000
        check_interrupted(restarted, session_id, run_id, seen)


@pytest.mark.only_store("postgres")
def test_another_replica_ends_what_a_killed_one_left(
    start_impatient: Start, model_server: ProtocolServer
) -> None:
    server, other = start_impatient(), start_impatient()
    talker = Talker(server)
    witness = talker.on(other)
    session_id, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[hold:{key}]]")
    seen = stream.until("message.delta")
    followed = witness.follow(session_id, stream.run_id)
    assert len(followed.until("message.delta")) == 2
    server.process.kill()
    server.process.wait()
    # Until its lease has lapsed the dead one's run is taken for running.
    busy = witness.ask(session_id, "Now?")
    assert (busy.status, busy.json["run_id"]) == (409, stream.run_id)
    assert types_of(followed.all()) == ["error", "done"]
    check_interrupted(witness, session_id, stream.run_id, seen)
    assert other.log == []


@pytest.mark.only_store("postgres")
@pytest.mark.parametrize("script", ["hold", "hold-first"])
def test_a_server_that_comes_back_has_lost_its_runs(
    start_impatient: Start,
    model_server: ProtocolServer,
    query: Callable[[str], list[tuple[Any, ...]]],
    script: str,
) -> None:
    server, other = start_impatient(), start_impatient()
    talker = Talker(server)
    witness = talker.on(other)
    session_id, second_id, key = talker.session(), talker.session(), uuid.uuid4().hex
    stream = talker.say(session_id, f"[[{script}:{key}]]")
    seen = stream.take(2 if script == "hold" else 1)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(talker.ask, second_id, f"[[{script}:{key}]]")
        model_server.wait(holding=2)
        server.process.send_signal(signal.SIGSTOP)
        try:
            check_interrupted(witness, session_id, stream.run_id, seen)
            second_run = witness.messages(second_id)[0]["run_id"]
            check_interrupted(witness, second_id, second_run, [])
            # What the stopped one would write now comes between the events of another turn.
            third_key = uuid.uuid4().hex
            third = witness.say(session_id, f"[[hold:{third_key}]]")
            third.until("message.delta")
            stored = query("SELECT * FROM run_events ORDER BY run_id, first_id")
            messages = witness.messages(session_id)
        finally:
            server.process.send_signal(signal.SIGCONT)
        model_server.release(key)
        # Its clients learn what became of the turn, as if they had resumed.
        whole = witness.follow(session_id, stream.run_id).all()
        assert [each.raw for each in seen + stream.all()] == [each.raw for each in whole]
        answer = waiting.result()
    assert (answer.status, answer.json["detail"]) == (502, f"interrupted: {INTERRUPTED}")
    assert query("SELECT * FROM run_events ORDER BY run_id, first_id") == stored
    assert witness.messages(session_id) == messages
    model_server.release(third_key)
    assert text_of(third.all()) == ANSWER[len("The") :]
    # It works on.
    assert talker.ask(session_id, "Hello").json["messages"][0]["content"] == ANSWER


@pytest.mark.only_store("postgres")
def test_replicas_that_end_the_same_runs_at_once(
    start_impatient: Start, model_server: ProtocolServer
) -> None:
    server = start_impatient()
    others = [start_impatient() for _ in range(2)]
    talker, key = Talker(server), uuid.uuid4().hex
    sessions = [talker.session() for _ in range(20)]
    streams = [talker.say(each, f"[[hold:{key}]]") for each in sessions]
    seen = [stream.until("message.delta") for stream in streams]
    server.process.kill()
    server.process.wait()
    for place, session_id in enumerate(sessions):
        check_interrupted(
            talker.on(others[place % 2]), session_id, streams[place].run_id, seen[place]
        )
    assert [other.log for other in others] == [[], []]


def test_a_run_that_nobody_knows_of_is_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit whose answer does not arrive leaves a run whose server never heard of it."""
    monkeypatch.setattr(turns, "LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr(turns, "LEASE_ROUND_SECONDS", 0.05)
    session = store.sessions.create(
        owner="ann", kind="standalone", title="A", agents=[], max_context_results=1
    )
    begin = store.runs.start
    lost: list[Started] = []

    def unheard(*arguments: Any, **options: Any) -> Started:
        lost.append(begin(*arguments, **options))
        monkeypatch.setattr(store.runs, "start", begin)
        raise StoreUnavailable("The connection broke.")

    async def scenario() -> list[bytes]:
        workers = Workers(4)
        engine = turns.TurnEngine(
            store, workers, ExtractiveProvider(), retention=timedelta(hours=1), alone=True
        )
        await engine.start()
        try:
            with pytest.raises(StoreUnavailable):
                await engine.begin(session.session_id, "Hello", viewer="ann")
            run_id = lost[0].run.run_id
            reader = await engine.follow(session.session_id, run_id, after=0, viewer="ann")
            assert reader is not None
            seen = []
            while (batch := await reader.read(30)) is not None:
                seen += [data for _, data in batch]
            again = await engine.begin(session.session_id, "Hello?", viewer="ann")
            while await again.reader.read(30) is not None:
                pass
            return seen
        finally:
            await engine.stop()
            workers.close()

    monkeypatch.setattr(store.runs, "start", unheard)
    seen = asyncio.run(asyncio.wait_for(scenario(), 30))
    assert [b"interrupted" in each for each in seen] == [True, False]
    statuses = [
        each.status
        for each in store.messages.history(session.session_id, viewer=None, limit=9, skip=0).items
    ]
    assert statuses == ["complete"] * 3
