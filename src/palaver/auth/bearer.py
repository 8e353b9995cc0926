"""Bearer tokens: JSON Web Tokens (RFC 7519) of this server or of an identity provider."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt
from connexion.security import NO_VALUE
from jwt.types import Options

from palaver.auth.key_set import ALGORITHMS, FileKeys, KeySet, RemoteKeys
from palaver.auth.principal import Principal
from palaver.auth.tokens import ADMIN, SUBJECT, TokenRules
from palaver.errors import Unauthenticated

CLOCK_SKEW_SECONDS = 30
MAX_TOKEN_LENGTH = 16_384
CACHED_TOKENS = 2048
CACHE_SECONDS = 60.0
"""How long a verified token is trusted without another look; never beyond its own expiry."""

# PyJWT skips characters that Base64 does not have, so that one token has many spellings.
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_OPTIONS: Options = {"require": ["sub", "exp"]}
# What PyJWT raises beside its own errors for tokens that are none.
_MALFORMED = (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError)


class TokenVerifier:
    """Turns a token into a principal, or raises ``Unauthenticated`` with the reason."""

    def __init__(self, rules: TokenRules, *, clock: Callable[[], float] = time.time) -> None:
        """Raises ``ValueError`` where a JWKS file cannot be used."""
        self._rules = rules
        self._clock = clock
        self._cache: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        self._keys: KeySet | None = None
        if rules.jwks and rules.jwks.startswith(("https://", "http://")):
            self._keys = RemoteKeys(rules.jwks)
        elif rules.jwks:
            self._keys = FileKeys(Path(rules.jwks))

    def known(self, token: str) -> Principal | None:
        """The principal of a token that was verified a moment ago."""
        entry = self._cache.get(token)
        if entry is None:
            return None
        principal, until = entry
        if self._clock() >= until:
            self._cache.pop(token, None)
            return None
        return principal

    def blocks(self, token: str) -> bool:
        """Whether verifying may wait for the network, so that it belongs on a thread.

        Raises ``Unauthenticated`` for what is no token.
        """
        kid, algorithm = self._read_header(token)
        return (
            self._keys is not None and algorithm in ALGORITHMS and self._keys.blocks(kid, algorithm)
        )

    def verify(self, token: str) -> Principal:
        """The principal of a token. Raises ``KeyServerUnavailable`` beside ``Unauthenticated``."""
        kid, algorithm = self._read_header(token)
        try:
            claims = jwt.decode(
                token,
                self._key(kid, algorithm),
                algorithms=[algorithm],
                issuer=self._rules.issuer,
                audience=self._rules.audience,
                options=_OPTIONS,
                # The clock of another server may be a little off; our own is not.
                leeway=0 if algorithm == "HS256" else CLOCK_SKEW_SECONDS,
            )
            expiry = float(claims["exp"])
        except jwt.ExpiredSignatureError:
            raise _invalid("The token has expired.") from None
        except jwt.ImmatureSignatureError:
            raise _invalid("The token is not valid yet.") from None
        except jwt.InvalidAudienceError:
            raise _invalid("The token is meant for another audience.") from None
        except jwt.InvalidIssuerError:
            raise _invalid("The token comes from another issuer.") from None
        except jwt.MissingRequiredClaimError as error:
            raise _invalid(f"The token lacks the claim {error.claim}.") from None
        except _MALFORMED:
            raise _invalid("The token is not valid.") from None
        principal = _principal(claims)
        self._remember(token, principal, expiry)
        return principal

    @staticmethod
    def _read_header(token: str) -> tuple[str | None, str]:
        if len(token) > MAX_TOKEN_LENGTH:
            raise _invalid("The token is too long.")
        if not _TOKEN.fullmatch(token):
            raise _invalid("The token is not valid.")
        try:
            header = jwt.get_unverified_header(token)
        except _MALFORMED:
            raise _invalid("The token is not valid.") from None
        return header.get("kid"), str(header.get("alg"))

    def _key(self, kid: str | None, algorithm: str) -> Any:
        """The key for an algorithm. Each kind of key serves its own algorithms, so that a token
        cannot have a public key taken for a secret."""
        if algorithm == "HS256" and self._rules.secret:
            return self._rules.secret
        if algorithm in ALGORITHMS and self._keys is not None:
            return self._keys.find(kid, algorithm)
        raise _invalid("The token is not signed in a way that this server takes.")

    def _remember(self, token: str, principal: Principal, expiry: float) -> None:
        self._cache[token] = (principal, min(expiry, self._clock() + CACHE_SECONDS))
        while len(self._cache) > CACHED_TOKENS:
            self._cache.popitem(last=False)


def _invalid(message: str) -> Unauthenticated:
    return Unauthenticated(message, error="invalid_token")


def _principal(claims: Mapping[str, Any]) -> Principal:
    subject = claims["sub"]
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject) or not subject.strip():
        raise _invalid("The token's subject is not a user's name.")
    granted: set[str] = set()
    for name in ("scope", "roles"):
        value = claims.get(name)
        if isinstance(value, str):
            granted.update(value.split())
        elif isinstance(value, list):
            granted.update(item for item in value if isinstance(item, str))
    return Principal(subject, ADMIN in granted)


class BearerSecurity:
    """Connexion's security handler for ``type: http, scheme: bearer``."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    def get_fn(self, _scheme: Mapping[str, Any], _scopes: list[str]) -> Callable[[Any], Any]:
        """The check of a request: token info, a coroutine of it, or Connexion's ``NO_VALUE``."""
        return self._check

    def _check(self, request: Any) -> Any:
        token = credentials(request.scope, b"bearer ")
        if token is None:
            return NO_VALUE
        principal = self._verifier.known(token)
        if principal is None:
            if self._verifier.blocks(token):
                return self._check_on_thread(token)
            principal = self._verifier.verify(token)
        return {"sub": principal.subject, "principal": principal}

    async def _check_on_thread(self, token: str) -> dict[str, Any]:
        principal = await asyncio.to_thread(self._verifier.verify, token)
        return {"sub": principal.subject, "principal": principal}


def credentials(scope: Mapping[str, Any], scheme: bytes) -> str | None:
    """What follows a scheme in the ``Authorization`` header; ``None`` for another scheme or none.

    Raises ``Unauthenticated`` where the header is repeated.
    """
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) > 1:
        raise Unauthenticated(
            "There is more than one Authorization header.", error="invalid_request"
        )
    if not values or values[0][: len(scheme)].lower() != scheme:
        return None
    return str(values[0][len(scheme) :].strip().decode("latin-1"))
