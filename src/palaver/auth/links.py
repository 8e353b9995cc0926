"""One-time links: what signs a person in to the console. Needs no HTTP.

A link holds a JSON Web Token (RFC 7519) that is signed with a key of its own, derived from the
instance's secret: no link can be taken for a token of the API, and no such token for a link.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.types import Options

from palaver.auth.tokens import ADMIN, SUBJECT
from palaver.errors import LinkExpired, LinkInvalid

LIFETIME = timedelta(hours=24)
"""How long a link waits for whoever uses it."""

MAX_LENGTH = 4096
_AUDIENCE = "palaver:console"
_LINK = b"palaver console link"
_COOKIE = b"palaver console cookie"
_COOKIE_NAME = b"palaver console cookie name"
_OPTIONS: Options = {"require": ["sub", "exp", "jti"]}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: its own id, who is signed in by it, and until when it can be used."""

    link_id: str
    subject: str
    is_admin: bool
    expires_at: datetime


def issue_link(
    secret: str, *, subject: str, admin: bool = False, lifetime: timedelta = LIFETIME
) -> str:
    """The key of a new link for a user. Raises ``ValueError`` for a bad name."""
    if not SUBJECT.fullmatch(subject) or not subject.strip():
        raise ValueError("a user's name is 1 to 256 characters without control characters")
    claims = {
        "aud": _AUDIENCE,
        "jti": secrets.token_urlsafe(12),
        "sub": subject,
        "exp": datetime.now(UTC) + lifetime,
    }
    if admin:
        claims["scope"] = ADMIN
    return jwt.encode(claims, _derived(secret, _LINK), algorithm="HS256")


def read_link(secret: str, key: str) -> Link:
    """What the key of a link says. Raises ``LinkInvalid`` and ``LinkExpired``."""
    if len(key) > MAX_LENGTH:
        raise LinkInvalid
    try:
        claims = jwt.decode(
            key,
            _derived(secret, _LINK),
            algorithms=["HS256"],
            audience=_AUDIENCE,
            options=_OPTIONS,
        )
        return Link(
            link_id=str(claims["jti"]),
            subject=str(claims["sub"]),
            is_admin=claims.get("scope") == ADMIN,
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except jwt.ExpiredSignatureError:
        raise LinkExpired from None
    # What PyJWT raises beside its own errors for tokens that are none.
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
        raise LinkInvalid from None


def cookie_key(secret: str) -> bytes:
    """What cookies of the console are signed with: none of its own has the instance's secret."""
    return _derived(secret, _COOKIE)


def cookie_name(secret: str) -> str:
    """What the cookie of the console is called.

    Servers on other ports of a host get each other's cookies (RFC 6265, section 8.5), so that each
    needs a name of its own.
    """
    return f"palaver_console_{_derived(secret, _COOKIE_NAME)[:4].hex()}"


def _derived(secret: str, purpose: bytes) -> bytes:
    """A key for one purpose alone (HKDF, RFC 5869); it tells nothing of the secret."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
