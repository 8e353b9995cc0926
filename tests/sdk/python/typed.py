"""What a type checker knows of a program with the Python client; mypy reads it, nobody runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from palaver_client import AsyncEventStream, AsyncPalaver, EventStream, Palaver, models


def blocking(client: Palaver) -> None:
    """Answers, lists, and events that are told apart by their type."""
    assert_type(client.get_session("s").message_count, int)
    assert_type(client.all.list_sessions(limit=3), Iterator[models.Session])
    stream = client.send_session_message("s", message="m")
    assert_type(stream, EventStream[models.RunEvent])
    assert_type(client.send_session_message("s", message="m", stream=False), models.Turn)
    assert_type(client.get_contract_yaml(), str | None)
    for event in stream:
        if event.type == "message.delta":
            assert_type(event.text, str)
        elif event.type == "message.completed":
            assert_type(event.message, models.Message)
        elif event.type == "error":
            assert_type(event.code, str)


async def asynchronous(client: AsyncPalaver) -> None:
    """The same without blocking."""
    assert_type(await client.get_session("s"), models.Session)
    assert_type(client.all.list_sessions(), AsyncIterator[models.Session])
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
