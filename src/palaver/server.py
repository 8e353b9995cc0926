"""The HTTP server around the application: uvicorn with bounds of its own, and JSON logs."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import multiprocessing
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.supervisors import Multiprocess

from palaver.app import DRAIN, compose
from palaver.auth.secrets_file import UnusableSecrets
from palaver.errors import PalaverError, StoreUnavailable
from palaver.proxies import Proxied
from palaver.settings import InvalidSetting, Settings

MAX_HEAD_BYTES = 65_536
"""Request line, headers and trailers together."""

MAX_CONNECTIONS = 4096
"""Each may hold a body of 2 MiB for a minute."""

MAX_PIPELINED = 100
HEAD_SECONDS = 30
STALL_SECONDS = 60
"""For so long a client may take nothing of what is sent to it."""

LOOKS = 4
"""How often a client that stands still is looked at meanwhile."""

GRACE_SECONDS = 10
TURN_GRACE_SECONDS = GRACE_SECONDS - 3
"""What running turns get; the rest is for sending and storing their ends."""

START_SECONDS = 60
_OWN_FIELDS = {"message", "asctime", "color_message"}
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | _OWN_FIELDS


class BoundedHeadProtocol(HttpToolsProtocol):
    """uvicorn's fast parser with the limits that it lacks.

    400 for a request head, trailers included, beyond ``MAX_HEAD_BYTES``; at most ``MAX_PIPELINED``
    requests of a connection wait their turn; a connection that has nothing to wait for and does not
    complete a head for ``HEAD_SECONDS`` is closed; one that takes nothing of its answer for
    ``STALL_SECONDS`` is cut.
    """

    _answered: RequestResponseCycle | None = None
    _refused = False
    _in_head = False
    _in_trailers = False
    _head_bytes = 0
    _silent_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _unsent = 0
    _stalled_looks = 0
    _stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
        super().connection_lost(exc)
        # uvicorn tells the newest request alone; the one that is being answered may be older.
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()

    def shutdown(self) -> None:
        """The server is about to stop: the application hears of it, with the time that is left."""
        drain = self.app_state.get(DRAIN)
        if drain is not None:
            drain(TURN_GRACE_SECONDS)
        super().shutdown()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        # What the parser takes in without a word is part of a line that it keeps in memory.
        self._silent_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._silent_bytes > MAX_HEAD_BYTES:
            self.send_400_response("The request head is too large.")
        elif self._head_timer is None and (self._in_head or not self._is_answering()):
            self._watch()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError("too many requests at once")
        self._in_head, self._in_trailers = True, False
        self._head_bytes = self._silent_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + len(": \r\n"))
        # Trailers come too late to be headers: security has been decided without them.
        if not self._in_trailers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._in_trailers = False, True
        self._silent_bytes = 0
        self._unwatch()
        if self.parser.get_http_version() not in ("1.1", "1.0"):
            raise ValueError("another version of HTTP")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        super().on_body(body)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def on_response_complete(self) -> None:
        # What is left of it may be too little to pause anything.
        if self.transport.get_write_buffer_size():
            self._watch_reader()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser is at; requests that came whole before it are still answered."""
        if not self._is_answering():
            super().send_400_response(msg)
        elif not self.cycle.more_body:
            self.cycle.keep_alive = False
            self._refused = True
        elif self.pipeline or self.cycle.response_started:
            self.transport.close()
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise ValueError("the request head is too large")

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _watch(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._on_time_up)

    def _unwatch(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _on_time_up(self) -> None:
        if self._is_answering():
            self._watch()
        else:
            self.transport.close()

    def _watch_reader(self) -> None:
        if self._stall_timer is None:
            self._unsent, self._stalled_looks = self.transport.get_write_buffer_size(), 0
            self._stall_timer = self.loop.call_later(STALL_SECONDS / LOOKS, self._look_at_reader)

    def _look_at_reader(self) -> None:
        self._stall_timer = None
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            return
        # Several looks, because as much may have been written as was taken.
        looks = self._stalled_looks + 1 if unsent == self._unsent else 0
        if looks >= LOOKS:
            # Closing would wait for the reader, and the system would keep what it has for it.
            self.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            self.transport.abort()
            return
        self._watch_reader()
        self._stalled_looks = looks


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and whatever ``extra`` holds."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {k: v for k, v in vars(record).items() if k not in _STANDARD_FIELDS}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


class _WithoutKnownTracebacks(logging.Filter):
    """Cut connections are told by uvicorn with a stack trace; where the cause is known, without."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(
            record.exc_info[1], PalaverError | asyncio.CancelledError
        ):
            record.msg = f"answer cut short: {record.exc_info[1]!r}"
            record.args, record.exc_info = (), None
        return True


def configure_logging(*, access: bool) -> None:
    """Structured logs on standard error: warnings and errors, and each request if ``access``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.captureWarnings(True)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("uvicorn.error").addFilter(_WithoutKnownTracebacks())
    logging.getLogger("palaver.access").setLevel(logging.INFO if access else logging.WARNING)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ``OSError``, also for a host name that is not known."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family, backlog=2048)


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


class _AnnouncingSupervisor(Multiprocess):
    def __init__(
        self, config: uvicorn.Config, sockets: list[socket.socket], announce: Callable[[], None]
    ) -> None:
        super().__init__(config, sockets)
        self._announce = announce

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(START_SECONDS) for process in self.processes):
            self._announce()


def run(
    app: ASGIApp, settings: Settings, sock: socket.socket, *, announce: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get ``GRACE_SECONDS`` to end.

    ``announce`` is called once the server takes requests.
    """
    proxied = Proxied(app, settings.forwarded_allow_ips)
    server = _AnnouncingServer(_config(proxied), announce)
    # uvicorn raises the signal again when it is done, which would then end the process by it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    server.run(sockets=[sock])


def run_workers(
    settings: Settings,
    sock: socket.socket,
    *,
    workers: int,
    command: str,
    access: bool,
    announce: Callable[[], None],
) -> None:
    """Serve with several processes, as ``run`` does; one that dies is replaced."""
    config = _config(functools.partial(_worker_app, settings, command, access), factory=True)
    config.workers = workers
    _AnnouncingSupervisor(config, [sock], announce).run()


def _worker_app(settings: Settings, command: str, access: bool) -> ASGIApp:
    configure_logging(access=access)
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()
    try:
        return Proxied(compose(settings, command=command), settings.forwarded_allow_ips)
    except (InvalidSetting, UnusableSecrets, StoreUnavailable) as error:
        # All was well when the parent looked. It tries again with a new worker.
        logging.getLogger(__name__).error("the worker cannot start: %s", error)
        sys.exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _config(app: ASGIApp | Callable[[], ASGIApp], *, factory: bool = False) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=factory,
        http=BoundedHeadProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # `Proxied` hears more of them.
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
