"""Decks to render, and what is read back from files."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pypdfium2
from PIL import Image as Picture

from palaver.decks.deck import Deck, Image, Slide
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
    Theme,
    TitleSlide,
    TwoColumnsSlide,
)

THEMES: tuple[Theme, ...] = ("paper", "midnight", "ocean")
PICTURE_ID = "019a9f40-4e5f-7a6b-8c7d-9e0f1a2b3c4d"
GONE_ID = "019a9f40-4e5f-7a6b-8c7d-000000000000"


def picture_file(width: int = 320, height: int = 180, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Picture.new("RGB", (width, height), "#3366aa").save(buffer, kind)
    return buffer.getvalue()


_DATA = picture_file()


def images(image_id: str) -> Image | None:
    if image_id != PICTURE_ID:
        return None
    return Image(image_id, "image/png", 320, 180, _DATA, _DATA, "image/png")


def bullets(*texts: str | tuple[int, str]) -> list[Bullet]:
    pairs = [text if isinstance(text, tuple) else (0, text) for text in texts]
    return [Bullet(text=text, level=level) for level, text in pairs]


SLIDES: dict[str, SlideContent] = {
    "title": TitleSlide(
        title="Quarterly review", subtitle="Third quarter\nFinance", notes="Welcome.\nBe brief."
    ),
    "section": SectionSlide(title="Where it came from", subtitle="Products and regions"),
    "bullets": BulletsSlide(
        title="Revenue",
        bullets=bullets("Up by 12 %", (1, "Subscriptions"), (2, "of all kinds"), "Hardware fell"),
        notes="Thank the sales team.",
    ),
    "two_columns": TwoColumnsSlide(
        title="Then and now",
        left=Column(heading="Then", bullets=bullets("By hand", (1, "on Fridays"))),
        right=Column(heading="Now", bullets=bullets("By itself")),
    ),
    "table": TableSlide(
        title="Regions",
        header=["Region", "Q2", "Q3"],
        rows=[["Europe", "4.1", "4.8"], ["Asia", "2.2"], ["Americas", "=1+1", "@SUM(A1)"]],
    ),
    "code": CodeSlide(
        title="A call",
        language="python",
        code="def export():\n\tif ready:\n\t\treturn 1\n\nexport()  # done",
    ),
    "quote": QuoteSlide(quote="It does what it says.", attribution="A reader"),
    "image": ImageSlide(
        title="A picture", image_id=PICTURE_ID, alt="A blue area", caption="Figure 1"
    ),
}

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    '#read("/etc/passwd") #import "@preview/cetz:0.3.1" $x^2$ *b* _i_ `c` @ref <label> // c',
    "=cmd|' /C calc'!A0",
    '"]} \\u0041 \\" {{7*7}} ${x} %s &amp; ]]> _x0041_',
    "\u202eright\u202c \u200f\u2066mixed\u2069 \u200bend",
)


def deck(slides: Sequence[SlideContent], theme: Theme = "paper", title: str = "Deck") -> Deck:
    made = tuple(Slide(f"slide_{number}", content) for number, content in enumerate(slides))
    when = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
    return Deck("019a9f40", title, theme, 1, when, made, len(made))


def written(
    write: Callable[[Deck, Any, BinaryIO], None],
    slides: Sequence[SlideContent],
    theme: Theme = "paper",
    title: str = "Deck",
) -> bytes:
    file = io.BytesIO()
    write(deck(slides, theme, title), images, file)
    return file.getvalue()


def page_texts(data: bytes) -> list[str]:
    """The text of each page of a PDF, with single blanks."""
    document = pypdfium2.PdfDocument(data)
    try:
        texts = []
        for number in range(len(document)):
            page = document[number]
            text_page = page.get_textpage()
            texts.append(" ".join(text_page.get_text_range().split()))
            text_page.close()
            page.close()
        return texts
    finally:
        document.close()


def page_faces(data: bytes, number: int = 0) -> list[tuple[str, str]]:
    """Each character that is printed on a page of a PDF, and the typeface that draws it."""
    document = pypdfium2.PdfDocument(data)
    try:
        page = document[number]
        text_page = page.get_textpage()
        found = []
        for at, character in enumerate(text_page.get_text_range()):
            name = ctypes.create_string_buffer(200)
            pypdfium2.raw.FPDFText_GetFontInfo(text_page, at, name, 200, ctypes.c_int())
            found.append((character, name.value.decode()))
        text_page.close()
        page.close()
        return found
    finally:
        document.close()


def text_bounds(data: bytes) -> list[tuple[float, float, float, float]]:
    """For each page of a PDF, where its text begins and ends: left, bottom, right, top."""
    document = pypdfium2.PdfDocument(data)
    try:
        bounds = []
        for number in range(len(document)):
            page = document[number]
            text_page = page.get_textpage()
            boxes = [text_page.get_charbox(at) for at in range(text_page.count_chars())]
            boxes = [box for box in boxes if box[2] > box[0]]
            lefts, bottoms, rights, tops = zip(*boxes, strict=True)
            bounds.append((min(lefts), min(bottoms), max(rights), max(tops)))
            text_page.close()
            page.close()
        return bounds
    finally:
        document.close()
