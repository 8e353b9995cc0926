"""Contents of slides out of any text: within the contract's bounds, and without losing a word.

What is too long for its place is split over bullets or slides, or stands in full in the notes.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar, get_args

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from palaver.models import (
    Bullet,
    BulletsSlide,
    CodeSlide,
    Column,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    Theme,
    TitleSlide,
    TwoColumnsSlide,
)

T = TypeVar("T")

# The bounds of the contract's schemas.
MAX_TITLE: Final = 500
MAX_SUBTITLE: Final = 500
MAX_NOTES: Final = 10_000
MAX_BULLET: Final = 1000
MAX_BULLETS: Final = 40
MAX_LEVEL: Final = 2
MAX_CELL: Final = 500
MAX_CELLS: Final = 12
MAX_ROWS: Final = 100
MAX_CODE: Final = 20_000
MAX_LANGUAGE: Final = 40
MAX_QUOTE: Final = 2000
MAX_ATTRIBUTION: Final = 300
MAX_HEADING: Final = 200

FILL_IN: Final = "[To fill in]"
"""What stands where something is still missing."""

UNTITLED: Final = "Untitled"

_THEMES: Final[dict[str, Theme]] = {name: name for name in get_args(Theme)}
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


class Item(Struct, frozen=True):
    """A text of a list and how far it is indented."""

    text: str
    level: int = 0


def clean(text: str) -> str:
    """The text without what no slide can hold."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip(" \n\t\ufeff")


def one_line(text: str) -> str:
    """The text in one line."""
    return " ".join(clean(text).split()).strip("\ufeff")


def clipped(text: str, limit: int) -> str:
    """The beginning of a text, at a word's end if there is one, and … where it is cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:.") + "…"


def heading(text: str) -> tuple[str, str]:
    """A title, and the whole text for the notes where it is more than a title may hold."""
    title = one_line(text)
    if len(title) <= MAX_TITLE:
        return title or UNTITLED, ""
    return clipped(title, MAX_TITLE), title


def notes_of(*parts: str | UnsetType) -> str | UnsetType:
    """Notes of several parts; none where all are empty."""
    texts = [clean(part) for part in parts if isinstance(part, str)]
    return clipped("\n\n".join(text for text in texts if text), MAX_NOTES) or UNSET


def title_slide(title: str, subtitle: str = "", notes: str = "") -> TitleSlide:
    """The slide that opens a deck."""
    title, whole = heading(title)
    subtitle = clean(subtitle)
    shown, hidden = (subtitle, "") if len(subtitle) <= MAX_SUBTITLE else ("", subtitle)
    return TitleSlide(title=title, subtitle=shown or UNSET, notes=notes_of(whole, hidden, notes))


def section_slide(title: str, notes: str = "") -> SectionSlide:
    """A slide that opens a part of a deck."""
    title, whole = heading(title)
    return SectionSlide(title=title, notes=notes_of(whole, notes))


def unfilled_slide(title: str, notes: str = "") -> BulletsSlide:
    """A slide that has a title and nothing else yet."""
    title, whole = heading(title)
    return BulletsSlide(title=title, bullets=[Bullet(text=FILL_IN)], notes=notes_of(whole, notes))


def is_unfilled(content: SlideContent) -> bool:
    """Whether something on the slide is still missing."""
    texts = [text for text, _ in texts_of(content)]
    return FILL_IN in (title_of(content), *texts)


def bullets_slides(title: str, items: Sequence[Item], notes: str = "") -> Iterator[SlideContent]:
    """Slides with these items: one, or several where there are too many for one."""
    title, whole = heading(title)
    bullets = [bullet for item in items for bullet in as_bullets(item)]
    if not bullets:
        yield unfilled_slide(title, notes)
    for place, some in enumerate(_batched(bullets, MAX_BULLETS)):
        own = notes_of(whole, notes) if place == 0 else UNSET
        yield BulletsSlide(title=title, bullets=some, notes=own)


def as_bullets(item: Item) -> Iterator[Bullet]:
    """The item as a bullet, or as several where it is too long."""
    level = min(max(item.level, 0), MAX_LEVEL)
    text = clean(item.text)
    pieces = [text] if len(text) <= MAX_BULLET else _wrapped(text, MAX_BULLET)
    for piece in pieces:
        if stripped := clean(piece):
            yield Bullet(text=stripped, level=level)


def column(items: Sequence[Item], title: str = "") -> Column:
    """A column; what it cannot hold is left out, and the caller has it in the notes."""
    bullets = [bullet for item in items for bullet in as_bullets(item)][:MAX_BULLETS]
    return Column(bullets=bullets, heading=clipped(one_line(title), MAX_HEADING) or UNSET)


def table_slides(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], notes: str = ""
) -> Iterator[SlideContent]:
    """Slides with this table: one, or several where it has too many rows."""
    title, whole = heading(title)
    long: list[str] = []
    names = _cells(header, long) or [""]
    lines = [cells for row in rows if (cells := _cells(row, long))]
    for place, some in enumerate(_batched(lines, MAX_ROWS) or [[]]):
        own = notes_of(whole, *long, notes) if place == 0 else UNSET
        yield TableSlide(title=title, header=names, rows=some, notes=own)


def code_slides(
    title: str, code: str, language: str = "", notes: str = ""
) -> Iterator[SlideContent]:
    """Slides with this code: one, or several where it is too long."""
    title, whole = heading(title)
    named = one_line(language)
    named = named if len(named) <= MAX_LANGUAGE else ""
    text = _CONTROL.sub("", code.replace("\r\n", "\n")).strip("\n")
    for place, piece in enumerate(_by_lines(text, MAX_CODE) or [FILL_IN]):
        own = notes_of(whole, notes) if place == 0 else UNSET
        yield CodeSlide(title=title, code=piece, language=named or UNSET, notes=own)


def quote_slide(quote: str, attribution: str = "", notes: str = "") -> QuoteSlide:
    """A slide with a quotation."""
    quote, by = clean(quote), one_line(attribution)
    hidden = [
        text for text, limit in ((quote, MAX_QUOTE), (by, MAX_ATTRIBUTION)) if len(text) > limit
    ]
    return QuoteSlide(
        quote=clipped(quote, MAX_QUOTE) or FILL_IN,
        attribution=clipped(by, MAX_ATTRIBUTION) or UNSET,
        notes=notes_of(*hidden, notes),
    )


def with_notes(content: SlideContent, *more: str) -> SlideContent:
    """The same slide with these notes after those that it has."""
    return replace(content, notes=notes_of(content.notes, *more))


def replaced_notes(content: SlideContent, *notes: str) -> SlideContent:
    """The same slide with these notes instead of those that it has."""
    return replace(content, notes=notes_of(*notes))


def theme(name: str) -> Theme:
    """The theme of a name. Raises ``KeyError`` where there is none."""
    return _THEMES[name]


def title_of(content: SlideContent) -> str:
    """What a slide is called: its title, or the beginning of its quotation."""
    if isinstance(content, QuoteSlide):
        return f"“{clipped(one_line(content.quote), 60)}”"
    return content.title


def texts_of(content: SlideContent) -> list[tuple[str, int]]:
    """What a slide shows beside its title, in reading order, each text with its level."""
    match content:
        case BulletsSlide(bullets=bullets):
            return [(bullet.text, bullet.level) for bullet in bullets]
        case TableSlide(header=header, rows=rows):
            return [(cell, 0) for cells in [header, *rows] for cell in cells]
        case CodeSlide(code=code):
            return [(line, 0) for line in code.splitlines()]
        case QuoteSlide(quote=quote, attribution=by):
            return [(quote, 0), *([(by, 1)] if by else [])]
    if isinstance(content, TitleSlide | SectionSlide):
        return [(content.subtitle, 0)] if content.subtitle else []
    if isinstance(content, TwoColumnsSlide):
        return [text for side in (content.left, content.right) for text in _of_column(side)]
    return [(content.caption, 0)] if content.caption else []


def _of_column(column: Column) -> list[tuple[str, int]]:
    below = 1 if column.heading else 0
    head = [(column.heading, 0)] if column.heading else []
    return [*head, *((bullet.text, bullet.level + below) for bullet in column.bullets)]


def _batched(items: Sequence[T], size: int) -> list[list[T]]:
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


def _cells(row: Sequence[str], long: list[str]) -> list[str]:
    """The cells of a row; more than a row may have are put together, and ``long`` gets in full what
    a cell cannot hold."""
    cells = [clean(cell) for cell in row]
    if len(cells) > MAX_CELLS:
        cells = [*cells[: MAX_CELLS - 1], " | ".join(cells[MAX_CELLS - 1 :])]
    long += [cell for cell in cells if len(cell) > MAX_CELL]
    return [clipped(cell, MAX_CELL) for cell in cells]


def _by_lines(text: str, limit: int) -> list[str]:
    """The text in pieces of whole lines, as far as lines are not longer themselves."""
    pieces: list[str] = []
    for line in text.split("\n"):
        if pieces and len(pieces[-1]) + 1 + len(line) <= limit:
            pieces[-1] += f"\n{line}"
        else:
            pieces += [line[start : start + limit] for start in range(0, len(line), limit)] or [""]
    return [piece for piece in pieces if piece]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [text[:width]]
