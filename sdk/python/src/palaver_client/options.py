"""What a client can be told about how it makes its calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx2

Token = str | Callable[[], str]
"""A token, or what gives one for each request."""
LONGEST: Final = 2_147_483.0
"""Seconds that every clock can count; whoever says more will not wait to see the difference."""
AsyncToken = str | Callable[[], str] | Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How calls are made; ``with_options`` of a client changes them for some."""

    timeout: float = 60.0
    """Seconds without a byte until a request is given up. A stream says something every 15."""
    connect_timeout: float = 10.0
    max_retries: int = 2
    """How often a request is tried again."""
    max_reconnects: int = 8
    """How often in a row a stream is taken up again without getting any further."""
    max_retry_after: float = 60.0
    """A server that asks for a longer pause than this gets none: the error is raised at once."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers for every request, in place of this client's own of the same names."""
    on_response: Callable[[httpx2.Response], None] | None = None
    """Called with every response as it came, refusals and those that are tried again included."""

    def __post_init__(self) -> None:
        if not (self.timeout > 0 and self.connect_timeout > 0):
            raise ValueError("A timeout is a number of seconds above 0.")
        if self.max_retries < 0 or self.max_reconnects < 0:
            raise ValueError("A number of retries is 0 or more.")
