"""Routing by the contract, and what is refused before security runs.

The shield decides by path, method and headers alone: 400 for paths that are not UTF-8 or hold
control characters, 404 falls through, 405 with the complete ``Allow``, 406, 413 and 415.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from connexion.middleware.abstract import ROUTING_CONTEXT
from connexion.middleware.routing import RoutingMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver.contract.faults import InvalidField, InvalidRequest, MethodNotAllowed, NotAcceptable
from palaver.contract.negotiation import preferred
from palaver.contract.paths import PathItem, PathTable
from palaver.contract.plan import OperationPlan
from palaver.contract.shell import EXCHANGE, Exchange

_SUSPECT = re.compile(rb"[^!-~]|%[01]|%7[fF]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Shield:
    """Finds the operation of a request and refuses what its headers rule out."""

    def __init__(self, app: ASGIApp, table: PathTable, plans: Mapping[str, OperationPlan]) -> None:
        self._app = app
        self._table = table
        self._plans = plans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            found = self._match(scope)
            if found is not None:
                exchange: Exchange = scope[EXCHANGE]
                item, exchange.path_parameters = found
                self._admit(scope, item, exchange)
        await self._app(scope, receive, send)

    def _match(self, scope: Scope) -> tuple[PathItem, dict[str, str]] | None:
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        try:
            if _SUSPECT.search(raw) and _CONTROL.search(unquote_to_bytes(raw).decode()):
                raise _bad_path("the path has a control character")
            return self._table.match(raw.decode())
        except UnicodeDecodeError:
            raise _bad_path("the path is not valid UTF-8") from None

    def _admit(self, scope: Scope, item: PathItem, exchange: Exchange) -> None:
        method = scope["method"]
        operation_id = item.operation_ids.get(method)
        if operation_id is None and method == "HEAD":
            operation_id = item.operation_ids.get("GET")
        if operation_id is None:
            raise MethodNotAllowed(item.allow)
        plan = self._plans[operation_id]
        exchange.operation_id = operation_id
        exchange.errors = plan.errors
        accept = [value for name, value in scope["headers"] if name == b"accept"]
        if accept and plan.media_types and accept != [b"*/*"]:
            value = b",".join(accept).decode("latin-1")
            # Only short headers are worth a place in the cache.
            decide: Any = preferred if len(value) <= 256 else preferred.__wrapped__
            exchange.media_type = decide(value, plan.media_types)
            if exchange.media_type is None:
                raise NotAcceptable(f"This operation answers with {', '.join(plan.media_types)}.")
        if plan.body is not None:
            # Where a header is repeated, its first line counts.
            headers = dict(reversed([*scope["headers"]]))
            if b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0":
                plan.body.check_headers(headers)
                exchange.announced_body = True


def _bad_path(message: str) -> InvalidRequest:
    return InvalidRequest([InvalidField("/path", "path", message)])


class ContractRouting(RoutingMiddleware):
    """Connexion's routing, answered from the shield's match.

    Connexion still builds and checks its router at start; see docs/decisions/0001 for why its
    matching is not used.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            exchange: Exchange = scope[EXCHANGE]
            scope.setdefault("extensions", {})[ROUTING_CONTEXT] = {
                "api_base_path": "",
                "operation_id": exchange.operation_id,
            }
            if exchange.operation_id is None:
                # Nothing of the contract: past security, straight to what stands behind it.
                scope["extensions"][ROUTING_CONTEXT]["api_base_path"] = None
        await self.app(scope, receive, send)
