"""How large text can be set so that it fits its box, and where it goes on if it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palaver.decks.rendering.measuring import Words, composed, right_to_left
from palaver.decks.rendering.pages import (
    GAP,
    INDENT,
    LEVEL_SIZES,
    LINE,
    Box,
    Paragraph,
    Role,
    TextBlock,
)

SMALLEST = 6.0
MOST_PARTS = 20
"""The most pages that a slide may go on for, unless even the smallest text takes more."""

_LIST_SIZES = (24.0, 22.0, 20.0, 18.0, 16.0, 14.0)
_CONTINUED = 18.0
_TIGHT = (14.0, 12.0, 10.0, 8.0, 6.0)


def one_box(role: Role, text: str, box: Box, largest: float, style: str = "regular") -> TextBlock:
    """A text that has one box and stays there: it shrinks until it fits.

    Where even the smallest size leaves it too long, its line feeds give way to blanks. What the
    contract allows fits then.
    """
    words = Words(text, style)
    size = largest
    while size > SMALLEST:
        if _fits(words, size, box):
            break
        size = max(SMALLEST, half_point(size * 0.93))
    if size == SMALLEST and "\n" in text and not _fits(words, size, box):
        return one_box(role, " ".join(text.split("\n")), box, largest, style)
    return TextBlock(role, box, size, (_paragraph(words, size, box.width),))


def half_point(size: float) -> float:
    """Down to half a point: sizes that a person would choose."""
    return int(size * 2) / 2


def _fits(words: Words, size: float, box: Box) -> bool:
    room = box.height / (size * LINE)
    limit = box.width / size
    return words.at_least(limit) <= room and len(words.lines(limit)) <= room


def _paragraph(words: Words, size: float, width: float) -> Paragraph:
    text = words.text
    # Some typefaces of headings are wider than those that are measured.
    printed = words.breakable(width / size * 0.9)
    return Paragraph(text, composed(printed), size, 0, False, right_to_left(text))


@dataclass(frozen=True, slots=True)
class Item:
    """A bullet before it is laid out."""

    text: str
    level: int = 0
    bullet: bool = True


def lists(
    columns: Sequence[tuple[Sequence[Item], Box]],
    largest: float = _LIST_SIZES[0],
    most: int = MOST_PARTS,
) -> list[list[TextBlock]]:
    """Lists that stand beside each other, in one size: for each page a block of each column.

    They shrink to fit one page; if that would make them too small to read from afar, they go on on
    further pages. A list that ends before the others is empty there. What would take more than
    ``most`` pages is set in smaller text, without its line feeds.
    """
    measured = [([(item, Words(item.text)) for item in items], box) for items, box in columns]
    for size in (size for size in _LIST_SIZES if size <= largest):
        if _pages_at_least(measured, size) <= 1:
            pages = _at_size(measured, size)
            if len(pages) == 1:
                return pages
    if _pages_at_least(measured, _CONTINUED) <= most:
        pages = _at_size(measured, _CONTINUED)
        if len(pages) <= most:
            return pages
    measured = [
        ([(item, Words(" ".join(item.text.split()))) for item, _ in items], box)
        for items, box in measured
    ]
    for size in _TIGHT[:-1]:
        if _pages_at_least(measured, size) <= most:
            pages = _at_size(measured, size)
            if len(pages) <= most:
                return pages
    return _at_size(measured, _TIGHT[-1])


_Measured = tuple[list[tuple[Item, Words]], Box]


def _pages_at_least(columns: Sequence[_Measured], size: float) -> float:
    """No more pages than there will be."""
    return max(
        sum(
            words.at_least((box.width - INDENT * (item.level + 1)) / _sized(size, item))
            * _sized(size, item)
            * LINE
            for item, words in items
        )
        / box.height
        for items, box in columns
    )


def _sized(size: float, item: Item) -> float:
    return half_point(size * LEVEL_SIZES[item.level])


def _at_size(columns: Sequence[_Measured], size: float) -> list[list[TextBlock]]:
    split = [(_paged(items, box, size), box) for items, box in columns]
    count = max(len(pages) for pages, _ in split)
    return [
        [
            TextBlock("body", box, size, tuple(pages[index]) if index < len(pages) else ())
            for pages, box in split
        ]
        for index in range(count)
    ]


def _paged(items: Sequence[tuple[Item, Words]], box: Box, size: float) -> list[list[Paragraph]]:
    """The paragraphs of one column, page by page."""
    pages: list[list[Paragraph]] = [[]]
    left = box.height
    for item, words in items:
        own = _sized(size, item)
        limit = (box.width - INDENT * (item.level + 1)) / own
        lines = words.lines(limit)
        gap = size * GAP if pages[-1] else 0.0
        height = own * LINE
        first = True
        if gap + len(lines) * height > left and len(lines) * height <= box.height:
            # It fits a page of its own: it is not torn.
            pages.append([])
            left, gap = box.height, 0.0
        while lines:
            room = int((left - gap) / height + 1e-6)
            if room < 1:
                pages.append([])
                left, gap = box.height, 0.0
                continue
            taken, lines = lines[:room], lines[room:]
            text = "".join(taken)
            if lines:
                text = text.rstrip("\n")
            pages[-1].append(
                Paragraph(
                    text,
                    composed(text if words.longest_word <= limit else Words(text).breakable(limit)),
                    own,
                    item.level,
                    item.bullet and first,
                    right_to_left(item.text),
                )
            )
            first = False
            left -= gap + len(taken) * height
            gap = size * GAP
    return pages
