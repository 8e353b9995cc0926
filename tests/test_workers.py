"""Worker threads: what a call's future gets, and when threads begin and end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from palaver.workers import Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Two threads at most."""
    made = Workers(2)
    yield made
    made.close()


def _fail(error: BaseException) -> None:
    raise error


def test_a_call_gives_its_result_from_another_thread(workers: Workers) -> None:
    async def call() -> tuple[int, str]:
        return await workers.run(threading.get_ident), await workers.run("{a}".format, a=1)

    thread, text = asyncio.run(call())
    assert thread != threading.get_ident()
    assert text == "1"


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_an_error_is_raised_where_the_call_came_from(
    workers: Workers, error: BaseException
) -> None:
    async def call() -> BaseException | None:
        # Awaiting an interrupt would end the loop itself, so the future is looked at from aside.
        future = workers.run(_fail, error)
        await asyncio.wait([future])
        assert await workers.run(int) == 0
        return future.exception()

    assert asyncio.run(call()) is error


def test_stop_iteration_does_not_leave_the_caller_waiting(workers: Workers) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(_call(workers))


async def _call(workers: Workers) -> None:
    empty: Iterator[int] = iter(())
    await asyncio.wait_for(workers.run(next, empty), 5)


def test_no_more_calls_run_at_once_than_the_limit(workers: Workers) -> None:
    mutex, running, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal running, most
        with mutex:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with mutex:
            running -= 1

    async def calls() -> None:
        await asyncio.gather(*(workers.run(work) for _ in range(10)))

    asyncio.run(calls())
    assert most == 2


def test_threads_start_only_as_they_are_needed() -> None:
    async def calls(workers: Workers) -> set[int]:
        return {await workers.run(threading.get_ident) for _ in range(20)}

    workers = Workers(8)
    assert len(asyncio.run(calls(workers))) == 1
    workers.close()


def test_a_call_that_is_cancelled_before_its_turn_is_not_made() -> None:
    workers, gate = Workers(1), threading.Event()
    made: list[str] = []

    async def calls() -> None:
        first = workers.run(gate.wait, 5)
        second = workers.run(made.append, "second")
        second.cancel()
        gate.set()
        assert await first
        await workers.run(made.append, "third")

    asyncio.run(calls())
    workers.close()
    assert made == ["third"]


def test_a_running_call_whose_caller_has_gone_harms_nothing(workers: Workers) -> None:
    gate = threading.Event()

    async def calls() -> int:
        task = asyncio.ensure_future(workers.run(gate.wait, 5))
        await asyncio.sleep(0.01)
        task.cancel()
        gate.set()
        return await workers.run(int, "7")

    assert asyncio.run(calls()) == 7


def test_a_loop_that_has_gone_harms_nothing(workers: Workers) -> None:
    gate = threading.Event()

    async def start() -> None:
        workers.run(gate.wait, 5)
        workers.run(gate.wait, 5)
        await asyncio.sleep(0)

    async def call() -> int:
        return await asyncio.wait_for(workers.run(int, "7"), 5)

    asyncio.run(start())
    gate.set()
    assert asyncio.run(call()) == 7


def test_close_waits_for_what_was_queued() -> None:
    workers = Workers(1)
    made: list[int] = []

    async def calls() -> None:
        workers.run(time.sleep, 0.02)
        workers.run(made.append, 1)
        workers.close()

    asyncio.run(calls())
    assert made == [1]
