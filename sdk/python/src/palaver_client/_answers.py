"""From responses to values and errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import httpx2
from pydantic import TypeAdapter, ValidationError

from ._contract import Operation
from .errors import APIStatusError, InvalidResponseError, status_error

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a call gave, with the response that it came in."""

    data: T
    response: httpx2.Response

    @property
    def status(self) -> int:
        """The status."""
        return self.response.status_code

    @property
    def headers(self) -> httpx2.Headers:
        """The headers."""
        return self.response.headers

    @property
    def request_id(self) -> str | None:
        """Names the request in the server's log."""
        return self.headers.get("x-request-id")

    @property
    def etag(self) -> str:
        """What ``if_match`` takes. Raises ``InvalidResponseError`` where the answer has none."""
        if (found := self.headers.get("etag")) is None:
            raise InvalidResponseError("The answer has no ETag.", self.response)
        return str(found)


def refusal(response: httpx2.Response) -> APIStatusError:
    """The error that a response, whose body has been read, stands for."""
    if _media_type(response).endswith("json"):
        try:
            return status_error(response, response.json())
        except (ValueError, RecursionError):
            pass
    return status_error(response, _text(response))


def value_of(operation: Operation, response: httpx2.Response) -> Any:
    """What a success says; its body has been read. Raises ``InvalidResponseError``."""
    if response.status_code in (httpx2.codes.NO_CONTENT, httpx2.codes.NOT_MODIFIED):
        return None
    if not operation.media_types:
        return None
    if operation.answer is None:
        check_type(operation.media_types, response)
        return _text(response)
    if not _media_type(response).endswith("json"):
        raise InvalidResponseError("The answer is not JSON.", response)
    return decode(operation.answer, response.content, response)


def check_type(expected: Sequence[str], response: httpx2.Response) -> None:
    """See that an answer is no login page of a gateway. Raises ``InvalidResponseError``."""
    if (found := _media_type(response)) not in expected:
        words = f"The answer's type is {found or 'not told'}, not {' or '.join(expected)}."
        raise InvalidResponseError(words, response)


def decode(kind: Any, content: bytes | str, response: httpx2.Response) -> Any:
    """JSON as a value of a type of the contract. Raises ``InvalidResponseError``."""
    try:
        return adapter(kind).validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # What is in brackets names the models of a union, which nobody sent.
        where = "/".join(str(each) for each in first["loc"] if "[" not in str(each))
        words = f"The answer is not what the contract promises: {where} {first['msg']}."
        raise InvalidResponseError(words, response) from error


def event_type(data: str, response: httpx2.Response) -> str:
    """The type of an event. Raises ``InvalidResponseError``."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
        raise InvalidResponseError("An event of the stream has no type.", response)
    return str(event["type"])


def is_stream(response: httpx2.Response) -> bool:
    """Whether a response is a stream of events."""
    return _media_type(response) == "text/event-stream"


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """What reads a type; made when it is first needed."""
    return TypeAdapter(kind)


def _text(response: httpx2.Response) -> str:
    try:
        return response.text
    except (AssertionError, LookupError, TypeError, ValueError):
        # The answer names its encoding, and Python has some that are none of a text.
        return response.content.decode("utf-8", "replace")


def _media_type(response: httpx2.Response) -> str:
    return str(response.headers.get("content-type", "").partition(";")[0].strip().lower())
