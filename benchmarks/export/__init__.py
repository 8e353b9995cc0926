"""How long a deck takes to become a file, and what the processes need for it.

Decks of 10, 50 and 200 slides that use the eight layouts in turn, and the heaviest that there may
be: tables, as many as a deck has room for. Each is written as PPTX and PDF, in the child processes
that the server has for that, and becomes the HTML that a browser gets, for the first time and
again.
"""

from __future__ import annotations

import asyncio
import functools
import io
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from PIL import Image as Picture

from benchmarks.measuring import table
from benchmarks.options import Options
from palaver.decks.deck import Deck, Image, Slide
from palaver.decks.editor import DeckEditor
from palaver.decks.exporting import Exports
from palaver.decks.rendering.html_cache import MOST_BYTES, HtmlCache
from palaver.errors import ExportFailed
from palaver.models import (
    Bullet,
    BulletsSlide,
    CodeSlide,
    Column,
    ExportFormat,
    ImageSlide,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    TitleSlide,
    TwoColumnsSlide,
)

SIZES = (10, 50, 200)
HEAVY_SLIDES = 60
MOST_ROUNDS = 5
KINDS: tuple[ExportFormat, ...] = ("pptx", "pdf")


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    # Every slide counts as a request: a brief run leaves the large decks out.
    decks = {str(size): _deck(size) for size in SIZES if size <= max(SIZES[0], options.requests)}
    if options.requests >= SIZES[-1]:
        decks[f"{HEAVY_SLIDES} tables of 1,200 cells"] = _heavy()
    rows = []
    rounds = min(options.rounds, MOST_ROUNDS)
    # What is loaded once for a process is no part of an export.
    _first(_deck(8))
    before = _peak(resource.RUSAGE_SELF)
    for name, deck in decks.items():
        cells = [name]
        for kind in KINDS:
            try:
                times, length = _timed(functools.partial(_written, kind, deck), rounds)
                cells += [times, f"{length / 1024:.0f}"]
            except ExportFailed:
                cells += ["not within bounds", "–"]
        # The most so far; each deck needs more than the one before.
        rows.append([*cells, str(_peak(resource.RUSAGE_CHILDREN))])
    after = _peak(resource.RUSAGE_SELF)
    head = ["slides", "PPTX, s", "KiB", "PDF, s", "KiB", "child, MiB"]
    files = table(head, rows)
    shown = []
    for name, deck in decks.items():
        times, length = _timed(functools.partial(_first, deck), rounds)
        cache = HtmlCache(MOST_BYTES)
        _html(deck, cache)
        again, _ = _timed(functools.partial(_html, deck, cache), rounds)
        shown.append([name, times, again, f"{length / 1024:.0f}"])
    html = table(["slides", "HTML first, s", "again, s", "KiB"], shown)
    memory = f"\nThe server's process held {before} MiB before it made files, and {after} after.\n"
    return files + memory + "\n" + html


def _peak(who: int) -> int:
    """The most MiB that this process has held, or that any of its children has."""
    return resource.getrusage(who).ru_maxrss // 1024


def _timed(make: Callable[[], int], rounds: int) -> tuple[str, int]:
    seconds = []
    length = 0
    for _ in range(rounds):
        start = time.perf_counter()
        length = make()
        seconds.append(time.perf_counter() - start)
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{middle:.2f} ({low:.2f}–{high:.2f})", length


class _Decks:
    """In place of the store's: one deck."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck

    def read(self, _session_id: str, *, viewer: str | None) -> Deck:
        return self._deck

    def find_image(self, _session_id: str, image_id: str) -> Image:
        return _image(int(image_id))


def _written(kind: ExportFormat, deck: Deck) -> int:
    exports = Exports(cast(DeckEditor, _Decks(deck)))
    made = asyncio.run(exports.make("s", kind, viewer=None))
    made.parts.close()
    exports.close()
    return made.length


def _first(deck: Deck) -> int:
    return _html(deck, HtmlCache(MOST_BYTES))


def _html(deck: Deck, cache: HtmlCache) -> int:
    return sum(len(cache.render(slide.content, _images)) for slide in deck.slides)


def _heavy() -> Deck:
    """Tables with as much text as a deck may have."""
    head = [f"Column {column}" for column in range(12)]
    slides = tuple(
        Slide(
            f"slide_{at}",
            TableSlide(
                title=f"Table {at}",
                header=head,
                rows=[[f"{at * row * n}.5 abc" for n in range(12)] for row in range(100)],
            ),
        )
        for at in range(HEAVY_SLIDES)
    )
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Deck("s", "Benchmark", "paper", 1, when, slides, HEAVY_SLIDES)


def _deck(size: int) -> Deck:
    slides = tuple(Slide(f"slide_{at}", _content(at)) for at in range(size))
    return Deck("s", "Benchmark", "paper", 1, datetime(2026, 1, 1, tzinfo=UTC), slides, size)


def _content(at: int) -> SlideContent:
    title = f"Slide {at} of a deck that says something"
    points = [
        Bullet(text=f"Point {n} of slide {at}, with as many words as points have", level=n % 2)
        for n in range(8)
    ]
    match at % 8:
        case 0:
            return TitleSlide(title=title, subtitle="What it is about")
        case 1:
            return BulletsSlide(title=title, bullets=points, notes="Notes for the speaker. " * 10)
        case 2:
            column = Column(heading="Heading", bullets=points[:5])
            return TwoColumnsSlide(title=title, left=column, right=column)
        case 3:
            rows = [[f"Row {row}", *[f"{at * row + n}.5" for n in range(4)]] for row in range(10)]
            return TableSlide(title=title, header=["Name", "Q1", "Q2", "Q3", "Q4"], rows=rows)
        case 4:
            code = "\n".join(f"def function_{at}_{n}(x: int) -> int:" for n in range(15))
            return CodeSlide(title=title, language="python", code=code)
        case 5:
            return QuoteSlide(quote="A sentence worth repeating. " * 3, attribution="Somebody")
        case 6:
            return ImageSlide(title=title, image_id=str(at % 3), alt="A picture", caption="Figure")
        case _:
            return SectionSlide(title=title)


@functools.cache
def _image(number: int) -> Image:
    picture = Picture.linear_gradient("L").resize((1600, 900)).convert("RGB")
    picture.paste((number * 60, 90, 120), (200, 200, 800, 600))
    buffer, small = io.BytesIO(), io.BytesIO()
    picture.save(buffer, "PNG")
    picture.resize((800, 450)).save(small, "JPEG")
    data = buffer.getvalue()
    return Image(str(number), "image/png", 1600, 900, data, small.getvalue(), "image/jpeg")


def _images(image_id: str) -> Image:
    return _image(int(image_id))
