"""Responses: checked against the contract, then encoded. What breaks it never leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import msgspec

from palaver.contract.document import Document, Operation
from palaver.contract.faults import ContractBreach
from palaver.contract.reply import Reply
from palaver.contract.schemas import SchemaCompiler, explain, first_error

SERVED_BY_THE_SHELL = frozenset({"x-request-id"})
"""Headers that every response gets from the outermost middleware."""

SENT_BY_THE_RUNTIME = frozenset({"content-type", "content-length", "transfer-encoding"})
"""Headers that follow from the body."""

_ENCODER = msgspec.json.Encoder()
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+")
_HEADER_VALUE = re.compile(r"[\t -~\x80-\xff]*")
# RFC 7763, section 2, requires what clients would otherwise guess; all our texts are UTF-8.
_CONTENT_TYPES = {"text/markdown": "text/markdown; charset=utf-8"}
_COERCED_HEADERS = {"integer": int, "number": float}


class _HeaderCheck:
    """One documented response header."""

    def __init__(
        self, name: str, header: Mapping[str, Any], document: Document, compiler: SchemaCompiler
    ) -> None:
        schema, _ = document.deref(header.get("schema", {}), ())
        self.name = name
        self.required = bool(header.get("required", False))
        self._coerce = _COERCED_HEADERS.get(schema.get("type", "string"), str)
        self._validator = compiler.compile(header.get("schema", {}))

    def check(self, value: str | None) -> None:
        """Raises ``ContractBreach``."""
        if value is None:
            if self.required:
                raise ContractBreach(f"the header {self.name} is missing")
            return
        try:
            valid = self._validator.is_valid(self._coerce(value))
        except ValueError:
            valid = False
        if not valid:
            raise ContractBreach(f"the header {self.name} does not match its schema")


class StatusPlan:
    """One documented (operation, status) pair."""

    def __init__(
        self, document: Document, operation: Operation, status: int, compiler: SchemaCompiler
    ) -> None:
        response = operation.responses[str(status)]
        pointer = (*operation.pointer, "responses", str(status))
        content: Mapping[str, Any] = response.get("content", {})
        self.status = status
        self.media_types = tuple(content)
        self.media_type = self.media_types[0] if len(content) == 1 else None
        self.schemas = {
            media_type: document.deref(entry["schema"], pointer)[0]
            for media_type, entry in content.items()
            if "schema" in entry
        }
        self.validators: dict[str, jsonschema_rs.Draft202012Validator] = {
            media_type: compiler.compile(entry["schema"])
            for media_type, entry in content.items()
            if "schema" in entry
        }
        self._checked_bytes: bytes | None = None
        self._headers = [
            _HeaderCheck(name.lower(), document.deref(header, pointer)[0], document, compiler)
            for name, header in response.get("headers", {}).items()
            if name.lower() not in SERVED_BY_THE_SHELL
        ]

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Check the headers of a response; names are in lower case. Raises ``ContractBreach``."""
        for name, value in headers.items():
            if name in SENT_BY_THE_RUNTIME or not _HEADER_NAME.fullmatch(name):
                raise ContractBreach(f"a handler must not send the header {name!r}")
            if not _HEADER_VALUE.fullmatch(value):
                raise ContractBreach(f"the header {name} has characters that headers cannot have")
        for header in self._headers:
            header.check(headers.get(header.name))

    def encode(self, body: Any, media_type: str | None) -> tuple[bytes, str | None]:
        """The checked bytes of a body and its media type. Raises ``ContractBreach``."""
        if not self.media_types:
            if body is not None:
                raise ContractBreach(f"status {self.status} has no body")
            return b"", None
        media_type = media_type or self.media_type
        if media_type not in self.media_types:
            raise ContractBreach(f"status {self.status} is not documented with {media_type}")
        assert media_type is not None
        if isinstance(body, bytes):
            # Bytes that claim to be JSON are held to the schema; of other types nothing is known.
            if is_json(media_type) and body is not self._checked_bytes:
                try:
                    value = msgspec.json.decode(body)
                except msgspec.DecodeError:
                    raise ContractBreach("the body is not JSON") from None
                check(self.validators[media_type], value)
                # A document that is served again and again is checked once.
                self._checked_bytes = body
            return body, media_type
        if not is_json(media_type):
            raise ContractBreach("the body is not bytes")
        plain = msgspec.to_builtins(body)
        check(self.validators[media_type], plain)
        return _ENCODER.encode(plain), media_type


class ResponsePlan:
    """All documented responses of one operation."""

    def __init__(self, document: Document, operation: Operation, compiler: SchemaCompiler) -> None:
        self.statuses = {
            int(status): StatusPlan(document, operation, int(status), compiler)
            for status in operation.responses
        }
        success = operation.success_statuses
        self._default = self.statuses[success[0]] if len(success) == 1 else None
        self.success_media_types = tuple(
            {t: None for status in success for t in self.statuses[status].media_types}
        )

    def status_of(self, reply: Reply[Any] | None) -> StatusPlan:
        """The plan of the status that a handler chose, or of the only documented success.

        Raises ``ContractBreach`` for an undocumented status.
        """
        if reply is None or reply.status is None:
            if self._default is None:
                raise ContractBreach("the handler must choose one of the documented statuses")
            return self._default
        plan = self.statuses.get(reply.status)
        if plan is None:
            raise ContractBreach(f"status {reply.status} is not documented")
        return plan


def is_json(media_type: str) -> bool:
    """Whether a media type in lower case is JSON or of its family (RFC 6839)."""
    return media_type == "application/json" or media_type.endswith("+json")


def check(validator: jsonschema_rs.Draft202012Validator, value: Any) -> None:
    """Raises ``ContractBreach`` with the first thing that is wrong; values are not repeated."""
    if validator.is_valid(value):
        return
    error = first_error(validator, value)
    assert error is not None
    path, _ = explain(error)
    where = "/".join(map(str, path))
    raise ContractBreach(f"the body breaks its schema at /{where}: {error.kind.name}")


def raw_headers(headers: Mapping[str, str], media_type: str | None) -> list[tuple[bytes, bytes]]:
    """Response headers as ASGI takes them, with the content type where there is one."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if media_type is not None:
        raw.append((b"content-type", _CONTENT_TYPES.get(media_type, media_type).encode()))
    return raw
