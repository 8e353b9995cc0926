"""How requests to an OpenAI-compatible server fail, in words that end users may see."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping
from typing import Any

import httpx2

from palaver.chat.providers.provider import ProviderFailed

MAX_MESSAGE_CHARACTERS = 200
HIDDEN = "[…]"

MAX_WORD_CHARACTERS = 24
"""Longer ones are keys, ids or addresses more often than words."""

_TELLING = re.compile(
    r"""
    [/\\@]                               # URLs, paths, addresses
    | (?:\d{1,3}\.){3}\d{1,3}            # IPv4
    | :\d{2,5}\b                         # host and port
    | \w\.[a-z]{2,}\b                    # host and file names
    | \b(?:sk|pk|key|org|proj|req)[-_]\w # keys and ids by their prefix
    """,
    re.VERBOSE | re.IGNORECASE,
)

Secrets = tuple[str, ...]
"""What must not be shown, whatever it looks like: the key, the host."""


def of_status(
    status: int, headers: Mapping[str, str], body: bytes, secrets: Secrets
) -> ProviderFailed:
    """The failure that an answer with this status stands for."""
    message = shown(said(body), secrets)
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        return ProviderFailed(
            "rate_limited",
            "The language model's server takes no more requests for now.",
            retry_after=retry_after(headers),
        )
    if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        # What is said here names keys and accounts; it concerns the operator alone.
        return ProviderFailed(
            "provider_refused", "The language model's server does not accept this server's key."
        )
    if httpx2.codes.BAD_REQUEST <= status < httpx2.codes.INTERNAL_SERVER_ERROR:
        return ProviderFailed(
            "provider_refused",
            _with(f"The language model's server refused the request ({status})", message),
        )
    return ProviderFailed(
        "provider_error",
        _with(f"The language model's server answered with an error ({status})", message),
    )


def of_error(error: Any, secrets: Secrets) -> ProviderFailed:
    """The failure that an ``error`` in an answer or a stream stands for."""
    message = shown(_message_of(error), secrets)
    return ProviderFailed(
        "provider_error", _with("The language model's server reported an error", message)
    )


def of_transport(error: Exception, *, answering: bool) -> ProviderFailed:
    """The failure that an exception of the HTTP client stands for."""
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol):
        return ProviderFailed(
            "provider_unreachable", "The language model's server cannot be reached."
        )
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return ProviderFailed(
            "provider_timeout", "The language model's server was silent for too long."
        )
    if answering:
        return cut()
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.NetworkError):
        return ProviderFailed(
            "provider_unreachable",
            "The language model's server closed the connection without an answer.",
        )
    return ProviderFailed(
        "provider_error", "The language model's server gave an answer that is not HTTP."
    )


def closed() -> ProviderFailed:
    """The provider has been closed here."""
    return ProviderFailed("provider_unreachable", "This server has stopped asking for answers.")


def cut() -> ProviderFailed:
    """The answer has no end."""
    return ProviderFailed(
        "provider_cut", "The language model's server ended its answer before it was complete."
    )


def gave_up(reason: str) -> ProviderFailed:
    """The server ended the answer itself, and says so with its ``finish_reason``."""
    if reason == "content_filter":
        return ProviderFailed(
            "provider_refused", "The language model's server withheld the rest of the answer."
        )
    return ProviderFailed(
        "provider_error", "The language model's server ended the answer with an error."
    )


def invalid(what: str) -> ProviderFailed:
    """The answer is not what it should be."""
    return ProviderFailed("provider_invalid", f"The language model's answer {what}.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of ``Retry-After``, which may also be a date; ``None`` where it says nothing."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    try:
        date = email.utils.parsedate_to_datetime(value)
        return max(0.0, date.timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def said(body: bytes) -> str:
    """The message of an error's body, or ""."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return _message_of(answer.get("error", answer) if isinstance(answer, dict) else answer)


def shown(message: str, secrets: Secrets) -> str:
    """What of a provider's message may be shown: short, without what names hosts, keys or files."""
    message = "".join(c if c.isprintable() else " " for c in message[: 5 * MAX_MESSAGE_CHARACTERS])
    words = " ".join(HIDDEN if _is_telling(word, secrets) else word for word in message.split())
    if len(words) > MAX_MESSAGE_CHARACTERS:
        words = words[: MAX_MESSAGE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
    return words.rstrip(".")


def _is_telling(word: str, secrets: Secrets) -> bool:
    return (
        len(word) > MAX_WORD_CHARACTERS
        or _TELLING.search(word) is not None
        or any(secret in word for secret in secrets)
    )


def _message_of(error: Any) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, dict):
        for name in ("message", "detail"):
            message = error.get(name)
            if isinstance(message, str):
                return message
    return ""


def _with(sentence: str, message: str) -> str:
    return f"{sentence}: {message}." if message else f"{sentence}."
