"""Clients whose server is a function, and what it may answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2

from palaver_client import Palaver

URL = "http://palaver.test"
Answer = Callable[[httpx2.Request], httpx2.Response]


def client_of(answer: Answer, **given: Any) -> Palaver:
    """A client of a server that is a function."""
    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Palaver(URL, http_client=transport, **given)


def session(**changed: Any) -> dict[str, Any]:
    moment = "2026-01-15T10:30:00Z"
    return {
        "session_id": "s", "title": "T", "created_by": "me", "visibility": "private",
        "session_type": "standalone", "profile_id": None, "profile_name": None,
        "created_at": moment, "updated_at": moment, "last_activity": moment, "message_count": 0,
        **changed,
    }  # fmt: skip


def event_bytes(number: int, **members: Any) -> str:
    return f"id: {number}\ndata: {json.dumps(members)}\n\n"
