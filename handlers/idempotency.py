"""Idempotency keys: what makes a repeated request the same request."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from palaver.auth.principal import Principal
from palaver.store import Once

_encode = msgspec.json.Encoder(order="deterministic").encode


def once(key: str | None, principal: Principal, operation_id: str, **request: Any) -> Once | None:
    """The key of a request, with a fingerprint of everything that the request says.

    ``None`` where the client gave no key. Keys of different users have nothing to do with each
    other.
    """
    if key is None:
        return None
    fingerprint = hashlib.sha256(_encode([operation_id, request])).hexdigest()
    return Once(principal.subject, key, fingerprint)
