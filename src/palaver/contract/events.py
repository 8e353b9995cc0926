"""Server-sent events (WHATWG HTML, section 9.2): each checked against its schema as it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

import jsonschema_rs
import msgspec
from starlette.types import Receive, Send

from palaver.contract.faults import ClientDisconnected, ContractBreach
from palaver.contract.reply import EventStream
from palaver.contract.responses import StatusPlan, check, raw_headers

EVENT_STREAM: Final = "text/event-stream"

HEARTBEAT_SECONDS = 15.0
"""A comment goes out after so long without an event, so that nothing on the way gives up."""

BODY_BYTES = 65_536
"""About what is made at once for a client that catches up; the rest waits until it reads."""

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

    What goes wrong with the events that are there at once is raised before anything is sent. Later,
    an event that breaks its schema raises ``ContractBreach``; those before it are sent.
    """
    source = stream.source
    try:
        if EVENT_STREAM not in plan.media_types:
            raise ContractBreach(f"status {plan.status} is not documented with {EVENT_STREAM}")
        raw = raw_headers(headers, EVENT_STREAM)
        start = {"type": "http.response.start", "status": plan.status, "headers": raw}
        if is_head:
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.ensure_future(_close_when_gone(receive, source.close))

        async def forward(bodies: Iterable[bytes]) -> None:
            for body in bodies:
                if gone.done():
                    raise ClientDisconnected
                await send({"type": "http.response.body", "body": body, "more_body": True})
                # Catching up is work; others have their turn between its parts.
                await asyncio.sleep(0)

        try:
            validator = plan.validators[EVENT_STREAM]
            events = await source.read(0.0)
            bodies = _bodies(events or (), validator)
            first = next(bodies, b"")
            await send(start)
            await forward(chain((first,), bodies) if first else ())
            while events is not None:
                events = await source.read(HEARTBEAT_SECONDS)
                if events is not None:
                    await forward(_bodies(events, validator) if events else (_HEARTBEAT,))
            if gone.done():
                raise ClientDisconnected
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
    finally:
        source.close()


def _bodies(
    events: Sequence[tuple[int, bytes]], validator: jsonschema_rs.Draft202012Validator
) -> Iterator[bytes]:
    """Events as bytes of the stream, in pieces of about ``BODY_BYTES``.

    Raises ``ContractBreach`` at an event that breaks the schema, after all before it.
    """
    parts: list[bytes] = []
    size = 0
    for number, data in events:
        try:
            part = _spelled(number, data, validator)
        except ContractBreach:
            if parts:
                yield b"".join(parts)
            raise
        parts.append(part)
        size += len(part)
        if size >= BODY_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def _spelled(number: int, data: bytes, validator: jsonschema_rs.Draft202012Validator) -> bytes:
    try:
        value = _decode(data)
    except ValueError:
        raise ContractBreach(f"event {number} is not JSON") from None
    check(validator, value)
    name = value.get("type") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name.isprintable():
        raise ContractBreach(f"event {number} has no type that could name it")
    if b"\n" in data or b"\r" in data:
        # A line break would end the field; in JSON it can only be space between tokens.
        data = b" ".join(data.splitlines())
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, name.encode(), data)


async def _close_when_gone(receive: Receive, close: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    close()
