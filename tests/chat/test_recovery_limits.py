"""What keeps servers from ending abandoned runs, and what that must not keep them from."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from palaver.chat import events, recovery, turns
from palaver.chat.providers import ExtractiveProvider
from palaver.store import BeginMessage, RunWrite, Started, Store
from palaver.workers import Workers

OWNER = "a server that died"


def abandoned(store: Store, *written: bytes) -> Started:
    """A run in the middle of a message, of a server that is no more."""
    session = store.sessions.create(
        owner="ann", kind="standalone", title="A", agents=[], max_context_results=1
    )
    lapsed = datetime.now(UTC) - timedelta(seconds=1)
    started = store.runs.start(
        session.session_id, viewer="ann", content="Hello", owner=OWNER, lease_until=lapsed
    )
    run_id = started.run.run_id
    begin = BeginMessage(f"of {run_id}", None, None, False)
    words = (events.delta(begin.message_id, "Well, "), *written)
    log = (events.started(run_id, begin), *words)
    write = RunWrite(run_id, session.session_id, 1, log, begin, None, None)
    store.runs.write([write], owner=OWNER)
    return started


def end_all(store: Store, **options: Any) -> None:
    """What a server does in its rounds."""

    async def scenario() -> None:
        workers = Workers(2)
        try:
            await recovery.end_abandoned(store, workers, "me", everything=False, **options)
        finally:
            workers.close()

    asyncio.run(asyncio.wait_for(scenario(), 30))


def outcome(store: Store, started: Started) -> tuple[str, str, str]:
    """How the run stands, and its answer."""
    session_id = started.session.session_id
    run = store.runs.get(session_id, started.run.run_id, viewer=None)
    answer = store.messages.history(session_id, viewer=None, limit=1, skip=1).items[0]
    return run.status, answer.status, answer.content


def test_events_of_a_newer_version_are_no_obstacle(store: Store) -> None:
    started = abandoned(store, b'{"type":"message.sung","melody":"do re mi"}')
    end_all(store)
    assert outcome(store, started) == ("failed", "failed", "Well, ")


def test_a_run_that_cannot_be_ended_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # A page of runs that all fail must not be asked for again and again.
    monkeypatch.setattr(recovery, "RUNS_AT_ONCE", 2)
    broken, sound = abandoned(store), abandoned(store)
    end = recovery._end

    def fail(store: Store, owner: str, run: Any) -> None:
        if run.run_id == broken.run.run_id:
            raise RuntimeError("This one is cursed.")
        end(store, owner, run)

    monkeypatch.setattr(recovery, "_end", fail)
    end_all(store)
    assert outcome(store, sound) == ("failed", "failed", "Well, ")
    assert outcome(store, broken) == ("running", "in_progress", "")
    assert [each.getMessage() for each in caplog.records] == [
        f"the abandoned run {broken.run.run_id} cannot be ended"
    ]


def test_runs_that_are_alive_are_left_alone(store: Store) -> None:
    mine, dead = abandoned(store), abandoned(store)
    end_all(store, is_alive={mine.run.run_id}.__contains__)
    assert outcome(store, mine)[0] == "running"
    assert outcome(store, dead)[0] == "failed"


def test_leases_are_kept_while_abandoned_runs_are_ended(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LEASE_ROUND_SECONDS", 0.01)
    has_begun, is_over = asyncio.Event(), asyncio.Event()

    async def take_long(*_: Any, everything: bool, **__: Any) -> None:
        if not everything:
            has_begun.set()
            await is_over.wait()

    monkeypatch.setattr(turns, "end_abandoned", take_long)

    async def scenario() -> None:
        workers = Workers(4)
        engine = turns.TurnEngine(
            store, workers, ExtractiveProvider(), retention=timedelta(hours=1), alone=True
        )
        rounds = asyncio.Semaphore(0)

        async def count() -> None:
            rounds.release()

        monkeypatch.setattr(engine, "_keep_leases", count)
        await engine.start()
        try:
            await has_begun.wait()
            for _ in range(5):
                await rounds.acquire()
        finally:
            is_over.set()
            await engine.stop()
            workers.close()

    asyncio.run(asyncio.wait_for(scenario(), 30))
