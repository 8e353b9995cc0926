"""Long JSON arrays, files and texts: sent in parts and in bounded memory; JSON is checked first."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.types import Receive, Send

from palaver.contract.faults import ClientDisconnected, ContractBreach
from palaver.contract.leaving import disconnect
from palaver.contract.reply import ArrayStream, ByteStream
from palaver.contract.responses import StatusPlan, check, is_json, raw_headers

Run = Callable[..., Awaitable[Any]]


class _Batches:
    """The encoded batches of a stream, one at a time; used on a worker thread."""

    def __init__(self, stream: ArrayStream, plan: StatusPlan, media_type: str | None) -> None:
        if media_type not in plan.media_types or not is_json(media_type):
            raise ContractBreach("only JSON can be streamed")
        self._stream = stream
        self._rest = msgspec.to_builtins(stream.rest)
        self._validator = plan.validators[media_type]
        schema = plan.schemas[media_type]
        if stream.name is not None:
            if stream.name not in schema.get("properties", {}):
                raise ContractBreach(f"the body has no property {stream.name}")
            schema = schema["properties"][stream.name]
        self._most = schema.get("maxItems")
        self._count = 0

    def next(self) -> bytes | None:
        """The items of the next batch that has any, without brackets, or ``None`` at the end.

        A batch is checked as an array of its own beside the other properties; only the number of
        items needs the sum. Raises ``ContractBreach``.
        """
        batch = next((batch for batch in self._stream.batches if batch), None)
        if batch is None and self._count:
            return None
        items = msgspec.to_builtins(batch) if batch is not None else []
        self._count += len(items)
        if self._most is not None and self._count > self._most:
            raise ContractBreach(f"{self._stream.name} has more than {self._most} items")
        name = self._stream.name
        check(self._validator, items if name is None else {**self._rest, name: items})
        return None if batch is None else msgspec.json.encode(items)[1:-1]

    def close(self) -> None:
        """Let go of what the batches are read from."""
        close = getattr(self._stream.batches, "close", None)
        # A reader that is cut off in the middle of a batch ends with it.
        with contextlib.suppress(ValueError):
            if close is not None:
                close()

    @property
    def opening(self) -> bytes:
        """What stands before the first item."""
        if self._stream.name is None:
            return b"["
        return b"{%s:[" % msgspec.json.encode(self._stream.name)

    @property
    def closing(self) -> bytes:
        """What stands after the last item: the other properties."""
        if self._stream.name is None:
            return b"]"
        members = b"".join(
            b",%s:%s" % (msgspec.json.encode(name), msgspec.json.encode(value))
            for name, value in self._rest.items()
        )
        return b"]%s}" % members


async def stream_array(
    stream: ArrayStream,
    plan: StatusPlan,
    headers: Mapping[str, str],
    *,
    media_type: str | None,
    is_head: bool,
    run: Run,
    receive: Receive,
    send: Send,
) -> None:
    """Send a long array, or a JSON object with one.

    ``run`` calls a function on a worker thread. What fits one batch is sent whole, with its length;
    nothing is sent before the second batch is known to be good. Reading stops when the client is
    gone: ``ClientDisconnected``.
    """
    media_type = media_type or plan.media_type
    batches = _Batches(stream, plan, media_type)
    try:
        first = await run(batches.next)
        second = await run(batches.next) if first is not None else None
        raw = raw_headers(headers, media_type)
        if second is None:
            content = batches.opening + (first or b"") + batches.closing
            raw.append((b"content-length", b"%d" % len(content)))
            await send({"type": "http.response.start", "status": plan.status, "headers": raw})
            await send({"type": "http.response.body", "body": b"" if is_head else content})
            return
        await send({"type": "http.response.start", "status": plan.status, "headers": raw})
        if is_head:
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.ensure_future(disconnect(receive))
        try:
            content = batches.opening + first
            following: bytes | None = second
            # This frame waits for as long as its client takes to read.
            del first, second
            while following is not None:
                await send({"type": "http.response.body", "body": content, "more_body": True})
                if gone.done():
                    raise ClientDisconnected
                content = b"," + following
                following = await run(batches.next)
            await send({"type": "http.response.body", "body": content + batches.closing})
        finally:
            gone.cancel()
    finally:
        await run(batches.close)


async def stream_bytes(
    stream: ByteStream,
    plan: StatusPlan,
    headers: Mapping[str, str],
    *,
    media_type: str | None,
    is_head: bool,
    run: Run,
    receive: Receive,
    send: Send,
) -> None:
    """Send a body that is no JSON in parts.

    ``run`` calls a function on a worker thread. Without a length, what comes in one part is sent
    whole, with its own. Raises ``ContractBreach`` for a type that the contract does not have and
    for another length than announced, ``ClientDisconnected``.
    """
    parts = _Parts(stream)
    try:
        media_type = media_type or plan.media_type
        if media_type not in plan.media_types or is_json(media_type):
            raise ContractBreach(f"status {plan.status} is not documented as {media_type} in parts")
        part = await run(parts.next)
        following = await run(parts.next) if part is not None else None
        length = stream.length
        if length is None and following is None:
            length = parts.sent
        raw = raw_headers(headers, media_type)
        if length is not None:
            raw.append((b"content-length", b"%d" % length))
        if following is None and parts.sent != length:
            raise ContractBreach(f"{length} bytes were announced and {parts.sent} came")
        await send({"type": "http.response.start", "status": plan.status, "headers": raw})
        if is_head or following is None:
            await send({"type": "http.response.body", "body": b"" if is_head else part or b""})
            return
        gone = asyncio.ensure_future(disconnect(receive))
        try:
            while following is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                if gone.done():
                    raise ClientDisconnected
                part = following
                following = await run(parts.next)
                if length is not None and parts.sent > length:
                    # While one part is held back, the client misses something and knows.
                    raise ContractBreach(f"more than the announced {length} bytes came")
            if length is not None and parts.sent != length:
                raise ContractBreach(f"{length} bytes were announced and {parts.sent} came")
            await send({"type": "http.response.body", "body": part})
        finally:
            gone.cancel()
    finally:
        await run(close_parts, stream)


class _Parts:
    """The parts of a stream, one at a time; used on a worker thread."""

    def __init__(self, stream: ByteStream) -> None:
        self._parts = stream.parts
        self.sent = 0

    def next(self) -> bytes | None:
        """The next part that has any bytes, or ``None`` at the end."""
        part = next((part for part in self._parts if part), None)
        self.sent += len(part or b"")
        return part


def close_parts(stream: ByteStream) -> None:
    """Let go of what the parts of a stream are read from."""
    close = getattr(stream.parts, "close", None)
    # A reader that is cut off in the middle of a part ends with it.
    with contextlib.suppress(ValueError):
        if close is not None:
            close()
