"""How long a deck takes to become a file, and what the process needs for it.

Decks of 10, 50 and 200 slides that use the eight layouts in turn, each written as PPTX and PDF, and
as the HTML that a browser gets. What is measured is what the server does: the layout, the images,
and for PDF the process that typst runs in.
"""

from __future__ import annotations

import functools
import io
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from PIL import Image as Picture

from benchmarks.measuring import table
from benchmarks.options import Options
from palaver.decks.deck import Deck, Image, Slide
from palaver.decks.rendering import render_html, write_pdf, write_pptx
from palaver.models import (
    Bullet,
    BulletsSlide,
    CodeSlide,
    Column,
    ImageSlide,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    TitleSlide,
    TwoColumnsSlide,
)

SIZES = (10, 50, 200)
MOST_ROUNDS = 5


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    # Every slide counts as a request: a brief run leaves the large decks out.
    sizes = [size for size in SIZES if size <= max(SIZES[0], options.requests)]
    rows = []
    # What is loaded once for a process is no part of an export.
    for write in (write_pptx, write_pdf):
        _written(write, _deck(1))
    rounds = min(options.rounds, MOST_ROUNDS)
    for size in sizes:
        deck = _deck(size)
        cells = [str(size)]
        for write in (write_pptx, write_pdf):
            times, length = _timed(functools.partial(_written, write, deck), rounds)
            cells += [times, f"{length / 1024:.0f}"]
        times, length = _timed(functools.partial(_html, deck), rounds)
        rows.append([*cells, times, f"{length / 1024:.0f}"])
    head = ["slides", "PPTX, s", "KiB", "PDF, s", "KiB", "HTML, s", "KiB"]
    own, child = (
        resource.getrusage(who).ru_maxrss // 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    memory = f"\nAt its highest, the process held {own} MiB and the one of typst {child} MiB.\n"
    return table(head, rows) + memory


def _timed(make: Callable[[], int], rounds: int) -> tuple[str, int]:
    seconds = []
    length = 0
    for _ in range(rounds):
        start = time.perf_counter()
        length = make()
        seconds.append(time.perf_counter() - start)
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{middle:.2f} ({low:.2f}–{high:.2f})", length


def _written(write: Callable[..., None], deck: Deck) -> int:
    file = io.BytesIO()
    write(deck, _images, file)
    return len(file.getvalue())


def _html(deck: Deck) -> int:
    return sum(len(render_html(slide.content, _images)) for slide in deck.slides)


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
