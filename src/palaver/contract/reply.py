"""What a handler may return beside its model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A body with what the contract leaves open.

    ``status`` may be left out where the operation documents one success status, ``media_type``
    where that status documents one. ``bytes`` bodies are sent as they are.
    """

    body: T
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class ArrayStream:
    """A JSON object with one long array that is read, checked and sent in batches.

    ``name`` is the array's property, ``rest`` holds all others. ``batches`` is advanced on a worker
    thread, so it may read from the store. An error in the first two batches is answered like any
    other; a later one cuts the connection, so that no client takes a part for the whole.
    """

    name: str
    batches: Iterator[Sequence[Any]]
    rest: Mapping[str, Any] = field(default_factory=dict)
