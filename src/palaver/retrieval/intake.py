"""One book from its file into the store: pages, passages, tokens, in ranges of pages.

Each range is one short transaction that may be repeated, so an ingestion that broke off is taken up
behind the last range that is known to be in.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from palaver.retrieval.cutting import Cut, Cutter, Text
from palaver.retrieval.extract import (
    About,
    Extracted,
    ExtractionFailed,
    Format,
    Limits,
    extract,
)
from palaver.store import Claim, NewPassage, Store, TermCounts

MEDIA_TYPES: Final = {
    Format.PDF: "application/pdf",
    Format.EPUB: "application/epub+zip",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.MARKDOWN: "text/markdown",
    Format.TEXT: "text/plain",
}


class EmbedPassages(Protocol):
    """An embedding model: a packed vector for each text, or None where it has none to give.

    Blocks. Raises ``Stopped`` soon after ``stop`` says so.
    """

    def __call__(
        self, texts: Sequence[str], /, *, stop: Callable[[], bool]
    ) -> Sequence[bytes | None]: ...


class Pace(msgspec.Struct, frozen=True):
    """How much is stored in one transaction: what comes first."""

    pages: int = 50
    characters: int = 100_000


LONGEST_PAGE: Final = 4_000_000
"""Characters. A page is stored in one transaction, and held in memory for it."""


class _Range(NamedTuple):
    last_page: int
    texts: list[Text]
    percent: int


def take_in(
    store: Store,
    path: Path,
    claim: Claim,
    *,
    stop: Callable[[], bool],
    report: Callable[[int], None],
    limits: Limits | None = None,
    pace: Pace | None = None,
    embed: EmbedPassages | None = None,
) -> None:
    """Bring a book in and make it READY; ``report`` gets the page up to which all is in.

    Passages that ``embed`` gives no vector for are found by their words alone.

    Raises ``Stopped`` soon after ``stop`` says so, ``ExtractionFailed``, BookNotFound if the book
    is no longer PROCESSING, StoreUnavailable, and ``OSError`` for the file.
    """
    intake = _Intake(store, path, claim, stop, report, limits, pace or Pace(), embed)
    try:
        intake.run(claim.pages_done)
    except _Miscounted:
        # Another version began it, which cut the pages in another way.
        intake.run(0)


class _Miscounted(Exception):
    """What is stored from before is not what it should be."""


class _Intake:
    def __init__(
        self,
        store: Store,
        path: Path,
        claim: Claim,
        stop: Callable[[], bool],
        report: Callable[[int], None],
        limits: Limits | None,
        pace: Pace,
        embed: EmbedPassages | None,
    ) -> None:
        self._store = store
        self._path = path
        self._claim = claim
        self._stop = stop
        self._report = report
        self._limits = limits
        self._pace = pace
        self._embed = embed

    def run(self, pages_done: int) -> None:
        with TermCounts() as terms:
            self._run(pages_done, terms)

    def _run(self, pages_done: int, terms: TermCounts) -> None:
        book_id = self._claim.book_id
        self._report(pages_done)
        last_page, count = 0, 0
        for each, cuts in self._cut(pages_done):
            first_page, last_page = max(last_page, pages_done) + 1, each.last_page
            count += len(cuts)
            if last_page < first_page:
                continue
            passages = self._passages([cut for cut in cuts if cut.page >= first_page])
            self._store.passages.put(
                book_id,
                first_page=first_page,
                last_page=last_page,
                passages=passages,
                percent=each.percent,
            )
            self._report(last_page)
            if not pages_done:
                # While the next are read and cut, so that this need not wait for the end.
                for passage in passages:
                    terms.add(passage.tokens)
        try:
            self._store.passages.publish(
                book_id,
                page_count=last_page,
                passage_count=count,
                terms=None if pages_done else terms,
            )
        except ValueError:
            if not pages_done:
                raise
            raise _Miscounted from None

    def _passages(self, cuts: list[Cut]) -> list[NewPassage]:
        vectors: Sequence[bytes | None] = [None] * len(cuts)
        if self._embed is not None:
            vectors = self._embed([cut.text for cut in cuts], stop=self._stop)
        return [
            NewPassage(cut.page, cut.text, cut.tokens.split(), vector)
            for cut, vector in zip(cuts, vectors, strict=True)
        ]

    def _cut(self, pages_done: int) -> Iterator[tuple[_Range, list[Cut]]]:
        """The ranges with their passages; the next is read and cut while one is stored."""
        with Cutter(self._stop) as cutter, contextlib.closing(self._ranges(pages_done)) as ranges:
            before: _Range | None = None
            for each in ranges:
                cuts = cutter.receive() if before else []
                cutter.send(each.texts)
                if before:
                    yield before, cuts
                before = each
            if before:
                yield before, cutter.receive()

    def _ranges(self, pages_done: int) -> Generator[_Range]:
        """The pages in ranges; of those that are in, no tokens are wanted."""
        texts: list[Text] = []
        characters = pages = last = percent = 0
        read = extract(self._path, self._claim.file_name, limits=self._limits, stop=self._stop)
        with contextlib.closing(read):
            for number, parts in itertools.groupby(
                self._described(read), attrgetter("page.number")
            ):
                for part, done in _bounded(parts):
                    percent = done
                    characters += len(part)
                    texts.append(Text(number, part, number > pages_done))
                pages += 1
                last = number
                if pages >= self._pace.pages or characters >= self._pace.characters:
                    yield _Range(last, texts, percent)
                    texts = []
                    characters = pages = 0
        if pages:
            yield _Range(last, texts, percent)

    def _described(self, read: Iterator[Extracted]) -> Iterator[Extracted]:
        """The same, and the book gets to know what it is, once."""
        about: About | None = None
        for each in read:
            if about is None:
                about = each.about
                self._store.ingestions.describe(
                    self._claim.book_id,
                    format=about.format,
                    media_type=MEDIA_TYPES[about.format],
                    author=about.author,
                )
            yield each


def _bounded(parts: Iterator[Extracted]) -> Iterator[tuple[str, int]]:
    """The parts of one page, and the per cent of the book that are read with each.

    It takes the last of them to be READY.
    """
    characters = 0
    for each in parts:
        characters += len(each.page.text)
        if characters > LONGEST_PAGE:
            raise ExtractionFailed("text_too_long")
        yield each.page.text, min(99, 100 * each.done // max(1, each.total))
