"""The turn engine: starts turns, follows and cancels them, and cleans up after dead servers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

import msgspec

from palaver.chat.context import Context
from palaver.chat.event_log import EventWriter, LiveReader, LiveRun
from palaver.chat.hub import Hub
from palaver.chat.passages import NoPassages, Passages
from palaver.chat.providers import Provider
from palaver.chat.recovery import end_abandoned
from palaver.chat.stored import StoredReader
from palaver.chat.tools import NoTools, Tools
from palaver.chat.turn import StopReason, Turn
from palaver.errors import (
    InvalidEventId,
    PalaverError,
    RunExpired,
    RunNotFound,
    SessionNotFound,
    ShuttingDown,
    TooManyTurns,
    TurnFailed,
)
from palaver.store import MessageRecord, Once, RunRecord, Store
from palaver.workers import Workers

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=20)
LEASE_ROUND_SECONDS: Final = 4.0
SWEEP_SECONDS: Final = 60.0
SWEEP_BATCH: Final = 500
CANCEL_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 7.0
"""What running turns get to end by themselves when the server is to stop."""

STOP_SECONDS: Final = 5.0
MAX_TURNS: Final = 2000
KEYS_KEPT: Final = timedelta(hours=24)

Reader = LiveReader | StoredReader


class Begun(msgspec.Struct, frozen=True):
    """A turn that was started, or found again by its idempotency key."""

    run: RunRecord
    message: MessageRecord
    reader: Reader


class TurnEngine:
    """All turns of this process. Lives on one event loop, between ``start`` and ``stop``.

    ``retention`` is how long the events of a run are kept after its end. ``alone`` says that no
    other process works on the store, so that a run which is not this one's has no living owner.
    ``max_turns`` is how many run at once: they outlive their clients, so connections do not bound
    them.
    """

    def __init__(
        self,
        store: Store,
        workers: Workers,
        provider: Provider,
        *,
        retention: timedelta,
        alone: bool,
        passages: Passages | None = None,
        tools: Tools | None = None,
        max_turns: int = MAX_TURNS,
    ) -> None:
        self._store = store
        self._workers = workers
        self._provider = provider
        self._retention = retention
        self._alone = alone
        self._max_turns = max_turns
        self._passages = passages or NoPassages()
        self._context = Context(store, workers, self._passages)
        self._tools = tools or NoTools()
        self._owner: Final = uuid4().hex
        self._writer = EventWriter(store, workers, self._owner)
        self._hub = Hub(store, self._cancel_own)
        self._turns: dict[str, Turn] = {}
        self._quiet: dict[str, int] = {}
        self._beginning: set[asyncio.Task[Begun]] = set()
        self._chores: list[asyncio.Task[None]] = []
        self._grace_ends: float | None = None

    async def start(self) -> None:
        """Clean up after whoever died, and begin to work."""
        self._writer.start()
        self._hub.start()
        await end_abandoned(self._store, self._workers, self._owner, everything=self._alone)
        self._chores = [
            asyncio.create_task(self._every(LEASE_ROUND_SECONDS, self._keep_leases)),
            # Not after one another: to end the runs of a dead server may take longer than a lease.
            asyncio.create_task(self._every(LEASE_ROUND_SECONDS, self._end_lapsed)),
            asyncio.create_task(self._every(SWEEP_SECONDS, self._sweep)),
        ]

    async def stop(self) -> None:
        """Interrupt the turns that still run when their grace ends, and store what they said.

        Turns whose clients have gone have the same grace as the others.
        """
        self.drain(GRACE_SECONDS)
        if self._beginning:
            await asyncio.wait(self._beginning)
        if tasks := [turn.task for turn in self._turns.values() if turn.task is not None]:
            await asyncio.wait(tasks, timeout=self._grace_left())
            self._stop_all("interrupted")
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for chore in self._chores:
            chore.cancel()
        await self._writer.stop()
        await self._workers.run(self._hub.stop)
        await self._provider.close()

    def drain(self, grace: float) -> None:
        """Begin nothing new; interrupt what still runs after ``grace`` seconds."""
        if self._grace_ends is None:
            loop = asyncio.get_running_loop()
            self._grace_ends = loop.time() + grace
            loop.call_at(self._grace_ends, self._stop_all, "interrupted")

    def _grace_left(self) -> float:
        assert self._grace_ends is not None
        return max(0.0, self._grace_ends - asyncio.get_running_loop().time())

    async def begin(
        self,
        session_id: str,
        message: str,
        *,
        viewer: str | None,
        once: Once | None = None,
        grounded: bool = False,
    ) -> Begun:
        """Store the user's message and start a turn that answers it.

        A ``grounded`` turn answers from books alone, and needs one: NoReadyBooks. With an
        idempotency key that was used for the same request, the first turn instead. Raises
        SessionNotFound, SessionForbidden, SessionBusy, IdempotencyKeyReused, RunExpired (the first
        turn's events are gone), TooManyTurns, ShuttingDown and StoreUnavailable.
        """
        if self._grace_ends is not None:
            raise ShuttingDown("The server is about to stop.")
        if len(self._turns) + len(self._beginning) >= self._max_turns:
            raise TooManyTurns(f"It runs {self._max_turns} turns already.")
        # A client that goes away in this moment must not leave a run behind that nobody runs.
        beginning = asyncio.ensure_future(self._begin(session_id, message, viewer, once, grounded))
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)
        return await asyncio.shield(beginning)

    async def _begin(
        self,
        session_id: str,
        message: str,
        viewer: str | None,
        once: Once | None,
        grounded: bool,
    ) -> Begun:
        started = await self._workers.run(
            self._store.runs.start,
            session_id,
            viewer=viewer,
            content=message,
            owner=self._owner,
            lease_until=_now() + LEASE,
            once=once,
            needs_books=grounded,
        )
        run = started.run
        if not started.is_new:
            self._check_kept(run)
            return Begun(run, started.message, self._reader(run, 0))
        read_stored = partial(self._read_stored, run.session_id, run.run_id)
        live = LiveRun(run.run_id, run.session_id, read_stored)
        turn = Turn(
            live,
            started,
            store=self._store,
            workers=self._workers,
            writer=self._writer,
            provider=self._provider,
            context=self._context,
            tools=self._tools,
            passages=self._passages,
            grounded=grounded,
        )
        self._turns[run.run_id] = turn
        turn.start().add_done_callback(lambda _: self._turns.pop(run.run_id, None))
        if self._grace_ends is not None and not self._grace_left():
            turn.stop("interrupted")
        return Begun(run, started.message, LiveReader(live, 0))

    async def run(self, session_id: str, run_id: str, *, viewer: str | None) -> RunRecord:
        """The state of a run. Raises SessionNotFound, SessionForbidden and RunNotFound."""
        return await self._workers.run(self._store.runs.get, session_id, run_id, viewer=viewer)

    async def answer(self, run: RunRecord) -> MessageRecord:
        """The last message of a run that has ended. Raises SessionNotFound, TurnFailed."""
        found = await self._workers.run(self._store.runs.last_message, run.run_id)
        if found is None:
            raise TurnFailed("It ended without an answer.", run_id=run.run_id)
        return found

    async def follow(
        self, session_id: str, run_id: str, *, after: int, viewer: str | None
    ) -> Reader | None:
        """What reads the run's events with ids above ``after``; ``None`` if there are no more.

        Raises SessionNotFound, SessionForbidden, RunNotFound, RunExpired, and InvalidEventId for an
        id that no event of the run has yet.
        """
        run = await self.run(session_id, run_id, viewer=viewer)
        self._check_kept(run)
        if after > run.last_event_id:
            raise InvalidEventId(f"The last event is {run.last_event_id}.")
        if run.status != "running" and after == run.last_event_id:
            return None
        return self._reader(run, after)

    async def cancel(self, session_id: str, run_id: str, *, viewer: str | None) -> RunRecord:
        """End a run, wherever it runs, and return it once it has ended.

        After ten seconds it is returned as it is. Raises SessionNotFound, SessionForbidden,
        RunNotFound and RunEnded.
        """
        run = await self._workers.run(
            self._store.runs.request_cancel, session_id, run_id, viewer=viewer
        )
        reader = self._reader(run, run.last_event_id)
        self._cancel_own(run_id)
        with contextlib.suppress(TimeoutError), contextlib.closing(reader):
            async with asyncio.timeout(CANCEL_SECONDS):
                while await reader.read(CANCEL_SECONDS) is not None:
                    pass
        return await self.run(session_id, run_id, viewer=viewer)

    def _reader(self, run: RunRecord, after: int) -> Reader:
        turn = self._turns.get(run.run_id)
        if turn is not None:
            return LiveReader(turn.live, after)
        return self._read_stored(run.session_id, run.run_id, after)

    def _read_stored(self, session_id: str, run_id: str, after: int) -> StoredReader:
        return StoredReader(self._store, self._workers, self._hub, session_id, run_id, after)

    def _check_kept(self, run: RunRecord) -> None:
        if run.ended_at is not None and run.ended_at + self._retention < _now():
            raise RunExpired("The messages of the session have what was said.")

    def _cancel_own(self, run_id: str) -> None:
        turn = self._turns.get(run_id)
        if turn is not None:
            turn.stop("cancelled")

    def _stop_all(self, reason: StopReason) -> None:
        for turn in list(self._turns.values()):
            turn.stop(reason)

    async def _keep_leases(self) -> None:
        if self._turns:
            # Only these: a run that was stored without its answer reaching this process has nobody
            # who works on it, and has to end like those of dead servers.
            asked = await self._workers.run(
                self._store.runs.renew,
                self._owner,
                lease_until=_now() + LEASE,
                only=set(self._turns),
            )
            for run_id in asked:
                self._cancel_own(run_id)
        await self._look_after_quiet()

    async def _look_after_quiet(self) -> None:
        """End turns that have said nothing for a round and whose sessions were deleted."""
        said = {run_id: turn.live.next_id for run_id, turn in self._turns.items()}
        quiet = [
            turn.live
            for run_id, turn in self._turns.items()
            if self._quiet.get(run_id) == said[run_id]
        ]
        self._quiet = said
        for live in await self._workers.run(_gone, self._store, quiet):
            live.lose()

    async def _end_lapsed(self) -> None:
        # Its own leases lapse as well, where the process was stopped, or the clock was set.
        is_alive = self._turns.__contains__
        await end_abandoned(
            self._store, self._workers, self._owner, everything=False, is_alive=is_alive
        )

    async def _sweep(self) -> None:
        for sweep, kept in (
            (self._store.runs.expire, self._retention),
            (self._store.idempotency.sweep, KEYS_KEPT),
        ):
            while await self._workers.run(sweep, _now() - kept, limit=SWEEP_BATCH):
                pass

    async def _every(self, seconds: float, chore: Any) -> None:
        while True:
            await asyncio.sleep(seconds)
            await _tolerant(chore())


def _gone(store: Store, runs: Sequence[LiveRun]) -> list[LiveRun]:
    """Those of the runs that are no longer there."""
    gone = []
    for live in runs:
        try:
            store.runs.get(live.session_id, live.run_id, viewer=None)
        except (SessionNotFound, RunNotFound):
            gone.append(live)
    return gone


async def _tolerant(chore: Coroutine[Any, Any, None]) -> None:
    """A chore that fails is tried again in its next round."""
    try:
        await chore
    except PalaverError as error:
        log.warning("a chore of the turn engine has to wait: %r", error.__cause__ or error)
    except Exception:
        log.exception("a chore of the turn engine failed")


def _now() -> datetime:
    return datetime.now(UTC)
