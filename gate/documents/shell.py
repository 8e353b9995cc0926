"""Shell text as the commands in it: their words, without running anything."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from gate.documents.paths import Endpoint

_OPERATORS = frozenset("();<>|&")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*")
_OWN_HOST = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?|\$\{?\w+\}?(?=/)")
_CURL_DATA = frozenset(
    {"-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "-F", "--form"}
)
_CURL_TAKES_VALUE = (
    frozenset(
        {
            "-H",
            "--header",
            "-o",
            "--output",
            "-u",
            "--user",
            "-A",
            "-b",
            "-c",
            "-w",
            "-m",
            "--max-time",
        }
    )
    | _CURL_DATA
)


@dataclass(frozen=True, slots=True)
class Command:
    """A program's name (without its folder), its arguments, and its first line."""

    name: str
    arguments: tuple[str, ...]
    line: int


def commands_in(text: str, line: int = 1, *, console: bool = False) -> Iterator[Command]:
    """The commands of a shell text, those in ``$(…)`` too; in a console only after ``$``."""
    for number, logical in _logical_lines(text, console):
        for words in _split(logical):
            while words and (_ASSIGNMENT.fullmatch(words[0]) or words[0] in ("env", "exec", "!")):
                words = words[1:]
            if words:
                name = PurePosixPath(words[0]).name
                yield Command(name, tuple(words[1:]), line + number)


def curl_endpoint(command: Command) -> Endpoint | None:
    """What a ``curl`` asks of a server on this machine; ``None`` where it asks another one."""
    method, target = "", ""
    words = iter(command.arguments)
    for word in words:
        if word in ("-X", "--request"):
            method = next(words, "")
        elif word.startswith("-X") and len(word) > 2:
            method = word[2:]
        elif word in ("-I", "--head"):
            method = method or "HEAD"
        elif word in _CURL_TAKES_VALUE:
            value = next(words, "")
            if word in _CURL_DATA and value:
                method = method or "POST"
        elif not word.startswith("-") and _OWN_HOST.match(word):
            target = _OWN_HOST.sub("", word, count=1)
    if not target.startswith("/"):
        return None
    return Endpoint.parse(method or "GET", target)


def _logical_lines(text: str, console: bool) -> Iterator[tuple[int, str]]:
    """Whole commands with the number of their first line: continued and quoted lines are joined."""
    pending, start = "", 0
    for number, line in enumerate(text.split("\n")):
        if console and not pending:
            if not line.startswith("$ "):
                continue
            line = line[2:]
        start = start if pending else number
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
        elif _is_open(pending):
            pending += "\n"
        else:
            yield start, pending
            pending = ""
    if pending:
        yield start, pending


def _is_open(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False


def _split(text: str) -> Iterator[list[str]]:
    """The words of each simple command."""
    # A command that is substituted inside double quotes is one too.
    for inner in re.findall(r'"[^"]*\$\(([^()]*)\)[^"]*"', text):
        yield from _split(inner)
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    try:
        tokens = list(lexer)
    except ValueError:
        return
    for token in tokens:
        if set(token) <= _OPERATORS:
            yield words
            words = []
        else:
            words.append(token)
    yield words
