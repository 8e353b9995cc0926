"""Who is next: a few work at a time, some wait, and each user in turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator

from palaver.errors import TooManyExports

User = str | None


class Places:
    """``at_once`` places to work in and ``waiting`` before them, of which one user may have
    ``share`` together. Used from one event loop."""

    def __init__(self, *, at_once: int, waiting: int, share: int) -> None:
        self._at_once = at_once
        self._all = at_once + waiting
        self._share = share
        self._held: Counter[User] = Counter()
        self._working = 0
        # The first of these users is the next.
        self._queues: dict[User, deque[asyncio.Future[None]]] = {}

    @contextlib.asynccontextmanager
    async def place(self, user: User) -> AsyncIterator[None]:
        """Wait for a place to work in, and give it back at the end. Raises TooManyExports."""
        if self._held.total() >= self._all:
            raise TooManyExports("The server makes as many files as it can.")
        if self._held[user] >= self._share:
            raise TooManyExports(f"{self._share} files are being made for you.")
        self._held[user] += 1
        try:
            await self._turn(user)
            try:
                yield
            finally:
                self._leave()
        finally:
            self._held -= Counter([user])

    async def _turn(self, user: User) -> None:
        if self._working < self._at_once:
            self._working += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(user, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._forget(user, turn)
            else:
                # The place had come just then.
                self._leave()
            raise

    def _forget(self, user: User, turn: asyncio.Future[None]) -> None:
        queue = self._queues.get(user, deque())
        if turn in queue:
            queue.remove(turn)
            if not queue:
                del self._queues[user]

    def _leave(self) -> None:
        self._working -= 1
        while self._queues and self._working < self._at_once:
            user = next(iter(self._queues))
            queue = self._queues.pop(user)
            turn = queue.popleft()
            if queue:
                self._queues[user] = queue
            if not turn.done():
                self._working += 1
                turn.set_result(None)
