"""The clients: where the server is, who calls, and how calls are made."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Final, ParamSpec, Self, TypedDict, TypeVar, Unpack

import httpx2

from ._answers import Answer
from ._async import AsyncTransport
from ._contract import Auth, Operation
from ._sync import SyncTransport
from .generated.async_operations import AsyncLists, AsyncOperations
from .generated.sync_operations import SyncLists, SyncOperations
from .generated.version import CONTRACT_VERSION
from .options import AsyncToken, Options, Token

# Each open stream holds a connection, and none of them may keep a call from being made.
_LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=20)

P = ParamSpec("P")
T = TypeVar("T")


class OptionChanges(TypedDict, total=False):
    """The members of ``Options``."""

    timeout: float
    connect_timeout: float
    max_retries: int
    max_reconnects: int
    max_retry_after: float
    headers: Mapping[str, str]
    on_response: Callable[[httpx2.Response], None] | None


class Palaver(SyncOperations):
    """A client whose calls block: one method for each operation of the contract.

    ``token`` is for operations with bearer tokens, ``username`` and ``password`` are for those with
    HTTP Basic. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: Token | None = None,
        username: str = "palaver",
        password: str | None = None,
        http_client: httpx2.Client | None = None,
        **options: Unpack[OptionChanges],
    ) -> None:
        """``http_client``, where one is given, stays open when this client is closed.

        Raises ``ValueError`` for what is no URL of a server, and for what is no token, and
        ``TypeError`` for a token or a password that is no text.
        """
        self._owned = http_client is None
        self._http = http_client or httpx2.Client(limits=_LIMITS)
        base = _base(base_url)
        basic = _basic(username, password)
        token = token if token is None or callable(token) else _credential(token)

        def authorize(operation: Operation, request: httpx2.Request) -> None:
            value = None
            if (scheme := _scheme(operation, token, basic)) == "bearer":
                value = f"Bearer {_credential(token()) if callable(token) else token}"
            _identify(request, basic if scheme == "basic" else value)

        self._transport = SyncTransport(self._http, base, Options(**options), authorize)

    @property
    def options(self) -> Options:
        """How calls are made."""
        return self._transport.options

    @property
    def all(self) -> SyncLists:
        """Lists as iterators over every item of every page."""
        return SyncLists(self._transport)

    def with_options(self, **changes: Unpack[OptionChanges]) -> Self:
        """This client, over the same connections, with some options changed."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._transport = self._transport.with_options(
            dataclasses.replace(self.options, **changes)
        )
        return other

    def with_response(
        self, method: Callable[P, T], /, *arguments: P.args, **named: P.kwargs
    ) -> Answer[T]:
        """What a method of this client gives, with the response that it came in.

        ``client.with_response(client.get_session, "s")`` is ``client.get_session("s")`` with status
        and headers. Raises what the method raises.
        """
        seen: list[httpx2.Response] = []
        value = _recording(method, seen)(*arguments, **named)
        return Answer(value, seen[-1])

    def close(self) -> None:
        """Close all connections, those of ``with_options`` too."""
        if self._owned:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncPalaver(AsyncOperations):
    """A client for asyncio: one method for each operation of the contract.

    ``token`` is for operations with bearer tokens, ``username`` and ``password`` are for those with
    HTTP Basic. Tasks may share a client.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: AsyncToken | None = None,
        username: str = "palaver",
        password: str | None = None,
        http_client: httpx2.AsyncClient | None = None,
        **options: Unpack[OptionChanges],
    ) -> None:
        """``http_client``, where one is given, stays open when this client is closed.

        Raises ``ValueError`` for what is no URL of a server, and for what is no token, and
        ``TypeError`` for a token or a password that is no text.
        """
        self._owned = http_client is None
        self._http = http_client or httpx2.AsyncClient(limits=_LIMITS)
        base = _base(base_url)
        basic = _basic(username, password)
        token = token if token is None or callable(token) else _credential(token)

        async def authorize(operation: Operation, request: httpx2.Request) -> None:
            value = None
            if (scheme := _scheme(operation, token, basic)) == "bearer" and token is not None:
                value = f"Bearer {await _token(token)}"
            _identify(request, basic if scheme == "basic" else value)

        self._transport = AsyncTransport(self._http, base, Options(**options), authorize)

    @property
    def options(self) -> Options:
        """How calls are made."""
        return self._transport.options

    @property
    def all(self) -> AsyncLists:
        """Lists as iterators over every item of every page."""
        return AsyncLists(self._transport)

    def with_options(self, **changes: Unpack[OptionChanges]) -> Self:
        """This client, over the same connections, with some options changed."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._transport = self._transport.with_options(
            dataclasses.replace(self.options, **changes)
        )
        return other

    async def with_response(
        self, method: Callable[P, Awaitable[T]], /, *arguments: P.args, **named: P.kwargs
    ) -> Answer[T]:
        """What a method of this client gives, with the response that it came in.

        ``client.with_response(client.get_session, "s")`` is ``client.get_session("s")`` with status
        and headers. Raises what the method raises.
        """
        seen: list[httpx2.Response] = []
        value = await _recording(method, seen)(*arguments, **named)
        return Answer(value, seen[-1])

    async def close(self) -> None:
        """Close all connections, those of ``with_options`` too."""
        if self._owned:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _recording(method: Callable[P, T], seen: list[httpx2.Response]) -> Callable[P, T]:
    """The same method of a client that notes its responses. Raises ``TypeError`` for any other."""
    client = getattr(method, "__self__", None)
    if not isinstance(client, (Palaver, AsyncPalaver)):
        raise TypeError("with_response takes a method of a client.")
    before = client.options.on_response

    def note(response: httpx2.Response) -> None:
        seen.append(response)
        if before is not None:
            before(response)

    found: Callable[P, T] = getattr(client.with_options(on_response=note), method.__name__)
    return found


async def _token(token: AsyncToken) -> str:
    if isinstance(token, str):
        return token
    given: str | Awaitable[str] = token()
    return _credential(await given if inspect.isawaitable(given) else given)


def _credential(token: object) -> str:
    """A token without the white space around it, such as the line break of the file it was in.

    Raises ``ValueError`` for what is no token (RFC 6750, section 2.1), and ``TypeError`` for what
    is no text, without telling what it is.
    """
    if not isinstance(token, str):
        raise TypeError(f"The token is no text; it is of type {type(token).__name__}.")
    bare = token.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", bare):
        raise ValueError(
            "The token is empty, or has white space or other characters that none has."
        )
    return bare


def _base(url: str) -> str:
    if not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", url):
        raise ValueError("base_url must be an http:// or https:// URL without a query.")
    try:
        port = httpx2.URL(url).port
    except httpx2.InvalidURL as error:
        raise ValueError(f"base_url is no URL: {error}.") from error
    if port is not None and not 0 < port < 1 << 16:
        raise ValueError("base_url has a port that there is not.")
    return url.rstrip("/")


def _basic(username: str, password: str | None) -> str | None:
    """The header of RFC 7617, in UTF-8."""
    if password is None:
        return None
    if not (isinstance(username, str) and isinstance(password, str)):
        raise TypeError("The username or the password is no text.")
    if ":" in username:
        raise ValueError("username must not contain a colon.")
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode('ascii')}"


def _scheme(operation: Operation, token: object, basic: str | None) -> Auth | None:
    """The first of the schemes of an operation for which there is a credential."""
    given = {"bearer": token, "basic": basic}
    return next((each for each in operation.auth if given[each] is not None), None)


def _identify(request: httpx2.Request, value: str | None) -> None:
    """Say who calls, and with what."""
    if value is not None and "authorization" not in request.headers:
        request.headers["Authorization"] = value
    agent = f"palaver-client-python/{CONTRACT_VERSION}"
    if request.headers.get("user-agent", "").startswith("python-httpx"):
        request.headers["User-Agent"] = agent
