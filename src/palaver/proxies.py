"""What proxies in front of the server say about a request, believed where they are named.

uvicorn's middleware decides whom to believe, and knows one protocol in ``X-Forwarded-Proto``. Lists
of several proxies and ``Forwarded`` (RFC 7239) are brought to that form before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_PROTO = b"x-forwarded-proto"
_FORWARDED = b"forwarded"
_NAMED = re.compile(
    rb'(?:^|[,;])[ \t]*proto[ \t]*=[ \t]*"?(https?)"?[ \t]*(?=[,;]|$)', re.IGNORECASE
)

Headers = Iterable[tuple[bytes, bytes]]


class Proxied:
    """An application to which a request has the protocol and the address that its client used.

    ``trusted`` are the addresses of proxies, as ``PALAVER_FORWARDED_ALLOW_IPS`` has them.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the application."""
        if scope["type"] == "http" and any(n in (_PROTO, _FORWARDED) for n, _ in scope["headers"]):
            headers = [each for each in scope["headers"] if each[0] != _PROTO]
            used = _protocol(scope["headers"])
            scope = {**scope, "headers": [*headers, (_PROTO, used)] if used else headers}
        await self._app(scope, receive, send)  # type: ignore[arg-type]


def _protocol(headers: Headers) -> bytes:
    """What the client itself used: proxies add to the end, so that the first is the outermost."""
    headers = list(headers)
    said = b",".join(value for name, value in headers if name == _FORWARDED)
    found = _NAMED.search(said)
    if found is not None:
        return found[1].lower()
    said = b",".join(value for name, value in headers if name == _PROTO)
    return said.partition(b",")[0].strip().lower()
