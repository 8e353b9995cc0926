"""In the child: pages for what has none: sections by headings, or pieces as long as a page."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from palaver.retrieval.extract.book import Part
from palaver.retrieval.extract.messages import PART_CHARACTERS

SHEET = 3_000
"""Characters on a printed page, more or less."""

# A line's end, a sentence's end, a word's end: the best there is after the middle of a sheet.
_ENDS = (re.compile(r"\n"), re.compile(r"[.!?。！？…][\"'”’»)\]]*\s|[。！？]"), re.compile(r"\s"))


class Starts(Enum):
    """What begins with a block."""

    NOTHING = "nothing"
    SECTION = "section"
    """Headings that follow one another directly begin one section."""
    PAGE = "page"
    """A page that the author has made; it counts even if it is blank."""


_WEIGHTS = {Starts.SECTION: 1, Starts.PAGE: 2}


class Block(NamedTuple):
    """A piece of a text, at most a paragraph, with the line ends that follow it."""

    text: str
    starts: Starts
    done: int


def in_sections(blocks: Callable[[], Iterator[Block]], total: int) -> Iterator[Part]:
    """The parts of a text that can be read twice: once to see whether it has headings.

    One page that the author has made is enough, and two headings are.
    """
    marks = (_WEIGHTS[block.starts] for block in blocks() if block.starts is not Starts.NOTHING)
    if sum(itertools.islice(marks, 2)) >= 2:
        yield from _by_marks(blocks(), total)
    else:
        yield from _by_length(blocks(), total)


def _by_marks(blocks: Iterator[Block], total: int) -> Iterator[Part]:
    number, held, size, done = 1, list[str](), 0, 0
    only_headings = True
    for text, starts, done in blocks:
        begins = starts is Starts.PAGE or (starts is Starts.SECTION and not only_headings)
        if begins or size + len(text) > PART_CHARACTERS:
            yield Part(number, "".join(held), done, total)
            held, size = [], 0
        if begins:
            number += 1
            only_headings = True
        if starts is Starts.NOTHING and not text.isspace():
            only_headings = False
        held.append(text)
        size += len(text)
    yield Part(number, "".join(held), total, total)


def _by_length(blocks: Iterator[Block], total: int) -> Iterator[Part]:
    numbers = itertools.count(1)
    held = ""
    for text, _, done in blocks:
        # A paragraph that does not fit begins a sheet, if the one before is at least half full.
        if len(held) >= SHEET // 2 and len(held) + len(text) > SHEET:
            yield Part(next(numbers), held, done, total)
            held = ""
        held += text
        start = 0
        while len(held) - start > SHEET:
            end = _end(held, start)
            yield Part(next(numbers), held[start:end], done, total)
            start = end
        held = held[start:]
    if held.strip():
        yield Part(next(numbers), held, total, total)


def _end(text: str, start: int) -> int:
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, start + SHEET // 2, start + SHEET)]
        if ends:
            return ends[-1]
    return start + SHEET
