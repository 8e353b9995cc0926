"""The benchmark's contract on FastAPI with pydantic models and ``response_model``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Path, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.runtime.data import PARSED_ROWS, ROWS, RULES
from palaver.auth.bearer import TokenVerifier
from palaver.auth.principal import Principal
from palaver.errors import Unauthenticated

SessionId = Annotated[str, Path(min_length=1, max_length=128)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Skip = Annotated[int, Query(ge=0, le=1_000_000_000)]


class Message(BaseModel):
    """A message."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    seq: Annotated[int, Field(ge=0)]
    role: Literal["user", "assistant", "system"]
    content: Annotated[str, Field(max_length=32768)]
    agent_id: Annotated[str | None, Field(max_length=128)]
    agent_name: Annotated[str | None, Field(max_length=200)]
    summary: bool
    created_at: datetime


class History(BaseModel):
    """A page of a history."""

    model_config = ConfigDict(extra="forbid")

    history: Annotated[list[Message], Field(max_length=1000)]
    total: Annotated[int, Field(ge=0)]
    skip: Annotated[int, Field(ge=0)]
    limit: Annotated[int, Field(ge=1, le=1000)]


class NewMessage(BaseModel):
    """A message to add."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(min_length=1, max_length=32768)]


class Added(BaseModel):
    """A message was added."""

    model_config = ConfigDict(extra="forbid")

    message: Annotated[str, Field(max_length=200)]


class Thing(BaseModel):
    """A thing."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)]


_verifier = TokenVerifier(RULES)
_bearer = HTTPBearer(auto_error=False)


async def caller(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Who is asking, by the verifier (and its cache of verified tokens) of all three."""
    if credentials is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    token = credentials.credentials
    try:
        return _verifier.known(token) or _verifier.verify(token)
    except Unauthenticated as error:
        raise HTTPException(401, str(error), headers={"WWW-Authenticate": "Bearer"}) from None


def make_app(*, dummies: int, auth: bool) -> Any:
    """The application."""
    app = FastAPI(openapi_url=None, dependencies=[Depends(caller)] if auth else [])

    async def get_thing(thing_id: Annotated[str, Path(max_length=128)]) -> Any:
        return {"name": thing_id}

    for number in range(dummies):
        app.get(f"/things{number}/{{thing_id}}", response_model=Thing)(get_thing)

    @app.get("/histories/{session_id}", response_model=History)
    async def get_history(session_id: SessionId, limit: Limit = 50, skip: Skip = 0) -> Any:
        return {"history": ROWS, "total": 20, "skip": skip, "limit": limit}

    @app.get("/histories/{session_id}/models", response_model=History)
    async def get_history_of_models(
        session_id: SessionId, limit: Limit = 50, skip: Skip = 0
    ) -> History:
        return History(
            history=[Message(**row) for row in PARSED_ROWS], total=20, skip=skip, limit=limit
        )

    @app.post("/histories/{session_id}/messages", response_model=Added)
    async def add_message(session_id: SessionId, body: NewMessage) -> Added:
        return Added(message=f"A message of {body.role} was added.")

    return app
