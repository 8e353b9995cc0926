"""Drifts of the store: what is written is undone, or is stored as something else."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import event

from gate.mutants.operators import StoredValue

_INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]*)\) VALUES", re.IGNORECASE)
_UPDATE = re.compile(r"UPDATE (\w+) SET (.*?) WHERE", re.IGNORECASE | re.DOTALL)
_ASSIGNED = re.compile(r"(\w+)\s*=\s*(\?|[^,]*)")


class _Undone(Exception):
    """Carries a result out of a transaction that is rolled back because of it."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class Tampering:
    """Sits between the store and its database; idle unless told otherwise."""

    def __init__(self, database: Any) -> None:
        self._write: Callable[..., Any] = database.write
        self._undo = False
        self._change: StoredValue | None = None
        database.write = self._maybe_undone
        event.listen(database.engine, "before_cursor_execute", self._before, retval=True)

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Writes meanwhile answer as ever and leave nothing behind."""
        self._undo = True
        try:
            yield
        finally:
            self._undo = False

    @contextlib.contextmanager
    def storing(self, change: StoredValue) -> Iterator[None]:
        """Writes meanwhile store other values."""
        self._change = change
        try:
            yield
        finally:
            self._change = None

    def _maybe_undone(self, work: Callable[[Any], Any], **options: Any) -> Any:
        # Work that is done once under a key comes here a second time, as it is to be done.
        if not self._undo or options.get("once") is not None:
            return self._write(work, **options)

        def undone(connection: Any) -> Any:
            raise _Undone(work(connection))

        try:
            return self._write(undone)
        except _Undone as carrier:
            return carrier.result

    def _before(
        self,
        _connection: Any,
        _cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        many: bool,
    ) -> tuple[str, Any]:
        if self._change is not None and not many and isinstance(parameters, tuple):
            found = columns(statement)
            if found is not None:
                table, names = found
                changed = [
                    self._change(table, name, value)
                    for name, value in zip(names, parameters, strict=False)
                ]
                parameters = (*changed, *parameters[len(changed) :])
        return statement, parameters


def columns(statement: str) -> tuple[str, list[str]] | None:
    """The table that a statement writes to, and the column of each of its first parameters."""
    found = _INSERT.match(statement)
    if found is not None:
        return found.group(1), [name.strip(' "') for name in found.group(2).split(",")]
    found = _UPDATE.match(statement)
    if found is None:
        return None
    names: list[str] = []
    for name, value in _ASSIGNED.findall(found.group(2)):
        names += [name] * value.count("?")
    return found.group(1), names
