"""In the child: Markdown and plain text, in any common encoding, read as a stream."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from typing import IO

from palaver.retrieval.extract.book import Book
from palaver.retrieval.extract.encodings import PIECE, encoding_of
from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.messages import About, Format
from palaver.retrieval.extract.sections import Block, Starts, in_sections

_LONGEST_LINE = 20_000
_LONGEST_PARAGRAPH = 20_000
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_UNDERLINE = re.compile(r" {0,3}(?:={3,}|-{3,})\s*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")
# What looks like a paragraph's line before an underline, and is none.
_NO_TEXT = re.compile(r"\s*$| {4}|\s*(?:[-*+>|]|\d+[.)]\s)")

Line = tuple[str, int]


def open_text(file: IO[bytes], kind: Format) -> Book:
    """Open a text. Raises ``ExtractionFailed`` (binary), here or later on."""
    encoding = encoding_of(file)
    total = max(1, file.seek(0, os.SEEK_END))

    def blocks() -> Iterator[Block]:
        lines = _lines(file, encoding)
        return _markdown(lines) if kind is Format.MARKDOWN else _plain(lines)

    return Book(About(kind), in_sections(blocks, total))


def _lines(file: IO[bytes], encoding: str) -> Iterator[Line]:
    """Lines with their ends, and how much of the file has been read; long ones in pieces."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    file.seek(0)
    held = ""
    done = replaced = characters = 0
    while True:
        piece = file.read(PIECE)
        text = decoder.decode(piece, final=not piece)
        done += len(piece)
        characters += len(text)
        replaced += text.count("\ufffd")
        # A few bytes that are wrong do not make a text unreadable. Where many are, it is none.
        if replaced * 20 > characters:
            raise ExtractionFailed("binary")
        if "\x00" in text:
            raise ExtractionFailed("binary")
        held += text
        if not piece and not held:
            return
        # A carriage return at the end may be the half of a line end.
        whole = held.replace("\r\n", "\n")
        if piece and whole.endswith("\r"):
            whole, back = whole[:-1], "\r"
        else:
            back = ""
        *lines, held = whole.replace("\r", "\n").split("\n")
        for line in lines:
            yield from ((each, done) for each in _pieces(line + "\n"))
        if len(held) > _LONGEST_LINE or not piece:
            yield from ((each, done) for each in _pieces(held) if each)
            held = ""
        held += back


def _pieces(line: str) -> Iterator[str]:
    for start in range(0, len(line), _LONGEST_LINE):
        yield line[start : start + _LONGEST_LINE]


def _plain(lines: Iterator[Line]) -> Iterator[Block]:
    """Paragraphs; a form feed begins a page."""
    starts = Starts.NOTHING
    held: list[str] = []
    size = 0
    done = 0
    for line, done in lines:
        first, *others = line.split("\f")
        held.append(first)
        size += len(first)
        for other in others:
            yield Block("".join(held), starts, done)
            starts, held, size = Starts.PAGE, [other], len(other)
        if size > _LONGEST_PARAGRAPH or (line.isspace() and size > 1):
            yield Block("".join(held), starts, done)
            starts, held, size = Starts.NOTHING, [], 0
    yield Block("".join(held), starts, done)


def _markdown(lines: Iterator[Line]) -> Iterator[Block]:
    """Lines; a heading begins a section. Code and a preamble have no headings."""
    fence = ""
    before: Line | None = None
    for index, (line, done) in enumerate(lines):
        mark = _FENCE.match(line)
        was_fenced = bool(fence)
        if index == 0 and line.strip() == "---":
            fence = "---"
        elif fence == "---":
            fence = "" if line.strip() in ("---", "...") else fence
        elif mark and not fence:
            fence = mark[1]
        elif mark and mark[1] == fence:
            fence = ""
        if was_fenced or fence:
            if before:
                yield Block(before[0], Starts.NOTHING, before[1])
            before = None
            yield Block(line, Starts.NOTHING, done)
            continue
        underlined = before and _UNDERLINE.match(line) and not _NO_TEXT.match(before[0])
        if before:
            heads = underlined or _HEADING.match(before[0])
            yield Block(before[0], Starts.SECTION if heads else Starts.NOTHING, before[1])
        before = (line, done)
        if underlined:
            # Of the heading, whose section has no text yet.
            yield Block("\n", Starts.NOTHING, done)
            before = None
    if before:
        starts = Starts.SECTION if _HEADING.match(before[0]) else Starts.NOTHING
        yield Block(before[0], starts, before[1])
