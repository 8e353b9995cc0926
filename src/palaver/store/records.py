"""What the store returns: frozen records, free of SQLAlchemy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

import msgspec

from palaver.models import Role, SessionType, Visibility

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# The largest number that both stores can hold and still add another of its kind to.
MAX_COUNT: Final = 2**62 - 1


# gc=False: the records hold no cycles, and a page of thousands need not be walked by the collector.
class SessionRecord(msgspec.Struct, frozen=True, gc=False):
    """One session. ``owner`` is None for a legacy session, which everybody may use."""

    session_id: str
    kind: SessionType
    title: str
    owner: str | None
    visibility: Visibility
    agents: tuple[tuple[str, str], ...]
    profile_id: int | None
    profile_name: str | None
    max_context_results: int
    created_at: datetime
    updated_at: datetime
    last_activity: datetime
    message_count: int


class MessageRecord(msgspec.Struct, frozen=True, gc=False):
    """One message. ``seq`` counts from 0 in its session, without gaps."""

    message_id: str
    seq: int
    role: Role
    content: str
    agent_id: str | None
    agent_name: str | None
    summary: bool
    created_at: datetime


class AgentRecord(msgspec.Struct, frozen=True, gc=False):
    """One agent of the catalogue."""

    agent_id: str
    name: str
    description: str | None
    instructions: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class ProfileRecord(msgspec.Struct, frozen=True, gc=False):
    """One profile of the catalogue."""

    profile_id: int
    name: str
    description: str | None
    instructions: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list; ``next_cursor`` is None on the last."""

    items: list[T]
    next_cursor: str | None


class HistoryPage(msgspec.Struct, frozen=True):
    """A part of a session's messages in order, and how many the session has in all."""

    items: list[MessageRecord]
    total: int


def now_micros() -> int:
    """The time in microseconds since the epoch, UTC."""
    return time.time_ns() // 1000


def moment(micros: int) -> datetime:
    """The aware UTC datetime of ``micros`` microseconds since the epoch, exactly."""
    return _EPOCH + timedelta(microseconds=micros)


def is_storable(text: str) -> bool:
    """Whether both stores can hold, and so look up, this text: no NUL, no lone surrogate."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_storable_number(number: int) -> bool:
    """Whether the number fits the 64-bit integers of both stores."""
    return -(2**63) <= number < 2**63


def window(limit: int, skip: int) -> tuple[int, int]:
    """Check ``limit`` and ``skip`` and cap them to what the stores can count.

    Raises ValueError if either is negative.
    """
    if limit < 0 or skip < 0:
        raise ValueError("limit and skip must not be negative")
    return min(limit, MAX_COUNT), min(skip, MAX_COUNT)


def cut(items: Sequence[T], limit: int) -> tuple[list[T], bool]:
    """The first ``limit`` of the items, and whether there were more."""
    return list(items[:limit]), len(items) > limit
