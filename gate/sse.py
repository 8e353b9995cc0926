"""Server-sent events as a strict reader takes them (WHATWG HTML, section 9.2).

Written for the gate alone: what checks a stream must not share the mistakes of what made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_LINE_END = re.compile(r"\r\n|\n|\r")
_FIELDS = frozenset({"event", "data", "id", "retry"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was written; ``id`` and ``name`` are ``None`` where it does not say."""

    id: str | None
    name: str | None
    data: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The events of a stream, and what a browser would pass over and a strict reader does not."""

    events: tuple[Event, ...]
    problems: tuple[str, ...]


@lru_cache(maxsize=512)
def parse_stream(content: bytes) -> Parsed:
    """All events of a stream that has ended.

    Comments are passed over. A field that is not known, an ``id`` with NUL, a ``retry`` that is no
    number, an event without data and one that is not followed by a blank line are problems.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Parsed((), (f"byte {error.start} is not UTF-8",))
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    events: list[Event] = []
    problems: list[str] = []
    block: list[str] = []
    # What follows the last line end is a line that was cut off, or nothing.
    for line in lines[:-1]:
        if line:
            block.append(line)
        else:
            events += _event(block, problems)
            block = []
    if lines[-1]:
        block.append(lines[-1])
    if any(not line.startswith(":") for line in block):
        problems.append(f"the last event is cut off at {_short(block[-1])}")
    return Parsed(tuple(events), tuple(problems))


def _event(block: list[str], problems: list[str]) -> Iterator[Event]:
    """The event of the lines between two blank ones; none where they are comments."""
    last_id: str | None = None
    name: str | None = None
    data: list[str] = []
    fields = [line for line in block if not line.startswith(":")]
    for line in fields:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field not in _FIELDS:
            problems.append(f"the field {_short(field)} is not known")
        elif field == "data":
            data.append(value)
        elif field == "event":
            problems += ["an event has two names"] if name is not None else []
            name = value
        elif field == "id":
            problems += ["an event has two ids"] if last_id is not None else []
            problems += ["an id has a NUL"] if "\0" in value else []
            last_id = value
        elif not (value.isascii() and value.isdigit()):
            problems.append(f"retry is {_short(value)}")
    if data:
        yield Event(last_id, name, "\n".join(data))
    elif last_id is not None or name is not None:
        problems.append(f"the event {name or last_id} has no data")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
