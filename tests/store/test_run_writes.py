"""The log of runs: what is written together, who may write, and how it is read."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from palaver.errors import StoreUnavailable
from palaver.store import FinishMessage, Lost, MessageRecord, RunEnd, RunWrite, Store
from palaver.store.run_writes import PART
from tests.store.turns import (
    COMPLETED,
    begin,
    delta,
    finish,
    in_seconds,
    log_of,
    new_session,
    put,
    running,
    start,
    write,
)

LOST = Lost.LOST


def test_a_turn_from_its_start_to_its_end(store: Store) -> None:
    store.agents.create(agent_id="helper", name="Helper", created_by="ann")
    run = running(store)
    begun = begin(agent_id="helper", agent_name="Helper", summary=True)
    before = datetime.now(UTC)
    assert put(store, write(run, 1, begin=begun)) == [1]
    message = store.messages.history(run.session_id, viewer="ann", limit=9, skip=1).items[0]
    assert message == MessageRecord(
        begun.message_id, 1, "assistant", "", "helper", "Helper", True, message.created_at,
        "in_progress", run.run_id, None,
    )  # fmt: skip
    assert before <= message.created_at <= datetime.now(UTC)
    session = store.sessions.get(run.session_id, viewer="ann")
    assert (session.message_count, session.last_activity) == (2, message.created_at)
    assert session.updated_at == message.created_at
    by_agent = store.sessions.list_by_agent(
        "helper", viewer="ann", limit=5, skip=0, sort_by="last_active", descending=True
    )
    assert by_agent == [session]
    assert store.runs.messages_in_progress(run.run_id) == [(begun.message_id, 1)]

    assert put(store, write(run, 2, 3)) == [None]
    assert store.runs.get(run.session_id, run.run_id, viewer="ann").last_event_id == 4

    finished = FinishMessage(begun.message_id, 1, "Grüße 🎈", "complete", (21, 7))
    assert put(store, write(run, 5, finish=finished)) == [None]
    message = store.messages.history(run.session_id, viewer="ann", limit=9, skip=1).items[0]
    assert (message.content, message.status, message.usage) == ("Grüße 🎈", "complete", (21, 7))
    assert store.runs.messages_in_progress(run.run_id) == []

    before = datetime.now(UTC)
    assert put(store, write(run, 6, 2, end=COMPLETED)) == [None]
    ended = store.runs.get(run.session_id, run.run_id, viewer="ann")
    assert (ended.status, ended.last_event_id, ended.error_code) == ("completed", 7, None)
    assert ended.ended_at is not None
    assert before <= ended.ended_at <= datetime.now(UTC)
    assert log_of(store, run) == [(number, delta(number)) for number in range(1, 8)]


def test_a_turn_that_fails_keeps_what_was_said(store: Store) -> None:
    run = running(store)
    begun = begin()
    put(store, write(run, 1, begin=begun))
    failed = FinishMessage(begun.message_id, 1, "Hel", "failed", None)
    end = RunEnd("failed", "provider_timeout", "The model did not answer.")
    put(store, write(run, 2, finish=failed, end=end))
    message = store.messages.history(run.session_id, viewer="ann", limit=9, skip=1).items[0]
    assert (message.content, message.status, message.usage) == ("Hel", "failed", None)
    ended = store.runs.get(run.session_id, run.run_id, viewer="ann")
    assert (ended.status, ended.error_code, ended.error_detail) == (
        "failed", "provider_timeout", "The model did not answer.",
    )  # fmt: skip


def test_one_message_may_end_where_the_next_begins(store: Store) -> None:
    run = running(store)
    first, second = begin(), begin()
    seq = put(store, write(run, 1, begin=first))[0]
    assert put(store, write(run, 2, finish=finish(first, seq), begin=second)) == [2]
    assert store.runs.messages_in_progress(run.run_id) == [(second.message_id, 2)]


def test_a_writer_who_waited_does_not_turn_time_around(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start(store)
    monkeypatch.setattr("palaver.store.run_writes.now_micros", lambda: 1)
    put(store, write(started.run, 1, begin=begin()))
    page = store.messages.history(started.run.session_id, viewer="ann", limit=9, skip=0)
    assert page.items[1].created_at == started.message.created_at


def test_many_runs_are_written_at_once(store: Store) -> None:
    runs = [running(store) for _ in range(20)]
    begun = [begin() for _ in runs]
    assert put(
        store, *(write(run, 1, begin=each) for run, each in zip(runs, begun, strict=True))
    ) == [1] * len(runs)
    seqs = put(store, *(write(run, 2, 1 + place) for place, run in enumerate(runs)))
    assert seqs == [None] * len(runs)
    assert put(
        store,
        *(
            write(run, 3 + place, finish=finish(each, 1, str(place)), end=COMPLETED)
            for place, (run, each) in enumerate(zip(runs, begun, strict=True))
        ),
    ) == [None] * len(runs)
    for place, run in enumerate(runs):
        assert [each for each, _ in log_of(store, run)] == list(range(1, 4 + place))
        said = store.messages.history(run.session_id, viewer="ann", limit=9, skip=1).items
        assert [each.content for each in said] == [str(place)]
        assert store.runs.get(run.session_id, run.run_id, viewer="ann").status == "completed"


def test_a_run_may_come_more_than_once_in_a_batch(store: Store) -> None:
    run, other = running(store), running(store)
    first, second = begin(), begin()
    assert put(
        store,
        write(run, 1, begin=first),
        write(run, 2, 2, begin=second),
        write(other, 1),
        write(run, 4, end=COMPLETED),
        write(run, 5),
    ) == [1, 2, None, None, LOST]
    assert [each for each, _ in log_of(store, run)] == [1, 2, 3, 4]
    assert put(store) == []


def test_a_batch_may_be_larger_than_a_part(store: Store, query: Any) -> None:
    runs = [running(store) for _ in range(3)]
    gone = RunWrite("gone", runs[0].session_id, 1, (b"{}",))
    batch = [write(runs[0], 1), *[gone] * (PART + 5), write(runs[1], 1), write(runs[2], 1)]
    assert put(store, *batch) == [None, *[LOST] * (PART + 5), None, None]
    assert query("SELECT count(*) FROM run_events") == [(3,)]


def lost_writes(store: Store) -> dict[str, RunWrite]:
    """A write for each way in which one can be lost; what it would do must not happen."""
    other = running(store, owner="q")
    ended, deleted = running(store), running(store)
    late, hasty = running(store), running(store)
    put(store, write(ended, 1, end=COMPLETED), write(late, 1, 3))
    store.sessions.delete(deleted.session_id, viewer="ann")
    elsewhere = running(store)
    return {
        "another's": write(other, 1, begin=begin(), end=COMPLETED),
        "ended": write(ended, 2, begin=begin(), end=RunEnd("failed", "x", "y")),
        "deleted": write(deleted, 1, begin=begin(), end=COMPLETED),
        "already written": write(late, 3, 2, begin=begin(), end=COMPLETED),
        "already begun": write(late, 1, 5, begin=begin(), end=COMPLETED),
        "after a gap": write(hasty, 2, begin=begin(), end=COMPLETED),
        "of another session": RunWrite(
            elsewhere.run_id, hasty.session_id, 1, (b"{}",), begin(), None, COMPLETED
        ),
    }


@pytest.mark.parametrize(
    "case",
    [
        "another's",
        "ended",
        "deleted",
        "already written",
        "already begun",
        "after a gap",
        "of another session",
    ],
)
def test_a_lost_write_does_nothing_and_harms_no_other(store: Store, query: Any, case: str) -> None:
    lost = lost_writes(store)[case]
    first, last = running(store), running(store)
    tables = ("runs", "run_events", "messages", "sessions")

    def contents() -> list[Any]:
        return [
            query(f"SELECT * FROM {table} WHERE session_id = '{lost.session_id}' ORDER BY 1, 2")
            if table != "run_events"
            else query(f"SELECT * FROM run_events WHERE run_id = '{lost.run_id}' ORDER BY 1, 2")
            for table in tables
        ]

    before = contents()
    begun = begin()
    assert put(store, write(first, 1, begin=begun), lost, write(last, 1, end=COMPLETED)) == [
        1, LOST, None,
    ]  # fmt: skip
    assert contents() == before
    assert store.runs.messages_in_progress(first.run_id) == [(begun.message_id, 1)]
    assert store.runs.get(last.session_id, last.run_id, viewer="ann").status == "completed"


def test_a_process_that_was_taken_for_dead_has_lost(store: Store) -> None:
    run = running(store, lease_until=in_seconds(-1))
    begun = begin()
    put(store, write(run, 1, 2, begin=begun))

    # Somebody else reads the log, and ends the run with what was said.
    assert store.runs.messages_in_progress(run.run_id) == [(begun.message_id, 1)]
    end = RunEnd("failed", "interrupted", None)
    ending = write(run, 3, 2, finish=finish(begun, 1, "Hel"), end=end)
    assert store.runs.write([ending], owner="q") == [LOST]
    assert store.runs.write([ending], owner="q", takeover=True) == [None]

    # And the owner comes back, wherever it believes to be.
    for first_id in (1, 3, 4, 5):
        late = write(run, first_id, 2, finish=finish(begun, 1, "Hello!"), end=COMPLETED)
        assert put(store, late) == [LOST]
        assert store.runs.write([late], owner="r", takeover=True) == [LOST]
    ended = store.runs.get(run.session_id, run.run_id, viewer="ann")
    assert (ended.status, ended.error_code, ended.last_event_id) == ("failed", "interrupted", 4)
    said = store.messages.history(run.session_id, viewer="ann", limit=9, skip=1).items
    assert [each.content for each in said] == ["Hel"]
    start(store, run.session_id)


def test_a_taker_over_that_was_overtaken_has_lost(store: Store) -> None:
    run = running(store, lease_until=in_seconds(-1))
    put(store, write(run, 1, 2))
    ending = write(run, 3, end=RunEnd("failed", "interrupted", None))
    put(store, write(run, 3, 4))
    assert store.runs.write([ending], owner="q", takeover=True) == [LOST]
    assert store.runs.get(run.session_id, run.run_id, viewer="ann").status == "running"
    assert put(store, write(run, 7, end=COMPLETED)) == [None]


def test_what_was_written_may_be_written_again_by_its_writer(store: Store, query: Any) -> None:
    """For a commit that took place and whose answer did not arrive."""
    run, other = running(store), running(store)
    first, second = begin(), begin()
    batch = [write(run, 1, 2, begin=first), write(other, 1)]
    assert put(store, *batch) == [1, None]
    for again in (batch, batch[::-1]):
        assert put(store, *again) == put(store, *again)
    assert put(store, *batch, write(other, 2)) == [1, None, None]
    assert store.sessions.get(run.session_id, viewer="ann").message_count == 2
    assert len(log_of(store, run)) == 2

    # Also the last, when the run has ended by it; but not by anybody else, nor something else.
    last = write(run, 3, finish=finish(first, 1), end=COMPLETED)
    assert put(store, last) == put(store, last) == [None]
    assert put(store, last, owner="q") == [LOST]
    assert store.runs.write([last], owner="q", takeover=True) == [LOST]
    assert put(store, write(run, 3, 2, end=COMPLETED)) == [LOST]
    assert put(store, write(run, 1, 2, begin=second)) == [LOST]
    store.sessions.delete(run.session_id, viewer="ann")
    assert put(store, last) == [LOST]


def test_the_effects_of_a_write_come_with_its_events_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch, query: Any
) -> None:
    run, other = running(store), running(store)
    begun = begin()
    put(store, write(run, 1, begin=begun))

    def fail(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("palaver.store.run_writes._end", fail)
    batch = [
        write(run, 2, begin=begin(), finish=finish(begun, 1), end=COMPLETED),
        write(other, 1, begin=begin()),
    ]
    with pytest.raises(ZeroDivisionError):
        put(store, *batch)
    assert log_of(store, other) == []
    assert len(log_of(store, run)) == 1
    assert store.runs.messages_in_progress(run.run_id) == [(begun.message_id, 1)]
    assert store.sessions.get(run.session_id, viewer="ann").message_count == 2
    assert store.sessions.get(other.session_id, viewer="ann").message_count == 1
    monkeypatch.undo()
    assert put(store, *batch) == [2, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"events": ()},
        {"first_id": 0},
        {"first_id": -1},
        {"events": (b"{}", b'{"a":\n1}')},
        {"events": (b'{"a":"\0"}',)},
        {"events": (b'{"a":"\xff"}',)},
        {"begin": begin(agent_name="no\0ne")},
        {"begin": begin(agent_id="no\0ne")},
        {"finish": FinishMessage("x", 1, "no\0ne", "complete", None)},
        {"finish": FinishMessage("x", 1, "no\ud800ne", "complete", None)},
        {"end": RunEnd("failed", "x", "no\0ne")},
        {"end": RunEnd("failed", "no\0ne", "x")},
    ],
)
def test_what_no_store_could_hold_is_refused(store: Store, changes: dict[str, Any]) -> None:
    run = running(store)
    values = {"first_id": 1, "events": (b"{}",), **changes}
    bad = RunWrite(run.run_id, run.session_id, **values)
    with pytest.raises(ValueError, match=r"event|stored|decode"):
        put(store, write(run, 1), bad)
    assert log_of(store, run) == []


def test_a_deleted_session_ends_the_log(store: Store) -> None:
    run, other = running(store), running(store)
    put(store, write(run, 1, 3))
    store.sessions.delete(run.session_id, viewer="ann")
    assert log_of(store, run) == []
    assert store.runs.messages_in_progress(run.run_id) == []
    assert put(store, write(run, 4), write(other, 1)) == [LOST, None]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100, 10**30])
def test_events_are_read_in_pages(store: Store, limit: int) -> None:
    run, chance = running(store), random.Random(limit)
    last = 0
    while last < 60:
        count = chance.randint(1, 6)
        put(store, write(run, last + 1, count))
        last += count
    put(store, write(running(store), 1, 5))
    expected = [(number, delta(number)) for number in range(1, last + 1)]
    for after in range(last + 3):
        page = store.runs.events(run.run_id, after=after, limit=limit)
        assert page == expected[after : after + len(page)]
        assert min(limit, last - after) <= len(page) <= limit + 5
        if after >= last:
            assert page == []
    assert store.runs.events(run.run_id, after=10**30, limit=limit) == []
    assert store.runs.events(run.run_id, after=0, limit=0) == []
    with pytest.raises(ValueError, match="negative"):
        store.runs.events(run.run_id, after=-1, limit=limit)


def test_a_database_that_is_gone_is_unavailable(store: Store, query: Any) -> None:
    run = running(store)
    put(store, write(run, 1))
    query("ALTER TABLE run_events RENAME TO elsewhere")
    with pytest.raises(StoreUnavailable):
        put(store, write(run, 2))
    with pytest.raises(StoreUnavailable):
        store.runs.events(run.run_id, after=0, limit=5)
    query("ALTER TABLE elsewhere RENAME TO run_events")
    assert put(store, write(run, 2)) == [None]


def test_summaries_are_found_among_many_messages(store: Store) -> None:
    session_id = new_session(store).session_id
    for number in range(12):
        store.messages.append(
            session_id, viewer="ann", role="user", content=str(number), summary=number % 3 == 0
        )
    other = new_session(store).session_id
    store.messages.append(other, viewer="ann", role="user", content="x", summary=True)

    def found(before_seq: int, limit: int) -> list[int]:
        records = store.messages.summaries(session_id, before_seq=before_seq, limit=limit)
        assert all(record.summary for record in records)
        assert [record.content for record in records] == [str(record.seq) for record in records]
        return [record.seq for record in records]

    assert found(100, 100) == [0, 3, 6, 9]
    assert found(9, 2) == [3, 6]
    assert found(10, 2) == [6, 9]
    assert found(0, 5) == found(5, 0) == []
    assert store.messages.summaries("none", before_seq=5, limit=5) == []
    assert store.messages.summaries("no\0ne", before_seq=5, limit=5) == []
