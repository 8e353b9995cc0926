"""When to try again, and how long to wait before: without any input or output of its own.

A flow is a generator: it yields ``Send`` and ``Pause``, and whoever drives it sends the response
back, or throws what the connection raised. So one flow serves the blocking client and the other.
"""

from __future__ import annotations

import random
import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias

import httpx2

from ._answers import refusal
from ._requests import Call
from .errors import APIConnectionError, APIStatusError, APITimeoutError
from .options import LONGEST, Options

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 8.0
_UNKNOWN: Final = frozenset({408, 502, 503, 504})
"""What a gateway says when it does not know what became of the request."""
_UNSENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_SECONDS: Final = re.compile(r"[0-9]+")
# The three forms of a date (RFC 9110, section 5.6.7); what reads them takes much else for one.
_TIME: Final = r"\d\d:\d\d:\d\d"
_DATE: Final = re.compile(
    rf"[A-Z][a-z]+, \d\d[ -][A-Z][a-z]+[ -](\d\d)?\d\d {_TIME} GMT"
    rf"|[A-Z][a-z]+ [A-Z][a-z]+ [\d ]\d {_TIME} \d{{4}}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Send:
    """Send the call's request; the response comes with its body unread, unless it is an error."""

    call: Call


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for so many seconds."""

    seconds: float


Flow: TypeAlias = Generator[Send | Pause, httpx2.Response | None, httpx2.Response]


def exchange(call: Call, options: Options, retries: int | None = None) -> Flow:
    """Send a call until there is a success, or trying again makes no sense.

    Raises ``APIStatusError``, ``APIConnectionError`` and ``InvalidResponseError``.
    """
    left = options.max_retries if retries is None else retries
    attempt = 0
    while True:
        failure: APIConnectionError | APIStatusError
        try:
            response = yield Send(call)
        except httpx2.RequestError as error:
            # Where no connection came about, nothing can have taken effect.
            unsent = isinstance(error, _UNSENT)
            failure, pause = connection_error(error), backoff(attempt)
            again = call.may_repeat or unsent
            cause: Exception | None = error
        else:
            assert response is not None
            if response.is_success or response.status_code == httpx2.codes.NOT_MODIFIED:
                return response
            failure, cause = refusal(response), None
            asked = retry_after(response)
            pause = backoff(attempt) if asked is None else asked
            longest = min(options.max_retry_after, LONGEST)
            again = _is_passing(call, failure) and pause <= longest
        if not again or attempt >= left or not call.can_repeat:
            raise failure from cause
        yield Pause(pause)
        attempt += 1


def _is_passing(call: Call, failure: APIStatusError) -> bool:
    """Whether another try may do better."""
    # With these the server says that it has done nothing. A gateway says 503 too where its own
    # connection to the server broke, while the request may have been at work.
    if failure.status == 429 or (failure.status == 503 and failure.is_of_palaver):
        return True
    # A 502 of the server itself is the outcome: of a turn that failed, for one.
    is_of_gateway = failure.status in _UNKNOWN and not failure.is_of_palaver
    return call.may_repeat and is_of_gateway


def connection_error(error: httpx2.RequestError) -> APIConnectionError:
    """What an error of the HTTP client means."""
    words = str(error).rstrip(".") or type(error).__name__
    if isinstance(error, httpx2.PoolTimeout):
        # A client of the caller's own may have few.
        return APITimeoutError("All connections of the client were in use; nothing was sent.")
    if isinstance(error, httpx2.TimeoutException):
        return APITimeoutError(f"The server did not answer in time ({words}).")
    return APIConnectionError(f"The connection failed ({words}).")


def backoff(attempt: int) -> float:
    """Seconds before try ``attempt + 1``: twice as long each time, less up to a quarter of it."""
    # A power of a large number would be none that is left to compare.
    longest: float = min(FIRST_PAUSE * 2.0 ** min(attempt, 30), LONGEST_PAUSE)
    # Clients that were refused together should not come back together.
    return longest * (1 - 0.25 * random.random())  # noqa: S311


def retry_after(response: httpx2.Response) -> float | None:
    """The seconds that ``Retry-After`` asks for (RFC 9110, section 10.2.3), however many."""
    value = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    if not _DATE.fullmatch(value):
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
