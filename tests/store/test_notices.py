"""Notices between the processes on one PostgreSQL server."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from palaver.store import Listener, Store, open_store
from palaver.store.notices import PAYLOAD_BYTES, payloads
from tests.store.turns import COMPLETED, begin, new_session, put, running, write

Notice = tuple[str, list[str]]

ALL: Notice = ("all", [])
LISTENERS = "FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = current_database()"


class Heard:
    """What a listener has heard, to be waited for."""

    def __init__(self) -> None:
        self.notices: queue.Queue[Notice] = queue.Queue()
        self.fails = False

    def __call__(self, kind: str, run_ids: Sequence[str]) -> None:
        """Take a notice."""
        self.notices.put((kind, list(run_ids)))
        if self.fails:
            raise ZeroDivisionError

    def next(self) -> Notice:
        """The next notice, as soon as it comes."""
        return self.notices.get(timeout=30)


@pytest.fixture
def heard() -> Heard:
    """What ``listener`` hears."""
    return Heard()


@pytest.fixture
def running_before() -> set[threading.Thread]:
    """The threads of other tests' servers, which listen as well."""
    return set(threading.enumerate())


@pytest.fixture
def listener(
    store: Store, heard: Heard, running_before: set[threading.Thread]
) -> Iterator[Listener]:
    """A listener of the store, once it listens."""
    listener = store.notices.listen(heard)
    assert listener is not None
    assert heard.next() == ALL
    yield listener
    listener.close()


@pytest.fixture
def other(store_url: str) -> Iterator[Store]:
    """Another process's store on the same database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


def threads(running_before: set[threading.Thread]) -> list[str]:
    new = set(threading.enumerate()) - running_before
    return [each.name for each in new if each.name == "palaver-notices"]


@pytest.mark.only_store("sqlite")
def test_an_embedded_store_has_nobody_to_listen_to(
    store: Store, running_before: set[threading.Thread]
) -> None:
    assert store.notices.listen(Heard()) is None
    assert threads(running_before) == []


@pytest.mark.only_store("postgres")
def test_others_hear_of_events_and_cancellations(
    listener: Listener, heard: Heard, store: Store, other: Store
) -> None:
    runs = [running(other) for _ in range(3)]
    put(other, *(write(run, 1, 2, begin=begin()) for run in runs))
    kind, run_ids = heard.next()
    assert (kind, sorted(run_ids)) == ("e", sorted(run.run_id for run in runs))
    other.runs.request_cancel(runs[0].session_id, runs[0].run_id, viewer="ann")
    assert heard.next() == ("x", [runs[0].run_id])
    put(other, write(runs[1], 3, end=COMPLETED))
    assert heard.next() == ("e", [runs[1].run_id])
    # And of what is done by the store itself.
    put(store, write(runs[2], 3))
    assert heard.next() == ("e", [runs[2].run_id])


@pytest.mark.only_store("postgres")
def test_nobody_hears_of_what_is_not_so(
    listener: Listener, heard: Heard, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, lost, last = running(other), running(other), running(other)
    assert put(other, write(run, 5), owner="p") != [None]

    def fail(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("palaver.store.run_writes._end", fail)
        with pytest.raises(ZeroDivisionError):
            put(other, write(lost, 1))
    put(other, write(lost, 2), write(last, 1))
    # The first notice is the last's, so there was none before.
    assert heard.next() == ("e", [last.run_id])
    assert heard.notices.empty()


@pytest.mark.only_store("postgres")
def test_events_are_there_when_one_hears_of_them(
    store: Store, other: Store, store_url: str
) -> None:
    """Whoever looks because of a notice finds what it told of."""
    run = running(other)
    seen: queue.Queue[int] = queue.Queue()

    def look(kind: str, _: Sequence[str]) -> None:
        if kind == "e":
            seen.put(len(store.runs.events(run.run_id, after=0, limit=1000)))
        else:
            seen.put(-1)

    listener = store.notices.listen(look)
    assert listener is not None
    assert seen.get(timeout=30) == -1
    for number in range(1, 31):
        put(other, write(run, number))
        assert seen.get(timeout=30) >= number
    listener.close()


@pytest.mark.only_store("postgres")
def test_a_great_many_runs_are_told_of(listener: Listener, heard: Heard, other: Store) -> None:
    runs = [running(other) for _ in range(450)]
    put(other, *(write(run, 1) for run in runs))
    notices = [heard.next() for _ in range(3)]
    told = [run_id for _, run_ids in notices for run_id in run_ids]
    assert sorted(told) == sorted(run.run_id for run in runs)
    assert heard.notices.empty()


@pytest.mark.only_store("postgres")
def test_a_lost_connection_is_made_again(
    listener: Listener, heard: Heard, other: Store, query: Any
) -> None:
    run = running(other)
    for number in range(1, 4):
        assert query(f"SELECT count(pg_terminate_backend(pid)) {LISTENERS}") == [(1,)]
        # What was said meanwhile may be missed, so one is told to look at everything.
        assert heard.next() == ALL
        put(other, write(run, number))
        assert heard.next() == ("e", [run.run_id])


@pytest.mark.only_store("postgres")
def test_a_server_that_cannot_be_reached_is_tried_again(
    store: Store, heard: Heard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = store._database
    connect = database.connect_apart
    failures = iter([psycopg.OperationalError("secret"), OSError("secret")])

    def attempt() -> psycopg.Connection:
        for failure in failures:
            raise failure
        return connect()

    monkeypatch.setattr(database, "connect_apart", attempt)
    with caplog.at_level(logging.WARNING, "palaver.store"):
        listener = store.notices.listen(heard)
        assert heard.next() == ALL
    assert listener is not None
    listener.close()
    assert [each.levelname for each in caplog.records] == ["WARNING"] * 2
    assert "secret" not in caplog.text


@pytest.mark.only_store("postgres")
def test_a_notice_that_is_not_taken_does_not_end_the_listening(
    listener: Listener, heard: Heard, other: Store, caplog: pytest.LogCaptureFixture
) -> None:
    heard.fails = True
    run = running(other)
    for number in range(1, 4):
        put(other, write(run, number))
        assert heard.next() == ("e", [run.run_id])
    listener.close()
    assert [each.levelname for each in caplog.records] == ["ERROR"] * 3


@pytest.mark.only_store("postgres")
def test_closing_ends_it(
    listener: Listener,
    heard: Heard,
    other: Store,
    query: Any,
    monkeypatch: pytest.MonkeyPatch,
    running_before: set[threading.Thread],
) -> None:
    assert threads(running_before) == ["palaver-notices"]
    listener.close()
    listener.close()
    assert threads(running_before) == []
    put(other, write(running(other), 1))
    assert heard.notices.empty()

    # Also while there is nothing but failure.
    failed = threading.Event()

    def fail() -> psycopg.Connection:
        failed.set()
        raise psycopg.OperationalError

    monkeypatch.setattr("palaver.store.notices.FIRST_DELAY", 1000)
    monkeypatch.setattr(other._database, "connect_apart", fail)
    second = other.notices.listen(heard)
    assert second is not None
    assert failed.wait(30)
    second.close()
    assert threads(running_before) == []
    assert heard.notices.empty()


@pytest.mark.only_store("postgres")
def test_a_listener_takes_no_connection_from_the_pool(store_url: str, heard: Heard) -> None:
    opened = open_store(store_url, pool_size=1)
    listeners = [opened.notices.listen(heard) for _ in range(3)]
    assert [heard.next() for _ in listeners] == [ALL] * 3
    assert new_session(opened).message_count == 0
    for listener in listeners:
        assert listener is not None
        listener.close()
    opened.close()


@pytest.mark.parametrize("count", [0, 1, 2, 213, 214, 215, 1000])
def test_payloads_are_as_few_as_the_server_takes(count: int) -> None:
    run_ids = [f"{number:036}" for number in range(count)]
    found = list(payloads("e", run_ids))
    assert [each.partition(" ")[0] for each in found] == ["e"] * len(found)
    told = [run_id for each in found for run_id in each.partition(" ")[2].split(",")]
    assert told == run_ids
    assert all(len(each.encode()) <= PAYLOAD_BYTES for each in found)
    assert len(found) == -(-count // 213)
