"""How a 401 says which ways to authenticate there are (RFC 9110, section 11.6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from palaver.errors import Unauthenticated

RawHeaders = Iterable[tuple[bytes, bytes]]


def challenges(schemes: Sequence[str], error: BaseException, headers: RawHeaders) -> str:
    """The value of ``WWW-Authenticate``, for an operation that takes these schemes (lower case).

    A request that used one of them, by its ``headers`` as ASGI has them, hears of that one; any
    other hears of all. A browser answers a Basic challenge by asking its user for a password, and
    the script that made the request gets no answer until that is done (Fetch, "HTTP-network-or-
    cache fetch"); so a script (Fetch Metadata, section 2.3) hears of Basic only where there is
    nothing else.
    """
    given = dict(headers)
    used = given.get(b"authorization", b"").partition(b" ")[0].decode("latin-1").lower()
    if given.get(b"sec-fetch-mode", b"navigate") != b"navigate":
        schemes = [each for each in schemes if each != "basic"] or schemes
    named = [each for each in schemes if each == used] or schemes
    return ", ".join(_challenge(each, error) for each in named)


def _challenge(scheme: str, error: BaseException) -> str:
    """A challenge of RFC 6750, section 3 (Bearer) or RFC 7617, section 2 (Basic)."""
    if scheme == "basic":
        return 'Basic realm="palaver", charset="UTF-8"'
    challenge = 'Bearer realm="palaver"'
    if isinstance(error, Unauthenticated) and error.error:
        challenge += f', error="{error.error}"'
    return challenge
