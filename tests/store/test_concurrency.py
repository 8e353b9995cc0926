"""Many threads on one store: nothing lost, nothing doubled, no error, no deadlock."""

from __future__ import annotations

import functools
import random
import threading
from typing import Any

import pytest

from palaver.errors import AgentExists, SessionNotFound
from palaver.store import MessageRecord, Store, open_store
from tests.store.together import at_once


def session(store: Store, **changes: Any) -> str:
    values: dict[str, Any] = {
        "owner": "ann",
        "kind": "team",
        "title": "Plans",
        "agents": ["a", "b"],
        "max_context_results": 1,
    }
    return store.sessions.create(**{**values, **changes}).session_id


def test_sixteen_writers_on_one_session(store: Store) -> None:
    session_id = session(store)

    def write(writer: int) -> list[MessageRecord]:
        return [
            store.messages.append(
                session_id, viewer="ann", role="user", content=f"{writer} {number}", agent_id="a"
            )
            for number in range(100)
        ]

    written = at_once([functools.partial(write, writer) for writer in range(16)])
    page = store.messages.history(session_id, viewer="ann", limit=10_000, skip=0)
    assert page.total == 1600
    assert [each.seq for each in page.items] == list(range(1600))
    times = [each.created_at for each in page.items]
    assert times == sorted(times)
    for each in written:
        assert [record.seq for record in each] == sorted(record.seq for record in each)
    acknowledged = [record for each in written for record in each]
    assert sorted(acknowledged, key=lambda each: each.seq) == page.items
    assert store.sessions.get(session_id, viewer="ann").message_count == 1600


def test_two_stores_on_one_database(store: Store, store_url: str) -> None:
    """As with several processes: the writers share no queue."""
    session_id = session(store)
    other = open_store(store_url)

    def write(through: Store) -> None:
        for _ in range(50):
            through.messages.append(session_id, viewer="ann", role="user", content="x")

    at_once([functools.partial(write, through) for through in [store, other] * 4])
    other.close()
    page = store.messages.history(session_id, viewer="ann", limit=1000, skip=0)
    assert [each.seq for each in page.items] == list(range(400))


def test_an_error_of_one_writer_is_not_anothers(store: Store) -> None:
    good, team = session(store), session(store, kind="standalone")

    def fail() -> int:
        failed = 0
        for _ in range(50):
            with pytest.raises(SessionNotFound):
                store.messages.append("none", viewer="ann", role="user", content="x")
            with pytest.raises(ValueError, match="taken"):
                session(store, session_id=team)
            failed += 1
        return failed

    def write() -> int:
        for _ in range(50):
            store.messages.append(good, viewer="ann", role="user", content="x")
        return 50

    assert at_once([fail, write] * 4) == [50] * 8
    page = store.messages.history(good, viewer="ann", limit=1000, skip=0)
    assert [each.seq for each in page.items] == list(range(200))


def test_readers_see_whole_messages_while_writers_write(store: Store) -> None:
    session_id = session(store)
    done = threading.Event()

    def write() -> int:
        for _ in range(150):
            store.messages.append(session_id, viewer="ann", role="user", content="x")
        done.set()
        return 0

    def read() -> int:
        seen = 0
        while not done.is_set():
            page = store.messages.history(session_id, viewer="ann", limit=1000, skip=0)
            assert [each.seq for each in page.items] == list(range(page.total))
            assert page.total >= seen
            seen = page.total
        return seen

    assert max(at_once([write, read, read, read])) <= 150
    assert store.sessions.get(session_id, viewer="ann").message_count == 150


def test_a_session_and_its_history_are_of_one_moment(store: Store) -> None:
    session_id = session(store)
    writing = 4
    done = threading.Semaphore(0)

    def write() -> int:
        for _ in range(100):
            store.messages.append(session_id, viewer="ann", role="user", content="x", agent_id="a")
        done.release()
        return 0

    def read() -> int:
        reads = ended = 0
        while ended < writing // 2:
            record, page = store.messages.with_session(session_id, viewer="ann", limit=1000, skip=0)
            assert record.message_count == page.total == len(page.items)
            if page.items:
                assert page.items[-1].seq == record.message_count - 1
                assert record.last_activity == page.items[-1].created_at
            reads += 1
            ended += done.acquire(blocking=False)
        return reads

    assert max(at_once([write] * writing + [read] * 2)) > 0
    assert store.sessions.get(session_id, viewer="ann").message_count == 100 * writing


@pytest.mark.parametrize("round_", range(5))
def test_delete_against_append(store: Store, query: Any, round_: int) -> None:
    session_id = session(store)
    many_in = threading.Semaphore(0)

    def write() -> int:
        number = 0
        try:
            while True:
                store.messages.append(session_id, viewer="ann", role="user", content="x")
                number += 1
                many_in.release()
        except SessionNotFound:
            return number

    def delete() -> int:
        for _ in range(10 * (round_ + 1)):
            many_in.acquire()
        store.sessions.delete(session_id, viewer="ann")
        return 0

    assert sum(at_once([write, write, write, write, delete])) >= 10 * (round_ + 1)
    for table in ("sessions", "messages", "session_agents"):
        assert query(f"SELECT count(*) FROM {table}") == [(0,)]


def test_overlapping_cleanups_delete_each_session_once(store: Store) -> None:
    ids = [session(store) for _ in range(120)]
    chance = random.Random(7)

    def cleanup(asked: list[str]) -> list[str]:
        deleted: list[str] = []
        for start in range(0, len(asked), 40):
            deleted += store.sessions.delete_many(asked[start : start + 40], viewer="ann")
        return deleted

    orders = [chance.sample(ids, len(ids)) for _ in range(8)]
    found = at_once([functools.partial(cleanup, asked) for asked in orders])
    assert sorted(each for deleted in found for each in deleted) == ids


def test_one_agent_id_goes_to_one_of_many(store: Store) -> None:
    def create(number: int) -> str | None:
        try:
            return store.agents.create(agent_id="x", name=str(number), created_by="maker").name
        except AgentExists:
            return None

    made = at_once([functools.partial(create, number) for number in range(8)])
    winners = [name for name in made if name is not None]
    assert winners == [store.agents.get("x").name]
