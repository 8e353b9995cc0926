"""Long JSON arrays: sent in batches, each checked before it leaves, in bounded memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.types import Receive, Send

from palaver.contract.faults import ClientDisconnected, ContractBreach
from palaver.contract.reply import ArrayStream
from palaver.contract.responses import StatusPlan, check, is_json, raw_headers

Run = Callable[..., Awaitable[Any]]


class _Batches:
    """The encoded batches of a stream, one at a time; used on a worker thread."""

    def __init__(self, stream: ArrayStream, plan: StatusPlan) -> None:
        media_type = plan.media_type
        if media_type is None or not is_json(media_type):
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
    batches = _Batches(stream, plan)
    try:
        first = await run(batches.next)
        second = await run(batches.next) if first is not None else None
        raw = raw_headers(headers, plan.media_type)
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
        gone = asyncio.ensure_future(_disconnect(receive))
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


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
