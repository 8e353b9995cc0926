"""The same as ``_sync``, for asyncio."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import anyio
import anyio.to_thread
import httpx2

from ._answers import check_type, value_of
from ._contract import Operation
from ._exchange import Flow, Pause, Send, backoff, connection_error, exchange
from ._following import MAX_EVENT, PageWalk, StreamPosition
from ._requests import Call, prepare_call
from .errors import ClosedError, InvalidResponseError, PalaverError
from .files import Progress, ReceivedFile, never_back, part_of
from .options import Options

E = TypeVar("E")


class AsyncTransport:
    """Makes calls; the generated methods stand on it."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        base: str,
        options: Options,
        authorize: Callable[[Operation, httpx2.Request], Awaitable[None]],
    ) -> None:
        self._http = http
        self._base = base
        self._options = options
        self._authorize = authorize

    async def call(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        *,
        accept: str | None = None,
        on_progress: Progress | None = None,
    ) -> Any:
        """The value that an operation answers with."""
        call = prepare_call(operation, arguments, accept=accept, on_progress=on_progress)
        with call.opened:
            return value_of(operation, await self.drive(exchange(call, self._options)))

    async def stream(
        self, operation: Operation, arguments: Mapping[str, Any]
    ) -> AsyncEventStream[Any]:
        """The events that an operation answers with; its request has been made."""
        call = prepare_call(operation, arguments, accept="text/event-stream")
        return AsyncEventStream(self, call, await self.drive(exchange(call, self._options)))

    async def download(
        self, operation: Operation, arguments: Mapping[str, Any], *, accept: str | None = None
    ) -> AsyncDownload:
        """The file that an operation answers with; its request has been made."""
        call = prepare_call(operation, arguments, accept=accept)
        call.is_stream = call.is_file = True
        return AsyncDownload(self, call, await self.drive(exchange(call, self._options)))

    async def items(self, operation: Operation, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Every item of a list; a page is asked for when its first item is."""
        walk = PageWalk(operation, arguments)
        while walk.next is not None:
            for item in walk.take(await self.call(operation, walk.next)):
                yield item

    async def drive(self, flow: Flow) -> httpx2.Response:
        """Do what a flow wants until it has its response."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    await anyio.sleep(step.seconds)
                    step = flow.send(None)
                    continue
                try:
                    response = await self._send(step)
                except httpx2.RequestError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(response)
        except StopIteration as stop:
            response = stop.value
            assert isinstance(response, httpx2.Response)
            return response

    async def _send(self, step: Send) -> httpx2.Response:
        make = partial(step.call.request, self._http, self._base, self._options)
        request = await anyio.to_thread.run_sync(make) if step.call.has_files else make()
        await self._authorize(step.call.operation, request)
        if self._http.is_closed:
            raise ClosedError("The client has been closed.")
        response = await self._http.send(request, stream=True)
        try:
            if not (step.call.is_stream and response.is_success):
                await response.aread()
            if self._options.on_response is not None:
                self._options.on_response(response)
            if step.call.is_file and response.is_success:
                check_type(step.call.accepted, response)
        except BaseException:
            await response.aclose()
            raise
        return response

    @property
    def options(self) -> Options:
        """How the calls are made."""
        return self._options

    def with_options(self, options: Options) -> AsyncTransport:
        """The same, with calls made in another way."""
        return AsyncTransport(self._http, self._base, options, self._authorize)


class _Open:
    """Something that holds a connection until it is closed."""

    async def close(self) -> None:
        """Let the connection go."""
        raise AssertionError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class AsyncEventStream(_Open, Generic[E]):
    """The events of a stream, each exactly once; where the connection breaks, it goes on by itself.

    Iterating raises ``StreamInterruptedError``, ``APIStatusError`` and ``InvalidResponseError``,
    which end the stream. Whatever else interrupts it, such as a cancellation, does not: the next
    event is still the one after the last that was given.
    """

    def __init__(self, transport: AsyncTransport, call: Call, response: httpx2.Response) -> None:
        streaming = call.operation.streaming
        assert streaming is not None
        self._transport = transport
        self._response = response
        self._is_closed = False
        self._position = StreamPosition(call, streaming, response)
        self._events = self._follow()

    @property
    def run_id(self) -> str | None:
        """The run whose events these are."""
        return self._position.find("run_id")

    @property
    def last_event_id(self) -> int:
        """The id of the last event that was given."""
        return self._position.last_id

    @property
    def response(self) -> httpx2.Response:
        """The response of the connection that is read now."""
        return self._response

    def __aiter__(self) -> AsyncIterator[E]:
        return self

    async def __anext__(self) -> E:
        while True:
            try:
                event: E = await anext(self._events)
            except StopAsyncIteration:
                if self._is_over:
                    raise
                # An exception from elsewhere, such as a cancellation, has ended it.
                self._events = self._follow(was_interrupted=True)
            except PalaverError:
                self._is_closed = True
                raise
            else:
                return event

    async def close(self) -> None:
        """Stop reading. The run that the events are of goes on.

        A reader in another task ends, where it is just taking the stream up again once the server
        has answered.
        """
        self._is_closed = True
        await self._response.aclose()

    @property
    def _is_over(self) -> bool:
        return self._position.is_done or self._is_closed

    async def _follow(self, *, was_interrupted: bool = False) -> AsyncIterator[Any]:
        position, options = self._position, self._transport.options
        while not self._is_over:
            cause: Exception | None = None
            if not was_interrupted:
                try:
                    async with contextlib.aclosing(self._read()) as events:
                        async for event in events:
                            yield event
                except httpx2.SSEError as error:
                    raise InvalidResponseError(str(error), self._response) from error
                except httpx2.RequestError as error:
                    cause = error
                finally:
                    await self._response.aclose()
                if self._is_over:
                    return
                position.count(options, cause)
                if (attempt := position.pause_after) is not None:
                    await anyio.sleep(backoff(attempt))
            was_interrupted = False
            if not self._is_closed:
                call = position.resume(cause)
                flow = exchange(call, options, options.max_reconnects)
                self._response = await self._transport.drive(flow)
        await self._response.aclose()

    async def _read(self) -> AsyncGenerator[Any]:
        """The events of one connection."""
        position = self._position
        position.begin(self._response)
        if position.is_done:
            return
        async for sent in httpx2.EventSource(self._response, MAX_EVENT):
            event = position.take(sent, self._response)
            if position.is_done:
                await self._response.aclose()
            if event is not None:
                yield event
            if self._is_over:
                return


class AsyncDownload(ReceivedFile, _Open):
    """A file that the server sends; read it once, by one of the methods."""

    def __init__(self, transport: AsyncTransport, call: Call, response: httpx2.Response) -> None:
        self._transport = transport
        self._call = call
        self._response = response

    async def read(self) -> bytes:
        """All of it. Raises ``APIConnectionError`` and what a call raises."""

        async def collect() -> list[bytes]:
            return [piece async for piece in self._pieces(None)]

        return b"".join(await self._attempts(collect))

    async def save(
        self, path: str | os.PathLike[str], *, on_progress: Progress | None = None
    ) -> int:
        """Write it to a file, which is there whole or not at all; how many bytes it has.

        Raises ``OSError``, ``APIConnectionError`` and what a call raises.
        """
        target = Path(path)
        part = part_of(target)
        tell = on_progress and never_back(on_progress)

        async def write() -> int:
            size = 0
            # Writing to a disk blocks, so a thread does it.
            async with await anyio.open_file(part, "wb") as file:
                async for piece in self._pieces(tell):
                    size += await file.write(piece)
            return size

        try:
            size = await self._attempts(write)
            part.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        return size

    async def close(self) -> None:
        """Let the connection go."""
        await self._response.aclose()

    async def _attempts(self, read: Callable[[], Awaitable[E]]) -> E:
        """Read the whole file, from the beginning again where the connection broke."""
        options = self._transport.options
        attempt = 0
        async with self:
            while True:
                try:
                    return await read()
                except httpx2.StreamError as error:
                    raise ClosedError("The file has been read already, or closed.") from error
                except httpx2.RequestError as error:
                    if attempt >= options.max_retries or not self._call.may_repeat:
                        raise connection_error(error) from error
                await self._response.aclose()
                await anyio.sleep(backoff(attempt))
                attempt += 1
                self._response = await self._transport.drive(exchange(self._call, options))

    async def _pieces(self, on_progress: Progress | None) -> AsyncIterator[bytes]:
        total, done = self.size, 0
        async for piece in self._response.aiter_bytes():
            yield piece
            done += len(piece)
            if on_progress is not None:
                on_progress(done, total)
