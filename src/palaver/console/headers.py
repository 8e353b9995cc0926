"""The headers that keep a page to itself: what it may load, and who may show it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from werkzeug.wrappers import Response


def content_policy(style_sheets: Sequence[str]) -> str:
    """The Content-Security-Policy of the pages.

    Scripts, styles and requests are this server's; images may also be in the page or made by it.
    ``style_sheets`` are those that may stand in a page: slides are shown in frames that hold their
    theme's, and a frame without an address of its own has the policy of its page.
    """
    hashes = " ".join(f"'sha256-{_digest(each)}'" for each in style_sheets)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' {hashes}".rstrip(),
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "frame-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def protect(response: Response, policy: str) -> None:
    """Give a response the headers that it does not have."""
    for name, value in (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        # The link that signs in is no part of what another site sees, nor is any session's id.
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ):
        response.headers.setdefault(name, value)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
