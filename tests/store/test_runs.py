"""Runs: starting, looking at, cancelling and taking them over."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from palaver.errors import (
    IdempotencyKeyReused,
    RunEnded,
    RunNotFound,
    SessionBusy,
    SessionForbidden,
    SessionNotFound,
)
from palaver.store import MessageRecord, Once, RunRecord, Store
from tests.store.turns import (
    COMPLETED,
    begin,
    finish,
    in_seconds,
    new_session,
    put,
    running,
    start,
    write,
)

ONCE = Once("ann", "key-1", "fingerprint-1")


def test_a_run_begins_with_the_users_message(store: Store) -> None:
    session = new_session(store)
    before = datetime.now(UTC)
    started = start(store, session.session_id, content="Was nun? 🎈")
    run, message = started.run, started.message
    assert started.is_new
    assert uuid.UUID(run.run_id).version == 7
    assert run == RunRecord(
        run_id=run.run_id,
        session_id=session.session_id,
        status="running",
        user_message_id=message.message_id,
        error_code=None,
        error_detail=None,
        created_at=run.created_at,
        ended_at=None,
        last_event_id=0,
        cancel_requested=False,
    )
    assert before <= run.created_at <= datetime.now(UTC)
    assert message == MessageRecord(
        message.message_id, 0, "user", "Was nun? 🎈", None, None, False, message.created_at,
        "complete", run.run_id, None,
    )  # fmt: skip
    assert store.messages.history(session.session_id, viewer="ann", limit=9, skip=0).items == [
        message
    ]
    assert store.sessions.get(session.session_id, viewer="ann") == started.session
    assert started.session.message_count == 1
    assert started.session.last_activity == message.created_at
    assert store.runs.get(session.session_id, run.run_id, viewer="ann") == run


def test_a_session_has_one_running_run(store: Store) -> None:
    first = start(store)
    session_id = first.run.session_id
    with pytest.raises(SessionBusy) as caught:
        start(store, session_id)
    assert caught.value.run_id == first.run.run_id
    assert store.sessions.get(session_id, viewer="ann").message_count == 1
    put(store, write(first.run, 1, end=COMPLETED))
    second = start(store, session_id)
    assert second.message.seq == 1
    assert second.run.run_id != first.run.run_id


@pytest.mark.parametrize("missing", ["none", "no\0ne", "no\ud800ne"])
def test_a_session_that_is_not_there_has_no_runs(store: Store, missing: str) -> None:
    run = running(store)
    with pytest.raises(SessionNotFound):
        start(store, missing)
    with pytest.raises(SessionNotFound):
        store.runs.get(missing, run.run_id, viewer="ann")
    with pytest.raises(SessionNotFound):
        store.runs.request_cancel(missing, run.run_id, viewer="ann")


def test_runs_are_the_session_owners(store: Store) -> None:
    run = running(store)
    for call in (
        lambda: start(store, run.session_id, viewer="bob"),
        lambda: store.runs.get(run.session_id, run.run_id, viewer="bob"),
        lambda: store.runs.request_cancel(run.session_id, run.run_id, viewer="bob"),
    ):
        with pytest.raises(SessionForbidden):
            call()
    assert store.runs.get(run.session_id, run.run_id, viewer=None) == run


@pytest.mark.parametrize("missing", ["none", "no\0ne", "no\ud800ne"])
def test_a_run_is_found_in_its_session_only(store: Store, missing: str) -> None:
    run, other = running(store), running(store)
    for session_id, run_id in ((run.session_id, other.run_id), (run.session_id, missing)):
        with pytest.raises(RunNotFound):
            store.runs.get(session_id, run_id, viewer="ann")
        with pytest.raises(RunNotFound):
            store.runs.request_cancel(session_id, run_id, viewer="ann")
    assert store.runs.events(missing, after=0, limit=5) == []


def test_a_request_that_comes_again_gets_its_run(store: Store) -> None:
    session = new_session(store)
    first = start(store, session.session_id, once=ONCE)
    again = start(store, session.session_id, once=ONCE)
    assert not again.is_new
    assert (again.run, again.message, again.session) == (first.run, first.message, first.session)

    begun = begin()
    seq = put(store, write(first.run, 1, 2, begin=begun))[0]
    assert start(store, session.session_id, once=ONCE).run.last_event_id == 2
    put(store, write(first.run, 3, finish=finish(begun, seq), end=COMPLETED))
    ended = start(store, session.session_id, once=ONCE)
    assert (ended.run.status, ended.run.last_event_id) == ("completed", 3)
    assert ended.message == first.message
    assert ended.session.message_count == 2

    # Whatever the session is busy with now, this request was answered before.
    start(store, session.session_id)
    assert start(store, session.session_id, once=ONCE).run == ended.run


def test_a_key_is_one_requests(store: Store) -> None:
    session = new_session(store)
    start(store, session.session_id, once=ONCE)
    with pytest.raises(IdempotencyKeyReused):
        start(store, session.session_id, once=Once("ann", "key-1", "fingerprint-2"))
    assert store.sessions.get(session.session_id, viewer="ann").message_count == 1


def test_a_busy_session_takes_no_key(store: Store) -> None:
    run = running(store)
    with pytest.raises(SessionBusy):
        start(store, run.session_id, once=ONCE)
    put(store, write(run, 1, end=COMPLETED))
    assert start(store, run.session_id, once=ONCE).is_new


def test_the_run_of_a_key_goes_with_its_session(store: Store) -> None:
    run = running(store, once=ONCE)
    store.sessions.delete(run.session_id, viewer="ann")
    with pytest.raises(SessionNotFound):
        start(store, run.session_id, once=ONCE)


def test_cancelling_is_asked_of_the_owner(store: Store) -> None:
    run, other = running(store), running(store)
    assert store.runs.renew("p", in_seconds(30)) == []
    asked = store.runs.request_cancel(run.session_id, run.run_id, viewer="ann")
    assert asked.cancel_requested
    assert asked == store.runs.get(run.session_id, run.run_id, viewer="ann")
    assert store.runs.request_cancel(run.session_id, run.run_id, viewer="ann") == asked
    assert store.runs.renew("p", in_seconds(30)) == [run.run_id]
    assert store.runs.renew("q", in_seconds(30)) == []
    put(store, write(run, 1, end=COMPLETED))
    assert store.runs.renew("p", in_seconds(30)) == []
    with pytest.raises(RunEnded):
        store.runs.request_cancel(run.session_id, run.run_id, viewer="ann")
    assert not store.runs.get(other.session_id, other.run_id, viewer="ann").cancel_requested


def abandoned(store: Store, *, owner: str = "q", everything: bool = False) -> set[str]:
    found = store.runs.abandoned(owner=owner, everything=everything, limit=100)
    assert all(run.status == "running" for run in found)
    return {run.run_id for run in found}


def test_a_run_is_abandoned_when_its_lease_lapses(store: Store) -> None:
    held, lapsed = running(store), running(store, lease_until=in_seconds(-1))
    ended = running(store, lease_until=in_seconds(-1))
    put(store, write(ended, 1, end=COMPLETED))
    assert abandoned(store) == abandoned(store, owner="p") == {lapsed.run_id}
    assert store.runs.abandoned(owner="q", everything=False, limit=5) == [lapsed]
    store.runs.renew("p", in_seconds(30))
    assert abandoned(store) == set()
    store.runs.renew("p", in_seconds(-1))
    assert abandoned(store) == {held.run_id, lapsed.run_id}


def test_a_lease_lapses_at_its_moment(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    run = running(store, lease_until=moment)
    micros = int(moment.timestamp()) * 1_000_000
    monkeypatch.setattr("palaver.store.runs.now_micros", lambda: micros - 1)
    assert abandoned(store) == set()
    monkeypatch.setattr("palaver.store.runs.now_micros", lambda: micros)
    assert abandoned(store) == {run.run_id}


def test_an_embedded_store_finds_what_others_left_behind(store: Store) -> None:
    left, own = running(store), running(store, owner="q")
    ended = running(store)
    put(store, write(ended, 1, end=COMPLETED))
    assert abandoned(store, everything=True) == {left.run_id}
    assert abandoned(store, owner="p", everything=True) == {own.run_id}


def test_abandoned_runs_come_in_bounded_numbers(store: Store) -> None:
    runs = [running(store, lease_until=in_seconds(-60 + number)) for number in range(5)]
    found = store.runs.abandoned(owner="q", everything=False, limit=3)
    assert found == runs[:3]
    assert len(store.runs.abandoned(owner="q", everything=True, limit=3)) == 3


def test_only_the_leases_of_runs_that_are_worked_on_are_renewed(store: Store) -> None:
    worked_on, forgotten = (
        running(store, lease_until=in_seconds(-1)),
        running(store, lease_until=in_seconds(-1)),
    )
    store.runs.request_cancel(forgotten.session_id, forgotten.run_id, viewer="ann")
    asked = store.runs.renew("p", in_seconds(30), only={worked_on.run_id, "none"})
    assert asked == [forgotten.run_id]
    assert abandoned(store) == {forgotten.run_id}
    store.runs.renew("p", in_seconds(30), only=())
    assert abandoned(store) == {forgotten.run_id}


def expire(store: Store, before: datetime, limit: int) -> int:
    steps = 0
    while deleted := store.runs.expire(before, limit):
        assert deleted <= limit
        steps += 1
    return steps


@pytest.mark.parametrize(("limit", "steps"), [(100, 1), (7, 3), (3, 5), (1, 15)])
def test_the_events_of_old_runs_expire(store: Store, query: Any, limit: int, steps: int) -> None:
    ended, young, going = [running(store) for _ in range(3)], running(store), running(store)
    for place, run in enumerate(ended):
        for number in range(3 + place):
            put(store, write(run, 2 * number + 1, 2))
    # With these they have 4, 5 and 6 chunks.
    put(store, *(write(run, 7 + 2 * place, end=COMPLETED) for place, run in enumerate(ended)))
    put(store, write(young, 1, end=COMPLETED))
    put(store, write(going, 1, 3))
    records = [store.runs.get(run.session_id, run.run_id, viewer="ann") for run in ended]
    assert len({record.ended_at for record in records}) == 1
    ended_at = records[0].ended_at
    assert ended_at is not None
    query(f"UPDATE runs SET ended_at = ended_at + 1000000 WHERE run_id = '{young.run_id}'")

    assert expire(store, ended_at, limit) == 0
    assert expire(store, ended_at + timedelta(microseconds=1), limit) == steps
    assert expire(store, ended_at + timedelta(microseconds=1), limit) == 0
    for record, run in zip(records, ended, strict=True):
        assert store.runs.events(run.run_id, after=0, limit=100) == []
        assert store.runs.get(run.session_id, run.run_id, viewer="ann") == record
    assert len(store.runs.events(young.run_id, after=0, limit=100)) == 1
    assert len(store.runs.events(going.run_id, after=0, limit=100)) == 3


def test_a_log_that_is_half_gone_is_gone(store: Store) -> None:
    run = running(store)
    for number in range(4):
        put(store, write(run, 2 * number + 1, 2))
    put(store, write(run, 9, end=COMPLETED))
    assert store.runs.expire(in_seconds(1), 2) == 2
    assert store.runs.events(run.run_id, after=0, limit=100) == []
    assert store.runs.events(run.run_id, after=2, limit=100) == []
    assert [each for each, _ in store.runs.events(run.run_id, after=4, limit=100)] == [
        5,
        6,
        7,
        8,
        9,
    ]


def test_runs_go_with_their_session(store: Store, query: Any) -> None:
    run = running(store)
    put(store, write(run, 1, 3, begin=begin()))
    put(store, write(run, 4, end=COMPLETED))
    start(store, run.session_id)
    kept = running(store)
    store.sessions.delete_many([run.session_id], viewer="ann")
    assert query("SELECT run_id FROM runs") == [(kept.run_id,)]
    assert query("SELECT count(*) FROM run_events") == [(0,)]
    assert abandoned(store, everything=True) == {kept.run_id}
