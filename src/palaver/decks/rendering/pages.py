"""What stands where on each page of a deck: the result of the layout, and what files are made of.

Lengths are points; a page is 960 by 540 (16 : 9), the size that PowerPoint gives a wide slide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

WIDTH = 960.0
HEIGHT = 540.0

LINE = 1.25
"""The height of a line, in em."""

INDENT = 24.0
"""How far each level of bullets is indented."""

LEVEL_SIZES = (1.0, 0.9, 0.82)
"""The size of a bullet by its level, of the size of the list."""

GAP = 0.3
"""What stands above each bullet but the first, in em of the list."""

CELL_X = 6.0
CELL_Y = 4.0
"""Between a cell's edge and its text."""

Layout: TypeAlias = Literal[
    "title", "section", "bullets", "two_columns", "table", "code", "quote", "image"
]

Role: TypeAlias = Literal[
    "title", "subtitle", "body", "heading", "language", "quote", "attribution", "caption", "missing"
]


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page."""

    x: float
    y: float
    width: float
    height: float


TITLE = Box(56, 24, 848, 90)
RULE = Box(56, 119, 64, 3)
BODY = Box(56, 140, 848, 342)
COVER_TITLE = Box(80, 96, 800, 186)
COVER_RULE = Box(80, 300, 96, 5)
COVER_SUBTITLE = Box(80, 324, 800, 130)
LEFT_HEADING = Box(56, 138, 404, 40)
RIGHT_HEADING = Box(500, 138, 404, 40)
LEFT = Box(56, 188, 404, 294)
RIGHT = Box(500, 188, 404, 294)
TALL_LEFT = Box(56, 140, 404, 342)
TALL_RIGHT = Box(500, 140, 404, 342)
CODE = Box(56, 140, 848, 338)
CODE_INSET = 14.0
LANGUAGE = Box(56, 482, 700, 20)
QUOTE = Box(108, 90, 744, 300)
QUOTE_RULE = Box(80, 90, 5, 300)
ATTRIBUTION = Box(108, 404, 744, 50)
PICTURE = Box(56, 140, 848, 342)
SHORT_PICTURE = Box(56, 140, 848, 290)
CAPTION = Box(56, 440, 848, 42)
NUMBER = Box(804, 502, 100, 18)
NUMBER_SIZE = 11.0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text; ``bullet``: whether a mark stands before it (its rest on a further page has none).

    ``printed`` is the text with line feeds inside words that are wider than their place, and with
    its characters composed (NFC).
    """

    text: str
    printed: str
    size: float
    level: int = 0
    bullet: bool = False
    right_to_left: bool = False


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Paragraphs in a box."""

    role: Role
    box: Box
    size: float
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines of code, each as the pieces that it takes on the page."""

    box: Box
    size: float
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table; without ``header``, the rows are the rest of one whose header was not repeated.

    ``printed`` are the same cells (the header's first), changed as ``Paragraph.printed`` is.
    """

    box: Box
    size: float
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    printed: tuple[tuple[str, ...], ...]
    whole: float
    """The largest size at which its words are whole; 0: they are cut in any."""


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """An image, as large as fits into the frame and as its pixels allow."""

    frame: Box
    box: Box
    image_id: str
    alt: str


Block: TypeAlias = TextBlock | CodeBlock | TableBlock | ImageBlock


@dataclass(frozen=True, slots=True)
class Page:
    """One page: a slide, or the ``part`` of one that goes on for ``parts`` pages (from 1)."""

    slide: int
    part: int
    parts: int
    layout: Layout
    title: TextBlock | None
    blocks: tuple[Block, ...]
    notes: str
