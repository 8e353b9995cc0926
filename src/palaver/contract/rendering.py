"""Errors as responses: the only place that turns an exception into status, headers and body.

The contract decides. An operation's ``x-errors`` give a domain error its status and its words;
what no operation documents (unknown paths, 405, 500, 503) takes the shape of the path's surface
from ``x-error-surfaces``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from palaver.contract.challenges import RawHeaders, challenges
from palaver.contract.document import Document, Operation
from palaver.contract.faults import InvalidRequest, MethodNotAllowed
from palaver.errors import PalaverError

MAX_MESSAGE = 1000
MAX_INSTANCE = 160
RETRY_AFTER_SECONDS = "5"
_URN_SAFE = "-._~!$&'()*+,;=:@/?"
SESSIONS_ERROR = "SessionsError"
SENTENCE = "ErrorSentence"
PROBLEM = "Problem"
_MEDIA_TYPES = {
    SESSIONS_ERROR: "application/json",
    SENTENCE: "application/json",
    PROBLEM: "application/problem+json",
}
_WORDS: dict[str, Mapping[str, Any]] = {
    # For a path that is refused before its operation is known.
    "invalid_request": {"title": "The request is not valid.", "error": "invalid_request"},
    "not_found": {"title": "There is nothing at this path.", "error": "not_found"},
    "method_not_allowed": {"title": "The path has no such method.", "error": "method_not_allowed"},
    "request_timeout": {"title": "The body did not arrive in time.", "error": "request_timeout"},
    "store_unavailable": {
        "title": "The server cannot work at the moment.",
        "error": "store_unavailable",
    },
    "key_server_unavailable": {
        "title": "Tokens cannot be checked at the moment.",
        "error": "key_server_unavailable",
    },
    "shutting_down": {"title": "The server is about to stop.", "error": "shutting_down"},
    "internal_error": {"title": "The server failed.", "error": "internal_error"},
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """An error response, ready to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """What one operation says about one error code."""

    status: int
    words: Mapping[str, Any]


class ErrorTable:
    """The documented errors of one operation by code, and its challenge for 401."""

    def __init__(self, document: Document, operation: Operation) -> None:
        self.entries: dict[str, ErrorEntry] = {}
        for status, response in operation.responses.items():
            for code, words in response.get("x-errors", {}).items():
                self.entries[code] = ErrorEntry(int(status), words)
        # A code that hides behind another, and that other, must look the same to clients.
        hides = {c: e.words["hides"] for c, e in self.entries.items() if "hides" in e.words}
        self.without_detail = {*hides, *hides.values()}
        schemes = document.tree.get("components", {}).get("securitySchemes", {})
        names = {name for requirement in operation.security for name in requirement}
        self.schemes = sorted(
            {
                str(schemes[name].get("scheme", "bearer")).lower()
                for name in names
                if name in schemes
            }
        )


class ErrorRenderer:
    """Renders errors for one contract."""

    def __init__(self, document: Document) -> None:
        self._surfaces = [
            (surface["prefix"], surface["schema"])
            for surface in document.tree.get(
                "x-error-surfaces", [{"prefix": "/", "schema": PROBLEM}]
            )
        ]

    def render(
        self,
        error: BaseException,
        path: str,
        table: ErrorTable | None,
        request_id: str,
        headers: RawHeaders = (),
    ) -> Rendered:
        """The response to an error; anything but a ``PalaverError`` is a 500 that says nothing.

        ``headers`` are those of the request, as ASGI has them.
        """
        code, status, detail = "internal_error", 500, f"The error id is {request_id}."
        if isinstance(error, PalaverError) and error.code != "internal_error":
            code, status, detail = error.code, error.status, str(error)
        words: Mapping[str, Any] = _WORDS.get(code, {})
        entry = table.entries.get(code) if table is not None else None
        if entry is not None:
            status, words = entry.status, entry.words
        if table is not None and code in table.without_detail:
            detail = ""
        shape = next(
            (schema for prefix, schema in self._surfaces if path.startswith(prefix)), PROBLEM
        )
        if shape == SESSIONS_ERROR:
            body = _sessions_error(error, code, words, detail)
        elif shape == SENTENCE:
            body = _sentence(error, code, words, detail)
        else:
            body = _problem(error, code, status, words, detail, request_id)
        extra = _extra_headers(error, status, table, headers)
        return Rendered(
            status, (("content-type", _MEDIA_TYPES[shape]), *extra), msgspec.json.encode(body)
        )


def _sessions_error(
    error: BaseException, code: str, words: Mapping[str, Any], detail: str
) -> dict[str, Any]:
    """``{"message", "error"}``: requirement 1's shape, with the field's own words if it has any."""
    if isinstance(error, InvalidRequest):
        field = error.fields[0]
        if field.words is not None:
            return {"message": field.words["message"], "error": field.words["error"]}
        message = detail
    else:
        message = words.get("message") or words.get("title") or detail
        if code == "internal_error":
            message = f"{message} {detail}"
    return {"message": message[:MAX_MESSAGE], "error": words.get("error", code)}


def _sentence(
    error: BaseException, code: str, words: Mapping[str, Any], detail: str
) -> dict[str, Any]:
    """``{"error"}``: requirement 2's shape; a conflict also names the book that is there."""
    if isinstance(error, InvalidRequest):
        sentence = detail
    else:
        # The words of an operation are sentences; where none documents the error, it has a title.
        sentence = words.get("title") or words.get("error") or detail
        if code == "internal_error":
            sentence = f"{sentence} {detail}"
    body: dict[str, Any] = {"error": sentence[:MAX_MESSAGE]}
    if isinstance(error, PalaverError) and error.book_id is not None:
        body["bookId"] = error.book_id
    return body


def _problem(
    error: BaseException,
    code: str,
    status: int,
    words: Mapping[str, Any],
    detail: str,
    request_id: str,
) -> dict[str, Any]:
    """Problem details (RFC 9457, section 3.1)."""
    problem: dict[str, Any] = {
        "type": f"urn:palaver:problem:{words.get('hides', code).replace('_', '-')}",
        "title": words.get("title", HTTPStatus(status).phrase),
        "status": status,
    }
    if detail and detail != problem["title"]:
        problem["detail"] = detail[:MAX_MESSAGE]
    problem["instance"] = f"urn:palaver:request:{_quoted(request_id)}"
    if isinstance(error, PalaverError) and error.run_id is not None:
        problem["run_id"] = error.run_id
    if isinstance(error, InvalidRequest):
        problem["errors"] = [
            {"pointer": field.pointer[:MAX_MESSAGE], "message": field.message[:MAX_MESSAGE]}
            for field in error.fields[:20]
        ]
    return problem


def _quoted(request_id: str) -> str:
    """A request id as the last part of a URN; a client's may hold any visible character."""
    quoted = quote(request_id, safe=_URN_SAFE)
    return (
        quoted if len(quoted) <= MAX_INSTANCE else quote(request_id[: MAX_INSTANCE // 3], safe="")
    )


def _extra_headers(
    error: BaseException, status: int, table: ErrorTable | None, headers: RawHeaders
) -> list[tuple[str, str]]:
    if isinstance(error, MethodNotAllowed):
        return [("allow", error.allow)]
    if status == 401:
        schemes = table.schemes if table is not None and table.schemes else ["bearer"]
        return [("www-authenticate", challenges(schemes, error, headers))]
    if status == 503:
        return [("retry-after", RETRY_AFTER_SECONDS)]
    return []
