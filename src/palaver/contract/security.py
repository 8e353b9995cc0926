"""Connexion's security without Starlette's request object, which cost more than the checks."""

from __future__ import annotations

from typing import Any

from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.operations import AbstractOperation
from starlette.types import Receive, Scope, Send


class _Request:
    """What Connexion and our security handlers use of a request."""

    __slots__ = ("context", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.context: dict[str, Any] = scope["extensions"].setdefault("connexion_context", {})


class _Operation(SecurityOperation):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.security:
            await self.verification_fn(_Request(scope))
        await self.next_app(scope, receive, send)


class _API(SecurityAPI):
    def make_operation(self, operation: AbstractOperation) -> _Operation:
        made: _Operation = _Operation.from_operation(
            operation,
            next_app=self.next_app,
            security_handler_factory=self.security_handler_factory,
        )
        return made


class ContractSecurity(SecurityMiddleware):
    """Applies the contract's security as Connexion reads it.

    Security handlers get an object with ``scope`` and ``context``.
    """

    api_cls = _API
