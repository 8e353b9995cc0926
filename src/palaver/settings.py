"""Typed settings from the environment. A wrong one stops the start with one sentence."""

from __future__ import annotations

import ipaddress
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

PREFIX = "PALAVER_"
# The settings that are numbers, with the least and the most that each can be: tokens, seconds,
# seconds, megabytes.
_NUMBERS = {
    "llm_context_tokens": (1_000, 10_000_000),
    "llm_timeout": (1, 3_600),
    "event_retention": (1, 31_536_000),
    "max_upload_mb": (1, 10_000),
}
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
    llm_base_url: str = ""
    llm_api_key: str = ""
    llm_model: str = ""
    llm_context_tokens: int = 16_000
    llm_timeout: int = 60
    event_retention: int = 86_400
    embeddings_base_url: str = ""
    embeddings_model: str = ""
    embeddings_api_key: str = ""
    files_url: str = ""
    max_upload_mb: int = 200
    forwarded_allow_ips: str = "127.0.0.1,::1"

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
    def effective_files_url(self) -> str:
        """Where the originals of books are: what is configured, or a folder in the data folder."""
        return self.files_url or str((self.data_dir / "books").resolve())

    @property
    def command_options(self) -> str:
        """What a command for this instance has to be told, after a space; else nothing."""
        if self.data_dir == Settings().data_dir:
            return ""
        return f" --data-dir {shlex.quote(str(self.data_dir))}"

    @property
    def max_upload_bytes(self) -> int:
        """How large the file of a book may be."""
        return self.max_upload_mb << 20

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
    numbers: dict[str, Any] = {
        name: _number(name, values.pop(name)) for name in _NUMBERS if name in values
    }
    texts: dict[str, Any] = dict(values)
    return Settings(data_dir=data_dir, **texts, **numbers)


def _number(name: str, text: str) -> int:
    least, most = _NUMBERS[name]
    if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise InvalidSetting(f"{PREFIX}{name.upper()} must be a number from {least} to {most}.")
    return int(text)


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
    for kind in ("LLM", "EMBEDDINGS"):
        _check_model_server(kind, values)
    proxies = values.get("forwarded_allow_ips", "")
    if proxies and proxies != "*" and not all(map(_is_network, proxies.split(","))):
        raise InvalidSetting(
            "PALAVER_FORWARDED_ALLOW_IPS must be * or addresses and networks, with commas between."
        )
    files_url = values.get("files_url", "")
    if "://" in files_url and not re.match(r"[a-z][a-z0-9+.-]*://\S", files_url):
        raise InvalidSetting(
            "PALAVER_FILES_URL must be a folder or a URL such as s3://bucket/books."
        )


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip())
    except ValueError:
        return False
    return True


def _check_model_server(kind: str, values: Mapping[str, str]) -> None:
    base_url = values.get(f"{kind.lower()}_base_url", "")
    if base_url and not re.match(r"https?://[^/\s]", base_url):
        raise InvalidSetting(f"{PREFIX}{kind}_BASE_URL must be an http:// or https:// URL.")
    if bool(base_url) != bool(values.get(f"{kind.lower()}_model")):
        raise InvalidSetting(
            f"{PREFIX}{kind}_BASE_URL and {PREFIX}{kind}_MODEL must be set together."
        )
