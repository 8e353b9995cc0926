"""The keys of an identity provider: a JSON Web Key Set (RFC 7517) in a file or at a URL."""

from __future__ import annotations

import http.client
import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import jwt

from palaver.errors import KeyServerUnavailable

ALGORITHMS = ("RS256", "ES256")
FRESH_SECONDS = 300.0
"""How long fetched keys are used without another look."""

RETRY_SECONDS = 10.0
"""The least time between two fetches, so that made-up key ids cannot make this server a flood."""

TRUSTED_SECONDS = 3600.0
"""How long fetched keys are used while the key server does not answer."""

TIMEOUT_SECONDS = 5.0
MAX_BYTES = 1 << 20

log = logging.getLogger("palaver.auth")


class KeySet(Protocol):
    """Where the key of a token comes from."""

    def blocks(self, kid: str | None, algorithm: str) -> bool:
        """Whether ``find`` may wait for the network."""

    def find(self, kid: str | None, algorithm: str) -> Any:
        """The key. Raises ``jwt.InvalidKeyError`` and ``KeyServerUnavailable``."""


class FileKeys:
    """The keys of a file, read once."""

    def __init__(self, path: Path) -> None:
        """Raises ``ValueError`` where the file cannot be read or holds no key that can be used."""
        try:
            self._keys = _parse(path.read_bytes())
        except OSError as error:
            raise ValueError(f"the key set cannot be read: {error.strerror}") from None

    def blocks(self, kid: str | None, algorithm: str) -> bool:  # noqa: ARG002 - the protocol's
        """Never."""
        return False

    def find(self, kid: str | None, algorithm: str) -> Any:
        """The key. Raises ``jwt.InvalidKeyError``."""
        return _known(_select(self._keys, kid, algorithm))


class RemoteKeys:
    """The keys at a URL, fetched when they are needed."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: Sequence[jwt.PyJWK] = ()
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._opener = urllib.request.build_opener(_NoRedirects)

    def blocks(self, kid: str | None, algorithm: str) -> bool:
        """Whether the key is not at hand."""
        return self._at_hand(kid, algorithm) is None

    def find(self, kid: str | None, algorithm: str) -> Any:
        """The key; may wait for the network. Raises ``jwt.InvalidKeyError`` for an unknown key and
        ``KeyServerUnavailable`` where the keys cannot be fetched."""
        key = self._at_hand(kid, algorithm)
        if key is not None:
            return key
        with self._lock:
            if self._clock() >= self._tried_at + RETRY_SECONDS:
                self._fetch()
            if self._clock() >= self._fetched_at + TRUSTED_SECONDS:
                raise KeyServerUnavailable
            return _known(_select(self._keys, kid, algorithm))

    def _at_hand(self, kid: str | None, algorithm: str) -> Any:
        if self._clock() >= self._fetched_at + FRESH_SECONDS:
            return None
        return _select(self._keys, kid, algorithm)

    def _fetch(self) -> None:
        try:
            with self._opener.open(self._url, timeout=TIMEOUT_SECONDS) as response:
                content = response.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise ValueError(f"it has more than {MAX_BYTES} bytes")
            self._keys = _parse(content)
            self._fetched_at = self._clock()
        except (OSError, http.client.HTTPException, ValueError) as error:
            log.warning("the key set at %s cannot be used: %s", self._url, error)
        finally:
            self._tried_at = self._clock()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _parse(content: bytes) -> list[jwt.PyJWK]:
    try:
        keys = jwt.PyJWKSet.from_json(content.decode()).keys
    except (ValueError, TypeError, AttributeError, RecursionError, jwt.PyJWTError):
        raise ValueError("the key set is not one that can be used") from None
    usable = [
        key
        for key in keys
        if key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig")
    ]
    if not usable:
        raise ValueError("the key set has no key for RS256 or ES256")
    return usable


def _select(keys: Sequence[jwt.PyJWK], kid: str | None, algorithm: str) -> Any:
    """The only key that fits. The kind of key decides what it can verify, never the token."""
    fitting = [
        key
        for key in keys
        if key.algorithm_name == algorithm and (kid is None or key.key_id == kid)
    ]
    return fitting[0].key if len(fitting) == 1 else None


def _known(key: Any) -> Any:
    if key is None:
        raise jwt.InvalidKeyError("no single key of the set matches the token")
    return key
