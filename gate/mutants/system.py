"""The system under mutation: one real server in a thread of this process, and its store.

It is composed once. Between two mutants the store is emptied, so that each meets the same server.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import uvicorn
from starlette.types import ASGIApp, Message, Scope

from gate.mutants.front import Front
from gate.mutants.tampering import Tampering
from gate.target import ADMIN, BASIC, OTHER, OWNER, Target
from palaver.app import compose
from palaver.auth.secrets_file import load_or_create
from palaver.auth.tokens import issue_token, token_rules
from palaver.contract.document import Document
from palaver.server import BoundedHeadProtocol
from palaver.settings import Settings


class _ThreadedServer(uvicorn.Server):
    """A server in a thread: signals are the main thread's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


class System:
    """A running server, its contract, and the ways to change it."""

    def __init__(self, document: Document, settings: Settings) -> None:
        self.document = document
        self._settings = settings
        self.app: Any = compose(settings)
        self.tampering = Tampering(database_of(self.app))
        rules = token_rules(settings, load_or_create(settings.data_dir))

        def token(user: str, *, admin: bool = False) -> str:
            return issue_token(rules, subject=user, admin=admin, lifetime=timedelta(hours=24))

        tokens = token(OWNER), token(OTHER), token(ADMIN, admin=True)
        self._credentials = (*tokens, f"{settings.basic_username}:{settings.basic_password}")
        self.front = Front(self.app, document, self.tampering, self._credentials)
        self.url = ""

    def target(self, document: Document | None = None) -> Target:
        """The server as the gate sees it, held to its own contract unless another is given."""
        return Target(self.url, document or self.document, *self._credentials)

    def reset(self) -> None:
        """Empty the store and forget what was seen."""
        self.front.forget()
        with contextlib.closing(sqlite3.connect(self._settings.data_dir / "palaver.db")) as store:
            store.execute("PRAGMA foreign_keys=OFF")
            store.execute("INSERT INTO passage_index(passage_index) VALUES ('delete-all')")
            for name in self._tables(store):
                if name != "alembic_version":
                    store.execute(f'DELETE FROM "{name}"')  # noqa: S608 - the name is the schema's
            store.commit()

    @contextlib.contextmanager
    def unavailable(self) -> Iterator[None]:
        """The tables are under other names meanwhile, so that the store can do nothing."""
        self._rename("", "_away")
        try:
            yield
        finally:
            self._rename("_away", "")

    def _rename(self, old: str, new: str) -> None:
        with contextlib.closing(sqlite3.connect(self._settings.data_dir / "palaver.db")) as store:
            for name in self._tables(store):
                base = name.removesuffix("_away")
                if name == base + old:
                    store.execute(f'ALTER TABLE "{name}" RENAME TO "{base}{new}"')
            store.commit()

    @staticmethod
    def _tables(store: sqlite3.Connection) -> list[str]:
        # Not the full-text index and what stands behind it: that is for SQLite alone to change.
        rows = store.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        ).fetchall()
        return [name for (name,) in rows if not name.startswith("sqlite_")]

    @contextlib.contextmanager
    def serving(self, document: Document) -> Iterator[Any]:
        """The same code serves another contract meanwhile; gives its application.

        Raises what keeps a server from starting with it.
        """
        with mock.patch("palaver.app.load_contract", return_value=document):
            app: Any = compose(self._settings)
        assert self.front.loop is not None
        with _alive(app, self.front.loop), self.front.replaced(app, document):
            yield app


@contextlib.contextmanager
def _alive(app: Any, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """An application started on a loop meanwhile, and stopped afterwards."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: queue.Queue[Message] = queue.Queue()

    async def send(message: Message) -> None:
        from_app.put(message)

    def ask(kind: str) -> None:
        loop.call_soon_threadsafe(to_app.put_nowait, {"type": kind})
        answer = from_app.get(timeout=30)
        if answer["type"] != f"{kind}.complete":
            raise RuntimeError(f"the application answers {kind} with {answer}")

    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    asyncio.run_coroutine_threadsafe(app(scope, to_app.get, send), loop)
    ask("lifespan.startup")
    try:
        yield
    finally:
        ask("lifespan.shutdown")


@contextlib.contextmanager
def running_system(document: Document, **more: Any) -> Iterator[System]:
    """A system on a free port of the loopback interface, gone afterwards; ``more`` are settings."""
    with _silenced(), tempfile.TemporaryDirectory(prefix="palaver-mutants-") as folder:
        name, _, password = BASIC.partition(":")
        more |= {"basic_username": name, "basic_password": password}
        settings = Settings(data_dir=Path(folder) / "data", **more)
        system = System(document, settings)
        with _listening(system.front) as port:
            system.url = f"http://127.0.0.1:{port}"
            yield system


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Mutants break things; that is not news."""
    loggers = [logging.getLogger(name) for name in ("palaver", "uvicorn.error", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _listening(app: ASGIApp) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app,
            http=BoundedHeadProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        server = _ThreadedServer(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        if not server.is_up.wait(30):
            raise RuntimeError("the server did not start")
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(30)


def layers(app: Any) -> list[Any]:
    """The layers of a composed application, from the outermost to what stands behind."""
    return list(app.middleware_stack)


def database_of(app: Any) -> Any:
    """The database behind a composed application."""
    plans: Mapping[str, Any] = layers(app)[1]._plans
    return next(iter(plans.values()))._backend.store._database
