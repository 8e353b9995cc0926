"""Places to work in: how many, for whom, and who is next."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from palaver.decks.places import Places
from palaver.errors import TooManyExports


class Work:
    """Pieces of work that go on until they are told to end."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.begun: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, user: str | None, name: str) -> None:
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.ensure_future(self._do(user, name))
        await self.settle()

    async def _do(self, user: str | None, name: str) -> None:
        async with self._places.place(user):
            self.begun.append(name)
            await self._ends[name].wait()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self._tasks[name]
        await self.settle()

    async def cancel(self, *names: str) -> None:
        for name in names:
            self._tasks[name].cancel()
        for name in names:
            with contextlib.suppress(asyncio.CancelledError):
                await self._tasks[name]
        await self.settle()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


def test_each_user_in_turn() -> None:
    async def run() -> list[str]:
        work = Work(Places(at_once=1, waiting=9, share=5))
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            await work.start(name[0], name)
        for name in ("a1", "a2", "b1", "c1", "a3"):
            await work.end(name)
        return work.begun

    assert asyncio.run(run()) == ["a1", "a2", "b1", "c1", "a3", "b2"]


def test_nobody_has_more_than_a_share_and_all_together_no_more_than_there_are() -> None:
    async def run() -> None:
        places = Places(at_once=2, waiting=2, share=3)
        work = Work(places)
        for name in ("a1", "a2", "a3"):
            await work.start("a", name)
        with pytest.raises(TooManyExports, match="for you"):
            async with places.place("a"):
                pass
        await work.start(None, "b1")
        with pytest.raises(TooManyExports, match="as it can"):
            async with places.place("c"):
                pass
        await work.end("a1")
        await work.start("c", "c1")
        assert work.begun == ["a1", "a2", "a3"]

    asyncio.run(run())


def test_who_goes_leaves_the_place_to_others() -> None:
    async def run() -> list[str]:
        work = Work(Places(at_once=1, waiting=3, share=4))
        for name in ("a1", "a2", "a3", "b1"):
            await work.start(name[0], name)
        # Both who wait and who works, in one go: the place that one has just got goes on.
        await work.cancel("a1", "a2")
        assert work.begun == ["a1", "b1"]
        await work.cancel("a3")
        for name in ("c1", "c2"):
            await work.start("c", name)
        await work.cancel("b1")
        return work.begun

    assert asyncio.run(run()) == ["a1", "b1", "c1"]


def test_work_that_fails_gives_its_place_back() -> None:
    async def run() -> None:
        places = Places(at_once=1, waiting=0, share=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with places.place("a"):
                    raise ZeroDivisionError

    asyncio.run(run())
