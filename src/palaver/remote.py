"""A Palaver server as its clients see it: the public HTTP API, and runs to follow to their end."""

from __future__ import annotations

import asyncio
import re
import ssl
import uuid
from collections.abc import Callable, Mapping
from typing import IO, Any, Final, NamedTuple
from urllib.parse import quote

import httpx2
import msgspec

PATIENCE_SECONDS = 30.0
"""How long a server that went away, as for a restart, is waited for."""

PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
SILENCE_SECONDS: Final = 60.0
"""A server that streams says something every 15 seconds; one that does not is taken for gone."""

MAX_EVENT_BYTES: Final = 16 << 20
UPLOAD_ATTEMPTS: Final = 3
STORING_SECONDS: Final = 600.0
_STREAM: Final = "text/event-stream"
_AGAIN: Final = frozenset({502, 503, 504})

_BOOKS: Final = "/api/v1/books"

Event = Mapping[str, Any]
Book = Mapping[str, Any]


class Unusable(Exception):
    """Nothing more can be done with this server, token or session; ``str`` is one sentence."""


class Refused(Exception):
    """The server refused one request; ``str`` says why, with the id of the request."""

    def __init__(
        self, status: int, words: str, run_id: str | None = None, book_id: str | None = None
    ) -> None:
        self.status = status
        self.run_id = run_id
        self.book_id = book_id
        super().__init__(words)


class Away(Unusable):
    """The server does not answer."""


class Form(NamedTuple):
    """A form to send: its fields, and a file as its name and what it is read from."""

    fields: dict[str, str]
    file: tuple[str, IO[bytes]]


class Remote:
    """A server, and the user that a credential stands for."""

    def __init__(
        self,
        url: str,
        authorization: Callable[[], str],
        *,
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``authorization`` gives the header for each request; ``notify`` is told when a connection
        is lost.

        Raises ``Unusable`` for what is no URL of a server.
        """
        self.url = url.rstrip("/")
        self._authorization = authorization
        self._notify = notify
        if not re.match(r"https?://[^/\s]", url):
            raise Unusable("--url must be an http:// or https:// URL.")
        try:
            self._client = httpx2.AsyncClient(
                base_url=self.url,
                timeout=httpx2.Timeout(SILENCE_SECONDS, connect=10.0),
                verify=ssl.create_default_context(),
                # A proxy that the environment names for other programs would see the conversation.
                trust_env=False,
            )
        except (httpx2.InvalidURL, ValueError):
            raise Unusable("--url must be an http:// or https:// URL.") from None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def check(self, session_id: str | None) -> None:
        """See whether the server is there, takes the token, and has the session, if one is given.

        Raises ``Unusable`` and ``Refused``.
        """
        path = "/api/sessions?limit=1" if session_id is None else _session(session_id)
        try:
            response = await self.send("GET", path, patience=0.0)
        except Refused as refused:
            if refused.status == httpx2.codes.NOT_FOUND and session_id is not None:
                raise Unusable(f"There is no session {session_id} of this user.") from None
            raise
        self._json(response, "session_id", "sessions")

    async def create_session(self) -> str:
        """A new session's id. Raises ``Unusable`` and ``Refused``."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        response = await self.send("POST", "/api/sessions", headers=headers, content={})
        return str(self._json(response, "session_id")["session_id"])

    async def start(self, session_id: str, message: str) -> Run:
        """Send a message, once: the run that answers it. Raises ``Unusable`` and ``Refused``."""
        response = await self.send(
            "POST",
            f"{_session(session_id)}/messages",
            # A repetition, after a connection that was lost, gets the same run.
            headers={"Idempotency-Key": str(uuid.uuid4()), "Accept": _STREAM},
            content={"message": message},
            stream=True,
        )
        run_id = response.headers.get("x-run-id")
        if run_id is None:
            await response.aclose()
            raise self.foreign()
        return Run(self, session_id, run_id, response)

    async def add_book(self, form: Form) -> Book:
        """Upload a book, once: the book that it became. Raises ``Unusable`` and ``Refused``."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        attempt = 0
        while True:
            try:
                response = await self.send("POST", _BOOKS, headers=headers, form=form)
            except Away:
                # One upload takes longer than a server is waited for.
                if attempt == UPLOAD_ATTEMPTS - 1:
                    raise
            else:
                return dict(self._json(response, "bookId"))
            await self.pause(attempt)
            attempt += 1

    async def book(self, book_id: str) -> Book:
        """How a book is now. Raises ``Unusable`` and ``Refused``."""
        response = await self.send("GET", f"{_BOOKS}/{quote(book_id, safe='')}")
        return dict(self._json(response, "bookId"))

    async def retry_book(self, book_id: str) -> None:
        """Have a book taken in anew that failed. Raises ``Unusable`` and ``Refused``."""
        await self.send("POST", f"{_BOOKS}/{quote(book_id, safe='')}/retry")

    async def books(self, cursor: str | None, *, limit: int = 100) -> tuple[list[Book], str | None]:
        """A page of the books, and the cursor of the next. Raises ``Unusable`` and ``Refused``."""
        following = "" if cursor is None else f"&cursor={quote(cursor, safe='')}"
        patience = 0.0 if cursor is None else None
        response = await self.send("GET", f"{_BOOKS}?limit={limit}{following}", patience=patience)
        page = self._json(response, "books")
        return list(page["books"]), page["nextCursor"]

    def run(self, session_id: str, run_id: str) -> Run:
        """A run that somebody started already."""
        return Run(self, session_id, run_id)

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
        form: Form | None = None,
        stream: bool = False,
        patience: float | None = None,
    ) -> httpx2.Response:
        """A response with a success status; tries again where the server is away for a while.

        Raises ``Unusable`` and ``Refused``.
        """
        loop = asyncio.get_running_loop()
        patience = PATIENCE_SECONDS if patience is None else patience
        deadline = loop.time() + patience
        attempt = 0
        while True:
            request = self._request(method, path, headers or {}, content, form)
            may_wait = loop.time() < deadline
            try:
                response = await self._client.send(request, stream=stream)
            except httpx2.RequestError as error:
                if not may_wait:
                    raise self._unreachable(error) from None
            else:
                if response.is_success:
                    return response
                if response.status_code not in _AGAIN or not may_wait:
                    raise await self._refusal(response)
                await response.aclose()
            await self.pause(attempt)
            attempt += 1

    async def pause(self, attempt: int) -> None:
        """Wait before trying again."""
        if attempt == 1:
            self._notify("The connection is lost; trying again.")
        await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: Any,
        form: Form | None,
    ) -> httpx2.Request:
        sent = {"Accept": "application/json", "Authorization": self._authorization(), **headers}
        body = None
        if form is not None:
            return self._client.build_request(
                method,
                path,
                headers=sent,
                data=form.fields,
                files={"file": form.file},
                # The server stores the file before it answers.
                timeout=httpx2.Timeout(SILENCE_SECONDS, connect=10.0, read=STORING_SECONDS),
            )
        if content is not None:
            sent["Content-Type"] = "application/json"
            body = msgspec.json.encode(content)
        return self._client.build_request(method, path, headers=sent, content=body)

    def _json(self, response: httpx2.Response, *names: str) -> Any:
        """The members of a response, which must have one of these."""
        try:
            value = msgspec.json.decode(response.content)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not set(names) & set(value):
            raise self.foreign()
        return value

    async def _refusal(self, response: httpx2.Response) -> Exception:
        """What a response that is no success means."""
        try:
            problem = msgspec.json.decode(await response.aread())
        except (ValueError, httpx2.RequestError):
            problem = None
        finally:
            await response.aclose()
        if not isinstance(problem, dict) or not {"title", "error"} & set(problem):
            return self.foreign()
        if "title" in problem:
            fields = [str(each.get("message")) for each in problem.get("errors", ())]
            said = [str(problem["title"]), "; ".join(fields) or str(problem.get("detail", ""))]
            given = "token"
        else:
            said = [str(problem["error"])]
            given = "credential"
        words = ". ".join(each.rstrip(".") for each in said if each)
        words = f"{words} (request {response.headers.get('x-request-id', 'without an id')})."
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            return Unusable(f"{self.url} does not take the {given}: {words}")
        return Refused(response.status_code, words, problem.get("run_id"), problem.get("bookId"))

    def _unreachable(self, error: httpx2.RequestError) -> Away:
        reason = str(error).rstrip(".") or type(error).__name__
        return Away(f"No server answers at {self.url} ({reason}).")

    def foreign(self) -> Unusable:
        """That something answers that is no Palaver."""
        return Unusable(f"{self.url} does not answer like a Palaver server.")


class Run:
    """A turn, whose events can be followed from wherever the last connection ended."""

    def __init__(
        self,
        remote: Remote,
        session_id: str,
        run_id: str,
        response: httpx2.Response | None = None,
    ) -> None:
        self._remote = remote
        self._path = f"{_session(session_id)}/runs/{quote(run_id, safe='')}"
        self._response = response
        self._last_id = 0
        self._is_done = False
        self.request_id = ""
        """That of the stream which is read now."""

    async def follow(self, on_event: Callable[[Event], None]) -> None:
        """Give all events that are still to come, each exactly once, until the last one.

        May be cancelled and called again. Raises ``Unusable`` and ``Refused``.
        """
        attempt = 0
        while not self._is_done:
            before = self._last_id
            response = self._response or await self._resume()
            self._response = None
            self.request_id = response.headers.get("x-request-id", "")
            try:
                await self._read(response, on_event)
            except httpx2.RequestError:
                pass
            finally:
                await response.aclose()
            # One that breaks off again and again at the same place is not to be kept busy.
            attempt = 0 if self._last_id > before else attempt + 1
            if not self._is_done:
                if attempt > 2 * len(PAUSES):
                    raise Unusable(f"{self._remote.url} breaks off the answer again and again.")
                await self._remote.pause(attempt)

    async def cancel(self) -> bool:
        """End the turn; ``False`` where it has ended already. Raises ``Unusable``, ``Refused``."""
        try:
            await self._remote.send("POST", f"{self._path}/cancel")
        except Refused as refused:
            if refused.status != httpx2.codes.CONFLICT:
                raise
            return False
        return True

    async def _resume(self) -> httpx2.Response:
        headers = {"Last-Event-ID": str(self._last_id), "Accept": _STREAM}
        return await self._remote.send("GET", f"{self._path}/events", headers=headers, stream=True)

    async def _read(self, response: httpx2.Response, on_event: Callable[[Event], None]) -> None:
        if response.status_code == httpx2.codes.NO_CONTENT:
            self._is_done = True
            return
        async for sent in httpx2.EventSource(response, max_event_size=MAX_EVENT_BYTES):
            if not sent.id.isdecimal() or int(sent.id) <= self._last_id:
                continue
            try:
                event = msgspec.json.decode(sent.data)
            except ValueError:
                raise self._remote.foreign() from None
            self._last_id = int(sent.id)
            self._is_done = event.get("type") == "done"
            on_event(event)
            if self._is_done:
                return


def _session(session_id: str) -> str:
    return f"/api/sessions/{quote(session_id, safe='')}"
