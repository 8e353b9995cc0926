"""How wide a table's columns are, how large its text, and which rows stand on which page."""

from __future__ import annotations

from collections.abc import Sequence

from palaver.decks.rendering.fitting import MOST_PARTS
from palaver.decks.rendering.measuring import Words, composed
from palaver.decks.rendering.pages import CELL_X, CELL_Y, LINE, Box, TableBlock

_SIZES = (18.0, 16.0, 14.0, 12.0, 11.0, 10.0)
_CONTINUED = (14.0, 12.0, 10.0, 8.0, 6.0)
_WIDEST = 30.0
"""Beyond this, in em, a cell does not make its column wider: it has several lines."""
_NARROWEST = 2.0
_LONGEST_WORD = 14.0
_MOST_HEADER = 0.4
"""A header that takes more of a page is not repeated."""

_Row = list[list[str]]


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], box: Box, most: int = MOST_PARTS
) -> list[TableBlock]:
    """The parts of a table, one a page.

    It shrinks to fit one page; if that would make it too small, it goes on on further pages, below
    its header again. A row higher than a page is divided. What would take more than ``most`` pages
    is set in smaller text, and if need be without its line feeds.
    """
    count = max(len(header), *(len(row) for row in rows)) if rows else len(header)
    full = [[*row, *[""] * (count - len(row))] for row in (header, *rows)]
    measured = [[Words(cell, "regular" if at else "bold") for cell in row]
                for at, row in enumerate(full)]  # fmt: skip
    for size in _SIZES:
        widths = _widths(measured, box, size)
        if _at_least(measured, widths, size) <= box.height:
            lines = _lines(measured, widths, size)
            if sum(_height(row, size) for row in lines) <= box.height:
                return [_block(lines, widths, size, box, headed=True)]
    for size in _CONTINUED:
        widths = _widths(measured, box, size)
        if _at_least(measured, widths, size) <= box.height * most:
            parts = _divided(_lines(measured, widths, size), widths, size, box)
            if len(parts) <= most:
                return parts
    size = _CONTINUED[-1]
    measured = [[Words(" ".join(words.text.split()), "regular" if at else "bold") for words in row]
                for at, row in enumerate(measured)]  # fmt: skip
    widths = _widths(measured, box, size)
    return _divided(_lines(measured, widths, size), widths, size, box)


def _at_least(rows: Sequence[Sequence[Words]], widths: Sequence[float], size: float) -> float:
    """No more height than the rows will have."""
    limits = [(width - 2 * CELL_X) / size for width in widths]
    lines = sum(
        max(words.at_least(limit) for words, limit in zip(row, limits, strict=True)) for row in rows
    )
    return lines * size * LINE + len(rows) * 2 * CELL_Y


def _widths(rows: Sequence[Sequence[Words]], box: Box, size: float) -> tuple[float, ...]:
    """The columns' widths: what each wants if that fits, else at least its longest word."""
    columns = list(zip(*rows, strict=True))
    pad = 2 * CELL_X
    wanted = [
        max(_NARROWEST, *(min(_WIDEST, words.natural) for words in column)) * size + pad
        for column in columns
    ]
    if sum(wanted) <= box.width:
        stretch = box.width / sum(wanted)
        return tuple(width * stretch for width in wanted)
    least = [
        max(_NARROWEST, *(min(_LONGEST_WORD, words.longest_word) for words in column)) * size + pad
        for column in columns
    ]
    if sum(least) >= box.width:
        shrink = (box.width - len(columns) * (pad + size)) / sum(
            width - pad - size for width in least
        )
        return tuple(pad + size + (width - pad - size) * shrink for width in least)
    share = (box.width - sum(least)) / sum(w - n for w, n in zip(wanted, least, strict=True))
    return tuple(n + (w - n) * share for w, n in zip(wanted, least, strict=True))


def _lines(rows: Sequence[Sequence[Words]], widths: Sequence[float], size: float) -> list[_Row]:
    limits = [(width - 2 * CELL_X) / size for width in widths]
    return [[words.lines(limit) for words, limit in zip(row, limits, strict=True)] for row in rows]


def _height(row: _Row, size: float) -> float:
    return max(len(lines) for lines in row) * size * LINE + 2 * CELL_Y


def _divided(
    rows: list[_Row], widths: tuple[float, ...], size: float, box: Box
) -> list[TableBlock]:
    header, *body = rows
    head = _height(header, size)
    headed = head <= box.height * _MOST_HEADER
    if not headed:
        body = rows
        head = 0.0
    parts: list[list[_Row]] = [[]]
    left = box.height - head
    for row in body:
        rest = row
        if parts[-1] and _height(rest, size) > left and _height(rest, size) <= box.height - head:
            parts.append([])
            left = box.height - head
        while _height(rest, size) > left:
            room = int((left - 2 * CELL_Y) / (size * LINE))
            if room < 1:
                parts.append([])
                left = box.height - head
                continue
            parts[-1].append([lines[:room] for lines in rest])
            rest = [lines[room:] or [""] for lines in rest]
            parts.append([])
            left = box.height - head
        parts[-1].append(rest)
        left -= _height(rest, size)
    return [
        _block([header, *part] if headed else part, widths, size, box, headed=headed)
        for part in parts
        if part or len(parts) == 1
    ]


def _block(
    rows: list[_Row], widths: tuple[float, ...], size: float, box: Box, *, headed: bool
) -> TableBlock:
    limits = [(width - 2 * CELL_X) / size for width in widths]
    texts = [tuple("".join(lines).rstrip("\n") for lines in row) for row in rows]
    return TableBlock(
        box,
        size,
        widths,
        tuple(_height(row, size) for row in rows),
        texts[0] if headed else None,
        tuple(texts[1:] if headed else texts),
        tuple(
            tuple(
                composed(Words(text).breakable(limit) if len(lines) > 1 else text)
                for text, lines, limit in zip(row, lined, limits, strict=True)
            )
            for row, lined in zip(texts, rows, strict=True)
        ),
    )
