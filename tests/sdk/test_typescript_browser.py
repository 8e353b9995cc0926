"""The TypeScript client in a browser: streams, lists, errors, uploads and downloads."""

from __future__ import annotations

import hashlib
import queue
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.console.chromium import chromium
from tests.sdk.conftest import Live
from tests.sdk.typescript.books import LARGE, Books, serving_application, write_client
from tests.sdk.typescript.node import FOLDER, SOURCES, node_command

_STRIP = """
import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
for (const path of process.argv.slice(1)) {
  writeFileSync(path, stripTypeScriptTypes(readFileSync(path, "utf8")));
}
"""
_CONNECTION = frozenset({"connection", "host", "transfer-encoding"})


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients of both contracts, as a browser takes them."""
    folder = tmp_path_factory.mktemp("clients")
    for name in ("client", "books-client"):
        shutil.copytree(SOURCES, folder / name)
    write_client(folder / "books-client")
    files = sorted(folder.rglob("*.ts"))
    command = node_command("--input-type=module", "--eval", _STRIP, *files)
    subprocess.run(command, check=True, timeout=60)
    return folder


@contextmanager
def _page(clients: Path, books: Books, live: Live) -> Iterator[tuple[str, queue.Queue[Any]]]:
    """The address of the page, and what it tells."""
    answers: queue.Queue[Any] = queue.Queue()

    async def page(request: Request) -> Response:
        # No icon: it would be a request among those that the faults are for.
        icon = '<link rel="icon" href="data:,">'
        return HTMLResponse(f'<!doctype html>{icon}<script type="module" src="/page.mjs"></script>')

    async def told(request: Request) -> Response:
        answers.put(await request.json())
        return Response(status_code=204)

    async def script(request: Request) -> Response:
        text = (FOLDER / "browser.mjs").read_text(encoding="utf-8")
        return Response(text, media_type="text/javascript")

    async def forward(request: Request) -> Response:
        """Everything else is the live server's."""
        client = httpx.AsyncClient(trust_env=False, timeout=30)
        headers = [(k, v) for k, v in request.headers.items() if k not in _CONNECTION]
        target = f"{live.url}{request.url.path}?{request.url.query}"
        content = await request.body()
        asked = client.build_request(request.method, target, headers=headers, content=content)
        answer = await client.send(asked, stream=True)
        passed = {k: v for k, v in answer.headers.items() if k not in _CONNECTION}
        close = BackgroundTask(client.aclose)
        return StreamingResponse(answer.aiter_raw(), answer.status_code, passed, background=close)

    class Modules(StaticFiles):
        def file_response(self, *given: Any, **named: Any) -> Response:
            response = super().file_response(*given, **named)
            response.headers["Content-Type"] = "text/javascript"
            return response

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    application = Starlette(
        routes=[
            Route("/", page),
            Route("/page.mjs", script),
            Route("/told", told, methods=["POST"]),
            Mount("/client", Modules(directory=clients / "client")),
            Mount("/books-client", Modules(directory=clients / "books-client")),
            *books.routes,
            Route("/{rest:path}", forward, methods=methods),
        ]
    )
    with serving_application(application) as url:
        yield f"{url}/?token={live.token('user')}", answers


def test_in_a_browser(clients: Path, live: Live, tmp_path: Path) -> None:
    books = Books()
    live.proxy.prepare(["pass", {"cut_events": 2}, {"cut_events": 1}])
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    with _page(clients, books, live) as (url, answers):
        command = [chromium(), *options, "--remote-debugging-port=0", url]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as browser:
            try:
                told = answers.get(timeout=60)
            finally:
                browser.terminate()
    assert "failure" not in told, told["failure"]
    types = [event["type"] for event in told["events"]]
    assert types[0] == "message.started"
    assert types[-2:] == ["message.completed", "done"]
    text = "".join(event["text"] for event in told["events"] if event["type"] == "message.delta")
    assert told["events"][-2]["message"]["content"] == text
    assert told["again"] == told["events"]
    streams = [
        each for each in live.proxy.requests if each["path"].endswith(("events", "messages"))
    ]
    first, *resumed = [each["headers"].get("last-event-id") for each in streams[:3]]
    # What had come just before the cut may not have reached the page; then it comes again.
    assert first is None
    assert 0 <= int(resumed[0]) <= int(resumed[1]) <= 3
    assert told["left"] == "message.started"
    assert told["titles"][0] == "In a browser"
    assert told["error"] == [True, "session_not_found", "string"]
    assert told["image"] == 1
    assert told["late"] == ["PreconditionFailedError", "deck_changed"]
    assert told["exported"] == ["In a browser.pdf", "application/pdf", "%PDF"]
    assert told["book"]["sha256"] == hashlib.sha256(bytes(LARGE)).hexdigest()
    loaded = [each["loaded"] for each in told["progress"]]
    assert loaded == sorted(set(loaded))
    assert loaded[-1] == told["progress"][-1]["total"] > LARGE
    assert told["aborted"] == "enough"
    assert told["download"] == ["Bücher.pdf", LARGE, LARGE]
    assert told["missing"] == [404, "Book not found."]
