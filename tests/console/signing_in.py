"""What the console's own pages ask of it, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

PAGE = {"X-Palaver-Console": "1", "Sec-Fetch-Site": "same-origin"}
"""The headers of a request of its pages."""


def visitor(url: str, **options: Any) -> httpx.Client:
    """A browser, as far as cookies go."""
    return httpx.Client(base_url=url, timeout=30, **options)


def enter(browser: httpx.Client, link: str, headers: Mapping[str, str] = PAGE) -> httpx.Response:
    """Use a link, as the page behind it does."""
    key = link.partition("#key=")[2]
    return browser.post("/console/sign-in", json={"key": key}, headers=headers)


def token(browser: httpx.Client, headers: Mapping[str, str] = PAGE) -> httpx.Response:
    """Ask for a token."""
    return browser.post("/console/token", headers=headers)


def kind(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal, and what it is called."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["x-request-id"]
    return answer.status_code, answer.json()["type"].removeprefix("urn:palaver:problem:")
