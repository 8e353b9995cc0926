"""Requests to an OpenAI-compatible server: opening, trying again, and reading within bounds."""

from __future__ import annotations

import asyncio
import http.cookiejar
import logging
import random
import urllib.parse
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec

from palaver.chat.providers import openai_failures

CONNECT_SECONDS = 10.0
RETRIES = 2
RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
MAX_RETRY_AFTER_SECONDS = 10.0
DRAIN_SECONDS = 0.2
"""How long to wait for the end of a finished response, so that its connection can be used again."""

ERROR_BODY_SECONDS = 5.0
MAX_ERROR_BYTES = 64 << 10
MAX_BODY_BYTES = 4 << 20

log = logging.getLogger("palaver.chat")


class OpenAIServer:
    """The server's ``/chat/completions``, and what it turned out not to know."""

    def __init__(
        self, *, base_url: str, model: str, api_key: str, timeout: float, backoff: float
    ) -> None:
        """Raises ``ValueError``, without the value, where the URL or the key cannot be used."""
        self._url = _endpoint(base_url)
        if not (api_key.isascii() and api_key.isprintable()):
            raise ValueError("the key of the language model's server has characters no header has")
        self.secrets = tuple(secret for secret in (api_key, self._url.host) if secret)
        self._model = model
        self._backoff = backoff
        self._counts_usage = True
        self._limit_name = "max_tokens"
        headers = {"user-agent": "palaver", "accept-encoding": "identity"}
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        self._client = httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(timeout, connect=CONNECT_SECONDS),
            # How many turns run at once is for the engine to say.
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
            # A proxy that the environment names for other programs would see prompts and key.
            trust_env=False,
            # A redirect could lead the same to another host.
            follow_redirects=False,
            # One user's turn leaves nothing that goes along with another's.
            cookies=http.cookiejar.CookieJar(
                policy=http.cookiejar.DefaultCookiePolicy(allowed_domains=[])
            ),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def ask(
        self, request: dict[str, Any], *, limit_tokens: int | None = None
    ) -> AsyncGenerator[httpx2.Response]:
        """The response, of status 200, whose body is still to be read. Raises ``ProviderFailed``.

        What the HTTP client raises while the body is read becomes ``ProviderFailed`` as well.
        """
        response = await self._open(request, limit_tokens)
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise openai_failures.invalid("is compressed, which was not asked for")
            yield response
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise openai_failures.of_transport(error, answering=True) from error
        finally:
            await response.aclose()

    async def _open(self, request: dict[str, Any], limit_tokens: int | None) -> httpx2.Response:
        attempt = 0
        while True:
            if self._client.is_closed:
                raise openai_failures.closed()
            body = self._body(request, limit_tokens)
            try:
                response = await self._client.send(
                    self._client.build_request(
                        "POST",
                        self._url,
                        content=msgspec.json.encode(body),
                        headers={"content-type": "application/json"},
                    ),
                    stream=True,
                )
            except httpx2.HTTPError as error:
                failure = openai_failures.of_transport(error, answering=False)
                again = failure.code == "provider_unreachable"
                after = None
            else:
                if response.status_code == httpx2.codes.OK:
                    return response
                said = await _error_body(response)
                if response.status_code == httpx2.codes.BAD_REQUEST and self._learn(said, body):
                    continue
                failure = openai_failures.of_status(
                    response.status_code, response.headers, said, self.secrets
                )
                again = response.status_code in RETRIED_STATUSES
                after = openai_failures.retry_after(response.headers)
            log.warning("Attempt %d at an answer failed: %s", attempt + 1, failure)
            if not again or attempt == RETRIES or (after or 0) > MAX_RETRY_AFTER_SECONDS:
                raise failure
            # Jitter, so that turns which failed together do not come back together.
            pause = self._backoff * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311
            attempt += 1
            await asyncio.sleep(max(after or 0, pause))

    def _body(self, request: dict[str, Any], limit_tokens: int | None) -> dict[str, Any]:
        body = {"model": self._model, **request}
        if body.get("stream") and self._counts_usage:
            body["stream_options"] = {"include_usage": True}
        if limit_tokens is not None:
            body[self._limit_name] = limit_tokens
        return body

    def _learn(self, said: bytes, body: dict[str, Any]) -> bool:
        """Whether the refusal names something optional that the next request can do without."""
        if "stream_options" in body and b"stream_options" in said:
            self._counts_usage = False
            return True
        if "max_tokens" in body and b"max_completion_tokens" in said:
            self._limit_name = "max_completion_tokens"
            return True
        return False


def media_type(response: httpx2.Response) -> str:
    """The content type, without parameters; "" if there is none."""
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


async def read_body(response: httpx2.Response) -> bytes:
    """The whole body. Raises ``ProviderFailed`` where it is over the limit."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise openai_failures.invalid("is too long")
    return bytes(body)


async def drain(reads: AsyncIterator[bytes]) -> None:
    """Read what is left of a response that has said all, if it ends soon."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in reads:
                pass
    except (httpx2.HTTPError, httpx2.StreamError, TimeoutError):
        # The answer is complete without it.
        return


async def _error_body(response: httpx2.Response) -> bytes:
    """The beginning of an error's body, as far as it comes."""
    body = bytearray()
    try:
        async with asyncio.timeout(ERROR_BODY_SECONDS):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_ERROR_BYTES:
                    break
    except (httpx2.HTTPError, TimeoutError):
        log.debug("The error's body broke off")
    finally:
        await response.aclose()
    return bytes(body[:MAX_ERROR_BYTES])


def _endpoint(base_url: str) -> httpx2.URL:
    try:
        # The client takes hosts such as "[" for good.
        urllib.parse.urlsplit(base_url)
        url = httpx2.URL(base_url)
    except (httpx2.InvalidURL, ValueError):
        raise ValueError("the URL of the language model's server is not a URL") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("the URL of the language model's server must be http:// or https://")
    if url.userinfo:
        # The client's logs hold the URL.
        raise ValueError("the URL of the language model's server must not hold a password")
    return url.copy_with(path=url.path.rstrip("/") + "/chat/completions", fragment=None)
