"""The HTTP server around the application: uvicorn with bounded request heads and JSON logs."""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

MAX_HEAD_BYTES = 65_536
"""Request line and headers together; uvicorn's fast parser has no limit of its own."""

GRACE_SECONDS = 10
_OWN_FIELDS = {"message", "asctime", "color_message"}
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | _OWN_FIELDS


class BoundedHeadProtocol(HttpToolsProtocol):
    """Answers 400 and closes the connection when a request head outgrows ``MAX_HEAD_BYTES``."""

    _in_head = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The request head is too large.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()


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


def configure_logging(*, access: bool) -> None:
    """Structured logs on standard error: warnings and errors, and each request if ``access``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
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


def run(app: Any, sock: socket.socket, *, workers: int, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get ``GRACE_SECONDS`` to end.

    ``app`` is an ASGI application, or with several workers the import string of a factory.
    ``announce`` is called once the server takes requests.
    """
    config = uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        http=BoundedHeadProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    if workers == 1:
        _AnnouncingServer(config, announce).run(sockets=[sock])
        return
    announce()
    Multiprocess(config, sockets=[sock]).run()
