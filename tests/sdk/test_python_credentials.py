"""Who the Python client says that it is, and that it tells nobody else."""

from __future__ import annotations

import asyncio
import base64
import traceback
from typing import Any

import httpx2
import pytest

from palaver_client import AsyncPalaver, Palaver
from tests.sdk.python.answers import URL, client_of, session


def test_a_token_may_be_asked_for_each_time() -> None:
    tokens, seen = iter(["one", "two", "three"]), list[str]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["authorization"])
        if len(seen) == 1:
            return httpx2.Response(503, headers={"Retry-After": "0"})
        return httpx2.Response(200, json=session())

    client_of(answer, token=lambda: next(tokens)).get_session("s")
    assert seen == ["Bearer one", "Bearer two"]

    async def later() -> str:
        return next(tokens)

    async def work() -> None:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        await AsyncPalaver(URL, http_client=http, token=later).get_session("s")

    asyncio.run(work())
    assert seen[2:] == ["Bearer three"]


def test_a_server_below_a_path_and_its_password() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"status": "ok"})

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    Palaver(f"{URL}/below/", http_client=http, password="p").check_health()
    assert str(seen[0].url) == f"{URL}/below/healthz"
    # The operation takes no credential, so it gets none.
    assert "authorization" not in seen[0].headers
    assert base64.b64encode(b"palaver:p").decode() not in str(seen[0].headers)
    with pytest.raises(ValueError, match="colon"):
        Palaver(URL, username="a:b", password="p")


@pytest.mark.parametrize("around", [" {}", "{}\n", "{}\r\n"])
def test_a_token_may_have_white_space_around_it(around: str) -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["authorization"])
        return httpx2.Response(200, json=session())

    token = around.format("secret")
    client_of(answer, token=token).get_session("s")
    client_of(answer, token=lambda: token).get_session("s")
    assert seen == ["Bearer secret"] * 2


NO_TOKENS = ["secret\ntoken", "secret token", "secret\u2019s", "secret\0", "", " \n"]


def told(error: BaseException) -> str:
    """All that a log or a terminal would show of an error, and of those that it came from."""
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize("token", NO_TOKENS)
def test_what_is_no_token_is_not_told(token: str) -> None:
    client = client_of(lambda _: httpx2.Response(200, json=session()), token=lambda: token)

    async def later() -> str:
        return token

    async def work() -> None:
        async with AsyncPalaver(URL, token=later) as other:
            await other.get_session("s")

    for call in (
        lambda: Palaver(URL, token=token),
        lambda: AsyncPalaver(URL, token=token),
        lambda: client.get_session("s"),
        lambda: asyncio.run(work()),
    ):
        with pytest.raises(ValueError, match="token") as caught:
            call()
        assert "secret" not in told(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer secret\ntoken"),
        ("Authorization", "Bearer secret\n"),
        ("X-A", "secret\u2019s"),
        ("X-A", "secret\0"),
        ("X A", "secret"),
    ],
)
def test_what_no_header_can_hold_is_not_told(name: str, value: str) -> None:
    client = client_of(lambda _: httpx2.Response(200, json=session()), headers={name: value})
    with pytest.raises(ValueError, match=name) as caught:
        client.get_session("s")
    assert "secret" not in told(caught.value)
    with pytest.raises(ValueError, match="Idempotency-Key"):
        client.create_session(idempotency_key="a\nb")


@pytest.mark.parametrize("token", [b"secret", 7, ["secret"], bytearray(b"secret")])
def test_a_token_that_is_no_text(token: Any) -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=session())

    async def later() -> Any:
        return token

    async def work(given: Any) -> None:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        await AsyncPalaver(URL, http_client=http, token=given).get_session("s")

    for call in (
        lambda: Palaver(URL, token=token),
        lambda: AsyncPalaver(URL, token=token),
        lambda: client_of(answer, token=lambda: token).get_session("s"),
        lambda: client_of(answer, token=lambda: None).get_session("s"),
        lambda: asyncio.run(work(lambda: token)),
        lambda: asyncio.run(work(lambda: None)),
        lambda: asyncio.run(work(later)),
    ):
        with pytest.raises(TypeError, match="token is no text") as caught:
            call()
        assert "secret" not in told(caught.value)
    assert seen == []


@pytest.mark.parametrize("given", [{"password": b"p"}, {"username": 7, "password": "p"}])
def test_a_password_that_is_no_text(given: dict[str, Any]) -> None:
    for kind in (Palaver, AsyncPalaver):
        with pytest.raises(TypeError, match="no text"):
            kind(URL, **given)
