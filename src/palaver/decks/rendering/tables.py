"""How wide a table's columns are, how large its text, and which rows stand on which page."""

from __future__ import annotations

from collections.abc import Sequence

from palaver.decks.rendering.fitting import MOST_PARTS, SMALLEST, half_point
from palaver.decks.rendering.measuring import Words, composed
from palaver.decks.rendering.pages import CELL_X, CELL_Y, LINE, Box, TableBlock

_SIZES = (18.0, 16.0, 14.0, 12.0, 11.0, 10.0)
_CONTINUED = (14.0, 12.0, 10.0, 8.0, SMALLEST)
CUT = 8.0
"""No larger, where words have to be cut."""
_WIDEST = 30.0
"""Beyond this, in em, a cell does not make its column wider: it has several lines."""
_NARROWEST = 2.0
_SHORT = 5.0
"""Cells that are no wider, in em, should be one line."""
_ORDINARY = 14.0
"""A wider word, in em, is an address or a number of a machine, and may be cut."""
_PIECES = (_ORDINARY, 10.0, 7.0, 5.0)
"""How much of it should stand on a line."""
_WHOLE = 14.0
"""Down to this size, even such words are whole."""
_MOST_HEADER = 0.4
"""A header that takes more of a page is not repeated."""

_Row = list[tuple[Words, list[str]]]
"""Each cell, and its lines; on further pages, the rest of them."""


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], box: Box, most: int = MOST_PARTS
) -> list[TableBlock]:
    """The parts of a table, one a page.

    It shrinks so that no word has to be cut, and to fit one page; if that would make it too small,
    it goes on on further pages, below its header again. A row higher than a page is divided. What
    would take more than ``most`` pages is set in smaller text, and if need be without its line
    feeds.
    """
    count = max(len(header), *(len(row) for row in rows)) if rows else len(header)
    full = [[*row, *[""] * (count - len(row))] for row in (header, *rows)]
    measured = [[Words(cell, "regular" if at else "bold") for cell in row]
                for at, row in enumerate(full)]  # fmt: skip
    columns = _Columns(measured, box.width)
    feeds = sum(max(words.text.count("\n") for words in row) + 1 for row in measured)

    def height_at_least(size: float) -> float:
        """By its rows alone."""
        return feeds * size * LINE + len(measured) * 2 * CELL_Y

    for size in columns.sizes(_SIZES):
        if height_at_least(size) > box.height:
            continue
        widths = columns.widths(size)
        if _at_least(measured, widths, size) <= box.height:
            lines = _lines(measured, widths, size)
            if sum(_height(row, size) for row in lines) <= box.height:
                return [_block(lines, columns, size, box, headed=True)]
    for size in columns.sizes(_CONTINUED):
        widths = columns.widths(size)
        if _at_least(measured, widths, size) <= box.height * most:
            parts = _divided(_lines(measured, widths, size), columns, size, box)
            if len(parts) <= most:
                return parts
    size = SMALLEST
    measured = [[Words(" ".join(words.text.split()), "regular" if at else "bold") for words in row]
                for at, row in enumerate(measured)]  # fmt: skip
    columns = _Columns(measured, box.width)
    widths = columns.widths(size)
    return _divided(_lines(measured, widths, size), columns, size, box)


class _Columns:
    """What a table's columns want, in em: measured once, it holds for every size."""

    def __init__(self, rows: Sequence[Sequence[Words]], width: float) -> None:
        columns = list(zip(*rows, strict=True))
        self._width = width
        self._room = width - 2 * CELL_X * len(columns)
        natural = [[words.natural for words in column] for column in columns]
        self._wanted = [max(_NARROWEST, min(_WIDEST, max(widths))) for widths in natural]
        short = [
            max(_NARROWEST, *(width for width in widths if width <= _SHORT), 0.0)
            for widths in natural
        ]
        longest = [max(words.longest_word for words in column) for column in columns]
        ordinary = [
            max(_NARROWEST, *(words.longest_below(_ORDINARY) for words in column))
            for column in columns
        ]
        # Every word whole; or else every ordinary one, and of the others as much as there is room
        # for.
        rules = [([max(pair) for pair in zip(short, longest, strict=True)], _WHOLE)]
        for piece in _PIECES:
            pieces = [min(piece, width) for width in longest]
            rules.append(([max(e) for e in zip(short, ordinary, pieces, strict=True)], _SIZES[-1]))
        rules.append((ordinary, SMALLEST))
        for least, smallest in rules:
            self._least = least
            self._largest = self._room / sum(least)
            self.whole = self._largest
            if self._largest >= smallest:
                break
        else:
            self._largest, self.whole = CUT, 0.0
        self._wanted = [max(pair) for pair in zip(self._wanted, self._least, strict=True)]

    def sizes(self, usual: Sequence[float]) -> list[float]:
        """Those of the sizes at which words are whole, the largest first."""
        largest = min(usual[0], half_point(self._largest))
        return [largest, *(size for size in usual if size < largest)]

    def widths(self, size: float) -> tuple[float, ...]:
        """The columns' widths: what each wants if that fits, else at least what it must have."""
        pad = 2 * CELL_X
        wanted = [width * size for width in self._wanted]
        if sum(wanted) <= self._room:
            stretch = self._width / (sum(wanted) + pad * len(wanted))
            return tuple((width + pad) * stretch for width in wanted)
        least = _levelled([width * size for width in self._least], self._room)
        wishes = [max(0.0, w - n) for w, n in zip(wanted, least, strict=True)]
        share = (self._room - sum(least)) / (sum(wishes) or 1.0)
        return tuple(n + wish * share + pad for n, wish in zip(least, wishes, strict=True))


def _levelled(widths: list[float], room: float) -> list[float]:
    """The widths, the largest of them cut to one level so that all have room."""
    left = room
    for index, width in enumerate(sorted(widths)):
        level = left / (len(widths) - index)
        if width > level:
            return [min(width, level) for width in widths]
        left -= width
    return widths


def _at_least(rows: Sequence[Sequence[Words]], widths: Sequence[float], size: float) -> float:
    """No more height than the rows will have."""
    limits = [(width - 2 * CELL_X) / size for width in widths]
    lines = sum(
        max(words.at_least(limit) for words, limit in zip(row, limits, strict=True)) for row in rows
    )
    return lines * size * LINE + len(rows) * 2 * CELL_Y


def _lines(rows: Sequence[Sequence[Words]], widths: Sequence[float], size: float) -> list[_Row]:
    # What was measured to fit exactly must not break for a rounding's sake.
    limits = [(width - 2 * CELL_X) / size + 1e-6 for width in widths]
    return [
        [(words, words.lines(limit)) for words, limit in zip(row, limits, strict=True)]
        for row in rows
    ]


def _height(row: _Row, size: float) -> float:
    return max(len(lines) for _, lines in row) * size * LINE + 2 * CELL_Y


def _divided(rows: list[_Row], columns: _Columns, size: float, box: Box) -> list[TableBlock]:
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
            parts[-1].append([(words, lines[:room]) for words, lines in rest])
            rest = [(words, lines[room:] or [""]) for words, lines in rest]
            parts.append([])
            left = box.height - head
        parts[-1].append(rest)
        left -= _height(rest, size)
    return [
        _block([header, *part] if headed else part, columns, size, box, headed=headed)
        for part in parts
        if part or len(parts) == 1
    ]


def _block(
    rows: list[_Row], columns: _Columns, size: float, box: Box, *, headed: bool
) -> TableBlock:
    widths = columns.widths(size)
    limits = [(width - 2 * CELL_X) / size + 1e-6 for width in widths]
    texts = [tuple("".join(lines).rstrip("\n") for _, lines in row) for row in rows]
    return TableBlock(
        box,
        size,
        widths,
        tuple(_height(row, size) for row in rows),
        texts[0] if headed else None,
        tuple(texts[1:] if headed else texts),
        tuple(
            tuple(
                composed(words.part(text).breakable(limit) if words.longest_word > limit else text)
                for text, (words, _), limit in zip(row, lined, limits, strict=True)
            )
            for row, lined in zip(texts, rows, strict=True)
        ),
        columns.whole,
    )


def may_be_cut(text: str, *, header: bool) -> bool:
    """Whether a cell has a word that is not an ordinary one."""
    # No character of ASCII is wider than one em or so.
    if len(text) < _ORDINARY - 2 and text.isascii():
        return False
    return Words(text, "bold" if header else "regular").longest_word > _ORDINARY
