"""The events of a run, as the contract has them, from what the store and the turn know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from palaver.models import (
    DeckUpdated,
    Message,
    MessageCompleted,
    MessageDelta,
    MessageSource,
    MessageStarted,
    RunDone,
    RunError,
    RunEvent,
    SessionTitled,
    Source,
)
from palaver.store import BeginMessage, Deck, MessageRecord, SourceRecord

encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(RunEvent).decode

DONE: Final = encode(RunDone())
"""The last event of every run."""


def message(record: MessageRecord) -> Message:
    """A message as `/api/` and the events show it."""
    used_in, used_out = record.usage or (None, None)
    return Message(
        id=record.message_id,
        seq=record.seq,
        role=record.role,
        content=record.content,
        agent_id=record.agent_id,
        agent_name=record.agent_name,
        summary=record.summary,
        status=record.status,
        run_id=record.run_id,
        input_tokens=used_in,
        output_tokens=used_out,
        sources=[source(each) for each in record.sources],
        timestamp=record.created_at,
    )


def source(record: SourceRecord) -> Source:
    """A source as messages and events show it."""
    return Source(
        number=record.number,
        book_id=record.book_id,
        book_title=record.book_title,
        page=record.page,
        passage_id=str(record.passage_id),
    )


def started(run_id: str, begin: BeginMessage) -> bytes:
    """An answer begins."""
    return encode(
        MessageStarted(
            run_id=run_id,
            message_id=begin.message_id,
            agent_id=begin.agent_id,
            agent_name=begin.agent_name,
            summary=begin.summary,
        )
    )


def delta(message_id: str, text: str) -> bytes:
    """The next piece of an answer."""
    return encode(MessageDelta(message_id=message_id, text=text))


def rests_on(message_id: str, record: SourceRecord) -> bytes:
    """An answer rests on a passage."""
    return encode(MessageSource(message_id=message_id, source=source(record)))


def completed(record: MessageRecord) -> bytes:
    """An answer has ended."""
    return encode(MessageCompleted(message=message(record)))


def deck_updated(old: Deck, new: Deck) -> bytes:
    """The deck has another version."""
    shown = {slide.slide_id: slide.content for slide in old.slides}
    return encode(
        DeckUpdated(
            version=new.version,
            title=new.title,
            theme=new.theme,
            slide_ids=[slide.slide_id for slide in new.slides],
            changed_slide_ids=[
                slide.slide_id for slide in new.slides if shown.get(slide.slide_id) != slide.content
            ],
        )
    )


def titled(title: str) -> bytes:
    """The session got a title."""
    return encode(SessionTitled(title=title))


def failed(code: str, detail: str, message_id: str | None) -> bytes:
    """The turn failed."""
    return encode(RunError(code=code, detail=detail, message_id=message_id))


def read(data: bytes) -> RunEvent:
    """An event as it was encoded."""
    event: RunEvent = _decode(data)
    return event


def text_of(message_id: str, log: Iterable[bytes]) -> str:
    """What was written of a message, from the events of its run.

    Events of a newer version of this server may be among them; those are no texts.
    """
    return "".join(
        event.text
        for event in map(_known, log)
        if isinstance(event, MessageDelta) and event.message_id == message_id
    )


def _known(data: bytes) -> RunEvent | None:
    try:
        return read(data)
    except msgspec.ValidationError:
        return None
