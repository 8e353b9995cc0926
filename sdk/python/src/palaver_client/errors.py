"""What can go wrong: one class for each status, and one for each way of not getting an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2


class PalaverError(Exception):
    """The root of all errors of this client."""


class APIConnectionError(PalaverError):
    """The server could not be reached, or the connection broke before the answer was whole."""


class APITimeoutError(APIConnectionError):
    """The server said nothing for as long as was allowed."""


class StreamInterruptedError(APIConnectionError):
    """A stream broke off and could not be taken up again."""


class ClosedError(PalaverError):
    """The client was closed, or a file is not there to be read any more."""


class InvalidResponseError(PalaverError):
    """What came is not what the contract promises."""

    def __init__(self, message: str, response: httpx2.Response) -> None:
        self.response = response
        self.request_id: str | None = response.headers.get("x-request-id")
        super().__init__(f"{message}{_request(self.request_id)}")


@dataclass(frozen=True, slots=True)
class InvalidField:
    """One thing of a request that is not valid, with a JSON Pointer to it."""

    pointer: str
    message: str


class APIStatusError(PalaverError):
    """The server refused; ``str`` says why, with the id of the request."""

    def __init__(self, response: httpx2.Response, body: Any) -> None:
        self.response = response
        self.body = body
        """The answer's JSON, or its text where it is none."""
        self.status: int = response.status_code
        self.request_id: str | None = response.headers.get("x-request-id")
        members = body if isinstance(body, Mapping) else {}
        self.code: str | None = _code(members)
        """What went wrong, for programs."""
        self.message: str = _message(members) or response.reason_phrase or "No words."
        """What went wrong, for people."""
        self.detail: str | None = _text(members, "detail")
        self.run_id: str | None = _text(members, "run_id")
        """The run that it is about, where it is about one."""
        self.errors: tuple[InvalidField, ...] = _fields(members)
        super().__init__(self._words())

    @property
    def is_of_palaver(self) -> bool:
        """Whether the server itself says so, and not something in front of it."""
        if not isinstance(self.body, Mapping):
            return False
        said = {name: _text(self.body, name) for name in ("type", "title", "error")}
        return said["error"] is not None or None not in (said["type"], said["title"])

    def _words(self) -> str:
        fields = "; ".join(f"{each.pointer}: {each.message}" for each in self.errors)
        said = (self.message, fields or self.detail)
        words = " ".join(f"{each.rstrip('.')}." for each in said if each)
        return f"{self.status}: {words}{_request(self.request_id)}"


class BadRequestError(APIStatusError):
    """400: the request is not valid."""


class AuthenticationError(APIStatusError):
    """401: there is no valid token or password."""


class PermissionDeniedError(APIStatusError):
    """403: somebody else's."""


class NotFoundError(APIStatusError):
    """404: there is no such thing."""


class MethodNotAllowedError(APIStatusError):
    """405: the path has no such method; a server of another version, perhaps."""


class NotAcceptableError(APIStatusError):
    """406: the answer has no type that was asked for."""


class RequestTimeoutError(APIStatusError):
    """408: the body took too long."""


class ConflictError(APIStatusError):
    """409: the state of things does not allow it."""


class GoneError(APIStatusError):
    """410: it was there and is no longer kept."""


class PreconditionFailedError(APIStatusError):
    """412: it has changed meanwhile."""


class PayloadTooLargeError(APIStatusError):
    """413: the body is too large."""


class UnsupportedMediaTypeError(APIStatusError):
    """415: the body is not of a type that is taken."""


class UnprocessableEntityError(APIStatusError):
    """422: understood, and not possible, as with an idempotency key of another request."""


class PreconditionRequiredError(APIStatusError):
    """428: the request has to say which state it means."""


class RateLimitError(APIStatusError):
    """429: too many requests."""


class ServerError(APIStatusError):
    """The server failed; the class of every status from 500 that has none of its own."""


class InternalServerError(ServerError):
    """500: a mistake of the server."""


class BadGatewayError(ServerError):
    """502: something behind the server failed, such as the model."""


class ServiceUnavailableError(ServerError):
    """503: the server cannot work at the moment."""


class GatewayTimeoutError(ServerError):
    """504: something in front of the server waited for too long."""


STATUS_ERRORS: Final[Mapping[int, type[APIStatusError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    406: NotAcceptableError,
    408: RequestTimeoutError,
    409: ConflictError,
    410: GoneError,
    412: PreconditionFailedError,
    413: PayloadTooLargeError,
    415: UnsupportedMediaTypeError,
    422: UnprocessableEntityError,
    428: PreconditionRequiredError,
    429: RateLimitError,
    500: InternalServerError,
    502: BadGatewayError,
    503: ServiceUnavailableError,
    504: GatewayTimeoutError,
}
"""The class of each status."""


def status_error(response: httpx2.Response, body: Any) -> APIStatusError:
    """The error that a response is."""
    status = response.status_code
    default = ServerError if status >= 500 else APIStatusError
    return STATUS_ERRORS.get(status, default)(response, body)


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None


def _code(members: Mapping[str, Any]) -> str | None:
    """``type`` of a problem, ``error`` beside a ``message``."""
    if (kind := _text(members, "type")) is not None:
        return kind.rpartition(":")[2].replace("-", "_")
    return _text(members, "error") if "message" in members else None


def _message(members: Mapping[str, Any]) -> str | None:
    """The words of the three shapes: ``title``, ``message``, or ``error`` alone."""
    return _text(members, "title") or _text(members, "message") or _text(members, "error")


def _fields(members: Mapping[str, Any]) -> tuple[InvalidField, ...]:
    found = members.get("errors")
    if not isinstance(found, list):
        return ()
    return tuple(
        InvalidField(str(each.get("pointer", "")), str(each.get("message", "")))
        for each in found
        if isinstance(each, Mapping)
    )


def _request(request_id: str | None) -> str:
    return f" (request {request_id})" if request_id else ""
