"""What the commands show to a server: tokens made here or given, and the shared credential."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable
from datetime import timedelta

from palaver.auth.secrets_file import InstanceSecrets, exists, load_or_create
from palaver.settings import InvalidSetting, Settings

_TALK_TOKEN = timedelta(minutes=10)


def new_token(
    settings: Settings, secrets: InstanceSecrets, user: str, *, admin: bool, ttl: timedelta
) -> str:
    """A token for a user. Raises ``InvalidSetting``."""
    # Imported here, so that other commands start fast.
    from palaver.auth.tokens import issue_token, token_rules

    rules = token_rules(settings, secrets)
    if rules.secret is None:
        raise InvalidSetting(
            "Tokens come from the identity provider of PALAVER_JWT_JWKS; "
            "set PALAVER_JWT_SECRET to make some here too."
        )
    try:
        return issue_token(rules, subject=user, admin=admin, lifetime=ttl)
    except ValueError as error:
        raise InvalidSetting(f"--user: {error}") from None


def new_link(settings: Settings, secrets: InstanceSecrets, user: str, *, admin: bool) -> str | None:
    """The key of a one-time link to the console; ``None`` where tokens come from elsewhere.

    Raises ``InvalidSetting``.
    """
    from palaver.auth.links import issue_link
    from palaver.auth.tokens import token_rules

    rules = token_rules(settings, secrets)
    if rules.secret is None:
        return None
    try:
        return issue_link(rules.secret, subject=user, admin=admin)
    except ValueError as error:
        raise InvalidSetting(f"--user: {error}") from None


def link_secrets(settings: Settings) -> InstanceSecrets:
    """The secrets that a link is made from. Raises ``InvalidSetting`` and ``UnusableSecrets``."""
    return _signing_secrets(settings, "to make a link from", "set PALAVER_JWT_SECRET as it does")


def tokens_for(settings: Settings, user: str) -> Callable[[], str]:
    """Tokens as they are needed, so that none runs out however long a talk is.

    Raises ``InvalidSetting`` and ``UnusableSecrets``.
    """
    secrets = _signing_secrets(settings, "to make a token from")
    make = functools.partial(new_token, settings, secrets, user, admin=False, ttl=_TALK_TOKEN)
    make()
    return make


def given_token(token: str) -> str:
    """A token that somebody gave, if a header can hold it. Raises ``InvalidSetting``."""
    if not re.fullmatch("[!-~]+", token):
        raise InvalidSetting("--token has characters that no token has.")
    return token


def shared_credential(settings: Settings, username: str | None = None) -> str:
    """The credential of ``/api/v1/`` as ``NAME:PASSWORD``, or the password of another name.

    Raises ``InvalidSetting`` and ``UnusableSecrets``.
    """
    password = settings.basic_password
    if not password:
        otherwise = "set PALAVER_BASIC_PASSWORD as it does"
        password = _secrets(settings, "to find the password in", otherwise).basic_password
    name = settings.basic_username if username is None else username
    if ":" in name:
        raise InvalidSetting("--username must not contain a colon.")
    return f"{name}:{password}"


def basic(credential: str) -> str:
    """What to authorise requests with by ``NAME:PASSWORD``."""
    return "Basic " + base64.b64encode(credential.encode()).decode()


def _signing_secrets(
    settings: Settings, purpose: str, otherwise: str = "give a --token"
) -> InstanceSecrets:
    """Those of the data folder, or none where the settings say what signs tokens."""
    if settings.jwt_secret or settings.jwt_jwks:
        return InstanceSecrets("", "")
    return _secrets(settings, purpose, otherwise)


def _secrets(settings: Settings, purpose: str, otherwise: str) -> InstanceSecrets:
    """The secrets of a data folder that a server has used.

    ``otherwise`` is what else helps. Raises ``InvalidSetting``.
    """
    if not exists(settings.data_dir):
        # Those that would be made here are none that a server knows.
        raise InvalidSetting(
            f"There are no secrets in {settings.data_dir} {purpose}: name the "
            f"server's folder with --data-dir, or {otherwise}."
        )
    return load_or_create(settings.data_dir)
