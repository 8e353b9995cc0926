"""Requests to the target, and the record of everything that was asked and answered."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from gate.target import Target
from palaver.contract.document import Operation

ABSENT: Any = object()
"""No request body at all."""

FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to an operation, before it is spelled out.

    ``well_formed`` says that the contract allows it; 404 and 409 count only for such requests.
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
            parts.append('-H "Authorization: Bearer $TOKEN"')
        parts += [f"-H '{name}: {value}'" for name, value in request.headers.items()]
        if request.body is not ABSENT:
            body = request.body if isinstance(request.body, bytes) else json.dumps(request.body)
            text = body.decode("latin-1") if isinstance(body, bytes) else body
            shown = text if len(text) <= 300 else f"{text[:300]}…"
            kind = body_type(request.operation)
            parts.append(f"-H 'Content-Type: {kind}' --data-raw '{shown}'")
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
            headers["Authorization"] = f"Bearer {request.token}"
        content: bytes | None = None
        if request.body is not ABSENT:
            kind = body_type(request.operation)
            if isinstance(request.body, bytes):
                content = request.body
            elif kind == FORM:
                content, kind = form_of(request.body)
            else:
                content = json.dumps(request.body, ensure_ascii=False).encode()
            headers.setdefault("Content-Type", kind)
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

    def sees(self, request: Request, wanted: bytes, seconds: float) -> bool:
        """Whether some bytes come within a time, of an answer that may not end. Not recorded."""
        headers = {**request.headers, "Authorization": f"Bearer {request.token}"}
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
        content, headers = None, {"Authorization": f"Bearer {token}"}
        if like.body is not ABSENT:
            if body_type(like.operation) == FORM:
                content, headers["Content-Type"] = form_of(like.body)
            else:
                content = json.dumps(like.body).encode()
                headers["Content-Type"] = "application/json"
        query = {name: spell(value) for name, value in like.query.items()}
        return self._client.request(
            method.upper(),
            self.target.url + path,
            params=httpx.QueryParams(query) if query else None,
            headers=headers,
            content=content,
        )


def body_type(operation: Operation) -> str:
    """What an operation's body is sent as."""
    content = (operation.request_body or {}).get("content", {})
    return FORM if FORM in content else "application/json"


def form_of(fields: Mapping[str, Any]) -> tuple[bytes, str]:
    """Files, given as texts, as a form, and its media type."""
    form = httpx.Request(
        "POST",
        "http://form",
        files={name: (f"{name}.bin", str(value).encode()) for name, value in fields.items()},
    )
    return form.read(), form.headers["content-type"]


def spell(value: Any) -> str:
    """A value as a parameter spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _parse(response: httpx.Response) -> Any:
    if "json" not in response.headers.get("content-type", ""):
        return ABSENT
    try:
        return response.json()
    except ValueError:
        return ABSENT
