"""A server of the small contract ``books.yaml``, and how any application is served for a test."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from codegen.typescript import render_typescript
from palaver.contract.document import Document

CONTRACT = Path(__file__).with_name("books.yaml")
LARGE = 3_000_000
PDF = "application/pdf"


@dataclass
class Books:
    """A server of the small contract: what it was asked, and how often it is to refuse."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    refusals: int = 0

    @property
    def routes(self) -> list[Route]:
        """What an application needs to be this server."""
        return [
            Route("/api/v1/books", self.upload, methods=["POST"]),
            Route("/api/v1/books", self.listed),
            Route("/api/v1/books/{book}/file", self.replace, methods=["PUT"]),
            Route("/api/v1/books/{book}/file", self.download),
            Route("/api/v1/decks/{deck}/export", self.export, methods=["POST"]),
        ]

    async def upload(self, request: Request) -> Response:
        self._note(request)
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            content = await file.read()
            if self._refuses():
                return Response("busy", 503, headers={"Retry-After": "0"})
            fields = {name: form.getlist(name) for name in form if name != "file"}
            self.requests[-1] |= {"filename": file.filename, "fields": fields}
            about = {
                "bookId": "b1",
                "title": form.get("title"),
                "size": len(content),
                "content-type": file.content_type,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        return JSONResponse(about, 202)

    async def replace(self, request: Request) -> Response:
        self._note(request)
        self.requests[-1]["content"] = await request.body()
        return Response(status_code=204)

    async def listed(self, request: Request) -> Response:
        self._note(request)
        return JSONResponse([{"bookId": "b1"}, {"bookId": "b2"}])

    async def download(self, request: Request) -> Response:
        self._note(request)
        if request.path_params["book"] == "gone":
            return JSONResponse({"error": "Book not found."}, 404, {"X-Request-Id": "r1"})
        name = "attachment; filename=\"plain.pdf\"; filename*=UTF-8''B%C3%BCcher.pdf"
        if request.path_params["book"] == "cut":
            headers = {"Content-Length": str(LARGE)}
            return StreamingResponse(_cut(), media_type=PDF, headers=headers)
        return Response(b"x" * LARGE, media_type=PDF, headers={"Content-Disposition": name})

    async def export(self, request: Request) -> Response:
        self._note(request)
        assert request.query_params["format"] == "pdf"
        return Response(b"PK", media_type=PDF)

    def _note(self, request: Request) -> None:
        headers = dict(request.headers)
        self.requests.append({"headers": headers, "query": str(request.query_params)})

    def _refuses(self) -> bool:
        self.refusals -= 1
        return self.refusals >= 0


async def _cut() -> AsyncIterator[bytes]:
    yield b"x" * 1000
    raise asyncio.CancelledError


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.contextmanager
def serving_application(application: Starlette) -> Iterator[str]:
    """An application on the loopback, in a thread of its own; gives its address."""
    config = uvicorn.Config(application, port=0, log_level="critical", lifespan="off")
    server = _Announcing(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.ready.wait(10)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def write_client(folder: Path) -> None:
    """Replace what was generated in a copy of the client's sources by the small contract's."""
    for name, text in render_typescript(Document.load(CONTRACT)).items():
        (folder / "generated" / name).write_text(text, encoding="utf-8")
