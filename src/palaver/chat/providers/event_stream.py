"""Server-sent events as they come off the wire, in pieces of any size.

After the WHATWG's "event stream" format: lines end in CR, LF or CRLF, several ``data`` lines make
one event, lines that begin with a colon are comments, a byte order mark at the start is skipped.
It is stricter in one thing: what is not UTF-8 is an error instead of a replacement character.
"""

from __future__ import annotations

import codecs

MAX_EVENT_BYTES = 2 << 20
"""A whole answer in one event, with every character escaped, still fits."""


class InvalidEventStream(ValueError):
    """What came is no event stream, or has an event over the limit."""


class EventStream:
    """Takes bytes, gives the events that they complete. It keeps at most one event's bytes."""

    def __init__(self) -> None:
        self._partial: list[bytes] = []
        self._partial_size = 0
        self._at_start = True
        self._after_cr = False
        self._event = ""
        self._data: list[str] = []
        self._data_size = 0

    def feed(self, chunk: bytes) -> list[tuple[str, str]]:
        """The events (name, data) that end in this chunk. Raises ``InvalidEventStream``.

        A name of "" is the default one, "message". Events without data are no events.
        """
        if self._after_cr and chunk:
            # The second half of a CRLF ends nothing: its first half ended the line already.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if chunk.endswith(b"\r"):
            self._after_cr = True
        lines = chunk.splitlines(keepends=True)
        if not lines:
            return []
        # What has no line end yet is kept in parts: joining it each time would cost its square.
        tail = b"" if lines[-1].endswith((b"\n", b"\r")) else lines.pop()
        if lines and self._partial:
            lines[0] = b"".join([*self._partial, lines[0]])
            self._partial, self._partial_size = [], 0
        if tail:
            self._partial.append(tail)
            self._partial_size += len(tail)
            if self._partial_size > MAX_EVENT_BYTES:
                raise InvalidEventStream("a line is too long")
        events: list[tuple[str, str]] = []
        for raw in lines:
            if len(raw) > MAX_EVENT_BYTES:
                raise InvalidEventStream("a line is too long")
            self._take(raw, events)
        return events

    def _take(self, raw: bytes, events: list[tuple[str, str]]) -> None:
        if self._at_start:
            self._at_start = False
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            # A line end is never a part of a longer character, so that lines can be decoded alone.
            line = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise InvalidEventStream("a line is not UTF-8") from None
        if not line:
            if self._data:
                events.append((self._event, "\n".join(self._data)))
            self._event, self._data, self._data_size = "", [], 0
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            self._data_size += len(raw)
            if self._data_size > MAX_EVENT_BYTES:
                raise InvalidEventStream("an event is too long")
        elif field == "event":
            self._event = value
