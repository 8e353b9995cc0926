"""What can be wrong with a request before a handler sees it, and with a response after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palaver.errors import PalaverError, Unauthenticated

__all__ = [
    "DOCUMENTED_FAULTS",
    "ClientDisconnected",
    "ContractBreach",
    "InvalidField",
    "InvalidRequest",
    "MethodNotAllowed",
    "NotAcceptable",
    "PathNotFound",
    "PayloadTooLarge",
    "RequestTimeout",
    "UnsupportedMediaType",
]


@dataclass(frozen=True, slots=True)
class InvalidField:
    """One thing that is not valid: a JSON Pointer into the request, and why.

    ``label`` is the place in words for one-line messages; ``words`` are the contract's own for it
    (its ``x-error``), where there are any.
    """

    pointer: str
    label: str
    message: str
    words: Mapping[str, Any] | None = None


class InvalidRequest(PalaverError):
    """The request breaks the contract; ``fields`` says where, the first one first."""

    code = "invalid_request"
    status = 400

    def __init__(self, fields: Sequence[InvalidField]) -> None:
        self.fields = fields
        first = fields[0]
        super().__init__(f"{first.label}: {first.message}" if first.label else first.message)


class PathNotFound(PalaverError):
    """Nothing is served at this path."""

    code = "not_found"
    status = 404


class MethodNotAllowed(PalaverError):
    """The path exists, the method does not; ``allow`` lists those that do."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, allow: str) -> None:
        self.allow = allow
        super().__init__(f"This path has {allow}.")


class NotAcceptable(PalaverError):
    """``Accept`` rules out every type that the operation can answer with."""

    code = "not_acceptable"
    status = 406


class PayloadTooLarge(PalaverError):
    """The body has more bytes than the operation takes."""

    code = "payload_too_large"
    status = 413


class RequestTimeout(PalaverError):
    """The body did not arrive in time."""

    code = "request_timeout"
    status = 408


class UnsupportedMediaType(PalaverError):
    """The body's type, charset or encoding is none that the operation takes."""

    code = "unsupported_media_type"
    status = 415


class ContractBreach(Exception):
    """The server was about to break its own contract; clients see a 500 with an error id."""


class ClientDisconnected(Exception):
    """The client went away while its request was being read."""


# The faults that an operation documents through ``x-errors``.
DOCUMENTED_FAULTS: tuple[type[PalaverError], ...] = (
    InvalidRequest,
    Unauthenticated,
    NotAcceptable,
    PayloadTooLarge,
    UnsupportedMediaType,
)
