"""How the generated code describes an operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Location = Literal["path", "query", "header", "cookie"]
Auth = Literal["bearer", "basic"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its argument in Python, its name on the wire, and where it stands."""

    argument: str
    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Body:
    """A request body, whole in one argument or a member in each."""

    media_type: str
    required: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    """The arguments of the members, with the members' names."""
    files: frozenset[str] = frozenset()
    """Those members of a form that are files."""
    argument: str | None = None
    """The argument that is the whole body."""
    is_file: bool = False
    """Whether that argument is a file."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list goes on: ``x-list`` of the contract, and the parameters that lead on."""

    item: Any
    items: tuple[str, ...]
    key: str | None
    by: Literal["cursor", "skip"]
    limit: int
    """The size of a page where none is asked for."""
    next: tuple[str, ...] = ("next_cursor",)
    """Where a page has the cursor of the one after it."""
    total: tuple[str, ...] | None = None
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class Streaming:
    """How a stream of events ends and goes on: ``x-events`` of the contract, and its links."""

    event: Any
    types: frozenset[str]
    """The types of events that this client knows."""
    last: str | None
    resume: Operation | None = None
    """The operation that goes on; nothing where that is the streaming operation itself."""
    arguments: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Its arguments, each with where in the first request or its response it stands."""
    after: str | None = None
    """The argument of this operation that says after which event to go on."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract."""

    name: str
    method: str
    path: str
    auth: tuple[Auth, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    key: str | None = None
    """The argument that makes a repetition safe."""
    body: Body | None = None
    answer: Any = None
    """The type of a success with a JSON body."""
    media_types: tuple[str, ...] = ()
    paging: Paging | None = None
    streaming: Streaming | None = None

    @property
    def is_safe(self) -> bool:
        """Whether the method alone makes a repetition safe (RFC 9110, section 9.2.2)."""
        return self.method in ("GET", "HEAD", "PUT", "DELETE")
