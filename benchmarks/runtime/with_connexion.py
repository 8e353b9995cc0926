"""The benchmark's contract on Connexion's own AsyncApp, validating requests and responses."""

from __future__ import annotations

from typing import Any

from connexion import AsyncApp
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolution, Resolver

from benchmarks.runtime.data import ROWS, RULES, contract
from palaver.auth.bearer import TokenVerifier

_verifier = TokenVerifier(RULES)


async def get_history(session_id: str, limit: int = 50, skip: int = 0) -> Any:
    """A page of a history as plain data."""
    return {"history": ROWS, "total": 20, "skip": skip, "limit": limit}


async def get_history_of_models(session_id: str, limit: int = 50, skip: int = 0) -> Any:
    """The same: Connexion has no models."""
    return {"history": ROWS, "total": 20, "skip": skip, "limit": limit}


async def add_message(session_id: str, body: dict[str, Any]) -> Any:
    """Add nothing."""
    return {"message": f"A message of {body['role']} was added."}


async def get_thing(thing_id: str) -> Any:
    """A thing."""
    return {"name": thing_id}


def check_token(token: str) -> dict[str, Any]:
    """Who is asking, by the verifier (and its cache of verified tokens) of all three."""
    principal = _verifier.known(token) or _verifier.verify(token)
    return {"sub": principal.subject, "principal": principal}


class _OwnHandlers(Resolver):
    def resolve(self, operation: Any) -> Resolution:
        operation_id = operation.operation_id
        handler = globals().get(operation_id, get_thing)
        return Resolution(handler, operation_id)


def make_app(*, dummies: int, auth: bool) -> Any:
    """The application."""
    tree = contract(dummies=dummies, auth=auth)
    scheme = tree["components"]["securitySchemes"]["bearerAuth"]
    scheme["x-bearerInfoFunc"] = f"{__name__}.check_token"
    options = SwaggerUIOptions(swagger_ui=False, serve_spec=False)
    app = AsyncApp(__name__, swagger_ui_options=options)
    app.add_api(tree, resolver=_OwnHandlers(), strict_validation=True, validate_responses=True)
    return app
