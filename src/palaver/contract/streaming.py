"""Long JSON arrays: sent in batches, each checked before it leaves, in bounded memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.types import Send

from palaver.contract.faults import ContractBreach
from palaver.contract.reply import ArrayStream
from palaver.contract.responses import StatusPlan, check, is_json, raw_headers

Run = Callable[..., Awaitable[Any]]


class _Batches:
    """The encoded batches of a stream, one at a time; used on a worker thread."""

    def __init__(self, stream: ArrayStream, plan: StatusPlan) -> None:
        media_type = plan.media_type
        if media_type is None or not is_json(media_type):
            raise ContractBreach("only a JSON object can be streamed")
        self._stream = stream
        self._rest = msgspec.to_builtins(stream.rest)
        self._validator = plan.validators[media_type]
        self._most = plan.schemas[media_type]["properties"][stream.name].get("maxItems")
        self._count = 0

    def next(self) -> bytes | None:
        """The items of the next batch without brackets, or ``None`` after the last one.

        A batch is checked as an array of its own beside the other properties; only the number of
        items needs the sum. Raises ``ContractBreach``.
        """
        batch = next(self._stream.batches, None)
        items = msgspec.to_builtins(batch) if batch is not None else []
        self._count += len(items)
        if self._most is not None and self._count > self._most:
            raise ContractBreach(f"{self._stream.name} has more than {self._most} items")
        check(self._validator, {**self._rest, self._stream.name: items})
        return None if batch is None else msgspec.json.encode(items)[1:-1]

    @property
    def opening(self) -> bytes:
        """What stands before the first item."""
        return b"{%s:[" % msgspec.json.encode(self._stream.name)

    @property
    def closing(self) -> bytes:
        """What stands after the last item: the other properties."""
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
    send: Send,
) -> None:
    """Send a JSON object with a long array.

    ``run`` calls a function on a worker thread. What fits one batch is sent whole, with its length;
    nothing is sent before the second batch is known to be good.
    """
    batches = _Batches(stream, plan)
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
    content = batches.opening + first
    following: bytes | None = second
    while following is not None:
        await send({"type": "http.response.body", "body": content, "more_body": True})
        content = b"," + following if following else b""
        following = await run(batches.next)
    await send({"type": "http.response.body", "body": content + batches.closing})
