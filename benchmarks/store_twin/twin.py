"""A twin of Palaver's history page, append and create on FastAPI, async SQLAlchemy and pydantic.

It is what a careful team would write with the usual tools: ORM models on the same tables and
indexes (in a database that Palaver migrated), aiosqlite, the same durability, ``seq`` and counters
allocated atomically, PyJWT, ``response_model``, and the same JSON.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import jwt
from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import JSON, BigInteger, ForeignKey, event, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator
from uuid_utils import uuid7

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
POOL_SIZE = 16
UNTRACKED = {"synchronize_session": False}


class UtcMicros(TypeDecorator[datetime]):
    """Times as microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Base(DeclarativeBase):
    """The base of the ORM models."""

    type_annotation_map = {datetime: UtcMicros, int: BigInteger}  # noqa: RUF012


class Session(Base):
    """A session."""

    __tablename__ = "sessions"

    session_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    is_team: Mapped[bool]
    title: Mapped[str]
    owner: Mapped[str | None]
    visibility: Mapped[str]
    agents: Mapped[str]
    profile_id: Mapped[int | None]
    profile_name: Mapped[str | None]
    max_context_results: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_activity: Mapped[datetime]
    message_count: Mapped[int]


class SessionAgent(Base):
    """An agent of a session."""

    __tablename__ = "session_agents"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.session_id"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str | None]
    created_at: Mapped[datetime]
    last_activity: Mapped[datetime]
    title: Mapped[str]


class Message(Base):
    """A message of a session."""

    __tablename__ = "messages"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.session_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str]
    role: Mapped[str]
    content: Mapped[str]
    agent_id: Mapped[str | None]
    agent_name: Mapped[str | None]
    summary: Mapped[bool]
    status: Mapped[str]
    sources: Mapped[list[Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]


class Agent(Base):
    """An agent of the catalogue."""

    __tablename__ = "agents"

    number: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[str]
    name: Mapped[str]


class Source(BaseModel):
    """A passage that an answer rests on."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(ge=1, le=100)]
    book_id: Annotated[str, Field(min_length=36, max_length=36)]
    book_title: Annotated[str, Field(min_length=1, max_length=300)]
    page: Annotated[int, Field(ge=1)]
    passage_id: Annotated[str, Field(min_length=1, max_length=19)]


def _list_of(stored: list[Any] | None) -> list[Any]:
    return stored or []


class HistoryMessage(BaseModel):
    """A message as clients see it."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: Annotated[str, Field(validation_alias="message_id", max_length=128)]
    seq: Annotated[int, Field(ge=0)]
    role: Literal["user", "assistant", "system"]
    content: Annotated[str, Field(max_length=32768)]
    agent_id: Annotated[str | None, Field(max_length=128)]
    agent_name: Annotated[str | None, Field(max_length=200)]
    summary: bool
    status: Literal["in_progress", "complete", "cancelled", "failed"]
    sources: Annotated[list[Source], BeforeValidator(_list_of), Field(max_length=100)]
    created_at: datetime


class HistoryPage(BaseModel):
    """A page of a history."""

    model_config = ConfigDict(extra="forbid")

    history: Annotated[list[HistoryMessage], Field(max_length=1000)]
    total: Annotated[int, Field(ge=0)]
    skip: Annotated[int, Field(ge=0)]
    limit: Annotated[int, Field(ge=1, le=1000)]


class SessionHistory(BaseModel):
    """The answer with a page of a history."""

    model_config = ConfigDict(extra="forbid")

    message: str
    data: HistoryPage


class HistoryUpdate(BaseModel):
    """A message to add."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(min_length=1, max_length=32768)]


class HistoryUpdated(BaseModel):
    """A message was added."""

    message: str


class SessionCreated(BaseModel):
    """A session was created."""

    message: str
    session_id: str


SessionId = Annotated[str, Path(min_length=1, max_length=128)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Skip = Annotated[int, Query(ge=0, le=1_000_000_000)]
bearer = HTTPBearer(auto_error=False)


async def caller(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """The user of the token."""
    challenge = {"WWW-Authenticate": "Bearer"}
    if credentials is None:
        raise HTTPException(401, "A valid token is required.", headers=challenge)
    try:
        claims = jwt.decode(
            credentials.credentials,
            request.app.state.secret,
            algorithms=["HS256"],
            options={"require": ["sub", "exp"]},
        )
    except jwt.PyJWTError:
        raise HTTPException(401, "A valid token is required.", headers=challenge) from None
    return str(claims["sub"])


async def reading(request: Request) -> AsyncIterator[AsyncSession]:
    """A database session to read with."""
    async with request.app.state.readers() as database:
        yield database


async def writing(request: Request) -> AsyncIterator[AsyncSession]:
    """A database session to write with; the endpoint commits."""
    async with request.app.state.writers() as database:
        yield database


Caller = Annotated[str, Depends(caller)]
Reading = Annotated[AsyncSession, Depends(reading)]
Writing = Annotated[AsyncSession, Depends(writing)]


def _prepare(connection: Any, _record: Any) -> None:
    for pragma in (
        "PRAGMA busy_timeout=10000",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        "PRAGMA cache_size=-8192",
        "PRAGMA wal_autocheckpoint=4000",
    ):
        connection.execute(pragma).close()


def make_app(path: str, secret: str) -> FastAPI:
    """The application on a database file, for tokens signed with the secret."""
    url = f"sqlite+aiosqlite:///{path}"
    # SQLite has one writer at a time. A pool of one lets writers wait in a queue instead of
    # polling for the lock with busy_timeout, which is far slower under load.
    read_engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=0)
    write_engine = create_async_engine(url, pool_size=1, max_overflow=0)
    for engine in (read_engine, write_engine):
        event.listen(engine.sync_engine, "connect", _prepare)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await read_engine.dispose()
        await write_engine.dispose()

    app = FastAPI(lifespan=lifespan)
    app.state.secret = secret
    app.state.readers = async_sessionmaker(read_engine, expire_on_commit=False)
    app.state.writers = async_sessionmaker(write_engine, expire_on_commit=False)
    app.get("/sessions/history/{session_id}", response_model=SessionHistory)(get_history)
    app.post("/sessions/history/update/{session_id}", response_model=HistoryUpdated)(add_message)
    app.post("/sessions/create", status_code=201, response_model=SessionCreated)(create_session)
    return app


async def get_history(
    session_id: SessionId, user: Caller, database: Reading, limit: Limit = 50, skip: Skip = 0
) -> Any:
    """A page of a session's history."""
    session = await database.get(Session, session_id)
    if session is None:
        raise HTTPException(404, "Session not found")
    if session.owner is not None and session.owner != user:
        raise HTTPException(403, "You do not have permission to use this session.")
    messages = await database.scalars(
        select(Message)
        .where(Message.session_id == session_id, Message.seq >= skip, Message.seq < skip + limit)
        .order_by(Message.seq)
    )
    return {
        "message": "Session history retrieved successfully.",
        "data": {
            "history": messages.all(),
            "total": session.message_count,
            "skip": skip,
            "limit": limit,
        },
    }


async def add_message(
    session_id: SessionId, body: HistoryUpdate, user: Caller, database: Writing
) -> HistoryUpdated:
    """Append a message."""
    now = datetime.now(UTC)
    row = (
        await database.execute(
            update(Session)
            .where(Session.session_id == session_id)
            .values(message_count=Session.message_count + 1, last_activity=now, updated_at=now)
            .returning(Session.owner, Session.message_count),
            execution_options=UNTRACKED,
        )
    ).first()
    if row is None:
        raise HTTPException(404, "Session not found")
    if row.owner is not None and row.owner != user:
        raise HTTPException(403, "You do not have permission to use this session.")
    await database.execute(
        update(SessionAgent).where(SessionAgent.session_id == session_id).values(last_activity=now),
        execution_options=UNTRACKED,
    )
    database.add(
        Message(
            session_id=session_id,
            seq=row.message_count - 1,
            message_id=str(uuid7()),
            role=body.role,
            content=body.content,
            agent_id=None,
            agent_name=None,
            summary=False,
            status="complete",
            created_at=now,
        )
    )
    await database.commit()
    return HistoryUpdated(message="Session history updated successfully.")


async def create_session(
    agent_id: Annotated[str, Query(min_length=1, max_length=128)],
    user: Caller,
    database: Writing,
    response: Response,
    max_context_results: Annotated[int, Query(ge=1, le=100)] = 1,
    name: Annotated[str, Query(max_length=200)] = "Untitled Session",
) -> SessionCreated:
    """Create a standalone session."""
    agent_name = await database.scalar(select(Agent.name).where(Agent.agent_id == agent_id))
    now = datetime.now(UTC)
    session_id = str(uuid7())
    database.add(
        Session(
            session_id=session_id,
            kind="standalone",
            is_team=False,
            title=name,
            owner=user,
            visibility="private",
            agents=json.dumps([[agent_id, agent_name or agent_id]]),
            max_context_results=max_context_results,
            created_at=now,
            updated_at=now,
            last_activity=now,
            message_count=0,
        )
    )
    database.add(
        SessionAgent(
            session_id=session_id,
            agent_id=agent_id,
            owner=user,
            created_at=now,
            last_activity=now,
            title=name,
        )
    )
    await database.commit()
    response.headers["Location"] = f"/sessions/get/{session_id}"
    return SessionCreated(message="Chat session created successfully.", session_id=session_id)
