"""Server-sent events (WHATWG HTML, section 9.2): each checked against its schema as it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.types import Receive, Send

from palaver.contract.faults import ClientDisconnected, ContractBreach
from palaver.contract.reply import EventStream
from palaver.contract.responses import StatusPlan, check, raw_headers

EVENT_STREAM: Final = "text/event-stream"

HEARTBEAT_SECONDS = 15.0
"""A comment goes out after so long without an event, so that nothing on the way gives up."""

_HEARTBEAT: Final = b":\n\n"
_decode = msgspec.json.Decoder().decode


async def stream_events(
    stream: EventStream,
    plan: StatusPlan,
    headers: Mapping[str, str],
    *,
    is_head: bool,
    receive: Receive,
    send: Send,
) -> None:
    """Send events until there are none, or until the client is gone: ``ClientDisconnected``.

    Raises ``ContractBreach`` before an event that breaks its schema; those before it are sent.
    """
    source = stream.source
    try:
        if EVENT_STREAM not in plan.media_types:
            raise ContractBreach(f"status {plan.status} is not documented with {EVENT_STREAM}")
        spell = _speller(plan)
        raw = raw_headers(headers, EVENT_STREAM)
        await send({"type": "http.response.start", "status": plan.status, "headers": raw})
        if is_head:
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.ensure_future(_close_when_gone(receive, source.close))
        try:
            while (events := await source.read(HEARTBEAT_SECONDS)) is not None:
                if gone.done():
                    raise ClientDisconnected
                body, breach = spell(events) if events else (_HEARTBEAT, None)
                if body:
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                if breach is not None:
                    raise breach
            if gone.done():
                raise ClientDisconnected
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
    finally:
        source.close()


def _speller(plan: StatusPlan) -> Callable[[Any], tuple[bytes, ContractBreach | None]]:
    """What turns events into the bytes of a stream, up to the first that breaks the schema."""
    validator = plan.validators[EVENT_STREAM]

    def spell(events: Any) -> tuple[bytes, ContractBreach | None]:
        parts = []
        for number, data in events:
            value = _decode(data)
            if not validator.is_valid(value):
                try:
                    check(validator, value)
                except ContractBreach as breach:
                    return b"".join(parts), breach
            parts.append(b"id: %d\nevent: %b\ndata: %b\n\n" % (number, _type(value), data))
        return b"".join(parts), None

    return spell


def _type(value: Any) -> bytes:
    name: str = value["type"]
    return name.encode()


async def _close_when_gone(receive: Receive, close: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    close()
