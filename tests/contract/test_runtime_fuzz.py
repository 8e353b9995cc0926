"""Arbitrary bytes never make a server fail: neither a small contract nor the whole application."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message

from palaver.app import compose, load_contract
from palaver.auth.tokens import TokenRules, issue_token
from palaver.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import Mini, Tree

SECRET = "a secret of more than thirty-two bytes"
TOKENS = [
    issue_token(TokenRules(SECRET), subject=name, admin=admin, lifetime=timedelta(hours=1)).encode()
    for name, admin in (("ann", False), ("bob", True))
]


class Driver:
    """Sends scopes to one application on one event loop."""

    def __init__(self, app: ASGIApp, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def send(self, request: Request) -> tuple[int, dict[bytes, bytes], bytes]:
        messages: list[Message] = [
            {"type": "http.request", "body": chunk, "more_body": True} for chunk in request.chunks
        ]
        messages.append({"type": "http.request", "body": b"", "more_body": False})
        sent: list[Message] = []

        async def receive() -> Message:
            if not messages:
                await asyncio.Event().wait()
            return messages.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Tree = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "method": request.method,
            "path": request.path.decode("utf-8", "replace"),
            "raw_path": request.path,
            "query_string": request.query,
            "root_path": "",
            "headers": request.headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }

        async def run() -> None:
            await self._app(scope, receive, send)

        self._runner.run(run())
        start, *parts = sent
        body = b"".join(part["body"] for part in parts)
        return start["status"], dict(start["headers"]), body


class Request:
    def __init__(
        self,
        method: str,
        path: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        chunks: list[bytes],
    ) -> None:
        self.method, self.path, self.query = method, path, query
        self.headers, self.chunks = headers, chunks

    def __repr__(self) -> str:
        return f"Request{(self.method, self.path, self.query, self.headers, self.chunks)}"


NASTY = st.sampled_from(
    [
        *(b"", b" ", b"%", b"%00", b"%0A", b"%ff", b"%2F", b"..", b"%2e%2e", b"\x00", b"\xff"),
        *(b"\xed\xa0\x80", b"\xf0\x9f\x8e\x88", b"0", b"-1", b"1", b"99999999999999999999"),
        *(b"1e400", b"NaN", b"null", b"true", b"'", b'"', b"{", b"[" * 70, b"a" * 300, b"+", b"&"),
        *(b"\\ud800", b"\r\n", b"{{7*7}}", b"' OR 1=1--", b"\xe2\x80\xae", b"x"),
    ]
)
PIECE = NASTY | st.binary(max_size=12)
VALUE = st.lists(PIECE, max_size=3).map(b"".join)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                b"accept",
                b"content-type",
                b"content-length",
                b"content-encoding",
                b"cookie",
                b"authorization",
                b"x-request-id",
                b"if-none-match",
                b"transfer-encoding",
                b"range",
            ]
        ),
        VALUE
        | st.sampled_from(
            [
                b"application/json",
                b"APPLICATION/JSON; charset=utf-8",
                b"*/*",
                b"text/html;q=0",
                b"multipart/form-data; boundary=b",
                b"chunked",
                b"gzip",
                b"Bearer x.y.z",
                b"*",
            ]
        ),
    ),
    max_size=5,
)
_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)


def bodies(names: list[str]) -> st.SearchStrategy[list[bytes]]:
    """Chunks of bodies: JSON with the contract's own names, parts of forms, or anything."""
    values = st.recursive(
        _SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(names) | st.text(max_size=4), inner, max_size=4)
        ),
        max_leaves=8,
    )
    form = st.lists(
        st.sampled_from(
            [
                b"--b\r\n",
                b"--b--\r\n",
                b'Content-Disposition: form-data; name="file"; filename="a"',
                b'Content-Disposition: form-data; name="n"',
                b"\r\n",
                b"\r\n\r\n",
                b"x",
                b"\xff",
            ]
        ),
        max_size=12,
    )
    return st.one_of(
        values.map(lambda value: [json.dumps(value).encode()]),
        form,
        st.lists(VALUE, max_size=4),
    )


def requests(paths: list[str], names: list[str]) -> st.SearchStrategy[Request]:
    """Requests that look like ones of the contract, and some that look like nothing."""

    def fill(template: str) -> st.SearchStrategy[bytes]:
        parts = re.split(r"\{[^}]*\}", template)
        filled = st.tuples(*[VALUE for _ in parts[1:]])
        return filled.map(
            lambda values: b"".join(
                part.encode() + value for part, value in zip(parts, [*values, b""], strict=True)
            )
        )

    path = st.sampled_from(paths).flatmap(fill) | VALUE.map(lambda value: b"/" + value) | VALUE
    name = st.sampled_from([name.encode() for name in names]) | VALUE
    query = st.lists(st.tuples(name, VALUE), max_size=4).map(
        lambda pairs: b"&".join(key + b"=" + value for key, value in pairs)
    )
    token = st.sampled_from([*([(b"authorization", b"Bearer " + t)] for t in TOKENS), []])
    json_type = st.sampled_from([[(b"content-type", b"application/json")], []])
    return st.builds(
        Request,
        st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", ""]),
        path,
        query | VALUE,
        st.builds(
            lambda *lists: [header for each in lists for header in each], token, json_type, HEADERS
        ),
        bodies(names),
    )


@contextlib.contextmanager
def driven(app: ASGIApp) -> Iterator[Driver]:
    """A driver around the application's lifespan."""
    with asyncio.Runner() as runner:
        stop = asyncio.Event()
        began: list[bool] = []

        async def receive() -> Message:
            if not began:
                began.append(True)
                return {"type": "lifespan.startup"}
            await stop.wait()
            return {"type": "lifespan.shutdown"}

        async def start() -> asyncio.Task[None]:
            up = asyncio.Event()

            async def send(message: Message) -> None:
                assert message["type"].endswith(".complete"), message
                up.set()

            async def live() -> None:
                scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
                await app(scope, receive, send)

            task = asyncio.create_task(live())
            await up.wait()
            return task

        task = runner.run(start())
        yield Driver(app, runner)

        async def end() -> None:
            stop.set()
            await task

        runner.run(end())


def check(driver: Driver, request: Request) -> None:
    status, headers, body = driver.send(request)
    assert 200 <= status < 500, body
    assert headers[b"x-request-id"]
    if request.method == "HEAD":
        assert body == b""
    elif b"content-length" in headers:
        assert int(headers[b"content-length"]) == len(body)
    if status >= 400 and request.method != "HEAD":
        shown = json.loads(body)
        assert shown.get("status", status) == status
        assert {"type", "title"} <= set(shown) or set(shown) in ({"message", "error"}, {"error"})


SETTINGS = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MINI_NAMES = ["n", "names", "flag", "a", "b", "file"]


@pytest.fixture
def mini_driver(mini: Mini) -> Iterator[Driver]:
    async def everything(
        *, backend: Any, name: str, n: Any, names: Any, flag: Any, x_n: Any, crumb: Any, body: Any
    ) -> dict[str, Any]:
        return {"name": name, "body": body}

    def upload(*, backend: Any, body: Any) -> dict[str, Any]:
        return {"size": body["file"].size}

    parameters = [
        mini.param("name", {"type": "string", "maxLength": 50}, "path"),
        mini.param("n", {"type": "integer", "minimum": 0, "maximum": 9}),
        mini.param("names", {"type": "array", "items": {"type": "string"}}),
        mini.param("flag", {"type": "boolean"}),
        mini.param("X-N", {"type": "number"}, "header"),
        mini.param("crumb", {"type": "string"}, "cookie"),
    ]
    tree = {
        "type": "object",
        "nullable": True,
        "properties": {
            "a": {"type": "string", "format": "date-time"},
            "b": {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Tree"}},
            "n": {"type": "number", "multipleOf": 0.5, "minimum": -1e9, "maximum": 1e9},
        },
    }
    reference = {"$ref": "#/components/schemas/Tree"}
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}, "n": {"type": "string"}},
    }
    optional = {**mini.body(reference), "required": False}
    app = mini.app(
        {
            "/a/{name}": {
                "post": mini.op("everything", parameters=parameters, requestBody=optional)
            },
            "/up": {"put": mini.op("upload", requestBody=mini.body(form, "multipart/form-data"))},
        },
        {"everything": everything, "upload": upload},
        components={"schemas": {"Tree": tree}},
    )
    with driven(app) as driver:
        yield driver


@SETTINGS
@given(request=requests(["/a/{name}", "/up"], MINI_NAMES))
def test_a_small_contract_answers_anything_without_failing(
    mini_driver: Driver, request: Request
) -> None:
    check(mini_driver, request)


DOCUMENT = load_contract()
PATHS = list(DOCUMENT.tree["paths"])
NAMES = sorted(
    {parameter.name for operation in DOCUMENT.operations for parameter in operation.parameters}
    | {
        name
        for schema in DOCUMENT.tree["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }
)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The whole application on a data folder of its own."""
    folder: Path = tmp_path_factory.mktemp("data")
    with driven(compose(Settings(data_dir=folder, jwt_secret=SECRET))) as made:
        yield made


@SETTINGS
@given(request=requests(PATHS, NAMES))
def test_the_application_answers_anything_without_failing(driver: Driver, request: Request) -> None:
    check(driver, request)


@pytest.mark.parametrize("name", ["authorization", "accept", "cookie", "x-request-id", "x-other"])
@pytest.mark.parametrize("path", [b"/api/sessions", b"/healthz", b"/openapi.json"])
def test_a_flood_of_headers_is_answered(driver: Driver, path: bytes, name: str) -> None:
    for headers in (
        [(name.encode(), b"a=b; " * 12_000)],
        [(name.encode(), b"a")] * 5000,
        [(name.encode(), b'"\\' * 30_000)],
    ):
        status, _, _ = driver.send(Request("GET", path, b"", headers, []))
        assert status in (200, 401)
