"""In how many passages of a book each term stands, counted in bounded memory.

A book of words has some ten thousand terms, and one of noise as many as it has characters to make
them of. What is too much to hold is sorted into temporary files, and read again from all at once.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from types import TracebackType
from typing import IO, Final

MOST_HELD: Final = 200_000
"""Terms; they take some 30 MiB."""


class TermCounts:
    """Counts terms. As a context manager it leaves no files behind.

    ``add`` and ``sums`` raise ``OSError`` if there is no room for the files.
    """

    def __init__(self, most_held: int = MOST_HELD) -> None:
        self._most_held: Final = most_held
        self._held: Counter[str] = Counter()
        self._files: Final = contextlib.ExitStack()
        self._runs: Final[list[IO[str]]] = []

    def __enter__(self) -> TermCounts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    def add(self, tokens: Iterable[str]) -> None:
        """Count the tokens of one passage, each once."""
        self._held.update(set(tokens))
        if len(self._held) > self._most_held:
            run = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
            self._files.enter_context(run)
            run.writelines(f"{term} {count}\n" for term, count in sorted(self._held.items()))
            self._runs.append(run)
            self._held.clear()

    def sums(self) -> Iterator[tuple[str, int]]:
        """Each term, in order, with the number of its passages."""
        held = sorted(self._held.items())
        if not self._runs:
            yield from held
            return
        for run in self._runs:
            run.seek(0)
        merged = heapq.merge(*map(_read, self._runs), held)
        for term, same in itertools.groupby(merged, itemgetter(0)):
            yield term, sum(count for _, count in same)


def _read(run: IO[str]) -> Iterator[tuple[str, int]]:
    for line in run:
        term, _, count = line.rpartition(" ")
        yield term, int(count)
