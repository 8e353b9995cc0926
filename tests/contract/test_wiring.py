"""The layers together: security, what stands behind, blocking checks, lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from connexion.security import NO_VALUE
from cryptography.hazmat.primitives.asymmetric import rsa

from palaver.auth.basic import BasicSecurity
from palaver.auth.bearer import BearerSecurity, TokenVerifier
from palaver.auth.principal import Principal
from palaver.auth.tokens import TokenRules
from palaver.contract.runtime import build_app
from palaver.errors import KeyServerUnavailable, Unauthenticated

if TYPE_CHECKING:
    from tests.contract.conftest import Client, Mini, Tree

SECRET = "a secret of more than thirty-two bytes"
SCHEMES = {
    "securitySchemes": {
        "token": {"type": "http", "scheme": "bearer"},
        "shared": {"type": "http", "scheme": "basic"},
    }
}
BASIC = {"Authorization": "Basic cGFsYXZlcjpwYXNzd29yZA=="}


def bearer(**claims: Any) -> dict[str, str]:
    full = {"sub": "ann", "exp": int(time.time()) + 600, **claims}
    return {"Authorization": f"Bearer {jwt.encode(full, SECRET, algorithm='HS256')}"}


def who(*, backend: Any, principal: Principal | None) -> dict[str, Any]:
    return {"who": None if principal is None else principal.subject}


def serve(mini: Mini, security: list[Tree], **schemes: Callable[[], Any]) -> Client:
    verifier = TokenVerifier(TokenRules(secret=SECRET))
    checks: dict[str, Callable[[], Any]] = {
        "bearer": lambda: BearerSecurity(verifier),
        "basic": lambda: BasicSecurity("palaver", "password"),
        **schemes,
    }
    return mini.client(
        {"/a": {"get": mini.op("who", security=security)}},
        {"who": who},
        security=checks,
        components=SCHEMES,
    )


class ByHeader:
    """A scheme whose credential is a header of its own, so that a request can hold two."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def get_fn(self, _scheme: Any, _scopes: list[str]) -> Callable[[Any], Any]:
        return self._check

    def _check(self, request: Any) -> Any:
        value = dict(request.scope["headers"]).get(self._header)
        if value is None:
            return NO_VALUE
        if value == b"bad":
            raise Unauthenticated("It is bad.")
        if value == b"away":
            raise KeyServerUnavailable
        return {"sub": value.decode(), "principal": Principal(value.decode())}


@pytest.mark.parametrize(
    ("security", "headers", "found"),
    [
        ([{"token": []}], {"bearer": True}, "ann"),
        ([{"token": []}], {}, 401),
        ([{"token": []}], BASIC, 401),
        ([{"token": []}, {"shared": []}], {"bearer": True}, "ann"),
        ([{"token": []}, {"shared": []}], BASIC, "basic:palaver"),
        ([{"shared": []}, {"token": []}], {"bearer": True}, "ann"),
        ([{"token": []}, {"shared": []}], {"Authorization": "Bearer bad"}, 401),
        ([{"token": []}, {"shared": []}], {}, 401),
        ([{"token": []}, {}], {"bearer": True}, "ann"),
        ([{"token": []}, {}], {}, None),
        ([{"token": []}, {}], {"Authorization": "Bearer bad"}, 401),
        ([{}, {"token": []}], {}, None),
        ([{"token": []}, {"shared": []}, {}], {"Authorization": "Basic bad"}, 401),
    ],
)
def test_alternatives_and_nobody(
    mini: Mini, security: list[Tree], headers: dict[str, Any], found: Any
) -> None:
    answer = serve(mini, security).get("/a", headers=bearer() if "bearer" in headers else headers)
    if found == 401:
        assert answer.status_code == 401
        assert "www-authenticate" in answer.headers
    else:
        assert (answer.status_code, answer.json()) == (200, {"who": found})


@pytest.mark.parametrize(
    "authorization",
    [bearer(exp=1)["Authorization"], "Bearer ", "Bearer x.y.z", "Basic !", "Basic cGFsYXZlcjp4"],
)
def test_a_bad_credential_never_becomes_nobody(mini: Mini, authorization: str) -> None:
    client = serve(mini, [{"token": []}, {"shared": []}, {}])
    assert client.get("/a", headers={"Authorization": authorization}).status_code == 401


def test_a_map_of_schemes_needs_them_all(mini: Mini) -> None:
    client = serve(
        mini,
        [{"token": [], "shared": []}],
        bearer=lambda: ByHeader(b"x-token"),
        basic=lambda: ByHeader(b"x-shared"),
    )
    assert client.get("/a", headers={"X-Token": "ann", "X-Shared": "all"}).json() == {"who": "ann"}
    for headers in ({"X-Token": "ann"}, {"X-Shared": "all"}, {}):
        assert client.get("/a", headers=headers).status_code == 401
    bad = {"X-Token": "ann", "X-Shared": "bad"}
    assert client.get("/a", headers=bad).status_code == 401


def test_a_good_credential_makes_up_for_a_bad_one(mini: Mini) -> None:
    client = serve(
        mini,
        [{"token": []}, {"shared": []}],
        bearer=lambda: ByHeader(b"x-token"),
        basic=lambda: ByHeader(b"x-shared"),
    )
    assert client.get("/a", headers={"X-Token": "bad", "X-Shared": "all"}).json() == {"who": "all"}


@pytest.mark.parametrize("security", [[{"token": []}], [{"token": []}, {}]])
def test_keys_that_are_away_are_503_and_not_the_clients_fault(
    mini: Mini, security: list[Tree]
) -> None:
    client = serve(mini, security, bearer=lambda: ByHeader(b"x-token"))
    refused = client.get("/a", headers={"X-Token": "away"})
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["type"] == "urn:palaver:problem:key-server-unavailable"


def test_security_comes_after_the_path_and_before_validation(mini: Mini) -> None:
    def one(*, backend: Any, principal: Any, n: int) -> dict[str, Any]:
        return {}

    parameters = [mini.param("n", {"type": "integer"}, required=True)]
    client = mini.client(
        {"/a": {"get": mini.op("one", security=[{"token": []}], parameters=parameters)}},
        {"one": one},
        security={"bearer": lambda: ByHeader(b"x-token")},
        components=SCHEMES,
    )
    assert client.get("/ghost").status_code == 404
    assert client.post("/a").status_code == 405
    assert client.get("/a").status_code == 401
    assert client.get("/a", headers={"X-Token": "ann"}).status_code == 400


def test_what_the_contract_does_not_have_goes_to_the_application_behind(mini: Mini) -> None:
    async def behind(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    client = mini.client(
        {"/a": {"get": mini.op("who", security=[{"token": []}])}},
        {"who": who},
        security={"bearer": lambda: ByHeader(b"x-token")},
        components=SCHEMES,
        behind=behind,
    )
    answer = client.get("/console/page")
    assert (answer.status_code, answer.text) == (200, "/console/page")
    assert len(answer.headers["x-request-id"]) == 16
    assert client.post("/a").status_code == 405


@pytest.fixture
def slow_key_server() -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """A key server that answers when it is told to: its URL, asked, and go on."""
    asked, go_on = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            assert go_on.wait(30)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"keys": [PUBLIC]}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", asked, go_on
    go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC: dict[str, Any] = {
    **jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True),
    "kid": "k",
}


def test_a_check_that_waits_for_the_network_stalls_nobody(
    mini: Mini, slow_key_server: tuple[str, threading.Event, threading.Event]
) -> None:
    url, asked, go_on = slow_key_server
    verifier = TokenVerifier(TokenRules(jwks=url))

    async def alive(*, backend: Any) -> dict[str, Any]:
        return {"alive": True}

    app = mini.app(
        {
            "/a": {"get": mini.op("who", security=[{"token": []}])},
            "/alive": {"get": mini.op("alive")},
        },
        {"who": who, "alive": alive},
        security={"bearer": lambda: BearerSecurity(verifier)},
        components=SCHEMES,
    )
    claims = {"sub": "ann", "exp": int(time.time()) + 600}
    signed = jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "k"})
    headers = {"Authorization": f"Bearer {signed}"}

    async def run() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mini") as client:
            waiting = asyncio.create_task(client.get("/a", headers=headers))
            assert await asyncio.to_thread(asked.wait, 30)
            meanwhile = await client.get("/alive")
            assert not waiting.done()
            go_on.set()
            return meanwhile, await waiting

    meanwhile, answer = asyncio.run(run())
    assert meanwhile.json() == {"alive": True}
    assert answer.json() == {"who": "ann"}


def test_a_plain_handler_that_blocks_stalls_nobody(mini: Mini) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def block(*, backend: Any) -> dict[str, Any]:
        entered.set()
        return {"went_on": go_on.wait(30)}

    async def alive(*, backend: Any) -> dict[str, Any]:
        return {"alive": True}

    app = mini.app(
        {"/block": {"get": mini.op("block")}, "/alive": {"get": mini.op("alive")}},
        {"block": block, "alive": alive},
    )

    async def run() -> list[Any]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mini") as client:
            waiting = asyncio.create_task(client.get("/block"))
            assert await asyncio.to_thread(entered.wait, 30)
            meanwhile = await client.get("/alive")
            go_on.set()
            return [meanwhile.json(), (await waiting).json()]

    assert asyncio.run(run()) == [{"alive": True}, {"went_on": True}]


def test_the_lifespan_runs_once_around_the_requests(
    mini: Mini, listening: Callable[..., int]
) -> None:
    steps: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        steps.append("start")
        yield
        steps.append("stop")

    def one(*, backend: Any) -> dict[str, Any]:
        steps.append("request")
        return {}

    app = build_app(mini.document({"/a": {"get": mini.op("one")}}), {"one": one}, lifespan=lifespan)
    port = listening(app)
    assert httpx.get(f"http://127.0.0.1:{port}/a").status_code == 200
    assert steps == ["start", "request"]


def test_a_websocket_is_closed(mini: Mini) -> None:
    def one(*, backend: Any) -> dict[str, Any]:
        return {}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    app = mini.app({"/a": {"get": mini.op("one")}}, {"one": one})
    scope: Tree = {"type": "websocket", "path": "/a", "raw_path": b"/a", "headers": []}
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1000}]
