"""The Python client of Palaver. ``Palaver`` blocks, ``AsyncPalaver`` does not."""

from __future__ import annotations

from . import models
from ._answers import Answer
from ._async import AsyncDownload, AsyncEventStream
from ._omit import OMIT, Omit
from ._sync import Download, EventStream
from .client import AsyncPalaver, Palaver
from .errors import (
    STATUS_ERRORS,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ClosedError,
    ConflictError,
    GatewayTimeoutError,
    GoneError,
    InternalServerError,
    InvalidField,
    InvalidResponseError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotFoundError,
    PalaverError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PreconditionFailedError,
    PreconditionRequiredError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    ServiceUnavailableError,
    StreamInterruptedError,
    UnprocessableEntityError,
    UnsupportedMediaTypeError,
)
from .files import FileSource, Progress, Upload
from .generated.version import CONTRACT_VERSION as __version__
from .options import Options

__all__ = [
    "OMIT",
    "STATUS_ERRORS",
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "Answer",
    "AsyncDownload",
    "AsyncEventStream",
    "AsyncPalaver",
    "AuthenticationError",
    "BadGatewayError",
    "BadRequestError",
    "ClosedError",
    "ConflictError",
    "Download",
    "EventStream",
    "FileSource",
    "GatewayTimeoutError",
    "GoneError",
    "InternalServerError",
    "InvalidField",
    "InvalidResponseError",
    "MethodNotAllowedError",
    "NotAcceptableError",
    "NotFoundError",
    "Omit",
    "Options",
    "Palaver",
    "PalaverError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "PreconditionRequiredError",
    "Progress",
    "RateLimitError",
    "RequestTimeoutError",
    "ServerError",
    "ServiceUnavailableError",
    "StreamInterruptedError",
    "UnprocessableEntityError",
    "UnsupportedMediaTypeError",
    "Upload",
    "__version__",
    "models",
]
