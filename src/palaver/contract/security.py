"""Connexion's security, made safe and cheap.

Connexion evaluates ``security``: a list is OR, a map is AND, ``{}`` stands for nobody. It goes on
to the next alternative when a credential is bad, so that with ``{}`` in the list a bad token would
make a request anonymous. Here a refusal is remembered, and only a good credential makes up for it.
And it builds Starlette's request object, which costs more than the checks; here it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.operations import AbstractOperation
from starlette.types import Receive, Scope, Send

from palaver.contract.document import Document
from palaver.contract.shell import EXCHANGE, Exchange

SecurityFactory = Callable[[], Any]


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


class RememberingScheme:
    """A Connexion security handler that notes in the exchange why a credential was refused."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler

    def get_fn(self, scheme: Mapping[str, Any], scopes: list[str]) -> Callable[[Any], Any]:
        """The check of a request, as the handler makes it."""
        check = self._handler.get_fn(scheme, scopes)

        def remembering(request: Any) -> Any:
            try:
                result = check(request)
            except Exception as error:
                _remember(request.scope, error)
                raise
            return _finish(request.scope, result) if asyncio.iscoroutine(result) else result

        return remembering


async def _finish(scope: Scope, result: Any) -> Any:
    try:
        return await result
    except Exception as error:
        _remember(scope, error)
        raise


def _remember(scope: Scope, error: Exception) -> None:
    exchange: Exchange = scope[EXCHANGE]
    exchange.refusal = error


def remembering(security: Mapping[str, SecurityFactory]) -> dict[str, SecurityFactory]:
    """The same schemes, remembering."""

    def wrap(factory: SecurityFactory) -> SecurityFactory:
        return lambda: RememberingScheme(factory())

    return {scheme: wrap(factory) for scheme, factory in security.items()}


def check_schemes(document: Document, security: Mapping[str, SecurityFactory]) -> None:
    """Raises ``ContractError`` where an operation asks for a scheme that nothing here checks.

    Connexion would leave such a scheme out.
    """
    schemes = document.tree.get("components", {}).get("securitySchemes", {})
    for operation in document.operations:
        for name in {name for requirement in operation.security for name in requirement}:
            scheme = schemes.get(name)
            known = scheme is not None and (
                scheme.get("type") == "http" and str(scheme.get("scheme")).lower() in security
            )
            if not known:
                raise document.fail(
                    (*operation.pointer, "security"),
                    "security",
                    f"nothing checks the security scheme {name} of {operation.operation_id}",
                )


def principal_of(scope: Scope) -> Any:
    """Who makes a request that security let through; ``None`` for nobody.

    Raises what a credential was refused for, where no other one was accepted.
    """
    info: Mapping[str, Any] = scope["extensions"]["connexion_context"]["token_info"]
    if not info:
        exchange: Exchange = scope[EXCHANGE]
        if exchange.refusal is not None:
            raise exchange.refusal
        return None
    if "principal" in info:
        return info["principal"]
    # A map of schemes that were all fulfilled: the first one names the caller.
    return next(iter(info.values()))["principal"]
