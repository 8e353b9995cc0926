"""The outermost middleware: request ids, and every error's only way out."""

from __future__ import annotations

import logging
import re
import secrets
import time
from dataclasses import dataclass, field

from connexion.exceptions import OAuthProblem, ProblemException
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from palaver.contract.faults import ClientDisconnected, ContractBreach, PathNotFound
from palaver.contract.rendering import ErrorRenderer, ErrorTable
from palaver.errors import PalaverError, StoreUnavailable, Unauthenticated

log = logging.getLogger("palaver.contract")
access_log = logging.getLogger("palaver.access")

EXCHANGE = "palaver.exchange"
OUTAGE_SECONDS = 10.0
_REQUEST_ID = re.compile(rb"[!-~]{1,128}")


@dataclass(slots=True)
class Exchange:
    """What the layers of the runtime know about the request at hand.

    ``refusal`` is why a credential was refused; ``announced_body`` says that the headers tell of a
    body and were checked; ``media_type`` is what ``Accept`` likes best, where it was asked.
    """

    request_id: str
    errors: ErrorTable | None = None
    refusal: Exception | None = None
    announced_body: bool = False
    media_type: str | None = None
    operation_id: str | None = None
    started: bool = False
    status: int = 0
    path_parameters: dict[str, str] = field(default_factory=dict)


class Shell:
    """Gives every response its ``X-Request-Id`` and renders every error once.

    A client's own request id is kept if it is well-formed (1 to 128 visible ASCII characters).
    """

    def __init__(self, app: ASGIApp, renderer: ErrorRenderer) -> None:
        self._app = app
        self._renderer = renderer
        self._outage_told = -OUTAGE_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
                return
            await self._app(scope, receive, send)
            return
        raw_id = b""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                raw_id = value
                break
        if not raw_id or not _REQUEST_ID.fullmatch(raw_id):
            raw_id = secrets.token_hex(8).encode()
        exchange = Exchange(raw_id.decode())
        scope[EXCHANGE] = exchange
        started_at = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.started = True
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", raw_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnected:
            return
        except Exception as error:  # noqa: BLE001 - the last line of defence renders everything
            await self._fail(scope, exchange, error, send_with_id)
        finally:
            if access_log.isEnabledFor(logging.INFO):
                self._record(scope, exchange, time.perf_counter() - started_at)

    async def _fail(self, scope: Scope, exchange: Exchange, error: Exception, send: Send) -> None:
        error = translate(error)
        if isinstance(error, StoreUnavailable) or not isinstance(error, PalaverError):
            self._report(exchange, error)
        if exchange.started:
            # Part of the answer is out. Cutting the connection is the only way to say so.
            raise error
        rendered = self._renderer.render(
            error, scope["path"], exchange.errors, exchange.request_id, scope["headers"]
        )
        headers = [(name.encode(), value.encode("latin-1")) for name, value in rendered.headers]
        headers.append((b"content-length", str(len(rendered.body)).encode()))
        await send({"type": "http.response.start", "status": rendered.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else rendered.body
        await send({"type": "http.response.body", "body": body})

    def _report(self, exchange: Exchange, error: Exception) -> None:
        extra = {"request_id": exchange.request_id, "operation": exchange.operation_id}
        if isinstance(error, ContractBreach):
            log.error("response withheld: %s", error, extra=extra)
        elif isinstance(error, StoreUnavailable):
            # Every request fails while a database is away; one stack trace in a while is enough.
            now = time.monotonic()
            cause = error.__cause__ if now - self._outage_told >= OUTAGE_SECONDS else None
            if cause is not None:
                self._outage_told = now
            log.error("store unavailable: %s", error, exc_info=cause, extra=extra)
        else:
            log.error("request failed", exc_info=error, extra=extra)

    @staticmethod
    def _record(scope: Scope, exchange: Exchange, seconds: float) -> None:
        access_log.info(
            "request",
            extra={
                "request_id": exchange.request_id,
                "method": scope["method"],
                "path": scope["path"],
                "status": exchange.status,
                "milliseconds": round(seconds * 1000, 2),
                "operation": exchange.operation_id,
            },
        )


def translate(error: Exception) -> Exception:
    """Errors of Connexion and Starlette as ours; anything else as it is."""
    if isinstance(error, OAuthProblem):
        return Unauthenticated("There is no credential that this operation takes.")
    status = getattr(error, "status_code", getattr(error, "status", None))
    if isinstance(error, ProblemException | HTTPException) and status == 404:
        return PathNotFound()
    return error


async def nothing_here(scope: Scope, _receive: Receive, _send: Send) -> None:
    """The application behind the contract: everything that reaches it does not exist."""
    if scope["type"] == "http":
        raise PathNotFound
