"""Tokens of this server: what they must fulfil, and making them. Needs no HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from palaver.auth.principal import BASIC
from palaver.auth.secrets_file import InstanceSecrets
from palaver.settings import Settings

ADMIN = "admin"

# Lone surrogates are no text that a store or an answer could hold. What is named by BASIC is the
# shared credential's.
SUBJECT = re.compile(rf"(?!{BASIC})[^\x00-\x1f\x7f\ud800-\udfff]{{1,256}}")


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must fulfil. At least one of ``secret`` and ``jwks`` is given.

    ``secret`` verifies HS256; ``jwks`` is a file path or an ``http(s)`` URL of a JSON Web Key Set
    (RFC 7517) that verifies RS256 and ES256. ``issuer`` and ``audience`` bind every token.
    """

    secret: str | None = None
    jwks: str | None = None
    issuer: str | None = None
    audience: str | None = None


def issue_token(
    rules: TokenRules, *, subject: str, admin: bool = False, lifetime: timedelta
) -> str:
    """A signed HS256 token for a user. Raises ``ValueError`` without a secret or for a bad name."""
    if rules.secret is None:
        raise ValueError("there is no secret to sign tokens with")
    if not SUBJECT.fullmatch(subject) or not subject.strip():
        raise ValueError(
            "a user's name is 1 to 256 characters without control characters, and does not begin "
            f"with {BASIC}"
        )
    now = datetime.now(UTC)
    claims: dict[str, Any] = {"sub": subject, "iat": now, "exp": now + lifetime}
    if admin:
        claims["scope"] = ADMIN
    if rules.issuer:
        claims["iss"] = rules.issuer
    if rules.audience:
        claims["aud"] = rules.audience
    return jwt.encode(claims, rules.secret, algorithm="HS256")


def token_rules(settings: Settings, secrets: InstanceSecrets) -> TokenRules:
    """How tokens are checked. The instance's own secret counts where no key set is configured."""
    secret = settings.jwt_secret or ("" if settings.jwt_jwks else secrets.jwt_secret)
    return TokenRules(
        secret=secret or None,
        jwks=settings.jwt_jwks or None,
        issuer=settings.jwt_issuer or None,
        audience=settings.jwt_audience or None,
    )
