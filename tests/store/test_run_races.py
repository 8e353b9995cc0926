"""Many threads and several stores on the runs of one database."""

from __future__ import annotations

import functools
import random
import threading
from typing import Any

import pytest

from palaver.errors import RunEnded, RunNotFound, SessionBusy, SessionNotFound
from palaver.store import BeginMessage, Lost, RunEnd, RunRecord, Store, open_store
from tests.store.together import at_once
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


@pytest.mark.parametrize("round_", range(5))
def test_of_many_starts_one_wins(store: Store, store_url: str, round_: int) -> None:
    session_id = new_session(store).session_id
    other = open_store(store_url)

    def begin_run(through: Store) -> str:
        try:
            return start(through, session_id).run.run_id
        except SessionBusy as error:
            return f"busy {error.run_id}"

    found = at_once([functools.partial(begin_run, each) for each in [store, other] * 8])
    other.close()
    won = [each for each in found if not each.startswith("busy")]
    assert len(won) == 1
    assert sorted(found) == sorted(won + [f"busy {won[0]}"] * 15)
    assert store.sessions.get(session_id, viewer="ann").message_count == 1


@pytest.mark.parametrize("round_", range(8))
def test_of_two_owners_one_writes(store: Store, store_url: str, round_: int) -> None:
    """One goes on while the other ends the run for it; their batches hold other runs as well."""
    other = open_store(store_url)
    contested = [running(store) for _ in range(6)]
    of_first = [running(store) for _ in range(3)]
    of_second = [running(store, owner="q") for _ in range(3)]
    put(store, *(write(run, 1, 2) for run in contested))
    chance = random.Random(round_)
    goes_on = [write(run, 3, 2) for run in contested] + [write(run, 1) for run in of_first]
    ends = [write(run, 3, end=RunEnd("failed", "interrupted", None)) for run in contested]
    ends += [write(run, 1) for run in of_second]
    chance.shuffle(goes_on)
    chance.shuffle(ends)

    went_on, ended = at_once(
        [
            functools.partial(store.runs.write, goes_on, owner="p"),
            functools.partial(other.runs.write, ends, owner="q", takeover=True),
        ]
    )
    other.close()
    first = {each.run_id: outcome for each, outcome in zip(goes_on, went_on, strict=True)}
    second = {each.run_id: outcome for each, outcome in zip(ends, ended, strict=True)}
    assert {first[run.run_id] for run in of_first} == {None}
    assert {second[run.run_id] for run in of_second} == {None}
    for run in contested:
        assert {first[run.run_id], second[run.run_id]} == {None, LOST}
        record = store.runs.get(run.session_id, run.run_id, viewer="ann")
        went = first[run.run_id] is None
        assert (record.status, record.last_event_id) == (("running", 4) if went else ("failed", 3))
        assert len(log_of(store, run)) == record.last_event_id


def test_seqs_have_no_gaps_whoever_appends(store: Store) -> None:
    run = running(store)

    def talk() -> list[int]:
        seqs: list[int] = []
        for number in range(30):
            begun = begin()
            seq = put(store, write(run, 2 * number + 1, begin=begun))[0]
            assert isinstance(seq, int)
            seqs.append(seq)
            assert put(store, write(run, 2 * number + 2, finish=finish(begun, seq))) == [None]
        return seqs

    def append() -> list[int]:
        return [
            store.messages.append(run.session_id, viewer="ann", role="user", content="x").seq
            for _ in range(30)
        ]

    found = at_once([talk, append, append, append])
    assert sorted(seq for seqs in found for seq in seqs) == list(range(1, 121))
    page = store.messages.history(run.session_id, viewer="ann", limit=1000, skip=0)
    assert [each.seq for each in page.items] == list(range(121))
    times = [each.created_at for each in page.items]
    assert times == sorted(times)
    assert store.runs.messages_in_progress(run.run_id) == []


def test_readers_see_a_log_without_gaps(store: Store) -> None:
    run = running(store)
    done = threading.Event()

    def talk() -> int:
        last = 0
        while last < 300:
            count = 1 + last % 4
            put(store, write(run, last + 1, count))
            last += count
        put(store, write(run, last + 1, end=COMPLETED))
        done.set()
        return last + 1

    def follow() -> int:
        seen = 0
        while True:
            was_done = done.is_set()
            last = store.runs.get(run.session_id, run.run_id, viewer="ann").last_event_id
            page = store.runs.events(run.run_id, after=seen, limit=20)
            assert page == [(each, delta(each)) for each in range(seen + 1, seen + 1 + len(page))]
            seen += len(page)
            assert last <= seen or len(page) >= 20
            if was_done and not page:
                return seen

    ends = at_once([talk, follow, follow])
    assert ends == [ends[0]] * 3


@pytest.mark.parametrize("round_", range(3))
def test_everything_at_once(store: Store, store_url: str, query: Any, round_: int) -> None:
    """Two processes write to, cancel, renew and delete runs; nobody deadlocks or fails."""
    other = open_store(store_url)
    runs = [running(store) for _ in range(24)]
    done = threading.Event()

    def talk(through: Store, owner: str, own: list[RunRecord], seed: int) -> int:
        chance = random.Random(seed)
        lasts = dict.fromkeys((run.run_id for run in own), 0)
        alive = list(own)
        begun: dict[str, tuple[BeginMessage, object]] = {}
        for turn in range(25):
            chance.shuffle(alive)
            batch = []
            for run in alive:
                effects: dict[str, Any] = {}
                if run.run_id in begun:
                    effects["finish"] = finish(*begun.pop(run.run_id), f"{turn}")
                elif chance.random() < 0.5:
                    effects["begin"] = begin()
                if turn == 24:
                    effects = {**effects, "end": COMPLETED}
                batch.append(write(run, lasts[run.run_id] + 1, chance.randint(1, 3), **effects))
            outcomes = through.runs.write(batch, owner=owner)
            alive = []
            for each, outcome in zip(batch, outcomes, strict=True):
                if outcome is LOST:
                    continue
                lasts[each.run_id] += len(each.events)
                if each.begin is not None:
                    begun[each.run_id] = (each.begin, outcome)
                alive.append(next(run for run in own if run.run_id == each.run_id))
        done.set()
        return len(alive)

    def chores(through: Store, owner: str) -> int:
        while not done.is_set():
            through.runs.renew(owner, in_seconds(30))
            through.runs.abandoned(owner="r", everything=True, limit=100)
            through.runs.expire(in_seconds(-60), 5)
        return 0

    def cancel() -> int:
        for run in runs:
            try:
                store.runs.request_cancel(run.session_id, run.run_id, viewer="ann")
            except (RunEnded, RunNotFound, SessionNotFound):
                continue
        return 0

    def append(through: Store) -> int:
        for run in runs:
            try:
                through.messages.append(run.session_id, viewer="ann", role="user", content="x")
            except SessionNotFound:
                continue
        return 0

    doomed = runs[::3]

    def delete(through: Store, order: int) -> int:
        ids = [run.session_id for run in doomed][::order]
        return len(through.sessions.delete_many(ids[:4], viewer="ann")) + len(
            through.sessions.delete_many(ids[4:], viewer="ann")
        )

    query(f"UPDATE runs SET owner = 'q' WHERE run_id IN {tuple(run.run_id for run in runs[12:])}")
    results = at_once(
        [
            functools.partial(talk, store, "p", runs[:12], round_),
            functools.partial(talk, other, "q", runs[12:], -round_),
            functools.partial(chores, store, "p"),
            functools.partial(chores, other, "q"),
            cancel,
            functools.partial(append, other),
            functools.partial(delete, store, 1),
            functools.partial(delete, other, -1),
        ]
    )
    other.close()
    assert results[-1] + results[-2] == len(doomed)
    assert results[0] + results[1] >= len(runs) - len(doomed)
    kept = [run for run in runs if run not in doomed]
    for run in kept:
        record = store.runs.get(run.session_id, run.run_id, viewer="ann")
        assert record.status == "completed"
        assert [each for each, _ in log_of(store, run)] == list(range(1, record.last_event_id + 1))
        page = store.messages.history(run.session_id, viewer="ann", limit=1000, skip=0)
        assert [each.seq for each in page.items] == list(range(page.total))
    assert query("SELECT count(*) FROM runs") == [(len(kept),)]


@pytest.mark.parametrize("round_", range(5))
def test_a_title_given_by_a_person_stays(store: Store, round_: int) -> None:
    session_id = new_session(store, auto_title=True, kind="team").session_id

    def rename() -> bool:
        store.sessions.rename(session_id, title="Mine", viewer="ann")
        return True

    def give(title: str) -> bool:
        return store.sessions.give_title(session_id, title)

    given = at_once([rename, *(functools.partial(give, f"Given {n}") for n in range(6))])[1:]
    assert given.count(True) <= 1
    assert store.sessions.get(session_id, viewer="ann").title == "Mine"
    assert not store.sessions.give_title(session_id, "Late")
