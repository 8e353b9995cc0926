"""Idempotency keys: once is once, whoever else writes, and whatever goes wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from palaver.errors import (
    AgentExists,
    IdempotencyKeyReused,
    SessionForbidden,
    SessionNotFound,
    StoreUnavailable,
)
from palaver.store import Once, Started, Store, open_store
from palaver.store.records import now_micros
from tests.store.together import at_once
from tests.store.turns import new_session, start

ONCE = Once("ann", "key-1", "fingerprint-1")
OTHER = Once("ann", "key-1", "fingerprint-2")
DAY = timedelta(hours=24)


def append(store: Store, session_id: str, **options: Any) -> Any:
    return store.messages.append(session_id, viewer="ann", role="user", content="Hello", **options)


CREATE: dict[str, Callable[..., Any]] = {
    "session": lambda store, **options: new_session(store, auto_title=True, **options),
    "agent": lambda store, **options: store.agents.create(
        name="Ünï", created_by="ann", instructions="Be\nkind", **options
    ),
    "profile": lambda store, **options: store.profiles.create(
        name="x", created_by="ann", **options
    ),
    "message": lambda store, **options: append(
        store, new_session(store, session_id="s").session_id, **options
    ),
}


@pytest.mark.parametrize("name", CREATE)
def test_a_request_that_comes_again_is_answered_alike(store: Store, query: Any, name: str) -> None:
    create = CREATE[name]
    if name == "message":
        new_session(store, session_id="s")
        create = lambda store, **options: append(store, "s", **options)  # noqa: E731
    first = create(store, once=ONCE)
    assert [create(store, once=ONCE) for _ in range(3)] == [first] * 3
    assert query(f"SELECT count(*) FROM {name}s") == [(1,)]
    with pytest.raises(IdempotencyKeyReused):
        create(store, once=OTHER)
    assert query(f"SELECT count(*) FROM {name}s") == [(1,)]
    assert create(store, once=Once("ann", "key-2", "fingerprint-1")) != first
    assert create(store, once=Once("bob", "key-1", "fingerprint-1")) != first
    assert create(store) != first
    assert query(f"SELECT count(*) FROM {name}s") == [(4,)]


def test_the_answer_is_that_of_then(store: Store) -> None:
    made = new_session(store, once=ONCE)
    store.sessions.rename(made.session_id, title="Renamed", viewer="ann")
    assert new_session(store, once=ONCE) == made
    store.sessions.delete(made.session_id, viewer="ann")
    assert new_session(store, once=ONCE) == made


def test_an_error_leaves_no_key_behind(store: Store, query: Any) -> None:
    store.agents.create(agent_id="x", name="X", created_by="ann")
    with pytest.raises(AgentExists):
        store.agents.create(agent_id="x", name="Y", created_by="ann", once=ONCE)
    with pytest.raises(SessionNotFound):
        append(store, "none", once=ONCE)
    with pytest.raises(SessionForbidden):
        append(store, new_session(store, owner="bob").session_id, once=ONCE)
    with pytest.raises(StoreUnavailable):
        store._database.write(lambda connection: connection.execute(text("nonsense")), once=ONCE)
    assert query("SELECT count(*) FROM idempotency_keys") == [(0,)]
    assert store.agents.create(agent_id="y", name="Y", created_by="ann", once=OTHER).name == "Y"


def test_what_is_kept_comes_back_in_its_type(store: Store) -> None:
    database = store._database
    for place, (value, kind) in enumerate(
        [(None, None), ("x", str), (("a", 1), tuple[str, int]), ({"a": [1]}, None)]
    ):
        once = Once("ann", str(place), "f")

        def first(_: Connection, value: Any = value) -> Any:
            return value

        def again(_: Connection) -> Any:
            raise ZeroDivisionError

        assert database.write(first, once=once) == value
        found = database.write(again, once=once, result=kind)
        assert (found, type(found)) == (value, type(value))


def test_a_key_is_forgotten_after_a_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = now_micros()

    def at(offset: timedelta) -> None:
        micros = now + offset // timedelta(microseconds=1)
        monkeypatch.setattr("palaver.store.idempotency.now_micros", lambda: micros)

    at(timedelta())
    first = new_session(store, once=ONCE)
    at(DAY - timedelta(microseconds=1))
    assert new_session(store, once=ONCE) == first
    with pytest.raises(IdempotencyKeyReused):
        new_session(store, once=OTHER)
    at(DAY)
    second = new_session(store, once=OTHER)
    assert second.session_id != first.session_id
    # From then on the key is the other request's, for another day.
    at(2 * DAY - timedelta(microseconds=1))
    assert new_session(store, once=OTHER) == second
    with pytest.raises(IdempotencyKeyReused):
        new_session(store, once=ONCE)


def test_an_error_does_not_revive_an_old_key(store: Store, query: Any) -> None:
    new_session(store, once=ONCE)
    query("UPDATE idempotency_keys SET created_at = 5")
    before = query("SELECT * FROM idempotency_keys")
    with pytest.raises(SessionNotFound):
        append(store, "none", once=OTHER)
    assert query("SELECT * FROM idempotency_keys") == before


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_old_keys_are_swept_in_steps(store: Store, query: Any, limit: int) -> None:
    for number in range(7):
        new_session(store, once=Once("ann", str(number), "f"))
    query("UPDATE idempotency_keys SET created_at = 1000 + CAST(key AS INTEGER)")
    before = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=1005)
    steps = []
    while deleted := store.idempotency.sweep(before, limit):
        steps.append(deleted)
    assert sum(steps) == 5
    assert max(steps) <= limit
    assert query("SELECT key FROM idempotency_keys ORDER BY key") == [("5",), ("6",)]


def stores(store: Store, store_url: str, count: int) -> list[Store]:
    """The store and others on the same database, as with several processes."""
    return [store, *(open_store(store_url) for _ in range(count - 1))]


@pytest.mark.parametrize("round_", range(5))
def test_of_many_with_one_key_one_takes_effect(
    store: Store, store_url: str, query: Any, round_: int
) -> None:
    through = stores(store, store_url, 2)
    made = at_once([functools.partial(new_session, each, once=ONCE) for each in through * 8])
    assert made == [made[0]] * 16
    assert query("SELECT count(*) FROM sessions") == [(1,)]
    through[1].close()


def test_of_many_turns_with_one_key_one_is_started(
    store: Store, store_url: str, query: Any
) -> None:
    session_id = new_session(store).session_id
    through = stores(store, store_url, 2)
    started: list[Started] = at_once(
        [functools.partial(start, each, session_id, once=ONCE) for each in through * 8]
    )
    assert [each.is_new for each in started].count(True) == 1
    assert {each.run.run_id for each in started} == {started[0].run.run_id}
    assert {each.message.seq for each in started} == {0}
    assert store.sessions.get(session_id, viewer="ann").message_count == 1
    through[1].close()


def test_a_second_request_waits_for_the_outcome_of_the_first(
    store: Store, store_url: str, query: Any
) -> None:
    """The first fails while the others wait: then the next one is the first."""
    failures = iter([True, True, True, False])
    database = store._database

    def work(connection: Connection) -> int:
        connection.execute(text("UPDATE profiles SET name = name"))
        if next(failures):
            raise ZeroDivisionError
        return int(
            connection.scalar(
                text(
                    "INSERT INTO agents (agent_id, name, created_by, created_at, updated_at)"
                    " VALUES ('x', 'X', 'ann', 0, 0) RETURNING 7"
                )
            )
            or 0
        )

    def attempt() -> int | None:
        try:
            return database.write(work, once=ONCE, result=int)
        except ZeroDivisionError:
            return None

    results = at_once([attempt] * 8)
    assert results.count(None) == 3
    assert results.count(7) == 5
    assert query("SELECT count(*) FROM agents") == [(1,)]


def test_sweeping_goes_on_beside_requests(store: Store, query: Any) -> None:
    for number in range(40):
        new_session(store, once=Once("ann", str(number), "f"))
    query("UPDATE idempotency_keys SET created_at = 5")

    def use() -> int:
        for number in range(40):
            new_session(store, once=Once("ann", str(number), "f"))
        return 0

    def sweep() -> int:
        deleted = 0
        for _ in range(20):
            deleted += store.idempotency.sweep(datetime.now(UTC) - DAY, 3)
        return deleted

    at_once([use, use, sweep, sweep])
    while store.idempotency.sweep(datetime.now(UTC) - DAY, 3):
        pass
    assert query("SELECT count(*) FROM idempotency_keys") == [(40,)]
    # Each key anew once: by the first of the two that came to it.
    assert query("SELECT count(*) FROM sessions") == [(80,)]
