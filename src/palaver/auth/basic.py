"""The shared Basic credential (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from connexion.security import NO_VALUE

from palaver.auth.bearer import credentials
from palaver.auth.principal import BASIC, Principal
from palaver.errors import Unauthenticated


class BasicSecurity:
    """Connexion's security handler for ``type: http, scheme: basic``: one shared credential.

    Everyone who knows it is the same principal, ``basic:`` and the ``username``, which no token can
    name, and keeps the library.
    """

    def __init__(self, username: str, password: str) -> None:
        self._expected = f"{username}:{password}".encode()
        self._principal = Principal(f"{BASIC}{username}", keeps_library=True)

    def get_fn(self, _scheme: Mapping[str, Any], _scopes: list[str]) -> Callable[[Any], Any]:
        """The check of a request: token info or Connexion's ``NO_VALUE``."""
        return self._check

    def _check(self, request: Any) -> Any:
        encoded = credentials(request.scope, b"basic ")
        if encoded is None:
            return NO_VALUE
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise Unauthenticated("The credential is not valid Base64.") from None
        # The whole of it at once and in constant time, so that nothing tells name from password.
        if not hmac.compare_digest(given, self._expected):
            raise Unauthenticated("The credential is not valid.")
        return {"sub": self._principal.subject, "principal": self._principal}
