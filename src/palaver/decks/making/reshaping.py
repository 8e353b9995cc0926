"""A slide in another layout, with all that it says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from palaver.decks.making import contents
from palaver.decks.making.contents import MAX_BULLETS, Item, texts_of, title_of
from palaver.decks.making.draft import Refused
from palaver.decks.making.phrases import Layout
from palaver.models import (
    ImageSlide,
    QuoteSlide,
    SlideContent,
    TableSlide,
    TwoColumnsSlide,
)

_PAIR: Final = re.compile(r"\s*(?::\s|\s[–—|=]\s|\s-\s|\t)\s*")


def retitled(content: SlideContent, title: str) -> SlideContent:
    """The slide with another title. Raises ``Refused`` for a quotation, which has none."""
    if isinstance(content, QuoteSlide):
        raise Refused("A slide with a quotation has no title.")
    name, whole = contents.heading(title)
    new = replace(content, title=name)
    return contents.with_notes(new, whole) if whole else new


def reshaped(content: SlideContent, layout: Layout) -> list[SlideContent]:
    """The slide in this layout, on several where it has too much for one.

    What the layout has no place for stands in the notes. Raises ``Refused`` for an image, which no
    words make, and which no other layout shows.
    """
    if isinstance(content, ImageSlide):
        raise Refused("The slide shows an image, which no other layout can show.")
    if layout == "image":
        raise Refused(
            "An image has to be uploaded first; a slide that shows it can then take the place of "
            "this one."
        )
    title = title_of(content)
    notes = content.notes if isinstance(content.notes, str) else ""
    items = [Item(text, level) for text, level in texts_of(content) if text.strip()]
    match layout:
        case "table":
            return list(contents.table_slides(title, *_table(content, items), notes=notes))
        case "bullets":
            return list(contents.bullets_slides(title, _bullets(content, items), notes))
        case "two_columns":
            return [_two_columns(content, title, items, notes)]
        case "code":
            code = "\n".join(f"{'    ' * item.level}{item.text}" for item in items)
            return list(contents.code_slides(title, code, notes=notes))
        case "quote":
            return [_quote(content, title, items, notes)]
        case "section":
            slide: SlideContent = contents.section_slide(title)
    if layout == "title":
        slide = contents.title_slide(title, items[0].text if items else "")
        items = items[1:]
    return [contents.with_notes(slide, *_lines(items), notes)]


def _table(
    content: SlideContent, items: Sequence[Item]
) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Names of columns and rows."""
    if isinstance(content, TableSlide):
        return content.header, [*content.rows]
    if isinstance(content, TwoColumnsSlide):
        left, right = content.left, content.right
        names = [side.heading or contents.FILL_IN for side in (left, right)]
        length = max(len(left.bullets), len(right.bullets))
        sides = [[bullet.text for bullet in side.bullets] for side in (left, right)]
        return names, [
            [side[row] if row < len(side) else "" for side in sides] for row in range(length)
        ]
    pairs = [_PAIR.split(item.text, maxsplit=1) for item in items]
    if items and all(len(pair) > 1 for pair in pairs):
        return [contents.FILL_IN] * 2, [*pairs]
    if any(item.level for item in items):
        return [contents.FILL_IN] * 2, [*_nested(items)]
    return [contents.FILL_IN], [[item.text] for item in items]


def _nested(items: Sequence[Item]) -> list[list[str]]:
    """What is indented beside what it stands below."""
    rows: list[list[str]] = []
    for item in items:
        if item.level == 0 or not rows:
            rows.append([item.text, ""])
        else:
            rows[-1][1] = f"{rows[-1][1]}\n{item.text}".strip()
    return rows


def _bullets(content: SlideContent, items: Sequence[Item]) -> list[Item]:
    if not isinstance(content, TableSlide):
        return list(items)
    found = []
    for row in content.rows:
        first, *others = [*row, *[""] * (len(content.header) - len(row))]
        found.append(Item(first or "–"))
        for place, cell in enumerate(others, 1):
            name = content.header[place] if place < len(content.header) else ""
            if cell:
                # A name that nobody has filled in says nothing.
                is_named = name and name != contents.FILL_IN
                found.append(Item(f"{name}: {cell}" if is_named else cell, 1))
    return found


def _two_columns(
    content: SlideContent, title: str, items: Sequence[Item], notes: str
) -> SlideContent:
    heads = ("", "")
    if isinstance(content, TableSlide) and len(content.header) == 2:
        heads = (content.header[0], content.header[1])
        cells = [[*row, "", ""][:2] for row in content.rows]
        left, right = ([Item(row[side]) for row in cells if row[side]] for side in (0, 1))
    elif isinstance(content, TwoColumnsSlide):
        return content
    else:
        if isinstance(content, TableSlide):
            items = _bullets(content, items)
        middle = _middle(items)
        left, right = list(items[:middle]), list(items[middle:])
    rest = [*left[MAX_BULLETS:], *right[MAX_BULLETS:]]
    slide = TwoColumnsSlide(
        title=contents.heading(title)[0],
        left=contents.column(left or [Item(contents.FILL_IN)], heads[0]),
        right=contents.column(right or [Item(contents.FILL_IN)], heads[1]),
    )
    return contents.with_notes(slide, notes, *_lines(rest))


def _middle(items: Sequence[Item]) -> int:
    """Where the second half begins, at an item that stands below no other if there is one."""
    half = (len(items) + 1) // 2
    starts = [place for place, item in enumerate(items) if place and item.level == 0]
    return min(starts, key=lambda place: abs(place - half), default=half)


def _quote(content: SlideContent, title: str, items: Sequence[Item], notes: str) -> SlideContent:
    if isinstance(content, QuoteSlide):
        return content
    by = ""
    if len(items) > 1 and items[-1].text.startswith(("—", "–", "-")):
        by, items = items[-1].text.lstrip("—–- "), items[:-1]
    quote = items[0].text if items else contents.FILL_IN
    return contents.quote_slide(quote, by, "\n\n".join([title, *_lines(items[1:]), notes]))


def _lines(items: Sequence[Item]) -> list[str]:
    text = "\n".join(f"{'  ' * item.level}- {item.text}" for item in items)
    return [text] if text else []
