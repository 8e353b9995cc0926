"""What a type checker knows of a program with the Python client; mypy reads it, nobody runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

from palaver_client import (
    Answer,
    AsyncDownload,
    AsyncEventStream,
    AsyncPalaver,
    Download,
    EventStream,
    Palaver,
    models,
)
from palaver_client.models import Session


def blocking(client: Palaver) -> None:
    """Answers, lists, and events that are told apart by their type."""
    assert_type(client.get_session("s").message_count, int)
    assert_type(client.all.list_sessions(limit=3), Iterator[models.Session])
    stream = client.send_session_message("s", message="m")
    assert_type(stream, EventStream[models.RunEvent])
    assert_type(client.send_session_message("s", message="m", stream=False), models.Turn)
    for flag in (True, False):
        either = client.send_chat_message(session_id="s", message="m", stream=flag)
        assert_type(either, EventStream[models.RunEvent] | models.Turn)
    assert_type(client.get_contract_yaml(), str | None)
    for event in stream:
        if event.type == "message.delta":
            assert_type(event.text, str)
        elif event.type == "message.completed":
            assert_type(event.message, models.Message)
        elif event.type == "message.source":
            assert_type(event.source.passage_id, str)
        elif event.type == "deck.updated":
            assert_type(event.changed_slide_ids, list[str])
        elif event.type == "error":
            assert_type(event.code, str)
    assert_type(client.get_session_transcript("s"), Download)
    assert_type(client.get_session_transcript("s", accept="application/json"), models.Transcript)
    assert_type(client.export_session("s", accept="application/pdf"), Download)
    deck = client.with_response(client.get_session_slides, "s")
    assert_type(deck, Answer[models.Deck])
    slide = client.insert_slide(
        "s", if_match=deck.etag, content=models.TitleSlide(layout="title", title="T")
    )
    if isinstance(slide.content, models.TableSlide):
        assert_type(slide.content.header, list[str])
    elif isinstance(slide.content, models.UnknownSlideContent):
        assert_type(slide.content.layout, str)
        assert_type(slide.content.whatever, Any)
    assert_type(client.upload_book(file=b"x", on_progress=lambda done, total: None), models.Book)
    assert_type(client.all.list_books(), Iterator[models.Book])


async def asynchronous(client: AsyncPalaver) -> None:
    """The same without blocking."""
    assert_type(await client.get_session("s"), models.Session)
    assert_type(client.all.list_sessions(), AsyncIterator[Session])
    for flag in (True, False):
        either = await client.send_session_message("s", message="m", stream=flag)
        assert_type(either, AsyncEventStream[models.RunEvent] | models.Turn)
    assert_type(await client.export_session("s"), AsyncDownload)
    deck = await client.with_response(client.get_session_slides, "s")
    assert_type(deck, Answer[models.Deck])
    stream = await client.stream_run_events("s", "r")
    assert_type(stream, AsyncEventStream[models.RunEvent])
    async for event in stream:
        if event.type == "done":
            assert_type(event, models.RunDone)
    assert_type(
        await client.send_chat_message(session_id="s", message="m", stream=False), models.Turn
    )


def mistakes(client: Palaver) -> None:
    """What would be refused is seen before; an ignored error that is none is one."""
    client.send_session_message("s")  # type: ignore[call-overload]
    client.update_agent("a", nam="x")  # type: ignore[call-arg]
    client.list_sessions(limit="x")  # type: ignore[arg-type]
    client.create_agent(name=None)  # type: ignore[arg-type]
    client.get_session_transcript("s", accept="text/html")  # type: ignore[call-overload]
    client.with_response(client.get_session)  # type: ignore[call-arg]
