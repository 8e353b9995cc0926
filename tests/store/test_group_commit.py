"""The queue of the group commit, apart from any database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from palaver.errors import StoreUnavailable
from palaver.store.group_commit import BATCH_LIMIT, CannotBegin, CommitQueue, Unit

Commit = Callable[[Sequence[Unit]], None]


class Stage:
    """A commit function that stops in its first batch until it is told to go on."""

    def __init__(self, then: Commit) -> None:
        self.then = then
        self.batches: list[int] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, batch: Sequence[Unit]) -> None:
        self.batches.append(len(batch))
        if len(self.batches) == 1:
            self.entered.set()
            self.go_on.wait()
        self.then(batch)


def run_all(batch: Sequence[Unit]) -> None:
    for unit in batch:
        unit.result = unit.work(None)


def crowd(
    stage: Stage, queue: CommitQueue, size: int, pool: ThreadPoolExecutor
) -> list[Future[int]]:
    """One submission that is being committed, and ``size`` that wait for it."""
    first = pool.submit(queue.submit, lambda _: -1)
    stage.entered.wait()
    rest = [pool.submit(queue.submit, lambda _, number=number: number) for number in range(size)]
    while len(queue._waiting) < size:
        threading.Event().wait(0)
    return [first, *rest]


def test_a_lone_writer_commits_in_its_own_thread() -> None:
    threads: list[int] = []

    def commit(batch: Sequence[Unit]) -> None:
        threads.append(threading.get_ident())
        run_all(batch)

    queue = CommitQueue(commit, patience=60)
    assert [queue.submit(lambda _, number=number: number) for number in range(3)] == [0, 1, 2]  # type: ignore[misc]
    assert threads == [threading.get_ident()] * 3


def test_those_who_waited_share_one_commit() -> None:
    stage = Stage(run_all)
    queue = CommitQueue(stage, patience=60)
    with ThreadPoolExecutor(11) as pool:
        waiting = crowd(stage, queue, 10, pool)
        stage.go_on.set()
        assert [each.result() for each in waiting] == [-1, *range(10)]
    assert stage.batches == [1, 10]
    assert queue.submit(lambda _: "after") == "after"


def test_a_batch_is_bounded() -> None:
    stage = Stage(run_all)
    queue = CommitQueue(stage, patience=60)
    size = BATCH_LIMIT + 5
    with ThreadPoolExecutor(size + 1) as pool:
        waiting = crowd(stage, queue, size, pool)
        stage.go_on.set()
        assert [each.result() for each in waiting] == [-1, *range(size)]
    assert stage.batches == [1, BATCH_LIMIT, 5]


def test_an_error_reaches_only_its_own_caller() -> None:
    def commit(batch: Sequence[Unit]) -> None:
        for unit in batch:
            try:
                unit.result = unit.work(None)
            except ZeroDivisionError as error:
                unit.error = error

    queue = CommitQueue(commit, patience=60)
    with pytest.raises(ZeroDivisionError):
        queue.submit(lambda _: 1 // 0)
    assert queue.submit(lambda _: 1) == 1


def test_a_commit_that_raises_fails_its_batch_and_no_other() -> None:
    calls: list[int] = []

    def commit(batch: Sequence[Unit]) -> None:
        calls.append(len(batch))
        if len(calls) == 2:
            raise KeyboardInterrupt
        run_all(batch)

    stage = Stage(commit)
    queue = CommitQueue(stage, patience=60)
    with ThreadPoolExecutor(4) as pool:
        waiting = crowd(stage, queue, 3, pool)
        stage.go_on.set()
        errors = [type(each.exception()) for each in waiting]
    assert sorted(each.__name__ for each in errors) == [
        "KeyboardInterrupt",
        "NoneType",
        "StoreUnavailable",
        "StoreUnavailable",
    ]
    assert queue.submit(lambda _: "after") == "after"


def test_patience_ends_for_those_whose_turn_does_not_come() -> None:
    stage = Stage(run_all)
    queue = CommitQueue(stage, patience=0.05)
    done: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(queue.submit, lambda _: done.append("first"))
        stage.entered.wait()
        with pytest.raises(StoreUnavailable, match="busy"):
            queue.submit(lambda _: done.append("late"))
        stage.go_on.set()
        first.result()
    queue.submit(lambda _: done.append("after"))
    assert done == ["first", "after"]


def test_those_who_wait_behind_a_transaction_that_cannot_begin_fail_with_it() -> None:
    reason = OSError("locked")

    def commit(batch: Sequence[Unit]) -> None:
        raise CannotBegin from reason

    stage = Stage(commit)
    queue = CommitQueue(stage, patience=60)
    size = BATCH_LIMIT + 5
    with ThreadPoolExecutor(size + 1) as pool:
        waiting = crowd(stage, queue, size, pool)
        stage.go_on.set()
        errors = [each.exception() for each in waiting]
    assert stage.batches == [1]
    assert {type(each) for each in errors} == {StoreUnavailable}
    assert {each.__cause__ for each in errors if each} == {reason}
    assert len({id(each) for each in errors}) == size + 1, "threads must not share an exception"
    stage.then = run_all
    assert queue.submit(lambda _: "after") == "after"


def test_patience_counts_from_the_submission() -> None:
    """A unit that waited for its turn hands on, when that comes, only what is left of its time."""
    deadlines: list[float] = []

    def commit(batch: Sequence[Unit]) -> None:
        deadlines.extend(unit.deadline for unit in batch)
        run_all(batch)

    stage = Stage(commit)
    queue = CommitQueue(stage, patience=60)
    begin = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        waiting = crowd(stage, queue, 3, pool)
        submitted = time.monotonic()
        stage.go_on.set()
        for each in waiting:
            each.result()
    assert all(begin + 60 <= each <= submitted + 60 for each in deadlines)
    assert deadlines == sorted(deadlines), "the oldest leads"
