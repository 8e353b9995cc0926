"""The benchmark's contract on Palaver's runtime, which always validates requests and responses."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

import msgspec

from benchmarks.runtime.data import PARSED_ROWS, ROWS, RULES, contract
from palaver.auth.bearer import BearerSecurity, TokenVerifier
from palaver.auth.principal import Principal
from palaver.contract.document import Document
from palaver.contract.runtime import build_app


class Message(msgspec.Struct, gc=False, kw_only=True):
    """A message."""

    id: str
    seq: int
    role: Literal["user", "assistant", "system"]
    content: str
    agent_id: str | None
    agent_name: str | None
    summary: bool
    created_at: datetime


class History(msgspec.Struct, gc=False, kw_only=True):
    """A page of a history."""

    history: list[Message]
    total: int
    skip: int
    limit: int


class NewMessage(msgspec.Struct, gc=False, kw_only=True):
    """A message to add."""

    role: Literal["user", "assistant"]
    content: str


class Added(msgspec.Struct, gc=False, kw_only=True):
    """A message was added."""

    message: str


def _page(skip: int, limit: int) -> dict[str, Any]:
    return {"history": ROWS, "total": 20, "skip": skip, "limit": limit}


def _page_of_models(skip: int, limit: int) -> History:
    return History(
        history=[Message(**row) for row in PARSED_ROWS], total=20, skip=skip, limit=limit
    )


async def _get_history(*, backend: None, session_id: str, limit: int, skip: int) -> Any:
    return _page(skip, limit)


async def _get_history_of_models(
    *, backend: None, session_id: str, limit: int, skip: int
) -> History:
    return _page_of_models(skip, limit)


async def _add_message(*, backend: None, session_id: str, body: NewMessage) -> Added:
    return Added(message=f"A message of {body.role} was added.")


async def _get_thing(*, backend: None, thing_id: str) -> Any:
    return {"name": thing_id}


# With security, a handler also takes who is asking.


async def _get_own_history(
    *, backend: None, principal: Principal, session_id: str, limit: int, skip: int
) -> Any:
    return _page(skip, limit)


async def _get_own_history_of_models(
    *, backend: None, principal: Principal, session_id: str, limit: int, skip: int
) -> History:
    return _page_of_models(skip, limit)


async def _add_own_message(
    *, backend: None, principal: Principal, session_id: str, body: NewMessage
) -> Added:
    return Added(message=f"A message of {body.role} was added.")


async def _get_own_thing(*, backend: None, principal: Principal, thing_id: str) -> Any:
    return {"name": thing_id}


def make_app(*, dummies: int, auth: bool) -> Any:
    """The application."""
    verifier = TokenVerifier(RULES)
    thing = _get_own_thing if auth else _get_thing
    handlers: dict[str, Any] = {
        "get_history": _get_own_history if auth else _get_history,
        "get_history_of_models": _get_own_history_of_models if auth else _get_history_of_models,
        "add_message": _add_own_message if auth else _add_message,
        **{f"get_thing{number}": thing for number in range(dummies)},
    }
    document = json.dumps(contract(dummies=dummies, auth=auth)).encode()
    return build_app(
        Document.parse(document, name="contract.yaml"),
        handlers,
        security={"bearer": lambda: BearerSecurity(verifier)},
    )
