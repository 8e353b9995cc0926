"""What a handler may return beside its model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A body with what the contract leaves open.

    ``status`` may be left out where the operation documents one success status, ``media_type``
    where that status documents one. ``bytes`` bodies are sent as they are. A body that may be
    ``large`` is checked and encoded on a worker thread.
    """

    body: T
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str | None = None
    large: bool = False


@dataclass(frozen=True, slots=True)
class ArrayStream:
    """A JSON object with one long array that is read, checked and sent in batches.

    ``name`` is the array's property, ``rest`` holds all others; an array that is no property of an
    object has no name. ``batches`` is advanced on a worker
    thread, so it may read from the store. An error in the first two batches is answered like any
    other; a later one cuts the connection, so that no client takes a part for the whole.
    """

    name: str | None
    batches: Iterator[Sequence[Any]]
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ByteStream:
    """A body that is no JSON, sent in parts: a file, or a long text.

    ``parts`` is advanced, and closed, on a worker thread, so it may read from a file or the store.
    An error before its second part is answered like any other; a later one cuts the connection, so
    that no client takes a part for the whole. ``length`` is the number of all bytes, where it is
    known; another number cuts the connection too.
    """

    parts: Iterator[bytes]
    length: int | None = None


class EventSource(Protocol):
    """Where the events of a stream come from."""

    async def read(self, patience: float) -> Sequence[tuple[int, bytes]] | None:
        """The next events, each with its id and its JSON, as soon as there are any.

        Empty where none came for ``patience`` seconds, ``None`` where none will come any more.
        Without patience (0) it looks whether there are any, and an error is answered as a problem.
        """

    def close(self) -> None:
        """The client is gone: let go, and let a waiting ``read`` return ``None``."""


@dataclass(frozen=True, slots=True)
class EventStream:
    """A stream of server-sent events; each is checked against the contract before it leaves.

    The contract's schema for ``text/event-stream`` is that of one event, whose ``type`` also
    becomes the name of the event.
    """

    source: EventSource
