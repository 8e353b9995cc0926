"""Worker threads for what blocks: plain handlers, and the parsing of large bodies.

``run_in_executor`` chains two futures for each call, which takes longer than a page of history does
in SQLite. Here a thread resolves the event loop's own future.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_Call = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class Workers:
    """Up to ``limit`` threads, started as they are needed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        # Queued and running calls. Only the event loop counts, so there is nothing to lock.
        self._open = 0

    def run(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        """Call a function on a thread; the future of the running loop gets what comes of it.

        A call whose future is cancelled before its turn is not made.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._open += 1
        if len(self._threads) < min(self._open, self._limit):
            self._start()
        self._calls.put((loop, future, functools.partial(function, *args, **kwargs)))
        return future

    def close(self) -> None:
        """Wait for the queued and running calls, and end the threads."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start(self) -> None:
        name = f"handler-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            self._make(*call)
            del call

    def _make(
        self,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[Any],
        function: Callable[[], Any],
    ) -> None:
        result: Any = None
        error: BaseException | None = None
        if not future.cancelled():
            try:
                result = function()
            except StopIteration as stop:
                # A future refuses it, and its waiter would wait for ever.
                error = RuntimeError("a call raised StopIteration")
                error.__cause__ = stop
            except BaseException as raised:  # noqa: BLE001 - it is raised where the call came from
                error = raised
        # The loop may be gone, and with it everybody who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._settle, future, result, error)
        # The error's traceback holds this frame: without this line, a cycle.
        del error

    def _settle(
        self, future: asyncio.Future[Any], result: Any, error: BaseException | None
    ) -> None:
        self._open -= 1
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
