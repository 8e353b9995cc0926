"""Vectors of an embedding model, from any server that has OpenAI's ``POST /embeddings``.

Words find passages without them, so nothing waits for long on that server or fails with it: where
it gives no vector there is none, and after a failure it is left in peace for a while.
"""

from __future__ import annotations

import asyncio
import http.cookiejar
import logging
import math
import random
import re
import ssl
import time
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Final

import httpx2
import msgspec

from palaver.retrieval.extract import Stopped
from palaver.retrieval.fusion import packed
from palaver.settings import InvalidSetting, Settings

BATCH: Final = 32
"""Texts in a request; servers of one's own often take no more."""
MOST_CHARACTERS: Final = 8_000
LEAST_CHARACTERS: Final = 100
"""A text that the server refuses is shortened down to this; models do not read any length."""
MOST_NUMBERS: Final = 16_384
"""The numbers that a vector may have."""
ASK_SECONDS: Final = 5.0
"""How long a question waits for its vector."""
ANSWER_SECONDS: Final = 60.0
"""How long passages do: a server without a graphics card takes its time for a batch."""
PATIENCE_SECONDS: Final = 10.0
"""How long passages are sent again to a server that is away for a moment."""
BACKOFF_SECONDS: Final = 0.5
MOST_REFUSED: Final = 48
"""Refused requests in a row after which it is not the texts."""

_LOOK_SECONDS: Final = 0.2
_CONNECT_SECONDS: Final = 10.0
_BYTES_A_TEXT: Final = 1 << 19
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_REFUSED: Final = frozenset({400, 413, 422})

log: Final = logging.getLogger("palaver.retrieval")


class _Vector(msgspec.Struct):
    embedding: list[float]
    index: int | None = None


class _Answer(msgspec.Struct):
    data: list[_Vector]


_ANSWER: Final = msgspec.json.Decoder(_Answer)


class _Failed(Exception):
    """No vectors; ``after`` is in how many seconds to try again, None if that is of no use."""

    def __init__(self, why: str, after: float | None = None) -> None:
        self.after: Final = after
        super().__init__(why)


class _Refused(_Failed):
    """The server does not take these texts: they may be too many, or one of them too long."""


class Embeddings:
    """A model on a server. Vectors are packed, as passages keep them, and name the model."""

    def __init__(self, *, base_url: str, model: str, api_key: str = "") -> None:
        """Raises ValueError, without the value, where the URL or the key cannot be used."""
        self._url: Final = _endpoint(base_url)
        if not (api_key.isascii() and api_key.isprintable()):
            raise ValueError("the key of the embedding server has characters no header has")
        self._model: Final = model
        self._headers: Final = {"user-agent": "palaver", "accept-encoding": "identity"}
        if api_key:
            self._headers["authorization"] = f"Bearer {api_key}"
        self._ssl: Final = ssl.create_default_context()
        self._client: Final = self._connect()
        self._size = 0
        # Apart, because questions lose patience while the server works on passages.
        self._questions: Final = _Rest("questions are searched by their words alone", 15.0, 60.0)
        self._passages: Final = _Rest("books get no embeddings", 60.0, 900.0)

    async def ask(self, text: str) -> bytes | None:
        """The vector of a question; None where the server does not give it soon."""
        text = _sendable(text)
        if not text or self._client.is_closed or not self._questions.may_ask():
            return None
        try:
            async with asyncio.timeout(ASK_SECONDS):
                try:
                    (vector,) = await self._request(self._client, [text])
                except _Failed as failure:
                    # As where the server closed a connection that was kept open.
                    if failure.after != 0:
                        raise
                    (vector,) = await self._request(self._client, [text])
        except _Refused as refusal:
            # Nothing is wrong with the server.
            log.warning("the embedding server does not take a question: %s", refusal)
            return None
        except TimeoutError:
            self._questions.begin(f"no answer within {ASK_SECONDS:.0f} seconds")
            return None
        except _Failed as failure:
            self._questions.begin(str(failure))
            return None
        self._questions.end()
        return vector

    def embed(
        self, texts: Sequence[str], *, stop: Callable[[], bool] = lambda: False
    ) -> list[bytes | None]:
        """The vectors of passages, None where the server does not give one. Blocks.

        Raises ``Stopped`` soon after ``stop`` says so.
        """
        vectors: list[bytes | None] = [None] * len(texts)
        if texts and self._passages.may_ask():
            try:
                asyncio.run(self._watched(texts, vectors, stop))
            except _Failed as failure:
                self._passages.begin(str(failure))
            else:
                self._passages.end()
        return vectors

    async def close(self) -> None:
        """Close all connections; questions get no vectors from now on."""
        await self._client.aclose()

    async def _watched(
        self, texts: Sequence[str], vectors: list[bytes | None], stop: Callable[[], bool]
    ) -> None:
        work = asyncio.ensure_future(self._fill(texts, vectors))
        while not work.done():
            await asyncio.wait({work}, timeout=_LOOK_SECONDS)
            if stop():
                work.cancel()
                await asyncio.wait({work})
                raise Stopped
        work.result()

    async def _fill(self, texts: Sequence[str], vectors: list[bytes | None]) -> None:
        """Put in the vectors of texts, as many as there are. Raises ``_Failed``."""
        sent = [(n, text) for n, each in enumerate(texts) if (text := _sendable(each))]
        todo = [sent[at : at + BATCH] for at in range(0, len(sent), BATCH)][::-1]
        refused = 0
        async with self._connect() as client:
            while todo:
                batch = todo.pop()
                try:
                    found = await self._patiently(client, [text for _, text in batch])
                except _Refused:
                    refused += 1
                    if refused > MOST_REFUSED:
                        raise
                    todo += _smaller(batch)
                    continue
                refused = 0
                for (n, _), vector in zip(batch, found, strict=True):
                    vectors[n] = vector

    async def _patiently(self, client: httpx2.AsyncClient, texts: list[str]) -> list[bytes]:
        """The vectors of some texts, asked for again where that may help. Raises ``_Failed``."""
        # One that failed before is tried once.
        deadline = time.monotonic() + (PATIENCE_SECONDS if self._passages.is_none else 0)
        attempt = 0
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._request(client, texts)
            except TimeoutError:
                raise _Failed(f"no answer within {ANSWER_SECONDS:.0f} seconds") from None
            except _Failed as failure:
                if failure.after is None:
                    raise
                # Jitter, so that those who failed together do not come back together.
                pause = BACKOFF_SECONDS * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311
                pause = max(pause, failure.after)
                if time.monotonic() + pause > deadline:
                    raise
            attempt += 1
            await asyncio.sleep(pause)

    async def _request(self, client: httpx2.AsyncClient, texts: list[str]) -> list[bytes]:
        """The vectors of some texts. Raises ``_Failed``."""
        request = client.build_request(
            "POST",
            self._url,
            content=msgspec.json.encode({"model": self._model, "input": texts}),
            headers={"content-type": "application/json"},
        )
        try:
            response = await client.send(request, stream=True)
            try:
                _check_head(response)
                body = bytearray()
                async for piece in response.aiter_raw():
                    body += piece
                    if len(body) > _BYTES_A_TEXT * (1 + len(texts)):
                        raise _Failed("its answer is too long")
            finally:
                await response.aclose()
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            # A timeout has cost enough already. The error's own words can hold the URL.
            is_quick = not isinstance(error, httpx2.TimeoutException)
            raise _Failed(type(error).__name__, 0 if is_quick else None) from None
        except RuntimeError as error:
            # What the client says once it is closed.
            raise _Failed(type(error).__name__) from None
        return self._vectors(bytes(body), len(texts))

    def _vectors(self, body: bytes, count: int) -> list[bytes]:
        """What an answer holds, in the order of the texts. Raises ``_Failed``."""
        try:
            data = _ANSWER.decode(body).data
        except (ValueError, RecursionError):
            raise _Failed("its answer is not one of OpenAI's embeddings") from None
        if all(each.index is not None for each in data):
            data.sort(key=lambda each: each.index or 0)
            if [each.index for each in data] != list(range(count)):
                raise _Failed("its answer is not about the texts that were sent")
        sizes = {len(each.embedding) for each in data}
        if len(data) != count or len(sizes) != 1 or not 0 < max(sizes) <= MOST_NUMBERS:
            raise _Failed("its answer has not one vector for each text, all of one size")
        size = sizes.pop()
        if self._size and size != self._size:
            log.warning("embeddings have %d numbers now, and had %d", size, self._size)
        self._size = size
        try:
            return [packed(each.embedding, self._model) for each in data]
        except ValueError:
            raise _Failed("its answer has a vector without a direction") from None

    def _connect(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers=self._headers,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            verify=self._ssl,
            # A proxy that the environment names for other programs would see texts and key.
            trust_env=False,
            # A redirect could lead the same to another host.
            follow_redirects=False,
            cookies=http.cookiejar.CookieJar(
                policy=http.cookiejar.DefaultCookiePolicy(allowed_domains=[])
            ),
        )


class _Rest:
    """The time for which a server is left in peace after a failure: longer after each one.

    When it is over, the next request is a trial, and the others go on without.
    """

    def __init__(self, meanwhile: str, seconds: float, most: float) -> None:
        self._meanwhile: Final = meanwhile
        self._first: Final = seconds
        self._most: Final = most
        self._seconds = 0.0
        self._until = -math.inf

    @property
    def is_none(self) -> bool:
        """Whether the last request succeeded, or there was none."""
        return self._seconds == 0

    def may_ask(self) -> bool:
        """Whether the server may be asked; where it was at rest, only this once."""
        if self.is_none:
            return True
        now = time.monotonic()
        if now < self._until:
            return False
        self._until = now + self._seconds
        return True

    def begin(self, why: str) -> None:
        """Something failed."""
        if self.is_none:
            # Once an outage.
            log.warning("the embedding server cannot be used (%s): %s", why, self._meanwhile)
        self._seconds = min(self._most, max(self._first, 2 * self._seconds))
        self._until = time.monotonic() + self._seconds

    def end(self) -> None:
        """Something succeeded."""
        if not self.is_none:
            log.info("the embedding server can be used again")
        self._seconds = 0.0


def embeddings_of(settings: Settings) -> Embeddings | None:
    """The embedding model that the settings name, if they do. Raises ``InvalidSetting``."""
    if not settings.embeddings_base_url:
        return None
    try:
        return Embeddings(
            base_url=settings.embeddings_base_url,
            model=settings.embeddings_model,
            api_key=settings.embeddings_api_key,
        )
    except ValueError as error:
        raise InvalidSetting(
            f"PALAVER_EMBEDDINGS_BASE_URL or PALAVER_EMBEDDINGS_API_KEY: {error}"
        ) from None


def _check_head(response: httpx2.Response) -> None:
    """Raise ``_Failed`` unless a body with vectors can follow."""
    status = response.status_code
    if status in _REFUSED:
        raise _Refused(f"status {status}")
    if status in _AGAIN:
        raise _Failed(f"status {status}", _retry_after(response))
    if status != httpx2.codes.OK:
        raise _Failed(f"status {status}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise _Failed("its answer is compressed, which was not asked for")


def _retry_after(response: httpx2.Response) -> float:
    """The seconds that a response asks for; the least that is not at once, if it names none."""
    said = response.headers.get("retry-after", "").strip()
    return float(said) if re.fullmatch(r"[0-9]{1,9}", said) else BACKOFF_SECONDS


def _smaller(batch: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """What to try in place of a batch that was refused."""
    if len(batch) > 1:
        half = len(batch) // 2
        return [batch[half:], batch[:half]]
    number, text = batch[0]
    shorter = text[: len(text) // 2]
    return [[(number, shorter)]] if len(shorter) >= LEAST_CHARACTERS else []


def _sendable(text: str) -> str:
    """The text as JSON can carry it, and no longer than is of use."""
    return text[:MOST_CHARACTERS].encode("utf-8", "replace").decode().replace("\0", " ").strip()


def _endpoint(base_url: str) -> httpx2.URL:
    try:
        # The client takes hosts such as "[" for good.
        urllib.parse.urlsplit(base_url)
        url = httpx2.URL(base_url)
    except (httpx2.InvalidURL, ValueError):
        raise ValueError("the URL of the embedding server is not a URL") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("the URL of the embedding server must be http:// or https://")
    if url.userinfo:
        # Logs hold the URL.
        raise ValueError("the URL of the embedding server must not hold a password")
    return url.copy_with(path=url.path.rstrip("/") + "/embeddings", fragment=None)
