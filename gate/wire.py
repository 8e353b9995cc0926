"""Requests to the target, and the record of everything that was asked and answered."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from gate.forms import FORM_TYPE, encoded, file_of
from gate.operations import file_fields, takes_form
from gate.target import Target, authorization
from palaver.contract.document import Operation

ABSENT: Any = object()
"""No request body at all."""

PATIENCE = 10.0
"""How long a server may take to answer what it need not read."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to an operation, before it is spelled out.

    ``token`` is a bearer's, or a whole credential with its scheme. ``well_formed`` says that the
    contract allows it; 404 and 409 count only for such requests.
    """

    operation: Operation
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = ABSENT
    token: str | None = None
    well_formed: bool = True

    def but(self, **changes: Any) -> Request:
        """This request with some parts replaced."""
        return replace(self, **changes)

    def with_query(self, **values: Any) -> Request:
        """This request with query parameters set, or removed where they are ``ABSENT``."""
        query = {**self.query, **values}
        return replace(self, query={k: v for k, v in query.items() if v is not ABSENT})

    @property
    def target_path(self) -> str:
        """The raw path with its parameters filled in."""
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", quote(spell(value), safe=""))
        return path


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and what came back. ``json`` is ``ABSENT`` where the body is no JSON."""

    request: Request
    status: int
    headers: Mapping[str, str]
    content: bytes
    json: Any
    request_id: str = ""

    @property
    def operation_id(self) -> str:
        return self.request.operation.operation_id

    @property
    def curl(self) -> str:
        """A command that asks the same again; the token is left to whoever runs it."""
        request = self.request
        query = "&".join(f"{k}={quote(spell(v), safe='')}" for k, v in request.query.items())
        url = f"$URL{request.target_path}{'?' + query if query else ''}"
        parts = ["curl", "-i", "-X", request.operation.method.upper(), f"'{url}'"]
        if request.token is not None:
            scheme = authorization(request.token).partition(" ")[0]
            parts.append(
                f'-H "Authorization: {scheme} ${"TOKEN" if scheme == "Bearer" else "BASIC"}"'
            )
        parts += [f"-H '{name}: {value}'" for name, value in request.headers.items()]
        if takes_form(request.operation) and isinstance(request.body, dict):
            parts += [f"-F '{name}={_shown(value)}'" for name, value in request.body.items()]
        elif request.body is not ABSENT:
            body = request.body if isinstance(request.body, bytes) else json.dumps(request.body)
            text = body.decode("latin-1") if isinstance(body, bytes) else body
            shown = text if len(text) <= 300 else f"{text[:300]}…"
            typed = any(name.lower() == "content-type" for name in request.headers)
            parts += [] if typed else ["-H 'Content-Type: application/json'"]
            parts.append(f"--data-raw '{shown}'")
        return " ".join(parts)


class Wire:
    """A connection to a target that remembers every exchange."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.exchanges: list[Exchange] = []
        self._client = httpx.Client(base_url=target.url, timeout=30, trust_env=False)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def send(self, request: Request) -> Exchange:
        """Ask, record, return. A body that is not ``bytes`` is sent as JSON, or as a form."""
        request_id = f"gate-{len(self.exchanges)}"
        headers = {"X-Request-Id": request_id, **request.headers}
        if request.token is not None:
            headers["Authorization"] = authorization(request.token)
        content = self._content(request, headers)
        query = {
            # A tuple is a parameter that is given more than once.
            name: [spell(each) for each in value] if isinstance(value, tuple) else spell(value)
            for name, value in request.query.items()
        }
        response = self._client.request(
            request.operation.method.upper(),
            request.target_path,
            params=httpx.QueryParams(query) if query else None,
            headers=headers,
            content=content,
        )
        return self._record(request, response, request_id)

    def _content(self, request: Request, headers: dict[str, str]) -> bytes | None:
        """The body as it is sent; its type is set where the headers do not say another."""
        if request.body is ABSENT:
            return None
        as_form = takes_form(request.operation)
        headers.setdefault("Content-Type", FORM_TYPE if as_form else "application/json")
        if isinstance(request.body, bytes):
            return request.body
        if as_form:
            return encoded(request.body, file_fields(self.target.document, request.operation))
        return json.dumps(request.body, ensure_ascii=False).encode()

    def _record(self, request: Request, response: httpx.Response, request_id: str) -> Exchange:
        exchange = Exchange(
            request,
            response.status_code,
            {k.lower(): v for k, v in response.headers.items()},
            response.content,
            _parse(response),
            request_id,
        )
        self.exchanges.append(exchange)
        return exchange

    def announce(self, request: Request, size: int) -> Exchange:
        """Say that a body of ``size`` bytes will come, send none of it, and take the answer."""
        request_id = f"gate-{len(self.exchanges)}"
        headers = {"X-Request-Id": request_id, **request.headers, "Content-Length": str(size)}
        if request.token is not None:
            headers["Authorization"] = authorization(request.token)
        self._content(request, headers)
        url = urlsplit(self.target.url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            try:
                connection.putrequest(request.operation.method.upper(), request.target_path)
                for name, value in headers.items():
                    connection.putheader(name, value)
                connection.endheaders()
                answer = connection.getresponse()
                found = httpx.Response(
                    answer.status, headers=answer.getheaders(), content=answer.read()
                )
            except (OSError, http.client.HTTPException) as error:
                raise httpx.ReadError(f"no answer to a body that is announced: {error!r}") from None
        return self._record(request, found, request_id)

    def sees(self, request: Request, wanted: bytes, seconds: float) -> bool:
        """Whether some bytes come within a time, of an answer that may not end. Not recorded."""
        headers = {**request.headers, "Authorization": authorization(request.token or "")}
        timeout = httpx.Timeout(30, read=seconds)
        method, seen = request.operation.method.upper(), b""
        with (
            contextlib.suppress(httpx.ReadTimeout),
            self._client.stream(
                method, request.target_path, headers=headers, timeout=timeout
            ) as response,
        ):
            for chunk in response.iter_raw():
                seen += chunk
                if wanted in seen:
                    return True
        return False

    def ask(self, method: str, path: str, *, token: str, like: Request) -> httpx.Response:
        """Ask for what is not in the contract, and so no exchange of an operation."""
        headers = {"Authorization": authorization(token)}
        content = self._content(like, headers)
        query = {name: spell(value) for name, value in like.query.items()}
        return self._client.request(
            method.upper(),
            self.target.url + path,
            params=httpx.QueryParams(query) if query else None,
            headers=headers,
            content=content,
        )


def spell(value: Any) -> str:
    """A value as a parameter spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _shown(value: Any) -> str:
    """A field of a form, for a person who wants to send it again."""
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    text = str(value) if isinstance(value, str) else file_of(value).name
    return text if len(text) <= 300 else f"{text[:300]}…"


def _parse(response: httpx.Response) -> Any:
    if "json" not in response.headers.get("content-type", ""):
        return ABSENT
    try:
        return response.json()
    except ValueError:
        return ABSENT
