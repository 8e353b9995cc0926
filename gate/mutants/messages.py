"""Requests and answers as the mutated system passes them on: plain values that can be changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.types import Message, Scope

ABSENT: Any = object()
"""No JSON at all; ``None`` is ``null``."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``path_parameters`` are decoded; ``path`` is as it was sent."""

    method: str
    path: str
    query_string: bytes
    headers: Headers
    body: bytes
    template: str = ""
    path_parameters: Mapping[str, str] | None = None

    @classmethod
    def of(cls, scope: Scope, body: bytes) -> Call:
        """The call of an ASGI scope whose body was read."""
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        return cls(
            method=scope["method"],
            path=raw.decode("latin-1"),
            query_string=scope["query_string"],
            headers=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]),
            body=body,
        )

    def onto(self, scope: Scope) -> Scope:
        """The scope that asks this."""
        headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in self.headers]
        return {
            **scope,
            "method": self.method,
            "path": self.path,
            "raw_path": self.path.encode("latin-1"),
            "query_string": self.query_string,
            "headers": headers,
            # Every layer below keeps notes of the request it was given.
            "extensions": {},
        }

    def header(self, name: str) -> str | None:
        """A header's value, ``None`` where it is not there."""
        return next((v for k, v in self.headers if k == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> Call:
        """This call with a header set, or without it."""
        return replace(self, headers=_set(self.headers, name.lower(), value))

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query parameters in their order."""
        return parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True)

    def with_query(self, pairs: Iterable[tuple[str, Any]]) -> Call:
        """This call with other query parameters."""
        return replace(self, query_string=urlencode([(k, str(v)) for k, v in pairs]).encode())

    def parameter(self, name: str) -> str | None:
        """A query parameter's text."""
        return next((v for k, v in self.query if k == name), None)

    def with_parameter(self, name: str, value: Any) -> Call:
        """This call with a query parameter set, or without it where the value is ``None``."""
        rest = [(k, v) for k, v in self.query if k != name]
        return self.with_query(rest if value is None else [*rest, (name, value)])

    def with_path(self, values: Mapping[str, Any]) -> Call:
        """This call with other path parameters."""
        path = self.template
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        return replace(self, path=path, path_parameters=dict(values))

    @property
    def announced(self) -> int:
        """How many bytes the body is said to have."""
        text = self.header("content-length") or ""
        return int(text) if text.isascii() and text.isdigit() else len(self.body)

    def with_body(self, body: bytes) -> Call:
        """This call with other bytes."""
        return replace(self, body=body).with_header("content-length", str(len(body)))

    @property
    def json(self) -> Any:
        """The body's JSON, ``ABSENT`` where it is none."""
        return _parse(self.body)

    def with_json(self, value: Any) -> Call:
        """This call with another JSON body; ``ABSENT`` for none."""
        body = b"" if value is ABSENT else json.dumps(value, ensure_ascii=False).encode()
        changed = replace(self, body=body).with_header("content-length", str(len(body)))
        if not body:
            return changed.with_header("content-type", None).with_header("content-length", None)
        return changed if self.body else changed.with_header("content-type", "application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    headers: Headers
    body: bytes

    @classmethod
    def of(cls, messages: list[Message]) -> Answer:
        """The answer that ASGI messages are."""
        start = messages[0]
        headers = tuple(
            (k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in start["headers"]
        )
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return cls(start["status"], headers, body)

    def messages(self) -> Iterator[Message]:
        """The ASGI messages that send this answer."""
        headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in self.headers]
        yield {"type": "http.response.start", "status": self.status, "headers": headers}
        yield {"type": "http.response.body", "body": self.body}

    @property
    def succeeded(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body's JSON, ``ABSENT`` where it is none."""
        if "json" not in (self.header("content-type") or ""):
            return ABSENT
        return _parse(self.body)

    def header(self, name: str) -> str | None:
        """A header's value, ``None`` where it is not there."""
        return next((v for k, v in self.headers if k == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> Answer:
        """This answer with a header set, or without it."""
        return replace(self, headers=_set(self.headers, name.lower(), value))

    def with_status(self, status: int) -> Answer:
        """This answer with another status."""
        return replace(self, status=status)

    def with_json(self, value: Any) -> Answer:
        """This answer with another JSON body."""
        return self.with_body(json.dumps(value, ensure_ascii=False).encode())

    def with_body(self, body: bytes) -> Answer:
        """This answer with other bytes."""
        return replace(self, body=body).with_header("content-length", str(len(body)))


def _set(headers: Headers, name: str, value: str | None) -> Headers:
    rest = tuple((k, v) for k, v in headers if k != name)
    return rest if value is None else (*rest, (name, value))


def _parse(body: bytes) -> Any:
    if not body:
        return ABSENT
    try:
        return json.loads(body)
    except ValueError:
        return ABSENT
