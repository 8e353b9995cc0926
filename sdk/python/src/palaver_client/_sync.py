"""The blocking side: it drives the flows, reads streams and saves files."""

from __future__ import annotations

import contextlib
import inspect
import os
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

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


class SyncTransport:
    """Makes calls; the generated methods stand on it."""

    def __init__(
        self,
        http: httpx2.Client,
        base: str,
        options: Options,
        authorize: Callable[[Operation, httpx2.Request], None],
    ) -> None:
        self._http = http
        self._base = base
        self._options = options
        self._authorize = authorize

    def call(
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
            return value_of(operation, self.drive(exchange(call, self._options)))

    def stream(self, operation: Operation, arguments: Mapping[str, Any]) -> EventStream[Any]:
        """The events that an operation answers with; its request has been made."""
        call = prepare_call(operation, arguments, accept="text/event-stream")
        return EventStream(self, call, self.drive(exchange(call, self._options)))

    def download(
        self, operation: Operation, arguments: Mapping[str, Any], *, accept: str | None = None
    ) -> Download:
        """The file that an operation answers with; its request has been made."""
        call = prepare_call(operation, arguments, accept=accept)
        call.is_stream = call.is_file = True
        return Download(self, call, self.drive(exchange(call, self._options)))

    def items(self, operation: Operation, arguments: Mapping[str, Any]) -> Iterator[Any]:
        """Every item of a list; a page is asked for when its first item is."""
        walk = PageWalk(operation, arguments)
        while walk.next is not None:
            yield from walk.take(self.call(operation, walk.next))

    def drive(self, flow: Flow) -> httpx2.Response:
        """Do what a flow wants until it has its response."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    step = flow.send(None)
                    continue
                try:
                    response = self._send(step)
                except httpx2.RequestError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(response)
        except StopIteration as stop:
            response = stop.value
            assert isinstance(response, httpx2.Response)
            return response

    def _send(self, step: Send) -> httpx2.Response:
        request = step.call.request(self._http, self._base, self._options)
        self._authorize(step.call.operation, request)
        if self._http.is_closed:
            raise ClosedError("The client has been closed.")
        response = self._http.send(request, stream=True)
        try:
            if not (step.call.is_stream and response.is_success):
                response.read()
            if self._options.on_response is not None:
                self._options.on_response(response)
            if step.call.is_file and response.is_success:
                check_type(step.call.accepted, response)
        except BaseException:
            response.close()
            raise
        return response

    @property
    def options(self) -> Options:
        """How the calls are made."""
        return self._options

    def with_options(self, options: Options) -> SyncTransport:
        """The same, with calls made in another way."""
        return SyncTransport(self._http, self._base, options, self._authorize)


class _Open:
    """Something that holds a connection until it is closed."""

    def close(self) -> None:
        """Let the connection go."""
        raise AssertionError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class EventStream(_Open, Generic[E]):
    """The events of a stream, each exactly once; where the connection breaks, it goes on by itself.

    Iterating raises ``StreamInterruptedError``, ``APIStatusError`` and ``InvalidResponseError``,
    which end the stream. Whatever else interrupts it, such as a signal, does not: the next event is
    still the one after the last that was given.
    """

    def __init__(self, transport: SyncTransport, call: Call, response: httpx2.Response) -> None:
        streaming = call.operation.streaming
        assert streaming is not None
        self._transport = transport
        self._response = response
        self._closed = threading.Event()
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

    def __iter__(self) -> Iterator[E]:
        return self

    def __next__(self) -> E:
        while True:
            try:
                event: E = next(self._events)
            except StopIteration:
                if self._is_over:
                    raise
                # An exception from elsewhere, such as one of a signal's handler, has ended it.
                self._events = self._follow(was_interrupted=True)
            except PalaverError:
                self._closed.set()
                raise
            else:
                return event

    def close(self) -> None:
        """Stop reading. The run that the events are of goes on.

        A reader in another thread ends: where it is just taking the stream up again, once the
        server has answered, and over HTTP/2, which an ``http_client`` may speak, once anything
        comes.
        """
        self._closed.set()
        _wake(self._response)
        if inspect.getgeneratorstate(self._events) != inspect.GEN_RUNNING:
            # Otherwise the reader does it, who may be in the middle of it.
            self._response.close()

    @property
    def _is_over(self) -> bool:
        return self._position.is_done or self._closed.is_set()

    def _follow(self, *, was_interrupted: bool = False) -> Generator[Any]:
        position, options = self._position, self._transport.options
        while not self._is_over:
            cause: Exception | None = None
            if not was_interrupted:
                try:
                    yield from self._read()
                except httpx2.SSEError as error:
                    raise InvalidResponseError(str(error), self._response) from error
                except httpx2.RequestError as error:
                    cause = error
                except httpx2.StreamError:
                    # Closed by another thread just before it was read.
                    if not self._is_over:
                        raise
                finally:
                    self._response.close()
                if self._is_over:
                    return
                position.count(options, cause)
                if (attempt := position.pause_after) is not None:
                    self._closed.wait(backoff(attempt))
            was_interrupted = False
            if not self._closed.is_set():
                call = position.resume(cause)
                flow = exchange(call, options, options.max_reconnects)
                self._response = self._transport.drive(flow)
        self._response.close()

    def _read(self) -> Iterator[Any]:
        """The events of one connection."""
        position = self._position
        position.begin(self._response)
        if position.is_done:
            return
        for sent in httpx2.EventSource(self._response, MAX_EVENT):
            event = position.take(sent, self._response)
            if position.is_done:
                self._response.close()
            if event is not None:
                yield event
            if self._is_over:
                return


def _wake(response: httpx2.Response) -> None:
    """End a read of a response's connection that waits in another thread."""
    stream = response.extensions.get("network_stream")
    # Closing does not wake who reads, and over HTTP/2 other responses share the connection.
    if response.is_closed or stream is None or response.http_version == "HTTP/2":
        return
    found = stream.get_extra_info("socket")
    if isinstance(found, socket.socket):
        with contextlib.suppress(OSError):
            # Not the method of an ``SSLSocket``, which takes its state away from the reader too.
            socket.socket.shutdown(found, socket.SHUT_RDWR)


class Download(ReceivedFile, _Open):
    """A file that the server sends; read it once, by one of the methods."""

    def __init__(self, transport: SyncTransport, call: Call, response: httpx2.Response) -> None:
        self._transport = transport
        self._call = call
        self._response = response

    def read(self) -> bytes:
        """All of it. Raises ``APIConnectionError`` and what a call raises."""
        return b"".join(self._attempts(lambda: list(self._pieces(None))))

    def save(self, path: str | os.PathLike[str], *, on_progress: Progress | None = None) -> int:
        """Write it to a file, which is there whole or not at all; how many bytes it has.

        Raises ``OSError``, ``APIConnectionError`` and what a call raises.
        """
        target = Path(path)
        part = part_of(target)
        tell = on_progress and never_back(on_progress)

        def write() -> int:
            with part.open("wb") as file:
                return sum(file.write(piece) for piece in self._pieces(tell))

        try:
            size = self._attempts(write)
            part.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        return size

    def close(self) -> None:
        """Let the connection go."""
        self._response.close()

    def _attempts(self, read: Callable[[], E]) -> E:
        """Read the whole file, from the beginning again where the connection broke."""
        options = self._transport.options
        attempt = 0
        with self:
            while True:
                try:
                    return read()
                except httpx2.StreamError as error:
                    raise ClosedError("The file has been read already, or closed.") from error
                except httpx2.RequestError as error:
                    if attempt >= options.max_retries or not self._call.may_repeat:
                        raise connection_error(error) from error
                self._response.close()
                time.sleep(backoff(attempt))
                attempt += 1
                self._response = self._transport.drive(exchange(self._call, options))

    def _pieces(self, on_progress: Progress | None) -> Iterator[bytes]:
        total, done = self.size, 0
        for piece in self._response.iter_bytes():
            yield piece
            done += len(piece)
            if on_progress is not None:
                on_progress(done, total)
