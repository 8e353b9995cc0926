"""Typed settings from the environment. A wrong one stops the start with one sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote

PREFIX = "PALAVER_"
MIN_SECRET_LENGTH = 32
"""RFC 7518, section 3.2: an HS256 key has at least 256 bits."""


class InvalidSetting(Exception):
    """A setting cannot be used; ``str`` is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set; each field is ``PALAVER_`` and its name in upper case."""

    database_url: str = ""
    data_dir: Path = Path("palaver-data")
    jwt_secret: str = ""
    jwt_jwks: str = ""
    jwt_issuer: str = ""
    jwt_audience: str = ""
    basic_username: str = "palaver"
    basic_password: str = ""

    @property
    def embedded_file(self) -> Path:
        """Where the embedded database is, if none is configured."""
        return (self.data_dir / "palaver.db").resolve()

    @property
    def effective_database_url(self) -> str:
        """The database: the configured one, or SQLite in the data folder."""
        # A URL: what is special in one, such as %, may stand in the name of a folder.
        return self.database_url or f"sqlite:///{quote(str(self.embedded_file))}"

    @property
    def is_embedded(self) -> bool:
        """Whether the store is SQLite, which one process serves and which migrates itself."""
        return self.effective_database_url.startswith("sqlite")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Raises ``InvalidSetting``."""
    environ = os.environ if environ is None else environ
    known = {PREFIX + field.name.upper(): field.name for field in fields(Settings)}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            raise InvalidSetting(f"{name} is not a setting of Palaver.")
    values: dict[str, str] = {
        field: environ[name] for name, field in known.items() if environ.get(name)
    }
    _check(values)
    data_dir = Path(values.pop("data_dir", "palaver-data"))
    return Settings(data_dir=data_dir, **values)


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:
        # Too long for a path, as when it is the key set itself.
        return False


def _check(values: Mapping[str, str]) -> None:
    url = values.get("database_url", "")
    if url and not re.match(r"(sqlite:///|postgres(ql)?(\+psycopg)?://).+", url):
        raise InvalidSetting(
            "PALAVER_DATABASE_URL must start with sqlite:/// or postgresql:// and name a database."
        )
    secret = values.get("jwt_secret", "")
    if secret and len(secret.encode()) < MIN_SECRET_LENGTH:
        raise InvalidSetting(f"PALAVER_JWT_SECRET must have at least {MIN_SECRET_LENGTH} bytes.")
    jwks = values.get("jwt_jwks", "")
    if jwks and not jwks.startswith(("https://", "http://")) and not _is_file(jwks):
        raise InvalidSetting("PALAVER_JWT_JWKS must be a URL or name a file that exists.")
    if ":" in values.get("basic_username", ""):
        raise InvalidSetting("PALAVER_BASIC_USERNAME must not contain a colon.")
