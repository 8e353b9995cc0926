"""Where a reader of a stream or of a list is, and what leads on from there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import httpx2
from pydantic import BaseModel

from ._answers import decode, event_type, is_stream
from ._contract import Operation, Paging, Streaming
from ._omit import OMIT
from ._requests import Call, body_value, prepare_call
from .errors import InvalidResponseError, StreamInterruptedError
from .options import Options

MAX_EVENT: Final = 16 * 1024 * 1024
"""Bytes of an event. None of the contract comes near; one without end must not fill the memory."""
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
"""The id of an event. One with more digits is none of a server, and would take long to read."""


class StreamPosition:
    """Which events of a stream have been seen, over all the connections that it takes."""

    def __init__(self, call: Call, streaming: Streaming, response: httpx2.Response) -> None:
        self._call = call
        self._streaming = streaming
        self._first = response
        after = call.arguments.get(streaming.after) if streaming.after else None
        self.last_id = int(after or 0)
        self.is_done = False
        self._fruitless = 0
        self._seen_before = self.last_id

    def begin(self, response: httpx2.Response) -> None:
        """Look at a connection's response before it is read. Raises ``InvalidResponseError``."""
        if response.status_code == httpx2.codes.NO_CONTENT:
            self.is_done = True
        elif not is_stream(response):
            raise InvalidResponseError("The answer is not a stream of events.", response)
        self._seen_before = self.last_id

    def take(self, sent: httpx2.ServerSentEvent, response: httpx2.Response) -> Any | None:
        """An event that is new and known. Raises ``InvalidResponseError``."""
        number = int(sent.id) if _NUMBER.fullmatch(sent.id) else None
        if number is not None and number <= self.last_id:
            return None
        kind = event_type(sent.data, response)
        is_known = kind in self._streaming.types
        event = decode(self._streaming.event, sent.data, response) if is_known else None
        # Not before: whoever is interrupted above gets the event when they read on.
        self.last_id = self.last_id if number is None else number
        self.is_done = kind == self._streaming.last
        return event

    def count(self, options: Options, cause: Exception | None) -> None:
        """Note that a connection broke off.

        Raises ``StreamInterruptedError`` where none gets any further.
        """
        self._fruitless = 0 if self.last_id > self._seen_before else self._fruitless + 1
        if self._fruitless > options.max_reconnects:
            raise StreamInterruptedError("The stream breaks off again and again.") from cause

    def resume(self, cause: Exception | None) -> Call:
        """The call that goes on after what was seen.

        Raises ``StreamInterruptedError`` where none does.
        """
        operation = self._streaming.resume or self._call.operation
        streaming = operation.streaming
        if streaming is None or streaming.after is None:
            raise StreamInterruptedError("The stream broke off and cannot be resumed.") from cause
        arguments = dict(self._call.arguments)
        if self._streaming.resume is not None:
            arguments = {
                name: self._find(*place) for name, place in self._streaming.arguments.items()
            }
        arguments[streaming.after] = self.last_id
        return prepare_call(operation, arguments, accept="text/event-stream")

    @property
    def pause_after(self) -> int | None:
        """How many times in a row nothing came of it; nothing where something did."""
        return self._fruitless - 1 if self._fruitless else None

    def find(self, name: str) -> str | None:
        """A header of the first response, or else an argument of the call."""
        value = self._first.headers.get("x-" + name.replace("_", "-"))
        return value or self._call.arguments.get(name)

    def _find(self, source: str, name: str) -> Any:
        if source == "header":
            if name not in self._first.headers:
                raise InvalidResponseError(f"The answer has no {name}.", self._first)
            return self._first.headers[name]
        if source == "path":
            return self._call.arguments[name]
        body = self._call.operation.body
        value = body_value(body, self._call.arguments) if body else OMIT
        return value.get(name) if isinstance(value, Mapping) else getattr(value, name)


class PageWalk:
    """A list, page by page, each item once."""

    def __init__(self, operation: Operation, arguments: Mapping[str, Any]) -> None:
        assert operation.paging is not None
        self._paging: Paging = operation.paging
        self._first = self._skip = int(arguments.get("skip") or 0)
        self._limit = int(arguments.get("limit") or self._paging.limit)
        self._total: int | None = None
        self._given: set[Any] = set()
        self.next: dict[str, Any] | None = dict(arguments)
        """The arguments of the next page; nothing after the last one."""

    def take(self, answer: Any) -> list[Any]:
        """The items of a page that are new."""
        items = _at(answer, self._paging.items)
        assert self.next is not None
        total = _at(answer, self._paging.total) if self._paging.total else None
        self._total = total if self._total is None else self._total
        added = max(0, total - self._total) if total is not None and self._total is not None else 0
        found = self._new(items, added)
        if self._paging.by == "cursor":
            cursor = _at(answer, self._paging.next)
            self.next = {**self.next, "cursor": cursor} if cursor else None
            return found
        self._skip += len(items)
        if self._paging.from_end:
            # What was given has moved on by what was added.
            self._skip = max(self._skip, self._first + added + len(self._given))
        is_last = len(items) < self._limit or (total is not None and self._skip >= total)
        self.next = None if is_last else {**self.next, "skip": self._skip}
        return found

    def _new(self, items: list[Any], added: int) -> list[Any]:
        """The items that were not given before, in the iterator's order."""
        if self._paging.from_end:
            # Of a list that is read from its newest on, what was added since the first page is
            # newer than that, and was not asked for.
            items = items[::-1][max(0, self._first + added - self._skip) :]
        if (key := self._paging.key) is None:
            return list(items)
        found = []
        for item in items:
            if (name := _at(item, (key,))) not in self._given:
                self._given.add(name)
                found.append(item)
        return found


def _at(value: Any, pointer: tuple[str, ...]) -> Any:
    """What stands at a pointer that is written in the contract's names."""
    for name in pointer:
        if not isinstance(value, BaseModel):
            return None
        fields = type(value).model_fields
        value = getattr(
            value, next((own for own, each in fields.items() if name in (own, each.alias)), name)
        )
    return value
