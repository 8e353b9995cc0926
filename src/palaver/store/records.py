"""What the store returns: frozen records, free of SQLAlchemy."""

from __future__ import annotations

import enum
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Literal, TypeVar

import msgspec

from palaver.models import MessageStatus, Role, RunStatus, SessionType, Visibility

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

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
    # Whether the title is one that a turn may replace by a better one.
    auto_title: bool = False
    topic_id: str | None = None


class SourceRecord(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A passage that an answer rests on; ``number`` is how the answer's text refers to it."""

    number: int
    book_id: str
    book_title: str
    page: int
    passage_id: int


class MessageRecord(msgspec.Struct, frozen=True, gc=False):
    """One message. ``seq`` counts from 0 in its session, without gaps.

    ``run_id`` names the run that it belongs to; ``usage`` is its input and output tokens. Of an
    answer, ``sources`` are the passages that it rests on.
    """

    message_id: str
    seq: int
    role: Role
    content: str
    agent_id: str | None
    agent_name: str | None
    summary: bool
    created_at: datetime
    status: MessageStatus = "complete"
    run_id: str | None = None
    usage: tuple[int, int] | None = None
    sources: tuple[SourceRecord, ...] = ()


class RunRecord(msgspec.Struct, frozen=True, gc=False):
    """One run. Its events have the ids from 1 to ``last_event_id``; 0 is none yet."""

    run_id: str
    session_id: str
    status: RunStatus
    user_message_id: str
    error_code: str | None
    error_detail: str | None
    created_at: datetime
    ended_at: datetime | None
    last_event_id: int
    cancel_requested: bool


class Started(msgspec.Struct, frozen=True, gc=False):
    """A run with the user's message that began it; ``is_new`` unless an earlier request did."""

    run: RunRecord
    message: MessageRecord
    session: SessionRecord
    is_new: bool


class BeginMessage(msgspec.Struct, frozen=True, gc=False):
    """An assistant's message begins."""

    message_id: str
    agent_id: str | None
    agent_name: str | None
    summary: bool


class FinishMessage(msgspec.Struct, frozen=True, gc=False):
    """A message that was in progress gets its content; ``usage`` is input and output tokens."""

    message_id: str
    seq: int
    content: str
    status: MessageStatus
    usage: tuple[int, int] | None
    sources: tuple[SourceRecord, ...] = ()


class RunEnd(msgspec.Struct, frozen=True, gc=False):
    """The run is over."""

    status: RunStatus
    error_code: str | None
    error_detail: str | None


class RunWrite(msgspec.Struct, frozen=True, gc=False):
    """A run's next events, at least one, and what is to become true together with them.

    Each event is a JSON object without a raw line break; the first has the id ``first_id``, which
    is the one after the run's last.
    """

    run_id: str
    session_id: str
    first_id: int
    events: tuple[bytes, ...]
    begin: BeginMessage | None = None
    finish: FinishMessage | None = None
    end: RunEnd | None = None


class Lost(enum.Enum):
    """What became of a write to a run that is another process's now, has ended, or is gone."""

    LOST = "lost"


class Once(msgspec.Struct, frozen=True, gc=False):
    """An idempotency key of a user, and the hash of the request that bears it."""

    user: str
    key: str
    fingerprint: str


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


BookStatus = Literal["PROCESSING", "READY", "FAILED"]


class BookRecord(msgspec.Struct, frozen=True, gc=False):
    """One book. ``reason`` says why it FAILED; ``progress`` is in per cent.

    ``format`` is the extractor's word for what the file is, ``media_type`` the web's.
    """

    book_id: str
    title: str
    author: str | None
    file_name: str
    format: str
    media_type: str
    sha256: str
    size: int
    status: BookStatus
    reason: str | None
    progress: int
    page_count: int
    passage_count: int
    created_by: str
    created_at: datetime
    updated_at: datetime


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A book that ``owner`` may ingest now; up to the page ``pages_done`` its passages are in.

    ``attempts`` counts the claims on it, this one included, that nobody brought to an end.
    """

    book_id: str
    file_name: str
    owner: str
    attempts: int
    pages_done: int


class NewPassage(msgspec.Struct, frozen=True, gc=False):
    """A piece of a page: what people read, its tokens, which it is found by, and its embedding."""

    page: int
    text: str
    tokens: Sequence[str]
    embedding: bytes | None = None


class Frequencies(msgspec.Struct, frozen=True):
    """How many passages can be searched, and in how many of them each term stands.

    Terms that stand in none are not in ``passages_with``.
    """

    passages: int
    passages_with: dict[str, int]


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A passage that may answer: its tokens with blanks in between, and its embedding, if any."""

    passage_id: int
    tokens: str
    embedding: bytes | None = None


class FoundPassage(msgspec.Struct, frozen=True, gc=False):
    """A passage of a book that is READY, as it stands on its page."""

    passage_id: int
    book_id: str
    book_title: str
    page: int
    text: str


class TopicRecord(msgspec.Struct, frozen=True, gc=False):
    """One topic; its search terms steer what is found."""

    topic_id: str
    title: str
    search_terms: tuple[str, ...]
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


def micros_of(time: datetime) -> int:
    """The microseconds since the epoch of an aware datetime, exactly."""
    return (time - _EPOCH) // _MICROSECOND


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
