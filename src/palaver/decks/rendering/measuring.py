"""How wide text is, and where its lines break.

Files for PowerPoint are shown in typefaces that are not known here, so widths are those of the
widest of several, and a little more. Lengths are in em: they hold for every size.
"""

from __future__ import annotations

import functools
import io
import re
import unicodedata

from PIL import ImageFont

from palaver.decks.rendering.fonts import font

_UNIT = 1000
_SAFETY = 1.03
_MONO = 0.61
_TAB = 2.0
_LONGEST_KEPT = 40
# A word with the blanks after it; a character of a script that may break anywhere; a line feed.
_WIDE = (
    "\u1100-\u11ff\u2e80-\u303f\u3040-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f"
)
_WIDE += "\uff00-\uffef\U0001f000-\U0001faff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"\n|[{_WIDE}][^\S\n]*|[^\s{_WIDE}]+[^\S\n]*|[^\S\n]+")


class _Advances(dict[str, float]):
    """The width of each character that has been asked for."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._fonts = [
            ImageFont.truetype(io.BytesIO(font(name)), _UNIT, layout_engine=ImageFont.Layout.BASIC)
            for name in names
        ]

    def __missing__(self, character: str) -> float:
        width = _fixed(character)
        if width is None:
            width = max(font.getlength(character) for font in self._fonts) / _UNIT * _SAFETY
        if len(self) < 50_000:
            self[character] = width
        return width


class _Fixed(dict[str, float]):
    """The same for a face whose characters are all as wide as each other."""

    def __missing__(self, character: str) -> float:
        width = _fixed(character)
        self[character] = _MONO if width is None else width
        return self[character]


def _fixed(character: str) -> float | None:
    """The width of what no typeface has to be asked for."""
    if character == "\t":
        return _TAB
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(character) in {"W", "F"} or character > "\uffff":
        return 1.05
    # One character that is a whole sentence.
    if character == "\ufdfd":
        return 10.0
    return None


@functools.cache
def _advances(style: str) -> dict[str, float]:
    if style == "mono":
        return _Fixed()
    return _Advances(("notosbo", "figbo") if style == "bold" else ("notos", "figo"))


class _Measures(dict[str, tuple[float, float]]):
    """How wide each word that has been asked for is: with the blanks after it, and without."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self.advance = _advances(style)

    def __missing__(self, word: str) -> tuple[float, float]:
        width = ink = sum(map(self.advance.__getitem__, word))
        if word[-1].isspace() and not word.isspace():
            ink -= sum(map(self.advance.__getitem__, word[len(word.rstrip()) :]))
        if len(word) <= _LONGEST_KEPT and len(self) < 20_000:
            self[word] = width, ink
        return width, ink


_measures = functools.cache(_Measures)


class Words:
    """A text, measured once, to be broken into lines of any width."""

    __slots__ = (
        "_advance",
        "_feeds",
        "_ink",
        "_style",
        "_words",
        "longest_word",
        "natural",
        "text",
    )

    natural: float
    """The width of the longest line, if none is broken."""
    longest_word: float
    """The width of the widest part that is not broken willingly."""

    def __init__(self, text: str, style: str = "regular") -> None:
        self.text = text
        self._style = style
        measures = _measures(style)
        self._advance = measures.advance
        self._feeds = text.count("\n")
        self._words = [(word, *measures[word]) for word in _TOKEN.findall(text)]
        self._ink = sum([ink for _, _, ink in self._words])
        self.longest_word = max([ink for _, _, ink in self._words], default=0.0)
        if self._feeds:
            self.natural = now = 0.0
            for word, width, _ in self._words:
                now = 0.0 if word == "\n" else now + width
                self.natural = max(self.natural, now)
        else:
            self.natural = sum([width for _, width, _ in self._words])

    def part(self, text: str) -> Words:
        """The same for a part of the text."""
        return self if text == self.text else Words(text, self._style)

    def at_least(self, limit: float) -> int:
        """No more lines than there will be for a width; quicker than breaking them."""
        return max(int(self._ink / limit), self._feeds + 1)

    def longest_below(self, limit: float) -> float:
        """The width of the widest word that is no wider than a limit."""
        if self.longest_word <= limit:
            return self.longest_word
        return max((ink for _, _, ink in self._words if ink <= limit), default=0.0)

    def lines(self, limit: float) -> list[str]:
        """The lines for a width; together they are the text again.

        Blanks at the end of a line hang over. A word wider than the width is cut.
        """
        if self.natural <= limit and not self._feeds:
            return [self.text]
        lines: list[str] = []
        line: list[str] = []
        used = 0.0
        for word, width, ink in self._words:
            if word == "\n":
                lines.append("".join(line) + "\n")
                line, used = [], 0.0
                continue
            if line and used + ink > limit:
                lines.append("".join(line))
                line, used = [], 0.0
            if ink > limit:
                *whole, word = self._cut(word, limit)
                lines += whole
                width = sum(map(self._advance.__getitem__, word))
            line.append(word)
            used += width
        lines.append("".join(line))
        return lines

    def breakable(self, limit: float) -> str:
        """The text with line feeds inside words that are wider than the width."""
        if self.longest_word <= limit:
            return self.text
        return "".join(
            "\n".join(self._cut(word, limit)) if ink > limit else word
            for word, _, ink in self._words
        )

    def _cut(self, token: str, limit: float) -> list[str]:
        parts: list[str] = []
        start = 0
        used = 0.0
        for index, character in enumerate(token):
            width = self._advance[character]
            if used + width > limit and index > start and not character.isspace():
                parts.append(token[start:index])
                start, used = index, 0.0
            used += width
        parts.append(token[start:])
        return parts


def composed(text: str) -> str:
    """The text with each letter and its marks as one character (NFC), where there is such a one.

    A typeface that has the character has it nicer than its parts.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def right_to_left(text: str) -> bool:
    """Whether the first strong character runs from right to left (UAX 9, rule P2)."""
    for character in text[:500]:
        direction = unicodedata.bidirectional(character)
        if direction in {"R", "AL"}:
            return True
        if direction == "L":
            return False
    return False
