"""The event log while it grows: one writer for all runs, and readers that follow.

An event is durable before anybody reads it, so what a client has seen is never lost, and its
``Last-Event-ID`` means the same on every server. To keep that from costing a commit an event, one
writer takes all that is pending, of all runs, into each transaction: the longer a commit takes, the
more it carries.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from palaver.chat import events
from palaver.chat.stored import StoredReader
from palaver.errors import StoreUnavailable
from palaver.store import (
    BeginMessage,
    DeckEdit,
    FinishMessage,
    Lost,
    RunEnd,
    RunWrite,
    Store,
)
from palaver.workers import Workers

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0)


class RunLost(Exception):
    """The run is no longer this process's: another ended it, or its session was deleted."""


class LiveRun:
    """A run of this process: its durable events, and who waits for more."""

    def __init__(
        self, run_id: str, session_id: str, read_stored: Callable[[int], StoredReader]
    ) -> None:
        """``read_stored`` makes a reader of what the store has after an event."""
        self.run_id: Final = run_id
        self.session_id: Final = session_id
        self.read_stored: Final = read_stored
        self.events: Final[list[bytes]] = []
        self.is_over = False
        """Nothing more will come: the last event is durable, or the run is lost."""
        self.is_lost = False
        """The run is no longer this process's; the store knows what became of it."""
        self.on_lost: Callable[[], None] | None = None
        self.next_id = 1
        self.readers: Final[set[LiveReader]] = set()

    def advance(self, events: Sequence[bytes]) -> None:
        """These are durable now."""
        self.events.extend(events)
        for reader in self.readers:
            reader.wake()

    def finish(self) -> None:
        """Nothing more will come."""
        self.is_over = True
        for reader in self.readers:
            reader.wake()

    def lose(self) -> None:
        """Nothing more will come from here."""
        if not self.is_over:
            self.is_lost = True
            self.finish()
            if self.on_lost is not None:
                self.on_lost()


class LiveReader:
    """Follows a run of this process in memory. An ``EventSource``.

    A run that is lost is followed by its log from then on: a client learns how it ended.
    """

    def __init__(self, run: LiveRun, after: int) -> None:
        self._run = run
        self._position = after
        self._is_closed = False
        self._waiting: asyncio.Future[None] | None = None
        self._stored: StoredReader | None = None
        run.readers.add(self)

    async def read(self, patience: float) -> Sequence[tuple[int, bytes]] | None:
        """The events after the last ones read, when there are any."""
        run = self._run
        if not self._is_closed and len(run.events) <= self._position and not run.is_over:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            timer = loop.call_later(patience, self.wake)
            try:
                await self._waiting
            finally:
                timer.cancel()
                self._waiting = None
        if self._is_closed:
            return None
        first = self._position
        found = run.events[first:]
        if not found and run.is_lost:
            if self._stored is None:
                self._stored = run.read_stored(first)
            return await self._stored.read(patience)
        if not found:
            return None if run.is_over else ()
        self._position += len(found)
        return list(enumerate(found, first + 1))

    def close(self) -> None:
        """Stop following."""
        self._is_closed = True
        self._run.readers.discard(self)
        if self._stored is not None:
            self._stored.close()
        self.wake()

    def wake(self) -> None:
        """Let a waiting ``read`` look again."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


@dataclass(slots=True)
class _Pending:
    """What is to be written of one run."""

    run: LiveRun
    first_id: int
    events: list[bytes] = field(default_factory=list)
    begin: BeginMessage | None = None
    finish: FinishMessage | None = None
    end: RunEnd | None = None
    written: asyncio.Future[int | None] | None = None
    is_settled: bool = False


class EventWriter:
    """Writes the events of all runs of this process, and what happens to messages with them."""

    def __init__(self, store: Store, workers: Workers, owner: str) -> None:
        self._store = store
        self._workers = workers
        self._owner = owner
        self._pending: dict[str, _Pending] = {}
        self._being_written: Sequence[_Pending] = ()
        self._has_ended = False
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._write_all())

    async def stop(self) -> None:
        """End. What is still pending stays unwritten, and its runs are lost."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def put(self, run: LiveRun, *events: bytes) -> None:
        """Add events to a run's log, as soon as may be."""
        self._of(run).events.extend(events)
        run.next_id += len(events)
        self._wanted.set()

    def put_with(
        self,
        run: LiveRun,
        *events: bytes,
        begin: BeginMessage | None = None,
        finish: FinishMessage | None = None,
        end: RunEnd | None = None,
    ) -> asyncio.Future[int | None]:
        """Add events and, in the same transaction, change messages or end the run.

        The future gets the seq of the message that was begun, if one was, once all is durable, or
        ``RunLost``.
        """
        self.put(run, *events)
        pending = self._of(run)
        pending.begin = begin or pending.begin
        pending.finish = finish or pending.finish
        pending.end = end or pending.end
        if pending.written is None:
            pending.written = asyncio.get_running_loop().create_future()
        written = pending.written
        if self._has_ended:
            self._settle(self._pending.pop(run.run_id), Lost.LOST)
        return written

    async def write_edit(self, run: LiveRun, edit: DeckEdit) -> None:
        """Change a deck and tell of it as the run's next event, in one transaction.

        Nothing may be put for the run until this ends. What was put before is durable first. Raises
        ``RunLost``, and what ``DeckTurns.write`` raises; nothing has changed then.
        """
        await self._settled(run)
        tries = 0
        while not self._has_ended:
            try:
                written = await self._workers.run(
                    self._store.deck_turns.write,
                    edit,
                    events.deck_updated,
                    run_id=run.run_id,
                    owner=self._owner,
                    event_id=run.next_id,
                )
            except StoreUnavailable:
                # It may have been committed: nothing can be said until that is known.
                if tries == 0:
                    log.exception("the change of a deck by run %s has to wait", run.run_id)
                await asyncio.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
                continue
            if not isinstance(written, Lost):
                run.next_id += 1
                run.advance([written])
                return
            break
        run.lose()
        raise RunLost

    async def _settled(self, run: LiveRun) -> None:
        """Wait until all is durable that was put for a run. Raises ``RunLost``."""
        pending = self._pending.get(run.run_id)
        for each in self._being_written:
            if pending is None and each.run is run and not each.is_settled:
                pending = each
        if pending is None:
            return
        if pending.written is None:
            pending.written = asyncio.get_running_loop().create_future()
        await pending.written

    def _of(self, run: LiveRun) -> _Pending:
        pending = self._pending.get(run.run_id)
        if pending is None:
            pending = self._pending[run.run_id] = _Pending(run, run.next_id)
        return pending

    async def _write_all(self) -> None:
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                self._being_written, self._pending = list(self._pending.values()), {}
                if self._being_written:
                    await self._write(self._being_written)
                self._being_written = ()
        finally:
            # Nobody may wait for what will not be written any more; else the server could not end.
            self._has_ended = True
            left = [*self._being_written, *self._pending.values()]
            self._pending = {}
            for each in left:
                self._settle(each, Lost.LOST)

    async def _write(self, batch: Sequence[_Pending]) -> None:
        writes = [
            RunWrite(
                each.run.run_id,
                each.run.session_id,
                each.first_id,
                tuple(each.events),
                each.begin,
                each.finish,
                each.end,
            )
            for each in batch
        ]
        tries = 0
        outcomes: Sequence[int | Lost | None]
        while True:
            try:
                outcomes = await self._workers.run(
                    self._store.runs.write, writes, owner=self._owner
                )
                break
            except StoreUnavailable:
                # What was said must not be lost. Meanwhile nobody can start anything new, so this
                # cannot pile up; if it takes too long, another server ends these runs.
                if tries == 0:
                    log.exception("the events of %d runs have to wait", len(batch))
                await asyncio.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
            except Exception:
                # One run's mistake must not end the others. It is ended once its lease has lapsed.
                if len(batch) > 1:
                    for each in batch:
                        await self._write([each])
                    return
                log.exception("the events of run %s cannot be written", batch[0].run.run_id)
                outcomes = [Lost.LOST]
                break
        for each, outcome in zip(batch, outcomes, strict=True):
            self._settle(each, outcome)

    @staticmethod
    def _settle(written: _Pending, outcome: int | Lost | None) -> None:
        written.is_settled = True
        waiting = written.written if written.written and not written.written.done() else None
        if isinstance(outcome, Lost):
            if waiting is not None:
                waiting.set_exception(RunLost())
            written.run.lose()
            return
        written.run.advance(written.events)
        if written.end is not None:
            written.run.finish()
        if waiting is not None:
            waiting.set_result(outcome)
