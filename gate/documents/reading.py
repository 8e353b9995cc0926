"""Markdown files as blocks of text, table rows and code, each with its line and its marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

NOT_IN_CONTRACT = "not in the contract"
NOT_EXECUTED = "not executed"

_MARK = re.compile(rf"<!--\s*({NOT_IN_CONTRACT}|{NOT_EXECUTED})\b:?\s*(.*?)\s*-->", re.DOTALL)
_HEADING_NOISE = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``text``, ``code`` (a code span) or ``link`` (where a link leads)."""

    kind: Literal["text", "code", "link"]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Mark:
    """An HTML comment that excuses what follows it, or what it stands in."""

    kind: str
    reason: str
    line: int


@dataclass(slots=True)
class Block:
    """A paragraph, heading or list item (``prose``), a table's ``row``, or a code block."""

    kind: Literal["prose", "row", "fence", "indented"]
    line: int
    cells: list[list[Piece]] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    language: str = ""
    content: str = ""
    marks: list[Mark] = field(default_factory=list)

    @property
    def pieces(self) -> list[Piece]:
        """All its text, whichever cell it stands in."""
        return [piece for cell in self.cells for piece in cell]

    def mark(self, kind: str) -> Mark | None:
        """Its mark of a kind, if it has one."""
        return next((each for each in self.marks if each.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown file. ``stray`` are the marks that stand before nothing."""

    path: str
    blocks: list[Block]
    stray: list[Mark]
    anchors: frozenset[str]


def read_page(path: str, text: str) -> Page:
    """Parse a Markdown file."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    blocks = list(_blocks(tokens))
    starts = {block.line: block for block in reversed(blocks)}
    comments = {line: end for line, end, _ in _comments(tokens)}
    stray: list[Mark] = []
    for _, end, marks in _comments(tokens):
        while end in comments:
            end = comments[end]
        owner = starts.get(end)
        if owner is None:
            stray += marks
        else:
            owner.marks += marks
    return Page(path, blocks, stray, frozenset(_anchors(tokens)))


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    head: list[str] = []
    row: Block | None = None
    in_head = False
    for token in tokens:
        match token.type:
            case "thead_open" | "thead_close":
                in_head = token.type == "thead_open"
            case "tr_open":
                row = Block("row", _line(token))
            case "tr_close" if row is not None:
                if in_head:
                    head = ["".join(piece.text for piece in cell) for cell in row.cells]
                row.head = head
                yield row
                row = None
            case "inline":
                pieces, marks = _inline(token)
                if row is not None:
                    row.cells.append(pieces)
                    row.marks += marks
                else:
                    yield Block("prose", _line(token), [pieces], marks=marks)
            case "fence":
                language = token.info.strip().split(" ")[0].lower()
                yield Block("fence", _line(token), language=language, content=token.content)
            case "code_block":
                yield Block("indented", _line(token), content=token.content)


def _inline(token: Token) -> tuple[list[Piece], list[Mark]]:
    line = _line(token)
    pieces: list[Piece] = []
    marks: list[Mark] = []
    for child in token.children or []:
        match child.type:
            case "softbreak" | "hardbreak":
                line += 1
                pieces.append(Piece("text", " ", line))
            case "text" if child.content:
                pieces.append(Piece("text", child.content, line))
            case "code_inline":
                pieces.append(Piece("code", child.content, line))
            case "link_open" | "image":
                target = child.attrs.get("href") or child.attrs.get("src") or ""
                pieces.append(Piece("link", str(target), line))
            case "html_inline":
                marks += _marks(child.content, line)
    return pieces, marks


def _comments(tokens: list[Token]) -> Iterator[tuple[int, int, list[Mark]]]:
    """HTML blocks: the first line, the line after them, and the marks in them."""
    for token in tokens:
        if token.type == "html_block" and token.map:
            # A block ends before the next line that is not its own; blank lines do not belong.
            length = len(token.content.rstrip("\n").split("\n"))
            yield _line(token), _line(token) + length, _marks(token.content, _line(token))


def _marks(html: str, line: int) -> list[Mark]:
    return [Mark(kind, " ".join(reason.split()), line) for kind, reason in _MARK.findall(html)]


def _anchors(tokens: list[Token]) -> Iterator[str]:
    """The names that headings give themselves, as GitHub makes them."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            pieces, _ = _inline(inline)
            text = "".join(piece.text for piece in pieces if piece.kind != "link")
            yield _HEADING_NOISE.sub("", text.strip().lower()).replace(" ", "-")


def _line(token: Token) -> int:
    return (token.map or [0])[0] + 1
