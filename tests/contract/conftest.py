"""Small contracts with handlers of their own, and ways to call what is built from them.

``mini`` builds a contract from a few paths. A ``Client`` sends requests in process: ``request`` the
ordinary way, ``raw`` byte for byte, for what no HTTP client would send. ``listening`` puts an
application behind a real server on the loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import uvicorn
import yaml
from starlette.types import ASGIApp, Message, Scope

from palaver.contract.document import Document
from palaver.contract.runtime import build_app

Tree = dict[str, Any]

PROBLEM: Tree = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference", "maxLength": 200},
        "errors": {"type": "array", "maxItems": 20, "items": {"type": "object"}},
    },
}


@dataclass(frozen=True)
class RawResponse:
    """What an application sent; ``complete`` where it said that nothing follows."""

    status: int
    headers: list[tuple[bytes, bytes]]
    chunks: list[bytes]
    complete: bool
    unread: int

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


class Client:
    """Calls an application in process."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://mini") as client:
                return await client.request(method, url, **options)

        return asyncio.run(send())

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> httpx.Response:
        return self.request("HEAD", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self.request("POST", url, **options)

    def raw(
        self,
        method: str = "GET",
        path: bytes = b"/",
        *,
        query: bytes = b"",
        headers: Sequence[tuple[bytes, bytes]] = (),
        chunks: Sequence[bytes] = (b"",),
        disconnect: bool = False,
    ) -> RawResponse:
        """Send exactly these bytes; with ``disconnect`` the client goes before the body's end."""
        messages: list[Message] = [
            {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
        ]
        if not disconnect:
            messages[-1]["more_body"] = False
        if disconnect:
            messages.append({"type": "http.disconnect"})
        sent: list[Message] = []

        async def receive() -> Message:
            if not messages:
                await asyncio.Event().wait()
            return messages.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        async def run() -> None:
            await self.app(scope_of(method, path, query, headers), receive, send)

        asyncio.run(run())
        start = next((message for message in sent if message["type"] == "http.response.start"), {})
        parts = [message for message in sent if message["type"] == "http.response.body"]
        return RawResponse(
            status=start.get("status", 0),
            headers=list(start.get("headers", ())),
            chunks=[part.get("body", b"") for part in parts],
            complete=bool(parts) and not parts[-1].get("more_body", False),
            unread=len(messages),
        )


def scope_of(
    method: str, path: bytes, query: bytes = b"", headers: Sequence[tuple[bytes, bytes]] = ()
) -> Scope:
    """An ASGI scope as uvicorn makes one."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"mini"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


class Mini:
    """Builds contracts from the least that a test needs to say."""

    @staticmethod
    def op(operation_id: str, answer: Any = None, **more: Any) -> Tree:
        """An operation that answers 200 with JSON of a schema, any JSON unless told."""
        content = {"application/json": {"schema": {} if answer is None else answer}}
        return {
            "operationId": operation_id,
            "tags": ["mini"],
            "responses": {"200": {"description": "Fine.", "content": content}},
            **more,
        }

    @staticmethod
    def param(name: str, schema: Tree, location: str = "query", /, **more: Any) -> Tree:
        if location == "path":
            more["required"] = True
        return {"name": name, "in": location, "schema": schema, **more}

    @staticmethod
    def body(schema: Tree, media_type: str = "application/json", /, **more: Any) -> Tree:
        return {"required": True, "content": {media_type: {"schema": schema}}, **more}

    @staticmethod
    def text(paths: Tree, **top: Any) -> bytes:
        tree: Tree = {
            "openapi": "3.0.3",
            "info": {"title": "Mini", "version": "1"},
            "paths": paths,
            **top,
        }
        return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode()

    def document(self, paths: Tree, **top: Any) -> Document:
        return Document.parse(self.text(paths, **top), name="mini.yaml")

    def app(
        self,
        paths: Tree,
        handlers: Mapping[str, Callable[..., Any]],
        *,
        security: Mapping[str, Callable[[], Any]] | None = None,
        behind: ASGIApp | None = None,
        backend: Any = None,
        **top: Any,
    ) -> ASGIApp:
        options: Tree = {} if behind is None else {"behind": behind}
        return build_app(
            self.document(paths, **top), handlers, backend=backend, security=security, **options
        )

    def client(
        self, paths: Tree, handlers: Mapping[str, Callable[..., Any]], **options: Any
    ) -> Client:
        return Client(self.app(paths, handlers, **options))


@pytest.fixture
def mini() -> Mini:
    """A builder of small contracts."""
    return Mini()


class _QuietServer(uvicorn.Server):
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


@pytest.fixture
def listening() -> Iterator[Callable[[ASGIApp], int]]:
    """Put an application behind uvicorn on the loopback; gives the port."""
    with contextlib.ExitStack() as stack:

        def start(app: ASGIApp) -> int:
            sock = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = _QuietServer(
                uvicorn.Config(app, lifespan="on", log_config=None, timeout_graceful_shutdown=5)
            )
            thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join()

            stack.callback(stop)
            assert server.is_up.wait(30)
            return int(sock.getsockname()[1])

        yield start
