"""What a block of a document mentions: endpoints, operations, statuses, and everything else.

The items of a block stand in sentences, for a status belongs to the operation that its sentence
names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gate.documents.paths import METHODS, Endpoint, endpoints_in
from gate.documents.reading import Block, Piece
from gate.documents.shell import Command, commands_in, curl_endpoint
from gate.documents.statuses import statuses_in

SHELL = ("shell", "bash", "sh", "console")

_SETTING = re.compile(r"\bPALAVER_[A-Z0-9][A-Z0-9_]*\b")
_PATH = re.compile(r"(?:…|\.\.\.)?/(?!/)[^\s`]*")
_WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_FLAG = re.compile(r"--[a-z][\w-]*")
_PROGRAM = re.compile(r"(?:\S*/)?(?:palaver|tox|curl|python[\d.]*)(?:\s|$)|\w+=\S*\s+\S*python\b")
_OWN_URL = re.compile(r"https?://(?:127\.0\.0\.1|localhost)(?::\d+)?(/\S*)")
_JOINS = re.compile(r"\s*(?:under|on|for|from|at|by|below|in)\s*")
_STOP = re.compile(r"(?<=[.!?])\s+(?=\S)")
_METHOD_CELL = re.compile(rf"(?:{METHODS})")
_ENDS_IN_METHOD = re.compile(rf"\b({METHODS})\s*$")


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was said to exist, in the words of the document, and the line.

    ``kind`` is ``endpoint``, ``path`` (without a method), ``name`` (of an operation, perhaps),
    ``status``, ``setting``, ``flag``, ``command``, ``link`` or ``file``. ``sent`` marks what stands
    in a request, where values take the place of parameters.
    """

    kind: str
    text: str
    line: int
    endpoint: Endpoint | None = None
    command: Command | None = None
    sent: bool = False
    joins_next: bool = False
    column: str = ""


Sentence = list[Mention]


def sentences_of(block: Block) -> list[Sentence]:
    """The mentions of a block, sentence by sentence; a table's row is one sentence."""
    if block.kind == "prose":
        return list(_prose(block.cells[0]))
    if block.kind == "row":
        return [_row(block)]
    return [list(_code_block(block))]


def _prose(pieces: list[Piece]) -> Iterator[Sentence]:
    sentence: Sentence = []
    for piece, following in pairwise([*pieces, Piece("text", "", 0)]):
        if piece.kind == "text":
            parts = _STOP.split(piece.text)
            for index, part in enumerate(parts):
                if index or (part[:1].isspace() and sentence and _ended(pieces, piece)):
                    yield sentence
                    sentence = []
                last = index == len(parts) - 1
                sentence += _text(Piece("text", part, piece.line), following if last else None)
        else:
            sentence += _other(piece, _method_before(pieces, piece))
    yield sentence


def _ended(pieces: list[Piece], piece: Piece) -> bool:
    """Whether the text before a line break ended a sentence."""
    before = pieces[: _index(pieces, piece)]
    return bool(before) and before[-1].kind == "text" and before[-1].text.endswith((".", "!", "?"))


def _index(pieces: list[Piece], piece: Piece) -> int:
    return next(i for i, each in enumerate(pieces) if each is piece)


def _method_before(pieces: list[Piece], piece: Piece) -> str:
    """``GET`` where a path's code span follows that word directly."""
    index = _index(pieces, piece)
    before = "".join(each.text for each in pieces[max(0, index - 2) : index])
    found = _ENDS_IN_METHOD.search(before)
    return found[1] if found else ""


def _row(block: Block) -> Sentence:
    methods = [
        text
        for cell in block.cells
        if _METHOD_CELL.fullmatch(text := "".join(piece.text for piece in cell).strip())
    ]
    method = methods[0] if len(methods) == 1 else ""
    row: Sentence = []
    for index, cell in enumerate(block.cells):
        column = block.head[index] if index < len(block.head) else ""
        for piece, following in pairwise([*cell, Piece("text", "", 0)]):
            if piece.kind == "text":
                found = list(_text(piece, following))
            else:
                found = list(_other(piece, method or _method_before(cell, piece)))
            row += [_in_column(each, column) for each in found]
    return row


def _in_column(mention: Mention, column: str) -> Mention:
    return Mention(
        mention.kind, mention.text, mention.line, mention.endpoint, mention.command,
        mention.sent, mention.joins_next, column.strip().lower(),
    )  # fmt: skip


def _text(piece: Piece, following: Piece | None) -> Iterator[Mention]:
    text, line = piece.text, piece.line
    for endpoint in endpoints_in(text):
        yield Mention("endpoint", str(endpoint), line, endpoint=endpoint)
    yield from _settings(text, line)
    for target in _OWN_URL.findall(text):
        endpoint = Endpoint.parse("", target.rstrip(".,;:)"))
        yield Mention("path", str(endpoint), line, endpoint=endpoint)
    for end, status in statuses_in(text):
        joins = following is not None and following.kind == "code"
        joins = joins and _JOINS.fullmatch(text[end:]) is not None
        yield Mention("status", status, line, joins_next=joins)


def _other(piece: Piece, method: str) -> Iterator[Mention]:
    text, line = piece.text.strip(), piece.line
    if piece.kind == "link":
        yield Mention("link", text, line)
        return
    endpoints = list(endpoints_in(text))
    for endpoint in endpoints:
        yield Mention("endpoint", str(endpoint), line, endpoint=endpoint)
    yield from _settings(text, line)
    if endpoints:
        return
    if own := _OWN_URL.fullmatch(text):
        text = own[1]
    if _PATH.fullmatch(text):
        endpoint = Endpoint.parse(method, text)
        kind = "endpoint" if method else "path"
        yield Mention(kind, str(endpoint), line, endpoint=endpoint)
    elif _WORD.fullmatch(text):
        yield Mention("name", text, line)
    elif re.fullmatch(r"[2-5]\d\d", text):
        yield Mention("status", text, line)
    elif _FLAG.match(text):
        for flag in _FLAG.findall(text):
            yield Mention("flag", flag, line)
    elif _PROGRAM.match(text):
        yield from _commands(text, line, console=False)
    else:
        yield Mention("file", text, line)


def _settings(text: str, line: int) -> Iterator[Mention]:
    for name in _SETTING.findall(text):
        yield Mention("setting", name, line)


def _commands(text: str, line: int, *, console: bool) -> Iterator[Mention]:
    for command in commands_in(text, line, console=console):
        if command.name == "curl":
            endpoint = curl_endpoint(command)
            if endpoint is not None:
                yield Mention("endpoint", str(endpoint), command.line, endpoint=endpoint, sent=True)
        else:
            yield Mention("command", command.name, command.line, command=command)


def _code_block(block: Block) -> Iterator[Mention]:
    first = block.line + (block.kind == "fence")
    for number, text in enumerate(block.content.split("\n"), first):
        yield from _settings(text, number)
    if block.language in SHELL:
        yield from _commands(block.content, first, console=block.language == "console")
    elif block.language in ("python", "py"):
        yield from _python(block.content, first)
    elif block.language != "json":
        for number, text in enumerate(block.content.split("\n"), first):
            for endpoint in endpoints_in(text):
                yield Mention("endpoint", str(endpoint), number, endpoint=endpoint, sent=True)
            if answered := re.match(r"HTTP/[\d.]+ (\d{3})\b", text):
                yield Mention("status", answered[1], number)


def _python(text: str, first: int) -> Iterator[Mention]:
    """Calls such as ``client.get("/api/sessions")``; a block that is no Python fails when run."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        method, target = node.func.attr.upper(), _constant(node.args[0])
        if _METHOD_CELL.fullmatch(method) and target.startswith("/"):
            endpoint = Endpoint.parse(method, target)
            line = first + node.lineno - 1
            yield Mention("endpoint", str(endpoint), line, endpoint=endpoint, sent=True)


def _constant(node: ast.expr) -> str:
    """A string, with placeholders for what an f-string puts in; a base URL in front is cut off."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [
            _constant(each) if isinstance(each, ast.Constant) else "{_}" for each in node.values
        ]
        text = "".join(parts)
        return text.removeprefix("{_}") if text.startswith("{_}/") else text
    return ""
