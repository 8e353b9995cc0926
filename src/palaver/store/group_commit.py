"""Group commit: concurrent writers of one embedded database share one transaction and one fsync.

A writer hands in a unit of work. When nobody is committing, its own thread becomes the leader and
runs it at once: a lone writer pays no hop to another thread. Those that come while a leader is
committing wait; then the first of them leads, with the others as its batch. So the longer a commit
takes, the more writers share the next one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from palaver.errors import StoreUnavailable

T = TypeVar("T")

BATCH_LIMIT: Final = 64


class CannotBegin(Exception):
    """No transaction can be begun, because another process holds the lock or the file is gone.

    What goes for one unit then goes for all that wait behind it.
    """


class Unit:
    """A unit of work: ``work`` gets the connection; afterwards ``result`` or ``error`` is set.

    ``deadline`` is the moment, by the monotonic clock, until which its work should have begun.
    """

    __slots__ = ("deadline", "error", "gate", "leads", "result", "work")

    def __init__(self, work: Callable[[Any], Any], deadline: float) -> None:
        self.work = work
        self.deadline = deadline
        self.result: Any = None
        self.error: BaseException | None = None
        # Held while the unit waits for its turn to lead or to be done; a leader never makes one.
        self.gate: threading.Lock | None = None
        self.leads = False


class CommitQueue:
    """Collects units of work into batches for ``commit``, which only one thread runs at a time.

    ``commit`` gets one unit or more, the oldest first, and sets the result or the error of each.
    When it raises CannotBegin, the batch and all that wait get StoreUnavailable at once; were they
    to try one after another, their waits would add up. What else it raises is raised by the leader,
    and the rest of the batch gets StoreUnavailable.
    """

    def __init__(self, commit: Callable[[Sequence[Unit]], None], *, patience: float) -> None:
        self._commit = commit
        self._patience = patience
        self._mutex = threading.Lock()
        self._waiting: deque[Unit] = deque()
        self._led = False

    def submit(self, work: Callable[[Any], T]) -> T:
        """Run ``work`` in a transaction and return its result once that is durable.

        Raises what ``work`` raises, and StoreUnavailable if the work does not begin within the
        queue's patience (in seconds, from now) or its transaction is lost.
        """
        unit = Unit(work, time.monotonic() + self._patience)
        with self._mutex:
            if self._led:
                unit.gate = threading.Lock()
                unit.gate.acquire()
                self._waiting.append(unit)
            else:
                self._led = unit.leads = True
        if unit.gate is not None:
            self._wait(unit, unit.gate)
        if unit.leads:
            self._lead(unit)
        if unit.error is not None:
            raise unit.error
        result: T = unit.result
        return result

    def _wait(self, unit: Unit, gate: threading.Lock) -> None:
        try:
            if gate.acquire(timeout=max(0.0, unit.deadline - time.monotonic())):
                return
            with self._mutex:
                if unit in self._waiting:
                    self._waiting.remove(unit)
                    raise StoreUnavailable("The database is too busy.")
            # Somebody has taken it into a batch: whether it was stored is known only afterwards.
            gate.acquire()
        except BaseException:
            # An interrupted waiter must not stay in the queue, let alone as its absent leader.
            with self._mutex:
                if unit in self._waiting:
                    self._waiting.remove(unit)
                successor = self._succeed() if unit.leads else None
            _open(successor)
            raise

    def _lead(self, unit: Unit) -> None:
        batch = [unit]
        with self._mutex:
            while self._waiting and len(batch) < BATCH_LIMIT:
                batch.append(self._waiting.popleft())
        try:
            self._commit(batch)
        except CannotBegin as error:
            with self._mutex:
                batch.extend(self._waiting)
                self._waiting.clear()
            for each in batch:
                each.error = unavailable(error.__cause__)
        except BaseException:
            for follower in batch[1:]:
                follower.error = unavailable(None)
            raise
        finally:
            with self._mutex:
                successor = self._succeed()
            # The next leader first: its commit may start while the others still wake up.
            _open(successor)
            for follower in batch[1:]:
                _open(follower)

    def _succeed(self) -> Unit | None:
        """Under the mutex: hand the lead to the first in the queue, or end it."""
        if not self._waiting:
            self._led = False
            return None
        successor = self._waiting.popleft()
        successor.leads = True
        return successor


def unavailable(cause: BaseException | None) -> StoreUnavailable:
    """The error for callers: what happened is its cause, for the log, and not in its words."""
    error = StoreUnavailable("The database cannot be used right now.")
    error.__cause__ = cause
    return error


def _open(unit: Unit | None) -> None:
    if unit is not None and unit.gate is not None:
        unit.gate.release()
