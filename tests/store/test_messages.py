"""Messages: appending, the three ways of reading, and the cursor."""

from __future__ import annotations

import random
import tracemalloc
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, insert

from palaver.errors import AgentNotInTeam, InvalidCursor, NotATeamSession, SessionNotFound
from palaver.store import MessageRecord, Store
from palaver.store import tables as schema
from palaver.store.message_lists import BATCH_BYTES


def session(store: Store, *, kind: str = "standalone", messages: int = 0) -> str:
    made = store.sessions.create(
        owner="ann", kind=kind, title="Plans", agents=["a", "b"], max_context_results=1
    )
    for number in range(messages):
        store.messages.append(
            made.session_id, viewer="ann", role="user", content=f"Message {number}"
        )
    return made.session_id


def seqs(messages: list[MessageRecord]) -> list[int]:
    assert [each.content for each in messages] == [f"Message {each.seq}" for each in messages]
    return [each.seq for each in messages]


def test_a_message_is_returned_as_it_was_appended(store: Store) -> None:
    store.agents.create(agent_id="b", name="Bea", created_by="ann")
    session_id = session(store, kind="team")
    before = datetime.now(UTC)
    made = store.messages.append(
        session_id,
        viewer="ann",
        role="assistant",
        content="Ünïcode 🎈\r\n",
        agent_id="b",
        summary=True,
    )
    assert made == MessageRecord(
        made.message_id, 0, "assistant", "Ünïcode 🎈\r\n", "b", "Bea", True, made.created_at
    )
    assert before <= made.created_at <= datetime.now(UTC)
    assert store.messages.history(session_id, viewer="ann", limit=5, skip=0).items == [made]
    after = store.sessions.get(session_id, viewer="ann")
    assert after.message_count == 1
    assert after.last_activity == after.updated_at == made.created_at


def test_time_does_not_turn_around_in_a_session(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = session(store, messages=1)
    last = store.sessions.get(session_id, viewer="ann").last_activity
    monkeypatch.setattr("palaver.store.messages.now_micros", lambda: 1)
    late = store.messages.append(session_id, viewer="ann", role="user", content="x")
    assert late.created_at == last
    assert store.sessions.get(session_id, viewer="ann").last_activity == last


def test_an_agent_must_take_part(store: Store) -> None:
    session_id = session(store, kind="team")
    with pytest.raises(AgentNotInTeam):
        store.messages.append(session_id, viewer="ann", role="user", content="x", agent_id="c")
    assert store.sessions.get(session_id, viewer="ann").message_count == 0
    assert store.messages.append(session_id, viewer="ann", role="user", content="x").seq == 0


def test_team_operations_refuse_standalone_sessions(store: Store) -> None:
    alone, team = session(store), session(store, kind="team-managed")
    with pytest.raises(NotATeamSession):
        store.messages.append(alone, viewer="ann", role="user", content="x", team_only=True)
    with pytest.raises(NotATeamSession):
        store.messages.history(alone, viewer="ann", limit=1, skip=0, team_only=True)
    assert store.sessions.get(alone, viewer="ann").message_count == 0
    store.messages.append(team, viewer="ann", role="user", content="x", team_only=True)
    assert store.messages.history(team, viewer="ann", limit=1, skip=0, team_only=True).total == 1


@pytest.mark.parametrize(
    ("limit", "skip", "expected"),
    [(3, 0, [0, 1, 2]), (3, 8, [8, 9]), (3, 10, []), (0, 0, []), (10**30, 10**30, []),
     (10**30, 4, [4, 5, 6, 7, 8, 9])],
)  # fmt: skip
def test_history(store: Store, limit: int, skip: int, expected: list[int]) -> None:
    page = store.messages.history(session(store, messages=10), viewer="ann", limit=limit, skip=skip)
    assert seqs(page.items) == expected
    assert page.total == 10


@pytest.mark.parametrize(
    ("limit", "skip", "expected"),
    [(3, 0, [7, 8, 9]), (3, 8, [0, 1]), (3, 10, []), (0, 0, []), (10**30, 10**30, []),
     (10**30, 4, [0, 1, 2, 3, 4, 5])],
)  # fmt: skip
def test_recent(store: Store, limit: int, skip: int, expected: list[int]) -> None:
    page = store.messages.recent(session(store, messages=10), viewer="ann", limit=limit, skip=skip)
    assert seqs(page.items) == expected
    assert page.total == 10


def test_an_empty_session_has_an_empty_history(store: Store) -> None:
    session_id = session(store)
    assert store.messages.history(session_id, viewer="ann", limit=5, skip=0).items == []
    assert store.messages.recent(session_id, viewer="ann", limit=5, skip=0).total == 0
    record, page = store.messages.with_session(session_id, viewer="ann", limit=5, skip=0)
    assert (record, page.items) == (store.sessions.get(session_id, viewer="ann"), [])
    batches = store.messages.read(session_id, viewer="ann", start_seq=0, stop_seq=9, batch=2)
    assert list(batches) == []


@pytest.mark.parametrize("call", ["history", "recent", "with_session"])
def test_negative_windows_are_refused(store: Store, call: str) -> None:
    read = getattr(store.messages, call)
    for limit, skip in ((-1, 0), (1, -1)):
        with pytest.raises(ValueError, match="negative"):
            read(session(store), viewer="ann", limit=limit, skip=skip)


def test_a_cursor_belongs_to_its_session(store: Store) -> None:
    first, second = session(store), session(store)
    cursor = store.messages.make_cursor(first, 2)
    assert store.messages.cursor_seq(first, cursor) == 2
    with pytest.raises(InvalidCursor):
        store.messages.cursor_seq(second, cursor)


@pytest.mark.parametrize(("limit", "skip"), [(3, 0), (3, 3), (10, 2), (5, 4), (0, 0), (10**30, 0)])
def test_a_session_comes_with_its_history(store: Store, limit: int, skip: int) -> None:
    session_id = session(store, kind="team", messages=4)
    record, page = store.messages.with_session(session_id, viewer="ann", limit=limit, skip=skip)
    assert record == store.sessions.get(session_id, viewer="ann")
    assert page == store.messages.history(session_id, viewer="ann", limit=limit, skip=skip)


@pytest.mark.parametrize(("start", "stop", "batch"), [(0, 10, 3), (2, 9, 7), (4, 99, 1), (9, 3, 5)])
def test_read_gives_batches(store: Store, start: int, stop: int, batch: int) -> None:
    session_id = session(store, messages=10)
    batches = list(
        store.messages.read(session_id, viewer="ann", start_seq=start, stop_seq=stop, batch=batch)
    )
    assert [seq for each in batches for seq in seqs(each)] == list(range(start, min(stop, 10)))
    assert all(0 < len(each) <= batch for each in batches)


def test_batches_of_long_messages_are_short(store: Store) -> None:
    session_id = session(store)
    sizes = [400_000] * 30 + [10] * 30 + [3_000_000] + [10] * 3 + [BATCH_BYTES] + [10] * 20
    for size in sizes:
        # Twice the bytes as characters, and nothing that a database could compress.
        content = "".join(random.Random(size).choices("äöüÄÖÜß", k=size // 2))
        store.messages.append(session_id, viewer="ann", role="user", content=content)

    tracemalloc.start()
    lengths = []
    for batch in store.messages.read(
        session_id, viewer="ann", start_seq=0, stop_seq=len(sizes), batch=100
    ):
        contents = [len(each.content.encode()) for each in batch]
        assert sum(contents[:-1]) < BATCH_BYTES * 2
        lengths.append(len(batch))
        del batch
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(lengths) == len(sizes)
    assert len(lengths) <= 16
    assert peak < 16_000_000, "a batch is all that is in memory"


def test_reading_far_beyond_the_end_ends(store: Store) -> None:
    session_id = session(store, messages=3)
    far = 2**62
    for start in (0, 2, 3, far - 1):
        batches = store.messages.read(
            session_id, viewer="ann", start_seq=start, stop_seq=far, batch=100
        )
        assert [seq for each in batches for seq in seqs(each)] == list(range(start, 3))


def test_read_holds_no_connection_between_batches(store: Store) -> None:
    session_id = session(store, messages=4)
    readers = [
        store.messages.read(session_id, viewer="ann", start_seq=0, stop_seq=4, batch=2)
        for _ in range(40)
    ]
    assert [seqs(next(each)) for each in readers] == [[0, 1]] * 40
    store.messages.append(session_id, viewer="ann", role="user", content="Message 4")
    assert [seqs(next(each)) for each in readers] == [[2, 3]] * 40


def test_a_session_deleted_while_it_is_read_is_an_error(store: Store) -> None:
    session_id = session(store, messages=6)
    batches = store.messages.read(session_id, viewer="ann", start_seq=0, stop_seq=6, batch=2)
    assert seqs(next(batches)) == [0, 1]
    store.sessions.delete(session_id, viewer="ann")
    with pytest.raises(SessionNotFound):
        next(batches)


def test_the_end_of_a_long_session_is_read_like_its_start(store: Store, engine: Engine) -> None:
    session_id = session(store)
    count = 50_000
    with engine.begin() as connection:
        rows = [
            {"session_id": session_id, "seq": seq, "message_id": str(seq), "role": "user",
             "content": f"Message {seq}", "summary": False, "created_at": seq}
            for seq in range(count)
        ]  # fmt: skip
        connection.execute(insert(schema.messages), rows)
        connection.execute(schema.sessions.update().values(message_count=count))
    page = store.messages.history(session_id, viewer="ann", limit=3, skip=count - 2)
    assert seqs(page.items) == [count - 2, count - 1]
    page = store.messages.recent(session_id, viewer="ann", limit=2, skip=count - 1)
    assert seqs(page.items) == [0]
    made = store.messages.append(session_id, viewer="ann", role="user", content="x")
    assert made.seq == count
